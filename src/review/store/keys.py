"""What records are compared by, kept so that an update need not read the old ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import sqlalchemy as sa

from review.store.schema import record, record_fingerprint, record_key
from review.store.session import Session, batches


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


def find_unmarked(session: Session, after: int, limit: int) -> list[int]:
    """At most ``limit`` records above ``after`` that have no mark yet, in ascending order."""
    marked = sa.exists().where(record_fingerprint.c.record_id == record.c.id)
    query = sa.select(record.c.id).where(record.c.id > after, ~marked)
    return list(session.execute(query.order_by(record.c.id).limit(limit)).scalars())


def find_known_marks(session: Session, marks: Iterable[int]) -> set[int]:
    """Those of the marks that a record bears already."""
    known: set[int] = set()
    for batch in batches(sorted(set(marks)), 1000):
        query = sa.select(record_fingerprint.c.whole).where(record_fingerprint.c.whole.in_(batch))
        known.update(session.execute(query.distinct()).scalars())
    return known


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
    other = record_fingerprint.alias()
    first = sa.select(sa.func.min(other.c.record_id)).where(
        other.c.whole == record_fingerprint.c.whole
    )
    speakers: dict[int, int] = {}
    for batch in batches(sorted(set(record_ids)), 1000):
        query = sa.select(record_fingerprint.c.record_id, first.scalar_subquery()).where(
            record_fingerprint.c.record_id.in_(batch)
        )
        speakers.update(session.execute(query).tuples().all())
    return speakers


def find_blocks(session: Session, keys: Iterable[int], largest: int) -> list[list[int]]:
    """The records of each of these keys that 2 to ``largest`` records share."""
    blocks: defaultdict[int, list[int]] = defaultdict(list)
    for batch in batches(sorted(set(keys)), 5000):
        shared = (
            sa.select(record_key.c.key)
            .where(record_key.c.key.in_(batch))
            .group_by(record_key.c.key)
            .having(sa.func.count().between(2, largest))
        )
        rare = session.execute(shared).scalars().all()
        query = sa.select(record_key.c.key, record_key.c.record_id)
        for key, record_id in session.execute(query.where(record_key.c.key.in_(rare))):
            blocks[key].append(record_id)
    return list(blocks.values())


def find_versions(session: Session, record_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Records with the same id at the same source, one of them of these, in pairs.

    Each is paired with the one whose content hash is first. Ids made from the content are none.
    """
    one, other = record, record.alias()
    same = sa.and_(other.c.source == one.c.source, other.c.source_id == one.c.source_id)
    first = (
        sa.select(other.c.id).where(same).order_by(other.c.content_hash).limit(1).scalar_subquery()
    )
    pairs: list[tuple[int, int]] = []
    for batch in batches(sorted(record_ids), 1000):
        of_source = sa.select(one.c.id, first.label("first")).where(
            one.c.id.in_(batch), one.c.source_id != "", ~one.c.source_id.startswith("sha256:")
        )
        leads = []
        for record_id, first_id in session.execute(of_source):
            if record_id == first_id:
                leads.append(record_id)
            else:
                pairs.append((first_id, record_id))
        others = sa.select(one.c.id, other.c.id).join(other, same)
        others = others.where(one.c.id.in_(leads), other.c.id != one.c.id)
        pairs += session.execute(others).tuples().all()
    return pairs
