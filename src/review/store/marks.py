"""How far the votes on reports have got, so that what follows from them can be kept up to date."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from review.store.schema import (
    annotation,
    annotation_consensus,
    consensus,
    decision,
    duplicate_vote,
    report_member,
)
from review.store.session import Session

_SAID = (decision, consensus, annotation, annotation_consensus)


@dataclass(frozen=True, kw_only=True)
class Marks:
    """How far a store has got at a moment.

    ``votes`` holds of each table of votes the last place taken and how many rows there are;
    ``placed`` is another where records may have come to other reports since.
    """

    votes: tuple[tuple[int, int], ...]
    placed: tuple[int, int]


def find_marks(session: Session) -> Marks:
    """How far the store has got now."""
    asked = [sa.select(sa.func.max(said.c.seq)).scalar_subquery() for said in _SAID]
    asked += [
        sa.select(sa.func.count()).select_from(said).scalar_subquery()
        for said in (*_SAID, duplicate_vote)
    ]
    asked.append(sa.select(sa.func.max(report_member.c.record_id)).scalar_subquery())
    found = [value or 0 for value in session.execute(sa.select(*asked)).one()]
    last, many = found[: len(_SAID)], found[len(_SAID) : 2 * len(_SAID)]
    answers, placed = found[-2:]
    return Marks(votes=tuple(zip(last, many, strict=True)), placed=(answers, placed))


def find_spoken_between(session: Session, since: Marks, until: Marks) -> set[int] | None:
    """Today's reports of which somebody spoke between two marks.

    None where it cannot be told from the last rows: records may have come to other reports, or a
    row has come late into a place between others, as PostgreSQL allows.
    """
    if since.placed != until.placed:
        return None
    spoken: set[int] = set()
    for said, (last, many), (later, more) in zip(_SAID, since.votes, until.votes, strict=True):
        if (last, many) == (later, more):
            continue
        query = (
            sa.select(report_member.c.report_id)
            .select_from(said)
            .outerjoin(report_member, report_member.c.record_id == said.c.report_id)
            .where(said.c.seq > last, said.c.seq <= later)
        )
        rows = list(session.execute(query).scalars())
        if len(rows) != more - many:
            return None
        spoken.update(row for row in rows if row is not None)
    return spoken
