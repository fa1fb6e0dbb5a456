"""Files of exported records, read by content so that every entry is a record or a refusal."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from identification.decoding import decode_text, unify_newlines
from identification.endnote_xml import count_endnote_markers, read_endnote_xml
from identification.formats import ZIP_SIGNATURE, FileFormat, recognise_text, refuse_binary
from identification.medline import count_medline_markers, read_medline
from identification.normalise import Entry, normalise_entry, says_something, slug
from identification.pubmed_xml import count_pubmed_markers, read_pubmed_xml
from identification.ris import count_ris_markers, read_ris
from identification.tables import read_delimited, read_xlsx
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
    says, None where it says nothing.
    """

    record_id: str
    line: int
    record: Record
    included: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An entry that is no record, with the line it begins on and why."""

    line: int
    reason: str


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
        """How many entries the file announces: TY lines, PMID lines or rows."""
        return len(self.records) + len(self.refused)


def read_file(path: Path, source: str = "") -> FileContents:
    """Read an exported file, whatever its name ends in.

    Records are said to come from ``source``, by default the file's name in lower case; records
    of PubMed's own formats with a PMID come from "pubmed", where that id is their own.

    Raises UnreadableFileError naming the file and the remedy where it cannot be read as a whole,
    or where fewer or more entries were read than it announces.
    """
    data = _read_bytes(path)
    file_format, expected, entries = _read_entries(data, str(path))
    if len(entries) != expected:
        raise UnreadableFileError(
            f"{path}: {expected} records announced but {len(entries)} read; "
            "export the file again and report it if that does not help"
        )
    records, refused = _sort(entries, source or slug(path.stem))
    return FileContents(
        path=path,
        format=file_format,
        sha256=hashlib.sha256(data).hexdigest(),
        records=records,
        refused=refused,
    )


def _read_bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UnreadableFileError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise UnreadableFileError(f"{path}: a folder; name the files in it") from None
    except OSError as failure:
        raise UnreadableFileError(f"{path}: cannot be read ({failure.strerror})") from None
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise UnreadableFileError(f"{path}: the file is empty; export the records again")
    return data


def _read_entries(data: bytes, name: str) -> tuple[FileFormat, int, list[Entry]]:
    """The format, how many entries the file announces, and the entries read."""
    refuse_binary(data, name)
    if data.startswith(ZIP_SIGNATURE):
        entries = read_xlsx(data, name)
        return FileFormat.XLSX, len(entries), entries
    text = decode_text(data, name)
    tagged = unify_newlines(text)
    match recognise_text(tagged, name):
        case FileFormat.RIS:
            entries = read_ris(tagged)
            # Entries without a TY line are announced by nothing but themselves.
            nameless = sum(1 for entry in entries if entry.problem)
            return FileFormat.RIS, count_ris_markers(tagged) + nameless, entries
        case FileFormat.MEDLINE:
            return FileFormat.MEDLINE, count_medline_markers(tagged), read_medline(tagged)
        case FileFormat.PUBMED_XML:
            entries = read_pubmed_xml(tagged, name)
            return FileFormat.PUBMED_XML, count_pubmed_markers(tagged), entries
        case FileFormat.ENDNOTE_XML:
            entries = read_endnote_xml(tagged, name)
            return FileFormat.ENDNOTE_XML, count_endnote_markers(tagged), entries
        case _:
            file_format, entries = read_delimited(text, name)
            return file_format, len(entries), entries


def _sort(
    entries: Sequence[Entry], source: str
) -> tuple[tuple[FileRecord, ...], tuple[Refusal, ...]]:
    records: list[FileRecord] = []
    refused: list[Refusal] = []
    for position, entry in enumerate(entries, start=1):
        record = normalise_entry(entry, source)
        if entry.problem or not says_something(record):
            refused.append(Refusal(line=entry.line, reason=entry.problem or _SAYS_NOTHING))
            continue
        records.append(
            FileRecord(
                record_id=entry.record_id or str(position),
                line=entry.line,
                record=record,
                included=entry.included,
            )
        )
    return tuple(records), tuple(refused)
