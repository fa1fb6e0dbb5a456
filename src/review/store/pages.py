"""Pages as they were received, searches left unfinished, and how far each source was asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from review.store.runs import RunState
from review.store.schema import notice, raw_page, search
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
    window: tuple[datetime, datetime],
) -> int | None:
    """A search of exactly this question that was stopped, now of this run; None where none was.

    The caller commits.
    """
    stopped = session.execute(
        sa.select(search.c.id)
        .where(
            search.c.source == source,
            search.c.query == query,
            search.c.change == change,
            search.c.window_from == window[0],
            search.c.window_to == window[1],
            search.c.state == RunState.RUNNING,
        )
        .order_by(search.c.id.desc())
        .limit(1)
    ).scalar()
    if stopped is not None:
        session.execute(sa.update(search).where(search.c.id == stopped).values(run_id=run_id))
    return stopped


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
