"""Known included records that a search must still find, and people's word that it need not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from review.store.decisions import keep_vote
from review.store.editions import find_included_reports
from review.store.runs import RunState
from review.store.schema import canary, canary_release, hit, record, report_member, search
from review.store.session import Session, batches


@dataclass(frozen=True, kw_only=True)
class KnownRecord:
    """A record of a report that people included, as a source calls it.

    ``found`` tells for every strategy that found it when it last did.
    """

    source_id: str
    title: str
    found: Mapping[str, datetime]


@dataclass(frozen=True, kw_only=True)
class CanaryRelease:
    """A person's word that a strategy need not find a record any more.

    ``release_id`` is made by the client; ``query`` is the strategy, word for word.
    """

    release_id: str
    source: str
    source_id: str
    query: str
    reviewer: str
    reason: str
    released_at: datetime


def find_known_records(session: Session, source: str) -> list[KnownRecord]:
    """The records of included reports that complete searches of this source found, by their id.

    Files are no searches: what only a file brought, no strategy has to find.
    """
    found: dict[str, dict[str, datetime]] = {}
    titles: dict[str, str] = {}
    included = session.one_of(report_member.c.report_id, find_included_reports(session))
    for source_id, title, query, at in session.execute(_found_of(source).where(included)):
        last = found.setdefault(source_id, {})
        last[query] = max(at, last.get(query, at))
        titles[source_id] = title
    return [
        KnownRecord(source_id=source_id, title=titles[source_id], found=found[source_id])
        for source_id in sorted(found)
    ]


def keep_asked(session: Session, search_id: int, source: str, ids: Sequence[str]) -> None:
    """Write down which records a search is asked for, none of them found yet.

    What these rows say counts once the search is complete. The caller commits.
    """
    for batch in batches(ids, 500):
        newest = (
            sa.select(sa.func.max(record.c.id))
            .where(record.c.source == source, record.c.source_id.in_(batch))
            .group_by(record.c.source_id)
        )
        rows = [
            {"search_id": search_id, "record_id": record_id, "is_found": False}
            for record_id in session.execute(newest).scalars()
        ]
        session.insert_missing(canary, rows)


def keep_found(session: Session, search_id: int, ids: Iterable[str]) -> None:
    """Write down that a search found those of its records that have these ids.

    The caller commits.
    """
    has_one = sa.exists().where(
        record.c.id == canary.c.record_id, record.c.source_id.in_(sorted(ids))
    )
    session.execute(
        sa.update(canary).where(canary.c.search_id == search_id, has_one).values(is_found=True)
    )


def find_asked(session: Session, search_id: int) -> dict[str, bool]:
    """The ids a search is asked for, in their order, and whether it found them so far."""
    query = (
        sa.select(record.c.source_id, canary.c.is_found)
        .join(record, record.c.id == canary.c.record_id)
        .where(canary.c.search_id == search_id)
    )
    # Sorted here: databases order texts in ways of their own.
    return dict(sorted(session.execute(query).tuples()))


def find_stopped(session: Session, source: str, query: str, change: str) -> int | None:
    """The last search of this strategy for known records, if it was stopped in the middle."""
    return session.execute(
        sa.select(search.c.id)
        .where(
            search.c.source == source,
            search.c.query == query,
            search.c.change == change,
            search.c.state == RunState.RUNNING,
        )
        .order_by(search.c.id.desc())
        .limit(1)
    ).scalar()


def find_answers(session: Session, source: str, query: str) -> list[tuple[str, bool, datetime]]:
    """Every answer of this strategy's complete searches for known records, oldest first.

    Each is (id, whether it was found, when).
    """
    said = (
        sa.select(record.c.source_id, canary.c.is_found, search.c.finished_at)
        .join(record, record.c.id == canary.c.record_id)
        .join(search, search.c.id == canary.c.search_id)
        .where(
            search.c.source == source,
            search.c.query == query,
            search.c.state == RunState.COMPLETED,
        )
        .order_by(search.c.id)
    )
    return list(session.execute(said).tuples())


def keep_release(session: Session, said: CanaryRelease, withdraws: str | None = None) -> None:
    """Write a release down, or with ``withdraws`` that the release of that id no longer holds.

    The caller commits.
    """
    newest = session.execute(
        sa.select(sa.func.max(record.c.id)).where(
            record.c.source == said.source, record.c.source_id == said.source_id
        )
    ).scalar_one()
    keep_vote(
        session,
        canary_release,
        {
            "id": said.release_id,
            "withdraws": withdraws,
            "record_id": newest,
            "query": said.query,
            "reviewer": said.reviewer,
            "reason": said.reason,
            "released_at": said.released_at,
        },
    )


def find_releases(session: Session, source: str) -> list[CanaryRelease]:
    """The releases of this source's records that hold, oldest first."""
    undo = canary_release.alias("undo")
    query = (
        sa.select(canary_release, record.c.source_id)
        .join(record, record.c.id == canary_release.c.record_id)
        .where(
            record.c.source == source,
            canary_release.c.withdraws.is_(None),
            ~sa.exists().where(undo.c.withdraws == canary_release.c.id),
        )
        .order_by(canary_release.c.seq)
    )
    return [
        CanaryRelease(
            release_id=row["id"],
            source=source,
            source_id=row["source_id"],
            query=row["query"],
            reviewer=row["reviewer"],
            reason=row["reason"],
            released_at=row["released_at"],
        )
        for row in session.execute(query).mappings()
    ]


def _found_of(source: str) -> sa.Select[tuple[str, str, str, datetime]]:
    """(id, title, strategy, when it was last found by it), the newest version of a record last."""
    newest = sa.func.max(record.c.id)
    return (
        sa.select(
            record.c.source_id, record.c.title, search.c.query, sa.func.max(search.c.finished_at)
        )
        .join(report_member, report_member.c.record_id == record.c.id)
        .join(hit, hit.c.record_id == record.c.id)
        .join(search, search.c.id == hit.c.search_id)
        .where(
            record.c.source == source,
            search.c.source == source,
            search.c.change != "",
            search.c.state == RunState.COMPLETED,
        )
        .group_by(record.c.source_id, record.c.title, search.c.query)
        .order_by(newest)
    )
