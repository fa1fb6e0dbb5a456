"""People who sign in, their answers per criterion, notes, assignments, and what is settled."""

import sqlalchemy as sa
from alembic import op

from review.store.columns import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "annotation_consensus",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("withdraws", sa.Text(), nullable=True),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("quote_start", sa.Integer(), nullable=False),
        sa.Column("quote_end", sa.Integer(), nullable=False),
        sa.Column("quote_exact", sa.Text(), nullable=False),
        sa.Column("quote_prefix", sa.Text(), nullable=False),
        sa.Column("quote_suffix", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), server_default="", nullable=False),
        sa.Column("verdict", sa.Text(), server_default="", nullable=False),
        sa.Column("direction", sa.Text(), server_default="", nullable=False),
        sa.Column("adjudicator", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("codebook_version", sa.Text(), server_default="", nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["adjudicator"],
            ["reviewer.name"],
            name=op.f("fk_annotation_consensus_adjudicator_reviewer"),
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["record.id"], name=op.f("fk_annotation_consensus_report_id_record")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_annotation_consensus")),
        sa.UniqueConstraint("id", name=op.f("uq_annotation_consensus_id")),
    )
    op.create_index(
        op.f("ix_annotation_consensus_report_id"),
        "annotation_consensus",
        ["report_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_annotation_consensus_withdraws"),
        "annotation_consensus",
        ["withdraws"],
        unique=False,
    )
    op.create_table(
        "assignment",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("withdraws", sa.Text(), nullable=True),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("task", sa.Text(), server_default="", nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), server_default="", nullable=False),
        sa.Column("assigned_by", sa.Text(), nullable=False),
        sa.Column("assigned_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assigned_by"], ["reviewer.name"], name=op.f("fk_assignment_assigned_by_reviewer")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["record.id"], name=op.f("fk_assignment_report_id_record")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer"], ["reviewer.name"], name=op.f("fk_assignment_reviewer_reviewer")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_assignment")),
        sa.UniqueConstraint("id", name=op.f("uq_assignment_id")),
    )
    op.create_index(op.f("ix_assignment_report_id"), "assignment", ["report_id"], unique=False)
    op.create_index(op.f("ix_assignment_reviewer"), "assignment", ["reviewer"], unique=False)
    op.create_index(op.f("ix_assignment_withdraws"), "assignment", ["withdraws"], unique=False)
    op.create_table(
        "note",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("withdraws", sa.Text(), nullable=True),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("quote_start", sa.Integer(), nullable=True),
        sa.Column("quote_end", sa.Integer(), nullable=True),
        sa.Column("quote_exact", sa.Text(), nullable=True),
        sa.Column("quote_prefix", sa.Text(), nullable=True),
        sa.Column("quote_suffix", sa.Text(), nullable=True),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("noted_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["record.id"], name=op.f("fk_note_report_id_record")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer"], ["reviewer.name"], name=op.f("fk_note_reviewer_reviewer")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_note")),
        sa.UniqueConstraint("id", name=op.f("uq_note_id")),
    )
    op.create_index(op.f("ix_note_report_id"), "note", ["report_id"], unique=False)
    op.create_index(op.f("ix_note_withdraws"), "note", ["withdraws"], unique=False)
    op.create_table(
        "planted",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("passage_id", sa.Integer(), nullable=False),
        sa.Column("theme", sa.Text(), server_default="", nullable=False),
        sa.Column("direction", sa.Text(), server_default="", nullable=False),
        sa.Column("wrong", sa.Text(), server_default="", nullable=False),
        sa.Column("planted_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["passage_id"], ["passage.id"], name=op.f("fk_planted_passage_id_passage")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer"], ["reviewer.name"], name=op.f("fk_planted_reviewer_reviewer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planted")),
        sa.UniqueConstraint(
            "reviewer", "passage_id", "theme", name=op.f("uq_planted_reviewer_passage_id_theme")
        ),
    )
    op.create_index(op.f("ix_planted_passage_id"), "planted", ["passage_id"], unique=False)
    op.create_table(
        "planted_answer",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("withdraws", sa.Text(), nullable=True),
        sa.Column("planted_id", sa.Integer(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), server_default="", nullable=False),
        sa.Column("direction", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["planted_id"], ["planted.id"], name=op.f("fk_planted_answer_planted_id_planted")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer"], ["reviewer.name"], name=op.f("fk_planted_answer_reviewer_reviewer")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_planted_answer")),
        sa.UniqueConstraint("id", name=op.f("uq_planted_answer_id")),
    )
    op.create_index(
        op.f("ix_planted_answer_planted_id"), "planted_answer", ["planted_id"], unique=False
    )
    op.create_index(
        op.f("ix_planted_answer_withdraws"), "planted_answer", ["withdraws"], unique=False
    )
    op.add_column("annotation", sa.Column("lane", sa.Text(), server_default="", nullable=False))
    op.create_index(op.f("ix_annotation_reviewer"), "annotation", ["reviewer"], unique=False)
    op.add_column("consensus", sa.Column("answers", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("decision", sa.Column("answers", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("decision", sa.Column("lane", sa.Text(), server_default="", nullable=False))
    op.create_index(op.f("ix_decision_reviewer"), "decision", ["reviewer"], unique=False)
    op.add_column(
        "reviewer", sa.Column("password_hash", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "reviewer", sa.Column("session_version", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("reviewer", sa.Column("keys", sa.JSON(), server_default="{}", nullable=False))
