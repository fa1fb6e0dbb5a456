"""Operations by which suggestions on passages are verified, and themes named."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field

from review.annotations import Direction, Lane
from review.errors import InputError, StaleError
from review.reviewers import Role
from review.store.lanes import LaneItem
from review.store.passages import PassageRow, find_report_of_passage
from review.store.planted import find_planted_answer
from review.store.session import Session
from workbench.access import least
from workbench.api.models import (
    Annotation,
    Kept,
    Limit,
    Listing,
    Note,
    NoteSaid,
    Passed,
    Quote,
    Sent,
    Shape,
    Withdrawal,
    cut_at,
)
from workbench.api.problems import PROBLEMS, ROOT, AbsentError
from workbench.nearest import find_example
from workbench.pages.desk import Desk, desk_of
from workbench.pages.lanes import (
    Spot,
    find_queue,
    find_spot,
    find_spot_of,
    open_reading,
)
from workbench.passage_answers import (
    keep_answer,
    keep_naming,
    keep_passage_note,
    take_answer_back,
)
from workbench.reading import Reading
from workbench.sent import RowId, Text
from workbench.wanted import BY_STUDY, Wanted, quote_wanted

router = APIRouter(prefix=f"{ROOT}/passages", tags=["Passages"], responses={**PROBLEMS})

Place = Annotated[int | None, Field(ge=0, lt=2**31)]
_GONE = "is no answer of yours that stands among your last ten. Nothing was changed."


class Open(Shape):
    """A place that waits in a lane: a theme of a passage, or a passage whose themes to name."""

    report_id: int
    text_hash: str = Field(description="Of the text in which the place is counted.")
    start: int
    end: int
    theme: str = Field(description="Empty where you name the themes yourself.")


class Suggested(Shape):
    """A theme that is suggested for a passage."""

    theme: str
    score: float = Field(description="That a person would say so, in [0, 1].")
    direction: Direction
    direction_score: float


class Passage(Shape):
    """A passage as you may see it."""

    passage_id: int
    report_id: int
    quote: Quote
    section: str
    is_blind: bool = Field(
        description="True while what is suggested is kept back: name the themes first."
    )
    suggestions: list[Suggested]
    own: list[Annotation] = Field(
        description="What you say of it. The last one on a theme is its `standing`."
    )
    others: list[Annotation] = Field(
        description="What others say, once you have answered all of the passage."
    )
    note: str = Field(description="Your note.")
    notes_of_others: list[NoteSaid]


class WholeText(Shape):
    """A text of a report with its passages."""

    report_id: int
    text: str = Field(description="Title, line break and abstract, or the full text.")
    text_hash: str
    is_full_text: bool
    has_full_text: bool
    passages: list[Passage]


class Example(Shape):
    """A passage that bears a theme, to compare with."""

    theme: str
    text: str
    is_verified: bool = Field(description="False where it is of the codebook's examples.")
    direction: Direction | None


class PassageWithExamples(Passage):
    """A passage with the likest passages of what is suggested for it."""

    examples: list[Example]


class _Word(Sent):
    """What all answers to passages have in common."""

    annotation_id: uuid.UUID = Field(description="A new id of your making; sent again, it is one.")
    standing: Text = Field(
        "", max_length=80, description="The id of your answer that this one replaces."
    )
    lane: Lane = Field(Lane.STUDY, description="How the passage came before you.")
    start: Place = Field(None, description="Where other edges are meant: the first code point.")
    end: Place = Field(None, description="And the one after the last.")


class Verdict(_Word):
    """Your answer to a suggested theme."""

    theme: Text = Field(max_length=80, description="The theme that is suggested.")
    verdict: Literal["accept", "reject", "outside", "off_topic", "other"] = Field(
        description="`outside` the codebook, `off_topic` not about peer workers, or another theme."
    )
    other_theme: Text = Field("", max_length=80, description="With `other`: what it bears instead.")
    direction: Direction


class Naming(_Word):
    """The themes you find in a passage, or that there is none."""

    themes: dict[str, Direction] = Field(
        default_factory=dict, description="By key of the theme its direction."
    )
    instead: Literal["outside-codebook", "not-about-peer-workers", "no-theme"] | None = Field(
        None, description="What is said where no theme is named."
    )


@router.get("", dependencies=[least(Role.GUEST)])
def list_lane(
    request: Request,
    lane: Lane = Lane.STUDY,
    about: Annotated[Text, Query(max_length=80, description="One theme alone.")] = "",
    run: Annotated[RowId | None, Query(description="What one run suggested.")] = None,
    full: Annotated[bool, Query(description="Full texts instead of abstracts.")] = False,
    limit: Limit = 20,
    after: Passed = 0,
) -> Listing[Open]:
    """What waits in a lane; study by study, what is open of the report that comes next."""
    desk = desk_of(request)
    wanted = Wanted(lane=lane, about=about, run=run, full=full)
    with desk.store.session() as session:
        queue = find_queue(session, desk, wanted)
        if lane in BY_STUDY:
            spot = find_spot(session, desk, wanted, queue)
            queue = _open_places(spot.reading, about) if spot else []
    part, onward = cut_at(queue, after, limit)
    return Listing[Open](items=[Open.model_validate(item) for item in part], next=onward)


@router.get("/reports/{report_id}", dependencies=[least(Role.GUEST)])
def tell_text(
    request: Request,
    report_id: RowId,
    full: Annotated[bool, Query(description="The full text instead of the abstract.")] = False,
) -> WholeText:
    """The abstract or the full text of a report with all its passages."""
    desk = desk_of(request)
    with desk.store.session() as session:
        reading = open_reading(session, desk, report_id, Wanted(full=full))
    if reading is None:
        raise AbsentError(f"report {report_id} has no such text here")
    return WholeText(
        report_id=report_id,
        text=reading.text,
        text_hash=reading.text_hash,
        is_full_text=full,
        has_full_text=reading.has_full_text,
        passages=[_passage(reading, passage) for passage in reading.passages],
    )


@router.get("/{passage_id}", dependencies=[least(Role.GUEST)])
def tell_passage(request: Request, passage_id: RowId) -> PassageWithExamples:
    """One passage, with the likest passages of what is suggested for it."""
    desk = desk_of(request)
    with desk.store.session() as session:
        spot, passage = _find(session, desk, passage_id)
        found = [
            find_example(session, passage, item.theme, item.nearest, desk.reviewer)
            for item in spot.reading.items(passage)
        ]
    return PassageWithExamples(
        **_passage(spot.reading, passage).model_dump(),
        examples=[Example.model_validate(example) for example in found if example],
    )


@router.post("/withdrawals", dependencies=[least(Role.REVIEWER)])
def take_back(request: Request, sent: Withdrawal) -> Kept:
    """Take one of your last ten answers back by new rows, all that was said in that moment."""
    desk = desk_of(request)
    with desk.store.session() as session:
        if not take_answer_back(session, desk, str(sent.id), sent.withdrawal_id, _now()):
            raise StaleError(f"{sent.id} {_GONE}")
    return Kept(id=str(sent.withdrawal_id), said="Taken back.")


@router.post("/{passage_id}/annotations", dependencies=[least(Role.REVIEWER)])
def answer(request: Request, passage_id: RowId, sent: Verdict) -> Kept:
    """Answer a suggested theme: accept or reject it, or say what the passage bears instead."""
    desk = desk_of(request)
    if (sent.verdict == "other") != bool(sent.other_theme):
        raise InputError("body.other_theme: it is named with the verdict `other`, and only then")
    with desk.store.session() as session:
        if find_planted_answer(session, str(sent.annotation_id)):
            return Kept(id=str(sent.annotation_id), said="This was answered before.")
        spot, _ = _find(session, desk, passage_id, theme=sent.theme)
        told = keep_answer(
            session,
            desk,
            _edges(spot, sent),
            spot,
            annotation_id=str(sent.annotation_id),
            said=sent.other_theme or sent.verdict,
            direction=sent.direction,
            standing=sent.standing,
            now=_now(),
        )
    return Kept(id=str(sent.annotation_id), said=told)


@router.post("/{passage_id}/themes", dependencies=[least(Role.REVIEWER)])
def name(request: Request, passage_id: RowId, sent: Naming) -> Kept:
    """Name the themes of a passage: one to be answered blind, or one the machine missed."""
    desk = desk_of(request)
    known = {theme.key for theme in desk.codebook.themes}
    if unknown := sorted(sent.themes.keys() - known):
        raise InputError(f"body.themes: the codebook has no {', '.join(unknown)}")
    if bool(sent.themes) == bool(sent.instead):
        raise InputError("body.themes: name themes, or say `instead`; one of both")
    named = dict(sent.themes) or {str(sent.instead): Direction.UNCLEAR}
    with desk.store.session() as session:
        spot, _ = _find(session, desk, passage_id)
        told = keep_naming(
            session,
            desk,
            _edges(spot, sent),
            spot,
            annotation_id=str(sent.annotation_id),
            named=named,
            standing=sent.standing,
            now=_now(),
        )
    return Kept(id=str(sent.annotation_id), said=told)


@router.post("/{passage_id}/notes", dependencies=[least(Role.REVIEWER)])
def write_note(request: Request, passage_id: RowId, sent: Note) -> Kept:
    """Keep your note on a passage; no answer is touched."""
    desk = desk_of(request)
    with desk.store.session() as session:
        spot, _ = _find(session, desk, passage_id)
        keep_passage_note(session, desk, spot, str(sent.note_id), sent.text, _now())
    return Kept(id=str(sent.note_id), said="Your note is kept.")


def _find(
    session: Session, desk: Desk, passage_id: int, theme: str = ""
) -> tuple[Spot, PassageRow]:
    """Raises AbsentError where there is no such passage, StaleError where its text has changed."""
    if find_report_of_passage(session, passage_id) is None:
        raise AbsentError(f"there is no passage {passage_id}")
    spot = find_spot_of(session, desk, Wanted(on=theme), passage_id)
    assert spot.passage is not None
    return spot, spot.passage


def _edges(spot: Spot, sent: _Word) -> Wanted:
    """The place with its edges. Raises InputError where they leave the text or the passage."""
    wanted = Wanted(lane=sent.lane, start=sent.start, end=sent.end)
    assert spot.passage is not None
    quote = quote_wanted(spot.reading, spot.passage, wanted)
    asked = (sent.start, sent.end)
    if asked != (None, None) and asked != (quote.start, quote.end):
        raise InputError(
            "body.start and body.end: both are needed, within the text and over the passage"
        )
    return wanted


def _open_places(reading: Reading, about: str) -> list[LaneItem]:
    return [
        LaneItem(
            report_id=passage.report_id,
            text_hash=passage.text_hash,
            start=passage.quote.start,
            end=passage.quote.end,
            theme=theme,
        )
        for passage, theme in reading.open_places(about)
    ]


def _passage(reading: Reading, passage: PassageRow) -> Passage:
    """Nothing tells what is suggested by the model from what is planted."""
    return Passage(
        passage_id=passage.passage_id,
        report_id=reading.report.report_id,
        quote=Quote.model_validate(passage.quote),
        section=passage.section,
        is_blind=reading.is_hidden(passage),
        suggestions=[Suggested.model_validate(item) for item in reading.items(passage)],
        own=[Annotation.model_validate(said) for said in reading.said(passage)],
        others=[Annotation.model_validate(said) for said in reading.others_on(passage)],
        note=reading.note_on(passage),
        notes_of_others=[NoteSaid.model_validate(n) for n in reading.notes_of_others(passage)],
    )


def _now() -> datetime:
    return datetime.now(UTC)
