"""What a score means: calibration, and the yes and no it is held against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]

# Platt's own fit is unpenalised; a very weak penalty keeps it finite where classes do not overlap.
_CALIBRATION_C = 1e3


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Turns a score into a probability: the logistic function of ``slope * score + intercept``."""

    slope: float
    intercept: float

    def probability(self, scores: Floats) -> Floats:
        """Probabilities in [0, 1], of the shape of ``scores``."""
        log_odds = np.clip(self.slope * np.asarray(scores) + self.intercept, -50, 50)
        return np.asarray(1 / (1 + np.exp(-log_odds)), dtype=np.float64)


def fit_calibration(scores: Floats, truth: Truth) -> Calibration | None:
    """Platt scaling of scores of any shape on their truth (Platt 1999).

    The scores must be out of fold, else the probabilities are too bold. None where the truth is
    all yes or all no, or where higher scores do not mean yes more often.
    """
    flat, said = np.ravel(scores), np.ravel(truth)
    if said.all() or not said.any():
        return None
    fitted = LogisticRegression(C=_CALIBRATION_C).fit(flat[:, None], said)
    slope, intercept = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    return Calibration(slope=slope, intercept=intercept) if slope > 0 else None


def any_theme(themes: Truth) -> Truth:
    """Whether each row bears a theme at all, shape (rows,)."""
    return np.asarray(themes.any(axis=1), dtype=np.bool_)
