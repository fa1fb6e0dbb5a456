"""Kernel heads: what a sentence bears, by the judged sentences that are like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from extraction.calibration import Floats, Truth
from review.language import Vectors

# How much likeness by vector and by words count: between .5 and .7 nothing changes but noise.
_VECTOR_SHARE, _WORD_SHARE = 0.6, 0.4
# Likeness by vector is exp(-_NARROWNESS * squared distance). This is what a linear head lacks: a
# second way of putting a theme does not weaken the first.
_NARROWNESS = 1.0


@dataclass(frozen=True, kw_only=True)
class KernelHeads:
    """Ridge regressions on likeness, one per column: the mean of a Gaussian process.

    ``taught`` has shape (rows, dimensions), at half precision to keep the file small, ``duals``
    (rows, columns), ``word_weights`` (vocabulary, columns).
    """

    taught: NDArray[np.float16]
    duals: NDArray[np.float32]
    word_weights: NDArray[np.float32]

    def scores(self, vectors: Vectors, words: Any) -> Floats:  # noqa: ANN401 - SciPy sparse
        """About 0 for no and 1 for yes, shape (sentences, columns).

        ``words`` (sentences, vocabulary) is sparse.
        """
        by_vector = _likeness(vectors, self.taught.astype(np.float32)) @ self.duals
        scores = _VECTOR_SHARE * by_vector + _WORD_SHARE * (words @ self.word_weights)
        return np.asarray(scores, dtype=np.float64)


class KernelFit:
    """A solved system of rows that teach and how like each other they are.

    ``likeness`` (rows, rows) is as of ``measure_likeness``; ``truth`` (rows, columns); ``weights``
    (rows,) says how much each row counts, and those of weight 0 are not learnt from. Memory grows
    with the square of the rows: 0.3 GB for 4 500 of them.
    """

    def __init__(self, likeness: Floats, truth: Truth, weights: Floats) -> None:
        self._likeness, self._learnt = likeness, np.flatnonzero(weights > 0)
        system = likeness[np.ix_(self._learnt, self._learnt)]
        system[np.diag_indices(len(self._learnt))] += 1 / weights[self._learnt]
        self._solved = scipy.linalg.cho_factor(system, lower=True, overwrite_a=True)
        self._duals = scipy.linalg.cho_solve(self._solved, truth[self._learnt].astype(np.float64))

    @property
    def duals(self) -> Floats:
        """What each row adds to the columns of what is like it, shape (rows, columns)."""
        duals = np.zeros((len(self._likeness), self._duals.shape[1]))
        duals[self._learnt] = self._duals
        return duals

    def held_back(self, folds: Sequence[NDArray[np.intp]]) -> Floats:
        """Scores of the rows of each fold by heads that did not learn from it, others zero.

        Not fitted fold by fold: taking rows out of the solved system gives the same to the last
        digits. A fold of all rows is scored by heads that learnt from it, for want of others.
        """
        scores = np.zeros((len(self._likeness), self._duals.shape[1]))
        for fold in folds:
            duals = self._duals
            out = np.flatnonzero(np.isin(self._learnt, fold))
            if len(out) and len(out) < len(self._learnt):
                units = np.zeros((len(self._learnt), len(out)))
                units[out, np.arange(len(out))] = 1
                inverse = scipy.linalg.cho_solve(self._solved, units, overwrite_b=True)
                duals = duals - inverse @ scipy.linalg.solve(
                    inverse[out], duals[out], assume_a="pos"
                )
            scores[fold] = self._likeness[np.ix_(fold, self._learnt)] @ duals
        return scores


def make_heads(vectors: Vectors, words: Any, duals: Floats) -> KernelHeads:  # noqa: ANN401 - SciPy sparse
    """Heads of the rows that taught them: unit vectors, sparse words, and duals."""
    return KernelHeads(
        taught=vectors.astype(np.float16),
        duals=duals.astype(np.float32),
        word_weights=np.asarray(words.T @ duals, dtype=np.float32),
    )


def measure_likeness(vectors: Vectors, words: Any) -> Floats:  # noqa: ANN401 - SciPy sparse
    """How like each other rows are, 1 on the diagonal, shape (rows, rows)."""
    likeness = (words @ words.T).toarray().astype(np.float64)
    likeness *= _WORD_SHARE
    likeness += _VECTOR_SHARE * _likeness(vectors, vectors)
    return np.asarray(likeness)


def _likeness(vectors: Vectors, others: Vectors) -> Vectors:
    """Likeness of unit vectors, in (0, 1], shape (vectors, others)."""
    return np.asarray(np.exp(2 * _NARROWNESS * (vectors @ others.T - 1)), dtype=np.float32)
