"""Answers to passages: kept once, refused where what they are about is not as it was."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from review.annotations import Direction
from review.errors import InputError
from review.reviewers import Role
from review.store.planted import find_planted_answer
from workbench.access import least
from workbench.pages.desk import desk_of
from workbench.pages.lanes import (
    find_onward,
    find_queue,
    find_spot_of,
    leave_out,
)
from workbench.pages.passage_card import go_on
from workbench.passage_answers import keep_answer, keep_naming
from workbench.reading import BESIDE
from workbench.sent import RowId
from workbench.wanted import Wanted, read_wanted

router = APIRouter()

Place = Annotated[Wanted, Depends(read_wanted)]


async def _fields(request: Request) -> FormData:
    return await request.form()


@router.post("/passages/{passage_id}", dependencies=[least(Role.REVIEWER)])
def answer_passage(
    request: Request,
    wanted: Place,
    passage_id: RowId,
    annotation_id: Annotated[uuid.UUID, Form()],
    theme: Annotated[str, Form()],
    direction: Annotated[Direction, Form()],
    verdict: Annotated[str, Form()] = "",
    other_theme: Annotated[str, Form()] = "",
    standing: Annotated[str, Form()] = "",
) -> Response:
    """Keep this reviewer's answer to one theme of a passage, and go on to what is open next."""
    desk, said = desk_of(request), other_theme or verdict
    with desk.store.session() as session:
        queue = find_queue(session, desk, wanted)
        if find_planted_answer(session, str(annotation_id)):
            return go_on(request, session, wanted.go(), "This was answered before.")
        spot = find_spot_of(session, desk, wanted.here(on=theme), passage_id)
        told = keep_answer(
            session,
            desk,
            wanted,
            spot,
            annotation_id=str(annotation_id),
            said=said,
            direction=direction,
            standing=standing,
            now=_now(),
        )
        there = find_onward(session, desk, wanted, spot, queue)
        return go_on(request, session, there, told, leave_out(queue, spot))


@router.post("/passages/{passage_id}/themes", dependencies=[least(Role.REVIEWER)])
def name_passage(
    request: Request,
    wanted: Place,
    passage_id: RowId,
    annotation_id: Annotated[uuid.UUID, Form()],
    fields: Annotated[FormData, Depends(_fields)],
    standing: Annotated[str, Form()] = "",
) -> Response:
    """Keep the themes this reviewer found; where the machine was hidden, show its view then."""
    desk = desk_of(request)
    named = _read_named([t.key for t in desk.codebook.themes], fields)
    with desk.store.session() as session:
        queue = find_queue(session, desk, wanted)
        spot = find_spot_of(session, desk, wanted.here(on=""), passage_id)
        assert spot.passage is not None
        was_hidden = spot.reading.is_hidden(spot.passage)
        told = keep_naming(
            session,
            desk,
            wanted,
            spot,
            annotation_id=str(annotation_id),
            named=named,
            standing=standing,
            now=_now(),
        )
        there = find_onward(session, desk, wanted, spot, queue)
        if was_hidden:
            there = wanted.go(report=spot.passage.report_id, at=spot.passage.quote.start)
            told += " Now see what the machine says."
        return go_on(request, session, there, told)


def _read_named(themes: Sequence[str], fields: FormData) -> Mapping[str, Direction]:
    """The themes ticked, each with its direction, or what was said instead of a theme.

    Raises InputError where nothing, or what excludes itself, was chosen.
    """
    ticked = [theme for theme in themes if theme in fields.getlist("named")]
    instead = str(fields.get("verdict", ""))
    if instead in BESIDE:
        if ticked:
            raise InputError("influences are ticked, and it is said that there is none; choose one")
        return {instead: Direction.UNCLEAR}
    if not ticked:
        raise InputError("no influence is ticked; tick those the passage reports, or say: none")
    named = {theme: str(fields.get(f"direction-{theme}", "")) for theme in ticked}
    if not set(named.values()) <= set(Direction):
        raise InputError("say the direction of every influence that is ticked")
    return {theme: Direction(direction) for theme, direction in named.items()}


def _now() -> datetime:
    return datetime.now(UTC)
