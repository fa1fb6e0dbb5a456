"""Where every report stands: what machine and people said of it, and who is still to read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from review.decisions import Stage, Verdict
from review.reviewers import Task
from review.store.editions import find_said
from review.store.schema import report
from review.store.second_reading import find_being_read
from review.store.session import Session
from review.store.views import current_assessment


@dataclass(frozen=True, kw_only=True)
class Standing:
    """All that was said about one report so far.

    ``machine`` is the present assessment's verdict and exclusion reason, None where there is none;
    ``people`` holds per stage what people said: the consensus alone where there is one, else one
    (verdict, exclusion reason) pair per reviewer. ``being_read`` are the stages at which somebody
    is still to read it a second time.
    """

    report_id: int
    machine: tuple[Verdict, str | None] | None
    people: Mapping[Stage, tuple[tuple[Verdict, str | None], ...]]
    being_read: frozenset[Stage] = frozenset()


def find_standings(session: Session) -> list[Standing]:
    """Every report with all that was said about it, oldest first."""
    said = find_said(session)
    being_read: dict[int, set[Stage]] = {}
    for report_id, task in find_being_read(session):
        if task is not Task.PASSAGES:
            being_read.setdefault(report_id, set()).add(Stage(task))
    query = (
        sa.select(
            report.c.report_id,
            current_assessment.c.verdict,
            current_assessment.c.exclusion_reason,
        )
        .outerjoin(current_assessment, current_assessment.c.report_id == report.c.report_id)
        .order_by(report.c.report_id)
    )
    return [
        Standing(
            report_id=report_id,
            machine=(Verdict(verdict), reason) if verdict else None,
            people=said.get(report_id, {}),
            being_read=frozenset(being_read.get(report_id, ())),
        )
        for report_id, verdict, reason in session.execute(query)
    ]
