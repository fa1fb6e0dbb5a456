"""A report that changed is put before people again, where it stands, until a person answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from review.decisions import Decision, Stage, Verdict
from review.protocol import Protocol
from review.records import Record
from review.reopenings import Cause, Reopening
from review.store.decisions import keep_decision, keep_reviewer
from review.store.pages import keep_notices
from review.store.records import find_reports, keep_members, keep_records
from review.store.reopenings import (
    find_decided,
    find_decided_notices,
    find_grave_notices,
    find_open_reopenings,
    find_reopenings,
    keep_reopenings,
)
from review.store.runs import open_run, open_search
from review.store.session import Session, Store

HOUR = timedelta(hours=1)


@pytest.fixture
def session(store: Store, protocol: Protocol, now: datetime) -> Iterator[Session]:
    """Two reports of one record each, and two people."""
    with store.session() as opened:
        run_id = open_run(opened, "identify", protocol, now)
        search_id = open_search(opened, run_id, source="pubmed", address="x", now=now)
        assert (run_id, search_id) == (1, 1)
        _receive(opened, now, _record("1"), _record("2"))
        for name in ("ana", "ben"):
            keep_reviewer(opened, name, "reviewer", now)
        opened.commit()
        yield opened


def _record(source_id: str, abstract: str = "", source: str = "pubmed") -> Record:
    title = f"Peer support {source_id}"
    return Record(source=source, source_id=source_id, title=title, abstract=abstract)


def _receive(session: Session, now: datetime, *records: Record) -> list[int]:
    start = session.execute(sa.text("SELECT count(*) FROM hit")).scalar_one() + 1
    return list(keep_records(session, 1, list(enumerate(records, start=start)), now).ids)


def _decide(
    session: Session, name: str, at: datetime, report_id: int = 1, reviewer: str = "ana"
) -> None:
    said = Decision(
        decision_id=name,
        report_id=report_id,
        stage=Stage.TITLE_ABSTRACT,
        reviewer=reviewer,
        verdict=Verdict.INCLUDE,
        decided_at=at,
    )
    keep_decision(session, said)


def _opening(at: datetime, cause: Cause = Cause.ABSTRACT_ADDED, report_id: int = 1) -> Reopening:
    return Reopening(
        report_id=report_id, cause=cause, text_before="T\n", text_after="T\nNew.", opened_at=at
    )


# Who draws reports anew learns which of them read differently now, and how they read before.
def test_members_that_change_a_text_are_told_with_both_texts(
    session: Session, now: datetime
) -> None:
    assert keep_members(session, {1: 1, 2: 2}) == []
    [third, fourth] = _receive(session, now, _record("1", "Added."), _record("2", "", "crossref"))
    [(before, after)] = keep_members(session, {third: 1, fourth: 2})
    assert (before.report_id, before.abstract, after.abstract) == (1, "", "Added.")
    assert find_reports(session, [1])[1] == after
    assert keep_members(session, {third: 1}) == []


def test_a_later_decision_of_any_person_closes_what_was_open(
    session: Session, now: datetime
) -> None:
    keep_members(session, {1: 1, 2: 2})
    _decide(session, "d1", now)
    opening = _opening(now + HOUR)
    keep_reopenings(session, 1, [opening, _opening(now + HOUR, Cause.CORRECTION)])
    keep_reopenings(session, 1, [opening])
    assert [r.cause for r in find_open_reopenings(session)[1]] == [
        Cause.ABSTRACT_ADDED,
        Cause.CORRECTION,
    ]
    _decide(session, "d2", now + 2 * HOUR, reviewer="ben")
    assert find_open_reopenings(session) == {}
    assert len(find_reopenings(session)[1]) == 2
    keep_reopenings(session, 1, [_opening(now + 3 * HOUR, Cause.RETRACTION)])
    assert [r.cause for r in find_open_reopenings(session)[1]] == [Cause.RETRACTION]


# Only people's standing word makes a change worth a second look.
def test_a_report_whose_decisions_were_all_taken_back_is_not_decided(
    session: Session, now: datetime
) -> None:
    keep_members(session, {1: 1, 2: 2})
    _decide(session, "d1", now)
    _decide(session, "d2", now + 2 * HOUR)
    assert find_decided(session, [1, 2])[1].first == now
    assert find_decided(session, [1, 2])[1].last == now + 2 * HOUR
    keep_reopenings(session, 1, [_opening(now + 3 * HOUR)])
    for undone in ("d1", "d2"):
        session.execute(
            sa.text(
                "INSERT INTO decision (id, withdraws, report_id, stage, reviewer, verdict, "
                "saw_assessment, decided_at) SELECT 'u' || id, id, report_id, stage, reviewer, "
                "'withdrawn', saw_assessment, decided_at FROM decision WHERE id = :id"
            ).bindparams(id=undone)
        )
    assert find_decided(session, [1, 2]) == {}
    assert find_open_reopenings(session) == {}


def test_a_consensus_counts_as_a_decision(session: Session, now: datetime) -> None:
    keep_members(session, {1: 1, 2: 2})
    session.execute(
        sa.text(
            "INSERT INTO consensus (id, report_id, stage, verdict, adjudicator, settled_at) "
            "SELECT 'c', 2, 'full_text', 'include', 'ana', received_at FROM record WHERE id = 2"
        )
    )
    assert find_decided(session, [1, 2])[2].last == now


# Found through the record they stand on, under the report it belongs to today.
def test_notices_are_told_of_todays_report(session: Session, now: datetime) -> None:
    keep_members(session, {1: 1, 2: 1})
    rows = [
        (1, "preprint", "10.5555/p", "crossref", None),
        (2, "retraction", "99", "pubmed", date(2026, 1, 15)),
        (2, "correction", "98", "pubmed", None),
    ]
    keep_notices(session, 1, rows, now)
    assert find_decided_notices(session) == []
    _decide(session, "d1", now)
    told = find_decided_notices(session)
    assert [(n.report_id, n.kind, n.dated) for n in told] == [
        (1, Cause.CORRECTION, None),
        (1, Cause.RETRACTION, date(2026, 1, 15)),
    ]
    assert {i: [n.kind for n in ns] for i, ns in find_grave_notices(session).items()} == {
        1: [Cause.RETRACTION]
    }
    keep_notices(session, 1, [(1, "reinstatement", "97", "crossref", date(2026, 2, 1))], now)
    assert find_grave_notices(session) == {}
