"""Words and pairs as weights: those of the library's vectoriser, made faster."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from screening.terms import fit_terms, fit_words_and_beginnings

_TEXTS = st.lists(
    st.text(alphabet="ab cd-Éß.\u00a0שלום1_", max_size=40), min_size=2, max_size=12
).filter(lambda texts: len({w for t in texts for w in t.split() if len(w) > 1}) > 0)


# The likeness of any two texts is the same, so both are the same rows but for the order of columns.
@given(texts=_TEXTS)
def test_the_weights_are_those_of_the_library(texts: list[str]) -> None:
    library = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, max_df=0.95)
    try:
        expected = library.fit_transform(texts)
    except ValueError:  # it refuses texts without a word; we give them empty rows
        return
    _, rows = fit_terms(texts)
    assert rows.shape == expected.shape
    assert abs((rows @ rows.T) - (expected @ expected.T)).max() < 1e-5


@given(texts=_TEXTS)
def test_texts_read_again_are_the_same_rows(texts: list[str]) -> None:
    space, rows = fit_terms(texts, least=2)
    again = space.rows(texts)
    assert again.shape == rows.shape
    assert rows.shape[1] == 0 or abs(again - rows).max() < 1e-6


def test_unknown_words_and_no_texts_are_empty_rows() -> None:
    space, rows = fit_terms(["school gardens", "school yards", "farms"])
    assert space.rows(["traffic at night", ""]).nnz == 0
    assert space.rows([]).shape == (0, rows.shape[1])
    assert fit_terms([])[1].shape == (0, 0)


# A pair of words known only apart is no term, and words unknown between two do not join them.
def test_a_pair_needs_its_words_side_by_side() -> None:
    space, _ = fit_terms(["red house", "red car", "blue house"])
    assert space.rows(["red unknown house"]).nnz == 2
    assert space.rows(["red house"]).nnz == 3


def test_a_text_without_end_is_read_to_a_bound() -> None:
    _, rows = fit_terms(["word " * 100_000 + "last", "last word", "other"])
    assert rows.shape[0] == 3
    last = fit_terms(["word " * 100_000 + "last", "other"])[0].words
    assert "last" not in last


# Another form of a word is known by its beginning, though the word itself is not.
def test_beginnings_stand_beside_the_words() -> None:
    texts = ["randomised trial", "randomised cohort", "open trial"]
    space, rows = fit_words_and_beginnings(texts, letters=6)
    assert abs(space.rows(texts) - rows).max() < 1e-6
    assert abs(rows.multiply(rows).sum(axis=1) - 1).max() < 1e-5
    other = space.rows(["randomization"])
    assert other.nnz == 1
    assert (rows @ other.T).toarray().ravel().astype(bool).tolist() == [True, True, False]
