"""A quote is found again in a text that has changed, or is said not to be there for sure."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.anchors import Found, anchor_in_any, anchor_quote
from review.decisions import quote_from

_TEXT = (
    "Title\nWe asked peers. Peer workers lacked supervision and felt alone. Pay was low. "
    "Managers trusted them. Pay was fair elsewhere."
)


def _quote(exact: str, text: str = _TEXT):
    start = text.index(exact)
    return quote_from(text, start, start + len(exact))


_LACKED = "Peer workers lacked supervision and felt alone."


# Moved, or with other blanks, marks, hyphens and capitals, the words are the same.
@pytest.mark.parametrize(
    "text",
    [
        _TEXT,
        "Another title\nBACKGROUND: It grew. " + _TEXT,
        _TEXT.replace("supervision and", "supervision,\nand"),
        _TEXT.replace("Peer workers", "Peer-Workers"),
        _TEXT.replace("alone.", "alone!"),
        _LACKED,
        _TEXT[:20] + _LACKED,
    ],
)
def test_the_same_words_are_found_wherever_they_stand(text: str) -> None:
    anchor = anchor_quote(_quote(_LACKED), text)
    assert anchor.found is Found.SAME
    assert text[anchor.quote.start : anchor.quote.end] == anchor.quote.exact
    assert anchor.quote.exact.startswith("Peer")
    assert anchor.quote.exact.rstrip("!.").endswith("alone")


# One word more or less may turn the sense: the place is told, and a person must look.
@pytest.mark.parametrize(
    "now",
    [
        "Peer workers never lacked supervision and felt alone.",
        "Peer workers lacked supervision and rarely felt alone.",
        "Peer workers lacked peers and felt alone.",
        "Peer workers lacked supervision.",
    ],
)
def test_changed_words_are_found_and_left_to_a_person(now: str) -> None:
    text = _TEXT.replace(_LACKED, now)
    anchor = anchor_quote(_quote(_LACKED), text)
    assert anchor.found is Found.CHANGED
    assert anchor.quote.exact == now


@pytest.mark.parametrize("text", ["", "\n", "Title\nThe sea was calm and the ship went by night."])
def test_words_that_are_gone_are_lost_and_the_quote_is_as_it_was(text: str) -> None:
    quote = _quote(_LACKED)
    anchor = anchor_quote(quote, text)
    assert (anchor.found, anchor.quote) == (Found.LOST, quote)


# Words that stand twice are told apart by what stands around them; where that is gone, too, a
# person must say which of them is meant.
def test_words_that_stand_twice_are_told_apart_by_their_surroundings() -> None:
    text = "Title\nIn towns: pay was low there. By the sea: pay was low here."
    for before in ("In towns: ", "By the sea: "):
        start = text.index(before) + len(before)
        quote = quote_from(text, start, start + len("pay was low"))
        longer = "A new first sentence. " + text
        anchor = anchor_quote(quote, longer)
        assert anchor.found is Found.SAME
        assert anchor.quote.start == longer.index(before) + len(before)
        bare = anchor_quote(quote, "Pay was low. X. Pay was low. Y. Pay was low.")
        assert bare.found is Found.CHANGED


# Of two texts the one with the same words is taken, not the first.
def test_the_text_that_has_the_words_is_taken() -> None:
    quote = _quote("Pay was low.")
    anchor, text_hash = anchor_in_any(quote, [("a", "Pay was slow."), ("b", "So pay was low.")])
    assert (anchor.found, text_hash) == (Found.SAME, "b")
    assert anchor_in_any(quote, [])[1] == ""
    assert anchor_in_any(quote, [("a", "The sea was calm today.")])[1] == ""


_WORD = st.sampled_from(["peer", "pay", "was", "low.", "high,", "Not", "ward"])
_WORDS = st.lists(_WORD, max_size=9)


# Whatever is written before and behind it, a quote that is still there is found, at a place where
# exactly its words stand.
@given(_WORDS, _WORDS, _WORDS, _WORDS)
def test_edits_elsewhere_lose_no_quote(before, behind, new_before, new_behind) -> None:
    exact = "Zebras helped the 3 mentors."
    text = " ".join([*before, exact, *behind])
    anchor = anchor_quote(_quote(exact, text), " ".join([*new_before, exact, *new_behind]))
    assert anchor.found is Found.SAME
    assert anchor.quote.exact == exact


# Whatever the two texts, a place is the text at its offsets, and "same" means the same letters.
@given(st.text("abc. N\n", min_size=1, max_size=60), st.text("abc. N\n", max_size=80), st.data())
def test_an_anchor_is_what_it_says(text: str, now: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    quote = quote_from(text, start, data.draw(st.integers(start + 1, len(text))))
    anchor = anchor_quote(quote, now)
    assert 0.0 <= anchor.likeness <= 1.0
    if anchor.found is Found.LOST:
        assert anchor.quote == quote
    else:
        assert anchor.quote == quote_from(now, anchor.quote.start, anchor.quote.end)
    if anchor.found is Found.SAME and any(map(str.isalnum, quote.exact)):
        letters = [c for c in anchor.quote.exact.casefold() if c.isalnum()]
        assert letters == [c for c in quote.exact.casefold() if c.isalnum()]


# A text of 300 KB is searched within a second or so.
def test_a_long_text_is_searched_quickly() -> None:
    text = "Peer workers told us of their pay and of the ward. " * 6000
    began = time.monotonic()
    assert anchor_quote(_quote(_LACKED), text).found is not Found.SAME
    assert anchor_quote(_quote(_LACKED), text + _LACKED).found is Found.SAME
    assert time.monotonic() - began < 20
