"""Quotes are marked where they stand, overlapping or not, and no word of the text is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from review.decisions import Quote, quote_from
from workbench.highlights import Piece, cut_text

TEXT = "A title\nPeers were paid. They stayed."


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 36), st.integers(1, 37)), max_size=6))
def test_put_together_the_pieces_are_the_text(places: list[tuple[int, int, int]]) -> None:
    quotes = [
        (number, quote_from(TEXT, start, min(start + length, len(TEXT))))
        for number, start, length in places
    ]
    pieces = cut_text(TEXT, quotes)
    assert "".join(piece.words for piece in pieces) == TEXT
    # Each quote's number is on exactly its words, counted over all quotes of that number.
    for number, quote in quotes:
        marked = "".join(p.words for p in pieces if number in p.numbers)
        assert len(marked) >= len(quote.exact)


def test_quotes_that_overlap_are_told_apart() -> None:
    quotes = [(1, quote_from(TEXT, 8, 24)), (2, quote_from(TEXT, 19, 37))]
    assert cut_text(TEXT[8:], quotes, offset=8) == [
        Piece(words="Peers were ", numbers=(1,), begins=(1,)),
        Piece(words="paid.", numbers=(1, 2), begins=(2,)),
        Piece(words=" They stayed.", numbers=(2,)),
    ]


# A quote of an earlier text must not mark other words.
def test_a_quote_that_does_not_stand_there_is_left_out() -> None:
    moved = Quote(start=8, end=13, exact="Staff", prefix="", suffix="")
    assert cut_text(TEXT, [(1, moved)]) == [Piece(words=TEXT)]
    assert cut_text("", [(1, moved)]) == []


def test_a_quote_over_title_and_abstract_is_marked_in_both() -> None:
    both = [(3, quote_from(TEXT, 2, 13))]
    assert cut_text("A title", both)[1] == Piece(words="title", numbers=(3,), begins=(3,))
    assert cut_text(TEXT[8:], both, offset=8)[0] == Piece(words="Peers", numbers=(3,), begins=(3,))
