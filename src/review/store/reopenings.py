"""Reports re-opened after people decided on them, and what notices tell of reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from review.records import hash_text
from review.reopenings import GRAVE, Cause, Reopening, ReportNotice, standing_notices
from review.store.schema import consensus, decision, notice, reopening, report_member
from review.store.session import Session


@dataclass(frozen=True, kw_only=True)
class Decided:
    """When people first and last decided on a report."""

    first: datetime
    last: datetime


def keep_reopenings(session: Session, run_id: int, reopened: Sequence[Reopening]) -> None:
    """Write re-openings down; one that is known is left as it is. The caller commits."""
    rows = [
        {
            "report_id": r.report_id,
            "cause": r.cause,
            "notice_id": r.notice_id,
            "source": r.source,
            "text_before": r.text_before,
            "text_after": r.text_after,
            "text_hash": hash_text(r.text_after),
            "run_id": run_id,
            "opened_at": r.opened_at,
        }
        for r in reopened
    ]
    session.insert_missing(reopening, rows)


def find_decided(session: Session, report_ids: Iterable[int]) -> dict[int, Decided]:
    """Of these reports those on which a decision or a consensus stands, with its days."""
    wanted = sorted(set(report_ids))
    found: dict[int, Decided] = {}
    for start in range(0, len(wanted), 500):
        of_batch = report_member.c.report_id.in_(wanted[start : start + 500])
        said = sa.union_all(
            *(
                sa.select(report_member.c.report_id, moment.label("at"))
                .join(report_member, report_member.c.record_id == table.c.report_id)
                .where(of_batch, _stands(table))
                for table, moment in _SPOKEN
            )
        ).subquery()
        query = sa.select(
            said.c.report_id, sa.func.min(said.c.at), sa.func.max(said.c.at)
        ).group_by(said.c.report_id)
        found.update({i: Decided(first=a, last=b) for i, a, b in session.execute(query)})
    return found


def find_decided_notices(session: Session) -> list[ReportNotice]:
    """Every notice on a report on which people decided, oldest first."""
    spoken = sa.union_all(
        *(
            sa.select(report_member.c.report_id)
            .join(report_member, report_member.c.record_id == table.c.report_id)
            .where(_stands(table))
            for table, _ in _SPOKEN
        )
    )
    return _notices(session, report_member.c.report_id.in_(spoken))


def find_grave_notices(session: Session) -> dict[int, tuple[ReportNotice, ...]]:
    """What makes reports doubtful today: retractions, withdrawals, expressions of concern.

    Per report the notices that no later reinstatement has undone, oldest first.
    """
    kinds = [*GRAVE, Cause.REINSTATEMENT]
    told: dict[int, list[ReportNotice]] = {}
    for found in _notices(session, notice.c.kind.in_(kinds)):
        told.setdefault(found.report_id, []).append(found)
    standing = {report_id: standing_notices(notices) for report_id, notices in told.items()}
    return {report_id: notices for report_id, notices in standing.items() if notices}


def find_reopenings(
    session: Session, report_ids: Iterable[int] | None = None
) -> dict[int, list[Reopening]]:
    """The re-openings of all of today's reports, or of these, oldest first."""
    query = (
        sa.select(reopening, report_member.c.report_id.label("today"))
        .join(report_member, report_member.c.record_id == reopening.c.report_id)
        .order_by(reopening.c.id)
    )
    if report_ids is not None:
        query = query.where(session.one_of(report_member.c.report_id, report_ids))
    found: dict[int, list[Reopening]] = {}
    for row in session.execute(query).mappings():
        found.setdefault(row["today"], []).append(_reopening(row))
    return found


def find_open_reopenings(
    session: Session, report_ids: Iterable[int] | None = None
) -> dict[int, list[Reopening]]:
    """The re-openings no person has answered yet by a later decision or consensus, by report.

    Of all reports, or of these.
    """
    found = find_reopenings(session, report_ids)
    decided = find_decided(session, found)
    still_open = {
        report_id: [r for r in reopened if r.opened_at >= decided[report_id].last]
        for report_id, reopened in found.items()
        if report_id in decided
    }
    return {report_id: reopened for report_id, reopened in still_open.items() if reopened}


_SPOKEN = ((decision, decision.c.decided_at), (consensus, consensus.c.settled_at))


def _stands(table: sa.Table) -> sa.ColumnElement[bool]:
    """Said, not a withdrawal, and not taken back."""
    undo = table.alias("undo")
    return sa.and_(
        table.c.verdict != "withdrawn",
        ~sa.exists().where(undo.c.withdraws == table.c.id),
    )


def _notices(session: Session, which: sa.ColumnElement[bool]) -> list[ReportNotice]:
    query = (
        sa.select(notice, report_member.c.report_id)
        .join(report_member, report_member.c.record_id == notice.c.record_id)
        .where(which, notice.c.kind.in_(list(Cause)))
        .order_by(report_member.c.report_id, notice.c.seen_at, notice.c.source, notice.c.notice_id)
    )
    return [
        ReportNotice(
            report_id=row["report_id"],
            kind=Cause(row["kind"]),
            notice_id=row["notice_id"],
            source=row["source"],
            dated=row["dated"],
            seen_at=row["seen_at"],
        )
        for row in session.execute(query).mappings()
    ]


def _reopening(row: sa.RowMapping) -> Reopening:
    said: dict[str, Any] = {
        name: row[name]
        for name in ("notice_id", "source", "text_before", "text_after", "opened_at")
    }
    return Reopening(report_id=row["today"], cause=Cause(row["cause"]), **said)
