"""An outcome looked at more closely: bands of scores, themes taken for others, curves."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from sklearn.metrics import precision_recall_curve

from extraction.calibration import Floats, Truth
from extraction.evaluate import ThemeOutcome

# Finer at the bottom, where most scores lie.
_BOUNDS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)


@dataclass(frozen=True, kw_only=True)
class ScoreBand:
    """Scores from ``low`` up to ``high``: how many tags have one, and what share people gave.

    ``expected`` is the mean score of the band, what ``given`` would be of a calibrated model; both
    are NaN of an empty band.
    """

    low: float
    high: float
    tags: int
    expected: float
    given: float


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """A theme that was missed in so many passages where another was wrongly suggested."""

    true: str
    suggested: str
    passages: int


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """A label worth a second look: the passage by number, its theme, whether a person gave it."""

    passage: int
    theme: str
    given: bool
    score: float


def find_doubts(outcome: ThemeOutcome, most: int = 20) -> tuple[Doubt, ...]:
    """The labels that the scores speak most against: given at a low one, not given at a high one.

    The scores must be of models that did not learn from the passage. Most of these labels are
    right: planted errors were a third of such a list.
    """
    against = np.where(outcome.truth, 1 - outcome.scores, outcome.scores)
    order = np.argsort(-against, axis=None, kind="stable")[:most]
    return tuple(
        Doubt(
            passage=int(row),
            theme=outcome.themes[column],
            given=bool(outcome.truth[row, column]),
            score=float(outcome.scores[row, column]),
        )
        for row, column in zip(*np.unravel_index(order, against.shape), strict=True)
    )


def band_scores(outcome: ThemeOutcome) -> tuple[ScoreBand, ...]:
    """What share of the tags of a score people give, over all passages and themes."""
    scores, truth = outcome.scores.ravel(), outcome.truth.ravel()
    places = np.searchsorted(_BOUNDS[1:-1], scores, side="right")
    bands = []
    for number, (low, high) in enumerate(pairwise(_BOUNDS)):
        own = places == number
        bands.append(
            ScoreBand(
                low=low,
                high=high,
                tags=int(own.sum()),
                expected=float(scores[own].mean()) if own.any() else float("nan"),
                given=float(truth[own].mean()) if own.any() else float("nan"),
            )
        )
    return tuple(bands)


def find_confusions(outcome: ThemeOutcome, most: int = 10) -> tuple[Confusion, ...]:
    """The pairs of themes taken for each other in most passages, most often first."""
    missed = outcome.truth & ~outcome.suggested
    wrong = outcome.suggested & ~outcome.truth
    counts = missed.T.astype(np.int64) @ wrong.astype(np.int64)
    order = np.argsort(-counts, axis=None, kind="stable")[:most]
    return tuple(
        Confusion(
            true=outcome.themes[true],
            suggested=outcome.themes[suggested],
            passages=int(counts[true, suggested]),
        )
        for true, suggested in zip(*np.unravel_index(order, counts.shape), strict=True)
        if counts[true, suggested]
    )


def trace_precision(truth: Truth, scores: Floats) -> tuple[tuple[float, float], ...]:
    """Recall and precision down the scores, from the highest to full recall; none without a yes."""
    if not truth.any():
        return ()
    precision, recall, _ = precision_recall_curve(truth, scores)
    # scikit-learn lists them from the lowest score up and ends in a made-up point of no recall.
    points = list(zip(recall.tolist(), precision.tolist(), strict=True))[-2::-1]
    full = next(n for n, (found, _) in enumerate(points) if found == 1)
    return tuple(points[: full + 1])
