"""A report's text as other programs keep it, and where its quotes stand in that."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

from reporting.text import printable
from review.decisions import Quote, find_quote


@dataclass(frozen=True, kw_only=True)
class PlainText:
    """A text and the same in NFC, with line feeds and nothing that XML or UTF-8 cannot hold.

    Positions in ``plain`` differ from those in ``text`` behind letters that were put together.
    """

    text: str
    plain: str

    @property
    def is_beyond_bmp(self) -> bool:
        """Whether it has characters that programs counting UTF-16 units count twice."""
        return any(ord(character) > 0xFFFF for character in self.plain)

    def place(self, quote: Quote) -> tuple[int, int] | None:
        """Where a quote begins and ends in ``plain``, found again where its text has changed.

        None where its words are gone.
        """
        found = find_quote(self.text, quote)
        return (self._there(found.start), self._there(found.end)) if found else None

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Where a range of ``plain`` stands in ``text``, whole letters with their marks."""
        places = range(len(self.text) + 1)
        first = bisect_right(places, start, key=self._there) - 1
        return first, bisect_right(places, end, key=self._there) - 1

    def _there(self, position: int) -> int:
        return len(as_plain(self.text[:position]))


def plain_text(text: str) -> PlainText:
    """The text and its plain form."""
    return PlainText(text=text, plain=as_plain(text))


def as_plain(text: str) -> str:
    """NFC, line feeds, and U+FFFD for what cannot be written."""
    return unicodedata.normalize("NFC", printable(text))
