"""Operations on reports that changed since people decided on them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from review.decisions import Stage, Verdict
from review.errors import StaleError
from review.reopenings import Cause
from review.reviewers import Role
from review.store.records import find_reports
from workbench.access import least
from workbench.api.models import (
    Decision,
    Kept,
    Limit,
    Listing,
    Report,
    Sent,
    Shape,
    Withdrawal,
    cut_list,
)
from workbench.api.problems import PROBLEMS, ROOT, AbsentError
from workbench.looking_again import find_reopened, find_reopened_cards, keep_anew
from workbench.pages.desk import desk_of
from workbench.sent import RowId, Text
from workbench.verdicts import take_verdict_back

router = APIRouter(prefix=f"{ROOT}/changed", tags=["Changed reports"], responses={**PROBLEMS})


class Opened(Shape):
    """Why a report is to be looked at again."""

    cause: Cause
    text_before: str = Field(description="As people decided on it: title, line break, abstract.")
    text_after: str
    opened_at: datetime
    notice_id: str = Field(description="Of the notice that tells of it, empty without one.")
    source: str


class ChangedReport(Shape):
    """A report to look at again, with what was decided so far as you may see it."""

    report: Report
    causes: list[Opened]
    stage: Stage = Field(description="The latest at which people decided.")
    decisions: list[Decision]
    hidden: int = Field(description="How many votes you may not see before you have decided.")
    settled: bool = Field(description="True where a consensus holds at that stage.")


class DecisionAnew(Sent):
    """Your decision on a report that changed, the same as before or another."""

    decision_id: uuid.UUID = Field(description="A new id of your making; sent again, it is one.")
    stage: Stage
    verdict: Verdict
    reason: Text = Field("", max_length=80, description="With `exclude`: a reason of the protocol.")


@router.get("", dependencies=[least(Role.GUEST)])
def list_changed(
    request: Request, limit: Limit = 10, after: Annotated[RowId | None, Query()] = None
) -> Listing[ChangedReport]:
    """Reports to look at again, the one re-opened last first."""
    desk = desk_of(request)
    with desk.store.session() as session:
        shown, onward = cut_list(find_reopened(session), after, limit)
        cards = find_reopened_cards(session, desk, shown)
    items = [ChangedReport.model_validate(card) for card in cards]
    return Listing[ChangedReport](items=items, next=onward)


@router.post("/{report_id}/decisions", dependencies=[least(Role.REVIEWER)])
def decide(request: Request, report_id: RowId, sent: DecisionAnew) -> Kept:
    """Keep your decision on a report that changed; it closes what was re-opened."""
    desk, decision_id = desk_of(request), str(sent.decision_id)
    with desk.store.session() as session:
        if report_id not in find_reports(session, [report_id]):
            raise AbsentError(f"there is no report {report_id}")
        keep_anew(
            session, desk, report_id, sent.stage, sent.verdict, sent.reason, decision_id, _now()
        )
    return Kept(id=decision_id, said=f"Kept: {sent.verdict}.")


@router.post("/withdrawals", dependencies=[least(Role.REVIEWER)])
def take_back(request: Request, sent: Withdrawal) -> Kept:
    """Take such a decision of yours back by a new row; the report is open again."""
    desk, withdrawal_id = desk_of(request), str(sent.withdrawal_id)
    with desk.store.session() as session:
        if not take_verdict_back(session, desk, str(sent.id), withdrawal_id, _now()):
            raise StaleError(f"{sent.id} is no decision of yours that stands. Nothing was changed.")
    return Kept(id=withdrawal_id, said="Taken back.")


def _now() -> datetime:
    return datetime.now(UTC)
