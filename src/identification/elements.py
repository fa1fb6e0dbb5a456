"""The elements of an XML file that are records, one at a time, with the line each begins on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from review.errors import UnreadableFileError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# Files that were fetched in parts and put behind one another hold several documents.
_DECLARATION = re.compile(r"<\?xml\s[^>]*\?>")
_NO_MARKUP = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>", re.DOTALL)
# EndNote writes what stood in a field, also what XML cannot hold; without it the rest is sound.
_ILLEGAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
    r"|&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));"
)
_REMEDY = "export or download the file again"


def count_elements(text: str, tags: Sequence[str]) -> int:
    """How many elements of these names a text opens, told without parsing it."""
    return len(_find_starts(text, tags))


def read_elements(text: str, tags: Sequence[str], name: str) -> Iterator[tuple[int, Element]]:
    """Every element of these names, with its line from 1, until the next is asked for.

    Elements are emptied behind the reader, so that memory holds one record and not the tree.
    Entities are never expanded and nothing is fetched. Raises UnreadableFileError naming the
    file and the line where the text is not well-formed or declares entities.
    """
    lines = _lines(text, _find_starts(text, tags))
    for first_line, document in _documents(text):
        try:
            for element in _closed(document, frozenset(tags)):
                yield next(lines, first_line), element
        except ParseError as failure:
            line = first_line + failure.position[0] - 1
            raise UnreadableFileError(
                f"{name}, line {line}: the XML is cut off or damaged "
                f"({str(failure).partition(':')[0]}); {_REMEDY}"
            ) from None
        except DefusedXmlException:
            raise UnreadableFileError(
                f"{name}: the XML declares entities, which no file of records needs; {_REMEDY}"
            ) from None


def element_text(element: Element | None) -> str:
    """All text inside an element, that of ``<i>``, ``<sub>`` and formulas in its place."""
    return "" if element is None else "".join(element.itertext())


def _closed(document: str, tags: frozenset[str]) -> Iterator[Element]:
    """Every element of these names when it ends; emptied once the next is asked for."""
    for _, element in iterparse(_Slices(document), events=("end",)):
        if element.tag in tags:
            yield element
            element.clear()


class _Slices:
    """A text as a file: StringIO takes four bytes for each of its characters."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0

    def read(self, size: int) -> str:
        """The next ``size`` characters."""
        start, self._place = self._place, self._place + size
        return self._text[start : self._place]


def _documents(text: str) -> Iterator[tuple[int, str]]:
    """Each document of a text, parsable, with the line it begins on."""
    text = _ILLEGAL.sub(" ", text)
    starts = [match.start() for match in _DECLARATION.finditer(text)]
    # What stands before a first declaration is a document that has none, or blanks.
    bounds = sorted({0, *starts, len(text)})
    for line, (start, end) in zip(_lines(text, bounds), pairwise(bounds), strict=False):
        document = text[start:end]
        if document.strip():
            blank = document[: len(document) - len(document.lstrip())]
            yield line + blank.count("\n"), document.strip()


def _find_starts(text: str, tags: Sequence[str]) -> list[int]:
    def blank(match: re.Match[str]) -> str:
        return " " * len(match.group())

    plain = _NO_MARKUP.sub(blank, text) if "<!--" in text or "<![CDATA[" in text else text
    pattern = rf"<(?:{'|'.join(map(re.escape, tags))})(?=[\s/>])"
    return [match.start() for match in re.finditer(pattern, plain)]


def _lines(text: str, places: Sequence[int]) -> Iterator[int]:
    """The lines, from 1, of ascending places in a text."""
    line, before = 1, 0
    for place in places:
        line += text.count("\n", before, place)
        before = place
        yield line
