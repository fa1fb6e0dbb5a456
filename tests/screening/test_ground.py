"""Where the review stands is told from the store, and a missing or disputed vote is no vote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import pytest

from review.decisions import Assessment, Decision, Stage, Verdict
from review.language import Encoder
from review.protocol import Protocol
from review.records import Record
from review.reviewers import Assignment, Task
from review.store.assessments import keep_assessments
from review.store.decisions import find_screening_order, keep_decision, keep_reviewer
from review.store.records import find_reports, keep_members, keep_records
from review.store.reviewers import keep_assignment
from review.store.runs import find_last_ground, open_run, open_search
from review.store.session import Session, Store
from screening.ground import find_ground, keep_ground
from screening.rank import ReportRanker
from screening.stopping import Regime

REPORTS = 150


@pytest.fixture
def session(store: Store, gardens: Protocol, now: datetime) -> Iterator[Session]:
    """150 reports that nobody judged."""
    with store.session() as opened:
        _fill(opened, gardens, now, [f"Gardens {n}" for n in range(1, REPORTS + 1)])
        yield opened


@pytest.fixture
def ranker(gardens: Protocol, encoder: Encoder) -> ReportRanker:
    """A ranker that has read nothing yet."""
    return ReportRanker(gardens, encoder)


def _fill(session: Session, protocol: Protocol, now: datetime, titles: Sequence[str]) -> None:
    run_id = open_run(session, "update", protocol, now)
    search_id = open_search(session, run_id, source="pubmed", address="x", now=now)
    records = [
        Record(source="pubmed", source_id=str(n), title=title)
        for n, title in enumerate(titles, start=1)
    ]
    ids = keep_records(session, search_id, list(enumerate(records, start=1)), now).ids
    keep_members(session, {record_id: record_id for record_id in ids})
    for name in ("ana", "ben"):
        keep_reviewer(session, name, "reviewer", now)
    session.commit()


def _decide(
    session: Session, now: datetime, ids: Iterable[int], verdict: Verdict, reviewer: str = "ana"
) -> None:
    for report_id in ids:
        said = Decision(
            decision_id=f"{reviewer} {report_id}",
            report_id=report_id,
            stage=Stage.TITLE_ABSTRACT,
            reviewer=reviewer,
            verdict=verdict,
            exclusion_reason="no_garden" if verdict is Verdict.EXCLUDE else None,
            saw_assessment=False,
            decided_at=now,
        )
        keep_decision(session, said)


def _exclude(session: Session, now: datetime, ids: range) -> None:
    said = Assessment(
        verdict=Verdict.EXCLUDE,
        probability=0.1,
        exclusion_reason="no_garden",
        answers=(),
        model="m",
    )
    reports = find_reports(session, ids)
    keep_assessments(session, 1, [(reports[n], said) for n in ids], now)


def test_a_review_is_under_way_until_the_order_of_finds_lets_it_stop(session, ranker, now):
    _decide(session, now, range(40, 0, -1), Verdict.INCLUDE)
    assert find_screening_order(session) == list(range(40, 0, -1))
    ground = find_ground(session, ranker)
    assert (ground.regime, ground.claim) == (Regime.UNDER_WAY, "")
    assert (
        "by people: 40; excluded by the machine alone: 0; waiting for people: 110." in ground.reason
    )
    _decide(session, now, range(41, 141), Verdict.EXCLUDE)
    ground = find_ground(session, ranker)
    assert ground.regime is Regime.STATISTICAL_STOP
    assert "at least 95% of the relevant reports put before people were found" in ground.claim
    assert "The ranking expects" in ground.claim


def test_reports_like_the_relevant_ones_keep_a_review_from_stopping(store, gardens, ranker, now):
    """The same order of finds allows to stop or not, as the open reports look."""
    titles = [*(["School garden"] * 40), *(["Traffic at night"] * 100), *(["School garden"] * 10)]
    with store.session() as session:
        _fill(session, gardens, now, [f"{title} {n}" for n, title in enumerate(titles)])
        _decide(session, now, range(1, 41), Verdict.INCLUDE)
        _decide(session, now, range(41, 141), Verdict.EXCLUDE)
        ground = find_ground(session, ranker)
        assert (ground.regime, ground.claim) == (Regime.UNDER_WAY, "")
        assert "the ranking expects" in ground.reason


# What a run says of the ground is kept with it, and waits for whom somebody asked to read again.
def test_the_ground_is_kept_with_the_run(session, ranker, now):
    _decide(session, now, range(1, REPORTS + 1), Verdict.EXCLUDE)
    assert keep_ground(session, ranker, 1) == find_ground(session, ranker)
    run = find_last_ground(session)
    assert (run.run_id, run.summary["ground"]["regime"]) == (1, "all_screened")
    assert run.summary["ground"]["claim"] == "No report was left out unseen by a person."
    asked = Assignment(
        assignment_id="a",
        report_id=7,
        task=Task.TITLE_ABSTRACT,
        reviewer="ben",
        assigned_by="ana",
        assigned_at=now,
    )
    keep_assignment(session, asked)
    assert keep_ground(session, ranker, 1).regime is Regime.UNDER_WAY
    _decide(session, now, (7,), Verdict.EXCLUDE, reviewer="ben")
    assert keep_ground(session, ranker, 1).regime is Regime.ALL_SCREENED


def test_a_disputed_report_waits(session, ranker, now):
    _decide(session, now, range(1, REPORTS + 1), Verdict.EXCLUDE)
    assert find_ground(session, ranker).regime is Regime.ALL_SCREENED
    _decide(session, now, (7,), Verdict.INCLUDE, reviewer="ben")
    ground = find_ground(session, ranker)
    assert ground.regime is Regime.UNDER_WAY
    assert "waiting for people: 1. Not to be stopped" in ground.reason


def test_what_the_machine_excluded_alone_is_claimed_nothing_of_without_an_audit(
    session, ranker, now
):
    _exclude(session, now, range(101, REPORTS + 1))
    _decide(session, now, range(1, 101), Verdict.EXCLUDE)
    ground = find_ground(session, ranker)
    assert (ground.regime, ground.claim) == (Regime.MACHINE_EXCLUDED, "")
    assert (
        "by people: 100; excluded by the machine alone: 50; waiting for people: 0." in ground.reason
    )


def test_a_review_without_reports_claims_nothing(store, ranker):
    with store.session() as session:
        assert find_ground(session, ranker).claim == ""
