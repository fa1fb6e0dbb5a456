"""settle: keep a person's word on two records, and put the records of their reports anew."""

from __future__ import annotations

from datetime import datetime

from identification.grouping import regroup
from review.decisions import Sameness
from review.errors import InputError
from review.store.decisions import keep_reviewer
from review.store.duplicates import (
    MACHINE,
    PairAnswer,
    find_answer,
    find_answers,
    find_companions,
    find_machine_joins,
    keep_answer,
    withdraw_answer,
)
from review.store.records import find_members, hold_members, move_members
from review.store.session import Session


def settle_pair(
    session: Session,
    vote_id: str,
    record_a: int,
    record_b: int,
    verdict: Sameness,
    reviewer: str,
    now: datetime,
) -> None:
    """Keep a person's answer, join or part the two reports at once, and commit.

    The last answer of any person outranks earlier ones and every vote of a machine. Nothing is
    deleted: what was decided stays with the record it was decided on. The same answer sent again
    changes nothing. Raises InputError where the answer cannot be, StoreError where the id was used
    for another.
    """
    reviewer = reviewer.strip()
    if not reviewer or reviewer.startswith(MACHINE):
        raise InputError("an answer names the person who gives it; say who you are")
    if verdict is Sameness.ASK:
        raise InputError("an answer is same, different or linked; to leave it open, give none")
    if record_a == record_b:
        raise InputError(f"record {record_a} is named twice; an answer is about two records")
    hold_members(session)
    placed = find_members(session, (record_a, record_b))
    for record_id in (record_a, record_b):
        if record_id not in placed:
            raise InputError(
                f"record {record_id} is in no report of this review; "
                "`living-review duplicates list` names the records to answer about"
            )
    keep_reviewer(session, reviewer, "reviewer", now)
    said = PairAnswer(
        vote_id=vote_id,
        record_a=min(record_a, record_b),
        record_b=max(record_a, record_b),
        verdict=verdict,
        reviewer=reviewer,
        answered_at=now,
    )
    keep_answer(session, said)
    _put_anew(session, said)
    session.commit()


def take_back(
    session: Session, vote_id: str, *, withdrawal_id: str, reviewer: str, now: datetime
) -> bool:
    """Withdraw an answer by a new row, put the records as they were without it, and commit.

    False where that person gave no answer of that id.
    """
    said = find_answer(session, vote_id)
    hold_members(session)
    taken = withdraw_answer(
        session, vote_id, withdrawal_id=withdrawal_id, reviewer=reviewer, now=now
    )
    if said is None or not taken:
        return False
    _put_anew(session, said)
    session.commit()
    return True


def _put_anew(session: Session, said: PairAnswer) -> None:
    """Join and part the reports that the answer touches, and those alone."""
    placed_in = find_companions(session, (said.record_a, said.record_b))
    answers = [
        (a.record_a, a.record_b, a.verdict)
        for a in find_answers(session, placed_in)
        if a.record_a in placed_in and a.record_b in placed_in
    ]
    move_members(session, regroup(placed_in, answers, find_machine_joins(session, placed_in)))
