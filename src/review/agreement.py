"""How far people who read the same, each on their own, say the same: figures with intervals.

Every figure is worked from counts that add up over studies, so that an interval comes from drawing
whole studies anew (percentile bootstrap, Efron 1979): answers on one study are not independent.
A figure that the answers do not determine is not stated, and says why.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Resamples for one interval.
RESAMPLES = 1000
# A figure that more of the resamples than this leave undetermined gets no interval.
_UNDETERMINED = 0.05

_FIGURES = ("raw", "positive", "prevalence", "kappa", "alpha", "ac1")

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Rating:
    """What one person said of one unit: a report and criterion, say, or a passage and theme."""

    unit: Hashable
    study: int
    rater: str
    category: str


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure and the interval that holds it in 95 % of resamples.

    ``value`` is None where the ratings do not determine it, ``low`` and ``high`` are None where no
    interval can be stated; ``why`` then says why, in a few words.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far ratings agree on ``units`` of ``studies`` that at least two people rated.

    ``alike`` of the units got the same from everyone who rated them. ``raw`` is the share of pairs
    of ratings that are the same, a mean over units; ``positive`` the same among the ratings that
    name the positive category, ``prevalence`` the share of ratings that name it: all in [0, 1].
    ``kappa`` (of exactly two raters), ``alpha`` and ``ac1`` are corrected for chance: 1 is perfect,
    0 no better than chance, less is worse.
    """

    units: int
    studies: int
    raters: tuple[str, ...]
    alike: int
    raw: Figure
    positive: Figure
    prevalence: Figure
    kappa: Figure
    alpha: Figure
    ac1: Figure


def measure_agreement(
    ratings: Sequence[Rating], positive: str = "", *, seed: int = 0, resamples: int = RESAMPLES
) -> Agreement:
    """The agreement in ratings that were given independently, at most one per unit and rater.

    ``positive`` is the category of positive agreement and prevalence (Cicchetti and Feinstein,
    J Clin Epidemiol 1990;43:551-558; over several raters as Fleiss has it, Psychol Bull
    1971;76:378-382); without one the two are not stated. Kappa is Cohen's (Educ Psychol Meas
    1960;20:37-46). Alpha is Krippendorff's for names (Computing Krippendorff's alpha-reliability,
    2011), in which units may lack ratings. AC1 is Gwet's (Br J Math Stat Psychol 2008;61:29-48),
    over the categories that were used; in its chance, units rated once count, too.

    Raises ValueError where a rater rates a unit twice.
    """
    counted = _Counts(ratings)
    if not counted.units:
        none = Figure(why="nobody rated the same twice")
        return _agreement(counted, dict.fromkeys(_FIGURES, none))
    draws = _draws(len(counted.studies), seed, resamples)
    place = counted.categories.get(positive)
    return _agreement(
        counted,
        {name: _figure(name, counted, draws, place) for name in _FIGURES},
    )


def pairs_of_raters(ratings: Iterable[Rating]) -> dict[tuple[str, str], list[Rating]]:
    """For every two people who rated a unit both, their ratings of what both rated."""
    pairs: dict[tuple[str, str], list[Rating]] = {}
    for shared in _by_unit(ratings).values():
        raters = sorted(shared)
        for place, first in enumerate(raters):
            for second in raters[place + 1 :]:
                pairs.setdefault((first, second), []).extend((shared[first], shared[second]))
    return dict(sorted(pairs.items()))


class _Counts:
    """Ratings as sums per study, from which every figure follows.

    With S studies and Q categories: ``rated`` (S) units with a rating, ``shares`` (S, Q) the
    categories' shares in these; ``paired`` (S) units with two ratings or more, ``same`` (S) the
    shares of like pairs in these; ``coincidences`` (S, Q, Q) pairs of ratings of a unit, weighted
    so that each rating counts once; ``table`` (S, Q, Q) the first rater's category by the
    second's, where there are two raters.
    """

    def __init__(self, ratings: Sequence[Rating]) -> None:
        by_unit = _by_unit(ratings)
        self.raters = tuple(sorted({r.rater for r in ratings}))
        self.categories = {c: n for n, c in enumerate(sorted({r.category for r in ratings}))}
        self.studies = {s: n for n, s in enumerate(sorted({r.study for r in ratings}))}
        size, many = len(self.studies), len(self.categories)
        self.rated, self.paired, self.same = np.zeros(size), np.zeros(size), np.zeros(size)
        self.shares = np.zeros((size, many))
        self.coincidences = np.zeros((size, many, many))
        self.table = np.zeros((size, many, many))
        self.units = self.alike = 0
        self.paired_studies: set[int] = set()
        self.paired_categories: set[str] = set()
        for shared in by_unit.values():
            self._add(shared)

    def _add(self, shared: Mapping[str, Rating]) -> None:
        said = list(shared.values())
        place = self.studies[said[0].study]
        counts = np.zeros(len(self.categories))
        for rating in said:
            counts[self.categories[rating.category]] += 1
        number = len(said)
        self.rated[place] += 1
        self.shares[place] += counts / number
        if number < 2:
            return
        pairs = np.outer(counts, counts) - np.diag(counts)
        self.paired[place] += 1
        self.same[place] += np.trace(pairs) / (number * (number - 1))
        self.coincidences[place] += pairs / (number - 1)
        self.units += 1
        self.alike += counts.max() == number
        self.paired_studies.add(place)
        self.paired_categories |= {rating.category for rating in said}
        if len(self.raters) == 2:
            first, second = (self.categories[shared[name].category] for name in self.raters)
            self.table[place, first, second] += 1


