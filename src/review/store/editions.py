"""What people said of each report, counted for the flow diagram, and the editions made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from review.decisions import Stage, Verdict
from review.store.schema import edition, record, report_member
from review.store.session import Session
from review.store.views import current_consensus, current_decision


@dataclass(frozen=True, kw_only=True)
class EditionRow:
    """A published report of the review."""

    number: int
    run_id: int
    published_at: datetime
    counts: Mapping[str, Any]
    folder: str
    sha256: str


def find_said(
    session: Session, report_ids: Sequence[int] | None = None
) -> dict[int, dict[Stage, tuple[tuple[Verdict, str | None], ...]]]:
    """What people said per stage on each report they spoke of, as ``Standing.people`` has it.

    Of all reports, or of these.
    """
    said: dict[int, dict[Stage, tuple[tuple[Verdict, str | None], ...]]] = {}
    decided = sa.select(
        current_decision.c.report_id,
        current_decision.c.stage,
        current_decision.c.verdict,
        current_decision.c.exclusion_reason,
    ).order_by(current_decision.c.seq)
    if report_ids is not None:
        decided = decided.where(current_decision.c.report_id.in_(report_ids))
    for report_id, stage, verdict, reason in session.execute(decided):
        stages = said.setdefault(report_id, {})
        stages[Stage(stage)] = (*stages.get(Stage(stage), ()), (Verdict(verdict), reason))
    settled = sa.select(
        current_consensus.c.report_id,
        current_consensus.c.stage,
        current_consensus.c.verdict,
        current_consensus.c.exclusion_reason,
    )
    if report_ids is not None:
        settled = settled.where(current_consensus.c.report_id.in_(report_ids))
    for report_id, stage, verdict, reason in session.execute(settled):
        said.setdefault(report_id, {})[Stage(stage)] = ((Verdict(verdict), reason),)
    return said


def find_included_reports(session: Session) -> set[int]:
    """The reports people included: at the latest stage they spoke at, and nobody excluded there."""
    included = set()
    for report_id, stages in find_said(session).items():
        said = {verdict for verdict, _ in stages[max(stages, key=list(Stage).index)]}
        if Verdict.INCLUDE in said and Verdict.EXCLUDE not in said:
            included.add(report_id)
    return included


def count_records_by_source(session: Session) -> dict[str, int]:
    """How many records each source gave; a changed version of a record is not another record."""
    query = (
        sa.select(record.c.source, sa.func.count(sa.distinct(record.c.source_id)))
        .group_by(record.c.source)
        .order_by(record.c.source)
    )
    return dict(session.execute(query).tuples().all())


def count_records_by_report(session: Session) -> dict[int, int]:
    """How many records make up each report, asked of the records and not of the merged view."""
    entry = record.c.source + sa.literal("\x1f") + record.c.source_id
    query = (
        sa.select(report_member.c.report_id, sa.func.count(sa.distinct(entry)))
        .join(record, record.c.id == report_member.c.record_id)
        .group_by(report_member.c.report_id)
    )
    return dict(session.execute(query).tuples().all())


def keep_edition(session: Session, made: EditionRow) -> None:
    """Write an edition down. The caller commits."""
    session.insert(
        edition,
        [
            {
                "number": made.number,
                "run_id": made.run_id,
                "published_at": made.published_at,
                "counts": dict(made.counts),
                "folder": made.folder,
                "sha256": made.sha256,
            }
        ],
    )


def find_latest_edition(session: Session) -> EditionRow | None:
    """The edition published last."""
    query = sa.select(edition).order_by(edition.c.number.desc()).limit(1)
    row = session.execute(query).mappings().first()
    return EditionRow(**row) if row else None


def find_editions(session: Session, limit: int, *, before: int | None = None) -> list[EditionRow]:
    """At most so many editions, those before a number or the last ones, the last first."""
    query = sa.select(edition).order_by(edition.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(edition.c.number < before)
    return [EditionRow(**row) for row in session.execute(query).mappings()]
