"""The words that count are kept as they were learnt, in few letters."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from extraction.words import learn_words

_TEXTS = ("A tap by the beds.", "No tap, no beds!", "Äpfel\nund\tBirnen")


# A kept space spells texts as it did when it learnt them; each text has unit length.
def test_texts_are_spelt_as_when_learnt() -> None:
    space, spelt = learn_words(_TEXTS)
    again = space.spell(_TEXTS)
    assert np.allclose(again.toarray(), spelt.toarray())
    assert np.allclose(np.linalg.norm(again.toarray(), axis=1), 1, atol=1e-6)
    assert "tap" in space.terms[0].split("\n")


# Whatever the letters and blanks are: what was learnt all at once is counted word by word later.
@given(texts=st.lists(st.text(max_size=30), min_size=1, max_size=4))
def test_any_text_is_spelt_as_when_learnt(texts: list[str]) -> None:
    space, spelt = learn_words([*texts, "a word"])
    assert abs(space.spell([*texts, "a word"]) - spelt).max() < 1e-6


# Of many texts, what stands in one or two teaches nothing; of few, everything counts.
def test_what_is_rare_counts_among_few_texts_only() -> None:
    few, _ = learn_words([*_TEXTS, "Nasturtium"])
    many, _ = learn_words([*_TEXTS * 200, "Nasturtium"])
    assert "nasturtium" in few.terms[0].split("\n")
    assert "nasturtium" not in many.terms[0].split("\n")
    assert "tap" in many.terms[0].split("\n")


# Words nobody has met weigh nothing.
def test_unknown_words_weigh_nothing() -> None:
    space, _ = learn_words(_TEXTS)
    assert space.spell(["qqq www"]).nnz == 0
