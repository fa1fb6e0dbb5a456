"""Files of exported records, read by content so that every entry is a record or a refusal."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from identification.archives import is_archive, read_members
from identification.foreign import ForeignVote
from identification.formats import FileFormat
from identification.normalise import Entry, normalise_entry, says_something, slug
from identification.reading import read_export
from identification.sources.notices import Notice, find_marks
from review.errors import UnreadableFileError
from review.records import Record

_SAYS_NOTHING = (
    "it has no title, abstract, DOI or PMID, nor authors, journal and pages; add one of them"
)


@dataclass(frozen=True, kw_only=True)
class FileRecord:
    """A record with its place in the file.

    ``record_id`` is the file's own where it has a ``record_id`` column, else the entry's position
    from 1; ``line`` counts from 1 (rows, for a workbook); ``included`` is what a label column
    says, None where it says nothing; ``foreign`` are the votes another program wrote into it;
    ``notices`` are what PubMed's own formats say on the report (a retraction, an erratum), and of
    any other a mark as retracted;
    ``member`` is the file inside an archive, else empty.
    """

    record_id: str
    line: int
    record: Record
    included: bool | None = None
    foreign: tuple[ForeignVote, ...] = ()
    notices: tuple[Notice, ...] = ()
    member: str = ""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An entry that is no record, with the line it begins on and why.

    The reason of an entry inside an archive begins with the member, whose line it is.
    ``record_id`` is as that of a record.
    """

    line: int
    reason: str
    record_id: str = ""


@dataclass(frozen=True, kw_only=True)
class FileContents:
    """Everything one file holds: ``len(records) + len(refused)`` is what it announces.

    ``sha256`` is of the bytes.
    """

    path: Path
    format: FileFormat
    sha256: str
    records: tuple[FileRecord, ...]
    refused: tuple[Refusal, ...]

    @property
    def expected(self) -> int:
        """How many entries the file announces: TY lines, PMID lines, elements or rows."""
        return len(self.records) + len(self.refused)

    @property
    def source(self) -> str:
        """Where the records come from; of several places in an archive, the archive's name."""
        sources = list(dict.fromkeys(entry.record.source for entry in self.records))
        if not sources or (len(sources) > 1 and self.format is FileFormat.ZIP):
            return self.path.name
        return sources[0]


def read_file(path: Path, source: str = "") -> FileContents:
    """Read an exported file, whatever its name ends in, or a zip archive of such files.

    Records are said to come from ``source``, by default the file's name in lower case (in an
    archive, the member's); records of PubMed's own formats with a PMID come from "pubmed", where
    that id is their own.

    Raises UnreadableFileError naming the file and the remedy where it cannot be read as a whole,
    or where fewer or more entries were read than it announces.
    """
    data = _read_bytes(path)
    parts = list(_read_archive(data, str(path))) if is_archive(data) else [_read(data, str(path))]
    records: list[FileRecord] = []
    refused: list[Refusal] = []
    for part in parts:
        origin = source or slug(PurePosixPath(part.member).stem if part.member else path.stem)
        _sort(part, origin, records, refused)
    return FileContents(
        path=path,
        format=FileFormat.ZIP if parts[0].member else parts[0].format,
        sha256=hashlib.sha256(data).hexdigest(),
        records=tuple(records),
        refused=tuple(refused),
    )


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What one export holds: the file itself, or one ``member`` of an archive."""

    member: str
    format: FileFormat
    entries: Sequence[Entry]


def _read_archive(data: bytes, name: str) -> Iterator[_Part]:
    for member, content in read_members(data, name):
        yield _read(content, f"{name}, {member}", member)


def _read(data: bytes, name: str, member: str = "") -> _Part:
    reading = read_export(data, name)
    return _Part(member=member, format=reading.format, entries=reading.entries)


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UnreadableFileError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise UnreadableFileError(f"{path}: a folder; name the files in it") from None
    except OSError as failure:
        raise UnreadableFileError(f"{path}: cannot be read ({failure.strerror})") from None


def _sort(part: _Part, source: str, records: list[FileRecord], refused: list[Refusal]) -> None:
    """Put each entry of a part behind the records or behind the refusals."""
    for entry in part.entries:
        record = normalise_entry(entry, source)
        position = len(records) + len(refused) + 1
        own = f"{part.member}/{entry.record_id}" if part.member else entry.record_id
        record_id = own if entry.record_id else str(position)
        if entry.problem or not says_something(record):
            reason = entry.problem or _SAYS_NOTHING
            refused.append(
                Refusal(
                    line=entry.line,
                    reason=f"{part.member}: {reason}" if part.member else reason,
                    record_id=record_id,
                )
            )
            continue
        records.append(
            FileRecord(
                record_id=record_id,
                line=entry.line,
                record=record,
                included=entry.included,
                foreign=entry.foreign,
                notices=entry.notices or find_marks(record.publication_types, record.source),
                member=part.member,
            )
        )
