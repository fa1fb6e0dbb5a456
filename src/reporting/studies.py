"""Reports of one study: listed together, and counted once among the studies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reporting.edition import EditionData, LinkedReport
from reporting.prisma import BOX_TEXT, EXCLUSIONS, ReportState
from reporting.table import BIBLIOGRAPHY, Table, bibliography
from review.records import Report
from review.store.duplicates import StudyLink, group_studies


def list_linked(
    states: Iterable[ReportState], reports: Mapping[int, Report], links: Iterable[StudyLink]
) -> tuple[LinkedReport, ...]:
    """The reports of every study that has several, one of them not excluded, study by study.

    A report is listed with the reasons for its own links, each once.
    """
    links = list(links)
    study_of = group_studies(links)
    why: dict[int, dict[str, None]] = {}
    for link in links:
        for report_id in (link.report_a, link.report_b):
            why.setdefault(report_id, {})[link.words] = None
    linked = [state for state in states if state.report_id in study_of]
    told = {study_of[state.report_id] for state in linked if state.box not in EXCLUSIONS}
    listed = [
        LinkedReport(
            study=study_of[state.report_id],
            report=reports[state.report_id],
            box=state.box,
            why=tuple(why[state.report_id]),
        )
        for state in linked
        if study_of[state.report_id] in told
    ]
    return tuple(sorted(listed, key=lambda item: (item.study, item.report.report_id)))


def table_linked(edition: EditionData) -> Table:
    """One row per report; a study is called after its earliest report."""
    return Table(
        key="linked_reports",
        caption="Reports of one study, where at least one is not excluded",
        columns=("Study", *BIBLIOGRAPHY, "Where it stands", "Why"),
        rows=tuple(
            (
                linked.study,
                *bibliography(linked.report),
                BOX_TEXT[linked.box],
                "; ".join(linked.why),
            )
            for linked in edition.linked
        ),
    )
