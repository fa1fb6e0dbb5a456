"""What every figure of a test needs: intervals over studies, means over draws, calibration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from extraction.calibration import Floats, Truth

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Interval = tuple[float, float]

# Drawings of studies behind an interval.
DRAWS = 500
_BANDS = 10
_Figures = TypeVar("_Figures", bound="DataclassInstance")


def intervals_over_studies(
    groups: Sequence[str],
    figures: Callable[[NDArray[np.intp]], dict[str, float]],
    *,
    seed: int,
    draws: int,
) -> dict[str, Interval]:
    """95 % percentile intervals from drawing whole studies with replacement (Efron 1979).

    ``figures`` gets the numbers of the rows drawn, each as often as its study is. Empty where
    there is nothing to draw; a figure undefined in every drawing has no interval.
    """
    if not draws or not groups:
        return {}
    random = np.random.default_rng(seed)
    names, places = np.unique(np.array(groups, dtype=str), return_inverse=True)
    members = [np.flatnonzero(places == number) for number in range(len(names))]
    drawn = [
        figures(
            np.concatenate([members[m] for m in random.integers(len(members), size=len(members))])
        )
        for _ in range(draws)
    ]
    intervals: dict[str, Interval] = {}
    for name in drawn[0]:
        values = np.array([one[name] for one in drawn])
        known = values[~np.isnan(values)]
        if len(known):
            low, high = np.quantile(known, [0.025, 0.975])
            intervals[name] = (float(low), float(high))
    return intervals


def average_figures(several: Sequence[_Figures]) -> _Figures:
    """The mean of figures of the same passages under different draws of folds.

    Intervals are averaged end by end, themes one by one, counts rounded. Raises ValueError where
    there is none.
    """
    if not several:
        raise ValueError("no figures to average")
    mean: dict[str, Any] = {}
    for field in fields(several[0]):
        values = [getattr(one, field.name) for one in several]
        mean[field.name] = _average(values)
    return type(several[0])(**mean)


def calibration_error(truth: Truth, probabilities: Floats) -> float:
    """Expected calibration error over ten bands of equal width, in [0, 1] (Naeini 2015).

    NaN where there is nothing to compare.
    """
    said, expected = np.ravel(truth).astype(float), np.ravel(probabilities)
    if not len(said):
        return float("nan")
    bands = np.minimum((expected * _BANDS).astype(int), _BANDS - 1)
    gaps = np.bincount(bands, said - expected, minlength=_BANDS)
    return float(np.abs(gaps).sum() / len(said))


def area_under_curve(truth: Truth, scores: Floats) -> float:
    """The share of pairs of yes and no in which yes scores higher; NaN where one is missing."""
    if not len(truth) or truth.all() or not truth.any():
        return float("nan")
    return float(roc_auc_score(truth, scores))


def share(values: NDArray[np.bool_]) -> float:
    """The share of yes; NaN of nothing."""
    return float(values.mean()) if len(values) else float("nan")


def mean_known(values: Sequence[float]) -> float:
    """The mean of those that are defined; NaN of nothing."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _average(values: Sequence[Any]) -> Any:  # noqa: ANN401 - as many types as there are fields
    first = values[0]
    if is_dataclass(first):
        return average_figures(values)
    if isinstance(first, tuple):
        return tuple(_average(group) for group in zip(*values, strict=True))
    if isinstance(first, Mapping):
        shared = [name for name in first if all(name in value for value in values)]
        return {name: _average([value[name] for value in values]) for name in shared}
    if isinstance(first, int):
        return round(sum(values) / len(values))
    return mean_known(values) if isinstance(first, float) else first
