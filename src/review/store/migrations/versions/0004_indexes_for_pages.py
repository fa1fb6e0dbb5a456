"""Indexes by which a page finds what a person is asked next, however much was said before."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_VOTES = (
    "annotation",
    "annotation_consensus",
    "assignment",
    "canary_release",
    "consensus",
    "decision",
    "duplicate_vote",
    "note",
    "planted_answer",
)
_TAKES_BACK = sa.text("withdraws IS NOT NULL")
_REPLACED = {"decision": ("report_id", "reviewer"), "annotation": ("report_id", "reviewer")}
_ADDED = {
    "decision": (
        ("report_id", "stage", "reviewer"),
        ("reviewer", "stage", "seq"),
        ("verdict", "stage", "report_id"),
    ),
    "annotation": (
        ("report_id", "reviewer"),
        ("reviewer", "seq"),
        ("suggestion_id", "reviewer"),
        ("theme", "verdict"),
    ),
}


def upgrade() -> None:
    for table in _VOTES:
        op.drop_index(op.f(f"ix_{table}_withdraws"), table)
        op.create_index(
            op.f(f"ix_{table}_withdraws"),
            table,
            ["withdraws"],
            unique=False,
            sqlite_where=_TAKES_BACK,
            postgresql_where=_TAKES_BACK,
        )
    for table, columns in _REPLACED.items():
        for column in columns:
            op.drop_index(op.f(f"ix_{table}_{column}"), table)
    for table, indexes in _ADDED.items():
        for several in indexes:
            name = op.f(f"ix_{table}_{'_'.join(several)}")
            op.create_index(name, table, list(several), unique=False)
    for several in (("score",), ("theme", "score")):
        op.create_index(
            op.f(f"ix_suggestion_{'_'.join(several)}"),
            "suggestion",
            list(several),
            unique=False,
            sqlite_where=sa.text("suggested = 1"),
            postgresql_where=sa.text("suggested"),
        )
