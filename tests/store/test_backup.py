"""A backup holds everything, comes back the same on either engine, and is whole or refused."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from review.errors import InputError, ReviewError, StoreError, StoreTooNewError
from review.store.backup import back_up
from review.store.bundle import MANIFEST, Manifest
from review.store.columns import UtcDateTime
from review.store.decisions import keep_reviewer
from review.store.restore import check_backup, restore
from review.store.runs import find_last_runs
from review.store.schema import edition, metadata, run
from review.store.session import Session, Store, open_store
from tests.standins.postgresql import empty_database

NOW = datetime(2026, 3, 2, 6, 0, 0, 123456, tzinfo=UTC)
_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-1, 1) | _TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXT, inner, max_size=2),
    max_leaves=4,
)
_MOMENTS = st.integers(0, 10**12).map(lambda n: NOW + timedelta(microseconds=n))


def _values(column: sa.Column[Any]) -> st.SearchStrategy[Any]:
    """Any value a column may hold."""
    kinds: list[tuple[type, st.SearchStrategy[Any]]] = [
        (UtcDateTime, _MOMENTS),
        (sa.Date, st.dates(date(1900, 1, 1))),
        (sa.Boolean, st.booleans()),
        (sa.Float, st.floats(allow_nan=False, allow_infinity=False, width=64)),
        (sa.BigInteger, st.integers(-(2**63), 2**63 - 1)),
        (sa.Integer, st.integers(-(2**31), 2**31 - 1)),
        (sa.JSON, _JSON),
        (sa.LargeBinary, st.binary(max_size=8)),
        (sa.Text, _TEXT),
    ]
    values = next(values for kind, values in kinds if isinstance(column.type, kind))
    return values | st.none() if column.nullable else values


@st.composite
def _reviews(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """Rows for every table that do not contradict each other, up to three a table."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for table in metadata.sorted_tables:
        rows[table.name] = []
        for number in range(1, draw(st.integers(1, 3)) + 1):
            row = {c.name: _value(draw, c, number, rows) for c in table.c}
            rows[table.name].append(row)
    return rows


def _value(
    draw: st.DrawFn, column: sa.Column[Any], number: int, rows: dict[str, list[dict[str, Any]]]
) -> Any:
    uniques = [u for u in column.table.constraints if isinstance(u, sa.UniqueConstraint)]
    taken = {c.name for u in uniques for c in u.columns}
    is_unique = column.primary_key or column.unique or column.name in taken
    for key in column.foreign_keys:
        there = rows[key.column.table.name]
        # A row of its own for each, where no two may name the same.
        return there[min(number, len(there)) - 1][key.column.name]
    if is_unique and isinstance(column.type, sa.Integer):
        return number
    if is_unique and isinstance(column.type, sa.Text):
        return f"{draw(_TEXT)}{number}"
    return draw(_values(column))


def _fill(session: Session, rows: dict[str, list[dict[str, Any]]]) -> None:
    for table in metadata.sorted_tables:
        # Two that name the same parent may be one row.
        session.insert_missing(table, rows[table.name])
    session.count_on(metadata.sorted_tables)
    session.commit()


def _state(address: str) -> dict[str, list[tuple[Any, ...]]]:
    store = open_store(address)
    with store.session() as session:
        state = {
            table.name: [
                tuple(row) for row in session.execute(sa.select(table).order_by(*table.primary_key))
            ]
            for table in metadata.sorted_tables
        }
    store.close()
    return state


def _back_up(address: str, home: Path, to: Path) -> Manifest:
    store = open_store(address)
    with to.open("wb") as out:
        made = back_up(store, home, out, NOW)
    store.close()
    return made


