"""A backup: one zip with every table as JSON lines, every file, and a manifest of their hashes."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, ValidationError

from review.errors import InputError
from review.store.columns import UtcDateTime

MANIFEST = "manifest.json"
TABLES = "tables"
# What of a review's home cannot be made again from the tables.
FOLDERS = ("raw", "editions", "models")
# Stands before the folder of an edition that lies in the home.
IN_HOME = "in_home"
FORMAT = "living-review-backup"
VERSION = 1
_CHUNK = 1 << 20
# What reading a damaged zip raises.
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError,
)  # fmt: skip


class Member(BaseModel):
    """One file of a backup: its SHA-256, and how many rows it holds where it is a table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    rows: int | None = None


class Manifest(BaseModel):
    """What a backup holds, and what wrote it.

    ``program`` is the version of the program, ``tables_at`` that of the tables.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str
    version: int
    program: str
    tables_at: str
    made_at: datetime
    members: Mapping[str, Member]

    @property
    def rows(self) -> int:
        """How many rows all tables have."""
        return sum(member.rows or 0 for member in self.members.values())

    @property
    def files(self) -> int:
        """How many files there are beside the tables."""
        return sum(member.rows is None for member in self.members.values())


class Summed:
    """A file that knows the SHA-256 of what was written to it."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._sum = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Of everything so far."""
        return self._sum.hexdigest()

    def write(self, content: bytes) -> None:
        """Pass bytes on."""
        self._sum.update(content)
        self._out.write(content)


def copy(source: IO[bytes], out: Summed) -> None:
    """Pass all of a file on, a piece at a time."""
    while piece := source.read(_CHUNK):
        out.write(piece)


def table_member(name: str) -> str:
    """The path of a table in a backup."""
    return f"{TABLES}/{name}.jsonl"


def line_of(row: Mapping[str, Any]) -> bytes:
    """A row as one line of JSON in ASCII."""
    return json.dumps(dict(row), default=_as_text, separators=(",", ":")).encode("ascii") + b"\n"


def row_of(line: str, table: sa.Table) -> dict[str, Any]:
    """The row of a line. Raises ValueError where it is no row of that table."""
    said = json.loads(line)
    if not isinstance(said, dict) or not said.keys() <= set(table.c.keys()):
        raise ValueError("no row of this table")
    return {name: _as_value(value, table.c[name]) for name, value in said.items()}


def open_bundle(path: Path) -> tuple[zipfile.ZipFile, Manifest]:
    """The backup at a path, once every file in it is seen to be what the manifest says.

    Raises InputError where it cannot be read, is no backup, a newer one, or damaged.
    """
    try:
        bundle = zipfile.ZipFile(path)
    except _DAMAGE as unreadable:
        said = getattr(unreadable, "strerror", None) or "it is no whole zip archive"
        raise InputError(f"{path}: cannot be read ({said}); name a whole backup") from None
    with ExitStack() as closing:
        closing.enter_context(bundle)
        manifest = _read_manifest(bundle, path)
        _check_members(bundle, manifest, path)
        closing.pop_all()
    return bundle, manifest


def read_rows(bundle: zipfile.ZipFile, table: sa.Table) -> Iterator[dict[str, Any]]:
    """The rows of a table, read as they are asked for. Raises InputError naming the line."""
    name = table_member(table.name)
    with bundle.open(name) as packed:
        for number, line in enumerate(io.TextIOWrapper(packed, "ascii", newline="\n"), start=1):
            try:
                yield row_of(line, table)
            except ValueError as wrong:
                raise InputError(
                    f"{bundle.filename}: {name}, line {number}: {wrong}; use another backup"
                ) from None


def _read_manifest(bundle: zipfile.ZipFile, path: Path) -> Manifest:
    try:
        body = json.loads(bundle.read(MANIFEST))
    except KeyError:
        raise InputError(
            f"{path}: holds no {MANIFEST}; name a file that `living-review backup` wrote"
        ) from None
    except (*_DAMAGE, ValueError):
        raise InputError(f"{path}: {MANIFEST} is damaged; use another backup") from None
    said = body if isinstance(body, dict) else {}
    if said.get("format") != FORMAT:
        raise InputError(f"{path}: is no backup of this program; name one that `backup` wrote")
    if said.get("version") != VERSION:
        raise InputError(
            f"{path}: is a backup of version {said.get('version')}, which this program cannot read "
            f"(it reads {VERSION}); install version {said.get('program')} of the program"
        )
    try:
        return Manifest.model_validate(said)
    except ValidationError as wrong:
        place = ".".join(map(str, wrong.errors()[0]["loc"]))
        raise InputError(
            f"{path}: {MANIFEST}, {place}: {wrong.errors()[0]['msg']}; use another backup"
        ) from None


def _check_members(bundle: zipfile.ZipFile, manifest: Manifest, path: Path) -> None:
    there = set(bundle.namelist()) - {MANIFEST}
    if len(there) + 1 != len(bundle.namelist()) or there != manifest.members.keys():
        other = sorted(there ^ manifest.members.keys()) or ["a file that is there twice"]
        raise InputError(f"{path}: differs from its manifest in {other[0]}; use another backup")
    for name, member in manifest.members.items():
        if not _is_inside(name):
            raise InputError(f"{path}: {name} leads out of the backup; do not trust this file")
        if _sum(bundle, name) != member.sha256:
            raise InputError(
                f"{path}: {name} is damaged, its SHA-256 is not the manifest's; use another backup"
            )


def _is_inside(name: str) -> bool:
    parts = name.split("/")
    clean = not {"", ".", ".."} & set(parts) and "\\" not in name and ":" not in name
    return clean and len(parts) > 1 and parts[0] in (TABLES, *FOLDERS)


def _sum(bundle: zipfile.ZipFile, name: str) -> str:
    total = hashlib.sha256()
    try:
        with bundle.open(name) as packed:
            while piece := packed.read(_CHUNK):
                total.update(piece)
    except _DAMAGE:
        return ""
    return total.hexdigest()


def _as_text(value: object) -> str:
    if isinstance(value, date):  # a moment is one, too
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(f"a {type(value).__name__} in a row")


def _as_value(value: Any, column: sa.Column[Any]) -> Any:  # noqa: ANN401 - whatever a column holds
    if value is None:
        return None
    if isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(column.type, sa.Date):
        return date.fromisoformat(value)
    if isinstance(column.type, sa.LargeBinary):
        return base64.b64decode(value, validate=True)
    return value
