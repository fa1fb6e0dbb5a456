"""Which open record to screen next: words, sentence vectors and the review's question together.

Two linear classifiers learn from the labels, one from words, their beginnings and pairs of words,
one from sentence vectors; the question counts as one more relevant record for both, and how near a
record comes to it is a third voice that fades as relevant records are found. Each is put on the
scale of the open records (mean 0, deviation 1) and they are added up. Without labels the question
alone decides.
``benchmarks/screening.py`` measures it beside ASReview.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit
from sklearn.svm import LinearSVC

from review.errors import ModelError
from review.language import Vectors
from screening.terms import Rows, SideBySide, fit_words_and_beginnings

Scores = NDArray[np.float64]
Weights = NDArray[np.float32]

MODEL = "ranking/2"
# As in the ELAS u4 model of ASReview 2, tuned there on other reviews: the relevant records together
# weigh 9.8 times what the irrelevant ones do.
_STRENGTH = 0.11
_BALANCE = 9.8
_TOLERANCE = 1e-2
# A term of one record alone says nothing of the others.
_LEAST = 2
# Words that begin alike count as one term as well: 5 and 6 letters do as well, 4 less.
_LETTERS = 6
# After that many relevant records the question itself speaks at half its strength.
_HEARD = 10
_ALIKE = 1e-6


@dataclass(frozen=True, kw_only=True)
class Question:
    """What the review asks: its words, and unit vectors of shape (1 + parts, dimensions).

    The first vector is of the whole question, the others of its sentences.
    """

    words: str
    vectors: Vectors


@dataclass(frozen=True, kw_only=True)
class Portraits:
    """What records say, one row each: unit vectors, and how near they come to the question.

    ``vectors`` has the shape (records, 3 x dimensions), title beside the mean of the sentences
    beside the mean of those near the question; ``nearness`` the shape (records,).
    """

    vectors: Vectors
    nearness: Vectors


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """The records still open, the likeliest to be relevant first.

    ``places`` are their positions among the ranker's records, ``scores`` in (0, 1) fall in the
    same order. A score says which record comes before which; it is no probability.
    """

    places: NDArray[np.int64]
    scores: Scores


class Ranker:
    """The records of one review, made ready once and ranked anew after every label."""

    def __init__(self, texts: Sequence[str], portraits: Portraits, question: Question) -> None:
        """Read the records; without vectors, of no columns, words alone decide.

        Raises ModelError where a vector holds something that is no number.
        """
        numbers = (portraits.vectors, portraits.nearness, question.vectors)
        if not all(np.isfinite(part).all() for part in numbers):
            raise ModelError(
                "the sentence encoder gave vectors that are no numbers; "
                "name sound weights in LIVING_REVIEW_ENCODER"
            )
        self._terms, self._rows = fit_words_and_beginnings(texts, least=_LEAST, letters=_LETTERS)
        self._portraits = portraits
        self._asked = self._terms.rows([question.words])
        # As a record it is its own title, its own sentences, and near to itself.
        blocks = portraits.vectors.shape[1] // max(1, question.vectors.shape[1])
        self._question = np.tile(question.vectors[:1], blocks) / np.sqrt(max(1, blocks))

    def __len__(self) -> int:
        return len(self._portraits.vectors)

    def rank(self, labels: Mapping[int, bool]) -> Ranking:
        """The records without a label, best first; ties keep the order of the records.

        ``labels`` say by place whether a record is relevant; there may be none, or one kind only.
        """
        is_open = np.ones(len(self), dtype=bool)
        is_open[list(labels)] = False
        places = np.flatnonzero(is_open)
        scores = self.score(self.learn(labels))[places]
        order = np.argsort(-scores, kind="stable")
        return Ranking(places=places[order], scores=scores[order])

    def score(self, learned: Learned) -> Scores:
        """Scores in (0, 1) of all records, with or without a label."""
        return learned.score(self._rows, self._portraits)

    def learn(self, labels: Mapping[int, bool]) -> Learned:
        """What the labels teach, ready to score these records or others in the same terms."""
        places = sorted(labels)
        relevant = np.array([labels[place] for place in places], dtype=bool)
        is_open = np.ones(len(self), dtype=bool)
        is_open[places] = False
        told = self._portraits
        words = find_direction(self._rows[places], relevant, self._asked)
        vectors = find_direction(told.vectors[places], relevant, self._question)
        found = int(relevant.sum())
        # Words learn nothing from what is irrelevant alone, and a question has few of them.
        trust = found / (found + 1)
        heard = _HEARD / (_HEARD + found)
        by_words = _scale(self._rows @ words, is_open)
        by_vectors = _scale(told.vectors @ vectors, is_open)
        by_nearness = _scale(told.nearness, is_open)
        return Learned(
            terms=self._terms,
            words=words * (by_words.factor * trust),
            vectors=vectors * by_vectors.factor,
            nearness=by_nearness.factor * heard,
            offset=by_words.mean * trust + by_vectors.mean + heard * by_nearness.mean,
        )


@dataclass(frozen=True, kw_only=True)
class Learned:
    """The weight of each term, of each dimension of a vector, and of nearness to the question."""

    terms: SideBySide
    words: Weights
    vectors: Weights
    nearness: float
    offset: float

    def score(self, rows: Rows, portraits: Portraits) -> Scores:
        """Scores in (0, 1) of records given as rows of the terms and as portraits."""
        by_question = portraits.nearness * self.nearness
        fused = rows @ self.words + portraits.vectors @ self.vectors + by_question - self.offset
        return np.asarray(expit(fused.astype(np.float64)))

    def score_texts(self, texts: Sequence[str], portraits: Portraits) -> Scores:
        """Scores of records that are not among the ranker's, on the same scale.

        So a million of them are ranked some at a time: what is learnt, and the scale, come from
        the records the ranker was made of.
        """
        return self.score(self.terms.rows(texts), portraits)


def find_direction(
    rows: Rows, relevant: NDArray[np.bool_], question: Rows | None = None
) -> Weights:
    """Where the relevant records lie from the irrelevant ones, shape (columns,).

    ``rows`` are the labelled records, sparse or dense. A question counts as one more relevant
    record, of the weight of an average one. Where no record is irrelevant, it is the middle of
    the relevant ones.
    """
    if question is not None:
        stack = sparse.vstack if sparse.issparse(rows) else np.vstack
        rows, relevant = stack([rows, question]), np.append(relevant, True)
    if not rows.shape[1] or relevant.all():
        return np.asarray(rows.mean(axis=0), dtype=np.float32).ravel()
    fitted = LinearSVC(C=_STRENGTH, tol=_TOLERANCE, dual="auto", random_state=0)
    fitted.fit(rows, relevant, sample_weight=_weigh(relevant))
    return np.asarray(fitted.coef_[0], dtype=np.float32)


@dataclass(frozen=True, kw_only=True)
class _Scale:
    """Mean of a voice over the open records, and what brings its deviation to 1."""

    mean: float
    factor: float


def _scale(scores: Weights, is_open: NDArray[np.bool_]) -> _Scale:
    heard = scores[is_open].astype(np.float64)
    deviation = float(heard.std()) if heard.size else 0.0
    # Where all open records are alike, the voice has nothing to say.
    factor = 1 / deviation if deviation > _ALIKE else 0.0
    return _Scale(mean=float(heard.mean()) * factor if heard.size else 0.0, factor=factor)


def _weigh(relevant: NDArray[np.bool_]) -> Scores:
    """Weights of mean 1, the relevant together _BALANCE times the irrelevant."""
    others = relevant.sum() / (_BALANCE * (~relevant).sum())
    weights = np.where(relevant, 1.0, others)
    return np.asarray(weights / weights.mean(), dtype=np.float64)
