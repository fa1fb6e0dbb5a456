"""What holds today: views over the votes and over the machine's newest rows."""

from __future__ import annotations

import sqlalchemy as sa

from review.store.schema import (
    annotation,
    annotation_consensus,
    assessment,
    assignment,
    consensus,
    decision,
    duplicate_vote,
    note,
    passage,
    suggestion,
    tagging,
)


def _standing(table: sa.Table, per: str) -> str:
    """The last word per subject and person that was not taken back, on today's report."""
    columns = ", ".join(
        f"said.{c.name}" for c in table.c if c.name not in ("report_id", "withdraws")
    )
    return f"""
        SELECT * FROM (
            SELECT member.report_id, {columns},
                   row_number() OVER (PARTITION BY member.report_id, {per} ORDER BY said.seq DESC)
                   AS age
            FROM {table.name} AS said
            JOIN report_member AS member ON member.record_id = said.report_id
            WHERE said.withdraws IS NULL
              AND said.id NOT IN ({_withdrawn(table.name)})
        ) AS standing WHERE age = 1
    """


def _withdrawn(table: str) -> str:
    """The votes taken back. Asked once for the whole view: SQLite would ask for every vote anew."""
    return f"SELECT withdraws FROM {table} WHERE withdraws IS NOT NULL"


def _latest(table: sa.Table, texts: str) -> str:
    """The newest machine row on each of the ``texts`` that the report has today."""
    columns = ", ".join(f"made.{c.name}" for c in table.c)
    return f"""
        SELECT * FROM (
            SELECT {columns}, row_number() OVER (
                PARTITION BY made.report_id, made.text_hash ORDER BY made.id DESC
            ) AS age
            FROM {table.name} AS made
            JOIN {texts} AS today
              ON today.report_id = made.report_id AND today.text_hash = made.text_hash
        ) AS latest WHERE age = 1
    """


# The texts of a report: title and abstract, and what was last read from its full text.
_TEXTS = """
    SELECT report_id, text_hash, false AS is_full_text FROM report
    UNION ALL
    SELECT report_id, text_hash, true FROM (
        SELECT member.report_id, kept.sha256 AS text_hash, row_number() OVER (
            PARTITION BY member.report_id ORDER BY kept.id DESC
        ) AS age
        FROM full_text AS kept
        JOIN report_member AS member ON member.record_id = kept.report_id
        WHERE kept.state = 'read'
    ) AS reading WHERE age = 1
"""


_PASSAGE = "said.text_hash, said.quote_start, said.quote_end"

# In the order they must be made.
VIEWS = {
    "current_decision": _standing(decision, "said.stage, said.reviewer"),
    "current_consensus": _standing(consensus, "said.stage"),
    "current_annotation": _standing(annotation, f"{_PASSAGE}, said.theme, said.reviewer"),
    "current_annotation_consensus": _standing(annotation_consensus, f"{_PASSAGE}, said.theme"),
    "current_note": _standing(note, f"{_PASSAGE}, said.reviewer"),
    "current_assignment": _standing(assignment, "said.task, said.reviewer"),
    "current_duplicate_vote": f"""
        SELECT * FROM (
            SELECT said.*, row_number() OVER (
                PARTITION BY said.record_a, said.record_b, said.voter ORDER BY said.seq DESC
            ) AS age
            FROM duplicate_vote AS said
            WHERE said.verdict <> 'withdrawn'
              AND said.id NOT IN ({_withdrawn("duplicate_vote")})
        ) AS standing WHERE age = 1
    """,
    "current_assessment": _latest(assessment, "report"),
    "current_text": _TEXTS,
    "current_tagging": _latest(tagging, "current_text"),
    "current_suggestion": """
        SELECT suggestion.*, tagging.report_id, tagging.text_hash, tagging.model,
               passage.position, passage.section, passage.relevance, passage.quote_start,
               passage.quote_end, passage.quote_exact, passage.quote_prefix, passage.quote_suffix
        FROM suggestion
        JOIN passage ON passage.id = suggestion.passage_id
        JOIN current_tagging AS tagging ON tagging.id = passage.tagging_id
    """,
}


def _view(
    name: str, *tables: sa.Table, without: tuple[str, ...] = ("withdraws",)
) -> sa.TableClause:
    columns = {c.name: c.type for table in tables for c in table.c if c.name not in without}
    return sa.table(name, *(sa.column(name, type_) for name, type_ in columns.items()))


current_decision = _view("current_decision", decision)
current_consensus = _view("current_consensus", consensus)
current_annotation = _view("current_annotation", annotation)
current_annotation_consensus = _view("current_annotation_consensus", annotation_consensus)
current_note = _view("current_note", note)
current_assignment = _view("current_assignment", assignment)
current_duplicate_vote = _view("current_duplicate_vote", duplicate_vote)
current_assessment = _view("current_assessment", assessment)
current_text = sa.table(
    "current_text",
    sa.column("report_id", sa.Integer),
    sa.column("text_hash", sa.Text),
    sa.column("is_full_text", sa.Boolean),
)
current_tagging = _view("current_tagging", tagging)
current_suggestion = _view(
    "current_suggestion",
    tagging,
    passage,
    suggestion,
    without=("run_id", "tagged_at", "tagging_id"),
)
