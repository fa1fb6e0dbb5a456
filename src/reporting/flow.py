"""The boxes of the PRISMA flow in words, told once for the drawing and for the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reporting.prisma import NO_REASON, Box, PrismaCounts


@dataclass(frozen=True, kw_only=True)
class FlowBox:
    """One box: what it counts, how many, and the parts that sum to it.

    ``beside`` says that it hangs beside the last box of the main column; ``machine`` that a
    judgement of the machine put reports there and no person has looked; ``final`` marks the last.
    """

    stage: str
    words: str
    number: int
    parts: tuple[tuple[str, int], ...] = ()
    note: str = ""
    beside: bool = False
    machine: bool = False
    final: bool = False


def flow_boxes(
    counts: PrismaCounts,
    *,
    reason_texts: Mapping[str, str],
    source_names: Mapping[str, str],
) -> tuple[FlowBox, ...]:
    """All boxes in reading order, each side box after the box of the main column it leaves."""
    return (
        *_identification(counts, source_names),
        *_screening(counts, reason_texts),
        *_full_text(counts, reason_texts),
        FlowBox(
            stage="Included",
            words="Reports included in review",
            number=counts.included,
            parts=(
                ("In an earlier edition", counts.included_before),
                ("New in this edition", counts.included - counts.included_before),
            ),
            note=_of_studies(counts),
            final=True,
        ),
    )


def describe_flow(counts: PrismaCounts) -> str:
    """The flow in sentences, for those who do not see the drawing."""
    return (
        f"Records identified: {counts.records_identified:,}; duplicate records removed: "
        f"{counts.duplicates_removed:,}; reports to screen: {counts.reports:,}. "
        f"Marked as ineligible by automation and not seen by a person: "
        f"{counts.excluded_automatic:,}; awaiting screening by people: "
        f"{counts.awaiting_screening:,}; screened by people: {counts.screened:,}, of which "
        f"excluded: {counts.excluded_screening:,}. Sought for retrieval: {counts.sought:,}; not "
        f"retrieved: {counts.not_retrieved:,}; awaiting full text or its assessment: "
        f"{counts.awaiting_full_text:,}; assessed for eligibility: {counts.assessed:,}, of which "
        f"excluded: {counts.excluded_full_text:,}. Included: {counts.included:,}, of which in an "
        f"earlier edition: {counts.included_before:,}."
        + (f" The included reports are {_of_studies(counts)}." if counts.studies else "")
    )


def reason_text(reason: str | None, texts: Mapping[str, str]) -> str:
    """The words for an exclusion reason, its key where the protocol has none."""
    if reason is None or reason == NO_REASON:
        return "No reason given"
    return texts.get(reason, reason)


def _identification(counts: PrismaCounts, names: Mapping[str, str]) -> tuple[FlowBox, ...]:
    return (
        FlowBox(
            stage="Identification",
            words="Records identified",
            number=counts.records_identified,
            parts=tuple((names.get(source, source), n) for source, n in counts.identified.items()),
        ),
        FlowBox(
            stage="Identification",
            words="Duplicate records removed",
            number=counts.duplicates_removed,
            beside=True,
        ),
    )


def _screening(counts: PrismaCounts, texts: Mapping[str, str]) -> tuple[FlowBox, ...]:
    return (
        FlowBox(stage="Screening", words="Reports to screen", number=counts.reports),
        FlowBox(
            stage="Screening",
            words="Marked as ineligible by automation",
            number=counts.excluded_automatic,
            parts=_reasons(counts, Box.EXCLUDED_AUTOMATIC, texts),
            note="not seen by a person",
            beside=True,
            machine=True,
        ),
        FlowBox(
            stage="Screening",
            words="Awaiting screening by people",
            number=counts.awaiting_screening,
            parts=_awaiting(counts),
            beside=True,
            machine=True,
        ),
        FlowBox(stage="Screening", words="Reports screened by people", number=counts.screened),
        FlowBox(
            stage="Screening",
            words="Reports excluded by people",
            number=counts.excluded_screening,
            parts=_reasons(counts, Box.EXCLUDED_SCREENING, texts),
            beside=True,
        ),
    )


def _full_text(counts: PrismaCounts, texts: Mapping[str, str]) -> tuple[FlowBox, ...]:
    return (
        FlowBox(stage="Screening", words="Reports sought for retrieval", number=counts.sought),
        FlowBox(
            stage="Screening",
            words="Reports not retrieved",
            number=counts.not_retrieved,
            beside=True,
        ),
        FlowBox(
            stage="Screening",
            words="Awaiting full text or its assessment",
            number=counts.awaiting_full_text,
            beside=True,
        ),
        FlowBox(
            stage="Screening", words="Reports assessed for eligibility", number=counts.assessed
        ),
        FlowBox(
            stage="Screening",
            words="Reports excluded on full text",
            number=counts.excluded_full_text,
            parts=_reasons(counts, Box.EXCLUDED_FULL_TEXT, texts),
            beside=True,
        ),
    )


def _of_studies(counts: PrismaCounts) -> str:
    """How many studies the included reports are of; PRISMA 2020 counts both."""
    studies = counts.studies
    return f"of {studies:,} {'study' if studies == 1 else 'studies'}" if studies else ""


def _awaiting(counts: PrismaCounts) -> tuple[tuple[str, int], ...]:
    parts = [
        ("Machine would include", counts.awaiting_include),
        ("Machine is unsure", counts.awaiting_unsure),
    ]
    if counts.not_assessed:
        parts.append(("Not yet assessed by the machine", counts.not_assessed))
    if counts.awaiting_settlement:
        parts.append(("Not settled between people", counts.awaiting_settlement))
    return tuple(parts)


def _reasons(
    counts: PrismaCounts, box: Box, texts: Mapping[str, str]
) -> tuple[tuple[str, int], ...]:
    return tuple((reason_text(reason, texts), n) for reason, n in counts.reasons(box).items())
