"""Pages as they were received, searches left unfinished, and how far each source was asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from review.store.runs import RunState
from review.store.schema import notice, raw_page, run, search
from review.store.session import Session


@dataclass(frozen=True, kw_only=True)
class PageRow:
    """One answer of a source: what was asked, and the hash its body is kept under in raw/."""

    position: int
    asked: str
    status: int
    headers: Mapping[str, str]
    sha256: str


def keep_page(session: Session, search_id: int, page: PageRow, now: datetime) -> None:
    """Write down that a page was received. The caller commits."""
    session.insert_missing(
        raw_page,
        [
            {
                "search_id": search_id,
                "position": page.position,
                "asked": page.asked,
                "status": page.status,
                "headers": dict(page.headers),
                "sha256": page.sha256,
                "received_at": now,
            }
        ],
    )


def find_pages(session: Session, search_id: int) -> list[PageRow]:
    """The pages of a search in the order they were received."""
    query = (
        sa.select(raw_page).where(raw_page.c.search_id == search_id).order_by(raw_page.c.position)
    )
    return [
        PageRow(
            position=row["position"],
            asked=row["asked"],
            status=row["status"],
            headers=row["headers"],
            sha256=row["sha256"],
        )
        for row in session.execute(query).mappings()
    ]


def take_up_search(
    session: Session,
    run_id: int,
    *,
    source: str,
    query: str,
    change: str,
    window: tuple[datetime, datetime] | None,
) -> int | None:
    """A search of exactly this question that was stopped, now of this run; None where none was.

    The caller commits.
    """
    since, until = window or (None, None)
    stopped = session.execute(
        sa.select(search.c.id)
        .where(
            search.c.source == source,
            search.c.query == query,
            search.c.change == change,
            search.c.window_from == since,
            search.c.window_to == until,
            search.c.state == RunState.RUNNING,
        )
        .order_by(search.c.id.desc())
        .limit(1)
    ).scalar()
    if stopped is not None:
        session.execute(sa.update(search).where(search.c.id == stopped).values(run_id=run_id))
    return stopped


def find_stopped_window(
    session: Session, source: str, query: str, change: str
) -> tuple[datetime, datetime] | None:
    """The window of the last search of this question that was stopped; None where none was."""
    found = session.execute(
        sa.select(search.c.window_from, search.c.window_to)
        .where(
            search.c.source == source,
            search.c.query == query,
            search.c.change == change,
            search.c.state == RunState.RUNNING,
        )
        .order_by(search.c.id.desc())
        .limit(1)
    ).first()
    return (found[0], found[1]) if found else None


def was_searched(session: Session, source: str, query: str, change: str, until: datetime) -> bool:
    """Whether a run that did not end well made this search to its end, up to the same day."""
    made = (
        sa.select(search.c.id)
        .join(run, run.c.id == search.c.run_id)
        .where(
            search.c.source == source,
            search.c.query == query,
            search.c.change == change,
            search.c.window_to == until,
            search.c.state == RunState.COMPLETED,
            run.c.state.in_([RunState.FAILED, RunState.DEGRADED]),
        )
    )
    return session.execute(made.limit(1)).first() is not None


def give_up_stopped(session: Session, run_id: int, now: datetime) -> None:
    """Put down as failed the searches of earlier runs that were not gone on with.

    The caller commits.
    """
    session.execute(
        sa.update(search)
        .where(search.c.state == RunState.RUNNING, search.c.run_id != run_id)
        .values(
            state=RunState.FAILED,
            warnings=["it was stopped, and its strategy is no longer asked"],
            finished_at=now,
        )
    )


def find_warnings(session: Session, source: str, query: str) -> list[str] | None:
    """What was told of this strategy by its searches so far; None where none was complete."""
    ended = session.execute(
        sa.select(search.c.state, search.c.warnings).where(
            search.c.source == source, search.c.query == query
        )
    ).all()
    if not any(state == RunState.COMPLETED for state, _ in ended):
        return None
    return [sentence for _, warnings in ended for sentence in warnings]


def find_date_mark(session: Session, source: str, query: str, change: str) -> datetime | None:
    """The end of the last complete search of this question: only such a search moves the mark."""
    return session.execute(
        sa.select(sa.func.max(search.c.window_to)).where(
            search.c.source == source,
            search.c.query == query,
            search.c.change == change,
            search.c.state == RunState.COMPLETED,
        )
    ).scalar()


def keep_notices(
    session: Session,
    search_id: int,
    notices: Iterable[tuple[int, str, str, str, date | None]],
    now: datetime,
) -> None:
    """Write notices down: (record, kind, notice id, source, date). The caller commits."""
    rows: list[dict[str, Any]] = [
        {
            "record_id": record_id,
            "kind": kind,
            "notice_id": notice_id,
            "source": source,
            "dated": dated,
            "search_id": search_id,
            "seen_at": now,
        }
        for record_id, kind, notice_id, source, dated in notices
    ]
    session.insert_missing(notice, rows)
