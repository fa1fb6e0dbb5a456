"""The page of one passage: what is asked of it, or what was answered, in its whole abstract."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from review.anchors import Found
from review.annotations import AnnotationVerdict, Direction
from review.reviewers import Task
from review.store.lanes import LaneItem
from review.store.passages import PassageRow, find_last_answers
from review.store.planted import count_caught
from review.store.second_reading import find_owed
from review.store.session import Session
from workbench.edges import move_edges
from workbench.nearest import Example, find_example
from workbench.pages.desk import Desk, desk_of, draw, is_fragment
from workbench.pages.lanes import QUEUED, Spot, find_neighbours, find_queue, find_spot, item_at
from workbench.passage_answers import UNDOABLE
from workbench.reading import BESIDE, Item, Reading, in_words, own_item
from workbench.wanted import LANES, REOPENING, Wanted, cut_abstract, quote_wanted


def go_on(
    request: Request,
    session: Session,
    there: Wanted,
    told: str,
    queue: Sequence[LaneItem] = (),
) -> Response:
    """Show another place and say what was done: as a part of the page, or the page anew.

    ``queue`` is what is known to be open in the lane still.
    """
    if is_fragment(request):
        answer = draw_place(request, session, there, told, queue)
        answer.headers["HX-Push-Url"] = there.address
        return answer
    request.session["told"] = told
    return RedirectResponse(f"{there.address}#card", status_code=303)


def draw_place(
    request: Request,
    session: Session,
    wanted: Wanted,
    told: str,
    queue: Sequence[LaneItem] = (),
) -> HTMLResponse:
    """The page, or the part a script asks for, at the place wanted; a lane unknown is looked up."""
    desk = desk_of(request)
    queue = queue or find_queue(session, desk, wanted)
    spot = find_spot(session, desk, wanted, queue)
    answers = find_last_answers(session, desk.reviewer, UNDOABLE)
    common: dict[str, Any] = {
        "wanted": wanted,
        "told": told,
        "lanes": LANES,
        "themes": {t.key: t for t in desk.codebook.themes},
        "beside": BESIDE,
        "answers": answers,
        "asked": sum(o.task is Task.PASSAGES for o in find_owed(session, desk.reviewer)),
        "caught": count_caught(session, desk.reviewer),
        "waiting": len(queue),
        "is_more": len(queue) == QUEUED,
        "in_words": in_words,
        "new_id": lambda: str(uuid.uuid4()),
    }
    page = "passages_desk" if is_fragment(request) else "passages"
    if spot is None or spot.passage is None:
        return draw(request, page, spot=spot, **common)
    before, after = find_neighbours(session, desk, wanted, spot, queue)
    return draw(
        request,
        page,
        spot=spot,
        before=before,
        after=after,
        **_card(session, desk, wanted, spot),
        **common,
    )


def _card(session: Session, desk: Desk, wanted: Wanted, spot: Spot) -> dict[str, Any]:
    """What the card of a passage shows: what is asked, or what was answered."""
    reading, passage = spot.reading, spot.passage
    assert passage is not None
    own = reading.said(passage, spot.theme)
    item = item_at(spot) or (own_item(own[-1]) if own and spot.theme else None)
    is_again = wanted.again or wanted.lane in REOPENING
    asks_anew = item is not None and (reading.is_open(passage, item.theme) or is_again)
    is_hidden = reading.is_hidden(passage)
    if is_hidden or wanted.name or (item is None and not own):
        kind = "naming"
    else:
        kind = "suggestion" if asks_anew else "answered"
    quote = quote_wanted(reading, passage, wanted, own[-1].quote if own and is_again else None)
    whole = list(reading.places(wanted.about))
    return {
        "kind": kind,
        "item": item,
        "is_hidden": is_hidden,
        "is_again": is_again,
        "passage": passage,
        "quote": quote,
        "moves": move_edges(reading.text, quote, first=reading.first),
        "own": reading.said(passage),
        "earlier": reading.said_earlier(passage),
        "earlier_way": _earlier_direction(reading, passage, item),
        "standing": next((a.annotation_id for a in reversed(own)), ""),
        "on_item": own[-1] if own and item else None,
        "examples": _examples(session, spot, item, desk.reviewer)
        if kind == "suggestion" and item
        else [],
        "pieces": cut_abstract(reading, wanted, passage.passage_id),
        "done": len(whole) - len(reading.open_places(wanted.about)),
        "whole": len(whole),
    }


def _earlier_direction(
    reading: Reading, passage: PassageRow, item: Item | None
) -> Direction | None:
    """The direction that the reader gave these same words before the text around them changed."""
    found = reading.said_earlier(passage, item.theme) if item else ()
    kept = [
        e.said.direction
        for e in found
        if e.found is Found.SAME and e.said.verdict is not AnnotationVerdict.REJECT
    ]
    return kept[-1] if kept else None


def _examples(session: Session, spot: Spot, item: Item, reader: str) -> list[Example]:
    """The nearest examples of the item's theme and of the passage's likeliest other one."""
    passage = spot.passage
    assert passage is not None
    others = [s for s in passage.themes if s.theme != item.theme]
    pairs = [(item.theme, item.nearest), *((s.theme, s.nearest) for s in others[:1])]
    found = (find_example(session, passage, theme, nearest, reader) for theme, nearest in pairs)
    return [example for example in found if example]
