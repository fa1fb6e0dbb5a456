"""reopen: put reports that changed after people decided on them before people again."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from identification.changes import find_due_notices, find_text_change
from review.records import Report
from review.reopenings import CAUSE_TEXT, RETRACTIONS, TEXT_CAUSES, Cause, Reopening, ReportNotice
from review.store.records import find_reports
from review.store.reopenings import (
    Decided,
    find_decided,
    find_decided_notices,
    find_reopenings,
    keep_reopenings,
)
from review.store.session import Session

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ReopenedReport:
    """A report that people should look at again, and why."""

    report_id: int
    title: str
    causes: tuple[Cause, ...]

    def __str__(self) -> str:
        causes = " and ".join(CAUSE_TEXT[cause] for cause in self.causes)
        return f"{self.title or f'report {self.report_id}'}: {causes}"


def reopen_reports(
    session: Session, changed: Sequence[tuple[Report, Report]], *, run_id: int, now: datetime
) -> tuple[ReopenedReport, ...]:
    """Re-open the reports with a decision whose text changed or on which a new notice was told.

    ``changed`` are reports as they were and as they are. What people decided stands, and no report
    moves. The caller commits, best together with the change itself. A second time nothing is due.
    """
    told: dict[int, list[ReportNotice]] = {}
    for notice in find_decided_notices(session):
        told.setdefault(notice.report_id, []).append(notice)
    texts = {after.report_id: (before, after) for before, after in changed}
    decided = find_decided(session, {*told, *texts})
    opened = find_reopenings(session, decided)
    reports = find_reports(session, decided)
    due: list[Reopening] = []
    for report_id, span in sorted(decided.items()):
        known, notices = opened.get(report_id, []), told.get(report_id, [])
        if report_id in texts:
            due += _text_change(*texts[report_id], known, notices, span, now)
        due += [
            _from_notice(notice, reports[report_id], span, now)
            for notice in find_due_notices(notices, known, span.first)
        ]
    keep_reopenings(session, run_id, due)
    for reopening in due:
        log.info("report %d is re-opened: %s", reopening.report_id, CAUSE_TEXT[reopening.cause])
    return tuple(
        ReopenedReport(
            report_id=report_id,
            title=reports[report_id].title,
            causes=tuple(dict.fromkeys(r.cause for r in due if r.report_id == report_id)),
        )
        for report_id in dict.fromkeys(r.report_id for r in due)
    )


def _text_change(
    before: Report,
    after: Report,
    known: Sequence[Reopening],
    notices: Sequence[ReportNotice],
    span: Decided,
    now: datetime,
) -> list[Reopening]:
    cause = find_text_change(
        (before.title, before.abstract),
        (after.title, after.abstract),
        is_retracted=any(n.kind in RETRACTIONS for n in notices),
    )
    if cause is None:
        return []
    # Changed twice without an answer: people still decided on the first text.
    waiting = [r for r in known if r.cause in TEXT_CAUSES and r.opened_at >= span.last]
    return [
        Reopening(
            report_id=after.report_id,
            cause=cause,
            text_before=waiting[0].text_before if waiting else before.text,
            text_after=after.text,
            opened_at=_opened_at(span, now),
        )
    ]


def _from_notice(notice: ReportNotice, report: Report, span: Decided, now: datetime) -> Reopening:
    return Reopening(
        report_id=report.report_id,
        cause=notice.kind,
        notice_id=notice.notice_id,
        source=notice.source,
        text_before=report.text,
        text_after=report.text,
        opened_at=_opened_at(span, now),
    )


def _opened_at(span: Decided, now: datetime) -> datetime:
    """Not before the last decision, which was made while a long run was still going on."""
    return max(now, span.last)
