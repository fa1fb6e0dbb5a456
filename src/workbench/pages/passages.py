"""Verify tags: suggested passages, report by report, each accepted or rejected by a person."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from review.annotations import Annotation, AnnotationVerdict, Direction
from review.reviewers import Role
from review.store.annotations import (
    SuggestionRow,
    find_annotations,
    find_suggested_reports,
    find_suggestion,
    find_suggestions,
    keep_annotation,
    withdraw_annotation,
)
from review.store.decisions import keep_reviewer
from review.store.records import find_reports
from workbench.access import least
from workbench.pages.desk import Desk, desk_of, draw

router = APIRouter()

_REPORTS_PER_PAGE = 10


@router.get("/passages", dependencies=[least(Role.GUEST)])
def show_passages(
    request: Request,
    theme: Annotated[str, Query()] = "",
    page: Annotated[int, Query(ge=1)] = 1,
) -> HTMLResponse:
    """Suggested passages of ten reports, with what this reviewer has said of each."""
    desk = desk_of(request)
    theme = theme if theme in {t.key for t in desk.codebook.themes} else ""
    with desk.store.session() as session:
        everywhere = find_suggested_reports(session, theme)
        pages = max(1, -(-len(everywhere) // _REPORTS_PER_PAGE))
        number = min(page, pages)
        shown = everywhere[(number - 1) * _REPORTS_PER_PAGE : number * _REPORTS_PER_PAGE]
        rows = find_suggestions(session, report_ids=shown, theme=theme)
        reports = find_reports(session, shown)
        said = {
            _place(a): a for a in find_annotations(session, shown) if a.reviewer == desk.reviewer
        }
    return draw(
        request,
        "passages",
        groups=[
            (reports[key], [(r, said.get(_place(r))) for r in rows if r.report_id == key])
            for key in shown
        ],
        theme=theme,
        themes={t.key: t for t in desk.codebook.themes},
        number=number,
        pages=pages,
        reports=len(everywhere),
        directions=list(Direction),
        new_id=lambda: str(uuid.uuid4()),
    )


@router.post("/passages/{suggestion_id}", dependencies=[least(Role.REVIEWER)])
def answer_suggestion(
    request: Request,
    suggestion_id: int,
    annotation_id: Annotated[uuid.UUID, Form()],
    verdict: Annotated[AnnotationVerdict, Form()],
    direction: Annotated[Direction, Form()],
    back: Annotated[str, Form()] = "",
) -> Response:
    """Keep this reviewer's answer to a suggestion and go back to its place on the page."""
    desk = desk_of(request)
    with desk.store.session() as session:
        row = find_suggestion(session, suggestion_id)
        if row is None:
            return draw(
                request,
                "message",
                status_code=404,
                heading="This suggestion is no longer there",
                text="The text or the model has changed since the page was drawn. Go back to the "
                "passages to see what is suggested now; nothing you said before is lost.",
            )
        keep_reviewer(session, desk.reviewer, "reviewer", _now())
        keep_annotation(session, _annotation(desk, row, str(annotation_id), verdict, direction))
        session.commit()
    return _back(back, suggestion_id)


@router.post("/passages/{suggestion_id}/undo", dependencies=[least(Role.REVIEWER)])
def undo_answer(
    request: Request,
    suggestion_id: int,
    annotation_id: Annotated[str, Form()],
    withdrawal_id: Annotated[uuid.UUID, Form()],
    back: Annotated[str, Form()] = "",
) -> Response:
    """Take this reviewer's answer back by a new row."""
    desk = desk_of(request)
    with desk.store.session() as session:
        withdraw_annotation(
            session,
            annotation_id,
            withdrawal_id=str(withdrawal_id),
            reviewer=desk.reviewer,
            now=_now(),
        )
        session.commit()
    return _back(back, suggestion_id)


def _annotation(
    desk: Desk,
    row: SuggestionRow,
    annotation_id: str,
    verdict: AnnotationVerdict,
    direction: Direction,
) -> Annotation:
    return Annotation(
        annotation_id=annotation_id,
        report_id=row.report_id,
        text_hash=row.text_hash,
        quote=row.quote,
        theme=row.theme,
        verdict=verdict,
        direction=direction,
        reviewer=desk.reviewer,
        annotated_at=_now(),
        codebook_version=desk.codebook.version,
        suggestion_id=row.suggestion_id,
    )


def _place(item: SuggestionRow | Annotation) -> tuple[int, str, int, int, str]:
    return item.report_id, item.text_hash, item.quote.start, item.quote.end, item.theme


def _back(query: str, suggestion_id: int) -> RedirectResponse:
    """To the same page of the list; the query is ours, whatever was sent."""
    kept = "?" + query if query and "\n" not in query and "\r" not in query else ""
    return RedirectResponse(f"/passages{kept}#suggestion-{suggestion_id}", status_code=303)


def _now() -> datetime:
    return datetime.now(UTC)
