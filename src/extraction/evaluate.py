"""How well themes and directions are found: figures per theme and over all, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from extraction.heads import Floats, Truth, any_theme
from extraction.labelled import DIRECTION_CODES, FACILITATES, LabelledPassage
from review.annotations import Direction, PassageTags

Interval = tuple[float, float]

_DRAWS = 500
_BANDS = 10
# Fewer labelled passages than this and a theme's own figures are hardly more than an anecdote.
THIN = 30


@dataclass(frozen=True, kw_only=True)
class ThemeOutcome:
    """What the machine said of passages with a known truth.

    ``truth``, ``scores`` and ``suggested`` have shape (passages, themes) in the order of
    ``themes``; ``relevance`` (passages,); ``groups`` names the study of each passage.
    """

    themes: tuple[str, ...]
    truth: Truth
    scores: Floats
    suggested: Truth
    relevance: Floats
    groups: tuple[str, ...]

    def draw(self, rows: NDArray[np.intp]) -> ThemeOutcome:
        """The outcome of some passages, each as often as it is drawn."""
        return ThemeOutcome(
            themes=self.themes,
            truth=self.truth[rows],
            scores=self.scores[rows],
            suggested=self.suggested[rows],
            relevance=self.relevance[rows],
            groups=tuple(self.groups[row] for row in rows),
        )


@dataclass(frozen=True, kw_only=True)
class ThemeFigures:
    """One theme: how many passages bear it, and how well they are found. NaN where undefined."""

    theme: str
    passages: int
    suggested: int
    precision: float
    recall: float
    f1: float
    average_precision: float

    @property
    def thin(self) -> bool:
        """Whether too few passages bear the theme to rely on its figures."""
        return self.passages < THIN


@dataclass(frozen=True, kw_only=True)
class TaggingFigures:
    """All themes together; every figure but the counts in [0, 1], NaN where undefined.

    ``macro_f1``, ``micro_f1`` and ``tags_per_passage`` are of the suggested themes;
    ``recall_at_3`` is the share of true themes among the three best of their passage;
    ``gate_auc`` says how well relevance tells passages with a theme from those without;
    ``none_specificity`` is the share of passages without a theme that get no suggestion;
    ``calibration_error`` is the expected calibration error over all passages and themes.
    ``intervals`` holds 95 % intervals of the figures, from drawing whole studies.
    """

    passages: int
    studies: int
    macro_f1: float
    micro_f1: float
    macro_average_precision: float
    recall_at_3: float
    gate_auc: float
    none_specificity: float
    tags_per_passage: float
    calibration_error: float
    themes: tuple[ThemeFigures, ...]
    intervals: Mapping[str, Interval]


_Figures = TypeVar("_Figures", "ThemeFigures", TaggingFigures, "DirectionFigures")


def evaluate_themes(outcome: ThemeOutcome, *, seed: int = 0, draws: int = _DRAWS) -> TaggingFigures:
    """All figures of an outcome, with bootstrap intervals over studies.

    Raises ValueError where there is no passage.
    """
    if not len(outcome.truth):
        raise ValueError("no passages to evaluate on")
    figures = _themes_overall(outcome)
    return TaggingFigures(
        passages=len(outcome.truth),
        studies=len(set(outcome.groups)),
        **figures,
        themes=_per_theme(outcome),
        intervals=_intervals(
            outcome.groups, lambda rows: _themes_overall(outcome.draw(rows)), seed, draws
        ),
    )


@dataclass(frozen=True, kw_only=True)
class DirectionFigures:
    """Facilitator against barrier over passages and themes where a person said one of them.

    ``forced_accuracy`` takes the likelier of the two always; ``accuracy`` counts ``unclear`` and
    ``both`` as wrong; ``answered_accuracy`` is that of the ``answered`` share.
    ``surest_70_accuracy`` is the forced accuracy on the surest 70 %. ``unclear_found`` is the share
    of those a person called unclear or both that were not called facilitator or barrier.
    """

    pairs: int
    forced_accuracy: float
    accuracy: float
    answered: float
    answered_accuracy: float
    surest_70_accuracy: float
    auc: float
    calibration_error: float
    unclear_found: float
    intervals: Mapping[str, Interval]


@dataclass(frozen=True, kw_only=True)
class DirectionOutcome:
    """Per passage and theme: the direction a person gave, the machine's, and its probability.

    ``truth`` and ``named`` are 1 facilitator, -1 barrier, 2 both or unclear; ``facilitating`` is
    the probability of facilitator, given facilitator or barrier.
    """

    truth: NDArray[np.integer[Any]]
    named: NDArray[np.integer[Any]]
    facilitating: Floats
    groups: tuple[str, ...]


def evaluate_direction(
    outcome: DirectionOutcome, *, seed: int = 0, draws: int = _DRAWS
) -> DirectionFigures:
    """All figures of an outcome, with bootstrap intervals over studies. NaN where undefined."""
    truth, named = outcome.truth, outcome.named
    clear, called = np.abs(truth) == 1, np.abs(named) == 1

    def overall(rows: NDArray[np.intp]) -> dict[str, float]:
        chosen = rows[clear[rows]]
        facilitates = truth[chosen] == FACILITATES
        probability = outcome.facilitating[chosen]
        forced = (probability >= 0.5) == facilitates
        surest = np.argsort(-np.abs(probability - 0.5), kind="stable")
        right = named[chosen] == truth[chosen]
        return {
            "forced_accuracy": _mean(forced),
            "accuracy": _mean(right),
            "answered": _mean(called[chosen]),
            "answered_accuracy": _mean(right[called[chosen]]),
            "surest_70_accuracy": _mean(forced[surest[: round(0.7 * len(surest))]]),
            "auc": _auc(facilitates, probability),
            "calibration_error": calibration_error(facilitates, probability),
            "unclear_found": _mean(~called[rows[~clear[rows]]]),
        }

    return DirectionFigures(
        pairs=int(clear.sum()),
        **overall(np.arange(len(truth))),
        intervals=_intervals(outcome.groups, overall, seed, draws),
    )


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


def theme_outcome(
    tags: Sequence[PassageTags], labelled: Sequence[LabelledPassage], themes: Sequence[str]
) -> ThemeOutcome:
    """What the machine's tags of labelled passages came to, passage by passage."""
    by_theme = [{score.theme: score for score in tag.themes} for tag in tags]
    return ThemeOutcome(
        themes=tuple(themes),
        truth=np.array([[t in p.themes for t in themes] for p in labelled], dtype=np.bool_),
        scores=np.array([[found[t].score for t in themes] for found in by_theme]),
        suggested=np.array(
            [[found[t].suggested for t in themes] for found in by_theme], dtype=np.bool_
        ),
        relevance=np.array([tag.relevance for tag in tags]),
        groups=tuple(passage.study_group for passage in labelled),
    )


