"""Suggestions known to be wrong: which a reviewer was shown, and which of them were caught."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from review.annotations import AnnotationVerdict, Direction, Planted, Wrong
from review.store.decisions import keep_vote
from review.store.schema import planted, planted_answer
from review.store.session import Session


def keep_planted(
    session: Session,
    *,
    reviewer: str,
    passage_id: int,
    theme: str,
    direction: Direction,
    wrong: Wrong,
    now: datetime,
) -> None:
    """Plant a wrong suggestion, unless that theme was planted there for them before.

    The caller commits.
    """
    row = {
        "reviewer": reviewer,
        "passage_id": passage_id,
        "theme": theme,
        "direction": direction,
        "wrong": wrong,
        "planted_at": now,
    }
    session.insert_missing(planted, [row])


def find_planted(session: Session, reviewer: str) -> list[Planted]:
    """What was planted for this reviewer and was not answered yet, in order."""
    answered = sa.exists().where(planted_answer.c.planted_id == planted.c.id)
    query = sa.select(planted).where(planted.c.reviewer == reviewer, ~answered)
    return [_planted(row) for row in session.execute(query.order_by(planted.c.id)).mappings()]


def keep_planted_answer(
    session: Session,
    planted_id: int,
    *,
    answer_id: str,
    reviewer: str,
    verdict: AnnotationVerdict,
    direction: Direction,
    now: datetime,
) -> None:
    """Write down what a reviewer said to a planted suggestion; the same again changes nothing.

    Raises StoreError where the id was used for another answer. The caller commits.
    """
    keep_vote(
        session,
        planted_answer,
        {
            "id": answer_id,
            "planted_id": planted_id,
            "reviewer": reviewer,
            "verdict": verdict,
            "direction": direction,
            "answered_at": now,
        },
    )


def find_planted_answer(session: Session, answer_id: str) -> Planted | None:
    """What was planted and answered under that id."""
    query = (
        sa.select(planted)
        .join(planted_answer, planted_answer.c.planted_id == planted.c.id)
        .where(planted_answer.c.id == answer_id)
    )
    row = session.execute(query).mappings().first()
    return _planted(row) if row else None


def is_planted_in(session: Session, reviewer: str, passages: Sequence[int]) -> bool:
    """Whether anything was ever planted for this reviewer in one of these passages."""
    query = sa.select(planted.c.id).where(
        planted.c.reviewer == reviewer, session.one_of(planted.c.passage_id, passages)
    )
    return session.execute(query.limit(1)).first() is not None


def count_caught(session: Session, reviewer: str) -> tuple[int, int]:
    """How many planted suggestions a reviewer caught, of how many they answered.

    The first answer counts. One is caught that was not accepted, or, where its direction was wrong,
    accepted with another direction.
    """
    query = (
        sa.select(planted, planted_answer.c.verdict, planted_answer.c.direction.label("said"))
        .join(planted_answer, planted_answer.c.planted_id == planted.c.id)
        .where(planted_answer.c.reviewer == reviewer, planted.c.reviewer == reviewer)
        .order_by(planted_answer.c.seq.desc())
    )
    first = {row["id"]: row for row in session.execute(query).mappings()}
    caught = [
        row
        for row in first.values()
        if row["verdict"] != AnnotationVerdict.ACCEPT
        or (row["wrong"] == Wrong.DIRECTION and row["said"] != row["direction"])
    ]
    return len(caught), len(first)


def _planted(row: sa.RowMapping) -> Planted:
    return Planted(
        planted_id=row["id"],
        reviewer=row["reviewer"],
        passage_id=row["passage_id"],
        theme=row["theme"],
        direction=Direction(row["direction"]),
        wrong=Wrong(row["wrong"]),
    )
