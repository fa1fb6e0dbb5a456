"""Canaries: each search still finds the included records it found, or the run is degraded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from identification.canaries import find_canary_states, find_lost, plan_canaries
from identification.identify import IdentificationSummary, identify
from identification.pull import Question, replay
from identification.sources.base import Change, Source, Window
from identification.sources.client import Client
from identification.sources.crossref import Crossref
from identification.sources.europepmc import EuropePmc
from identification.sources.openalex import OpenAlex
from identification.sources.pubmed import PubMed
from review.decisions import Decision, Stage, Verdict
from review.protocol import Protocol
from review.store.canaries import CanaryRelease, KnownRecord, find_asked, keep_release
from review.store.decisions import keep_decision, keep_reviewer
from review.store.pages import find_date_mark
from review.store.records import find_hit_hashes
from review.store.runs import RunState, close_run, find_searches, open_run
from review.store.session import Session, Store
from tests.standins.crossref import CrossrefStandIn
from tests.standins.europepmc import EuropePmcStandIn
from tests.standins.eutils import EutilsStandIn
from tests.standins.library import make_record
from tests.standins.openalex import OpenAlexStandIn
from tests.standins.serving import FOR_GOOD, Fault, StandIn, served
from tests.standins.world import World

JANUARY = Window(since=date(2026, 1, 1), until=date(2026, 1, 31))
QUERIES = {
    "pubmed": '"peer support"[tiab]',
    "europepmc": 'TITLE_ABS:"peer support"',
    "openalex": 'title_and_abstract.search:"peer support"',
    "crossref": "(peer support OR peer worker) AND (mental health OR care)",
}
# The same in other words: the second finds what speaks of peer workers, the third nothing.
WORKERS = 'TITLE_ABS:"peer workers"'
COLLEGES = 'TITLE_ABS:"recovery college"'


@dataclass
class Review:
    """A review that asks one source, week after week."""

    session: Session
    protocol: Protocol
    source: Source
    standin: StandIn
    world: World
    client: Client
    raw: Path
    now: datetime

    def ask(self, *queries: str, window: Window = JANUARY) -> IdentificationSummary:
        """A run that asks these strategies, by default the source's usual one."""
        self.now += timedelta(days=7)
        run_id = open_run(self.session, "update", self.protocol, self.now)
        self.session.commit()
        questions = [
            Question(source=self.source, query=query, window=window, change=Change.NEW)
            for query in queries or (QUERIES[self.source.name],)
        ]
        done = identify(
            self.session,
            (),
            run_id=run_id,
            raw=self.raw,
            now=self.now,
            questions=questions,
            client=self.client,
        )
        close_run(
            self.session,
            run_id,
            RunState.DEGRADED if done.failed else RunState.COMPLETED,
            self.now,
        )
        self.session.commit()
        return done

    def decide(
        self, number: int, verdict: Verdict, by: str = "ana", stage: Stage = Stage.FULL_TEXT
    ) -> None:
        """A person's word on the report of the world's record of that number."""
        [report_id] = self.session.execute(
            sa.text(f"SELECT report_id FROM report WHERE title LIKE '%service {number}:%'")
        ).scalars()
        keep_reviewer(self.session, by, "reviewer", self.now)
        said = Decision(
            decision_id=f"{by} {number} {stage} {verdict}",
            report_id=report_id,
            stage=stage,
            reviewer=by,
            verdict=verdict,
            exclusion_reason="online" if verdict is Verdict.EXCLUDE else None,
            decided_at=self.now,
        )
        keep_decision(self.session, said)
        self.session.commit()

    def release(self, number: int, query: str = "", withdraws: str | None = None) -> str:
        name = self.source.name
        release_id = f"release {number} {query} {withdraws}"
        said = CanaryRelease(
            release_id=release_id,
            source=name,
            source_id=self.name_of(number),
            query=query or QUERIES[name],
            reviewer="ana",
            reason="It is gone.",
            released_at=self.now,
        )
        keep_release(self.session, said, withdraws)
        self.session.commit()
        return release_id

    def name_of(self, number: int) -> str:
        return str(make_record(number)["in"][self.source.name]["id"])

    def delete(self, number: int) -> None:
        self.world.records[number - 1]["deleted"] = self.world.today

    def count(self, table: str) -> int:
        return int(self.session.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())

    def known_searches(self) -> list[tuple[RunState, int | None]]:
        return [(s.state, s.received) for s in find_searches(self.session) if s.change == "known"]


