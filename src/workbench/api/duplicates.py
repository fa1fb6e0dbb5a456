"""Operations by which people say whether two records are one report."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import Field

from identification.settle import settle_pair, take_back
from review.decisions import Sameness
from review.errors import StaleError
from review.reviewers import Role
from review.store.duplicates import find_open_questions
from workbench.access import least
from workbench.api.models import (
    Decision,
    Kept,
    Limit,
    Listing,
    Passed,
    Report,
    Sent,
    Shape,
    Withdrawal,
    cut_at,
)
from workbench.api.problems import PROBLEMS, ROOT, AbsentError
from workbench.pages.desk import desk_of
from workbench.pages.duplicates import find_pair
from workbench.sent import RowId

router = APIRouter(prefix=f"{ROOT}/duplicates", tags=["Duplicates"], responses={**PROBLEMS})


class Question(Shape):
    """Two records of different reports that may be one."""

    record_a: int
    record_b: int
    confidence: float = Field(description="That they are one report.")
    reason: str


class Record(Shape):
    """One entry of one source, as it was received."""

    source: str
    source_id: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    year: int | None
    journal: str
    volume: str
    issue: str
    pages: str
    doi: str
    pmid: str


class Side(Shape):
    """One of two records, its report, and what people decided on that as you may see it."""

    record_id: int
    record: Record
    report: Report
    decisions: list[Decision]


class Pair(Shape):
    """Two records side by side."""

    sides: tuple[Side, Side]
    is_one: bool = Field(description="True where both are of one report today.")


class PairAnswer(Sent):
    """What you say of two records."""

    vote_id: uuid.UUID = Field(description="A new id of your making; sent again, it is one.")
    record_a: RowId
    record_b: RowId
    verdict: Literal["same", "different", "linked"] = Field(
        description="`linked`: two reports of one study."
    )


@router.get("", dependencies=[least(Role.GUEST)])
def list_questions(request: Request, limit: Limit = 20, after: Passed = 0) -> Listing[Question]:
    """What a person should look at, the likeliest first."""
    with desk_of(request).store.session() as session:
        part, onward = cut_at(find_open_questions(session), after, limit)
    return Listing[Question](items=[Question.model_validate(q) for q in part], next=onward)


@router.get("/{record_a}/{record_b}", dependencies=[least(Role.GUEST)])
def tell_pair(request: Request, record_a: RowId, record_b: RowId) -> Pair:
    """Any two records."""
    desk = desk_of(request)
    with desk.store.session() as session:
        card = find_pair(session, record_a, record_b, "", desk.reader)
    if card is None or record_a == record_b:
        raise AbsentError(f"there are no two records {record_a} and {record_b} in reports")
    return Pair.model_validate(card)


@router.post("/answers", dependencies=[least(Role.REVIEWER)])
def answer(request: Request, sent: PairAnswer) -> Kept:
    """Keep your answer; the two reports are joined or parted at once, nothing is deleted."""
    desk, vote_id, said = desk_of(request), str(sent.vote_id), Sameness(sent.verdict)
    with desk.store.session() as session:
        settle_pair(session, vote_id, sent.record_a, sent.record_b, said, desk.reviewer, _now())
    return Kept(id=vote_id, said=f"Kept: {said}.")


@router.post("/withdrawals", dependencies=[least(Role.REVIEWER)])
def take_answer_back(request: Request, sent: Withdrawal) -> Kept:
    """Take your answer back by a new row; the records are put as they were without it."""
    desk, withdrawal_id = desk_of(request), str(sent.withdrawal_id)
    with desk.store.session() as session:
        if not take_back(
            session,
            str(sent.id),
            withdrawal_id=withdrawal_id,
            reviewer=desk.reviewer,
            now=_now(),
        ):
            raise StaleError(f"{sent.id} is no answer of yours. Nothing was changed.")
    return Kept(id=withdrawal_id, said="Taken back.")


def _now() -> datetime:
    return datetime.now(UTC)
