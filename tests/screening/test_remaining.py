"""What the ranking expects of open records is honest where its scores are, and held back."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pytest
from scipy.special import expit

from screening.learners import no_portraits
from screening.ranking import Question, Ranker
from screening.remaining import expect_relevant


def _fixed(scores: Mapping[int, float]):
    """A ranking that learns nothing and scores as is given."""

    def score(labels: Mapping[int, bool], records: Collection[int]) -> dict[int, float]:
        return {record: scores[record] for record in records}

    return score


def _made_up(seed: int) -> tuple[dict[int, float], dict[int, bool]]:
    """4000 records: scores, and labels as likely as a steeper curve of the scores makes them."""
    draw = np.random.default_rng(seed)
    at = draw.normal(size=4000)
    relevant = draw.random(4000) < expit(2.5 * at - 3)
    return dict(enumerate(expit(at))), dict(enumerate(relevant.tolist()))


def _upper_half(scores: Mapping[int, float]) -> list[int]:
    return sorted(scores, key=lambda record: -scores[record])[: len(scores) // 2]


@pytest.mark.parametrize("seed", range(5))
def test_scores_that_tell_the_odds_give_the_number_that_is_there(seed):
    scores, labels = _made_up(seed)
    screened = _upper_half(scores)
    known = {record: labels[record] for record in screened}
    still_open = [record for record in scores if record not in known]
    there = sum(labels[record] for record in still_open)
    expected = expect_relevant(_fixed(scores), known, still_open)
    assert abs(expected - there) < 3 * np.sqrt(there)


def test_no_record_is_scored_by_what_learnt_from_it():
    scores, labels = _made_up(0)
    known = {record: labels[record] for record in range(300)}
    asked: list[set[int]] = []

    def score(taught: Mapping[int, bool], records: Collection[int]) -> dict[int, float]:
        assert not taught.keys() & set(records)
        assert all(known[record] is label for record, label in taught.items())
        asked.append(set(records))
        return {record: scores[record] for record in records}

    expect_relevant(score, known, range(300, 400))
    assert set.union(*asked) == set(range(400))
    assert set.intersection(*asked) == set(range(300, 400))


@pytest.mark.parametrize("relevant", [0, 1, 49, 50])
def test_too_few_of_either_kind_give_no_number(relevant):
    labels = {record: record < relevant for record in range(50)}
    scores = dict.fromkeys(range(60), 0.5)
    assert expect_relevant(_fixed(scores), labels, range(50, 60)) == float("inf")


def test_where_nothing_is_open_nothing_is_expected():
    assert expect_relevant(_fixed({}), {}, ()) == 0


def test_scores_of_nothing_and_of_certainty_are_borne():
    labels = {record: record < 20 for record in range(50)}
    scores = {record: float(record < 20) for record in range(60)}
    assert expect_relevant(_fixed(scores), labels, range(50, 60)) < 0.1


def test_a_ranking_that_learns_expects_what_looks_like_the_relevant():
    texts = [f"school garden of pupils {n}" for n in range(40)]
    texts += [f"traffic at night in towns {n}" for n in range(160)]
    asked = Question(words="what do school gardens do", vectors=np.zeros((1, 0), dtype=np.float32))
    learner = Ranker(texts, no_portraits(len(texts)), asked)

    def score(labels: Mapping[int, bool], records: Collection[int]) -> dict[int, float]:
        ranked = learner.rank(labels)
        return dict(zip(ranked.places.tolist(), ranked.scores.tolist(), strict=True))

    known = {record: record < 40 for record in [*range(30), *range(40, 140)]}
    gardens, traffic = range(30, 40), range(140, 200)
    assert expect_relevant(score, known, gardens) > 9
    assert expect_relevant(score, known, traffic) < 1
