"""How many relevant records the ranking itself expects among those that nobody screened."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

# Given labels by record, the scores in (0, 1) of other records.
Score = Callable[[Mapping[int, bool], Collection[int]], Mapping[int, float]]

_FOLDS = 5
# Keeps the logarithm of odds finite where a score is 0 or 1 but for rounding.
_NARROWEST = 1e-9
# Hardly any penalty: there are two numbers to fit and always dozens of labels.
_STRENGTH = 1e3


def expect_relevant(score: Score, labels: Mapping[int, bool], still_open: Collection[int]) -> float:
    """The number of relevant records to be expected among the open ones, infinite if unknown.

    Labelled records and open ones are scored by rankings that learnt from the other labels, a fifth
    of the labels held back at a time; a logistic curve from the scores held back to their labels
    (Platt 1999) makes probabilities of those of the open records, and their sum is returned. To sum
    a model's probabilities over what was not read is the estimate of Yang, Lewis and Frieder
    (DocEng 2021, arXiv:2106.09871), here with scores held back. It errs towards too many: open
    records score lower than nearly all that are labelled, and the curve falls off more slowly there
    than the truth does. Unknown where fewer than two records of either kind are labelled.
    """
    if not still_open:
        return 0.0
    records = np.array(sorted(labels), dtype=np.int64)
    relevant = np.array([labels[int(record)] for record in records], dtype=bool)
    folds = min(_FOLDS, int(relevant.sum()), int((~relevant).sum()))
    if folds < 2:
        return float("inf")
    known, unknown = np.zeros(len(records)), []
    parts = StratifiedKFold(folds, shuffle=True, random_state=0)
    for learnt, held_back in parts.split(records, relevant):
        taught = {int(records[n]): bool(relevant[n]) for n in learnt}
        # One ranking scores both: from one to the next the scale of the scores moves.
        scores = score(taught, [*records[held_back].tolist(), *still_open])
        known[held_back] = [scores[int(record)] for record in records[held_back]]
        unknown += [scores[record] for record in still_open]
    curve = LogisticRegression(C=_STRENGTH).fit(_log_odds(known), relevant)
    return float(curve.predict_proba(_log_odds(np.array(unknown)))[:, 1].sum()) / folds


def _log_odds(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(logit(np.clip(scores, _NARROWEST, 1 - _NARROWEST)))[:, np.newaxis]
