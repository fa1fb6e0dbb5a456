"""In which direction an influence acts: facilitator, barrier, both, or too near to call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from extraction.calibration import Calibration, Floats, fit_calibration
from extraction.labelled import FACILITATES, HINDERS, NEITHER, TrainingRows
from review.annotations import Direction
from review.language import Vectors

_PENALTY = 3.0
# Abstaining above this would leave unanswered what is right two times in three.
_HIGHEST_CUT = 0.6
_UNCALIBRATED = Calibration(slope=1.0, intercept=0.0)


@dataclass(frozen=True, kw_only=True)
class DirectionScorer:
    """Log odds of facilitator against barrier: one weighting of the vector, one shift per theme.

    One model serves all themes: direction transfers between them, and no theme alone has enough
    passages. Words are left out on purpose: word lists and word weights gain in cross-validation
    and lose .06 to .09 on studies by other authors.
    """

    weights: NDArray[np.float32]
    theme_shifts: NDArray[np.float64]

    def scores(self, vectors: Vectors) -> Floats:
        """Above 0 is facilitator; shape (sentences, themes)."""
        return np.asarray((vectors @ self.weights)[:, None] + self.theme_shifts, dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class DirectionJudge:
    """What a score means, and the confidence in [.5, 1] below which no direction is named."""

    calibration: Calibration
    cut: float

    def facilitating(self, scores: Floats) -> Floats:
        """Probability of facilitator, given facilitator or barrier; shape of ``scores``."""
        return self.calibration.probability(scores)

    def name(self, facilitating: float) -> tuple[Direction, float]:
        """The direction, and the probability of the likelier of facilitator and barrier.

        Where that probability is below the cut the direction is ``unclear``.
        """
        surer = max(facilitating, 1 - facilitating)
        if surer < self.cut:
            return Direction.UNCLEAR, surer
        return (Direction.FACILITATOR if facilitating >= 0.5 else Direction.BARRIER), surer

    def name_of_several(self, facilitating: Sequence[float]) -> tuple[Direction, float]:
        """The direction of a theme that several sentences of one text speak of.

        ``both`` where two of them are surely opposed (each at .75 or more); else that of the
        surest. Within one sentence the two directions cannot be told apart reliably.
        """
        highest, lowest = max(facilitating), min(facilitating)
        if highest >= 0.75 and lowest <= 0.25:
            return Direction.BOTH, min(highest, 1 - lowest)
        return self.name(max(facilitating, key=lambda p: abs(p - 0.5)))


def fit_direction(rows: TrainingRows, *, seed: int = 0) -> DirectionScorer:
    """Fit on every row and theme with a direction.

    Rows without a clear direction are not learnt from. Where one of the two directions is missing
    everything scores 0.
    """
    sentences, themes = np.nonzero(np.abs(rows.directions) == 1)
    truth = rows.directions[sentences, themes] > 0
    dimensions = rows.vectors.shape[1]
    if len(set(truth.tolist())) < 2:
        return DirectionScorer(
            weights=np.zeros(dimensions, dtype=np.float32),
            theme_shifts=np.zeros(rows.themes.shape[1]),
        )
    features = np.hstack([rows.vectors[sentences], np.eye(rows.themes.shape[1])[themes]])
    fitted = LogisticRegression(C=_PENALTY, max_iter=2000, random_state=seed).fit(features, truth)
    return DirectionScorer(
        weights=fitted.coef_[0, :dimensions].astype(np.float32),
        theme_shifts=fitted.coef_[0, dimensions:] + fitted.intercept_[0],
    )


def score_direction_out_of_fold(
    rows: TrainingRows, folds: Sequence[NDArray[np.intp]], *, seed: int = 0
) -> Floats:
    """Scores of every row of the folds by scorers that did not learn from its fold.

    Rows of no fold keep zeros; shape (rows, themes).
    """
    scores = np.zeros(rows.themes.shape)
    for test in folds:
        learnt = np.ones(len(rows.texts), dtype=np.bool_)
        learnt[test] = len(test) == len(rows.texts)
        scores[test] = fit_direction(rows.part(learnt), seed=seed).scores(rows.vectors[test])
    return scores


def fit_direction_judge(scores: Floats, directions: NDArray[np.int8]) -> DirectionJudge:
    """Calibrate on out-of-fold scores, and choose where to abstain.

    ``directions`` (as in ``TrainingRows``) has the shape of ``scores``. The cut is the one that
    leaves most passages rightly answered, ``unclear`` being the right answer to a passage that is
    both or unclear: so it abstains only where an answer would be no better than a coin.
    """
    clear = np.abs(directions) == 1
    calibration = fit_calibration(scores[clear], directions[clear] > 0) or _UNCALIBRATED
    said = directions != 0
    facilitating = calibration.probability(scores[said])
    surer = np.maximum(facilitating, 1 - facilitating)
    right = np.where(facilitating >= 0.5, FACILITATES, HINDERS) == directions[said]
    neither = directions[said] == NEITHER
    cuts = np.arange(0.5, _HIGHEST_CUT, 0.005)
    answered = [int(np.where(surer < cut, neither, right).sum()) for cut in cuts]
    return DirectionJudge(calibration=calibration, cut=float(cuts[int(np.argmax(answered))]))
