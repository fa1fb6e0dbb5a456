"""An alarm is raised where reports are unlike earlier ones, and seldom where they are not."""

from __future__ import annotations

import numpy as np

from review.store.assessments import Judged
from screening.drift import FEWEST_COMPARED, find_drift


def _judged(random: np.random.Generator, size: int, shift: float = 0.0) -> Judged:
    """Reports as a week brings them; ``shift`` moves the probabilities by so many logits."""
    logits = random.normal(-2 + shift, 1.5, size)
    return Judged(
        probabilities=tuple(1 / (1 + np.exp(-logits))),
        unclear={"garden": int(random.binomial(size, 0.3))},
        without_abstract=int(random.binomial(size, 0.1)),
        languages={"en": size - size // 20, "de": size // 20},
    )


def test_weeks_like_those_before_raise_an_alarm_once_in_a_hundred():
    random = np.random.default_rng(1)
    before = _judged(random, 2000)
    alarmed = sum(bool(find_drift(_judged(random, 60), before)) for _ in range(300))
    assert alarmed <= 8, "3 are expected of 300, more than 8 happen once in 260 times"


def test_reports_that_score_otherwise_raise_an_alarm():
    random = np.random.default_rng(2)
    alarms = find_drift(_judged(random, 80, shift=2), _judged(random, 2000))
    assert any("probabilities of inclusion" in sentence for sentence in alarms)


def _week(size: int, **fields: object) -> Judged:
    plain = {
        "probabilities": tuple(np.linspace(0, 1, size)),
        "unclear": {"garden": size // 10},
        "languages": {"en": size},
    }
    return Judged(**(plain | fields))


def test_a_source_that_stops_giving_abstracts_is_told_with_both_shares():
    (alarm,) = find_drift(_week(50, without_abstract=25), _week(1000, without_abstract=50))
    assert "50% of the run's 50 new reports are without an abstract, 5% of the 1000" in alarm


def test_another_language_is_told():
    alarms = find_drift(_week(50, languages={"en": 20, "de": 30}), _week(1000))
    assert any("in the language de" in sentence for sentence in alarms)


def test_a_criterion_that_became_unclear_is_told():
    (alarm,) = find_drift(_week(50, unclear={"garden": 30}), _week(1000))
    assert "unclear by the criterion garden" in alarm


def test_a_shift_that_is_certain_and_small_is_no_alarm():
    assert find_drift(_week(20_000, without_abstract=1400), _week(20_000)) == ()


def test_too_few_reports_are_not_compared():
    few = FEWEST_COMPARED - 1
    shifted = _week(few, without_abstract=few)
    assert find_drift(shifted, _week(1000)) == ()
    assert find_drift(_week(1000), shifted) == ()
    assert find_drift(_week(1000), Judged(unclear={}, languages={})) == ()
