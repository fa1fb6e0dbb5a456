"""Look again: reports that changed since people decided on them, each closed by a decision."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from reporting.compile import SOURCE_NAMES
from reporting.difference import TextDifference, difference_of
from reporting.text import citation_source, cite_authors, notice_address
from review.decisions import Decision, Stage, Verdict
from review.errors import InputError
from review.records import Report
from review.reopenings import CAUSE_TEXT, Reopening
from review.reviewers import Role
from review.store.decisions import (
    find_consensus,
    find_decision,
    find_decisions,
    keep_decision,
    keep_reviewer,
    withdraw_decision,
)
from review.store.records import find_reports
from review.store.reopenings import find_open_reopenings
from workbench.access import least
from workbench.pages.desk import Desk, desk_of, draw

router = APIRouter()

_REPORTS_PER_PAGE = 10


@dataclass(frozen=True, kw_only=True)
class ReopenedCard:
    """One report to look at again: why, what differs, and what was decided so far.

    ``stage`` is the latest at which people decided; ``standing`` is what this reviewer would
    confirm: their own decision there, else what the others agree on, None where they do not.
    ``settled`` says that a consensus holds at that stage. ``hidden`` counts what others said that
    this person may not see before they have decided at that stage themselves.
    """

    report: Report
    causes: Sequence[Reopening]
    difference: TextDifference | None
    decisions: Sequence[Decision]
    hidden: int
    stage: Stage
    standing: Decision | None
    settled: bool


@router.get("/reopened", dependencies=[least(Role.GUEST)])
def show_reopened(
    request: Request,
    page: Annotated[int, Query(ge=1)] = 1,
    kept: Annotated[str, Query()] = "",
) -> HTMLResponse:
    """Reports to look at again, ten to a page, the one re-opened last first."""
    desk = desk_of(request)
    with desk.store.session() as session:
        reopened = find_open_reopenings(session)
        everywhere = sorted(reopened, key=lambda key: (reopened[key][-1].opened_at, key))[::-1]
        pages = max(1, -(-len(everywhere) // _REPORTS_PER_PAGE))
        number = min(page, pages)
        shown = everywhere[(number - 1) * _REPORTS_PER_PAGE : number * _REPORTS_PER_PAGE]
        done = find_decision(session, kept) if kept else None
        reports = find_reports(session, [*shown, *([done.report_id] if done else [])])
        decisions = find_decisions(session, shown)
        consensus = find_consensus(session, shown)
        # What others said is for who has said something, too.
        seen = {
            said.decision_id
            for said in (
                *find_decisions(session, shown, reader=desk.reader),
                *find_consensus(session, shown, reader=desk.reader),
            )
        }
    cards = [
        _card(
            reports[key],
            reopened[key],
            [d for d in decisions if d.report_id == key],
            [c for c in consensus if c.report_id == key],
            seen,
            desk.reviewer,
        )
        for key in shown
    ]
    return draw(
        request,
        "reopened",
        cards=cards,
        done=done if done and done.reviewer == desk.reviewer else None,
        done_report=reports.get(done.report_id) if done else None,
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
    report_id: int,
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
        keep_reviewer(session, desk.reviewer, "reviewer", _now())
        said = _decision(desk, str(decision_id), report_id, stage, verdict, reason)
        keep_decision(session, said)
        session.commit()
    return RedirectResponse(f"/reopened?page={page}&kept={decision_id}", status_code=303)


@router.post("/reopened/{report_id}/undo", dependencies=[least(Role.REVIEWER)])
def undo_answer(
    request: Request,
    report_id: int,
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


def _card(
    report: Report,
    causes: Sequence[Reopening],
    decisions: Sequence[Decision],
    consensus: Sequence[Decision],
    seen: Collection[str],
    reviewer: str,
) -> ReopenedCard:
    said = [*decisions, *consensus]
    stage = max((d.stage for d in said), key=list(Stage).index)
    settled = [c for c in consensus if c.stage is stage]
    voices = [v for v in settled or decisions if v.stage is stage and v.decision_id in seen]
    own = [d for d in voices if d.reviewer == reviewer]
    agreed = len({d.verdict for d in voices}) == 1
    return ReopenedCard(
        report=report,
        causes=causes,
        difference=difference_of(causes),
        decisions=[d for d in said if d.decision_id in seen],
        hidden=sum(d.decision_id not in seen for d in said),
        stage=stage,
        standing=own[0] if own else voices[0] if agreed else None,
        settled=bool(settled),
    )


def _decision(
    desk: Desk, decision_id: str, report_id: int, stage: Stage, verdict: Verdict, reason: str
) -> Decision:
    known = {criterion.exclusion_reason for criterion in desk.protocol.criteria}
    if verdict is Verdict.EXCLUDE and reason not in known:
        raise InputError(
            "An exclusion names one of the protocol's reasons: go back, choose one beside the "
            "button, and exclude again. Nothing was kept."
        )
    return Decision(
        decision_id=decision_id,
        report_id=report_id,
        stage=stage,
        reviewer=desk.reviewer,
        verdict=verdict,
        exclusion_reason=reason if verdict is Verdict.EXCLUDE else None,
        # The page does not show the machine's view, but the person may well have seen it before:
        # such a decision is never counted among those made without it.
        saw_assessment=True,
        decided_at=_now(),
    )


def _now() -> datetime:
    return datetime.now(UTC)
