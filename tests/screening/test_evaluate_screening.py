"""Each figure counts what it says it counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from review.decisions import Answer, Verdict, quote_from
from review.protocol import Protocol
from review.records import join_text
from screening.assess import Finding, Judgement
from screening.evaluate import calibration_error, evaluate_judgements
from screening.labelled import LabelledReport

REPORT = LabelledReport(
    report_id="a",
    title="A school garden",
    abstract="Pupils dug. They ate beans.",
    language="en",
    labels={"garden": "yes", "plastic": "no"},
    included=True,
    reason="",
    evidence={"garden": "school garden"},
    group="a",
)
EXCLUDED = replace(
    REPORT, labels={"garden": "no", "plastic": "yes"}, included=False, reason="plastic", evidence={}
)


def judgement(
    protocol: Protocol,
    verdict: Verdict,
    garden: Answer,
    plastic: Answer,
    *,
    reason: str | None = None,
    quotes: tuple[tuple[int, int], ...] = (),
) -> Judgement:
    text = join_text(REPORT.title, REPORT.abstract)
    said = {"garden": garden, "plastic": plastic}
    return Judgement(
        findings=[
            Finding(
                criterion=criterion,
                answer=said[criterion.key],
                probability=1.0 if said[criterion.key] is Answer.MET else 0.0,
                broken=0.0,
                quotes=[quote_from(text, a, b) for a, b in quotes],
            )
            for criterion in protocol.criteria
        ],
        verdict=verdict,
        probability=0.5,
        reason=reason,
    )


def test_perfect_answers_score_one(gardens: Protocol):
    right = judgement(
        gardens, Verdict.INCLUDE, Answer.MET, Answer.NOT_MET, quotes=((2, 15), (16, 27))
    )
    out = judgement(
        gardens, Verdict.EXCLUDE, Answer.NOT_MET, Answer.MET, reason="plastic", quotes=((0, 5),)
    )
    scored = evaluate_judgements([REPORT, EXCLUDED], [right, out], gardens)
    assert (scored.include_recall, scored.specificity, scored.right_reason) == (1, 1, 1)
    assert (scored.macro_f1, scored.evidence_first, scored.calibration_error) == (1, 1, 0)


# Unsure keeps an include and excludes nobody.
def test_unsure_is_not_an_exclusion(gardens: Protocol):
    unsure = judgement(gardens, Verdict.UNSURE, Answer.UNCLEAR, Answer.UNCLEAR)
    scored = evaluate_judgements([REPORT, EXCLUDED], [unsure, unsure], gardens)
    assert (scored.include_recall, scored.specificity, scored.included_sure) == (1, 0, 0)
    assert scored.macro_f1 == 0


# A label "unclear" counts as not yes, or is left out.
def test_unclear_labels_are_counted_both_ways(gardens: Protocol):
    unclear = replace(REPORT, labels={"garden": "unclear", "plastic": "no"})
    met = judgement(gardens, Verdict.INCLUDE, Answer.MET, Answer.NOT_MET)
    scored = evaluate_judgements([REPORT, unclear], [met, met], gardens).criteria["garden"]
    assert (scored.precision, scored.recall, scored.clear_f1) == (0.5, 1, 1)


# The labelled words may stand in the second of three quotes.
def test_evidence_is_first_or_among_three(gardens: Protocol):
    late = judgement(
        gardens, Verdict.INCLUDE, Answer.MET, Answer.NOT_MET, quotes=((20, 25), (0, 4))
    )
    scored = evaluate_judgements([REPORT], [late], gardens)
    assert (scored.evidence_first, scored.evidence_in_three) == (0, 1)


def test_nothing_to_compare_is_an_error(gardens: Protocol):
    with pytest.raises(ValueError, match="0 judgements"):
        evaluate_judgements([REPORT], [], gardens)


# Worked by hand: two bins, off by 0.1 and by 0.3, half of the probabilities in each.
def test_calibration_error_by_hand():
    probabilities = np.array([0.1, 0.1, 0.7, 0.7])
    outcomes = np.array([0.0, 0.0, 1.0, 1.0])
    assert calibration_error(probabilities, outcomes) == pytest.approx(0.2)
    assert calibration_error(np.array([]), np.array([])) == 0