MAKERS: dict[str, Callable[[World], StandIn]] = {
    "pubmed": EutilsStandIn,
    "europepmc": EuropePmcStandIn,
    "openalex": lambda world: OpenAlexStandIn(world, dates_for=frozenset({"key"})),
    "crossref": CrossrefStandIn,
}
SOURCES: dict[str, Callable[[str], Source]] = {
    "pubmed": lambda address: PubMed(address=address),
    "europepmc": lambda address: EuropePmc(address=address, page_size=5),
    "openalex": lambda address: OpenAlex(address=address, api_key="key"),
    "crossref": lambda address: Crossref(address=address, rows=5),
}


@pytest.fixture
def open_review(
    store: Store, protocol: Protocol, now: datetime, tmp_path: Path
) -> Iterator[Callable[[str], Review]]:
    with ExitStack() as stack:

        def make(name: str) -> Review:
            world = World([make_record(n) for n in range(1, 13)], today="2026-02-01")
            standin = MAKERS[name](world)
            source = SOURCES[name](stack.enter_context(served(standin)))
            client = stack.enter_context(Client([source], sleep=lambda seconds: None))
            session = stack.enter_context(store.session())
            return Review(session, protocol, source, standin, world, client, tmp_path, now)

        yield make


@pytest.fixture
def review(open_review: Callable[[str], Review]) -> Review:
    return open_review("europepmc")


# In every source, on both engines: what is found is asked for and found; what was deleted at the
# source is lost, run after run, though the date mark moves; a person's word ends that, and taking
# the word back begins it again.
@pytest.mark.parametrize("name", list(QUERIES))
def test_a_record_that_is_found_no_more_is_lost_until_a_person_lets_it_go(
    open_review: Callable[[str], Review], name: str
) -> None:
    review = open_review(name)
    assert review.ask().canaries == 0
    for number in (1, 2, 3):
        review.decide(number, Verdict.INCLUDE)
    done = review.ask()
    assert (done.canaries, done.lost, done.failed) == (3, 0, ())
    assert review.known_searches() == [(RunState.COMPLETED, 3)]
    review.delete(2)
    later = Window(since=date(2026, 1, 18), until=date(2026, 2, 1))
    for _ in range(2):
        done = review.ask(window=later)
        assert (done.canaries, done.lost) == (3, 1)
        [sentence] = done.failed
        assert sentence.startswith(
            f"{review.source.title} no longer finds 1 of 3 known included records with this "
            f"strategy: {name} {review.name_of(2)} (Peer support in service 2: what helps); "
        )
        assert f"canary release {name} {review.name_of(2)} --by" in sentence
    mark = find_date_mark(review.session, name, QUERIES[name], "new")
    assert mark == datetime(2026, 2, 1, tzinfo=UTC)
    released = review.release(2)
    done = review.ask(window=later)
    assert (done.canaries, done.lost, done.failed) == (2, 0, ())
    review.release(2, withdraws=released)
    assert review.ask(window=later).lost == 1


# What the list says: when each was last found, since when it is lost, and who let it go.
def test_the_list_of_canaries_says_when_each_was_found_and_lost(review: Review) -> None:
    review.ask()
    first = review.now
    review.decide(1, Verdict.INCLUDE)
    review.decide(2, Verdict.INCLUDE)
    review.delete(2)
    earlier = Window(since=date(2026, 1, 20), until=date(2026, 1, 31))
    review.ask(window=earlier)
    lost = review.now
    review.ask(window=earlier)
    query = QUERIES["europepmc"]
    one, two = find_canary_states(review.session, "europepmc", [query])
    assert (one.source_id, one.found_at, one.lost_since) == ("MED:40000001", review.now, None)
    assert (two.source_id, two.found_at, two.lost_since) == ("MED:40000002", first, lost)
    assert two.title == "Peer support in service 2: what helps"
    review.release(2)
    [_, two] = find_canary_states(review.session, "europepmc", [query])
    assert two.release is not None
    assert (two.release.reviewer, two.release.reason) == ("ana", "It is gone.")
    # Nobody seeks it now, and yet a search for new records meets it again.
    del review.world.records[1]["deleted"]
    review.ask(window=Window(since=date(2026, 1, 1), until=date(2026, 2, 1)))
    [_, two] = find_canary_states(review.session, "europepmc", [query])
    assert (two.found_at, two.lost_since) == (review.now, None)


