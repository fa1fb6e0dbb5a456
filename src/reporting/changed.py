"""Reports that are not what they were: changed since people decided, retracted, under concern."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reporting.edition import ChangedReport, EditionData, QuestionedReport
from reporting.flow import reason_text
from reporting.prisma import BOX_TEXT, EXCLUSIONS, ReportState
from reporting.table import BIBLIOGRAPHY, Table, bibliography
from review.records import Report
from review.reopenings import (
    CAUSE_TEXT,
    NOTICE_TEXT,
    RETRACTIONS,
    TEXT_CAUSES,
    Reopening,
    ReportNotice,
)


def list_changed(
    states: Iterable[ReportState],
    reports: Mapping[int, Report],
    reopened: Mapping[int, Sequence[Reopening]],
) -> tuple[ChangedReport, ...]:
    """The reports to be looked at again, the one re-opened last first."""
    listed = [
        ChangedReport(
            report=reports[state.report_id],
            box=state.box,
            exclusion_reason=state.exclusion_reason,
            causes=tuple(reopened[state.report_id]),
        )
        for state in states
        if state.reopened
    ]
    return tuple(sorted(listed, key=lambda c: c.causes[-1].opened_at, reverse=True))


def list_questioned(
    states: Iterable[ReportState],
    reports: Mapping[int, Report],
    notices: Mapping[int, Sequence[ReportNotice]],
) -> tuple[QuestionedReport, ...]:
    """The reports that are not excluded and that standing notices question, retracted ones first.

    A retraction says all that a concern before it said: where there is one, only it is listed.
    """
    listed = [
        QuestionedReport(
            report=reports[state.report_id],
            box=state.box,
            notices=tuple(n for n in told if n.kind in RETRACTIONS) or tuple(told),
        )
        for state in states
        if state.box not in EXCLUSIONS and (told := notices.get(state.report_id))
    ]
    return tuple(sorted(listed, key=lambda q: (not q.is_retracted, q.report.report_id)))


def table_changed(edition: EditionData) -> Table:
    """One row per cause, with the whole text before and after."""
    return Table(
        key="changed",
        caption="Reports changed since people decided on them, to be looked at again",
        columns=(
            *BIBLIOGRAPHY,
            *("Where it stands", "Main reason", "What changed", "Notice", "Told by"),
            *("Re-opened on", "Text before", "Text after"),
        ),
        rows=tuple(
            (
                *bibliography(changed.report),
                BOX_TEXT[changed.box],
                reason_text(changed.exclusion_reason, edition.reason_texts)
                if changed.box in EXCLUSIONS
                else "",
                CAUSE_TEXT[cause.cause],
                cause.notice_id,
                edition.source_names.get(cause.source, cause.source),
                cause.opened_at.strftime("%Y-%m-%d"),
                *(
                    (cause.text_before, cause.text_after)
                    if cause.cause in TEXT_CAUSES
                    else ("", "")
                ),
            )
            for changed in edition.changed
            for cause in changed.causes
        ),
    )


def table_questioned(edition: EditionData) -> Table:
    """One row per notice and source that tells it."""
    return Table(
        key="retractions",
        caption="Included and possible reports that are retracted or under concern",
        columns=(*BIBLIOGRAPHY, "Where it stands", "What is told", "Notice", "Told by", "Dated"),
        rows=tuple(
            (
                *bibliography(questioned.report),
                BOX_TEXT[questioned.box],
                NOTICE_TEXT[notice.kind],
                notice.notice_id,
                edition.source_names.get(notice.source, notice.source),
                notice.dated.isoformat() if notice.dated else "",
            )
            for questioned in edition.questioned
            for notice in questioned.notices
        ),
    )
