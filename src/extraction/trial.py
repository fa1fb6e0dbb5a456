"""A trial of a recipe: scores for passages whose study was held back, and the figures they give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extraction.clauses import read_by_clause
from extraction.direction import DirectionJudge, fit_direction_judge
from extraction.evaluate import TaggingFigures, ThemeOutcome, evaluate_themes
from extraction.evaluate_direction import DirectionFigures, DirectionOutcome, evaluate_direction
from extraction.figures import average_figures
from extraction.labelled import FACILITATES, HINDERS, NEITHER, TrainingRows
from extraction.scorer import ScorerFit, Views
from extraction.themes import ThemeJudge, can_hold_studies_back, fit_judge, plan_folds
from review.language import Encoder

DRAWS_OF_FOLDS = 3
_DRAWS_OF_STUDIES = 300


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Out-of-fold views of the rows that were held back in turn.

    ``folds`` number rows of ``rows``; ``views`` cover all rows and hold zeros for those that were
    learnt from throughout.
    """

    rows: TrainingRows
    folds: tuple[NDArray[np.intp], ...]
    views: Views

    @property
    def held_back(self) -> NDArray[np.intp]:
        """The rows that are judged, in their order: those tested on, or all for want of them."""
        held_back = np.sort(np.concatenate(self.folds))
        return held_back[self.rows.tested[held_back]] if self.by_study else held_back

    @property
    def by_study(self) -> bool:
        """Whether whole studies were held back, so that the figures mean something."""
        return can_hold_studies_back(self.rows)

    def judge_themes(self, known: NDArray[np.intp]) -> ThemeJudge:
        """Scales, calibration and thresholds from some of the rows held back."""
        return fit_judge(
            self.views.part(known), self.rows.themes[known], judged=self.rows.judged[known]
        )

    def judge_direction(self, known: NDArray[np.intp]) -> DirectionJudge:
        """Calibration and cut of the direction from some of the rows held back."""
        return fit_direction_judge(self.views.directions[known], self.rows.directions[known])


def try_out(rows: TrainingRows, fitted: ScorerFit, encoder: Encoder, *, seed: int = 0) -> Trial:
    """Hold rows back fold by fold and score them, as new ones are, by what the others teach.

    ``fitted`` is the fit of these rows, from which some can be taken out. Directions are of the
    themes that people gave.
    """
    held = Views(
        themes=np.zeros(rows.themes.shape),
        gate=np.zeros(len(rows.texts)),
        directions=np.zeros(rows.themes.shape),
    )
    folds = plan_folds(rows, seed=seed)
    for fold in folds:
        scorer, own = fitted.scorer(without=fold), rows.part(fold)
        views = scorer.views(own.texts, own.vectors)
        held.themes[fold], held.gate[fold] = views.themes, views.gate
        held.directions[fold] = read_by_clause(views, own.texts, own.themes, scorer, encoder)
    return Trial(rows=rows, folds=tuple(folds), views=held)


def cross_validate(
    rows: TrainingRows,
    themes: Sequence[str],
    encoder: Encoder,
    *,
    seed: int = 0,
    draws: int = DRAWS_OF_FOLDS,
) -> tuple[TaggingFigures, DirectionFigures] | None:
    """Figures of cross-validation by study, averaged over draws of folds.

    Scales, calibration, thresholds and cuts are fitted on other folds than those they judge. None
    where too few studies are labelled to hold some back.
    """
    tagging, direction = [], []
    fitted = ScorerFit(rows)
    for draw in range(seed, seed + draws):
        trial = try_out(rows, fitted, encoder, seed=draw)
        if not trial.by_study:
            return None
        tagging.append(evaluate_themes(theme_outcome_of(trial, themes), draws=_DRAWS_OF_STUDIES))
        direction.append(evaluate_direction(direction_outcome_of(trial), draws=_DRAWS_OF_STUDIES))
    return average_figures(tagging), average_figures(direction)


def theme_outcome_of(trial: Trial, themes: Sequence[str]) -> ThemeOutcome:
    """What each fold's rows get from scorers and a judge that have seen other folds only."""
    rows, tested = trial.rows, trial.held_back
    scores = np.zeros(rows.themes.shape)
    suggested = np.zeros(rows.themes.shape, dtype=np.bool_)
    relevance = np.zeros(len(rows.texts))
    for fold in trial.folds:
        judge = trial.judge_themes(np.setdiff1d(tested, fold))
        views = trial.views.part(fold)
        scores[fold] = judge.probabilities(views)
        suggested[fold] = scores[fold] >= judge.thresholds
        relevance[fold] = judge.relevance(views)
    return ThemeOutcome(
        themes=tuple(themes),
        truth=rows.themes[tested],
        scores=scores[tested],
        suggested=suggested[tested],
        relevance=relevance[tested],
        groups=tuple(rows.groups[row] for row in tested),
    )


def direction_outcome_of(trial: Trial) -> DirectionOutcome:
    """The direction of every true theme of the rows held back, judged as above."""
    rows, tested = trial.rows, trial.held_back
    facilitating = np.zeros(rows.themes.shape)
    cuts = np.zeros(len(rows.texts))
    for fold in trial.folds:
        judge = trial.judge_direction(np.setdiff1d(tested, fold))
        facilitating[fold] = judge.facilitating(trial.views.directions[fold])
        cuts[fold] = judge.cut
    said = rows.directions != 0
    said[np.setdiff1d(np.arange(len(rows.texts)), tested)] = False
    sentences, themes = np.nonzero(said)
    probabilities = facilitating[sentences, themes]
    surer = np.maximum(probabilities, 1 - probabilities)
    return DirectionOutcome(
        passages=sentences,
        truth=rows.directions[sentences, themes],
        named=np.where(
            surer < cuts[sentences], NEITHER, np.where(probabilities >= 0.5, FACILITATES, HINDERS)
        ),
        facilitating=probabilities,
        groups=tuple(rows.groups[row] for row in sentences),
    )