def direction_outcome(
    tags: Sequence[PassageTags], labelled: Sequence[LabelledPassage]
) -> DirectionOutcome:
    """What the machine's directions of the true themes of labelled passages came to.

    Where it names both or neither, the likelier of the two is not told, and counts as a coin's
    throw.
    """
    found = [
        (passage.directions[score.theme], score, passage.study_group)
        for tag, passage in zip(tags, labelled, strict=True)
        for score in tag.themes
        if score.theme in passage.directions
    ]
    surer = {Direction.FACILITATOR: 1.0, Direction.BARRIER: -1.0}
    return DirectionOutcome(
        truth=np.array([DIRECTION_CODES[said] for said, _, _ in found], dtype=np.int8),
        named=np.array([DIRECTION_CODES[score.direction] for _, score, _ in found], dtype=np.int8),
        facilitating=np.array(
            [0.5 + surer.get(s.direction, 0.0) * (s.direction_score - 0.5) for _, s, _ in found]
        ),
        groups=tuple(group for _, _, group in found),
    )


def _average(values: Sequence[Any]) -> Any:  # noqa: ANN401 - as many types as there are fields
    first = values[0]
    if isinstance(first, ThemeFigures):
        return average_figures(values)
    if isinstance(first, tuple):
        return tuple(_average(group) for group in zip(*values, strict=True))
    if isinstance(first, Mapping):
        shared = [name for name in first if all(name in value for value in values)]
        return {name: _average([value[name] for value in values]) for name in shared}
    if isinstance(first, int):
        return round(sum(values) / len(values))
    return _nanmean(values) if isinstance(first, float) else first


def _themes_overall(outcome: ThemeOutcome) -> dict[str, float]:
    truth, suggested = outcome.truth, outcome.suggested
    per_theme = _per_theme(outcome)
    themed = any_theme(truth)
    right, said, true = (truth & suggested).sum(), suggested.sum(), truth.sum()
    best = np.argsort(-outcome.scores, axis=1, kind="stable")[:, :3]
    return {
        "macro_f1": _nanmean([theme.f1 for theme in per_theme]),
        "micro_f1": float(2 * right / (said + true)) if said + true else float("nan"),
        "macro_average_precision": _nanmean([theme.average_precision for theme in per_theme]),
        "recall_at_3": float(np.take_along_axis(truth, best, axis=1).sum() / true)
        if true
        else float("nan"),
        "gate_auc": _auc(themed, outcome.relevance),
        "none_specificity": _mean(~any_theme(suggested[~themed])),
        "tags_per_passage": float(suggested.sum(axis=1).mean()),
        "calibration_error": calibration_error(truth, outcome.scores),
    }


def _per_theme(outcome: ThemeOutcome) -> tuple[ThemeFigures, ...]:
    figures = []
    for column, theme in enumerate(outcome.themes):
        truth, suggested = outcome.truth[:, column], outcome.suggested[:, column]
        right, said, true = (
            int(n) for n in ((truth & suggested).sum(), suggested.sum(), truth.sum())
        )
        figures.append(
            ThemeFigures(
                theme=theme,
                passages=true,
                suggested=said,
                precision=right / said if said else float("nan"),
                recall=right / true if true else float("nan"),
                # A theme that no passage bears cannot be found: it is left out of the means.
                f1=2 * right / (said + true) if true else float("nan"),
                average_precision=float(average_precision_score(truth, outcome.scores[:, column]))
                if true
                else float("nan"),
            )
        )
    return tuple(figures)


def _intervals(
    groups: Sequence[str],
    figures: Callable[[NDArray[np.intp]], dict[str, float]],
    seed: int,
    draws: int,
) -> dict[str, Interval]:
    """95 % percentile intervals from drawing whole studies with replacement (Efron 1979)."""
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


def _auc(truth: Truth, scores: Floats) -> float:
    if not len(truth) or truth.all() or not truth.any():
        return float("nan")
    return float(roc_auc_score(truth, scores))


def _mean(values: NDArray[np.bool_]) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _nanmean(values: Sequence[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")
