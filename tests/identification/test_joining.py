"""Joining in the store, in batches and week by week, is what comparing all at once would give."""

from __future__ import annotations

import hashlib
import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from identification.blocking import RULES, keys_of, whole_of
from identification.duplicates import find_duplicates
from identification.fingerprints import fingerprint
from identification.join import group_duplicates, join_duplicates, place_records
from review.protocol import Protocol
from review.records import Record
from review.store.records import find_members, find_unplaced, keep_records
from review.store.runs import open_run, open_search
from review.store.session import Session, Store, open_store

WORDS = ["peer", "support", "ward", "worker", "nurse", "trial", "pay", "family"]
NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
ARTICLE = Record(
    source="a",
    source_id="sha256:1",
    title="Implementing peer support work in community mental health services",
    authors=("Doe, Jane", "Roe, Richard"),
    year=2018,
    journal="Journal of Mental Health",
    volume="27",
    issue="3",
    pages="365-371",
    doi="10.1000/jmh.1",
)
TITLES = [ARTICLE.title, f"{ARTICLE.title} II", "Editorial", "", "Peer support in wards: a study"]
RECORDS = st.builds(
    Record,
    source=st.sampled_from(["a", "b"]),
    source_id=st.sampled_from(["1", "2", "sha256:1"]),
    title=st.sampled_from(TITLES),
    abstract=st.sampled_from(["", "We interviewed peer workers in acute wards. " * 5]),
    authors=st.sampled_from([(), ("Doe, Jane",), ("Roe, R", "Doe, J")]),
    year=st.sampled_from([None, 2018, 2019]),
    journal=st.sampled_from(["", "Journal of Mental Health", "J Ment Health"]),
    volume=st.sampled_from(["", "27", "28"]),
    pages=st.sampled_from(["", "365-371", "365", "12-19"]),
    doi=st.sampled_from(["", "10.1000/1", "10.1000/2"]),
    pmid=st.sampled_from(["", "1"]),
    # Fields that nothing is compared by, so that there are copies in every respect compared.
    url=st.sampled_from(["", "http://example.org/1", "http://example.org/2"]),
)
WEEKS = st.lists(st.lists(RECORDS, max_size=7), min_size=1, max_size=4)


class StoppedError(Exception):
    """The process ended here."""


class StoppingSession(Session):
    """A session that ends before it commits once more than ``commits`` times."""

    def __init__(self, session: Session, commits: int) -> None:
        super().__init__(session.connection)
        self._left = commits

    def commit(self) -> None:
        if not self._left:
            raise StoppedError
        self._left -= 1
        super().commit()


def hash_of(numbers: Sequence[int]) -> str:
    return hashlib.sha256(repr(numbers).encode()).hexdigest()[:16]


def keep(session: Session, protocol: Protocol, records: Sequence[Record], now: datetime) -> None:
    run_id = open_run(session, "import", protocol, now)
    search_id = open_search(session, run_id, source="a", address="a", now=now)
    keep_records(session, search_id, list(enumerate(records, start=1)), now)
    session.commit()


def unlike(weeks: Sequence[Sequence[Record]]) -> list[list[Record]]:
    """The records week by week, each once: a store keeps the same record once."""
    seen: set[Record] = set()
    kept = []
    for week in weeks:
        kept.append([r for n, r in enumerate(week) if r not in seen and r not in week[:n]])
        seen.update(week)
    return kept


def all_at_once(weeks: Sequence[Sequence[Record]]) -> dict[int, int]:
    """The report of each record, numbered from 1, where every week compares all there is."""
    members: dict[int, int] = {}
    old: list[Record] = []
    for week in weeks:
        votes = find_duplicates(week, old).votes
        named = [replace(v, first=v.first + 1, second=v.second + 1) for v in votes]
        fresh = range(len(old) + 1, len(old) + len(week) + 1)
        members |= place_records(fresh, named, members).report_of
        old += week
    return members


def join_week_by_week(
    store: Store, protocol: Protocol, weeks: Sequence[Sequence[Record]], now: datetime, batch: int
) -> dict[int, int]:
    with store.session() as session:
        for week in weeks:
            keep(session, protocol, week, now)
            join_duplicates(session, run_id=1, now=now, batch=batch)
        return find_members(session)


