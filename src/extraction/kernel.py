"""Kernel heads: what a sentence bears, by the judged sentences that are like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray
from sklearn.utils.extmath import safe_sparse_dot

from extraction.calibration import Floats
from review.language import Vectors

# How much likeness by vector and by words count: between .5 and .7 nothing changes but noise.
_VECTOR_SHARE, _WORD_SHARE = 0.6, 0.4
# Likeness by vector is exp(-_NARROWNESS * squared distance). This is what a linear head lacks: a
# second way of putting a theme does not weaken the first.
_NARROWNESS = 1.0
_LARGEST = 127


@dataclass(frozen=True, kw_only=True)
class Rounded:
    """Rows of numbers at eight bits, each row with a scale of its own; a quarter of the file."""

    numbers: NDArray[np.int8]
    scales: NDArray[np.float32]

    @classmethod
    def of(cls, exact: NDArray[np.floating[Any]]) -> Rounded:
        """The rows as near as eight bits come."""
        scales = np.abs(exact).max(axis=1, initial=0) / _LARGEST
        scales[scales == 0] = 1
        return cls(
            numbers=np.rint(exact / scales[:, None]).astype(np.int8),
            scales=scales.astype(np.float32),
        )

    def restored(self, rows: NDArray[np.intp] | slice = slice(None)) -> NDArray[np.float32]:
        """Some rows, or all, as numbers to reckon with."""
        return self.numbers[rows] * self.scales[rows, None]


@dataclass(frozen=True, kw_only=True)
class KernelHeads:
    """Ridge regressions on likeness, one per column: the mean of a Gaussian process.

    ``taught`` has shape (rows, dimensions), ``duals`` (rows, columns), ``word_weights`` (columns,
    vocabulary).
    """

    taught: Rounded
    duals: NDArray[np.float16]
    word_weights: Rounded

    def scores(self, vectors: Vectors, words: Any) -> Floats:  # noqa: ANN401 - SciPy sparse
        """What was said of like sentences, weighed by likeness, shape (sentences, columns).

        ``words`` (sentences, vocabulary) is sparse.
        """
        by_vector = _likeness(vectors, self.taught.restored()) @ self.duals.astype(np.float32)
        by_word = words @ self.word_weights.restored().T
        return np.asarray(_VECTOR_SHARE * by_vector + _WORD_SHARE * by_word, dtype=np.float64)


class KernelFit:
    """A solved system of rows that teach and how like each other they are.

    ``likeness`` (rows, rows) is as of ``measure_likeness``; ``truth`` (rows, columns); ``weights``
    (rows,) says how much each row counts, and those of weight 0 are not learnt from. Memory grows
    with the square of the rows: 0.1 GB for 5 000 of them.
    """

    def __init__(
        self,
        likeness: NDArray[np.float32],
        truth: NDArray[Any],
        weights: Floats,
    ) -> None:
        self._rows, self._learnt = len(likeness), np.flatnonzero(weights > 0)
        # Alike both ways round: turned over it lies in memory as the solver wants it.
        system = likeness[np.ix_(self._learnt, self._learnt)].T
        system[np.diag_indices(len(self._learnt))] += (1 / weights[self._learnt]).astype(np.float32)
        self._solved = scipy.linalg.cho_factor(
            system, lower=True, overwrite_a=True, check_finite=False
        )
        self._duals = scipy.linalg.cho_solve(self._solved, truth[self._learnt].astype(np.float32))

    def duals(self, without: Sequence[int] | NDArray[np.intp] = ()) -> NDArray[np.float32]:
        """What each row adds to the columns of what is like it, shape (rows, columns).

        Rows that are left out add nothing and have taught the others nothing. Not fitted anew:
        taking them out of the solved system gives the same to the last digits. Where nothing else
        teaches they are left in, for want of others.
        """
        duals = np.zeros((self._rows, self._duals.shape[1]), dtype=np.float32)
        out = np.flatnonzero(np.isin(self._learnt, without))
        if not 0 < len(out) < len(self._learnt):
            duals[self._learnt] = self._duals
            return duals
        units = np.zeros((len(self._learnt), len(out)), dtype=np.float32, order="F")
        units[out, np.arange(len(out))] = 1
        inverse = scipy.linalg.cho_solve(self._solved, units, overwrite_b=True, check_finite=False)
        alone = scipy.linalg.solve(inverse[out], self._duals[out], assume_a="pos")
        kept = self._duals - inverse @ alone
        kept[out] = 0
        duals[self._learnt] = kept
        return duals


def make_heads(
    vectors: Vectors,
    words: Any,  # noqa: ANN401 - SciPy sparse
    duals: NDArray[np.float32],
) -> KernelHeads:
    """Heads of the rows that taught them: unit vectors, sparse words, and duals."""
    return KernelHeads(
        taught=Rounded.of(vectors),
        duals=duals.astype(np.float16),
        word_weights=Rounded.of(np.asarray(words.T @ duals).T),
    )


def measure_likeness(vectors: Vectors, words: Any) -> NDArray[np.float32]:  # noqa: ANN401 - SciPy sparse
    """How like each other rows are, 1 on the diagonal, shape (rows, rows)."""
    likeness = _likeness(vectors, vectors)
    likeness *= _VECTOR_SHARE
    by_word = safe_sparse_dot(words, words.T, dense_output=True)
    by_word *= _WORD_SHARE
    return np.asarray(likeness + by_word, dtype=np.float32)


def _likeness(vectors: Vectors, others: Vectors) -> NDArray[np.float32]:
    """Likeness of unit vectors, in (0, 1], shape (vectors, others)."""
    return np.asarray(np.exp(2 * _NARROWNESS * (vectors @ others.T - 1)), dtype=np.float32)