# Only what people included is sought: not what one excluded at the latest stage, nor what nobody
# decided, and an exclusion on the full text outweighs the inclusion before.
def test_only_included_reports_are_sought(review: Review) -> None:
    review.ask()
    review.decide(1, Verdict.INCLUDE, stage=Stage.TITLE_ABSTRACT)
    review.decide(2, Verdict.INCLUDE, stage=Stage.TITLE_ABSTRACT)
    review.decide(2, Verdict.EXCLUDE)
    review.decide(3, Verdict.INCLUDE)
    review.decide(3, Verdict.UNSURE, by="ben")
    review.decide(4, Verdict.INCLUDE)
    review.decide(4, Verdict.EXCLUDE, by="ben")
    review.decide(5, Verdict.UNSURE)
    review.ask()
    [search] = [s for s in find_searches(review.session) if s.change == "known"]
    assert list(find_asked(review.session, search.search_id)) == ["MED:40000001", "MED:40000003"]


# A changed strategy must find what the one before it found; a release is for one strategy only.
def test_a_changed_strategy_is_asked_for_what_the_one_before_found(review: Review) -> None:
    review.ask()
    review.decide(1, Verdict.INCLUDE)
    review.release(1)
    done = review.ask(COLLEGES)
    assert (done.canaries, done.lost) == (1, 1)
    assert review.ask(COLLEGES).lost == 1
    review.release(1, COLLEGES)
    assert review.ask(COLLEGES).failed == ()
    # One that finds it makes it its own.
    done = review.ask(WORKERS)
    assert (done.canaries, done.lost) == (1, 0)


# Of two strategies each must find what it found itself, and not what the other found.
def test_two_strategies_of_a_source_need_not_find_each_others_records(review: Review) -> None:
    narrow = 'TITLE_ABS:"service 1"'
    review.ask(narrow, QUERIES["europepmc"])
    review.decide(1, Verdict.INCLUDE)
    review.decide(2, Verdict.INCLUDE)
    done = review.ask(narrow, QUERIES["europepmc"])
    assert (done.canaries, done.lost) == (3, 0)
    # The one that finds both is dropped: the other must find both now, or a person lets go.
    done = review.ask(narrow)
    assert (done.canaries, done.lost) == (2, 1)
    # Where a strategy cannot answer, nothing is said of what another might have found.
    review.standin.faults = [Fault(at=len(review.standin.asked) + 1, status=400, body=b"no")]
    done = review.ask(WORKERS, narrow)
    assert done.lost == 0
    assert len(done.failed) == 1


# What only strategies of the past found is lost where none of today's finds it.
def test_a_record_of_a_past_strategy_may_be_found_by_any_of_todays(now: datetime) -> None:
    own = KnownRecord(source_id="1", title="One", found={"a": now})
    past = KnownRecord(source_id="2", title="Two", found={"x": now})
    both = KnownRecord(source_id="3", title="Three", found={"a": now, "b": now, "x": now})
    known = [own, past, both]
    assert plan_canaries(known, frozenset(), ["a", "b"]) == {"a": ("1", "2", "3"), "b": ("2", "3")}
    released = frozenset({("2", "a"), ("3", "b")})
    assert plan_canaries(known, released, ["a", "b"]) == {"a": ("1", "3"), "b": ("2",)}
    found_by_b = {
        "a": {"1": True, "2": False, "3": False},
        "b": {"2": True, "3": True},
    }
    assert find_lost(known, found_by_b, ["a", "b"]) == {"a": [both], "b": []}
    by_none = {**found_by_b, "b": {"2": False, "3": True}}
    assert find_lost(known, by_none, ["a", "b"]) == {"a": [past, both], "b": [past]}
    del by_none["b"]
    assert find_lost(known, by_none, ["a", "b"]) == {"a": [both]}