def _filled(address: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    store = open_store(address)
    with store.session() as session:
        _fill(session, rows)
    store.close()


# Whatever a review holds, what is restored is the same in every table, value by value.
@settings(max_examples=8)
@given(rows=_reviews())
def test_what_is_restored_is_what_was_there(
    tmp_path_factory: pytest.TempPathFactory, rows: dict[str, list[dict[str, Any]]]
) -> None:
    folder = tmp_path_factory.mktemp("review")
    first, second = (f"sqlite:///{folder / name}.db" for name in ("first", "second"))
    _filled(first, rows)
    made = _back_up(first, folder / "home", folder / "backup.zip")
    restore(folder / "backup.zip", second, folder / "home")
    there = _state(first)
    assert all(there.values())
    assert made.rows == sum(map(len, there.values()))
    assert _state(second) == there


# From SQLite to PostgreSQL and back again nothing changes, and the database counts on.
@settings(max_examples=2)
@given(rows=_reviews())
def test_engines_are_interchangeable(
    tmp_path_factory: pytest.TempPathFactory,
    postgresql: str,
    rows: dict[str, list[dict[str, Any]]],
) -> None:
    folder = tmp_path_factory.mktemp("review")
    first, last = (f"sqlite:///{folder / name}.db" for name in ("first", "last"))
    _filled(first, rows)
    _back_up(first, folder / "home", folder / "one.zip")
    with empty_database(postgresql) as between:
        restore(folder / "one.zip", between, folder / "home")
        assert _state(between) == _state(first)
        _back_up(between, folder / "home", folder / "two.zip")
        store = open_store(between)
        with store.session() as session:
            row = {name: value for name, value in rows["run"][0].items() if name != "id"}
            assert session.insert(run, [row]) == [len(rows["run"]) + 1]
        store.close()
    restore(folder / "two.zip", last, folder / "home")
    assert _state(last) == _state(first)
    with zipfile.ZipFile(folder / "one.zip") as one, zipfile.ZipFile(folder / "two.zip") as two:
        assert {n: one.read(n) for n in one.namelist()} == {n: two.read(n) for n in two.namelist()}


_FILES = ("raw/ab/ab12.gz", "editions/edition-0001/report.html", "models/screening/2/m.skops")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A review's home with what was received, an edition and a model, and with litter."""
    home = tmp_path / "home"
    litter = ("raw/ab/cd34.half", "editions/edition-0002.half/report.html", "inbox/new.ris")
    for name in (*_FILES, *litter):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(name.encode() * 1000)
    return home


@pytest.fixture
def bundle(home: Path, tmp_path: Path) -> Path:
    """A backup of a review with a person, a run and an edition."""
    address = f"sqlite:///{home / 'review.db'}"
    store = open_store(address)
    with store.session() as session:
        keep_reviewer(session, "Áine", "maintainer", NOW)
        session.execute(
            sa.text(
                "INSERT INTO protocol_version (fingerprint, key, version, body, first_seen_at) "
                "VALUES ('f', 'k', '1', '{}', '2026-03-02 06:00:00')"
            )
        )
        row = {"kind": "publish", "state": "completed", "protocol": "f", "started_at": NOW}
        [run_id] = session.insert(run, [{**row, "code_version": "0", "summary": {"a": [1]}}])
        made = {"number": 1, "run_id": run_id, "published_at": NOW, "counts": {}, "sha256": "s"}
        folder = str(home / "editions/edition-0001")
        session.insert(edition, [{**made, "folder": folder}])
        session.commit()
    store.close()
    _back_up(address, home, tmp_path / "backup.zip")
    return tmp_path / "backup.zip"


# Files come with the rows, nothing half-written does, and an edition is found in the new home.
def test_files_come_back_in_another_home(bundle: Path, home: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    address = f"sqlite:///{new / 'review.db'}"
    made = restore(bundle, address, new)
    assert made.files == 3
    found = {p.relative_to(new).as_posix() for p in new.rglob("*") if p.is_file()}
    assert {name for name in found if not name.startswith("review.db")} == set(_FILES)
    assert all((new / name).read_bytes() == (home / name).read_bytes() for name in _FILES)
    [row] = _state(address)["edition"]
    assert str(new / "editions/edition-0001") in row
    assert check_backup(bundle) == made


def _rewrite(
    source: Path, target: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None]
) -> Path:
    """A copy of a backup, its files and manifest changed."""
    with zipfile.ZipFile(source) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files.pop(MANIFEST))
    change(files, manifest)
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.writestr(MANIFEST, json.dumps(manifest))
    return target


