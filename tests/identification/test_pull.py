"""pull: a search is kept page by page, goes on where it stopped, and is done only when whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from identification.identify import identify
from identification.pull import PulledRecords, Question, pull, replay
from identification.searches import OVERLAP, plan_searches
from identification.sources.base import Change, Window
from identification.sources.client import Client
from identification.sources.crossref import Crossref
from identification.sources.europepmc import EuropePmc
from identification.sources.pubmed import PubMed
from review.errors import InputError, ProtocolError
from review.protocol import Protocol
from review.store.pages import find_date_mark
from review.store.records import find_hit_hashes
from review.store.runs import RunState, close_run, find_searches, open_run, open_search
from review.store.session import Session, Store
from tests.standins.crossref import CrossrefStandIn
from tests.standins.europepmc import EuropePmcStandIn
from tests.standins.eutils import EutilsStandIn
from tests.standins.library import make_record, make_records
from tests.standins.serving import FOR_GOOD, Fault, served
from tests.standins.world import World

QUERY = 'TITLE_ABS:"peer support"'
MONTH = Window(since=date(2026, 1, 1), until=date(2026, 1, 31))


@pytest.fixture
def standin() -> EuropePmcStandIn:
    return EuropePmcStandIn(World(make_records(23)))


@pytest.fixture
def question(standin: EuropePmcStandIn) -> Iterator[Question]:
    with served(standin) as address:
        source = EuropePmc(address=address, page_size=5)
        yield Question(source=source, query=QUERY, window=MONTH, change=Change.NEW)


@pytest.fixture
def client(question: Question) -> Iterator[Client]:
    with Client([question.source], sleep=lambda seconds: None) as opened:
        yield opened


@pytest.fixture
def session(store: Store) -> Iterator[Session]:
    with store.session() as opened:
        yield opened


def _run(session: Session, protocol: Protocol, now: datetime) -> int:
    run_id = open_run(session, "identify", protocol, now)
    session.commit()
    return run_id


def _pull(
    session: Session,
    protocol: Protocol,
    question: Question,
    client: Client,
    raw: Path,
    now: datetime,
    searched_until: datetime | None = None,
) -> PulledRecords:
    run_id = _run(session, protocol, now)
    return pull(
        session,
        question,
        client=client,
        run_id=run_id,
        raw=raw,
        now=now,
        searched_until=searched_until,
    )


def _count(session: Session, table: str) -> int:
    return int(session.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_a_search_is_kept_whole_with_what_was_asked_and_how_much_came(
    session: Session,
    protocol: Protocol,
    question: Question,
    client: Client,
    tmp_path: Path,
    now: datetime,
) -> None:
    done = _pull(session, protocol, question, client, tmp_path, now)
    assert (done.read, done.new, done.failed) == (23, 23, "")
    [search] = find_searches(session)
    assert (search.state, search.expected, search.received) == (RunState.COMPLETED, 23, 23)
    assert search.query == QUERY
    assert _count(session, "raw_page") == 6
    assert _count(session, "hit") == 23
    [days] = session.execute(sa.text("SELECT count(entered_on) FROM hit")).one()
    assert days == 23


def test_the_same_search_again_adds_no_record(
    session: Session,
    protocol: Protocol,
    question: Question,
    client: Client,
    tmp_path: Path,
    now: datetime,
) -> None:
    _pull(session, protocol, question, client, tmp_path, now)
    again = _pull(session, protocol, question, client, tmp_path, now)
    assert (again.read, again.new, again.known) == (23, 0, 23)
    assert _count(session, "record") == 23


def test_a_search_stopped_in_the_middle_asks_no_kept_page_again(
    session: Session,
    protocol: Protocol,
    standin: EuropePmcStandIn,
    question: Question,
    client: Client,
    tmp_path: Path,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fetch, asked = client.fetch, []

    def fetch_three(request, read):  # type: ignore[no-untyped-def]
        if len(asked) == 3:
            raise KeyboardInterrupt
        asked.append(request)
        return fetch(request, read)

    client.fetch = fetch_three  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        _pull(session, protocol, question, client, tmp_path, now)
    session.connection.rollback()
    assert _count(session, "raw_page") == 3
    client.fetch = fetch  # type: ignore[method-assign]
    before = len(standin.asked)
    done = _pull(session, protocol, question, client, tmp_path, now)
    assert (done.read, done.failed) == (23, "")
    assert len(standin.asked) - before == 3
    # One search, of the run that ended it, as if it had never been stopped.
    [search] = find_searches(session)
    assert (search.state, search.received) == (RunState.COMPLETED, 23)
    assert _count(session, "record") == _count(session, "hit") == 23


def test_a_page_that_fails_for_good_fails_the_search_and_keeps_the_date_mark(
    session: Session,
    protocol: Protocol,
    standin: EuropePmcStandIn,
    question: Question,
    client: Client,
    tmp_path: Path,
    now: datetime,
) -> None:
    standin.faults = [Fault(at=3, times=FOR_GOOD)]
    done = _pull(session, protocol, question, client, tmp_path, now)
    assert done.failed.startswith("Europe PMC: ")
    assert done.read == 10
    [search] = find_searches(session)
    assert (search.state, search.received) == (RunState.FAILED, 10)
    assert find_date_mark(session, "europepmc", QUERY, "new") is None
    standin.faults = []
    assert _pull(session, protocol, question, client, tmp_path, now).failed == ""
    mark = find_date_mark(session, "europepmc", QUERY, "new")
    assert mark is not None
    assert mark.date() == MONTH.until


def test_a_strategy_that_the_source_begins_to_read_otherwise_fails_once(
    session: Session, protocol: Protocol, client: Client, tmp_path: Path, now: datetime
) -> None:
    guild = make_record(10, abstract="A gardening guild offers peer support.")
    standin = EutilsStandIn(World([*make_records(9), guild]))
    query = '"peer support"[tiab] OR "gardening guild"[tiab]'
    with served(standin) as address:
        asked = Question(
            source=PubMed(address=address), query=query, window=MONTH, change=Change.NEW
        )
        assert _pull(session, protocol, asked, client, tmp_path, now).failed == ""
        # The source knows a phrase no longer and drops it.
        standin.world.records.remove(guild)
        again = _pull(session, protocol, asked, client, tmp_path, now)
        assert "read otherwise than before: PubMed finds nothing for" in again.failed
        # A person was told; from now on it is what the source says of this strategy.
        assert _pull(session, protocol, asked, client, tmp_path, now).failed == ""


def test_what_a_ranking_source_sent_beside_the_strategy_is_counted_apart(
    session: Session, protocol: Protocol, client: Client, tmp_path: Path, now: datetime
) -> None:
    guild = make_record(10, title="A gardening guild", abstract="Gardens and guilds.")
    with served(CrossrefStandIn(World([*make_records(9), guild]))) as address:
        source = Crossref(address=address, rows=4)
        query = "(peer support OR gardening) AND (mental health OR care)"
        asked = Question(source=source, query=query, window=MONTH, change=Change.NEW)
        assert _pull(session, protocol, asked, client, tmp_path, now).failed == ""
    [search] = find_searches(session)
    assert (search.expected, search.received, search.passed_over) == (10, 9, 1)


def test_a_stopped_search_whose_strategy_is_no_longer_asked_is_put_down_as_failed(
    session: Session,
    protocol: Protocol,
    question: Question,
    client: Client,
    tmp_path: Path,
    now: datetime,
) -> None:
    stopped = _run(session, protocol, now)
    window = (now, now)
    open_search(
        *(session, stopped),
        source="europepmc",
        address="",
        query="old",
        change="new",
        now=now,
        window=window,
    )
    identify(
        session,
        (),
        run_id=_run(session, protocol, now),
        raw=tmp_path,
        now=now,
        questions=[question],
        client=client,
    )
    states = {search.query: search.state for search in find_searches(session)}
    assert states == {"old": RunState.FAILED, QUERY: RunState.COMPLETED}


def test_a_failed_search_leaves_files_to_be_read(
    session: Session,
    protocol: Protocol,
    standin: EuropePmcStandIn,
    question: Question,
    client: Client,
    tmp_path: Path,
    now: datetime,
) -> None:
    standin.faults = [Fault(at=1, times=FOR_GOOD)]
    file = tmp_path / "week.ris"
    file.write_text("TY  - JOUR\nTI  - Peer support in a valley\nER  - \n")
    done = identify(
        session,
        [file],
        run_id=_run(session, protocol, now),
        raw=tmp_path / "raw",
        now=now,
        questions=[question],
        client=client,
    )
    assert len(done.failed) == 1
    assert (done.new, done.reports) == (1, 1)


def test_a_search_read_again_from_what_was_kept_gives_the_same_records(
    session: Session,
    protocol: Protocol,
    question: Question,
    client: Client,
    tmp_path: Path,
    now: datetime,
) -> None:
    _pull(session, protocol, question, client, tmp_path, now)
    [search] = find_searches(session)
    pages = replay(session, question, search.search_id, tmp_path)
    read = [found.record.content_hash() for page in pages for found in page.records]
    assert read == find_hit_hashes(session, search.search_id)
    # A page that was altered since is not read as if it were what was received.
    [sha256] = session.execute(sa.text("SELECT sha256 FROM raw_page WHERE position = 2")).scalars()
    (tmp_path / sha256[:2] / f"{sha256}.gz").write_bytes(b"")
    with pytest.raises(InputError, match="restore it"):
        list(replay(session, question, search.search_id, tmp_path))


def test_records_that_came_after_their_days_were_searched_are_counted(
    session: Session,
    protocol: Protocol,
    standin: EuropePmcStandIn,
    question: Question,
    client: Client,
    tmp_path: Path,
    now: datetime,
) -> None:
    _pull(session, protocol, question, client, tmp_path, now)
    # It says that it entered on the 12th, and yet it was not there when that day was searched.
    standin.world.records.append(make_record(35))
    searched = datetime(2026, 1, 31, tzinfo=UTC)
    done = _pull(session, protocol, question, client, tmp_path, now, searched)
    assert (done.new, done.late) == (1, 1)


def test_a_changed_record_is_another_version_of_it(
    session: Session,
    protocol: Protocol,
    standin: EuropePmcStandIn,
    question: Question,
    client: Client,
    tmp_path: Path,
    now: datetime,
) -> None:
    def make() -> None:
        run_id = _run(session, protocol, now)
        identify(
            session,
            (),
            run_id=run_id,
            raw=tmp_path,
            now=now,
            questions=[question],
            client=client,
        )
        close_run(session, run_id, RunState.COMPLETED, now)

    make()
    standin.world.records[0] = make_record(1, abstract="Peer support was added to care.")
    make()
    assert _count(session, "record") == 24
    assert _count(session, "report") == 23
    [abstract] = session.execute(
        sa.text("SELECT abstract FROM report WHERE title LIKE '%service 1:%'")
    ).scalars()
    assert "added to care" in abstract


def test_each_week_goes_on_from_the_last_complete_search(protocol: Protocol) -> None:
    sources = {name: EuropePmc() for name in ("pubmed", "europepmc", "openalex", "crossref")}
    today = date(2026, 3, 2)
    first = plan_searches(protocol, sources, today, lambda *_: None)
    assert [q.window.since for q in first if q.change is Change.NEW] == [date(2018, 7, 1)] * 4
    reached = datetime(2026, 2, 23, tzinfo=UTC)
    later = plan_searches(protocol, sources, today, lambda *_: reached)
    assert {q.window for q in later} == {Window(since=reached.date() - OVERLAP, until=today)}
    with pytest.raises(ProtocolError, match="no known source"):
        plan_searches(protocol, {}, today, lambda *_: None)
