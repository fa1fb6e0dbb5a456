"""What the bytes of one export hold: its format, how many entries it announces, and the entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from identification.archives import check_workbook
from identification.bibtex import find_bibtex_markers, read_bibtex
from identification.decoding import decode_text, unify_newlines
from identification.endnote_xml import count_endnote_markers, read_endnote_xml
from identification.formats import ZIP_SIGNATURE, FileFormat, recognise_text, refuse_binary
from identification.medline import count_medline_markers, read_medline
from identification.normalise import Entry
from identification.ovid import count_ovid_markers, read_ovid
from identification.pubmed_xml import count_pubmed_markers, read_pubmed_xml
from identification.refer import count_refer_markers, read_refer
from identification.ris import count_ris_markers, read_ris
from identification.tables import read_delimited, read_xlsx
from identification.wos import count_wos_markers, read_wos
from review.errors import UnreadableFileError

_BLANK = b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The entries of one export, as many as it announces, in the order they stand in."""

    format: FileFormat
    entries: list[Entry]


def read_export(data: bytes, name: str) -> Reading:
    """Read the bytes of one export, whatever it is called.

    Raises UnreadableFileError calling it ``name`` and saying the remedy where it cannot be read as
    a whole, or where fewer or more entries were read than it announces.
    """
    if not data.strip(_BLANK):
        raise UnreadableFileError(f"{name}: the file is empty; export the records again")
    refuse_binary(data, name)
    if data.startswith(ZIP_SIGNATURE):
        check_workbook(data, name)
        return Reading(format=FileFormat.XLSX, entries=read_xlsx(data, name))
    text = decode_text(data, name)
    tagged = unify_newlines(text)
    file_format = recognise_text(tagged, name)
    if file_format is None:
        table_format, entries = read_delimited(text, name)
        return Reading(format=table_format, entries=entries)
    expected, entries = _READERS[file_format](tagged, name)
    if len(entries) != expected:
        raise UnreadableFileError(
            f"{name}: {expected} records announced but {len(entries)} read; "
            "export the file again and report it if that does not help"
        )
    return Reading(format=file_format, entries=entries)


def _read_ris(text: str, _: str) -> tuple[int, list[Entry]]:
    entries = read_ris(text)
    # Entries without a TY line are announced by nothing but themselves.
    nameless = sum(1 for entry in entries if entry.problem)
    return count_ris_markers(text) + nameless, entries


def _read_bibtex(text: str, name: str) -> tuple[int, list[Entry]]:
    entries = read_bibtex(text, name)
    announced = find_bibtex_markers(text)
    # An entry behind other words on its line is announced by nothing but itself.
    lines = set(announced)
    hidden = sum(1 for entry in entries if entry.line not in lines)
    return len(announced) + hidden, entries


def _read_refer(text: str, _: str) -> tuple[int, list[Entry]]:
    entries = read_refer(text)
    # Records with a type only and records with a title only may be mixed: fewer than the markers
    # would be a loss, more are not.
    return max(count_refer_markers(text), len(entries)), entries


# Each counts what a text announces by its markers, and reads it by a parser that does not.
_READERS: Mapping[FileFormat, Callable[[str, str], tuple[int, list[Entry]]]] = {
    FileFormat.RIS: _read_ris,
    FileFormat.MEDLINE: lambda text, _: (count_medline_markers(text), read_medline(text)),
    FileFormat.PUBMED_XML: lambda t, name: (count_pubmed_markers(t), read_pubmed_xml(t, name)),
    FileFormat.ENDNOTE_XML: lambda t, name: (count_endnote_markers(t), read_endnote_xml(t, name)),
    FileFormat.BIBTEX: _read_bibtex,
    FileFormat.WOS: lambda text, _: (count_wos_markers(text), read_wos(text)),
    FileFormat.REFER: _read_refer,
    FileFormat.OVID: lambda text, _: (count_ovid_markers(text), read_ovid(text)),
}
