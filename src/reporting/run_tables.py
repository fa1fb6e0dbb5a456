"""The tables that say how an edition came about: its run, its models and its protocol."""

from __future__ import annotations

from datetime import datetime

from reporting.edition import EditionData, SearchFacts
from reporting.table import Table


def table_searches(edition: EditionData) -> Table:
    """What each source was asked and what it sent (PRISMA 2020, items 6 and 7)."""
    return Table(
        key="searches",
        caption="Searches of the last run",
        columns=(
            "Source",
            "Query or file",
            "Records asked for",
            "Window",
            "Expected",
            "Received",
            "Refused",
            "Not what was asked for",
            "State",
            "Told by the source",
        ),
        rows=tuple(
            (
                edition.source_names.get(search.source, search.source),
                search.query or search.address,
                search.change or "all",
                window_text(search),
                search.expected,
                search.received,
                search.refused,
                search.passed_over,
                search.state,
                "; ".join(search.warnings),
            )
            for search in edition.run.searches
        ),
    )


def table_coverage(edition: EditionData) -> Table:
    """How far each strategy was searched, over all runs (PRISMA-S, items 13 and 15)."""
    return Table(
        key="coverage",
        caption="How far each source was searched, over all runs",
        columns=(
            *("Source", "Strategy", "Records asked for", "From", "Complete until", "Searches"),
            "Records first found",
        ),
        rows=tuple(
            (
                edition.source_names.get(row.source, row.source),
                row.query,
                row.change,
                _day(row.since),
                _day(row.until),
                row.searches,
                row.records,
            )
            for row in edition.run.coverage
        ),
    )


def table_late(edition: EditionData) -> Table:
    """What came after its days had been searched: whether the windows overlap far enough."""
    return Table(
        key="late_arrivals",
        caption="Records that entered a source after their days had been searched, by days of lag",
        columns=("Source", "Records", "Up to 7", "8 to 14", "15 or more", "Longest lag"),
        rows=tuple(
            (
                edition.source_names.get(row.source, row.source),
                row.between(0),
                row.between(0, 7),
                row.between(8, 14),
                row.between(15),
                max(row.lags),
            )
            for row in edition.run.late
        ),
    )


def table_run(edition: EditionData) -> Table:
    """What the last run added to the review."""
    run = edition.run
    return Table(
        key="run",
        caption="What the last run added",
        columns=("What", "Number"),
        rows=(
            ("Records new to the review", run.records_new),
            ("Records known already", run.records_known),
            ("New records that duplicate another", run.records_duplicate),
            ("Full texts retrieved", run.full_texts_retrieved),
            ("Full texts sought without an answer", run.full_texts_unanswered),
            ("Reports assessed against the criteria", run.reports_assessed),
            ("Reports tagged", run.reports_tagged),
            ("Passages read for influences", run.passages),
            ("Influences suggested", run.suggestions),
        ),
    )


def table_models(edition: EditionData) -> Table:
    """Which models judged, with what figures (PRISMA-trAIce, M2, M7 and R2)."""
    return Table(
        key="models",
        caption="Models used, with the figures of their own evaluation",
        columns=("Task", "Model", "Version", "Fingerprint", "Thresholds", "Evaluation"),
        rows=tuple(
            (
                model.task,
                model.name,
                model.version,
                model.fingerprint,
                _pairs(model.thresholds),
                "; ".join(part for part in (_pairs(model.figures), model.evaluated) if part),
            )
            for model in edition.run.models
        ),
    )


def table_answers(edition: EditionData) -> Table:
    """How often the machine called each criterion met, not met or unclear."""
    known = {c.key: c for c in edition.protocol.criteria}
    return Table(
        key="answers",
        caption="The machine's answers to each criterion, unverified",
        columns=("Criterion", "Kind", "Met", "Not met", "Unclear"),
        rows=tuple(
            (
                known[count.criterion].question if count.criterion in known else count.criterion,
                known[count.criterion].kind if count.criterion in known else "no longer asked",
                count.met,
                count.not_met,
                count.unclear,
            )
            for count in edition.answers
        ),
    )


def table_criteria(edition: EditionData) -> Table:
    """The protocol's criteria in the order that picks the main reason."""
    return Table(
        key="criteria",
        caption="Eligibility criteria",
        columns=("Order", "Question", "Kind", "Reason for exclusion"),
        rows=tuple(
            (criterion.order, criterion.question, criterion.kind, criterion.reason_text)
            for criterion in sorted(edition.protocol.criteria, key=lambda c: c.order)
        ),
    )


def table_strategies(edition: EditionData) -> Table:
    """The protocol's strategies (PRISMA-S, item 8)."""
    return Table(
        key="strategies",
        caption="Search strategies, exactly as they are sent",
        columns=("Source", "Query", "Note"),
        rows=tuple(
            (edition.source_names.get(s.source, s.source), s.query, s.note)
            for s in edition.protocol.searches
        ),
    )


def window_text(search: SearchFacts) -> str:
    """The days a search asked for, "all" where it set no limit."""
    start, end = _day(search.window_from), _day(search.window_to)
    if not start and not end:
        return "all"
    return f"{start or 'the beginning'} to {end or 'today'}"


def _pairs(pairs: tuple[tuple[str, str], ...]) -> str:
    return "; ".join(f"{name} {value}" for name, value in pairs)


def _day(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d") if moment else ""
