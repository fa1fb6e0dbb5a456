"""All tables of an edition, and what it found: the flow, the influences and the reports."""

from __future__ import annotations

from reporting.changed import table_changed, table_questioned
from reporting.edition import EditionData, ExcludedReport, ListedReport
from reporting.flow import flow_boxes, reason_text
from reporting.matrix import Matrix
from reporting.prisma import Box
from reporting.run_tables import (
    table_answers,
    table_coverage,
    table_criteria,
    table_late,
    table_models,
    table_run,
    table_searches,
    table_strategies,
)
from reporting.studies import table_linked
from reporting.table import BIBLIOGRAPHY, Cell, Table, bibliography
from reporting.text import short_citation


def tables_of(edition: EditionData) -> dict[str, Table]:
    """Every table of the edition by its key, in the order of the page."""
    tables = (
        _flow(edition),
        _influences(edition, edition.verified),
        _influences(edition, edition.suggested),
        _matrix(edition),
        _reports(edition, "included", "Reports included by people", edition.included),
        _reports(
            edition,
            "provisional",
            "Reports provisionally included by the machine, awaiting people",
            edition.provisional,
        ),
        _reports(
            edition,
            "doubtful",
            "Reports the machine is unsure of, awaiting people",
            edition.doubtful,
        ),
        _reports(
            edition,
            "awaiting_full_text",
            "Reports people included on title and abstract, awaiting their full text",
            edition.awaiting_full_text,
        ),
        _passages(edition),
        _excluded(
            edition,
            "excluded_on_full_text",
            "Reports excluded by people on the full text",
            edition.excluded_on_full_text,
        ),
        _excluded(
            edition,
            "excluded_by_machine",
            "Reports marked as ineligible by automation, not seen by a person",
            edition.excluded_by_machine,
        ),
        _decisions(edition),
        table_questioned(edition),
        table_changed(edition),
        table_linked(edition),
        table_searches(edition),
        table_coverage(edition),
        table_late(edition),
        table_run(edition),
        table_models(edition),
        table_answers(edition),
        table_criteria(edition),
        table_strategies(edition),
        _prisma_keys(edition),
    )
    return {table.key: table for table in tables}


def tables_csv(edition: EditionData) -> dict[str, str]:
    """CSV text by file name, to be kept in the page's folder; lines end in ``\\n``.

    A cell that a spreadsheet would run as a formula is led by an apostrophe. Write the files as
    ``utf-8-sig``: without the mark Excel reads them in the code page of the machine.
    """
    return {table.file_name: table.csv() for table in tables_of(edition).values()}


def _flow(edition: EditionData) -> Table:
    boxes = flow_boxes(
        edition.counts, reason_texts=edition.reason_texts, source_names=edition.source_names
    )
    rows: list[tuple[Cell, ...]] = []
    for box in boxes:
        # The last box's note is a number of its own, which has its own row.
        rows.append((box.stage, box.words, "" if box.final else box.note, box.number))
        rows.extend((box.stage, box.words, part, number) for part, number in box.parts)
    rows.append(("Included", "Studies included in review", "", edition.counts.studies))
    return Table(
        key="flow",
        caption="The flow in numbers",
        columns=("Stage", "Box", "Source, reason or part", "Number"),
        rows=tuple(rows),
    )


def _prisma_keys(edition: EditionData) -> Table:
    """The numbers under the names that the PRISMA2020 flow-diagram template gives its boxes."""
    counts = edition.counts
    reasons = counts.reasons(Box.EXCLUDED_FULL_TEXT)
    listed = "; ".join(f"{reason_text(r, edition.reason_texts)}, {n}" for r, n in reasons.items())
    return Table(
        key="prisma2020",
        caption="Numbers by the keys of the PRISMA2020 template",
        columns=("data", "n"),
        rows=(
            ("previous_reports", counts.included_before),
            ("database_results", counts.records_identified),
            ("duplicates", counts.duplicates_removed),
            ("excluded_automatic", counts.excluded_automatic),
            ("records_screened", counts.screened),
            ("records_excluded", counts.excluded_screening),
            ("dbr_sought_reports", counts.sought),
            ("dbr_notretrieved_reports", counts.not_retrieved),
            ("dbr_assessed", counts.assessed),
            ("dbr_excluded", listed or 0),
            ("new_reports", counts.included - counts.included_before),
            ("total_studies", counts.studies),
            ("total_reports", counts.included),
        ),
    )


