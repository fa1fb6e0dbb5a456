"""The verdict follows from the answers: one failing criterion excludes, all else must be clear."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from review.decisions import Answer, Stage, Verdict
from review.protocol import Criterion
from review.verdicts import criteria_of, excluding_answer, follow_answers


def _criterion(order: int, kind: str, stage: Stage = Stage.TITLE_ABSTRACT) -> Criterion:
    return Criterion.model_validate(
        {
            "key": f"c{order}",
            "question": "Is it?",
            "kind": kind,
            "exclusion_reason": f"r{order}",
            "reason_text": "It is not.",
            "order": order,
            "stage": stage,
        }
    )


# Given out of order, so that a test sees whether the protocol's order is kept.
CRITERIA = [_criterion(3, "inclusion"), _criterion(1, "inclusion"), _criterion(2, "exclusion")]
_ANSWERS = st.dictionaries(st.sampled_from(["c1", "c2", "c3"]), st.sampled_from(Answer))


def test_all_that_is_wanted_and_nothing_that_is_not_includes() -> None:
    answers = {"c1": Answer.MET, "c2": Answer.NOT_MET, "c3": Answer.MET}
    assert follow_answers(CRITERIA, answers) == (Verdict.INCLUDE, None)


def test_the_first_that_fails_gives_the_reason() -> None:
    answers = {"c1": Answer.UNCLEAR, "c2": Answer.MET, "c3": Answer.NOT_MET}
    assert follow_answers(CRITERIA, answers) == (Verdict.EXCLUDE, "r2")
    assert follow_answers(CRITERIA, {"c3": Answer.NOT_MET}) == (Verdict.EXCLUDE, "r3")


def test_what_is_unclear_or_not_answered_leaves_it_open() -> None:
    met = {"c1": Answer.MET, "c2": Answer.NOT_MET}
    assert follow_answers(CRITERIA, met) == (Verdict.UNSURE, None)
    assert follow_answers(CRITERIA, {**met, "c3": Answer.UNCLEAR}) == (Verdict.UNSURE, None)
    assert follow_answers([], {}) == (Verdict.UNSURE, None)


# A reason stands exactly where the report is excluded, and it is a failing criterion's.
@given(_ANSWERS)
def test_a_reason_is_that_of_a_failing_criterion(answers: dict[str, Answer]) -> None:
    verdict, reason = follow_answers(CRITERIA, answers)
    failing = [c.exclusion_reason for c in CRITERIA if answers.get(c.key) is excluding_answer(c)]
    assert (verdict is Verdict.EXCLUDE) == bool(failing)
    assert reason == min(failing, default=None)


def test_the_full_text_is_held_against_all_criteria() -> None:
    late = _criterion(4, "inclusion", Stage.FULL_TEXT)
    assert [c.order for c in criteria_of([late, *CRITERIA], Stage.TITLE_ABSTRACT)] == [1, 2, 3]
    assert [c.order for c in criteria_of([late, *CRITERIA], Stage.FULL_TEXT)] == [1, 2, 3, 4]
