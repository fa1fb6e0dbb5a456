"""Every report is in exactly one box, every sum of the flow holds, and a loss stops the edition."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.prisma import (
    EXCLUSIONS,
    NO_REASON,
    Box,
    PrismaCounts,
    ReportState,
    check_conservation,
    count_prisma,
)
from review.errors import ConservationError

DECIDED = (
    Box.AWAITING_SETTLEMENT,
    Box.EXCLUDED_SCREENING,
    Box.NOT_RETRIEVED,
    Box.AWAITING_FULL_TEXT,
    Box.EXCLUDED_FULL_TEXT,
    Box.INCLUDED,
)
REASONS = st.sampled_from(["no_bell", "wrong_colour", None])


@st.composite
def reviews(draw):
    """States of some reports, with the records of each and of each source."""
    boxes = draw(st.lists(st.sampled_from(Box), max_size=60))
    states = [
        ReportState(
            report_id=number,
            box=box,
            exclusion_reason=draw(REASONS) if box in EXCLUSIONS else None,
            included_before=draw(st.booleans()),
            reopened=box in DECIDED and draw(st.booleans()),
        )
        for number, box in enumerate(boxes)
    ]
    records = {s.report_id: draw(st.integers(min_value=1, max_value=4)) for s in states}
    first = draw(st.integers(min_value=0, max_value=sum(records.values())))
    return states, records, {"pubmed": first, "file": sum(records.values()) - first}


@given(reviews(), st.randoms())
def test_whatever_the_review_its_counts_add_up_and_no_report_is_lost(review, random):
    states, records, sources = review
    counts = count_prisma(states, records_per_source=sources, records_per_report=records)
    for box in Box:
        assert counts.in_box(box) == sum(s.box is box for s in states)
    assert sum(counts.in_box(box) for box in Box) == counts.reports == len(states)
    assert counts.records_identified == counts.duplicates_removed + counts.reports
    for box in EXCLUSIONS:
        named = Counter(s.exclusion_reason or NO_REASON for s in states if s.box is box)
        assert dict(counts.reasons(box)) == named
    assert counts.included_before <= counts.included
    assert counts.reopened == sum(s.reopened for s in states)
    shuffled = random.sample(states, len(states))
    assert counts == count_prisma(shuffled, records_per_source=sources, records_per_report=records)


@given(reviews(), st.data())
def test_a_report_left_out_or_told_twice_is_refused(review, data):
    states, records, sources = review
    if not states:
        return
    chosen = data.draw(st.sampled_from(states))
    without = [s for s in states if s is not chosen]
    with pytest.raises(ConservationError, match="in no box"):
        count_prisma(without, records_per_source=sources, records_per_report=records)
    other = data.draw(st.sampled_from([b for b in Box if b is not chosen.box]))
    moved = ReportState(report_id=chosen.report_id, box=other)
    with pytest.raises(ConservationError, match=f"report {chosen.report_id} is in two boxes"):
        count_prisma([*states, moved], records_per_source=sources, records_per_report=records)
    with pytest.raises(ConservationError, match="is twice in the box"):
        count_prisma([*states, chosen], records_per_source=sources, records_per_report=records)


NUMBERS = [
    name
    for name in PrismaCounts.__dataclass_fields__
    if isinstance(getattr(PrismaCounts(), name), int)
]


@given(reviews(), st.sampled_from(NUMBERS), st.integers(min_value=1, max_value=5))
def test_no_number_can_grow_alone(review, name, more):
    states, records, sources = review
    counts = count_prisma(states, records_per_source=sources, records_per_report=records)
    # These two are parts of others, which they may only not outgrow.
    grown = replace(counts, **{name: getattr(counts, name) + more})
    wholes = {
        "included_before": grown.included,
        "reopened": grown.screened + grown.awaiting_settlement,
    }
    if name in wholes and getattr(grown, name) <= wholes[name]:
        check_conservation(grown)
        return
    with pytest.raises(ConservationError):
        check_conservation(grown)


# The sentence names the boxes and the numbers.
def test_a_failing_sum_is_told_with_its_boxes_and_numbers():
    counts = PrismaCounts(
        identified={"pubmed": 9}, duplicates_removed=2, reports=6, awaiting_include=6
    )
    with pytest.raises(ConservationError) as refused:
        check_conservation(counts)
    assert str(refused.value) == (
        "records identified are 9, but duplicate records removed and reports to screen together "
        "are 8"
    )


def test_reasons_that_do_not_sum_to_their_box_are_refused():
    counts = PrismaCounts(
        identified={"pubmed": 2},
        reports=2,
        excluded_automatic=2,
        excluded_automatic_reasons={"no_bell": 1},
    )
    with pytest.raises(
        ConservationError, match="are 2, but their exclusion reasons together are 1"
    ):
        check_conservation(counts)


def test_records_of_sources_and_of_reports_must_be_as_many():
    states = [ReportState(report_id=1, box=Box.INCLUDED)]
    with pytest.raises(ConservationError, match=r"3 records were identified .* but 2 belong"):
        count_prisma(states, records_per_source={"pubmed": 3}, records_per_report={1: 2})
    with pytest.raises(ConservationError, match="report 1 has no record"):
        count_prisma(states, records_per_source={}, records_per_report={1: 0})


def test_a_state_of_an_unknown_report_is_refused():
    states = [ReportState(report_id=8, box=Box.INCLUDED)]
    with pytest.raises(ConservationError, match=r"report 8 .* no record belongs to it"):
        count_prisma(states, records_per_source={}, records_per_report={})


def test_a_reason_without_an_exclusion_is_refused():
    states = [ReportState(report_id=1, box=Box.INCLUDED, exclusion_reason="no_bell")]
    with pytest.raises(ConservationError, match="'included' and yet has the exclusion reason"):
        count_prisma(states, records_per_source={"pubmed": 1}, records_per_report={1: 1})


# Only what people decided on can have changed since they did.
def test_a_report_nobody_decided_on_cannot_be_one_that_changed_since():
    states = [ReportState(report_id=1, box=Box.AWAITING_INCLUDE, reopened=True)]
    with pytest.raises(ConservationError, match=r"1 reports are said to have changed .* only 0"):
        count_prisma(states, records_per_source={"pubmed": 1}, records_per_report={1: 1})


def test_a_negative_number_is_refused():
    counts = PrismaCounts(
        identified={"pubmed": 1}, duplicates_removed=-1, reports=2, not_assessed=2
    )
    with pytest.raises(ConservationError, match="'duplicates_removed' holds -1"):
        check_conservation(counts)


def test_a_review_without_records_counts_nothing():
    assert count_prisma([], records_per_source={}, records_per_report={}) == PrismaCounts()
