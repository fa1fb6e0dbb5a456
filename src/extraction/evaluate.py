"""How well themes are found: figures per theme and over all, with intervals over studies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from extraction.calibration import Floats, Truth, any_theme
from extraction.figures import (
    DRAWS,
    Interval,
    area_under_curve,
    calibration_error,
    intervals_over_studies,
    mean_known,
    share,
)
from extraction.labelled import LabelledPassage
from review.annotations import PassageTags

# Fewer labelled passages than this and a theme's own figures are hardly more than an anecdote.
THIN = 30
# What a reading order must not miss, and at which it is asked how much of what is shown counts.
_RECALL_WANTED = 0.95
_OF_A_THEME = ("precision", "recall", "f1", "average_precision")


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
    intervals: Mapping[str, Interval]

    @property
    def thin(self) -> bool:
        """Whether too few passages bear the theme to rely on its figures."""
        return self.passages < THIN


@dataclass(frozen=True, kw_only=True)
class TaggingFigures:
    """All themes together; every figure but the counts in [0, 1], NaN where undefined.

    ``macro_f1``, ``micro_f1``, ``worst_f1`` (that of the theme found worst) and
    ``tags_per_passage`` are of the suggested themes;
    ``recall_at_3`` is the share of true themes among the three best of their passage;
    ``gate_auc`` says how well relevance tells passages with a theme from those without, and
    ``gate_precision`` how many of the passages bear one that must be shown, likeliest first,
    until 95 % of those that do are seen;
    ``none_specificity`` is the share of passages without a theme that get no suggestion;
    ``calibration_error`` is the expected calibration error over all passages and themes.
    ``intervals`` holds 95 % intervals of the figures, from drawing whole studies.
    """

    passages: int
    studies: int
    macro_f1: float
    micro_f1: float
    worst_f1: float
    macro_average_precision: float
    recall_at_3: float
    gate_auc: float
    gate_precision: float
    none_specificity: float
    tags_per_passage: float
    calibration_error: float
    themes: tuple[ThemeFigures, ...]
    intervals: Mapping[str, Interval]


def evaluate_themes(outcome: ThemeOutcome, *, seed: int = 0, draws: int = DRAWS) -> TaggingFigures:
    """All figures of an outcome, with bootstrap intervals over studies.

    Raises ValueError where there is no passage.
    """
    if not len(outcome.truth):
        raise ValueError("no passages to evaluate on")
    intervals = intervals_over_studies(
        outcome.groups, lambda rows: _drawn(outcome.draw(rows)), seed=seed, draws=draws
    )
    figures = _overall(outcome, _per_theme(outcome))
    return TaggingFigures(
        passages=len(outcome.truth),
        studies=len(set(outcome.groups)),
        **figures,
        themes=_per_theme(outcome, intervals),
        intervals={name: intervals[name] for name in figures if name in intervals},
    )


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


def _drawn(outcome: ThemeOutcome) -> dict[str, float]:
    """The figures of one drawing of studies; those of a theme as "theme f1" and so on."""
    per_theme = _per_theme(outcome)
    own = {
        f"{figures.theme} {name}": getattr(figures, name)
        for figures in per_theme
        for name in _OF_A_THEME
    }
    return {**_overall(outcome, per_theme), **own}


def _overall(outcome: ThemeOutcome, per_theme: Sequence[ThemeFigures]) -> dict[str, float]:
    truth, suggested = outcome.truth, outcome.suggested
    themed = any_theme(truth)
    right, said, true = (truth & suggested).sum(), suggested.sum(), truth.sum()
    best = np.argsort(-outcome.scores, axis=1, kind="stable")[:, :3]
    known = [theme.f1 for theme in per_theme if not np.isnan(theme.f1)]
    return {
        "macro_f1": mean_known(known),
        "micro_f1": float(2 * right / (said + true)) if said + true else float("nan"),
        "worst_f1": min(known, default=float("nan")),
        "macro_average_precision": mean_known([theme.average_precision for theme in per_theme]),
        "recall_at_3": float(np.take_along_axis(truth, best, axis=1).sum() / true)
        if true
        else float("nan"),
        "gate_auc": area_under_curve(themed, outcome.relevance),
        "gate_precision": _precision_at_recall(themed, outcome.relevance),
        "none_specificity": share(~any_theme(suggested[~themed])),
        "tags_per_passage": float(suggested.sum(axis=1).mean()),
        "calibration_error": calibration_error(truth, outcome.scores),
    }


def _precision_at_recall(truth: Truth, scores: Floats) -> float:
    """The share of yes down to the score at which 95 % of all yes are reached, ties included."""
    if not truth.any():
        return float("nan")
    wanted = int(np.ceil(_RECALL_WANTED * truth.sum()))
    return share(truth[scores >= np.sort(scores[truth])[-wanted]])


def _per_theme(
    outcome: ThemeOutcome, intervals: Mapping[str, Interval] | None = None
) -> tuple[ThemeFigures, ...]:
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
                intervals={
                    name: intervals[f"{theme} {name}"]
                    for name in _OF_A_THEME
                    if intervals and f"{theme} {name}" in intervals
                },
            )
        )
    return tuple(figures)
