"""In which direction an influence acts: facilitator, barrier, both, or too near to call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extraction.calibration import Calibration, Floats, fit_calibration
from extraction.kernel import KernelFit
from extraction.labelled import FACILITATES, HINDERS, NEITHER
from review.annotations import Direction

# How far a pair of weight 1 may lie from its direction, and how much what was said of one theme
# counts for another. Words beside vectors name .015 more of the directions rightly, on studies
# held back and also where no passage of a study was learnt from.
_NOISE, _ANY_THEME = 0.5, 0.7
# Abstaining above this would leave unanswered what is right two times in three.
_HIGHEST_CUT = 0.6
_UNCALIBRATED = Calibration(slope=1.0, intercept=0.0)


class DirectionFit:
    """Facilitator (1) against barrier (-1), learnt from every row and theme with one of them.

    ``likeness`` (rows, rows) is as of ``measure_likeness``, ``directions`` as in ``TrainingRows``,
    ``weights`` (rows,). One fit serves all themes, since no theme alone has enough passages: two
    rows are like each other by ``_ANY_THEME`` of their likeness where they speak of different
    themes, and by all of it where of the same one.
    """

    def __init__(
        self, likeness: NDArray[np.float32], directions: NDArray[np.int8], weights: Floats
    ) -> None:
        self._shape = directions.shape
        self._sentences, self._themes = np.nonzero(np.abs(directions) == 1)
        truth = directions[self._sentences, self._themes]
        self._fit: KernelFit | None = None
        if len(set(truth.tolist())) == 2:
            alike = likeness[np.ix_(self._sentences, self._sentences)]
            alike *= _ANY_THEME
            for theme in range(self._shape[1]):
                own = np.flatnonzero(self._themes == theme)
                alike[np.ix_(own, own)] /= _ANY_THEME
            self._fit = KernelFit(alike, truth[:, None], weights[self._sentences] / _NOISE)

    def duals(self, without: Sequence[int] | NDArray[np.intp] = ()) -> NDArray[np.float32]:
        """What each row adds to the directions of what is like it, shape (rows, themes).

        All zeros where one of the two directions is missing.
        """
        duals = np.zeros(self._shape, dtype=np.float32)
        if self._fit:
            out = np.flatnonzero(np.isin(self._sentences, without))
            pairs = self._fit.duals(out)[:, 0]
            np.add.at(duals, self._sentences, _ANY_THEME * pairs[:, None])
            np.add.at(duals, (self._sentences, self._themes), (1 - _ANY_THEME) * pairs)
        return duals


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


def fit_direction_judge(scores: Floats, directions: NDArray[np.int8]) -> DirectionJudge:
    """Calibrate on out-of-fold scores, and choose where to abstain.

    ``directions`` (as in ``TrainingRows``) has the shape of ``scores``. The cut is the one that
    leaves most passages rightly answered, ``unclear`` being the right answer to a passage that is
    both or unclear: so it abstains only where an answer would be no better than a coin.
    """
    clear = np.abs(directions) == 1
    calibration = fit_calibration(scores[clear], directions[clear] > 0)
    if calibration is None:
        # Nothing told the two apart, as where one of them is missing: no coin is thrown.
        return DirectionJudge(calibration=_UNCALIBRATED, cut=_HIGHEST_CUT)
    said = directions != 0
    facilitating = calibration.probability(scores[said])
    surer = np.maximum(facilitating, 1 - facilitating)
    right = np.where(facilitating >= 0.5, FACILITATES, HINDERS) == directions[said]
    neither = directions[said] == NEITHER
    cuts = np.arange(0.5, _HIGHEST_CUT, 0.005)
    answered = [int(np.where(surer < cut, neither, right).sum()) for cut in cuts]
    return DirectionJudge(calibration=calibration, cut=float(cuts[int(np.argmax(answered))]))
