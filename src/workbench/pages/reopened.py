"""Look again: reports that changed since people decided on them, each closed by a decision."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from reporting.compile import SOURCE_NAMES
from reporting.text import citation_source, cite_authors, notice_address
from review.decisions import Stage, Verdict
from review.reopenings import CAUSE_TEXT
from review.reviewers import Role
from review.store.decisions import (
    find_decision,
    withdraw_decision,
)
from review.store.records import find_reports
from workbench.access import least
from workbench.looking_again import find_reopened, find_reopened_cards, keep_anew
from workbench.pages.desk import desk_of, draw
from workbench.sent import RowId

router = APIRouter()

_REPORTS_PER_PAGE = 10


@router.get("/reopened", dependencies=[least(Role.GUEST)])
def show_reopened(
    request: Request,
    page: Annotated[int, Query(ge=1)] = 1,
    kept: Annotated[str, Query()] = "",
) -> HTMLResponse:
    """Reports to look at again, ten to a page, the one re-opened last first."""
    desk = desk_of(request)
    with desk.store.session() as session:
        everywhere = find_reopened(session)
        pages = max(1, -(-len(everywhere) // _REPORTS_PER_PAGE))
        number = min(page, pages)
        shown = everywhere[(number - 1) * _REPORTS_PER_PAGE : number * _REPORTS_PER_PAGE]
        done = find_decision(session, kept) if kept else None
        done_report = find_reports(session, [done.report_id])[done.report_id] if done else None
        cards = find_reopened_cards(session, desk, shown)
    return draw(
        request,
        "reopened",
        cards=cards,
        done=done if done and done.reviewer == desk.reviewer else None,
        done_report=done_report,
        number=number,
        pages=pages,
        reports=len(everywhere),
        reasons={c.exclusion_reason: c.reason_text for c in desk.protocol.criteria},
        causes=CAUSE_TEXT,
        sources=SOURCE_NAMES,
        notice_address=notice_address,
        cite_authors=cite_authors,
        citation_source=citation_source,
        new_id=lambda: str(uuid.uuid4()),
    )


@router.post("/reopened/{report_id}", dependencies=[least(Role.REVIEWER)])
def answer_reopened(
    request: Request,
    report_id: RowId,
    decision_id: Annotated[uuid.UUID, Form()],
    stage: Annotated[Stage, Form()],
    verdict: Annotated[Verdict, Form()],
    reason: Annotated[str, Form()] = "",
    page: Annotated[int, Form(ge=1)] = 1,
) -> Response:
    """Keep this reviewer's decision on a report that changed, the same as before or another."""
    desk = desk_of(request)
    with desk.store.session() as session:
        if report_id not in find_reports(session, [report_id]):
            return draw(
                request,
                "message",
                status_code=404,
                heading="There is no such report",
                text="It may have been joined with another since the page was drawn. Go back to "
                "the changed reports; nothing that was decided before is lost.",
            )
        keep_anew(session, desk, report_id, stage, verdict, reason, str(decision_id), _now())
    return RedirectResponse(f"/reopened?page={page}&kept={decision_id}", status_code=303)


@router.post("/reopened/{report_id}/undo", dependencies=[least(Role.REVIEWER)])
def undo_answer(
    request: Request,
    report_id: RowId,
    decision_id: Annotated[uuid.UUID, Form()],
    withdrawal_id: Annotated[uuid.UUID, Form()],
) -> Response:
    """Take this reviewer's decision back by a new row; the report is open again."""
    desk = desk_of(request)
    with desk.store.session() as session:
        withdraw_decision(
            session,
            str(decision_id),
            withdrawal_id=str(withdrawal_id),
            reviewer=desk.reviewer,
            now=_now(),
        )
        session.commit()
    return RedirectResponse(f"/reopened#report-{report_id}", status_code=303)


def _now() -> datetime:
    return datetime.now(UTC)
