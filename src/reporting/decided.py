"""What people decided about reports, as far as an edition may tell it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from reporting.edition import ListedDecision
from review.decisions import Decision, Stage
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