def _influences(edition: EditionData, matrix: Matrix) -> Table:
    voice = "verified by people" if matrix.verified else "suggested by the machine, unverified"
    return Table(
        key="influences_verified" if matrix.verified else "influences_suggested",
        caption=f"Influences by direction, {voice}",
        columns=(
            "Code",
            "Influence",
            "Facilitator",
            "Barrier",
            "Both",
            "Unclear",
            "Studies reporting it",
            "Studies counted in",
            "Share",
            "95 % interval from",
            "95 % interval to",
        ),
        rows=tuple(
            (
                edition.theme_code(count.theme),
                edition.theme_name(count.theme),
                count.facilitator,
                count.barrier,
                count.both,
                count.unclear,
                count.numerator,
                count.denominator,
                _rounded(count.share),
                _rounded(count.low),
                _rounded(count.high),
            )
            for count in matrix.counts
        ),
    )


def _matrix(edition: EditionData) -> Table:
    themes = edition.codebook.themes
    columns = ["Report", "Study", "State"]
    for theme in themes:
        columns += [f"{theme.code} verified", f"{theme.code} suggested"]
    rows: list[tuple[Cell, ...]] = []
    for listed, state in edition.studied:
        report_id = listed.report.report_id
        cells = [
            matrix.cell(report_id, theme.key)
            for theme in themes
            for matrix in (edition.verified, edition.suggested)
        ]
        rows.append(
            (
                report_id,
                short_citation(listed.report),
                state,
                *(cell.value if cell else "" for cell in cells),
            )
        )
    return Table(
        key="matrix",
        caption="Influences by study",
        columns=tuple(columns),
        rows=tuple(rows),
    )


def _reports(
    edition: EditionData, key: str, caption: str, reports: tuple[ListedReport, ...]
) -> Table:
    return Table(
        key=key,
        caption=caption,
        columns=(*BIBLIOGRAPHY, "Probability of inclusion (machine)", "In an earlier edition"),
        rows=tuple(
            (
                *bibliography(listed.report),
                _rounded(listed.probability),
                "yes" if listed.included_before else "no",
            )
            for listed in reports
        ),
    )


def _passages(edition: EditionData) -> Table:
    return Table(
        key="passages",
        caption="Passages by influence and direction",
        columns=("Report", "Study", "Said by", "Influence", "Direction", "Score", "Passage"),
        rows=tuple(
            (
                listed.report.report_id,
                short_citation(listed.report),
                "people" if passage.score is None else "machine, unverified",
                edition.theme_name(passage.theme),
                passage.direction.value,
                _rounded(passage.score),
                passage.text,
            )
            for listed, _ in edition.studied
            for passage in listed.passages
        ),
    )


def _excluded(
    edition: EditionData, key: str, caption: str, reports: tuple[ExcludedReport, ...]
) -> Table:
    return Table(
        key=key,
        caption=caption,
        columns=(*BIBLIOGRAPHY, "Main reason", "Deciding quote", "Probability of inclusion"),
        rows=tuple(
            (
                *bibliography(excluded.report),
                reason_text(excluded.reason, edition.reason_texts),
                excluded.quote.exact if excluded.quote else "",
                _rounded(excluded.probability),
            )
            for excluded in reports
        ),
    )


def _decisions(edition: EditionData) -> Table:
    """Who decided what, and what was settled; another review that imports it reads votes."""
    return Table(
        key="decisions",
        caption="Decisions of people",
        columns=(*BIBLIOGRAPHY, "Stage", "Verdict", "Reviewer", "Reason", "Settled"),
        rows=tuple(
            (
                *bibliography(said.report),
                said.stage.value.replace("_", " "),
                said.verdict.value,
                said.reviewer,
                reason_text(said.reason, edition.reason_texts) if said.reason else "",
                "yes" if said.is_settled else "no",
            )
            for said in edition.decisions
        ),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
