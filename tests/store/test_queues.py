"""What awaits a person's screening: the same on both engines, and the same as counted at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from review.decisions import Assessment, Decision, Stage, Verdict
from review.protocol import Protocol
from review.records import Record
from review.store.assessments import keep_assessments
from review.store.audits import find_audit_queue, keep_drawn
from review.store.decisions import keep_decision, keep_reviewer, withdraw_decision
from review.store.queues import (
    count_decisions,
    find_last_decisions,
    find_machine_exclusions,
    find_open_audits,
    find_open_full_texts,
    find_open_ranked,
    find_rank,
    find_reports_by_words,
    has_ever_decided,
)
from review.store.rankings import keep_ranking
from review.store.records import find_reports, keep_members, keep_records
from review.store.runs import open_run, open_search
from review.store.session import Session, Store


@pytest.fixture
def session(store: Store, protocol: Protocol, now: datetime) -> Iterator[Session]:
    """Eight reports: 4, 3, 2, 1 is the ranking; 5 to 8 the machine excludes, of which 6 is drawn.

    Record 8 is a second record of report 7.
    """
    with store.session() as opened:
        run_id = open_run(opened, "update", protocol, now)
        search_id = open_search(opened, run_id, source="pubmed", address="x", now=now)
        records = [
            Record(source="pubmed", source_id=str(n), title=f"Bells {n}", abstract="50%_ Übung.")
            for n in range(1, 9)
        ]
        keep_records(opened, search_id, list(enumerate(records, start=1)), now)
        keep_members(opened, {n: min(n, 7) for n in range(1, 9)})
        for name in ("ana", "ben"):
            keep_reviewer(opened, name, "reviewer", now)
        reports = find_reports(opened, range(1, 9))
        keep_assessments(opened, run_id, [(r, _assessed(n > 4)) for n, r in reports.items()], now)
        keep_ranking(opened, [(n, n / 10) for n in (4, 3, 2, 1)], model="r", run_id=None, now=now)
        keep_drawn(opened, run_id, "m", [6], now)
        yield opened


def _assessed(excluded: bool) -> Assessment:
    return Assessment(
        verdict=Verdict.EXCLUDE if excluded else Verdict.UNSURE,
        probability=0.1,
        exclusion_reason="bell" if excluded else None,
        answers=(),
        model="m",
    )


def _decide(
    session: Session,
    report_id: int,
    now: datetime,
    *,
    name: str = "ana",
    stage: Stage = Stage.TITLE_ABSTRACT,
) -> str:
    said = Decision(
        decision_id=f"{name} {stage} {report_id}",
        report_id=report_id,
        stage=stage,
        reviewer=name,
        verdict=Verdict.INCLUDE,
        decided_at=now,
    )
    keep_decision(session, said)
    return said.decision_id


def _take_back(session: Session, decision_id: str, now: datetime) -> None:
    withdraw_decision(
        session, decision_id, withdrawal_id=f"no {decision_id}", reviewer="ana", now=now
    )


# A decision takes a report out of everyone's queue, and one that is taken back puts it in again.
def test_the_ranking_goes_on_after_what_is_decided(session: Session, now: datetime) -> None:
    assert find_open_ranked(session, 3) == [4, 3, 2]
    said = _decide(session, 3, now)
    assert find_open_ranked(session, 9) == [4, 2, 1]
    _take_back(session, said, now)
    assert find_open_ranked(session, 9) == [4, 3, 2, 1]
    found = find_rank(session, 3)
    assert found is not None
    assert (found[0].position, found[0].score, found[1]) == (2, 0.3, 4)
    assert find_rank(session, 5) is None


# The audit's queue is the one that counts, a decision at either stage ends it.
@pytest.mark.parametrize("stage", Stage)
def test_the_audit_is_what_is_drawn_and_open(session: Session, now: datetime, stage: Stage) -> None:
    assert find_open_audits(session) == find_audit_queue(session) == [6]
    said = _decide(session, 6, now, stage=stage)
    assert find_open_audits(session) == find_audit_queue(session) == []
    _take_back(session, said, now)
    assert find_open_audits(session, 1) == find_audit_queue(session) == [6]
    # Judged anew by another model it is no longer that model's exclusion.
    reports = find_reports(session, [6])
    other = Assessment(
        verdict=Verdict.EXCLUDE, probability=0.1, exclusion_reason="bell", answers=(), model="n"
    )
    keep_assessments(session, 1, [(reports[6], other)], now)
    assert find_open_audits(session) == find_audit_queue(session) == []


def test_machine_exclusions_are_the_newest_first_without_the_audit(
    session: Session, now: datetime
) -> None:
    assert find_machine_exclusions(session, 9) == [7, 5]
    assert find_machine_exclusions(session, 1, below=7) == [5]
    assert find_machine_exclusions(session, 1, above=5) == [7]
    assert find_machine_exclusions(session, 1, above=7) == []
    _decide(session, 7, now)
    assert find_machine_exclusions(session, 9) == [5]


def test_full_texts_wait_for_those_included_alone(session: Session, now: datetime) -> None:
    _decide(session, 2, now)
    _decide(session, 1, now)
    assert find_open_full_texts(session) == [1, 2]
    _decide(session, 1, now, stage=Stage.FULL_TEXT)
    assert find_open_full_texts(session) == [2]


# What is said of a record is said of its report; what was taken back is remembered as having been.
def test_a_persons_own_are_found_by_report(session: Session, now: datetime) -> None:
    _decide(session, 4, now)
    said = _decide(session, 8, now)
    _decide(session, 3, now, name="ben")
    last = find_last_decisions(session, "ana", Stage.TITLE_ABSTRACT, 10)
    assert [d.report_id for d in last] == [7, 4]
    assert has_ever_decided(session, "ana", 7)
    _take_back(session, said, now)
    last = find_last_decisions(session, "ana", Stage.TITLE_ABSTRACT, 10)
    assert [d.report_id for d in last] == [4]
    assert has_ever_decided(session, "ana", 7)
    assert not has_ever_decided(session, "ben", 7)
    assert count_decisions(session, "ana", Stage.TITLE_ABSTRACT) == 2


# Signs that mean something to a database are words like any other.
def test_words_are_looked_for_as_they_are_written(session: Session) -> None:
    assert [f.report_id for f in find_reports_by_words(session, "BELLS 3", 9)] == [3]
    assert len(find_reports_by_words(session, "50%_", 9)) == 7
    assert find_reports_by_words(session, "50_", 9) == []
    assert find_reports_by_words(session, "   ", 9) == []
    assert [f.title for f in find_reports_by_words(session, "99999999999", 9)] == []
