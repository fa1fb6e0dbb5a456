"""The fitted judge of each criterion: two linear models, calibrated, and where they look."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from review.errors import ModelError
from review.language import Vectors
from review.protocol import Protocol
from screening.features import Described, Matrix, Scores

Labels = NDArray[np.bool_]

# Measured by grouped cross-validation on the shipped review's labelled records: the dense model
# ranks better than TF-IDF on every criterion, and both together better than either.
_TFIDF_WEIGHT = 0.7
_DENSE_C = 1.0
_TFIDF_C = 10.0
# A probability of excluding, and what it counts for among the criteria.
_SAID = (0.0, 0.8, 0.95, 0.99, 1.0)
_HEARD = (0.0, 0.8, 0.8, 0.95, 0.95)
# A class seen in fewer groups than this cannot be learnt or calibrated: cues decide instead.
FEWEST_GROUPS = 5


@dataclass(frozen=True, kw_only=True)
class Scorer:
    """Whether one thing is so of a report: a linear model on counts and vectors plus one on words.

    ``slope`` and ``offset`` turn the summed score into a probability (Platt 1999), fitted on
    scores of records the models had not seen.
    """

    dense: LogisticRegression
    words: LogisticRegression
    slope: float = 1.0
    offset: float = 0.0

    def raw(self, dense: Matrix, words: Any) -> Scores:  # noqa: ANN401 - scipy sparse, any flavour
        """Uncalibrated scores, shape (rows,)."""
        summed = self.dense.decision_function(dense) + _TFIDF_WEIGHT * (
            self.words.decision_function(words)
        )
        return np.asarray(summed, dtype=np.float64)

    def probability(self, dense: Matrix, words: Any) -> Scores:  # noqa: ANN401
        """Calibrated probabilities, shape (rows,)."""
        return calibrated(self.raw(dense, words), self.slope, self.offset)


@dataclass(frozen=True, kw_only=True)
class CriterionModel:
    """What was learnt about one criterion.

    ``met`` tells the records labelled "yes" from the rest and ``broken`` those that the criterion
    excludes; for an exclusion criterion the two are one. A criterion counts as met from
    ``met_cut``, and as excluding from ``broken_cut``, both probabilities. ``looks`` ranks the
    sentences of a report by how well they show the answer, None where too few quotes were
    labelled; ``question`` is the vector of the criterion's question, which it compares them with.
    """

    met: Scorer
    broken: Scorer
    met_cut: float
    broken_cut: float
    question: Vectors
    looks: LogisticRegression | None


@dataclass(frozen=True, kw_only=True)
class ScreeningModel:
    """Everything learnt for one review.

    ``criteria`` are the protocol's text criteria with their kind, in its order; ``judges`` holds a
    model for those that could be learnt. A report is not a candidate for exclusion from ``cut``
    on, a probability of inclusion; ``slope`` and ``offset`` calibrate that probability.
    """

    version: str
    review: str
    criteria: tuple[tuple[str, str], ...]
    cues: str
    layout: str
    encoder: str
    vectorizer: TfidfVectorizer
    judges: Mapping[str, CriterionModel]
    cut: float
    include_cut: float
    slope: float
    offset: float

    @property
    def name(self) -> str:
        """What an assessment is signed with: review and version."""
        return f"screening/{self.review}/{self.version}"


def text_criteria(protocol: Protocol) -> tuple[tuple[str, str], ...]:
    """Key and kind of the criteria judged by text, in the order reasons are named."""
    ordered = sorted(protocol.criteria, key=lambda c: c.order)
    return tuple((c.key, c.kind) for c in ordered if c.judged_by == "text")


def new_vectorizer() -> TfidfVectorizer:
    """Words and pairs of words, damped; what occurs in one record only tells nothing of others."""
    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)


def fit_scorer(
    dense: Matrix,
    words: Any,  # noqa: ANN401 - scipy sparse, any flavour
    labels: Labels,
    weights: Scores,
) -> Scorer:
    """An uncalibrated scorer of rows; both classes must occur among the labels."""

    def fitted(strength: float, rows: Any) -> LogisticRegression:  # noqa: ANN401
        model = LogisticRegression(
            C=strength, class_weight="balanced", solver="liblinear", max_iter=2000, random_state=0
        )
        return model.fit(rows, labels, sample_weight=weights)

    return Scorer(dense=fitted(_DENSE_C, dense), words=fitted(_TFIDF_C, words))


def calibrate(raw: Scores, labels: Labels) -> tuple[float, float]:
    """Slope and offset that turn raw scores into probabilities (Platt 1999).

    The two are fitted with his corrected targets, so that a perfect ranking gives no infinite
    slope. The slope is never negative.
    """
    positive, negative = int(labels.sum()), int((~labels).sum())
    high, low = (positive + 1) / (positive + 2), 1 / (negative + 2)
    weights = np.where(labels, high, low)
    rows = np.concatenate([raw, raw]).reshape(-1, 1)
    answers = np.repeat([1, 0], len(raw))
    model = LogisticRegression(C=1e4, max_iter=1000)
    model.fit(rows, answers, sample_weight=np.concatenate([weights, 1 - weights]))
    return max(float(model.coef_[0, 0]), 0.0), float(model.intercept_[0])


def calibrated(raw: Scores, slope: float, offset: float) -> Scores:
    """Probabilities of raw scores, strictly between 0 and 1."""
    return np.clip(np.asarray(expit(slope * raw + offset)), 1e-4, 1 - 1e-4)


def inclusion_score(broken: Mapping[str, Scores]) -> Scores:
    """Log of the probability that no criterion excludes, taking them as independent (noisy or).

    One criterion alone counts for 0.8 at most, unless it is surer than it ever was of an include.
    Fitted on some hundred reports, each is sometimes rather sure and wrong, and an include must
    survive one such error; yet no unseen include of the shipped review had a criterion above 0.95.
    By cross-validation this kept 0.98 of includes at a specificity of 0.89, against 0.97 at 0.83.
    """
    return np.asarray(sum(np.log1p(-np.interp(p, _SAID, _HEARD)) for p in broken.values()))


def score_texts(model: ScreeningModel, described: Described) -> Mapping[str, tuple[Scores, Scores]]:
    """Per learnt criterion the probabilities (met, broken) of each text, each of shape (texts,).

    Raises ModelError where the encoder gave vectors that are no numbers: nothing may follow from
    such, least of all an exclusion.
    """
    if not all(np.isfinite(rows).all() for rows in described.dense.values()):
        raise ModelError(
            f"the encoder {model.encoder} gave vectors that hold no numbers; restore its weights, "
            "and remove the vectors kept of it"
        )
    words = model.vectorizer.transform(described.words())
    return {
        key: (
            judge.met.probability(described.dense[key], words),
            judge.broken.probability(described.dense[key], words),
        )
        for key, judge in model.judges.items()
    }


def contributions(scorer: Scorer, vectors: Matrix) -> Scores:
    """How far each sentence, of those whose vectors are given, pulls the dense score up.

    The score is linear in the mean of the sentence vectors, so each sentence's share is exact.
    """
    size = vectors.shape[1]
    return np.asarray(vectors @ scorer.dense.coef_[0, -size:], dtype=np.float64)


def enough_groups(labels: Labels, groups: Sequence[str]) -> bool:
    """Whether both answers occur in enough groups to be learnt and tested."""
    yes = {g for g, label in zip(groups, labels, strict=True) if label}
    no = {g for g, label in zip(groups, labels, strict=True) if not label}
    return min(len(yes), len(no)) >= FEWEST_GROUPS


def cue_fingerprint(protocol: Protocol) -> str:
    """SHA-256 of the cues of all text criteria: tells whether they changed since a fit."""
    cues = {c.key: [c.cues, c.counter_cues] for c in protocol.criteria if c.judged_by == "text"}
    return hashlib.sha256(json.dumps(cues, sort_keys=True).encode()).hexdigest()