@pytest.fixture(scope="module")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store in a file, to be copied: making its tables takes longer than an example."""
    file = tmp_path_factory.mktemp("empty") / "review.db"
    open_store(f"sqlite:///{file}").close()
    return file


@contextmanager
def copied(file: Path) -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{shutil.copy(file, folder)}")
        yield store
        store.close()


# Week by week and in batches of any size, records come to the reports that comparing every week's
# records with all there is, at once and in memory, would give them.
@settings(max_examples=60)
@given(weeks=WEEKS, batch=st.integers(1, 5))
def test_the_store_joins_what_memory_joins(
    empty_file: Path,
    protocol: Protocol,
    weeks: list[list[Record]],
    batch: int,
) -> None:
    weeks = unlike(weeks)
    with copied(empty_file) as store:
        members = join_week_by_week(store, protocol, weeks, NOW, batch)
    assert members == all_at_once(weeks)


# All records at once come to the reports that a file of them would be grouped into.
@settings(max_examples=40)
@given(week=st.lists(RECORDS, max_size=14), batch=st.integers(1, 20))
def test_one_batch_is_grouped_as_a_file_would_be(
    empty_file: Path, protocol: Protocol, week: list[Record], batch: int
) -> None:
    [week] = unlike([week])
    with copied(empty_file) as store:
        members = join_week_by_week(store, protocol, [week], NOW, batch)
    expected = [placed.cluster + 1 for placed in group_duplicates(week).placed]
    assert [members[n] for n in range(1, len(week) + 1)] == expected


def library(count: int, seed: int) -> list[Record]:
    """Made-up records of which many resemble each other, some in all that is compared."""
    chance = random.Random(seed)
    records = []
    for number in range(count):
        if records and chance.random() < 0.4:
            found = chance.choice(records)
            change = chance.choice(
                [{}, {"doi": ""}, {"pages": ""}, {"title": f"{found.title}."}, {"year": 2015}]
            )
            records.append(replace(found, **change, url=f"http://example.org/{number}"))
        else:
            words = chance.sample(WORDS, 4)
            records.append(
                replace(
                    ARTICLE,
                    source_id=str(number) if number % 3 else f"sha256:{number}",
                    title=f"{' '.join(words)} in a study of {chance.choice(['leeds', 'york'])}",
                    volume=str(chance.randint(1, 30)),
                    pages=f"{number}-{number + 4}",
                    doi=f"10.1000/{number}",
                )
            )
    return records


# So it is on both engines, where blocks are large and one lies beyond the limit.
@pytest.mark.parametrize("batch", [37, 1000])
def test_larger_libraries_are_joined_alike(
    store: Store, protocol: Protocol, now: datetime, batch: int
) -> None:
    editorials = [
        replace(ARTICLE, source_id=f"sha256:e{n}", title="Editorial", doi="", volume=str(n))
        for n in range(80)
    ]
    records = library(300, seed=4) + editorials
    random.Random(5).shuffle(records)
    weeks = unlike([records[:250], records[250:260], records[260:]])
    members = join_week_by_week(store, protocol, weeks, now, batch)
    assert members == all_at_once(weeks)
    assert len(set(members.values())) < len(members)


# StoppedError after any commit and begun again, the join ends as if it had not been stopped.
@pytest.mark.parametrize("commits", [0, 1, 3])
def test_a_join_that_was_stopped_goes_on(
    store: Store, protocol: Protocol, now: datetime, commits: int
) -> None:
    records = library(40, seed=6)
    with store.session() as session:
        keep(session, protocol, records, now)
    with pytest.raises(StoppedError), store.session() as session:
        join_duplicates(StoppingSession(session, commits), run_id=1, now=now, batch=10)
    with store.session() as session:
        assert find_members(session) == {}
        join_duplicates(session, run_id=1, now=now, batch=10)
        assert find_members(session) == all_at_once([records])
        assert find_unplaced(session) == []


# A store whose keys were made by other rules, or that has none, makes them anew and joins as ever.
@pytest.mark.parametrize("how", ["none", "other"])
def test_keys_of_other_rules_are_made_anew(
    store: Store, protocol: Protocol, now: datetime, how: str
) -> None:
    weeks = unlike([library(30, seed=7), library(60, seed=7)[30:]])
    with store.session() as session:
        keep(session, protocol, weeks[0], now)
        join_duplicates(session, run_id=1, now=now)
        if how == "none":
            session.execute(sa.text("DELETE FROM record_key"))
            session.execute(sa.text("DELETE FROM record_fingerprint"))
        else:
            session.execute(sa.text("UPDATE record_fingerprint SET version = '0', whole = 1"))
            session.execute(sa.text("UPDATE record_key SET key = key / 2"))
        session.commit()
        keep(session, protocol, weeks[1], now)
        join_duplicates(session, run_id=1, now=now)
        versions = session.execute(sa.text("SELECT DISTINCT version FROM record_fingerprint"))
        assert versions.scalars().all() == [RULES]
        assert find_members(session) == all_at_once(weeks)


# A copy in every respect compared has no keys of its own: a block counts what is different.
def test_a_copy_is_spoken_for(store: Store, protocol: Protocol, now: datetime) -> None:
    copies = [replace(ARTICLE, url=f"http://example.org/{n}") for n in range(100)]
    other = replace(ARTICLE, doi="", title=f"{ARTICLE.title}: a study", url="http://example.org/o")
    with store.session() as session:
        keep(session, protocol, copies, now)
        join_duplicates(session, run_id=1, now=now, batch=30)
        with_keys = session.execute(sa.text("SELECT DISTINCT record_id FROM record_key"))
        assert with_keys.scalars().all() == [1]
        keep(session, protocol, [other], now)
        join_duplicates(session, run_id=1, now=now)
        assert set(find_members(session).values()) == {1}


# A new record that is like one record of a report and different from another stays outside.
def test_what_keeps_one_record_of_a_report_apart_holds_for_all(
    store: Store, protocol: Protocol, now: datetime
) -> None:
    first = replace(ARTICLE, pmid="1")
    second = replace(ARTICLE, url="http://example.org/2")
    third = replace(ARTICLE, pmid="2", url="http://example.org/3")
    assert join_week_by_week(store, protocol, [[first], [second], [third]], now, 10) == {
        1: 1,
        2: 1,
        3: 3,
    }


# Keys are kept for years: the rules that make them have a name, which changes when they do.
# Where this fails, raise RULES in identification/blocking.py and put the new numbers here.
def test_the_rules_of_keys_have_not_changed_under_their_name() -> None:
    records = [ARTICLE, replace(ARTICLE, title="[Einführung der Peer-Arbeit] [Peer work begins]")]
    prints = [fingerprint(record) for record in records]
    numbers = [number for p in prints for number in (whole_of(p), *sorted(keys_of(p)))]
    assert (RULES, hash_of(numbers)) == ("4", "29fc9105a1cd6037")
