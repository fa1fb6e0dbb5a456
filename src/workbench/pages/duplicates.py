"""Duplicates: two records side by side, for a person to say whether they are one report."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from identification.settle import settle_pair, take_back
from reporting.compile import SOURCE_NAMES
from reporting.difference import FieldDifference, compare_records
from reporting.text import citation_source, cite_authors
from review.decisions import Decision, Sameness
from review.records import Record, Report
from review.reviewers import Role
from review.store.decisions import find_decisions
from review.store.duplicates import (
    find_answer,
    find_joined,
    find_open_questions,
)
from review.store.records import find_members, find_records, find_reports
from review.store.session import Session
from workbench.access import least
from workbench.pages.desk import desk_of, draw
from workbench.sent import RowId

router = APIRouter()

_JOINED_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of two records that are compared, its report, and what people decided on that."""

    record_id: int
    record: Record
    report: Report
    decisions: Sequence[Decision]


@dataclass(frozen=True, kw_only=True)
class PairCard:
    """Two records with every field in which either says something; why it is asked, if it is."""

    sides: tuple[Side, Side]
    fields: Sequence[FieldDifference]
    reason: str

    @property
    def is_one(self) -> bool:
        """Whether both are of one report today."""
        first, second = self.sides
        return first.report.report_id == second.report.report_id


@router.get("/duplicates", dependencies=[least(Role.GUEST)])
def show_duplicates(
    request: Request,
    place: Annotated[int, Query(ge=1)] = 1,
    kept: Annotated[str, Query()] = "",
    a: Annotated[RowId | None, Query()] = None,
    b: Annotated[RowId | None, Query()] = None,
    report: Annotated[RowId | None, Query()] = None,
) -> HTMLResponse:
    """The question at that place of the queue, any two records, or the records of one report."""
    desk = desk_of(request)
    with desk.store.session() as session:
        done = find_answer(session, kept) if kept else None
        questions = find_open_questions(session)
        number = min(place, max(1, len(questions)))
        card, shown = None, None
        if report is not None:
            shown = find_reports(session, [report]).get(report)
        elif a is not None and b is not None and a != b:
            card = find_pair(session, a, b, "", desk.reader)
        elif questions and not (a or b):
            asked = questions[number - 1]
            card = find_pair(session, asked.record_a, asked.record_b, asked.reason, desk.reader)
        joined = find_joined(session, _JOINED_SHOWN)
        reports = find_reports(session, [report_id for report_id, _ in joined])
        records = find_records(session, shown.record_ids) if shown else {}
    chosen = a is not None or b is not None
    if (report is not None and shown is None) or (chosen and card is None):
        return draw(
            request,
            "message",
            status_code=404,
            heading="There is no such record",
            text="It may have been joined with another since the page was drawn. Go back to the "
            "duplicates; nothing that was said before is lost.",
        )
    return draw(
        request,
        "duplicates",
        card=card,
        chosen=chosen,
        shown=shown,
        records=records,
        done=done if done and done.reviewer == desk.reviewer else None,
        number=number,
        open_questions=len(questions),
        joined=[(reports[key], count) for key, count in joined],
        sources=SOURCE_NAMES,
        cite_authors=cite_authors,
        citation_source=citation_source,
        new_id=lambda: str(uuid.uuid4()),
    )


@router.post("/duplicates", dependencies=[least(Role.REVIEWER)])
def answer_pair(
    request: Request,
    vote_id: Annotated[uuid.UUID, Form()],
    record_a: Annotated[RowId, Form()],
    record_b: Annotated[RowId, Form()],
    verdict: Annotated[Sameness, Form()],
    place: Annotated[int, Form(ge=1)] = 1,
) -> Response:
    """Keep this reviewer's answer on two records; their reports are joined or parted at once."""
    desk = desk_of(request)
    with desk.store.session() as session:
        settle_pair(session, str(vote_id), record_a, record_b, verdict, desk.reviewer, _now())
    return RedirectResponse(f"/duplicates?place={place}&kept={vote_id}", status_code=303)


@router.post("/duplicates/undo", dependencies=[least(Role.REVIEWER)])
def undo_answer(
    request: Request,
    vote_id: Annotated[str, Form()],
    withdrawal_id: Annotated[uuid.UUID, Form()],
) -> Response:
    """Take this reviewer's answer back by a new row, and show the two records again."""
    desk = desk_of(request)
    with desk.store.session() as session:
        said = find_answer(session, vote_id)
        take_back(
            session,
            vote_id,
            withdrawal_id=str(withdrawal_id),
            reviewer=desk.reviewer,
            now=_now(),
        )
    back = f"?a={said.record_a}&b={said.record_b}" if said else ""
    return RedirectResponse(f"/duplicates{back}", status_code=303)


def find_pair(
    session: Session, one: int, other: int, reason: str, reader: str | None
) -> PairCard | None:
    """The card of two records, None where either is in no report; votes as the reader may see."""
    records, members = find_records(session, (one, other)), find_members(session, (one, other))
    if not {one, other} <= members.keys():
        return None
    reports = find_reports(session, members.values())
    decisions = find_decisions(session, sorted(reports), reader=reader)
    first, second = (
        Side(
            record_id=record_id,
            record=records[record_id],
            report=reports[members[record_id]],
            decisions=[d for d in decisions if d.report_id == members[record_id]],
        )
        for record_id in (one, other)
    )
    fields = compare_records(first.record, second.record)
    return PairCard(sides=(first, second), fields=fields, reason=reason)


def _now() -> datetime:
    return datetime.now(UTC)
