"""Move the edges of a passage word by word."""

from __future__ import annotations

import re
from collections.abc import Mapping

from review.decisions import Quote

_WORD = re.compile(r"\S+")
# So far from an edge the neighbouring words are sought; no word is longer.
_NEAR = 400


def move_edges(text: str, quote: Quote, *, first: int) -> Mapping[str, tuple[int, int]]:
    """Where a quote would start and end with one edge moved by a word, by what the move is called.

    ``first`` is where the abstract begins: no edge goes before it. A move that would leave no word,
    or the text, is not among them.
    """
    near, far = max(first, quote.start - _NEAR), quote.end + _NEAR
    words = [match.span() for match in _WORD.finditer(text, near, far)]
    before = [start for start, _ in words if start < quote.start]
    within = [start for start, _ in words if quote.start < start < quote.end]
    ends = [end for _, end in words if quote.start < end < quote.end]
    after = [end for _, end in words if end > quote.end]
    moves = {
        "start_earlier": (before[-1], quote.end) if before else None,
        "start_later": (within[0], quote.end) if within else None,
        "end_earlier": (quote.start, ends[-1]) if ends else None,
        "end_later": (quote.start, after[0]) if after else None,
    }
    return {name: move for name, move in moves.items() if move}
