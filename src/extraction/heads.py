"""Linear heads: a logistic regression per column of yes and no, and what their scores mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]

# Platt's own fit is unpenalised; a very weak penalty keeps it finite where classes do not overlap.
_CALIBRATION_C = 1e3


@dataclass(frozen=True, kw_only=True)
class LinearHeads:
    """One weighted sum of the features per column.

    ``coefficients`` has shape (features, columns), ``intercepts`` (columns,), both float32. A
    column that was all yes or all no when fitted has neither: its scores are 0.
    """

    coefficients: NDArray[np.float32]
    intercepts: NDArray[np.float32]

    def scores(self, features: Any) -> Floats:  # noqa: ANN401 - dense or SciPy sparse
        """Log odds of yes, shape (rows, columns)."""
        return np.asarray(features @ self.coefficients + self.intercepts, dtype=np.float64)


def fit_heads(
    features: Any,  # noqa: ANN401 - dense or SciPy sparse
    truth: Truth,
    *,
    weights: Floats,
    penalty: float,
    seed: int = 0,
) -> LinearHeads:
    """Fit every column of ``truth`` (rows, columns) on ``features``, rows by their ``weights``.

    Yes and no weigh the same however rare yes is; ``penalty`` is scikit-learn's C, the inverse of
    the penalty's strength.
    """
    coefficients = np.zeros((features.shape[1], truth.shape[1]), dtype=np.float32)
    intercepts = np.zeros(truth.shape[1], dtype=np.float32)
    for column in range(truth.shape[1]):
        if truth[:, column].all() or not truth[:, column].any():
            continue
        fitted = LogisticRegression(
            C=penalty, class_weight="balanced", solver="liblinear", random_state=seed
        ).fit(features, truth[:, column], sample_weight=weights)
        coefficients[:, column] = fitted.coef_[0]
        intercepts[column] = fitted.intercept_[0]
    return LinearHeads(coefficients=coefficients, intercepts=intercepts)


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