def _sums(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    for name, content in files.items():
        rows = content.count(b"\n") if name.startswith("tables/") else None
        manifest["members"][name] = {"sha256": hashlib.sha256(content).hexdigest(), "rows": rows}


def _add(name: str, content: bytes = b"x") -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    def change(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
        files[name] = content
        _sums(files, manifest)

    return change


_BROKEN: dict[str, tuple[Callable[[dict[str, bytes], dict[str, Any]], None], str]] = {
    "a changed table": (
        lambda files, _: files.update({"tables/run.jsonl": b"{}\n"}),
        "tables/run.jsonl is damaged, its SHA-256",
    ),
    "a changed file": (
        lambda files, _: files.update({"raw/ab/ab12.gz": b"y"}),
        "raw/ab/ab12.gz is damaged, its SHA-256",
    ),
    "a missing file": (
        lambda files, _: files.pop("raw/ab/ab12.gz"),  # type: ignore[arg-type, return-value]
        "differs from its manifest in raw/ab/ab12.gz",
    ),
    "a file too many": (
        lambda files, _: files.update({"raw/more": b"y"}),
        "differs from its manifest in raw/more",
    ),
    "a way out": (_add("raw/../../out"), "leads out of the backup"),
    "another place": (_add("review.db"), "leads out of the backup"),
    "a line that is no row": (_add("tables/run.jsonl", b"{}\n[1]\n"), "tables/run.jsonl, line 2"),
    "a field nobody knows": (
        _add("tables/reviewer.jsonl", b'{"name":"a","shoe_size":3}\n'),
        "tables/reviewer.jsonl, line 1",
    ),
    "a row that contradicts": (
        _add("tables/hit.jsonl", b'{"search_id":9,"position":1,"record_id":9}\n'),
        "refused a row that contradicts another",
    ),
    "a newer form": (lambda _, m: m.update(version=2), "is a backup of version 2"),
    "newer tables": (lambda _, m: m.update(tables_at="9999"), "a newer version of this program"),
    "another program's": (lambda _, m: m.update(format="zip"), "is no backup of this program"),
    "no members": (lambda _, m: m.pop("members"), "manifest.json, members"),
}


# A damaged, foreign or newer backup is refused with a sentence that names it, and nothing is there
# afterwards: no file, no row.
@pytest.mark.parametrize("case", _BROKEN)
def test_what_is_damaged_or_newer_is_refused_whole(bundle: Path, tmp_path: Path, case: str) -> None:
    change, sentence = _BROKEN[case]
    broken = _rewrite(bundle, tmp_path / "broken.zip", change)
    new = tmp_path / "new"
    address = f"sqlite:///{new / 'review.db'}"
    with pytest.raises(ReviewError) as refused:
        restore(broken, address, new)
    assert sentence in str(refused.value)
    if "contradicts" not in sentence:
        assert "broken.zip" in str(refused.value)
    assert not (tmp_path / "out").exists()
    if new.exists():
        assert {p.name for p in new.iterdir() if not p.name.startswith("review.db")} == set()
        assert not any(_state(address).values())
    restore(bundle, address, new)
    assert any(_state(address).values())


# Neither is a file that is cut short, or none at all.
def test_a_file_that_is_no_backup_is_refused(bundle: Path, tmp_path: Path) -> None:
    whole = bundle.read_bytes()
    for content in (b"", b"PK\x03\x04", whole[: len(whole) // 2], whole[:-30]):
        (tmp_path / "cut.zip").write_bytes(content)
        with pytest.raises(InputError, match=r"cut\.zip: cannot be read"):
            check_backup(tmp_path / "cut.zip")
    with pytest.raises(InputError, match=r"No such file"):
        check_backup(tmp_path / "missing.zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("a.ris", "TY  - JOUR")
    with pytest.raises(InputError, match=r"holds no manifest\.json"):
        check_backup(tmp_path / "other.zip")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of an empty store and one file."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "home/raw").mkdir(parents=True)
    (folder / "home/raw/a.gz").write_bytes(b"what was received")
    _back_up(f"sqlite:///{folder / 'review.db'}", folder / "home", folder / "whole.zip")
    return folder / "whole.zip"


# A single flipped bit anywhere is seen, unless all that is read is as it was.
@given(data=st.data())
def test_a_flipped_bit_is_seen(whole: Path, data: st.DataObject) -> None:
    content = bytearray(whole.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    flipped = whole.with_name("flipped.zip")
    flipped.write_bytes(content)
    try:
        read = check_backup(flipped)
    except InputError:
        return
    assert read == check_backup(whole)


# Nothing is written over: a store with a row, or a home with files, refuses.
def test_only_an_empty_place_is_restored_into(
    bundle: Path, home: Path, tmp_path: Path, store: Store, address: str
) -> None:
    restore(bundle, address, tmp_path / "empty")
    shutil.rmtree(tmp_path / "empty/editions")
    before = _state(address)
    with pytest.raises(InputError, match=r"raw: holds files already|models: holds files already"):
        restore(bundle, address, tmp_path / "empty")
    with pytest.raises(StoreError, match="holds a review already"):
        restore(bundle, address, tmp_path / "other")
    assert _state(address) == before
    assert list((tmp_path / "other").iterdir()) == []


# A backup of an older version of the tables is restored as it was, and then upgraded.
def test_an_older_backup_is_upgraded(bundle: Path, tmp_path: Path, address: str) -> None:
    since = ("planted_answer", "planted", "assignment", "note", "annotation_consensus")

    def change(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
        for name in since:
            del files[f"tables/{name}.jsonl"], manifest["members"][f"tables/{name}.jsonl"]
        [person] = files["tables/reviewer.jsonl"].splitlines()
        old = {k: v for k, v in json.loads(person).items()
               if k not in ("password_hash", "session_version", "keys")}  # fmt: skip
        files["tables/reviewer.jsonl"] = json.dumps(old).encode() + b"\n"
        manifest["tables_at"] = "0002"
        _sums(files, manifest)

    older = _rewrite(bundle, tmp_path / "older.zip", change)
    restore(older, address, tmp_path / "new")
    state = _state(address)
    assert [row[0] for row in state["reviewer"]] == ["Áine"]
    assert len(state["edition"]) == 1
    store = open_store(address)
    with store.session() as session:
        assert session.revision() > "0002"
        assert find_last_runs(session, 1)
    store.close()


# A store that already has newer tables does not take an older backup: it could not be upgraded.
def test_an_older_backup_needs_a_new_database(
    bundle: Path, tmp_path: Path, store: Store, address: str
) -> None:
    older = _rewrite(bundle, tmp_path / "older.zip", lambda _, m: m.update(tables_at="0002"))
    with pytest.raises(StoreError, match="name a new database"):
        restore(older, address, tmp_path / "new")
    newer = _rewrite(bundle, tmp_path / "newer.zip", lambda _, m: m.update(tables_at="9999"))
    with pytest.raises(StoreTooNewError, match=r"newer\.zip: .*install that version"):
        restore(newer, address, tmp_path / "new")


# Someone who votes while a backup is made neither waits nor is half in it.
def test_a_backup_is_of_one_moment(store: Store) -> None:
    with store.session() as session:
        keep_reviewer(session, "ana", "reviewer", NOW)
        session.commit()
    people = sa.text("SELECT count(*) FROM reviewer")
    with store.snapshot() as reading:
        assert reading.execute(people).scalar_one() == 1
        with store.session() as writing:
            keep_reviewer(writing, "ben", "reviewer", NOW)
            writing.commit()
        assert reading.execute(people).scalar_one() == 1
    with store.session() as session:
        assert session.execute(people).scalar_one() == 2