def _by_unit(ratings: Iterable[Rating]) -> dict[Hashable, dict[str, Rating]]:
    units: dict[Hashable, dict[str, Rating]] = {}
    for rating in ratings:
        shared = units.setdefault(rating.unit, {})
        if rating.rater in shared:
            raise ValueError(f"{rating.rater} rates {rating.unit} twice")
        shared[rating.rater] = rating
    return units


def _draws(studies: int, seed: int, resamples: int) -> Floats:
    """How often each study is drawn: once each in the first row, at random in the others."""
    random = np.random.default_rng(seed)
    drawn = random.multinomial(studies, np.full(studies, 1 / studies), size=resamples)
    return np.vstack([np.ones((1, studies)), drawn])


def _figure(name: str, counted: _Counts, draws: Floats, positive: int | None) -> Figure:
    refusal = _refusal(name, counted, positive)
    if refusal:
        return Figure(why=refusal)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = _values(name, counted, draws, positive)
    if np.isnan(values[0]):
        return Figure(why="nobody said so")
    return _with_interval(float(values[0]), values[1:], len(counted.paired_studies))


def _refusal(name: str, counted: _Counts, positive: int | None) -> str:
    """Why a figure cannot be stated; empty where it can."""
    if len(counted.paired_categories) < 2:
        return "everyone always said the same one thing"
    if name == "kappa" and len(counted.raters) != 2:
        return "of two people only"
    if name in ("positive", "prevalence") and positive is None:
        return "nobody said so"
    return ""


def _values(name: str, counted: _Counts, draws: Floats, positive: int | None) -> Floats:
    """The figure in each draw (N studies a row), NaN where it is not determined."""
    if name == "raw":
        return np.asarray((draws @ counted.same) / (draws @ counted.paired))
    if name == "ac1":
        return _ac1(counted, draws)
    table = counted.table if name == "kappa" else counted.coincidences
    sums = np.tensordot(draws, table, axes=1)  # (draws, Q, Q)
    if name == "kappa":
        return _kappa(sums)
    if name == "alpha":
        return _alpha(sums)
    named = sums[:, positive].sum(axis=-1)
    whole = named if name == "positive" else sums.sum(axis=(1, 2))
    return np.asarray((sums[:, positive, positive] if name == "positive" else named) / whole)


def _kappa(table: Floats) -> Floats:
    number = table.sum(axis=(1, 2))
    same = np.trace(table, axis1=1, axis2=2) / number
    chance = (table.sum(axis=1) * table.sum(axis=2)).sum(axis=1) / number**2
    return _corrected(same, chance)


def _alpha(coincidences: Floats) -> Floats:
    named = coincidences.sum(axis=2)
    number = named.sum(axis=1)
    same = np.trace(coincidences, axis1=1, axis2=2) / number
    # A pair is two different ratings, so chance draws without putting back.
    chance = (named * (named - 1)).sum(axis=1) / (number * (number - 1))
    return _corrected(same, chance)


def _ac1(counted: _Counts, draws: Floats) -> Floats:
    same = (draws @ counted.same) / (draws @ counted.paired)
    shares = (draws @ counted.shares) / (draws @ counted.rated)[:, None]
    chance = (shares * (1 - shares)).sum(axis=1) / (len(counted.categories) - 1)
    # A draw in which one category alone is left says as little as such a set of ratings.
    return np.where(shares.max(axis=1) < 1, _corrected(same, chance), np.nan)


def _corrected(same: Floats, chance: Floats) -> Floats:
    return np.asarray(np.where(np.isclose(chance, 1), np.nan, (same - chance) / (1 - chance)))


def _with_interval(value: float, drawn: Floats, studies: int) -> Figure:
    if studies < 2:
        return Figure(value=value, why="no interval from one study")
    known = drawn[~np.isnan(drawn)]
    if len(known) < (1 - _UNDETERMINED) * len(drawn):
        return Figure(value=value, why="no interval: too few studies determine it")
    low, high = (float(edge) for edge in np.quantile(known, [0.025, 0.975]))
    if np.isclose(low, high):
        return Figure(value=value, why="no interval: drawing studies anew changes nothing")
    return Figure(value=value, low=low, high=high)


def _agreement(counted: _Counts, figures: Mapping[str, Figure]) -> Agreement:
    return Agreement(
        units=counted.units,
        studies=len(counted.paired_studies),
        raters=counted.raters,
        alike=int(counted.alike),
        **{name: figures[name] for name in _FIGURES},
    )
