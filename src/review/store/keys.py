"""What records are compared by, kept so that an update need not read the old ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

import sqlalchemy as sa

from review.store.schema import record, record_fingerprint, record_key
from review.store.session import Session


def drop_other_keys(session: Session, version: str) -> bool:
    """Forget marks and keys that other rules made, and say whether there were any.

    The caller commits; all marks of a store are of one version then.
    """
    kept = session.execute(sa.select(record_fingerprint.c.version).limit(1)).scalar()
    if kept in (None, version):
        return False
    session.execute(sa.delete(record_key))
    session.execute(sa.delete(record_fingerprint))
    return True


def find_unmarked(session: Session) -> list[int]:
    """The records that have no mark yet, oldest first."""
    marked = sa.exists().where(record_fingerprint.c.record_id == record.c.id)
    # Sorted here: sorted by the database, it would read whole records in their order.
    return sorted(session.execute(sa.select(record.c.id).where(~marked)).scalars())


def find_known_marks(session: Session, marks: Iterable[int]) -> set[int]:
    """Those of the marks that a record bears already."""
    mark = record_fingerprint.c.whole
    return set(session.execute(sa.select(mark).where(session.one_of(mark, marks))).scalars())


def keep_keys(
    session: Session, version: str, marks: Mapping[int, int], keys: Mapping[int, Collection[int]]
) -> None:
    """Write down each record's mark, and the keys of those that are compared. The caller commits.

    ``version`` names the rules that made them.
    """
    session.insert_missing(
        record_fingerprint,
        [{"record_id": r, "version": version, "whole": mark} for r, mark in marks.items()],
    )
    # In the order of the table: pages are written once then.
    pairs = sorted((key, record_id) for record_id, its_keys in keys.items() for key in its_keys)
    session.insert_missing(record_key, [{"key": key, "record_id": r} for key, r in pairs])


def find_speakers(session: Session, record_ids: Iterable[int]) -> dict[int, int]:
    """For each of these records the first record with the same mark."""
    mark, record_id = record_fingerprint.c.whole, record_fingerprint.c.record_id
    these = sa.select(record_id, mark).where(session.one_of(record_id, record_ids))
    mark_of = dict(session.execute(these).tuples().all())
    # Grouped, and not a least number for each record: PostgreSQL walks all the table for that.
    first = sa.select(mark, sa.func.min(record_id)).where(session.one_of(mark, mark_of.values()))
    first_of = dict(session.execute(first.group_by(mark)).tuples().all())
    return {r: first_of[its_mark] for r, its_mark in mark_of.items()}


def find_blocks(session: Session, keys: Iterable[int], largest: int) -> list[list[int]]:
    """The records of each of these keys that 2 to ``largest`` records share."""
    key = record_key.c.key
    shared = sa.select(key).where(session.one_of(key, keys)).group_by(key)
    rare = session.execute(shared.having(sa.func.count().between(2, largest))).scalars()
    blocks: defaultdict[int, list[int]] = defaultdict(list)
    query = sa.select(key, record_key.c.record_id).where(session.one_of(key, rare))
    for name, record_id in session.execute(query):
        blocks[name].append(record_id)
    return list(blocks.values())


def find_versions(session: Session, record_ids: Iterable[int]) -> list[tuple[int, int]]:
    """Records with the same id at the same source, one of them of these, in pairs.

    Each is paired with the one whose content hash is first. Ids made from the content are none.
    """
    one, other = record, record.alias()
    same = sa.and_(other.c.source == one.c.source, other.c.source_id == one.c.source_id)
    first = sa.select(other.c.id).where(same).order_by(other.c.content_hash).limit(1)
    of_source = sa.select(one.c.id, first.scalar_subquery()).where(
        session.one_of(one.c.id, record_ids),
        one.c.source_id != "",
        ~one.c.source_id.startswith("sha256:"),
    )
    lead_of = dict(session.execute(of_source).tuples().all())
    others = sa.select(one.c.id, other.c.id).join(other, same).where(other.c.id != one.c.id)
    leads = session.one_of(one.c.id, (r for r, lead in lead_of.items() if r == lead))
    pairs = session.execute(others.where(leads)).tuples().all()
    return [*pairs, *((lead, r) for r, lead in lead_of.items() if r != lead)]
