"""A trial of new annotations: the present recipe and one that also learns from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extraction.calibration import Floats, Truth
from extraction.clauses import read_by_clause
from extraction.evaluate import ThemeOutcome, evaluate_themes
from extraction.fit import fit_rows
from extraction.labelled import FACILITATES, HINDERS, NEITHER, TrainingRows
from extraction.model import ExtractionModel
from extraction.themes import can_hold_studies_back, plan_folds
from review.language import Encoder
from review.protocol import Codebook
from review.relearning import Comparison, Rows, Rule, compare_figures

# Suggestions order the reviewers' work: the main figure is how well they are ordered, and what
# would be seen later than now is the loss to be ruled out.
RULE = Rule(
    main="ranking",
    floors={"recall": 0.02, "direction": 0.03},
    words={
        "ranking": "mean average precision of the themes",
        "recall": "true themes among the first three",
        "f1": "mean F1 of the themes suggested",
        "direction": "right directions",
    },
)


def compare_recipes(
    codebook: Codebook,
    rows: TrainingRows,
    encoder: Encoder,
    *,
    new: NDArray[np.bool_],
    tested: NDArray[np.bool_],
    seed: int = 0,
) -> Comparison | None:
    """Judge passages by models that saw nothing of their study, and compare the ``tested``.

    The rows ``new`` teach the candidate only; both masks have the length of ``rows``. In each of
    five folds, whole studies in each, both recipes are fitted as for use, thresholds included.
    None where too few studies are labelled to hold some back.
    """
    if not can_hold_studies_back(rows):
        return None
    outcomes: list[list[_Outcome]] = [[], []]
    for fold in plan_folds(rows, seed=seed):
        learnt = np.ones(len(rows.texts), dtype=np.bool_)
        learnt[fold] = False
        held = rows.part(fold[tested[fold]])
        for arm, taught in zip(outcomes, (learnt & ~new, learnt), strict=True):
            model = fit_rows(codebook, rows.part(taught), encoder, name="trial", seed=seed)
            arm.append(_Outcome.of(model, held, encoder))
    present, candidate = (_Outcome.join(arm) for arm in outcomes)
    return compare_figures(
        present.themes.groups, present.figures, candidate.figures, RULE, seed=seed
    )


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """What a model said of passages held back; ``asked`` and ``right`` count their directions.

    Both have shape (passages,), and count facilitators and barriers that a person named.
    """

    themes: ThemeOutcome
    asked: NDArray[np.int_]
    right: NDArray[np.int_]

    @classmethod
    def of(cls, model: ExtractionModel, held: TrainingRows, encoder: Encoder) -> _Outcome:
        views = model.scorer.views(held.texts, held.vectors)
        named = _named(model, read_by_clause(views, held.texts, held.themes, model.scorer, encoder))
        scores = model.judge.probabilities(views)
        clear = np.abs(held.directions) == 1
        return cls(
            themes=ThemeOutcome(
                themes=model.themes,
                truth=held.themes,
                scores=scores,
                suggested=scores >= model.judge.thresholds,
                relevance=model.judge.relevance(views),
                groups=held.groups,
            ),
            asked=clear.sum(axis=1),
            right=(clear & (named == held.directions)).sum(axis=1),
        )

    @classmethod
    def join(cls, parts: list[_Outcome]) -> _Outcome:
        said = [part.themes for part in parts]
        return cls(
            themes=ThemeOutcome(
                themes=said[0].themes,
                truth=np.concatenate([one.truth for one in said]),
                scores=np.concatenate([one.scores for one in said]),
                suggested=np.concatenate([one.suggested for one in said]),
                relevance=np.concatenate([one.relevance for one in said]),
                groups=tuple(group for one in said for group in one.groups),
            ),
            asked=np.concatenate([part.asked for part in parts]),
            right=np.concatenate([part.right for part in parts]),
        )

    def figures(self, rows: Rows) -> Mapping[str, float]:
        found = evaluate_themes(self.themes.draw(rows), draws=0)
        asked = self.asked[rows].sum()
        return {
            "ranking": found.macro_average_precision,
            "recall": found.recall_at_3,
            "f1": found.macro_f1,
            "direction": float(self.right[rows].sum() / asked) if asked else float("nan"),
        }


def _named(model: ExtractionModel, scores: Floats) -> NDArray[np.int_]:
    """The direction named for every theme of every passage, shape (passages, themes)."""
    facilitating = model.direction_judge.facilitating(scores)
    unsure: Truth = np.maximum(facilitating, 1 - facilitating) < model.direction_judge.cut
    return np.where(unsure, NEITHER, np.where(facilitating >= 0.5, FACILITATES, HINDERS))
