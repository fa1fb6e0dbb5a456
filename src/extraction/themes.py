"""Which themes a sentence speaks of, and whether of any: scores calibrated and cut."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, KFold

from extraction.calibration import Calibration, Floats, Truth, any_theme, fit_calibration
from extraction.labelled import TrainingRows
from extraction.scorer import Views

# The power of relevance that themes are multiplied by. With none a tenth more of the sentences
# without a theme get one suggested; from .5 on the mean F1 of the themes falls.
_GATE_IN_THEME = 0.25
_FOLDS = 5
# Below this many studies a fold would test on one or two of them.
_FEWEST_STUDIES = 10
# With one theme and nothing labelled there is nothing to compare with, and likeness alone decides:
# a score of .35 is a coin's throw.
_UNCALIBRATED = Calibration(slope=8.0, intercept=-2.8)


@dataclass(frozen=True, kw_only=True)
class ThemeJudge:
    """How to judge what the scorer sees: calibration and thresholds.

    ``thresholds`` has one probability per theme: at or above it the theme is suggested.
    ``gate_calibration`` is None where nothing taught the gate, and relevance is then that of the
    likeliest theme.
    """

    calibration: Calibration
    gate_calibration: Calibration | None
    thresholds: NDArray[np.float64]

    def blend(self, views: Views) -> Floats:
        """The themes' scores, lower where the sentence hardly reports any influence; no unit."""
        if self.gate_calibration is None:
            return views.themes
        relevance = self.gate_calibration.probability(views.gate)
        return views.themes * relevance[:, None] ** _GATE_IN_THEME

    def probabilities(self, views: Views) -> Floats:
        """Calibrated probability that a person would give the theme, shape (sentences, themes)."""
        return self.calibration.probability(self.blend(views))

    def relevance(self, views: Views) -> Floats:
        """Calibrated probability that the sentence reports any influence, shape (sentences,)."""
        if self.gate_calibration is None:
            return np.asarray(self.probabilities(views).max(axis=1), dtype=np.float64)
        return self.gate_calibration.probability(views.gate)


def fit_judge(views: Views, themes: Truth, judged: Truth) -> ThemeJudge:
    """Fit calibration and thresholds on out-of-fold views and their truth.

    ``judged`` (sentences,) marks those that say something of relevance: the gate is calibrated on
    them alone.
    """
    undecided = ThemeJudge(
        calibration=_UNCALIBRATED,
        gate_calibration=fit_calibration(views.gate[judged], any_theme(themes[judged]))
        if judged.any()
        else None,
        thresholds=np.full(themes.shape[1], 0.5),
    )
    if themes.all() or not themes.any():
        return undecided
    blended = undecided.blend(views)
    calibration = fit_calibration(blended, themes) or _UNCALIBRATED
    return replace(
        undecided,
        calibration=calibration,
        thresholds=calibration.probability(choose_thresholds(blended, themes)),
    )


def plan_folds(rows: TrainingRows, *, seed: int = 0) -> list[NDArray[np.intp]]:
    """The rows to be held back together, fold by fold.

    With enough studies to test on, whole studies are held back, and with them what is only learnt
    from but restates one of them. With fewer, every row is held back once, which flatters:
    sentences of a codebook resemble each other.
    """
    if can_hold_studies_back(rows):
        tested = np.flatnonzero(rows.tested)
        groups = np.array(rows.groups, dtype=object)
        grouped = GroupKFold(_FOLDS, shuffle=True, random_state=seed)
        return [
            np.flatnonzero(np.isin(groups, groups[tested[test]]))
            for _, test in grouped.split(tested, groups=groups[tested])
        ]
    everything = np.arange(len(rows.texts))
    if len(everything) < 2:
        return [everything]
    folds = min(_FOLDS, len(everything))
    return [test for _, test in KFold(folds, shuffle=True, random_state=seed).split(everything)]


def can_hold_studies_back(rows: TrainingRows) -> bool:
    """Whether enough studies are labelled for figures that mean something."""
    return len({rows.groups[row] for row in np.flatnonzero(rows.tested)}) >= _FEWEST_STUDIES


def choose_thresholds(scores: Floats, themes: Truth) -> Floats:
    """Half-way between the cut best for all themes and the cut best for each (by F1).

    A theme with 20 to 70 labelled passages cannot carry a cut of its own: per-theme cuts lose to
    one cut for all when tested on studies they were not chosen on, half-way wins over both.
    """
    grid = np.quantile(scores, np.linspace(0.5, 0.999, 200))
    passed = scores[:, :, None] >= grid
    right = (passed & themes[:, :, None]).sum(axis=0)
    f1 = 2 * right / np.maximum(1, passed.sum(axis=0) + themes.sum(axis=0)[:, None])
    present = themes.any(axis=0)
    shared = grid[f1[present].mean(axis=0).argmax()]
    own = np.where(present, grid[f1.argmax(axis=1)], shared)
    return np.asarray((own + shared) / 2, dtype=np.float64)
