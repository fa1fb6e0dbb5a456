"""Answers to passages: kept once, refused where what they are about is not as it was."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from review.annotations import Annotation, AnnotationVerdict, Direction, Wrong
from review.decisions import Quote
from review.errors import InputError
from review.reviewers import Role
from review.store.annotations import keep_annotation, withdraw_annotation
from review.store.decisions import keep_reviewer
from review.store.passages import find_annotation
from review.store.planted import find_planted_answer, keep_planted_answer
from review.store.session import Session
from workbench.access import least
from workbench.answers import REJECTED, Moment, answer_item, name_themes
from workbench.pages.desk import Desk, desk_of
from workbench.pages.lanes import (
    Spot,
    StaleError,
    find_onward,
    find_queue,
    find_spot_of,
    item_at,
    leave_out,
)
from workbench.pages.passage_card import go_on
from workbench.reading import BESIDE, Item, own_item
from workbench.wanted import Wanted, quote_wanted, read_wanted

router = APIRouter()

Place = Annotated[Wanted, Depends(read_wanted)]
# No row has a larger number, and a database takes none.
PassageId = Annotated[int, Path(ge=1, lt=2**31)]


async def _fields(request: Request) -> FormData:
    return await request.form()


@router.post("/passages/{passage_id}", dependencies=[least(Role.REVIEWER)])
def answer_passage(
    request: Request,
    wanted: Place,
    passage_id: PassageId,
    annotation_id: Annotated[uuid.UUID, Form()],
    theme: Annotated[str, Form()],
    direction: Annotated[Direction, Form()],
    verdict: Annotated[str, Form()] = "",
    other_theme: Annotated[str, Form()] = "",
    standing: Annotated[str, Form()] = "",
) -> Response:
    """Keep this reviewer's answer to one theme of a passage, and go on to what is open next."""
    desk, said = desk_of(request), other_theme or verdict
    others = {t.key for t in desk.codebook.themes} - {theme}
    if said not in {"accept", *REJECTED, *others}:
        raise InputError("this is none of the answers of the page; nothing was kept")
    with desk.store.session() as session:
        queue = find_queue(session, desk, wanted)
        if find_planted_answer(session, str(annotation_id)):
            return go_on(request, session, wanted.go(), "This was answered before.")
        spot = find_spot_of(session, desk, wanted.here(on=theme), passage_id)
        item = _item(spot)
        if item.planted_id is not None:
            told = _answer_planted(session, desk, item, str(annotation_id), said, direction)
        else:
            rows = _answer(
                session, desk, wanted, spot, item, annotation_id, standing, said, direction
            )
            told = _words(desk, rows)
        there = find_onward(session, desk, wanted, spot, queue)
        return go_on(request, session, there, told, leave_out(queue, spot))


