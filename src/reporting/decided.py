"""What people said of reports and passages, as far as an edition may tell it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from reporting.edition import ListedDecision
from review.annotations import Annotation
from review.decisions import Decision, Stage
from review.places import is_same_passage
from review.records import Report
from review.reviewers import Task


def list_decisions(
    reports: Mapping[int, Report],
    decisions: Iterable[Decision],
    settlements: Iterable[Decision],
    being_read: Collection[tuple[int, Task]],
) -> tuple[ListedDecision, ...]:
    """Report by report the votes at each stage, in their order, and after them the consensus.

    What somebody is still to read a second time, ``being_read``, is left out: who said what of it,
    and what they said, could be learnt by the second reader.
    """
    stages = list(Stage)
    said = [*((d, False) for d in decisions), *((d, True) for d in settlements)]
    told = [(d, settled) for d, settled in said if (d.report_id, Task(d.stage)) not in being_read]
    return tuple(
        ListedDecision(
            report=reports[decision.report_id],
            stage=decision.stage,
            verdict=decision.verdict,
            reviewer=decision.reviewer,
            reason=decision.exclusion_reason,
            is_settled=is_settled,
        )
        for decision, is_settled in sorted(
            told, key=lambda one: (one[0].report_id, stages.index(one[0].stage), one[1])
        )
    )


def tell_annotations(
    annotations: Sequence[Annotation], being_read: Mapping[tuple[int, Task], Collection[str]]
) -> list[Annotation]:
    """Those on passages that everyone has answered who is still to read the report's passages.

    The others would tell who reads second what was said first. Passages that were suggested since
    somebody had read all there were keep nothing back of those.
    """
    said_by: dict[tuple[int, str], list[Annotation]] = defaultdict(list)
    for said in annotations:
        said_by[said.report_id, said.reviewer].append(said)
    return [
        said
        for said in annotations
        if all(
            any(is_same_passage(own, said) for own in said_by[said.report_id, reader])
            for reader in being_read.get((said.report_id, Task.PASSAGES), ())
        )
    ]
