"""A candidate takes the present model's place only where it is surely better and loses nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import numpy as np

from review.relearning import Comparison, Relearnt, Rule, compare_figures

RULE = Rule(
    main="ranking",
    floors={"recall": 0.05},
    words={"ranking": "how well it ranks", "recall": "what it finds"},
)
# Forty reports of twenty studies, all ranked alike well and all found, unless a test says else.
GROUPS = [f"study {n // 2}" for n in range(40)]
WELL, BETTER, FOUND = np.full(40, 0.6), np.full(40, 0.7), np.ones(40)


def _figures(
    ranking: np.ndarray, recall: np.ndarray
) -> Callable[[np.ndarray], Mapping[str, float]]:
    return lambda rows: {
        "ranking": float(ranking[rows].mean()),
        "recall": float(recall[rows].mean()),
    }


def _compare(ranking: np.ndarray, recall: np.ndarray) -> Comparison:
    return compare_figures(GROUPS, _figures(WELL, FOUND), _figures(ranking, recall), RULE)


def test_what_is_surely_better_is_taken() -> None:
    found = _compare(BETTER, FOUND)
    assert found.better
    assert (found.rows, found.studies) == (40, 20)
    assert found.why.startswith("the candidate is better: how well it ranks 0.600, then 0.700")


# As good is not better, and neither is what is better on one study alone.
def test_what_may_be_chance_is_not_taken() -> None:
    by_chance = WELL.copy()
    by_chance[:2] += 0.4
    by_chance[2:4] -= 0.1
    for ranking in (WELL, by_chance):
        found = _compare(ranking, FOUND)
        assert not found.better
        assert "is not surely better: how well it ranks" in found.why


# However much better it ranks, a loss beyond the floor must be ruled out, by its interval.
def test_a_possible_loss_is_not_taken() -> None:
    lost = FOUND.copy()
    lost[:2] = 0
    found = _compare(BETTER, lost)
    assert not found.better
    assert (
        "a loss of 0.05 or more cannot be ruled out: what it finds 1.000, then 0.950" in found.why
    )


# What neither model was asked blocks nothing; an undefined main figure is never better, and none
# of it is written as NaN, which is no JSON.
def test_undefined_figures() -> None:
    undefined = np.full(40, np.nan)
    unasked = compare_figures(GROUPS, _figures(WELL, undefined), _figures(BETTER, undefined), RULE)
    assert unasked.better
    told = Relearnt(task="tagging", present="1", answers=1, new=1, blind=0, compared=unasked)
    assert json.loads(json.dumps(told.as_dict(), allow_nan=False))["compared"]["better"]
    assert not _compare(undefined, FOUND).better
