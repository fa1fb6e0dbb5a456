"""Verify tags: the place asked for, answers taken back, and notes, which touch no answer."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from review.anchors import Found
from review.reviewers import Role
from review.store.anchors import StandingAnnotation, find_own_unsure
from review.store.passages import find_annotation
from review.store.records import find_reports
from workbench.access import least
from workbench.pages.desk import desk_of, draw, is_fragment
from workbench.pages.lanes import find_spot_of
from workbench.pages.passage_card import draw_place, go_on
from workbench.passage_answers import keep_passage_note, take_answer_back
from workbench.sent import RowId
from workbench.wanted import Wanted, read_wanted

router = APIRouter()


Place = Annotated[Wanted, Depends(read_wanted)]


@router.get("/passages", dependencies=[least(Role.GUEST)])
def show_passages(request: Request, wanted: Place) -> HTMLResponse:
    """A passage in its study: the one asked for, or the one with which the lane goes on."""
    with desk_of(request).store.session() as session:
        return draw_place(request, session, wanted, request.session.pop("told", ""))


@router.get("/passages/changed", dependencies=[least(Role.GUEST)])
def show_changed(request: Request) -> HTMLResponse:
    """This reviewer's answers whose words are no longer in their report as they were."""
    desk = desk_of(request)
    with desk.store.session() as session:
        unsure = find_own_unsure(session, desk.settings.raw, desk.reviewer)
        reports = find_reports(session, {placed.said.report_id for placed in unsure})
        hashes = {key: report.text_hash for key, report in reports.items()}
    return draw(
        request,
        "passages_changed",
        unsure=[
            (placed, reports[placed.said.report_id], _place_of(placed, hashes)) for placed in unsure
        ],
        themes={theme.key: theme for theme in desk.codebook.themes},
    )


@router.post("/passages/undo", dependencies=[least(Role.REVIEWER)])
def undo_answer(
    request: Request,
    wanted: Place,
    annotation_id: Annotated[str, Form()],
    withdrawal_id: Annotated[uuid.UUID, Form()],
) -> Response:
    """Take one of this reviewer's last answers back by new rows, and show its place again."""
    desk = desk_of(request)
    with desk.store.session() as session:
        taken = take_answer_back(session, desk, annotation_id, withdrawal_id, _now())
        undone = find_annotation(session, annotation_id)
        there = wanted.go()
        if undone and undone.reviewer == desk.reviewer:
            report = find_reports(session, [undone.report_id]).get(undone.report_id)
            there = wanted.go(
                report=undone.report_id,
                at=undone.quote.start,
                on=undone.theme,
                full=report is not None and report.text_hash != undone.text_hash,
            )
        told = "Taken back." if taken else "This is not among your last answers any more."
        return go_on(request, session, there, told)


@router.post("/passages/{passage_id}/note", dependencies=[least(Role.REVIEWER)])
def save_note(
    request: Request,
    wanted: Place,
    passage_id: RowId,
    note_id: Annotated[uuid.UUID, Form()],
    text: Annotated[str, Form()] = "",
) -> Response:
    """Keep what this reviewer notes on a passage: a row of its own that touches no answer."""
    desk = desk_of(request)
    with desk.store.session() as session:
        spot = find_spot_of(session, desk, wanted, passage_id)
        keep_passage_note(session, desk, spot, str(note_id), text, _now())
    if is_fragment(request):
        return HTMLResponse(f"✓ Note kept, {_now():%H:%M:%S} UTC")
    request.session["told"] = "Your note is kept."
    return RedirectResponse(f"{wanted.address}#card", status_code=303)


def _place_of(placed: StandingAnnotation, hashes: Mapping[int, str]) -> Wanted:
    """Where such an answer is looked at again: at its words of today, or in its abstract."""
    report_id = placed.said.report_id
    if placed.found is Found.LOST:
        return Wanted(report=report_id)
    return Wanted(
        report=report_id,
        at=placed.quote.start,
        on=placed.said.theme,
        full=placed.text_hash != hashes[report_id],
    )


def _now() -> datetime:
    return datetime.now(UTC)
