"""A text cut where quotes begin and end, so that each can be marked where it stands."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from review.decisions import Quote


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Words of a text that lie in the same quotes.

    ``numbers`` are those of the quotes they lie in, ``begins`` of those that begin with them, or
    that began before the text.
    """

    words: str
    numbers: tuple[int, ...] = ()
    begins: tuple[int, ...] = ()


def cut_text(text: str, quotes: Iterable[tuple[int, Quote]], offset: int = 0) -> list[Piece]:
    """The text in pieces, marked by the numbers of the quotes; put together they are the text.

    ``offset`` is where ``text`` begins in what the quotes are anchored in. A quote whose words do
    not stand where it says is left out; of one that is partly outside only the part within counts.
    """
    spots = [(n, q.start - offset, q.end - offset, q.exact) for n, q in quotes]
    inside = [
        (number, max(0, start), min(len(text), end))
        for number, start, end, exact in spots
        if start < len(text) and end > 0 and _stands(text, start, end, exact)
    ]
    edges = sorted({0, len(text), *(e for _, start, end in inside for e in (start, end))})
    return [
        Piece(
            words=text[left:right],
            numbers=tuple(sorted({n for n, start, end in inside if start <= left < end})),
            begins=tuple(sorted({n for n, start, _ in inside if start == left})),
        )
        for left, right in itertools.pairwise(edges)
    ]


def _stands(text: str, start: int, end: int, exact: str) -> bool:
    skipped = max(0, -start)
    found = text[max(0, start) : max(0, end)]
    return bool(found) and exact[skipped : skipped + len(found)] == found