# A work that was merged into another is found, under its former id.
def test_a_record_that_was_merged_is_found(open_review: Callable[[str], Review]) -> None:
    review = open_review("openalex")
    review.ask()
    review.decide(1, Verdict.INCLUDE)
    assert isinstance(review.standin, OpenAlexStandIn)
    review.delete(1)
    review.standin.merged = {review.name_of(1): review.name_of(4)}
    done = review.ask()
    assert (done.canaries, done.lost, done.failed) == (1, 0, ())


# A known record that was changed meanwhile is kept as another version of it.
def test_a_known_record_that_was_changed_is_another_version(review: Review) -> None:
    review.ask()
    review.decide(1, Verdict.INCLUDE)
    review.world.records[0] = make_record(1, abstract="Peer support was added to care.")
    done = review.ask(window=Window(since=date(2026, 1, 31), until=date(2026, 1, 31)))
    assert (done.new, done.lost) == (1, 0)
    assert review.count("record") == 13
    assert review.count("report") == 12
    assert review.ask().lost == 0


# A search for known records that fails loses nothing, says so, and is made again.
def test_a_search_for_known_records_that_fails_is_made_again(review: Review) -> None:
    review.ask()
    review.decide(1, Verdict.INCLUDE)
    quiet = Window(since=date(2026, 1, 31), until=date(2026, 1, 31))
    at = len(review.standin.asked) + 2
    review.standin.faults = [Fault(at=at, times=FOR_GOOD, status=400, body=b"no")]
    done = review.ask(window=quiet)
    assert (done.canaries, done.lost) == (1, 0)
    assert [sentence.startswith("Europe PMC: ") for sentence in done.failed] == [True]
    [state] = find_canary_states(review.session, "europepmc", [QUERIES["europepmc"]])
    assert state.lost_since is None
    review.standin.faults = []
    assert review.ask(window=quiet).failed == ()
    assert review.known_searches() == [(RunState.FAILED, 0), (RunState.COMPLETED, 1)]


# Stopped in the middle it goes on with the records it was begun with, and asks no kept page again.
def test_a_search_for_known_records_that_was_stopped_goes_on(review: Review) -> None:
    review.ask()
    for number in range(1, 13):
        review.decide(number, Verdict.INCLUDE)
    quiet = Window(since=date(2026, 1, 31), until=date(2026, 1, 31))
    fetch, asked = review.client.fetch, []

    def fetch_two(request, read):  # type: ignore[no-untyped-def]
        # The search for new records, a page of known ones, and then no more.
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.append(request)
        return fetch(request, read)

    review.client.fetch = fetch_two  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        review.ask(window=quiet)
    review.session.connection.rollback()
    review.client.fetch = fetch  # type: ignore[method-assign]
    # What is included changes meanwhile, and still the kept page is read as it was asked.
    review.decide(1, Verdict.EXCLUDE)
    before = len(review.standin.asked)
    done = review.ask(window=quiet)
    assert (done.canaries, done.lost, done.failed) == (12, 0, ())
    # New records were searched to the end; of the four pages of known ones the first was kept.
    assert len(review.standin.asked) - before == 3
    assert review.known_searches() == [(RunState.COMPLETED, 12)]


# It can be read again from what was kept, and gives the same records.
@pytest.mark.parametrize("name", list(QUERIES))
def test_a_search_for_known_records_can_be_read_again(
    open_review: Callable[[str], Review], name: str
) -> None:
    review = open_review(name)
    review.ask()
    for number in (1, 5, 9):
        review.decide(number, Verdict.INCLUDE)
    review.delete(5)
    review.ask()
    [search] = [s for s in find_searches(review.session) if s.change == "known"]
    assert (search.window_from, search.window_to) == (None, None)
    known = tuple(find_asked(review.session, search.search_id))
    question = Question(source=review.source, query=search.query, change=Change.KNOWN, known=known)
    pages = replay(review.session, question, search.search_id, review.raw)
    read = [found.record.content_hash() for page in pages for found in page.records]
    assert read == find_hit_hashes(review.session, search.search_id)
    assert len(read) == 2
