"""How far people who read the same, each on their own, say the same: figures with intervals.

Every figure is worked from counts that add up over studies, so that an interval comes from drawing
whole studies anew (percentile bootstrap, Efron 1979): answers on one study are not independent.
A figure that the answers do not determine is not stated, and says why.
"""

from __future__ import annotations

from collections import Counter
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
    counted = _count(ratings)
    if not counted.units:
        none = Figure(why="nobody rated the same twice")
        return _agreement(counted, dict.fromkeys(_FIGURES, none))
    draws = _draw_studies(counted, seed, resamples)
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


@dataclass(frozen=True, kw_only=True)
class _Counts:
    """Ratings counted so that studies can be drawn anew at the cost of their kinds.

    A pattern is what one unit was rated: the two raters' categories in their order, or the sorted
    categories of any other number. ``kinds`` (K, P) says how often each of P patterns stands in
    each of K kinds of studies, ``sizes`` (K) how many studies are of a kind.
    """

    raters: tuple[str, ...]
    categories: Mapping[str, int]
    patterns: tuple[tuple[int, ...], ...]
    kinds: Floats
    sizes: Floats
    units: int
    studies: int
    alike: int

    @property
    def paired_categories(self) -> set[int]:
        """The categories in units that were rated twice or more."""
        return {category for p in self.patterns if len(p) > 1 for category in p}


def _count(ratings: Sequence[Rating]) -> _Counts:
    raters = tuple(sorted({r.rater for r in ratings}))
    categories = {c: n for n, c in enumerate(sorted({r.category for r in ratings}))}
    studies: dict[int, Counter[tuple[int, ...]]] = {}
    for shared in _by_unit(ratings).values():
        said = tuple(categories[shared[name].category] for name in sorted(shared))
        pattern = said if len(raters) == 2 else tuple(sorted(said))
        studies.setdefault(next(iter(shared.values())).study, Counter())[pattern] += 1
    total: Counter[tuple[int, ...]] = Counter()
    for counts in studies.values():
        total.update(counts)
    patterns = tuple(sorted(total))
    kinds = Counter(tuple(counts[p] for p in patterns) for counts in studies.values())
    return _Counts(
        raters=raters,
        categories=categories,
        patterns=patterns,
        kinds=np.array(list(kinds), dtype=float),
        sizes=np.array(list(kinds.values()), dtype=float),
        units=sum(number for p, number in total.items() if len(p) > 1),
        studies=sum(any(len(p) > 1 for p in counts) for counts in studies.values()),
        alike=sum(n for p, n in total.items() if len(p) > 1 and len(set(p)) == 1),
    )


def _by_unit(ratings: Iterable[Rating]) -> dict[Hashable, dict[str, Rating]]:
    units: dict[Hashable, dict[str, Rating]] = {}
    for rating in ratings:
        shared = units.setdefault(rating.unit, {})
        if rating.rater in shared:
            raise ValueError(f"{rating.rater} rates {rating.unit} twice")
        shared[rating.rater] = rating
    return units


def _draw_studies(counted: _Counts, seed: int, resamples: int) -> Floats:
    """How often each pattern comes (draws, P): as it is in the first row, else by drawn studies.

    Studies of one kind are the same to every figure, so that drawing kinds by their sizes is
    drawing studies.
    """
    random = np.random.default_rng(seed)
    number = int(counted.sizes.sum())
    drawn = random.multinomial(number, counted.sizes / number, size=resamples)
    return np.asarray(np.vstack([counted.sizes, drawn]) @ counted.kinds)


def _figure(name: str, counted: _Counts, draws: Floats, positive: int | None) -> Figure:
    refusal = _refusal(name, counted, positive)
    if refusal:
        return Figure(why=refusal)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = _values(name, counted, draws, positive)
    if np.isnan(values[0]):
        return Figure(why="nobody said so")
    return _with_interval(float(values[0]), values[1:], counted.studies)


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
    """The figure in each draw, NaN where it is not determined."""
    if name in ("raw", "ac1"):
        same, paired = (
            draws @ np.array([of(p) for p in counted.patterns]) for of in (_alike, _is_paired)
        )
        return same / paired if name == "raw" else _ac1(same / paired, counted, draws)
    matrix = _crossed if name == "kappa" else _coincidences
    of_pattern = np.stack([matrix(p, len(counted.categories)) for p in counted.patterns])
    sums = np.tensordot(draws, of_pattern, axes=1)  # (draws, Q, Q)
    if name == "kappa":
        return _kappa(sums)
    if name == "alpha":
        return _alpha(sums)
    named = sums[:, positive].sum(axis=-1)
    if name == "positive":
        return np.asarray(sums[:, positive, positive] / named)
    return np.asarray(named / sums.sum(axis=(1, 2)))


def _is_paired(pattern: tuple[int, ...]) -> float:
    return float(len(pattern) > 1)


def _alike(pattern: tuple[int, ...]) -> float:
    """The share of pairs of ratings of a unit that are the same; 0 where there is none."""
    number = len(pattern)
    same = sum(many * (many - 1) for many in Counter(pattern).values())
    return same / (number * (number - 1)) if number > 1 else 0.0


def _shares(pattern: tuple[int, ...], size: int) -> Floats:
    """The share of each category in the ratings of a unit (Q)."""
    return np.bincount(pattern, minlength=size) / len(pattern)


def _crossed(pattern: tuple[int, ...], size: int) -> Floats:
    """The first rater's category by the second's (Q, Q); nothing where one of them is missing."""
    table = np.zeros((size, size))
    if len(pattern) == 2:
        table[pattern] = 1
    return table


def _coincidences(pattern: tuple[int, ...], size: int) -> Floats:
    """The pairs of ratings of a unit (Q, Q), weighted so that each rating counts once."""
    if len(pattern) < 2:
        return np.zeros((size, size))
    counts = np.bincount(pattern, minlength=size).astype(float)
    return np.asarray((np.outer(counts, counts) - np.diag(counts)) / (len(pattern) - 1))


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


def _ac1(same: Floats, counted: _Counts, draws: Floats) -> Floats:
    size = len(counted.categories)
    shares = draws @ np.stack([_shares(p, size) for p in counted.patterns])
    shares /= draws.sum(axis=1, keepdims=True)
    chance = (shares * (1 - shares)).sum(axis=1) / (size - 1)
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
        studies=counted.studies,
        raters=counted.raters,
        alike=counted.alike,
        **{name: figures[name] for name in _FIGURES},
    )
