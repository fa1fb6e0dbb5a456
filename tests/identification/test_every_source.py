"""What befalls every source alike: a page that fails for good, records that go, change, repeat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from identification.identify import identify
from identification.pull import Question, pull
from identification.sources.base import Change, Source, Window
from identification.sources.client import Client
from identification.sources.crossref import Crossref
from identification.sources.europepmc import EuropePmc
from identification.sources.openalex import OpenAlex
from identification.sources.pubmed import PubMed
from review.protocol import Protocol
from review.store.pages import find_date_mark
from review.store.runs import RunState, find_searches, open_run
from review.store.session import Store
from tests.standins.crossref import CrossrefStandIn
from tests.standins.europepmc import EuropePmcStandIn
from tests.standins.eutils import EutilsStandIn
from tests.standins.library import make_record, make_records
from tests.standins.openalex import OpenAlexStandIn
from tests.standins.serving import FOR_GOOD, Fault, StandIn, served
from tests.standins.world import World

JANUARY = Window(since=date(2026, 1, 1), until=date(2026, 1, 31))
FEBRUARY = Window(since=date(2026, 2, 1), until=date(2026, 2, 28))
QUERIES = {
    "pubmed": '"peer support"[tiab]',
    "europepmc": 'TITLE_ABS:"peer support"',
    "openalex": 'title_and_abstract.search:"peer support"',
    "crossref": "peer support",
}
NAMES = sorted(QUERIES)


class _FiveAtOnce(PubMed):
    BATCH = 5


class _FiveAPage(OpenAlex):
    PER_PAGE = 5


Opened = tuple[StandIn, Source]


@pytest.fixture
def opened() -> Iterator[Callable[[str, World], Opened]]:
    """Serves a source's stand-in over a world: the stand-in, and the source with five a page."""
    with ExitStack() as stack:

        def make(name: str, world: World) -> Opened:
            if name == "pubmed":
                eutils = EutilsStandIn(world)
                return eutils, _FiveAtOnce(address=stack.enter_context(served(eutils)))
            if name == "europepmc":
                europepmc = EuropePmcStandIn(world)
                address = stack.enter_context(served(europepmc))
                return europepmc, EuropePmc(address=address, page_size=5)
            if name == "openalex":
                openalex = OpenAlexStandIn(world, dates_for=frozenset({"key"}))
                address = stack.enter_context(served(openalex))
                return openalex, _FiveAPage(address=address, api_key="key")
            crossref = CrossrefStandIn(world)
            return crossref, Crossref(address=stack.enter_context(served(crossref)), rows=5)

        yield make


# Page 3 of 5 fails for good: the search fails, its date mark does not move; the next run searches
# the same window again, keeps each record once, and then the mark moves.
@pytest.mark.parametrize("name", NAMES)
def test_a_page_that_fails_for_good_moves_no_date_mark(
    name: str,
    opened: Callable[[str, World], Opened],
    store: Store,
    protocol: Protocol,
    tmp_path: Path,
    now: datetime,
) -> None:
    standin, source = opened(name, World(make_records(23)))
    query = QUERIES[name]
    question = Question(source=source, query=query, window=JANUARY, change=Change.NEW)
    standin.faults = [Fault(at=3, times=FOR_GOOD)]
    with store.session() as session, Client([source], sleep=lambda _: None) as client:

        def go() -> str:
            run_id = open_run(session, "identify", protocol, now)
            return pull(
                session, question, client=client, run_id=run_id, raw=tmp_path, now=now
            ).failed

        assert "status 500" in go()
        [search] = find_searches(session)
        assert search.state is RunState.FAILED
        assert find_date_mark(session, name, query, "new") is None
        standin.faults = []
        assert go() == ""
        mark = find_date_mark(session, name, query, "new")
        assert mark is not None
        assert mark.date() == JANUARY.until
        count = session.execute(sa.text("SELECT count(*), count(DISTINCT source_id) FROM record"))
        assert tuple(count.one()) == (23, 23)


# A record taken back between two runs is not found again, and nothing else is missed.
@pytest.mark.parametrize("name", NAMES)
def test_a_record_deleted_between_two_runs(name, opened, client_for, walked):
    world = World([make_record(1, deleted="2026-02-01"), make_record(2)], today="2026-01-31")
    _, source = opened(name, world)
    client = client_for(source)
    ids = tuple(record["in"][name]["id"] for record in world.records)
    assert sorted(walked(client, source.find_known(QUERIES[name], ids)).ids) == sorted(ids)
    world.today = "2026-02-07"
    after = walked(client, source.find_known(QUERIES[name], ids))
    assert (after.ids, after.expected, after.refused) == ([ids[1]], 1, [])
    again = walked(client, source.walk(QUERIES[name], JANUARY, Change.NEW))
    assert (again.ids, again.expected) == ([ids[1]], 1)


# A title put right and a DOI added between two runs are found as a change of the same record.
@pytest.mark.parametrize("name", NAMES)
def test_a_record_changed_between_two_runs(name, opened, client_for, walked):
    change = {"on": "2026-02-04", "title": "Peer support, corrected", "doi": "10.5555/late"}
    doi = "10.5555/late" if name == "crossref" else ""
    world = World([make_record(1, doi=doi, changes=[change]), make_record(2)], today="2026-01-31")
    _, source = opened(name, world)
    client = client_for(source)
    before = {
        found.record.source_id: found.record
        for found in walked(client, source.walk(QUERIES[name], JANUARY, Change.NEW)).found
    }
    world.today = "2026-02-07"
    (after,) = walked(client, source.walk(QUERIES[name], FEBRUARY, Change.CHANGED)).found
    old = before[after.record.source_id]
    assert (old.doi, after.record.doi) == (doi, "10.5555/late")
    assert after.record.title == "Peer support, corrected"
    assert after.record.content_hash() != old.content_hash()


# The same five records from four sources are twenty records and five reports.
def test_the_same_records_from_every_source(
    opened: Callable[[str, World], Opened],
    store: Store,
    protocol: Protocol,
    tmp_path: Path,
    now: datetime,
) -> None:
    world = World(make_records(5))
    sources = [opened(name, world)[1] for name in NAMES]
    questions = [
        Question(source=source, query=QUERIES[source.name], window=JANUARY, change=Change.NEW)
        for source in sources
    ]
    with store.session() as session, Client(sources, sleep=lambda _: None) as client:
        done = identify(
            session,
            (),
            run_id=open_run(session, "identify", protocol, now),
            raw=tmp_path,
            now=now,
            questions=questions,
            client=client,
        )
    assert done.failed == ()
    assert (done.new, done.reports, done.duplicates, done.asked) == (20, 5, 15, 0)
