"""Screening: one report at a time, its criteria beside it, decided by a person."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from review.decisions import Answer, Stage, Verdict
from review.errors import InputError, StaleError
from review.reviewers import Role
from review.store.queues import find_reports_by_words
from review.store.records import find_reports
from review.store.session import Session
from review.verdicts import criteria_of
from workbench.access import least
from workbench.cards import ScreeningCard, find_card, find_done
from workbench.forms import read_answers
from workbench.lanes import Lane, find_lane, find_owed_readings
from workbench.pages.desk import desk_of, draw, is_fragment
from workbench.sent import RowId
from workbench.verdicts import keep_report_note, keep_verdict, take_verdict_back

router = APIRouter()

_ROOTS = {Stage.TITLE_ABSTRACT: "/screening", Stage.FULL_TEXT: "/screening/full-text"}
_FOUND = 20
_LaneAsked = Annotated[Lane, Query()]
_LaneSent = Annotated[Lane, Form()]


def stage_of(request: Request) -> Stage:
    """The stage whose pages are asked for, by their address."""
    root = _ROOTS[Stage.FULL_TEXT]
    at_full_text = request.url.path == root or request.url.path.startswith(f"{root}/")
    return Stage.FULL_TEXT if at_full_text else Stage.TITLE_ABSTRACT


async def fields_of(request: Request) -> Mapping[str, object]:
    """Every field of a form, also those whose names depend on the protocol."""
    return await request.form()


_Stage = Annotated[Stage, Depends(stage_of)]
_Fields = Annotated[Mapping[str, object], Depends(fields_of)]


@router.get("/screening", dependencies=[least(Role.GUEST)])
@router.get("/screening/full-text", dependencies=[least(Role.GUEST)])
def show_next(request: Request, stage: _Stage, lane: _LaneAsked = Lane.QUEUE) -> HTMLResponse:
    """The next report of a lane that this person has not decided on."""
    with desk_of(request).store.session() as session:
        return _draw_next(request, session, stage, lane)


@router.get("/screening/{report_id:int}", dependencies=[least(Role.GUEST)])
@router.get("/screening/full-text/{report_id:int}", dependencies=[least(Role.GUEST)])
def show_report(
    request: Request, report_id: RowId, stage: _Stage, lane: _LaneAsked = Lane.QUEUE
) -> HTMLResponse:
    """One report, decided on or not."""
    with desk_of(request).store.session() as session:
        return _draw_report(request, session, report_id, stage, lane)


@router.get("/screening/find", dependencies=[least(Role.GUEST)])
@router.get("/screening/full-text/find", dependencies=[least(Role.GUEST)])
def find(request: Request, stage: _Stage, q: Annotated[str, Query()] = "") -> HTMLResponse:
    """Reports by words of title and abstract, or by their number, PMID or DOI."""
    words = q.strip()
    with desk_of(request).store.session() as session:
        found = find_reports_by_words(session, words, _FOUND + 1)
    return draw(
        request,
        "screening_find",
        root=_ROOTS[stage],
        words=words,
        found=found[:_FOUND],
        is_more=len(found) > _FOUND,
    )


@router.post("/screening/{report_id:int}", dependencies=[least(Role.REVIEWER)])
@router.post("/screening/full-text/{report_id:int}", dependencies=[least(Role.REVIEWER)])
def decide(
    request: Request,
    report_id: RowId,
    stage: _Stage,
    fields: _Fields,
    decision_id: Annotated[uuid.UUID, Form()],
    lane: _LaneSent = Lane.QUEUE,
    verdict: Annotated[Verdict | None, Form()] = None,
    reason: Annotated[str, Form()] = "",
    standing: Annotated[str, Form()] = "",
) -> Response:
    """Keep this person's decision; then the next report, or first what the machine said of it."""
    desk = desk_of(request)
    criteria = criteria_of(desk.protocol.criteria, stage)
    with desk.store.session() as session:
        if report_id not in find_reports(session, [report_id]):
            return _draw_absent(request)
        answers: dict[str, Answer] = {}
        try:
            answers = read_answers(fields, criteria)
            coming = keep_verdict(
                session,
                desk,
                report_id,
                stage,
                decision_id=str(decision_id),
                answers=answers,
                verdict=verdict,
                reason=reason,
                standing=standing,
                now=_now(),
            )
        except (InputError, StaleError) as refused:
            return _draw_report(
                request, session, report_id, stage, lane, given=answers, wrong=str(refused)
            )
        stays = coming is not None and coming.is_blind
        return _go_on(request, session, report_id, stage, lane, stays=stays)


