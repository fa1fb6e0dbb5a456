"""Each source says when it was last searched to the end, what is wrong with it, and what helps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from review.protocol import Protocol
from review.store.runs import RunState, SearchRow
from workbench.source_states import SourceState, describe_sources

MONDAY = datetime(2026, 3, 23, 6, 0, tzinfo=UTC)
_ids = count(1)


@pytest.fixture
def queries(protocol: Protocol) -> dict[str, str]:
    return {search.source: search.query for search in protocol.searches}


def _search(
    source: str,
    query: str = "",
    state: RunState = RunState.COMPLETED,
    *,
    change: str = "new",
    weeks: int = 0,
    **more: object,
) -> SearchRow:
    at = MONDAY + timedelta(weeks=weeks)
    fields = {
        "search_id": next(_ids),
        "run_id": 1,
        "source": source,
        "address": "https://example.org",
        "query": query,
        "change": change,
        "state": state,
        "expected": 1,
        "received": 1,
        "passed_over": 0,
        "refused": (),
        "warnings": (),
        "window_from": at - timedelta(days=14) if change == "new" else None,
        "window_to": at if change == "new" else None,
        "started_at": at,
        "finished_at": None if state is RunState.RUNNING else at,
    }
    return SearchRow(**{**fields, **more})  # type: ignore[arg-type]


def _describe(
    protocol: Protocol, *searches: SearchRow, lost: int = 0, address: bool = True, run: bool = False
) -> dict[str, SourceState]:
    told = describe_sources(
        protocol, searches, {"pubmed": lost}, has_address=address, is_running=run
    )
    return {state.source: state for state in told}


def test_a_source_that_was_searched_to_the_end_has_no_trouble(
    protocol: Protocol, queries: dict[str, str]
) -> None:
    every = [_search(source, query) for source, query in queries.items()]
    told = _describe(protocol, *every)
    assert list(told) == list(queries)
    assert {(s.completed_at, s.until, s.troubles) for s in told.values()} == {(MONDAY, MONDAY, ())}


# A search that failed, or was stopped, takes nothing from the one before that was complete.
def test_the_last_search_tells_what_is_wrong(protocol: Protocol, queries: dict[str, str]) -> None:
    done = _search("pubmed", queries["pubmed"])
    words = ("note", "PubMed: 9 records were promised and 8 came")
    failed = _search("pubmed", queries["pubmed"], RunState.FAILED, weeks=1, warnings=words)
    told = _describe(protocol, done, failed)["pubmed"]
    assert (told.completed_at, told.until) == (MONDAY, MONDAY)
    [trouble] = told.troubles
    assert trouble.why == "PubMed: 9 records were promised and 8 came."
    assert "The next run asks for the same days again" in trouble.remedy
    stopped = _search("pubmed", queries["pubmed"], RunState.RUNNING, weeks=1)
    [trouble] = _describe(protocol, done, stopped)["pubmed"].troubles
    assert trouble.why == "The last search was stopped before its end."
    assert _describe(protocol, done, stopped, run=True)["pubmed"].troubles == ()
    again = _search("pubmed", queries["pubmed"], weeks=2)
    assert _describe(protocol, failed, again)["pubmed"].troubles == ()


# What was asked with a strategy that is no longer in the protocol says nothing of today's.
def test_a_strategy_that_was_never_searched_is_told(
    protocol: Protocol, queries: dict[str, str]
) -> None:
    old = _search("pubmed", "another strategy", RunState.FAILED, warnings=("gone",))
    [trouble] = _describe(protocol, old)["pubmed"].troubles
    assert (trouble.why, "update asks it now" in trouble.remedy) == (
        "It was not searched yet.",
        True,
    )
    [trouble] = _describe(protocol, old, address=False)["pubmed"].troubles
    assert "LIVING_REVIEW_EMAIL" in trouble.remedy
    assert _describe(protocol, old)["pubmed"].until is None


def test_included_records_that_are_lost_are_told(
    protocol: Protocol, queries: dict[str, str]
) -> None:
    done = _search("pubmed", queries["pubmed"])
    [trouble] = _describe(protocol, done, lost=2)["pubmed"].troubles
    assert trouble.why == "2 included records are no longer found."
    assert "living-review canary release" in trouble.remedy


# A file is no search of a source that is asked; of one that is not, it is all there is.
def test_files_stand_beside_searches(protocol: Protocol, queries: dict[str, str]) -> None:
    reason = {"line": 0, "reason": "b.ris: is no file of records"}
    read = _search("psycinfo", change="", address="a.ris")
    bad = _search("psycinfo", "", RunState.FAILED, change="", address="b.ris", refused=(reason,))
    of_pubmed = _search("pubmed", change="", address="c.nbib")
    told = _describe(protocol, read, bad, of_pubmed)
    assert list(told) == [*queries, "psycinfo"]
    assert told["psycinfo"].completed_at == MONDAY
    assert [t.why for t in told["psycinfo"].troubles] == ["b.ris: is no file of records."]
    assert told["pubmed"].completed_at is None
    good = _search("psycinfo", change="", address="b.ris", weeks=1)
    assert _describe(protocol, read, bad, good)["psycinfo"].troubles == ()
