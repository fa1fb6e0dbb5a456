"""A trial of new decisions: the present recipe and one that also learns from them, side by side."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from review.decisions import Verdict
from review.errors import InputError
from review.protocol import Protocol
from review.relearning import Comparison, Rows, Rule, compare_figures
from screening.assess import Judgement, judge_described, judge_readings
from screening.classifier import FEWEST_GROUPS, Labels, enough_groups
from screening.criteria import compile_cues
from screening.features import Scores
from screening.fit import Sheet, fit_sheet, group_folds

# Ranking is the main figure, since recall and specificity can be had for each other by moving the
# cut. Losing an include is the worst error there is; a candidate that keeps all of them by
# excluding nothing is of no use either.
RULE = Rule(
    main="ranking",
    floors={"recall": 0.01, "specificity": 0.05},
    words={
        "ranking": "area under the curve of the probability of inclusion",
        "recall": "true includes not excluded",
        "specificity": "true excludes excluded",
    },
)
# Folds, and folds within their training parts, each need both verdicts.
FEWEST_STUDIES = 2 * FEWEST_GROUPS


def compare_recipes(
    protocol: Protocol,
    sheet: Sheet,
    encoder: str,
    *,
    new: Collection[int],
    tested: Sequence[int],
    draws: int,
    seed: int,
) -> Comparison:
    """Judge every real report by models that saw none of its study, and compare the ``tested``.

    The rows ``new`` teach the candidate only. Grouped five-fold cross-validation, ``draws`` times
    with other folds; figures are means over the draws. Both verdicts must occur among the tested.
    """
    runs = [_judge_unseen(protocol, sheet, encoder, new, seed + draw) for draw in range(draws)]
    included = np.array([sheet.labelled[n].included for n in tested], dtype=np.bool_)
    present, candidate = (
        [_Seen.of([run[arm][n] for n in tested], included) for run in runs] for arm in (0, 1)
    )
    groups = [sheet.labelled[n].group for n in tested]
    return compare_figures(groups, _mean(present), _mean(candidate), RULE, seed=seed)


def _judge_unseen(
    protocol: Protocol, sheet: Sheet, encoder: str, new: Collection[int], seed: int
) -> tuple[dict[int, Judgement], dict[int, Judgement]]:
    """Judgements of every real report by row, those of the present recipe and the candidate's."""
    judged: tuple[dict[int, Judgement], dict[int, Judgement]] = ({}, {})
    for train, test in group_folds(sheet.labelled, seed):
        held = sheet.take(test)
        for arm, taught in zip(judged, ([n for n in train if n not in new], train), strict=True):
            said = _judge(protocol, sheet.take(taught), held, encoder, seed)
            arm.update(zip(test, said, strict=True))
    return judged


def _judge(
    protocol: Protocol, taught: Sheet, held: Sheet, encoder: str, seed: int
) -> list[Judgement]:
    """As a model fitted to ``taught`` judges, or the cues alone where that is too little."""
    real = [r for r in taught.labelled if not r.constructed]
    included = np.array([r.included for r in real], dtype=np.bool_)
    if enough_groups(included, [r.group for r in real]):
        try:
            model = fit_sheet(protocol, taught, encoder, "test", seed)
        except InputError:
            pass
        else:
            return judge_described(held.readings, held.known, held.described, protocol, model)
    return judge_readings(held.readings, compile_cues(protocol), protocol, None, None)


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What one run said of the tested reports, and what people said; each of shape (reports,)."""

    included: Labels
    probability: Scores
    excluded: NDArray[np.bool_]

    @classmethod
    def of(cls, judgements: Sequence[Judgement], included: Labels) -> _Seen:
        return cls(
            included=included,
            probability=np.array([j.probability for j in judgements]),
            excluded=np.array([j.verdict is Verdict.EXCLUDE for j in judgements], dtype=np.bool_),
        )

    def figures(self, rows: Rows) -> Mapping[str, float]:
        included, excluded = self.included[rows], self.excluded[rows]
        if included.all() or not included.any():
            return dict.fromkeys(RULE.words, float("nan"))
        return {
            "ranking": float(roc_auc_score(included, self.probability[rows])),
            "recall": float((~excluded[included]).mean()),
            "specificity": float(excluded[~included].mean()),
        }


def _mean(runs: Sequence[_Seen]) -> Callable[[Rows], Mapping[str, float]]:
    def figures(rows: Rows) -> Mapping[str, float]:
        each = [run.figures(rows) for run in runs]
        return {name: float(np.mean([one[name] for one in each])) for name in RULE.words}

    return figures
