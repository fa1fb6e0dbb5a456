"""Columns that several tables share, and moments that come back with their zone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

# How indexes and constraints are called, so that a migration can name what it changes.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# What every table of the store belongs to.
metadata = sa.MetaData(naming_convention=NAMES)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment in UTC: refuses a time without a zone, returns one with it on every engine."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def serial(name: str = "id") -> sa.Column[int]:
    """A whole number the database counts up."""
    return sa.Column(name, sa.Integer, primary_key=True, autoincrement=True)


def text(name: str, default: str | None = "") -> sa.Column[str]:
    """A text that is empty where nothing is said."""
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def record(name: str = "report_id", **options: Any) -> sa.Column[int]:  # noqa: ANN401
    """A record, or a report by its earliest record."""
    return sa.Column(name, sa.ForeignKey("record.id"), nullable=False, **options)


def bibliography() -> list[sa.Column[Any]]:
    """What describes a document."""
    return [
        text("title"),
        text("abstract"),
        sa.Column("authors", sa.JSON, nullable=False),
        sa.Column("year", sa.Integer),
        text("journal"),
        text("volume"),
        text("issue"),
        text("pages"),
        text("doi"),
        text("pmid"),
        text("language"),
    ]


def quote(nullable: bool) -> list[sa.Column[Any]]:
    """Where words stand in a text: offsets, the words, and their surroundings."""
    return [
        sa.Column("quote_start", sa.Integer, nullable=nullable),
        sa.Column("quote_end", sa.Integer, nullable=nullable),
        sa.Column("quote_exact", sa.Text, nullable=nullable),
        sa.Column("quote_prefix", sa.Text, nullable=nullable),
        sa.Column("quote_suffix", sa.Text, nullable=nullable),
    ]


def vote() -> list[sa.schema.SchemaItem]:
    """A vote has a place in the order of votes and an id its client made."""
    return [
        serial("seq"),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("withdraws", sa.Text),  # id of the vote this one takes back
        # Of the few that take one back: SQLite would seek all others by an index of the whole.
        sa.Index(None, "withdraws", **where("withdraws IS NOT NULL")),
    ]


def where(sqlite: str, postgresql: str = "") -> dict[str, Any]:
    """What makes an index hold some rows alone, as each engine writes it."""
    return {
        "sqlite_where": sa.text(sqlite),
        "postgresql_where": sa.text(postgresql or sqlite),
    }


def unsought(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """The column, but no index of it is used.

    Without statistics SQLite holds all indexes to be alike, and would seek all that a person ever
    said, or all of a theme, where the few rows of one report are asked for.
    """
    return sa.func.coalesce(column, "")
