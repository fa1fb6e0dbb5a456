"""The boxes of a living review's PRISMA 2020 flow: counted from reports, and checked for losses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum

from review.errors import ConservationError

NO_REASON = "no_reason_given"


class Box(StrEnum):
    """Where a report stands at the end of the flow: every report is in exactly one of these.

    The flow is that of PRISMA 2020 (Page et al., BMJ 2021;372:n71) with what a living review
    adds: a report marked ineligible by automation is kept apart from one a person excluded, and
    a report that still waits for people has its own box.
    """

    EXCLUDED_AUTOMATIC = "excluded_automatic"
    NOT_ASSESSED = "not_assessed"
    AWAITING_INCLUDE = "awaiting_include"
    AWAITING_UNSURE = "awaiting_unsure"
    AWAITING_SETTLEMENT = "awaiting_settlement"
    EXCLUDED_SCREENING = "excluded_screening"
    NOT_RETRIEVED = "not_retrieved"
    AWAITING_FULL_TEXT = "awaiting_full_text"
    EXCLUDED_FULL_TEXT = "excluded_full_text"
    INCLUDED = "included"


BOX_TEXT: Mapping[Box, str] = {
    Box.EXCLUDED_AUTOMATIC: "marked as ineligible by automation, not seen by a person",
    Box.NOT_ASSESSED: "not yet assessed",
    Box.AWAITING_INCLUDE: "awaiting a person's screening, the machine would include",
    Box.AWAITING_UNSURE: "awaiting a person's screening, the machine is unsure",
    Box.AWAITING_SETTLEMENT: "screened and not settled: people disagree, are unsure or still read",
    Box.EXCLUDED_SCREENING: "excluded by people on title and abstract",
    Box.NOT_RETRIEVED: "full text not retrieved",
    Box.AWAITING_FULL_TEXT: "awaiting the full text or its assessment",
    Box.EXCLUDED_FULL_TEXT: "excluded by people on the full text",
    Box.INCLUDED: "included",
}
# Full texts are sought of the reports in these.
SOUGHT = (Box.NOT_RETRIEVED, Box.AWAITING_FULL_TEXT, Box.EXCLUDED_FULL_TEXT, Box.INCLUDED)
EXCLUSIONS = (Box.EXCLUDED_AUTOMATIC, Box.EXCLUDED_SCREENING, Box.EXCLUDED_FULL_TEXT)


@dataclass(frozen=True, kw_only=True)
class ReportState:
    """The one box of one report.

    ``exclusion_reason`` is the one main reason and belongs to the three boxes of exclusions;
    None there is counted as no reason given. ``included_before`` says that an included report
    was already in an earlier edition, ``reopened`` that it changed since people decided on it and
    that they have not looked again: it keeps its box.
    """

    report_id: int
    box: Box
    exclusion_reason: str | None = None
    included_before: bool = False
    reopened: bool = False


@dataclass(frozen=True, kw_only=True)
class PrismaCounts:
    """The numbers of the flow; records are counted in the first two boxes, reports in the others.

    ``identified`` counts records per source; the ``*_reasons`` count reports per exclusion
    reason and sum to their box. ``reports`` is what is left to screen after duplicate records
    were removed. ``included_before`` is the part of ``included`` that earlier editions held.
    ``studies`` counts the studies that the included reports are of. ``reopened`` counts, beside the
    flow, reports that changed since people decided on them.
    """

    identified: Mapping[str, int] = field(default_factory=dict)
    duplicates_removed: int = 0
    reports: int = 0
    excluded_automatic: int = 0
    excluded_automatic_reasons: Mapping[str, int] = field(default_factory=dict)
    not_assessed: int = 0
    awaiting_include: int = 0
    awaiting_unsure: int = 0
    awaiting_settlement: int = 0
    screened: int = 0
    excluded_screening: int = 0
    excluded_screening_reasons: Mapping[str, int] = field(default_factory=dict)
    sought: int = 0
    not_retrieved: int = 0
    awaiting_full_text: int = 0
    assessed: int = 0
    excluded_full_text: int = 0
    excluded_full_text_reasons: Mapping[str, int] = field(default_factory=dict)
    included: int = 0
    included_before: int = 0
    studies: int = 0
    reopened: int = 0

    @property
    def records_identified(self) -> int:
        """Records of all sources together."""
        return sum(self.identified.values())

    @property
    def awaiting_screening(self) -> int:
        """Reports that people have yet to screen, or to settle."""
        return (
            self.not_assessed
            + self.awaiting_include
            + self.awaiting_unsure
            + self.awaiting_settlement
        )

    def in_box(self, box: Box) -> int:
        """Reports whose flow ends, today, in that box."""
        return int(getattr(self, box.value))

    def reasons(self, box: Box) -> Mapping[str, int]:
        """Reports per exclusion reason of that box; empty for a box that is no exclusion."""
        return getattr(self, f"{box.value}_reasons") if box in EXCLUSIONS else {}


def count_prisma(
    states: Iterable[ReportState],
    *,
    records_per_source: Mapping[str, int],
    records_per_report: Mapping[int, int],
    studies: Mapping[int, int] | None = None,
) -> PrismaCounts:
    """Count the boxes from one row per report.

    ``records_per_report`` names every report of the review, whatever became of it, with the
    number of its records; it is counted apart from ``states`` so that a report missing from them
    is seen. ``studies`` names the study of each report that shares one; any other report is a
    study of its own. Raises ConservationError where a report is in no box or in two, where a reason
    stands without an exclusion, or where records of sources and of reports differ in number.
    """
    states = list(states)
    study_of = studies or {}
    _check_states(states, records_per_report)
    _check_records(records_per_source, records_per_report)
    boxes = Counter(state.box for state in states)
    reasons = {
        box: Counter(s.exclusion_reason or NO_REASON for s in states if s.box is box)
        for box in EXCLUSIONS
    }
    assessed = boxes[Box.EXCLUDED_FULL_TEXT] + boxes[Box.INCLUDED]
    sought = boxes[Box.NOT_RETRIEVED] + boxes[Box.AWAITING_FULL_TEXT] + assessed
    counts = PrismaCounts(
        identified=dict(records_per_source),
        duplicates_removed=sum(records_per_report.values()) - len(records_per_report),
        reports=len(records_per_report),
        excluded_automatic=boxes[Box.EXCLUDED_AUTOMATIC],
        excluded_automatic_reasons=_by_size(reasons[Box.EXCLUDED_AUTOMATIC]),
        not_assessed=boxes[Box.NOT_ASSESSED],
        awaiting_include=boxes[Box.AWAITING_INCLUDE],
        awaiting_unsure=boxes[Box.AWAITING_UNSURE],
        awaiting_settlement=boxes[Box.AWAITING_SETTLEMENT],
        screened=boxes[Box.EXCLUDED_SCREENING] + sought,
        excluded_screening=boxes[Box.EXCLUDED_SCREENING],
        excluded_screening_reasons=_by_size(reasons[Box.EXCLUDED_SCREENING]),
        sought=sought,
        not_retrieved=boxes[Box.NOT_RETRIEVED],
        awaiting_full_text=boxes[Box.AWAITING_FULL_TEXT],
        assessed=assessed,
        excluded_full_text=boxes[Box.EXCLUDED_FULL_TEXT],
        excluded_full_text_reasons=_by_size(reasons[Box.EXCLUDED_FULL_TEXT]),
        included=boxes[Box.INCLUDED],
        included_before=sum(s.included_before for s in states if s.box is Box.INCLUDED),
        studies=len(
            {study_of.get(s.report_id, s.report_id) for s in states if s.box is Box.INCLUDED}
        ),
        reopened=sum(s.reopened for s in states),
    )
    check_conservation(counts)
    return counts


def check_conservation(counts: PrismaCounts) -> None:
    """Refuse numbers that do not add up.

    Raises ConservationError with one sentence per sum that fails, naming boxes and numbers.
    """
    wrong = [*_negative(counts), *_failing_sums(counts)]
    if wrong:
        raise ConservationError("\n".join(wrong))


def _check_states(states: list[ReportState], records_per_report: Mapping[int, int]) -> None:
    boxes: dict[int, Box] = {}
    for state in states:
        first = boxes.setdefault(state.report_id, state.box)
        if state.report_id not in records_per_report:
            raise ConservationError(
                f"report {state.report_id} is in the box '{BOX_TEXT[state.box]}' "
                "but no record belongs to it"
            )
        if state.exclusion_reason is not None and state.box not in EXCLUSIONS:
            raise ConservationError(
                f"report {state.report_id} is in the box '{BOX_TEXT[state.box]}' and yet has the "
                f"exclusion reason '{state.exclusion_reason}'"
            )
        if first is not state.box:
            raise ConservationError(
                f"report {state.report_id} is in two boxes: '{BOX_TEXT[first]}' and "
                f"'{BOX_TEXT[state.box]}'"
            )
    if len(boxes) < len(states):
        repeated = next(r for r, n in Counter(s.report_id for s in states).items() if n > 1)
        raise ConservationError(
            f"report {repeated} is twice in the box '{BOX_TEXT[boxes[repeated]]}'"
        )
    lost = sorted(records_per_report.keys() - boxes.keys())
    if lost:
        named = ", ".join(str(report_id) for report_id in lost[:5])
        raise ConservationError(
            f"{len(lost)} of {len(records_per_report)} reports are in no box, such as {named}"
        )


def _check_records(
    records_per_source: Mapping[str, int], records_per_report: Mapping[int, int]
) -> None:
    empty = [report_id for report_id, records in records_per_report.items() if records < 1]
    if empty:
        raise ConservationError(f"report {empty[0]} has no record")
    identified, belonging = sum(records_per_source.values()), sum(records_per_report.values())
    if identified != belonging:
        raise ConservationError(
            f"{identified} records were identified in the sources but {belonging} belong to reports"
        )


def _negative(counts: PrismaCounts) -> list[str]:
    numbers = {
        f.name: getattr(counts, f.name)
        for f in fields(counts)
        if isinstance(getattr(counts, f.name), int)
    }
    return [f"the box '{name}' holds {n}, fewer than none" for name, n in numbers.items() if n < 0]


def _failing_sums(counts: PrismaCounts) -> list[str]:
    ends = sum(counts.in_box(box) for box in Box)
    after_screening = counts.not_retrieved + counts.awaiting_full_text + counts.assessed
    sums = [
        (
            "records identified",
            counts.records_identified,
            "duplicate records removed and reports to screen",
            counts.duplicates_removed + counts.reports,
        ),
        ("reports to screen", counts.reports, "all boxes in which a report can end", ends),
        (
            "reports to screen",
            counts.reports,
            "reports marked by automation, awaiting people and screened by people",
            counts.excluded_automatic + counts.awaiting_screening + counts.screened,
        ),
        (
            "reports screened by people",
            counts.screened,
            "reports excluded by people and sought for retrieval",
            counts.excluded_screening + counts.sought,
        ),
        (
            "reports sought for retrieval",
            counts.sought,
            "reports not retrieved, awaiting full text and assessed for eligibility",
            after_screening,
        ),
        (
            "reports assessed for eligibility",
            counts.assessed,
            "reports excluded on the full text and included",
            counts.excluded_full_text + counts.included,
        ),
        *(
            (f"reports {BOX_TEXT[box]}", counts.in_box(box), "their exclusion reasons", summed)
            for box in EXCLUSIONS
            for summed in [sum(counts.reasons(box).values())]
        ),
    ]
    wrong = [
        f"{whole} are {number}, but {parts} together are {summed}"
        for whole, number, parts, summed in sums
        if number != summed
    ]
    if counts.included_before > counts.included:
        wrong.append(
            f"{counts.included_before} included reports are said to stem from earlier editions, "
            f"but only {counts.included} are included"
        )
    if counts.studies > counts.included:
        wrong.append(
            f"{counts.included} included reports are said to be of {counts.studies} studies, "
            "more than there are reports"
        )
    decided = counts.screened + counts.awaiting_settlement
    if counts.reopened > decided:
        wrong.append(
            f"{counts.reopened} reports are said to have changed since people decided on them, "
            f"but people spoke of only {decided}"
        )
    return wrong


def _by_size(reasons: Counter[str]) -> dict[str, int]:
    """Most frequent reason first, equal ones by name: the same store draws the same diagram."""
    return dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
