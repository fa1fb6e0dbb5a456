"""backup: everything a review holds, in one file, as it was at one moment."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

from review.errors import InputError
from review.store.bundle import (
    FOLDERS,
    FORMAT,
    IN_HOME,
    MANIFEST,
    VERSION,
    Manifest,
    Member,
    Summed,
    copy,
    line_of,
    table_member,
)
from review.store.schema import edition, metadata
from review.store.session import Session, Store


def back_up(store: Store, home: Path, out: IO[bytes], now: datetime) -> Manifest:
    """Write all tables and what lies in raw/, editions/ and models/; people may vote meanwhile.

    The tables are read in one transaction, row by row. Raises InputError where a file of the home
    cannot be read.
    """
    members: dict[str, Member] = {}
    with (
        store.snapshot() as session,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive,
    ):
        for table in metadata.sorted_tables:
            members[table_member(table.name)] = _add_table(archive, session, table, home)
        # Files after rows: whatever a row names was there before it.
        for path in _files(home):
            name = path.relative_to(home).as_posix()
            members[name] = _add_file(archive, name, path)
        manifest = Manifest(
            format=FORMAT,
            version=VERSION,
            program=version("living-review"),
            tables_at=session.revision(),
            made_at=now,
            members=members,
        )
        archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
    return manifest


def _add_table(archive: zipfile.ZipFile, session: Session, table: sa.Table, home: Path) -> Member:
    rows = 0
    query = sa.select(table).order_by(*table.primary_key).execution_options(yield_per=1000)
    with archive.open(table_member(table.name), "w", force_zip64=True) as member:
        summed = Summed(member)
        for row in session.execute(query).mappings():
            said = dict(row)
            summed.write(line_of(_portable(said, home) if table is edition else said))
            rows += 1
    return Member(sha256=summed.sha256, rows=rows)


def _portable(row: Mapping[str, Any], home: Path) -> dict[str, Any]:
    """An edition whose folder is named within the home, so that the home can be elsewhere."""
    folder = Path(row["folder"])
    if not folder.is_relative_to(home):
        return dict(row)
    return {**row, "folder": {IN_HOME: folder.relative_to(home).as_posix()}}


def _files(home: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((home / folder).rglob("*")):
            if path.is_file() and not _is_half(path.relative_to(home)):
                yield path


def _is_half(path: Path) -> bool:
    """Whether it is being written, or was left by a run that was killed while writing."""
    return any(part.endswith(".half") for part in path.parts)


def _add_file(archive: zipfile.ZipFile, name: str, path: Path) -> Member:
    packed = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    is_packed = path.suffix == ".gz"
    packed.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
    try:
        with path.open("rb") as source, archive.open(packed, "w", force_zip64=True) as member:
            summed = Summed(member)
            copy(source, summed)
    except OSError as unreadable:
        raise InputError(
            f"{path}: cannot be read, or the backup not written ({unreadable.strerror}); make it "
            "readable, or free some space, and back up again"
        ) from None
    return Member(sha256=summed.sha256)
