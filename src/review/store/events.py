"""Everything people and duplicate checks said, as it was said: every row, also those taken back."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from review.store.columns import UtcDateTime
from review.store.schema import APPEND_ONLY, metadata
from review.store.session import Session


def find_events(session: Session) -> Iterator[Mapping[str, Any]]:
    """Every row of the append-only tables in the order of time, read as it is asked for.

    Each has ``event``, the table's name, and ``at``, its moment, before the table's own columns.
    """
    tables = [metadata.tables[name] for name in APPEND_ONLY]
    return heapq.merge(*(_rows(session, table) for table in tables), key=lambda row: row["at"])


def _rows(session: Session, table: sa.Table) -> Iterator[dict[str, Any]]:
    moment = next(column for column in table.c if isinstance(column.type, UtcDateTime))
    query = sa.select(table).order_by(moment, table.c.seq).execution_options(yield_per=1000)
    for row in session.execute(query).mappings():
        rest = {name: value for name, value in row.items() if name != moment.name}
        yield {"event": table.name, "at": row[moment.name], **rest}
