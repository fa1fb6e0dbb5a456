"""What a source is: one search walked page by page, by a walk that opens no network itself.

A source knows how its questions are put and how its answers are read. It never sends anything: a
walk says what to ask next and takes the answer, and `client` asks. The same answers give the same
questions, so a search that was stopped goes on from the pages that were kept, and a search can be
replayed without a network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlencode

from identification.sources.notices import Notice
from review.records import Record

# Never written down: they are a person's, not the search's.
CREDENTIALS = frozenset({"api_key", "email", "mailto", "tool"})


class Change(StrEnum):
    """Which records are asked for: those that entered the source in a window, or changed in it.

    KNOWN asks for none of a window, but whether records found before are found still.
    """

    NEW = "new"
    CHANGED = "changed"
    KNOWN = "known"


@dataclass(frozen=True, kw_only=True)
class Window:
    """Days of the source's own calendar, first and last included."""

    since: date
    until: date


@dataclass(frozen=True, kw_only=True)
class Request:
    """One question. ``params`` go into the address of a GET and into the body of a POST."""

    address: str
    params: Mapping[str, str] = field(default_factory=dict)
    post: bool = False

    def redacted(self) -> str:
        """The whole question on one line, without what identifies a person."""
        shown = {name: value for name, value in self.params.items() if name not in CREDENTIALS}
        return f"{self.address}?{urlencode(shown)}" if shown else self.address


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back: header names in lower case, the body as it was received."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class FoundRecord:
    """A record of a page, with the day it entered the source where the source says so.

    ``notices`` stand on the record itself; ``former_ids`` are ids under which the source knew it
    before it merged two of its entries.
    """

    record: Record
    entered_on: date | None = None
    notices: tuple[Notice, ...] = ()
    former_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Page:
    """What one answer holds; ``refused`` says in a sentence per entry why it is no record.

    ``passed_over`` counts records that a source which only ranks sent, but which do not meet the
    strategy. ``warnings`` are for the person who answers for the search; ``misread`` are
    those of them that say which words of the strategy the source leaves out; ``understood`` is the
    query as the source says it read it, empty where it does not say.
    """

    records: tuple[FoundRecord, ...] = ()
    refused: tuple[str, ...] = ()
    passed_over: int = 0
    warnings: tuple[str, ...] = ()
    misread: tuple[str, ...] = ()
    understood: str = ""


class AnswerError(Exception):
    """The answer is not what was asked for; asking again may help (a fault inside a 200, HTML)."""


class QuestionError(Exception):
    """The source refuses the question itself; asking again will not help. Says what to change."""


class Walk(Protocol):
    """One search under way.

    ``expected`` is how many records the source promises, known once the first answer was taken;
    when ``next_request`` says None, the records, refusals and passed over of all pages are as
    many, or some were lost. A walk gives each record once, however often the source sends it.

    Two questions of a walk may be equal word for word and have different answers (Crossref's
    cursors), so answers that were kept must be taken again in their order.
    """

    @property
    def expected(self) -> int | None: ...

    def next_request(self) -> Request | None:
        """What to ask next; None when the search is complete. Asked twice, it says the same."""
        ...

    def take(self, answer: Answer) -> Page:
        """Read the answer to the last question, whatever its status.

        Raises AnswerError where asking again may help, QuestionError where it will not; the walk
        is then as it was before.
        """
        ...


class Source(Protocol):
    """A database that can be searched. ``name`` is the protocol's, ``title`` for people.

    ``address`` is where it answers and ``spacing`` the seconds it wants between two questions.
    ``tells_changes`` says whether NEW and CHANGED are different questions; where they are not,
    either finds both.
    """

    name: str
    title: str

    @property
    def address(self) -> str: ...

    @property
    def spacing(self) -> float: ...

    @property
    def tells_changes(self) -> bool: ...

    def walk(self, query: str, window: Window, change: Change) -> Walk:
        """Begin a search: the strategy exactly as the protocol has it, over one window."""
        ...

    def find_known(self, query: str, ids: tuple[str, ...]) -> Walk:
        """Begin a search for known records by their ids, through the same strategy, no window."""
        ...
