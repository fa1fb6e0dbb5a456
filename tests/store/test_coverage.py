"""How far a source was searched is told, and what came after its days had been searched."""

from __future__ import annotations

from datetime import UTC, date, datetime

from review.protocol import Protocol
from review.records import Record
from review.store.coverage import find_coverage, find_late_arrivals
from review.store.records import keep_records
from review.store.runs import RunState, close_search, open_run, open_search
from review.store.session import Session, Store


def _search(
    session: Session,
    run_id: int,
    until: int,
    entered: dict[str, int],
    *,
    state: RunState = RunState.COMPLETED,
) -> None:
    """A search of January up to a day, and the days at which its records entered the source."""
    now = datetime(2026, 1, until, 6, tzinfo=UTC)
    window = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, until, tzinfo=UTC))
    search_id = open_search(
        session,
        run_id,
        source="pubmed",
        address="a",
        query="peers",
        change="new",
        window=window,
        now=now,
    )
    records = [Record(source="pubmed", source_id=name, title=f"Title {name}") for name in entered]
    days = {n: date(2026, 1, day) for n, day in enumerate(entered.values(), start=1)}
    keep_records(session, search_id, list(enumerate(records, start=1)), now, days)
    close_search(session, search_id, state=state, refused=(), now=now)


# Only a complete search counts as one: days of a failed search are still to be searched.
def test_what_came_late_is_counted_by_its_lag(
    store: Store, protocol: Protocol, now: datetime
) -> None:
    with store.session() as session:
        run_id = open_run(session, "update", protocol, now)
        _search(session, run_id, 8, {"1": 2, "2": 7})
        _search(session, run_id, 15, {"1": 2, "3": 4, "4": 8, "5": 12}, state=RunState.FAILED)
        assert find_late_arrivals(session) == []
        _search(session, run_id, 15, {"1": 2, "6": 4, "7": 8, "8": 9})
        _search(session, run_id, 31, {"6": 4, "9": 2, "10": 16})
        [late] = find_late_arrivals(session)
        # 6 lagged 11 days and 7 a week; 8 entered after the last day searched; 9 lagged 29 days.
        assert late.lags == {11: 1, 7: 1, 29: 1}
        assert [late.between(0, 7), late.between(8, 14), late.between(15)] == [1, 1, 1]


def test_coverage_is_that_of_complete_searches(
    store: Store, protocol: Protocol, now: datetime
) -> None:
    with store.session() as session:
        run_id = open_run(session, "update", protocol, now)
        _search(session, run_id, 8, {"1": 2, "2": 7})
        _search(session, run_id, 15, {"2": 7, "3": 9})
        _search(session, run_id, 20, {"4": 18}, state=RunState.FAILED)
        [reached] = find_coverage(session)
    assert (reached.source, reached.query, reached.change) == ("pubmed", "peers", "new")
    assert (reached.since.day, reached.until.day) == (1, 15)
    assert (reached.searches, reached.records) == (2, 3)
