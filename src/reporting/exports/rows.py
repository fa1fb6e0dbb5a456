"""Annotations and decisions as tables: a row for each word of each person."""

from __future__ import annotations

from reporting.exports.said import Said
from reporting.flow import reason_text
from reporting.table import BIBLIOGRAPHY, Table, bibliography

# What a row about a passage says after the bibliography; the reader goes by these names.
PASSAGE_COLUMNS = (
    "Annotation",
    "Theme",
    "Influence",
    "Direction",
    "Answer",
    "Reviewer",
    "Settled",
    "Annotated at",
    "Passage",
    "Passage from",
    "Passage to",
    "Words before",
    "Words after",
    "Text hash",
    "Saw suggestion",
    "Codebook version",
    "Lane",
)


def table_annotations(said: Said) -> Table:
    """A row for each annotation of each reviewer, and for what was settled about passages.

    "Passage from" and "Passage to" count code points from 0 in title, line break and abstract.
    """
    names = {theme.key: theme.name for theme in said.codebook.themes}
    return Table(
        key="annotations",
        caption="Annotations of people",
        columns=(*BIBLIOGRAPHY, *PASSAGE_COLUMNS),
        rows=tuple(
            (
                *bibliography(said.reports[word.report_id]),
                word.annotation_id,
                word.theme,
                names.get(word.theme, word.theme),
                word.direction.value,
                word.verdict.value,
                word.reviewer,
                _yes(is_settled),
                word.annotated_at.isoformat(),
                word.quote.exact,
                word.quote.start,
                word.quote.end,
                word.quote.prefix,
                word.quote.suffix,
                word.text_hash,
                _yes(word.saw_suggestion),
                word.codebook_version,
                word.lane,
            )
            for word, is_settled in said.passages
        ),
    )


def table_decisions(said: Said) -> Table:
    """A row for each decision of each reviewer, and for what was settled about reports."""
    reasons = {c.exclusion_reason: c.reason_text for c in said.protocol.criteria}
    return Table(
        key="decisions",
        caption="Decisions of people",
        columns=(
            *BIBLIOGRAPHY,
            *("Stage", "Verdict", "Reviewer", "Reason", "Settled", "Decided at"),
            *("Saw assessment", "Lane"),
        ),
        rows=tuple(
            (
                *bibliography(said.reports[word.report_id]),
                word.stage.value.replace("_", " "),
                word.verdict.value,
                word.reviewer,
                reason_text(word.exclusion_reason, reasons) if word.exclusion_reason else "",
                _yes(is_settled),
                word.decided_at.isoformat(),
                _yes(word.saw_assessment),
                word.lane,
            )
            for word, is_settled in said.verdicts
        ),
    )


def _yes(claim: bool) -> str:
    return "yes" if claim else "no"
