"""Words and word pairs of texts as rows of weights, made fast enough for a hundred thousand texts.

The weights are those of the ELAS u4 model of ASReview 2 (TF-IDF over words and pairs of words,
logarithmic counts, rows of unit length), which is hard to beat with words alone. A library's
vectoriser makes a Python string of every pair; here a pair is one whole number, several times
faster to make and to count. Beginnings of words, so that "randomised" and "randomization" are one
term, stand beside the words and do not replace them: they find what the words miss.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Rows = Any  # a SciPy sparse matrix in CSR, float32
_Codes = NDArray[np.int64]

_WORD = re.compile(r"\w\w+")
# A pasted full text is cut: what a report is about stands at its beginning.
_CHARACTERS_READ = 60_000
_MOST = 0.95
_BLOCK = 2_000
_PAIR = 32
_NO_WORD = -1


@dataclass(frozen=True, kw_only=True)
class TermSpace:
    """The terms of a set of texts with what each weighs.

    ``words`` numbers the words; ``codes`` are the terms in ascending order, a word by its number
    and a pair as ``(first + 1) << 32 | second``; ``weights`` is ln((1 + n) / (1 + df)) + 1 of each.
    With ``letters``, words are cut to as many, and there are no pairs.
    """

    words: dict[str, int]
    codes: _Codes
    weights: NDArray[np.float32]
    letters: int = 0

    def rows(self, texts: Sequence[str]) -> Rows:
        """The texts in this space, shape (len(texts), terms); terms it does not know are left out.

        A row has unit length, or is empty where no term is known.
        """
        blocks = [
            self._weigh(
                _count_block(
                    texts[start : start + _BLOCK], self.words, grow=False, letters=self.letters
                )
            )
            for start in range(0, len(texts), _BLOCK)
        ]
        return _pile(blocks, len(self.codes))

    def _weigh(self, counted: tuple[_Codes, Rows]) -> Rows:
        """Counts under their own codes as weighted rows of unit length in this space."""
        codes, counts = counted
        places = np.searchsorted(self.codes, codes)
        places[places == len(self.codes)] = 0
        known = self.codes[places] == codes if len(self.codes) else np.zeros(len(codes), bool)
        kept = known[counts.indices]
        row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))[kept]
        column = places[counts.indices[kept]]
        weight = (1 + np.log(counts.data[kept])) * self.weights[column]
        length = np.sqrt(np.bincount(row, weights=weight**2, minlength=counts.shape[0]))
        weighed = (weight / length[row]).astype(np.float32)
        shape = (counts.shape[0], len(self.codes))
        return sparse.csr_matrix((weighed, (row, column)), shape=shape)


@dataclass(frozen=True, kw_only=True)
class SideBySide:
    """Spaces that read the same texts, each with the same say."""

    spaces: tuple[TermSpace, ...]

    def rows(self, texts: Sequence[str]) -> Rows:
        """The texts in all spaces, shape (len(texts), terms of all)."""
        return _join([space.rows(texts) for space in self.spaces])


def fit_words_and_beginnings(
    texts: Sequence[str], *, least: int = 1, letters: int
) -> tuple[SideBySide, Rows]:
    """Words and pairs beside words cut to ``letters``, and the texts as rows in both."""
    fitted = [fit_terms(texts, least=least), fit_terms(texts, least=least, letters=letters)]
    return SideBySide(spaces=tuple(space for space, _ in fitted)), _join([r for _, r in fitted])


def fit_terms(texts: Sequence[str], *, least: int = 1, letters: int = 0) -> tuple[TermSpace, Rows]:
    """The terms at least ``least`` and at most 95 % of the texts have, and the texts as rows.

    With ``letters`` the terms are words cut to as many, without it words and pairs of words.
    """
    words: dict[str, int] = {}
    blocks = [
        _count_block(texts[start : start + _BLOCK], words, grow=True, letters=letters)
        for start in range(0, len(texts), _BLOCK)
    ]
    codes, texts_with = _count_texts(blocks)
    # Where a handful of texts is all there is, 95 % of them would leave no term they share.
    kept = (texts_with >= least) & (texts_with <= max(_MOST * len(texts), 1))
    weights = np.log((1 + len(texts)) / (1 + texts_with[kept])) + 1
    space = TermSpace(
        words=words, codes=codes[kept], weights=weights.astype(np.float32), letters=letters
    )
    return space, _pile([space._weigh(block) for block in blocks], len(space.codes))


def _join(rows: Sequence[Rows]) -> Rows:
    return sparse.hstack(rows, "csr") * np.float32(1 / np.sqrt(len(rows)))


def _pile(blocks: list[Rows], columns: int) -> Rows:
    if not blocks:
        return sparse.csr_matrix(np.zeros((0, columns), dtype=np.float32))
    return sparse.vstack(blocks, "csr")


def _count_block(
    texts: Sequence[str], words: dict[str, int], *, grow: bool, letters: int
) -> tuple[_Codes, Rows]:
    """The codes found in some texts, ascending, and how often each text has each."""
    numbers, lengths = array("q"), []
    for text in texts:
        found = _WORD.findall(text[:_CHARACTERS_READ].lower())
        if letters:
            found = [word[:letters] for word in found]
        lengths.append(len(found))
        if grow:
            numbers.extend([words.setdefault(word, len(words)) for word in found])
        else:
            numbers.extend([words.get(word, _NO_WORD) for word in found])
    word = np.frombuffer(numbers, dtype=np.int64) if numbers else np.zeros(0, dtype=np.int64)
    text_of = np.repeat(np.arange(len(texts)), lengths)
    known = word != _NO_WORD
    pairs = (text_of[:-1] == text_of[1:]) & known[:-1] & known[1:] & (not letters)
    pair = ((word[:-1] + 1) << _PAIR) | word[1:]
    found_codes = np.concatenate([word[known], pair[pairs]])
    codes, column = np.unique(found_codes, return_inverse=True)
    row = np.concatenate([text_of[known], text_of[:-1][pairs]])
    ones = np.ones(len(row), dtype=np.float32)
    counts = sparse.csr_matrix((ones, (row, column)), shape=(len(texts), len(codes)))
    counts.sum_duplicates()
    return codes, counts


def _count_texts(blocks: Sequence[tuple[_Codes, Rows]]) -> tuple[_Codes, NDArray[np.int64]]:
    """Every code of the blocks, ascending, with the number of texts that have it."""
    if not blocks:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    codes = np.unique(np.concatenate([codes for codes, _ in blocks]))
    number = np.zeros(len(codes), dtype=np.int64)
    for own, counts in blocks:
        number[np.searchsorted(codes, own)] += np.bincount(counts.indices, minlength=len(own))
    return codes, number
