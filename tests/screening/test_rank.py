"""What awaits a person is ranked from what people decided, and from nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
import sqlalchemy as sa

from review.decisions import Assessment, Decision, Stage, Verdict
from review.language import Encoder
from review.protocol import Protocol
from review.records import Record
from review.store.assessments import keep_assessments
from review.store.decisions import keep_decision, keep_reviewer, withdraw_decision
from review.store.queues import find_open_ranked, find_rank
from review.store.records import find_reports, keep_members, keep_records
from review.store.runs import open_run, open_search
from review.store.schema import embedding, record
from review.store.session import Session, Store
from screening.rank import ReportRanker, rank_open_reports

_PLACES = ("Leeds", "Lyon", "Turin", "Graz", "Porto", "Ghent")
_TEXTS = [
    *((f"School gardens in {p}", f"Pupils in {p} dug beds and grew beans.") for p in _PLACES),
    *((f"Traffic in {p}", f"Cars in {p} were counted by night.") for p in _PLACES),
]


def _fill(
    session: Session, gardens: Protocol, now: datetime, texts: list[tuple[str, str]], first: int = 0
) -> tuple[int, list[int]]:
    run_id = open_run(session, "screen", gardens, now)
    search_id = open_search(session, run_id, source="file", address="a.ris", now=now)
    records = [
        Record(source="file", source_id=str(n), title=title, abstract=abstract)
        for n, (title, abstract) in enumerate(texts, start=first)
    ]
    keep_records(session, search_id, list(enumerate(records)), now)
    query = sa.select(record.c.id).where(record.c.search_id == search_id).order_by(record.c.id)
    ids = list(session.execute(query).scalars())
    keep_members(session, {report_id: report_id for report_id in ids})
    for who in ("ana", "ben"):
        keep_reviewer(session, who, "reviewer", now)
    session.commit()
    return run_id, ids


def _say(
    session: Session, report_id: int, verdict: Verdict, now: datetime, who: str = "ana"
) -> str:
    said = Decision(
        decision_id=f"{who} {report_id}",
        report_id=report_id,
        stage=Stage.TITLE_ABSTRACT,
        reviewer=who,
        verdict=verdict,
        exclusion_reason="no_garden" if verdict is Verdict.EXCLUDE else None,
        decided_at=now,
    )
    keep_decision(session, said)
    session.commit()
    return said.decision_id


def test_the_order_follows_the_question_and_then_the_people(
    store: Store, gardens: Protocol, encoder: Encoder, now: datetime
) -> None:
    with store.session() as session:
        run_id, ids = _fill(session, gardens, now, _TEXTS)
        ranker = ReportRanker(gardens, encoder)
        done = rank_open_reports(session, ranker, run_id=run_id, now=now)
        assert (done.ranked, done.included, done.excluded) == (12, 0, 0)
        order = find_open_ranked(session, 20)
        assert set(order[:6]) == set(ids[:6])
        assert len(order) == 12

        for report_id in ids[:3]:
            _say(session, report_id, Verdict.EXCLUDE, now)
        for report_id in ids[6:9]:
            _say(session, report_id, Verdict.INCLUDE, now)
        done = rank_open_reports(session, ranker, run_id=None, now=now)
        assert (done.ranked, done.included, done.excluded) == (6, 3, 3)
        turned = [find_rank(session, report_id) for report_id in find_open_ranked(session, 20)]
        assert [found and (found[0].position, found[1]) for found in turned] == [
            (place, 6) for place in range(1, 7)
        ]
        assert {found[0].report_id for found in turned[:3] if found} == set(ids[9:])
    # It lasts, and a process that starts anew comes to the same order.
    with store.session() as session:
        assert [find_rank(session, found[0].report_id) for found in turned if found] == turned
        rank_open_reports(session, ReportRanker(gardens, encoder), run_id=None, now=now)
        assert [find_rank(session, found[0].report_id) for found in turned if found] == turned


# Two people who differ teach nothing; a vote taken back counts no more.
def test_people_who_differ_and_votes_taken_back_teach_nothing(
    store: Store, gardens: Protocol, encoder: Encoder, now: datetime
) -> None:
    with store.session() as session:
        run_id, ids = _fill(session, gardens, now, _TEXTS)
        ranker = ReportRanker(gardens, encoder)
        _say(session, ids[0], Verdict.INCLUDE, now)
        _say(session, ids[0], Verdict.EXCLUDE, now, who="ben")
        taken_back = _say(session, ids[1], Verdict.EXCLUDE, now)
        assert withdraw_decision(session, taken_back, withdrawal_id="undo", reviewer="ana", now=now)
        done = rank_open_reports(session, ranker, run_id=run_id, now=now)
        assert (done.ranked, done.included, done.excluded) == (11, 0, 0)
        assert ids[0] not in find_open_ranked(session, 20)


def test_what_the_machine_excluded_awaits_nobody(
    store: Store, gardens: Protocol, encoder: Encoder, now: datetime
) -> None:
    with store.session() as session:
        run_id, ids = _fill(session, gardens, now, _TEXTS[:4])
        said = Assessment(
            verdict=Verdict.EXCLUDE,
            probability=0.01,
            exclusion_reason="no_garden",
            answers=(),
            model="m",
        )
        unsure = replace(said, verdict=Verdict.UNSURE, exclusion_reason=None)
        reports = find_reports(session, ids[:2])
        pairs = list(zip(reports.values(), (said, unsure), strict=True))
        keep_assessments(session, run_id, pairs, now)
        rank_open_reports(session, ReportRanker(gardens, encoder), run_id=run_id, now=now)
        assert set(find_open_ranked(session, 20)) == set(ids[1:])


# A ranker that is kept takes up what arrived since, and embeds only that.
def test_reports_that_arrive_later_are_ranked_too(
    store: Store, gardens: Protocol, encoder: Encoder, now: datetime
) -> None:
    with store.session() as session:
        run_id, _ = _fill(session, gardens, now, _TEXTS[3:])
        ranker = ReportRanker(gardens, encoder)
        rank_open_reports(session, ranker, run_id=run_id, now=now)
        vectors = _count_vectors(session)
        _, late = _fill(session, gardens, now, _TEXTS[:3], first=100)
        assert rank_open_reports(session, ranker, run_id=run_id, now=now).ranked == 12
        assert set(late) <= set(find_open_ranked(session, 6))
        assert _count_vectors(session) == vectors + 3 * 3
        rank_open_reports(session, ReportRanker(gardens, encoder), run_id=run_id, now=now)
        assert _count_vectors(session) == vectors + 3 * 3


# Of a store too large to be read at once the others are scored on the same scale.
def test_a_store_read_in_part_is_ranked_whole(
    store: Store,
    gardens: Protocol,
    encoder: Encoder,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("screening.rank._READ_AT_ONCE", 8)
    monkeypatch.setattr("screening.rank._BATCH", 3)
    with store.session() as session:
        run_id, ids = _fill(session, gardens, now, _TEXTS)
        ranker = ReportRanker(gardens, encoder)
        _say(session, ids[11], Verdict.EXCLUDE, now)
        _say(session, ids[5], Verdict.INCLUDE, now)
        done = rank_open_reports(session, ranker, run_id=run_id, now=now)
        assert (done.ranked, done.included, done.excluded) == (10, 1, 1)
        order = find_open_ranked(session, 20)
        assert set(order[:5]) == set(ids[:5])
        _say(session, ids[10], Verdict.EXCLUDE, now)
        assert rank_open_reports(session, ranker, run_id=run_id, now=now).excluded == 2


def test_a_store_without_reports_has_no_order(
    store: Store, gardens: Protocol, encoder: Encoder, now: datetime
) -> None:
    with store.session() as session:
        run_id = open_run(session, "screen", gardens, now)
        ranker = ReportRanker(gardens, encoder)
        assert rank_open_reports(session, ranker, run_id=run_id, now=now).ranked == 0
        assert find_open_ranked(session, 20) == []


def _count_vectors(session: Session) -> int:
    return int(session.execute(sa.select(sa.func.count()).select_from(embedding)).scalar_one())
