"""The tables of the people of a review: who they are, and what they said, which nobody may change.

A reviewer's row is the only one here that changes. All else is append-only: changing one's mind is
a new row, and the database refuses UPDATE and DELETE. ``planted`` is the machine's: themes that are
known to be wrong, put before a reviewer to see whether they are caught.
"""

from __future__ import annotations

import sqlalchemy as sa

from review.store import columns
from review.store.columns import UtcDateTime, metadata

APPEND_ONLY = (
    "decision",
    "annotation",
    "consensus",
    "annotation_consensus",
    "note",
    "assignment",
    "planted_answer",
)


def _by(name: str = "reviewer", index: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.ForeignKey("reviewer.name"), nullable=False, index=index)


def _answers() -> sa.Column[object]:
    # [{"criterion": "design", "answer": "met", "quote": {"start": 3, …} or null}]
    return sa.Column("answers", sa.JSON, nullable=False, server_default="[]")


reviewer = sa.Table(
    "reviewer",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    columns.text("role"),  # guest, reviewer, adjudicator, maintainer
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.Column("retired_at", UtcDateTime),
    columns.text("password_hash"),  # argon2id; empty where this person cannot sign in
    # A session of another version than this has ended: a password changed, or a person retired.
    sa.Column("session_version", sa.Integer, nullable=False, server_default="0"),
    sa.Column("keys", sa.JSON, nullable=False, server_default="{}"),  # {"off": true, "accept": "y"}
)

decision = sa.Table(
    "decision",
    metadata,
    *columns.vote(),
    columns.record(),
    columns.text("stage"),
    _by(),
    columns.text("verdict"),  # include, exclude, unsure, withdrawn
    sa.Column("exclusion_reason", sa.Text),
    sa.Column("saw_assessment", sa.Boolean, nullable=False),
    sa.Column("decided_at", UtcDateTime, nullable=False),
    _answers(),
    columns.text("lane"),  # how the report came before the reviewer
    sa.Index(None, "report_id", "stage", "reviewer"),
    # A person's last words at a stage, and how many they are.
    sa.Index(None, "reviewer", "stage", "seq"),
    # What is included, to be decided on by its full text. Were the stage first, SQLite would seek
    # every decision on one report by it.
    sa.Index(None, "verdict", "stage", "report_id"),
)

annotation = sa.Table(
    "annotation",
    metadata,
    *columns.vote(),
    columns.record(),
    columns.text("text_hash"),
    *columns.quote(nullable=False),
    columns.text("theme"),
    columns.text("verdict"),  # accept, reject, add, withdrawn
    columns.text("direction"),
    _by(),
    sa.Column("suggestion_id", sa.ForeignKey("suggestion.id")),
    sa.Column("saw_suggestion", sa.Boolean, nullable=False),
    columns.text("codebook_version"),
    sa.Column("annotated_at", UtcDateTime, nullable=False),
    columns.text("lane"),  # how the passage came before the reviewer
    sa.Index(None, "report_id", "reviewer"),
    # A person's last words, and which suggestions they answer.
    sa.Index(None, "reviewer", "seq"),
    sa.Index(None, "suggestion_id", "reviewer"),
    # How often a theme was verified.
    sa.Index(None, "theme", "verdict"),
)

# What an adjudicator settled about a report; the decisions stay as they were said.
consensus = sa.Table(
    "consensus",
    metadata,
    *columns.vote(),
    columns.record(index=True),
    columns.text("stage"),
    columns.text("verdict"),
    sa.Column("exclusion_reason", sa.Text),
    _by("adjudicator"),
    columns.text("reason"),
    sa.Column("settled_at", UtcDateTime, nullable=False),
    _answers(),
)

# And about one theme of one passage.
annotation_consensus = sa.Table(
    "annotation_consensus",
    metadata,
    *columns.vote(),
    columns.record(index=True),
    columns.text("text_hash"),
    *columns.quote(nullable=False),
    columns.text("theme"),
    columns.text("verdict"),  # accept, reject, withdrawn
    columns.text("direction"),
    _by("adjudicator"),
    columns.text("reason"),
    columns.text("codebook_version"),
    sa.Column("settled_at", UtcDateTime, nullable=False),
)

# On a report, or on a passage of it where there is a quote. The last one of a person stands.
note = sa.Table(
    "note",
    metadata,
    *columns.vote(),
    columns.record(index=True),
    columns.text("text_hash"),
    *columns.quote(nullable=True),
    _by(),
    columns.text("text"),  # empty where the person took the note away
    sa.Column("noted_at", UtcDateTime, nullable=False),
)

# Who is asked to read a report as well.
assignment = sa.Table(
    "assignment",
    metadata,
    *columns.vote(),
    columns.record(index=True),
    columns.text("task"),  # title_abstract, full_text, passages
    _by(index=True),
    columns.text("verdict"),  # assigned, withdrawn
    _by("assigned_by"),
    sa.Column("assigned_at", UtcDateTime, nullable=False),
)

# A theme or direction known to be wrong for a passage, shown to one reviewer as if suggested.
planted = sa.Table(
    "planted",
    metadata,
    columns.serial(),
    _by(),
    sa.Column("passage_id", sa.ForeignKey("passage.id"), nullable=False, index=True),
    columns.text("theme"),
    columns.text("direction"),
    columns.text("wrong"),  # theme, direction
    sa.Column("planted_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("reviewer", "passage_id", "theme"),
)

# What was said to it: never an annotation, so that it is counted nowhere else.
planted_answer = sa.Table(
    "planted_answer",
    metadata,
    *columns.vote(),
    sa.Column("planted_id", sa.ForeignKey("planted.id"), nullable=False, index=True),
    _by(),
    columns.text("verdict"),
    columns.text("direction"),
    sa.Column("answered_at", UtcDateTime, nullable=False),
)
