"""Reports re-opened, searches watched, votes of other programs, full texts, and keys of records."""

import sqlalchemy as sa
from alembic import op

from review.store.columns import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column(
        "search", sa.Column("passed_over", sa.Integer(), server_default="0", nullable=False)
    )
    op.create_table(
        "audit",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("drawn_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["record.id"], name=op.f("fk_audit_report_id_record")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_audit_run_id_run")),
        sa.PrimaryKeyConstraint("report_id", "model", name=op.f("pk_audit")),
    )
    op.create_table(
        "canary",
        sa.Column("search_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("is_found", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_canary_record_id_record")
        ),
        sa.ForeignKeyConstraint(
            ["search_id"], ["search.id"], name=op.f("fk_canary_search_id_search")
        ),
        sa.PrimaryKeyConstraint("search_id", "record_id", name=op.f("pk_canary")),
    )
    op.create_table(
        "canary_release",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("withdraws", sa.Text(), nullable=True),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("query", sa.Text(), server_default="", nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("released_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_canary_release_record_id_record")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer"], ["reviewer.name"], name=op.f("fk_canary_release_reviewer_reviewer")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_canary_release")),
        sa.UniqueConstraint("id", name=op.f("uq_canary_release_id")),
    )
    op.create_index(
        op.f("ix_canary_release_record_id"), "canary_release", ["record_id"], unique=False
    )
    op.create_table(
        "foreign_vote",
        sa.Column("search_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("voter", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_foreign_vote_record_id_record")
        ),
        sa.ForeignKeyConstraint(
            ["search_id"], ["search.id"], name=op.f("fk_foreign_vote_search_id_search")
        ),
        sa.PrimaryKeyConstraint("search_id", "position", "voter", name=op.f("pk_foreign_vote")),
    )
    op.create_index(op.f("ix_foreign_vote_record_id"), "foreign_vote", ["record_id"], unique=False)
    op.create_table(
        "full_text",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("source_id", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("media_type", sa.Text(), server_default="", nullable=False),
        sa.Column("licence", sa.Text(), server_default="", nullable=False),
        sa.Column("sha256", sa.Text(), server_default="", nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["record.id"], name=op.f("fk_full_text_report_id_record")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_full_text_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_full_text")),
    )
    op.create_index(op.f("ix_full_text_report_id"), "full_text", ["report_id"], unique=False)
    op.create_table(
        "record_fingerprint",
        sa.Column("record_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Text(), server_default="", nullable=False),
        sa.Column("whole", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_record_fingerprint_record_id_record")
        ),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_record_fingerprint")),
    )
    op.create_index(
        op.f("ix_record_fingerprint_whole"), "record_fingerprint", ["whole"], unique=False
    )
    op.create_table(
        "ranking",
        sa.Column("report_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("model", sa.Text(), server_default="", nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("ranked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["record.id"], name=op.f("fk_ranking_report_id_record")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_ranking_run_id_run")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_ranking")),
    )
    op.create_index(op.f("ix_ranking_position"), "ranking", ["position"], unique=False)
    op.create_table(
        "record_key",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_record_key_record_id_record")
        ),
        sa.PrimaryKeyConstraint("key", "record_id", name=op.f("pk_record_key")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reopening",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("notice_id", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("text_before", sa.Text(), server_default="", nullable=False),
        sa.Column("text_after", sa.Text(), server_default="", nullable=False),
        sa.Column("text_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["record.id"], name=op.f("fk_reopening_report_id_record")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_reopening_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reopening")),
        sa.UniqueConstraint(
            "report_id",
            "cause",
            "notice_id",
            "text_hash",
            name=op.f("uq_reopening_report_id_cause_notice_id_text_hash"),
        ),
    )
    op.create_index(op.f("ix_reopening_report_id"), "reopening", ["report_id"], unique=False)
    # The views ask of every vote whether it was taken back.
    for table in ("duplicate_vote", "decision", "annotation", "consensus", "canary_release"):
        op.create_index(op.f(f"ix_{table}_withdraws"), table, ["withdraws"], unique=False)
    op.create_index(op.f("ix_record_content_hash"), "record", ["content_hash"], unique=False)
    op.create_index(
        op.f("ix_report_report_id_text_hash"), "report", ["report_id", "text_hash"], unique=False
    )
    op.add_column("report_member", sa.Column("placed_in", sa.Integer(), nullable=True))
    op.create_index(
        op.f("ix_report_member_placed_in"), "report_member", ["placed_in"], unique=False
    )
