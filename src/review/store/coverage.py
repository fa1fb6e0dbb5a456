"""How far each strategy was searched, and what came after its days had been searched."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from review.store.runs import RunState
from review.store.schema import hit, record, search
from review.store.session import Session


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """The complete searches of one strategy at one source, for one kind of change.

    ``since`` and ``until`` are the first and the last day they asked for; ``records`` counts the
    records they brought that no search had brought before.
    """

    source: str
    query: str
    change: str
    since: datetime
    until: datetime
    searches: int
    records: int


@dataclass(frozen=True, kw_only=True)
class LateArrivals:
    """Records that entered a source on days which had been searched when they were not there.

    ``lags`` counts them by the days from the one on which the source says they entered to the last
    day of the search that found them.
    """

    source: str
    lags: Mapping[int, int]

    def between(self, least: int, most: int | None = None) -> int:
        """How many lagged by ``least`` days or more, and by ``most`` days or fewer."""
        return sum(
            number
            for days, number in self.lags.items()
            if days >= least and (most is None or days <= most)
        )


def find_coverage(session: Session) -> list[Coverage]:
    """What was searched so far, by source, in the order in which the strategies came."""
    brought = (
        sa.select(record.c.search_id, sa.func.count().label("records"))
        .group_by(record.c.search_id)
        .subquery()
    )
    query = (
        sa.select(
            search.c.source,
            search.c.query,
            search.c.change,
            sa.func.min(search.c.window_from).label("since"),
            sa.func.max(search.c.window_to).label("until"),
            sa.func.count().label("searches"),
            sa.func.coalesce(sa.func.sum(brought.c.records), 0).label("records"),
        )
        .outerjoin(brought, brought.c.search_id == search.c.id)
        .where(search.c.state == RunState.COMPLETED, search.c.window_to.is_not(None))
        .group_by(search.c.source, search.c.query, search.c.change)
        .order_by(search.c.source, sa.func.min(search.c.id))
    )
    return [Coverage(**row) for row in session.execute(query).mappings()]


def find_late_arrivals(session: Session) -> list[LateArrivals]:
    """What came late so far, by source."""
    lags: defaultdict[str, Counter[int]] = defaultdict(Counter)
    marks: dict[tuple[str, str, str], datetime] = {}
    complete = (
        sa.select(search)
        .where(search.c.state == RunState.COMPLETED, search.c.window_to.is_not(None))
        .order_by(search.c.id)
    )
    for row in session.execute(complete).mappings().all():
        question = (row["source"], row["query"], row["change"])
        if mark := marks.get(question):
            for day, number in _first_seen(session, row["id"], mark):
                lags[row["source"]][(row["window_to"].date() - day).days] += number
        marks[question] = max(row["window_to"], marks.get(question, row["window_to"]))
    return [LateArrivals(source=name, lags=dict(lags[name])) for name in sorted(lags)]


def _first_seen(session: Session, search_id: int, mark: datetime) -> list[tuple[date, int]]:
    """Of the records a search brought first those that entered by a day, counted by their day."""
    query = (
        sa.select(hit.c.entered_on, sa.func.count(sa.distinct(hit.c.record_id)))
        .join(record, record.c.id == hit.c.record_id)
        .where(
            hit.c.search_id == search_id,
            record.c.search_id == search_id,
            hit.c.entered_on <= mark.date(),
        )
        .group_by(hit.c.entered_on)
    )
    return list(session.execute(query).tuples())
