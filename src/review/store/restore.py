"""restore: a backup put back into an empty store and home, whole or not at all."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from review.errors import InputError, StoreTooNewError
from review.store.bundle import (
    FOLDERS,
    IN_HOME,
    TABLES,
    Manifest,
    Summed,
    copy,
    open_bundle,
    read_rows,
    table_member,
)
from review.store.schema import edition, metadata
from review.store.session import Session, fill_store

_BATCH = 500


def check_backup(path: Path) -> Manifest:
    """What a backup holds, once all of it is seen to be whole. Raises as ``open_bundle`` does."""
    bundle, manifest = open_bundle(path)
    bundle.close()
    return manifest


def restore(path: Path, address: str, home: Path) -> Manifest:
    """Put a backup into the empty store at an address and into a home without its folders.

    Tables of an older version are upgraded. Raises InputError where the backup is damaged or newer,
    or the home is not empty; StoreError where the store is not.
    """
    bundle, manifest = open_bundle(path)
    with bundle:
        _refuse_full(home)
        with _unpacked(bundle, manifest, home) as staged:
            moved: list[Path] = []
            try:
                with fill_store(address, manifest.tables_at) as session:
                    _fill(session, bundle, manifest, home)
                    _move(staged, home, moved)
            except BaseException as failed:
                for folder in moved:
                    shutil.rmtree(folder, ignore_errors=True)
                if isinstance(failed, StoreTooNewError):
                    raise StoreTooNewError(f"{path}: {failed}") from None
                raise
    return manifest


def _refuse_full(home: Path) -> None:
    for folder in FOLDERS:
        place = home / folder
        if place.is_dir() and any(place.iterdir()):
            raise InputError(
                f"{place}: holds files already; restore into an empty LIVING_REVIEW_HOME"
            )


@contextmanager
def _unpacked(bundle: zipfile.ZipFile, manifest: Manifest, home: Path) -> Iterator[Path]:
    """A folder in the home with the files of a backup, gone afterwards."""
    staged = home / f".restore-{os.getpid()}"
    try:
        for name in manifest.members:
            if not name.startswith(f"{TABLES}/"):
                place = staged / name
                place.parent.mkdir(parents=True, exist_ok=True)
                with bundle.open(name) as packed, place.open("wb") as out:
                    copy(packed, Summed(out))
        yield staged
    except OSError as impossible:
        raise InputError(
            f"{impossible.filename or home}: cannot be written ({impossible.strerror}); free some "
            "space or name another LIVING_REVIEW_HOME"
        ) from None
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _move(staged: Path, home: Path, moved: list[Path]) -> None:
    for name in FOLDERS:
        if (staged / name).is_dir():
            if (home / name).is_dir():
                (home / name).rmdir()
            (staged / name).rename(home / name)
            moved.append(home / name)


def _fill(session: Session, bundle: zipfile.ZipFile, manifest: Manifest, home: Path) -> None:
    members = manifest.members
    # An older backup lacks the tables that came after it.
    tables = [table for table in metadata.sorted_tables if table_member(table.name) in members]
    for table in tables:
        rows, read = 0, read_rows(bundle, table)
        while batch := list(islice(read, _BATCH)):
            if table is edition:
                batch = [_placed(row, home) for row in batch]
            session.connection.execute(sa.insert(table), batch)
            rows += len(batch)
        told = members[table_member(table.name)].rows
        if rows != told:
            raise InputError(
                f"{bundle.filename}: {table_member(table.name)} holds {rows} rows, its manifest "
                f"says {told}; use another backup"
            )
    session.count_on(tables)


def _placed(edition_row: dict[str, Any], home: Path) -> dict[str, Any]:
    folder = edition_row.get("folder")
    if isinstance(folder, dict):
        return {**edition_row, "folder": str(home / str(folder.get(IN_HOME, "")))}
    return edition_row
