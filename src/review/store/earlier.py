"""The store as it was: a copy of what had been said by a moment, and what came after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from review.protocol import Protocol
from review.store.columns import UtcDateTime
from review.store.editions import EditionRow
from review.store.records import keep_members
from review.store.schema import (
    assessment,
    duplicate_vote,
    edition,
    hit,
    metadata,
    passage,
    protocol_version,
    record,
    report,
    report_member,
    search,
    suggestion,
    tagging,
)
from review.store.session import Session

_BATCH = 1000
# Nothing that is reported is counted from these.
_UNCOUNTED = ("embedding", "record_fingerprint", "record_key", "ranking")
_DRAWN_ANEW = ("report", "report_member")


@dataclass(frozen=True, kw_only=True)
class RunCounts:
    """What the rows of a run come to, by the names its summary has for them."""

    identification: Mapping[str, int]
    screening: Mapping[str, int]
    extraction: Mapping[str, int]
    hits: Mapping[int, int]


def find_edition_of(session: Session, run_id: int) -> EditionRow | None:
    """The edition that a run published, None where it published none."""
    query = sa.select(edition).where(edition.c.run_id == run_id)
    row = session.execute(query.order_by(edition.c.number.desc())).mappings().first()
    return EditionRow(**row) if row else None


def find_protocol(session: Session, fingerprint: str) -> Protocol | None:
    """The protocol of that fingerprint, as it was when a run first went by it."""
    query = sa.select(protocol_version.c.body)
    found = session.execute(query.where(protocol_version.c.fingerprint == fingerprint)).scalar()
    return Protocol.model_validate(found) if found is not None else None


def count_of_run(session: Session, run_id: int) -> RunCounts:
    """What a run's rows come to, counted one by one; ``hits`` by search."""
    of_run = search.c.run_id == run_id
    verdicts = (
        sa.select(assessment.c.verdict, sa.func.count())
        .where(assessment.c.run_id == run_id)
        .group_by(assessment.c.verdict)
    )
    hits = (
        sa.select(search.c.id, sa.func.count(hit.c.position))
        .outerjoin(hit, hit.c.search_id == search.c.id)
        .where(of_run)
        .group_by(search.c.id)
    )
    by_tagging = tagging.c.run_id == run_id
    passages = sa.select(sa.func.count()).select_from(passage).join(tagging).where(by_tagging)
    suggested = (
        sa.select(sa.func.count())
        .select_from(suggestion)
        .join(passage)
        .join(tagging)
        .where(by_tagging, suggestion.c.suggested)
    )
    fresh = sa.select(sa.func.count()).select_from(record).join(search).where(of_run)
    return RunCounts(
        identification={"new": _number(session, fresh)},
        screening=dict(session.execute(verdicts).tuples().all()),
        extraction={
            "passages": _number(session, passages),
            "suggestions": _number(session, suggested),
        },
        hits=dict(session.execute(hits).tuples().all()),
    )


def find_kept_hashes(session: Session, run_id: int) -> list[str]:
    """The SHA-256 of everything a run received and put into raw/, each once."""
    found: set[str] = set(
        session.execute(sa.select(search.c.sha256).where(search.c.run_id == run_id)).scalars()
    )
    for name in ("raw_page", "full_text"):
        table = metadata.tables[name]
        query = sa.select(table.c.sha256)
        if "run_id" in table.c:
            query = query.where(table.c.run_id == run_id)
        else:
            query = query.join(search).where(search.c.run_id == run_id)
        found.update(session.execute(query).scalars())
    return sorted(found - {""})


def count_answers_since(session: Session, moment: datetime) -> int:
    """How often people have answered about duplicates after a moment."""
    query = (
        sa.select(sa.func.count())
        .select_from(duplicate_vote)
        .where(duplicate_vote.c.voted_at > moment, ~duplicate_vote.c.voter.like("machine:%"))
    )
    return _number(session, query)


def copy_as_of(session: Session, copy: Session, made: EditionRow) -> None:
    """Put what the store held when an edition was made into an empty one, and commit.

    Reports are made up of the records there were then; records that were joined or parted since
    stand as they do today.
    """
    for table in metadata.sorted_tables:
        if table.name in _UNCOUNTED or table.name in _DRAWN_ANEW:
            continue
        _copy_rows(
            session, copy, sa.select(table).where(*_by_then(table, made)), table, made.published_at
        )
    _copy_reports(session, copy, made)
    copy.commit()


def _by_then(table: sa.Table, made: EditionRow) -> list[sa.ColumnElement[bool]]:
    if table is edition:
        return [edition.c.number < made.number]
    moments = [c for c in table.c if isinstance(c.type, UtcDateTime) and not c.nullable]
    if moments:
        return [moments[0] <= made.published_at]
    # A row without a moment is as old as what it belongs to.
    return [
        key.parent.in_(sa.select(key.column).where(*_by_then(key.column.table, made)))
        for key in table.foreign_keys
    ]


def _copy_reports(session: Session, copy: Session, made: EditionRow) -> None:
    """Copy the reports that have not gained a record since, and draw the others as they were."""
    later = sa.select(record.c.id).where(record.c.received_at > made.published_at)
    gained = sa.select(report_member.c.report_id).where(report_member.c.record_id.in_(later))
    for table in (report_member, report):
        same = sa.select(table).where(table.c.report_id.not_in(gained))
        _copy_rows(session, copy, same, table, made.published_at)
    query = sa.select(report_member).where(
        report_member.c.report_id.in_(gained), report_member.c.record_id.not_in(later)
    )
    rows = session.execute(query).mappings().all()
    keep_members(
        copy,
        {row["record_id"]: row["report_id"] for row in rows},
        {row["record_id"]: row["placed_in"] for row in rows if row["placed_in"] is not None},
    )


def _copy_rows(
    session: Session, copy: Session, query: sa.Select[Any], table: sa.Table, until: datetime
) -> None:
    found = session.execute(query.order_by(*table.primary_key).execution_options(yield_per=_BATCH))
    for batch in found.mappings().partitions(_BATCH):
        copy.connection.execute(sa.insert(table), [_as_then(dict(row), until) for row in batch])


def _as_then(row: dict[str, Any], moment: datetime) -> dict[str, Any]:
    """A row as it was at a moment: who has retired since had not."""
    if (retired_at := row.get("retired_at")) and retired_at > moment:
        row["retired_at"] = None
    return row


def _number(session: Session, query: sa.Select[Any]) -> int:
    return int(session.execute(query).scalar_one())