@router.post("/screening/{report_id:int}/undo", dependencies=[least(Role.REVIEWER)])
@router.post("/screening/full-text/{report_id:int}/undo", dependencies=[least(Role.REVIEWER)])
def undo(
    request: Request,
    report_id: RowId,
    stage: _Stage,
    decision_id: Annotated[uuid.UUID, Form()],
    withdrawal_id: Annotated[uuid.UUID, Form()],
    lane: _LaneSent = Lane.QUEUE,
) -> Response:
    """Take a decision of this person back by a new row, and show its report again."""
    desk = desk_of(request)
    with desk.store.session() as session:
        take_verdict_back(session, desk, str(decision_id), str(withdrawal_id), _now())
        return _go_on(request, session, report_id, stage, lane, stays=True, said="Taken back.")


@router.post("/screening/{report_id:int}/note", dependencies=[least(Role.REVIEWER)])
@router.post("/screening/full-text/{report_id:int}/note", dependencies=[least(Role.REVIEWER)])
def write_note(
    request: Request,
    report_id: RowId,
    stage: _Stage,
    note_id: Annotated[uuid.UUID, Form()],
    text: Annotated[str, Form()] = "",
    lane: _LaneSent = Lane.QUEUE,
) -> Response:
    """Keep this person's note on a report; no decision is touched."""
    desk = desk_of(request)
    with desk.store.session() as session:
        if report_id not in find_reports(session, [report_id]):
            return _draw_absent(request)
        keep_report_note(session, desk, report_id, str(note_id), text, _now())
    if is_fragment(request):
        return HTMLResponse("✓ The note is kept.")
    return RedirectResponse(f"{_ROOTS[stage]}/{report_id}?lane={lane}#note", status_code=303)


def _go_on(
    request: Request,
    session: Session,
    report_id: int,
    stage: Stage,
    lane: Lane,
    *,
    stays: bool,
    said: str = "Kept.",
) -> Response:
    """After a change: this report again, or the next of the lane; the address says which."""
    root = _ROOTS[stage]
    address = f"{root}/{report_id}?lane={lane}" if stays else f"{root}?lane={lane}"
    if not is_fragment(request):
        return RedirectResponse(address, status_code=303)
    drawn = (
        _draw_report(request, session, report_id, stage, lane, said=said)
        if stays
        else _draw_next(request, session, stage, lane, said=said)
    )
    drawn.headers["HX-Replace-Url"] = address
    return drawn


def _draw_next(
    request: Request, session: Session, stage: Stage, lane: Lane, *, said: str = ""
) -> HTMLResponse:
    desk = desk_of(request)
    ahead = find_lane(session, desk, stage, lane)
    card = find_card(session, desk, ahead[0], stage, lane, ahead=ahead) if ahead else None
    return _draw_card(request, session, card, stage, lane, said=said)


def _draw_report(
    request: Request,
    session: Session,
    report_id: int,
    stage: Stage,
    lane: Lane,
    *,
    given: Mapping[str, Answer] | None = None,
    wrong: str = "",
    said: str = "",
) -> HTMLResponse:
    card = find_card(session, desk_of(request), report_id, stage, lane, given)
    if card is None:
        return _draw_absent(request)
    return _draw_card(request, session, card, stage, lane, wrong=wrong, said=said)


def _draw_card(
    request: Request,
    session: Session,
    card: ScreeningCard | None,
    stage: Stage,
    lane: Lane,
    *,
    wrong: str = "",
    said: str = "",
) -> HTMLResponse:
    desk = desk_of(request)
    values: dict[str, Any] = {
        "card": card,
        "root": _ROOTS[stage],
        "lane": lane,
        "done": find_done(session, desk, stage),
        "owed": len(find_owed_readings(session, desk.reviewer, stage)),
        "is_full_text": stage is Stage.FULL_TEXT,
        "may_vote": desk.may(Role.REVIEWER),
        "reasons": {c.exclusion_reason: c.reason_text for c in desk.protocol.criteria},
        "wrong": wrong,
        "said": said,
        "new_id": lambda: str(uuid.uuid4()),
    }
    name = "screening_card" if is_fragment(request) else "screening"
    return draw(request, name, status_code=409 if wrong else 200, **values)


def _draw_absent(request: Request) -> HTMLResponse:
    return draw(
        request,
        "message",
        status_code=404,
        heading="There is no such report",
        text="It may have been joined with another since the page was drawn. Go back to screening; "
        "nothing that was decided before is lost.",
    )


def _now() -> datetime:
    return datetime.now(UTC)