@router.post("/passages/{passage_id}/themes", dependencies=[least(Role.REVIEWER)])
def name_passage(
    request: Request,
    wanted: Place,
    passage_id: PassageId,
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
        moment = _moment(session, desk, wanted, spot, str(annotation_id), standing)
        quote = quote_wanted(spot.reading, spot.passage, wanted)
        rows = name_themes(moment, spot.passage, quote, named, settles=not moment.saw_suggestion)
        _keep(session, desk, rows, ())
        there = find_onward(session, desk, wanted, spot, queue)
        told = _words(desk, [row for row in rows if row.verdict is not AnnotationVerdict.REJECT])
        if was_hidden:
            there = wanted.go(report=spot.passage.report_id, at=spot.passage.quote.start)
            told += " Now see what the machine says."
        return go_on(request, session, there, told)


def _item(spot: Spot) -> Item:
    """What is answered. Raises StaleError where it is not suggested, or must be answered blind."""
    assert spot.passage is not None
    own = spot.reading.said(spot.passage, spot.theme)
    item = item_at(spot) or (own_item(own[-1]) if own else None)
    if item is None:
        raise StaleError(
            "This influence is not suggested for this passage. The model may have changed since "
            "the page was drawn; open the passages again. Nothing you said before is lost."
        )
    return item


def _answer(
    session: Session,
    desk: Desk,
    wanted: Wanted,
    spot: Spot,
    item: Item,
    annotation_id: uuid.UUID,
    standing: str,
    said: str,
    direction: Direction,
) -> Sequence[Annotation]:
    passage = spot.passage
    assert passage is not None
    moment = _moment(session, desk, wanted, spot, str(annotation_id), standing)
    quote = quote_wanted(spot.reading, passage, wanted)
    rows = answer_item(moment, passage, item, quote, said, direction)
    _keep(session, desk, rows, spot.reading.said(passage, item.theme))
    return rows


def _answer_planted(
    session: Session, desk: Desk, item: Item, answer_id: str, said: str, direction: Direction
) -> str:
    """Keep what was said to a planted suggestion, apart from all annotations; what to tell then."""
    assert item.planted_id is not None
    accepted = said == "accept"
    keep_planted_answer(
        session,
        item.planted_id,
        answer_id=answer_id,
        reviewer=desk.reviewer,
        verdict=AnnotationVerdict.ACCEPT if accepted else AnnotationVerdict.REJECT,
        direction=direction,
        now=_now(),
    )
    session.commit()
    caught = not accepted or (item.wrong is Wrong.DIRECTION and direction is not item.direction)
    what = (
        "its direction was turned round"
        if item.wrong is Wrong.DIRECTION
        else ("no one suggests this influence there")
    )
    ending = "You caught it." if caught else f"You accepted it: {what}."
    return f"That suggestion was wrong on purpose, and is counted nowhere. {ending}"


def _moment(
    session: Session,
    desk: Desk,
    wanted: Wanted,
    spot: Spot,
    annotation_id: str,
    standing: str,
) -> Moment:
    """When and how an answer is given. Raises StaleError where another stands meanwhile.

    Sent again, an answer is what it was: that includes whether the machine had been seen.
    """
    passage = spot.passage
    assert passage is not None
    before = find_annotation(session, annotation_id)
    own = spot.reading.said(passage, spot.theme)
    stands = own[-1].annotation_id if own else ""
    if before is None and standing != stands:
        raise StaleError(
            "You answered this in another window since the page was drawn, and that answer "
            "stands. Open the passage again to change it."
        )
    return Moment(
        annotation_id=annotation_id,
        reviewer=desk.reviewer,
        now=_now(),
        codebook_version=desk.codebook.version,
        lane=wanted.lane,
        saw_suggestion=before.saw_suggestion if before else not spot.reading.is_hidden(passage),
    )


def _keep(
    session: Session, desk: Desk, rows: Sequence[Annotation], before: Sequence[Annotation]
) -> None:
    """Write an answer down. What it replaces with other edges is taken back in the same commit."""
    keep_reviewer(session, desk.reviewer, Role.REVIEWER, _now())
    for old in before:
        new = rows[0]
        if old.annotation_id != new.annotation_id and _edges(old.quote) != _edges(new.quote):
            withdraw_annotation(
                session,
                old.annotation_id,
                withdrawal_id=str(uuid.uuid5(uuid.UUID(new.annotation_id), old.annotation_id)),
                reviewer=desk.reviewer,
                now=new.annotated_at,
            )
    for row in rows:
        keep_annotation(session, row)
    session.commit()


def _edges(quote: Quote) -> tuple[int, int]:
    return quote.start, quote.end


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


def _words(desk: Desk, rows: Sequence[Annotation]) -> str:
    """What was kept, in a sentence."""
    names = {t.key: t.name for t in desk.codebook.themes}
    said = []
    for row in rows:
        name = names.get(row.theme, row.theme.replace("-", " "))
        if row.verdict is AnnotationVerdict.REJECT:
            said.append(f"rejected {name}")
        elif row.theme in names:
            said.append(f"{name}, {row.direction}")
        else:
            said.append(name)
    return f"Kept: {'; '.join(said)}."


def _now() -> datetime:
    return datetime.now(UTC)
