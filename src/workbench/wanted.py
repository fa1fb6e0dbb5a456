"""What of the passages a page is asked for: the lane, what it is narrowed to, and the place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self
from urllib.parse import urlencode

from fastapi import Request

from review.annotations import Direction, Lane
from review.decisions import Quote, quote_from
from review.store.passages import PassageRow
from workbench.reading import Reading

# Larger numbers are no row's.
_DIGITS = 9
LANES: Mapping[Lane, str] = {
    Lane.STUDY: "study by study",
    Lane.ASKED: "what you are asked to read as well",
    Lane.SWEEP: "one influence, all studies",
    Lane.LIKELY: "most likely first",
    Lane.UNCERTAIN: "uncertain first",
    Lane.RARE: "rare influences first",
    Lane.DISAGREEMENT: "people disagree",
    Lane.SECOND_LOOK: "second look: my answers unlike the machine",
    Lane.AUDIT: "random passages without a suggestion",
    Lane.RECHECK: "answered under another codebook",
}


# Lanes in which one report follows another, each with all that is open in it.
BY_STUDY = (Lane.STUDY, Lane.ASKED)
# Lanes of what was answered, to be answered anew.
REOPENING = (Lane.SECOND_LOOK, Lane.RECHECK)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A place among the passages, as it stands in an address.

    ``about`` narrows to one theme, ``run`` to what one run suggested, ``full`` to full texts
    instead of abstracts; ``study`` seeks a report by number or words of its title. ``at`` is a
    character of the text, ``on`` the theme looked at there; ``start`` and ``end`` are edges moved,
    ``direction`` one chosen meanwhile. ``again`` opens an answer to be changed, ``name`` asks for
    themes the machine missed.
    """

    lane: Lane = Lane.STUDY
    about: str = ""
    run: int | None = None
    full: bool = False
    study: str = ""
    report: int | None = None
    at: int | None = None
    on: str = ""
    start: int | None = None
    end: int | None = None
    direction: Direction | None = None
    again: bool = False
    name: bool = False

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """From the query of an address; what makes no sense there is as if it were not."""
        lane, direction = query.get("lane", ""), query.get("direction", "")
        return cls(
            lane=Lane(lane) if lane in list(Lane) else Lane.STUDY,
            about=query.get("about", ""),
            run=_number(query.get("run", "")),
            full=query.get("full") == "1",
            study=query.get("study", "").strip(),
            report=_number(query.get("report", "")),
            at=_number(query.get("at", "")),
            on=query.get("on", ""),
            start=_number(query.get("start", "")),
            end=_number(query.get("end", "")),
            direction=Direction(direction) if direction in list(Direction) else None,
            again=query.get("again") == "1",
            name=query.get("name") == "1",
        )

    def go(self, **changes: Any) -> Wanted:  # noqa: ANN401 - as dataclasses.replace has it
        """Another place in the same lane; nothing of the present place remains."""
        lane = Wanted(lane=self.lane, about=self.about, run=self.run, full=self.full)
        return replace(lane, **changes)

    def here(self, **changes: Any) -> Wanted:  # noqa: ANN401
        """The same place, changed."""
        return replace(self, **changes)

    @property
    def query(self) -> str:
        """What stands behind the question mark of its address."""
        said = {f.name: getattr(self, f.name) for f in fields(self)}
        told = {name: value for name, value in said.items() if value not in (None, "", False)}
        return urlencode({name: 1 if value is True else value for name, value in told.items()})

    @property
    def address(self) -> str:
        """Where it is."""
        return "/passages" + (f"?{self.query}" if self.query else "")


def read_wanted(request: Request) -> Wanted:
    """The place that a request asks for."""
    return Wanted.read(request.query_params)


def quote_wanted(
    reading: Reading, passage: PassageRow, wanted: Wanted, before: Quote | None = None
) -> Quote:
    """A passage with its edges as they were moved, as they were answered before, or as they are.

    Edges that leave the abstract or the passage are as if they had not been moved.
    """
    text, quote = reading.text, before or passage.quote
    start, end = wanted.start, wanted.end
    if start is None or end is None:
        return quote
    fits = reading.first <= start < end <= len(text)
    overlaps = start < passage.quote.end and end > passage.quote.start
    return quote_from(text, start, end) if fits and overlaps else quote


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A stretch of an abstract: a passage that leads somewhere, or what stands between passages."""

    text: str
    number: int = 0
    state: str = ""
    is_current: bool = False
    address: str = ""


def cut_abstract(reading: Reading, wanted: Wanted, current: int | None) -> list[Piece]:
    """The abstract in pieces; what is asked for is numbered. ``current`` is a passage's id.

    A state is "blind", "open", "answered", "earlier" where only another text was answered, or
    empty where nothing is asked and nothing was said.
    """
    text, place = reading.text, reading.first
    pieces: list[Piece] = []
    number = 0
    for passage in reading.passages:
        if passage.quote.start > place:
            pieces.append(Piece(text=text[place : passage.quote.start]))
        state = _state(reading, passage)
        number += bool(state)
        leads = wanted.name or state
        there = wanted.go(report=reading.report.report_id, at=passage.quote.start, name=wanted.name)
        pieces.append(
            Piece(
                text=passage.quote.exact,
                number=number if state else 0,
                state=state,
                is_current=passage.passage_id == current,
                address=there.address if leads else "",
            )
        )
        place = passage.quote.end
    return [*pieces, Piece(text=text[place:])]


def _state(reading: Reading, passage: PassageRow) -> str:
    if reading.is_hidden(passage):
        return "blind"
    if any(reading.is_open(passage, item.theme) for item in reading.items(passage)):
        return "open"
    if reading.said(passage):
        return "answered"
    return "earlier" if reading.said_earlier(passage) else ""


def _number(said: str) -> int | None:
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= _DIGITS else None
