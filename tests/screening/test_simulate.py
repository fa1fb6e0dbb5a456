"""A replay shows every labelled record once, in the order the learner would have shown it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.errors import InputError
from screening.learners import LearnerName, make_learner, no_portraits
from screening.ranking import Question, Ranking
from screening.simulate import Priors, draw_priors, replay

_NO_QUESTION = Question(words="gardens", vectors=np.zeros((1, 0), dtype=np.float32))


class _InTurn:
    """The records in their own order; notes how many labels it was asked with."""

    def __init__(self, records: int) -> None:
        self.records = records
        self.asked: list[int] = []

    def rank(self, labels: Mapping[int, bool]) -> Ranking:
        self.asked.append(len(labels))
        places = np.array([p for p in range(self.records) if p not in labels], dtype=np.int64)
        return Ranking(places=places, scores=np.full(len(places), 0.5))


def test_records_labelled_before_and_those_without_a_label_are_never_shown() -> None:
    labels = [True, False, None, True, False]
    done = replay(_InTurn(5), labels, priors=(0, 1))
    assert done.order == (3, 4)
    assert done.relevant == (True, False)


# It learns after every label while there are few, and no more once all relevant are found.
def test_it_learns_while_there_is_something_to_find() -> None:
    learner = _InTurn(200)
    labels = [place == 99 for place in range(200)]
    done = replay(learner, labels)
    assert done.order == tuple(range(200))
    assert learner.asked[:20] == list(range(20))
    assert learner.asked[-1] in range(100, 106)


@given(labels=st.lists(st.sampled_from([True, False, None]), max_size=40))
def test_every_labelled_record_is_shown_once(labels: list[bool | None]) -> None:
    done = replay(_InTurn(len(labels)), labels)
    assert sorted(done.order) == [p for p, label in enumerate(labels) if label is not None]


def test_priors_are_drawn_alike_for_one_seed_and_leave_something_to_find() -> None:
    labels = [place % 10 == 0 for place in range(100)]
    drawn = draw_priors(labels, Priors(relevant=1, irrelevant=10), 42)
    assert drawn == draw_priors(labels, Priors(relevant=1, irrelevant=10), 42)
    assert drawn != draw_priors(labels, Priors(relevant=1, irrelevant=10), 1)
    assert [labels[place] for place in drawn] == [True] + [False] * 10
    assert draw_priors(labels, Priors(), 42) == ()


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ([True, *[False] * 20], "1 relevant records are labelled and the replay needs 2"),
        ([True] * 20, "0 irrelevant records"),
        ([None] * 20, "0 relevant records"),
    ],
)
def test_too_few_labels_for_the_priors_are_told(labels: list[bool], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        draw_priors(labels, Priors(relevant=1, irrelevant=10), 42)


# Whatever orders them, the gardens are found: by words before the others are through.
@pytest.mark.parametrize("name", list(LearnerName))
def test_every_learner_ends_and_is_the_same_again(name: LearnerName) -> None:
    texts = [f"School gardens {n}" for n in range(10)] + [f"Traffic {n}" for n in range(30)]
    labels = [place < 10 for place in range(40)]
    priors = draw_priors(labels, Priors(relevant=1, irrelevant=3), 1)
    runs = [
        replay(make_learner(name, texts, no_portraits(40), _NO_QUESTION, 7), labels, priors=priors)
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert sum(runs[0].relevant) == 9
    if name in (LearnerName.OURS, LearnerName.WORDS, LearnerName.U4):
        assert all(runs[0].relevant[:9])
