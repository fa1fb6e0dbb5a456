"""Made-up full texts as PDFs, set in columns of lines as a journal sets them."""

from __future__ import annotations

import ctypes
import io
from collections.abc import Iterable, Sequence

import pypdfium2
from pypdfium2 import raw

_WIDTH, _HEIGHT, _MARGIN, _LEADING = 595, 842, 60, 14
# A line of the running text, and a heading, a note and a raised number, by size in points.
TEXT, HEADING, NOTE = 10.0, 13.0, 7.0

Line = tuple[str, float]


def make_pdf(pages: Iterable[Sequence[Line]], *, head: str = "", foot: str = "") -> bytes:
    """A PDF of pages, each of them lines with their size from the top to the bottom.

    ``head`` and ``foot`` stand on every page, "#" in them for its number.
    """
    document = pypdfium2.PdfDocument.new()
    font = raw.FPDFText_LoadStandardFont(document, b"Times-Roman")
    for number, lines in enumerate(pages, start=1):
        page = document.new_page(_WIDTH, _HEIGHT)
        place = float(_HEIGHT - _MARGIN)
        for words, size in [(head, TEXT), *lines, (foot, TEXT)]:
            if words:
                _write(document, page, font, words.replace("#", str(number)), size, place)
            place -= _LEADING
        raw.FPDFPage_GenerateContent(page)
    written = io.BytesIO()
    document.save(written)
    document.close()
    return written.getvalue()


def set_in_lines(text: str, width: int = 80) -> list[Line]:
    """A paragraph as lines of the running text."""
    lines, line = [], ""
    for word in text.split():
        if len(line) + len(word) >= width:
            lines.append((line, TEXT))
            line = ""
        line = f"{line} {word}".strip()
    return [*lines, (line, TEXT)]


def _write(document, page, font, words: str, size: float, place: float) -> None:
    written = raw.FPDFPageObj_CreateTextObj(document, font, size)
    encoded = (words + "\0").encode("utf-16-le")
    buffer = ctypes.create_string_buffer(encoded, len(encoded))
    raw.FPDFText_SetText(written, ctypes.cast(buffer, raw.FPDF_WIDESTRING))
    raw.FPDFPageObj_Transform(written, 1, 0, 0, 1, _MARGIN, place)
    raw.FPDFPage_InsertObject(page, written)
