"""Entries of CSV, TSV and XLSX tables."""

from __future__ import annotations

import csv
import io
import logging
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from identification.cleaning import clean_text
from identification.columns import TITLE_NAMES, Columns, count_known
from identification.formats import FileFormat
from identification.normalise import Entry
from review.errors import UnreadableFileError

log = logging.getLogger(__name__)

_DELIMITERS = (",", "\t", ";", "|")
# Embase and spreadsheet programs write the search or the sheet's name above the header.
_HEADER_WITHIN = 20
_LONGEST_LIST = 12

# What zipfile, zlib, openpyxl and its XML parser raise on a workbook that was cut or altered; it
# takes lxml where that is installed, and the faults of both parsers are SyntaxErrors.
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError,
    SyntaxError, ValueError, TypeError, AttributeError, IndexError,
)  # fmt: skip

Row = tuple[int, list[str]]


def read_delimited(text: str, name: str) -> tuple[FileFormat, list[Entry]]:
    """The format and the entries of a CSV or TSV text, one entry for each row with any content.

    Raises UnreadableFileError where no row names a title column, or a quotation never ends.
    """
    text = _rows_by_newline(text)
    delimiter, header = _find_header(text, name)
    rows = list(_parse(text, delimiter, name))
    file_format = FileFormat.TSV if delimiter == "\t" else FileFormat.CSV
    return file_format, _entries(rows[header][1], rows[header + 1 :])


def read_xlsx(data: bytes, name: str) -> list[Entry]:
    """The entries of every sheet of a workbook that has a title column, in their order.

    Raises UnreadableFileError where the bytes are no workbook or no sheet has one.
    """
    entries: list[Entry] = []
    found: list[str] = []
    sheets = _sheets(data, name)
    readable = False
    for sheet, rows in sheets:
        header = _header_place([row for _, row in rows[:_HEADER_WITHIN]])
        if header is None:
            found += [cell for _, row in rows[:1] for cell in row if cell]
            log.info("%s: sheet %r has no title column and is passed over", name, sheet)
            continue
        readable = True
        entries += _entries(rows[header][1], rows[header + 1 :])
    if not readable:
        raise _no_title(name, found)
    return entries


def _entries(header: Sequence[str], rows: Sequence[Row]) -> list[Entry]:
    columns = Columns(header)
    return [_entry(columns, len(header), line, row) for line, row in rows if any(row)]


def _entry(columns: Columns, width: int, line: int, row: Sequence[str]) -> Entry:
    record_id = columns.record_id(row)
    # A row cut short before its abstract, or with more cells than names, was broken by an
    # unquoted line break or delimiter: its cells cannot be trusted to stand under their names.
    if len(row) < min(columns.needed, width) or any(row[width:]):
        problem = (
            f"the row has {len(row)} cells where the header has {width}; put cells that hold "
            "line breaks or delimiters in quotation marks"
        )
        return Entry(line=line, record_id=record_id, problem=problem)
    return Entry(
        line=line,
        fields=columns.fields(row),
        record_id=record_id,
        included=columns.included(row),
        foreign=columns.foreign(row),
    )


def _rows_by_newline(text: str) -> str:
    """The text with rows ending in ``\\n`` only.

    Beside ``\\n`` a lone ``\\r`` lies inside a field: pandas writes it unquoted and readers that
    take it for a row's end shear the row in two.
    """
    text = text.replace("\r\n", "\n")
    return text.replace("\r", " ") if "\n" in text else text.replace("\r", "\n")


def _find_header(text: str, name: str) -> tuple[str, int]:
    """The delimiter, and the place of the row that names the columns."""
    best = (0, "", -1)
    widest: list[str] = []
    for delimiter in _DELIMITERS:
        head = [row for _, row in _first_rows(text, delimiter, name)]
        place = _header_place(head)
        widest = max([widest, *head[:1]], key=len)
        if place is not None and count_known(head[place]) > best[0]:
            best = (count_known(head[place]), delimiter, place)
    if best[2] < 0:
        raise _no_title(name, widest)
    return best[1], best[2]


def _first_rows(text: str, delimiter: str, name: str) -> list[Row]:
    rows: list[Row] = []
    try:
        for row in _parse(text, delimiter, name):
            rows.append(row)
            if len(rows) == _HEADER_WITHIN:
                break
    except UnreadableFileError:
        # With the wrong delimiter a quotation mark may well stay open.
        log.debug("%s: not parted by %r", name, delimiter)
    return rows


