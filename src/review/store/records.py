"""Records as they came in, and the reports they make up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from review.records import Record, Report, merge_records
from review.store.schema import hit, record, report, report_member, search
from review.store.session import Session, batches

_RECORD_FIELDS = tuple(field.name for field in fields(Record))
_REPORT_FIELDS = tuple(field.name for field in fields(Report))
_LISTS = ("authors", "keywords", "publication_types", "record_ids")


@dataclass(frozen=True, kw_only=True)
class KeptRecords:
    """What became of a batch of records: how many were new to the store, how many known.

    ``ids`` are the records' ids in the order given, ``fresh`` those of them that are new.
    """

    new: int
    known: int
    ids: tuple[int, ...] = ()
    fresh: frozenset[int] = frozenset()


def keep_records(
    session: Session,
    search_id: int,
    positioned: Sequence[tuple[int, Record]],
    now: datetime,
    entered_on: Mapping[int, date] | None = None,
) -> KeptRecords:
    """Write records down, each with one hit row of its search; the same record is kept once.

    ``positioned`` are (place in the search's answer, record) pairs, ``entered_on`` the days at
    which those places say their records entered the source. The caller commits.
    """
    entered_on = entered_on or {}
    hashes = {position: item.content_hash() for position, item in positioned}
    known = _find_known(session, set(hashes.values()))
    fresh: dict[tuple[str, str, str], Record] = {}
    for position, item in positioned:
        key = (item.source, item.source_id, hashes[position])
        if key not in known:
            fresh.setdefault(key, item)
    rows = [
        {**_row(item), "content_hash": key[2], "search_id": search_id, "received_at": now}
        for key, item in fresh.items()
    ]
    known.update(zip(fresh, session.insert(record, rows), strict=True))
    session.insert_missing(
        hit,
        [
            {
                "search_id": search_id,
                "position": position,
                "record_id": known[(item.source, item.source_id, hashes[position])],
                "entered_on": entered_on.get(position),
            }
            for position, item in positioned
        ],
    )
    return KeptRecords(
        new=len(fresh),
        known=len(positioned) - len(fresh),
        ids=tuple(known[(r.source, r.source_id, hashes[place])] for place, r in positioned),
        fresh=frozenset(known[key] for key in fresh),
    )


def find_records(session: Session, record_ids: Iterable[int]) -> dict[int, Record]:
    """The records of these ids."""
    query = sa.select(record).where(session.one_of(record.c.id, record_ids))
    return {row["id"]: _record(row) for row in session.execute(query).mappings()}


def find_unplaced(session: Session) -> list[int]:
    """The records that belong to no report yet, oldest first."""
    belongs = sa.exists().where(report_member.c.record_id == record.c.id)
    return sorted(session.execute(sa.select(record.c.id).where(~belongs)).scalars())


def find_hits(session: Session) -> dict[tuple[str, int], int]:
    """For every place in the answer of a search, as (address, position), today's report."""
    query = (
        sa.select(search.c.address, hit.c.position, report_member.c.report_id)
        .join(search, search.c.id == hit.c.search_id)
        .join(report_member, report_member.c.record_id == hit.c.record_id)
    )
    return {(address, place): report_id for address, place, report_id in session.execute(query)}


def find_hit_hashes(session: Session, search_id: int) -> list[str]:
    """The content hashes of a search's records, in the order of its answer."""
    query = (
        sa.select(record.c.content_hash)
        .join(hit, hit.c.record_id == record.c.id)
        .where(hit.c.search_id == search_id)
        .order_by(hit.c.position)
    )
    return list(session.execute(query).scalars())


def find_members(session: Session, record_ids: Iterable[int] | None = None) -> dict[int, int]:
    """For every record in a report, or each of these, the id of that report."""
    query = sa.select(report_member.c.record_id, report_member.c.report_id)
    if record_ids is not None:
        query = query.where(session.one_of(report_member.c.record_id, record_ids))
    return dict(session.execute(query).tuples().all())


def hold_members(session: Session) -> None:
    """Let nobody else put records into reports before the commit; waits for who is at it.

    A run that joins records and a person who answers would else each work on what was there
    before the other.
    """
    if session.connection.dialect.name == "sqlite":
        # A write that changes nothing takes the one lock there is.
        same = {"report_id": report_member.c.report_id}
        session.execute(sa.update(report_member).values(same).where(sa.false()))
    else:
        session.execute(sa.text("LOCK TABLE report_member IN SHARE ROW EXCLUSIVE MODE"))


def keep_members(
    session: Session, report_of: Mapping[int, int], placed_in: Mapping[int, int] | None = None
) -> list[tuple[Report, Report]]:
    """Put records into reports and draw the merged view of each report anew.

    ``report_of`` gives for each record the report it belongs to now, ``placed_in`` the one the
    machine would have put it into where people have said otherwise. Returns every report that was
    there before and has another text now, as it was and as it is. The caller commits.
    """
    placed = placed_in or {}
    for batch in batches(sorted(report_of), 500):
        session.insert_missing(
            report_member,
            [
                {"record_id": r, "report_id": report_of[r], "placed_in": placed.get(r)}
                for r in batch
            ],
        )
    return _redraw(session, sorted(set(report_of.values())))


def move_members(session: Session, report_of: Mapping[int, int]) -> None:
    """Put records that are in reports into others, on a person's word, and draw those anew.

    Where the machine had put a record is remembered. The caller commits.
    """
    before = find_members(session, report_of)
    moved = {r: report_of[r] for r, report_id in before.items() if report_id != report_of[r]}
    placed = sa.func.coalesce(report_member.c.placed_in, report_member.c.report_id)
    for record_id, report_id in sorted(moved.items()):
        session.execute(
            sa.update(report_member)
            .where(report_member.c.record_id == record_id)
            .values(placed_in=placed, report_id=report_id)
        )
    _redraw(session, sorted({*moved.values(), *(before[r] for r in moved)}))


def _redraw(session: Session, report_ids: Sequence[int]) -> list[tuple[Report, Report]]:
    changed: list[tuple[Report, Report]] = []
    for batch in batches(report_ids, 500):
        before = find_reports(session, batch)
        query = (
            sa.select(record, report_member.c.report_id)
            .join(report_member, report_member.c.record_id == record.c.id)
            .where(session.one_of(report_member.c.report_id, batch))
        )
        members: dict[int, list[tuple[int, Record]]] = {}
        for row in session.execute(query).mappings():
            members.setdefault(row["report_id"], []).append((row["id"], _record(row)))
        session.execute(sa.delete(report).where(session.one_of(report.c.report_id, batch)))
        drawn = [merge_records(found) for found in members.values()]
        session.insert(report, [{**asdict(r), "text_hash": r.text_hash} for r in drawn])
        known = [(before[r.report_id], r) for r in drawn if r.report_id in before]
        changed += [(old, new) for old, new in known if old.text != new.text]
    return changed


def find_reports(session: Session, report_ids: Iterable[int]) -> dict[int, Report]:
    """The reports of these ids as merged today, oldest first."""
    wanted = session.one_of(report.c.report_id, report_ids)
    query = sa.select(report).where(wanted).order_by(report.c.report_id)
    return {r["report_id"]: _report(r) for r in session.execute(query).mappings()}


def _find_known(session: Session, hashes: set[str]) -> dict[tuple[str, str, str], int]:
    known: dict[tuple[str, str, str], int] = {}
    for batch in batches(sorted(hashes), 500):
        query = sa.select(
            record.c.source, record.c.source_id, record.c.content_hash, record.c.id
        ).where(record.c.content_hash.in_(batch))
        known.update({(s, i, h): key for s, i, h, key in session.execute(query)})
    return known


def _row(item: Record) -> dict[str, Any]:
    return {
        name: list(getattr(item, name)) if name in _LISTS else getattr(item, name)
        for name in _RECORD_FIELDS
    }


def _record(row: sa.RowMapping) -> Record:
    return Record(**_values(row, _RECORD_FIELDS))


def _report(row: sa.RowMapping) -> Report:
    return Report(**_values(row, _REPORT_FIELDS))


def _values(row: sa.RowMapping, names: Sequence[str]) -> dict[str, Any]:
    return {name: tuple(row[name]) if name in _LISTS else row[name] for name in names}