def _header_place(rows: Sequence[Sequence[str]]) -> int | None:
    """The row with a title column and most known names; the first of equals."""
    named = [(count_known(row), -place) for place, row in enumerate(rows) if Columns(row).has_title]
    return -max(named)[1] if named else None


def _parse(text: str, delimiter: str, name: str) -> Iterator[Row]:
    """Rows with the line they begin on, counted from 1."""
    lines = _lines(text)
    if delimiter == "\t" and len({line.count("\t") for line in lines if line.strip()}) == 1:
        # Web of Science and RefWorks quote nothing: a quotation mark is part of the text.
        yield from ((n, _split_unquoted(line)) for n, line in enumerate(lines, start=1))
        return
    start = 0
    with _fields_of_any_size(len(text)):
        while start < len(lines):
            reader = csv.reader(_from(lines, start), delimiter=delimiter, strict=True)
            first = start
            try:
                for row in reader:
                    yield start + 1, row
                    start = first + reader.line_num
            except csv.Error:
                yield start + 1, _mend(lines[start], delimiter, f"{name}, line {start + 1}")
                start += 1


def _lines(text: str) -> list[str]:
    """Lines ending in ``\\n`` alone: ``splitlines`` would break abstracts at U+2028 and U+0085."""
    lines = [f"{line}\n" for line in text.split("\n")]
    return lines if lines[-1] != "\n" else lines[:-1]


def _from(lines: Sequence[str], start: int) -> Iterator[str]:
    for place in range(start, len(lines)):
        yield lines[place]


def _split_unquoted(line: str) -> list[str]:
    cells = line.rstrip("\n").split("\t")
    return [
        cell[1:-1].replace('""', '"') if re.fullmatch('"(?:[^"]|"")*"', cell) else cell
        for cell in cells
    ]


def _mend(line: str, delimiter: str, place: str) -> list[str]:
    """The cells of a row with quotation marks inside a cell (``"She said "no" to me"``).

    Raises UnreadableFileError where their number is odd: rows after it cannot be told apart.
    """
    if line.count('"') % 2:
        raise UnreadableFileError(
            f"{place}: a quotation mark opens in this row and does not close; close it, or write "
            "quotation marks inside a cell twice"
        )
    return next(csv.reader([line], delimiter=delimiter))


@contextmanager
def _fields_of_any_size(size: int) -> Iterator[None]:
    """The csv module refuses fields over 128 KB, and its limit is one for the whole process."""
    before = csv.field_size_limit(max(size + 1, 131_072))
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _sheets(data: bytes, name: str) -> list[tuple[str, list[Row]]]:
    remedy = "save it again as XLSX, or export the records as CSV"
    try:
        with warnings.catch_warnings():
            # openpyxl warns of styles and extensions it does not keep; we only read cells.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            sheets = [(sheet.title, list(_sheet_rows(sheet.values))) for sheet in book.worksheets]
            book.close()
    except (InvalidFileException, KeyError):
        raise UnreadableFileError(
            f"{name}: an Office document, but not an Excel workbook; {remedy}"
        ) from None
    except _DAMAGE as damaged:
        log.info("%s: openpyxl: %.200r", name, damaged)
        raise UnreadableFileError(f"{name}: a damaged Excel workbook; {remedy}") from None
    return sheets


def _sheet_rows(rows: Iterator[Sequence[object]]) -> Iterator[Row]:
    for line, row in enumerate(rows, start=1):
        yield line, [_cell(value) for value in row]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    # Excel writes characters that XML cannot hold as _x000D_.
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda code: chr(int(code.group(1), 16)), str(value))


def _no_title(name: str, found: Sequence[str]) -> UnreadableFileError:
    names = [shown for cell in found if (shown := clean_text(cell[:200])[:40])]
    if len(names) < 2:
        return UnreadableFileError(
            f"{name}: neither RIS, MEDLINE, XML, BibTeX nor a table with named columns "
            f"(it begins with '{''.join(names)}'); "
            "export the records as RIS, PubMed/MEDLINE text, CSV or XLSX"
        )
    shown = ", ".join(names[:_LONGEST_LIST]) + (", ..." if len(names) > _LONGEST_LIST else "")
    return UnreadableFileError(
        f"{name}: no title column among the columns found ({shown or 'none'}); "
        f"name the column of titles {TITLE_NAMES}"
    )
