"""Walks that sources share: one that follows a cursor, and one that does several in turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from identification.sources.base import Answer, AnswerError, Page, Request, Walk


class CursorExpired(Exception):  # noqa: N818 - an event of a walk, not a fault of the program
    """The source has forgotten where the walk was: it must begin anew."""


@dataclass(frozen=True, kw_only=True)
class CursorPage:
    """One page of a walk by cursor.

    ``total`` is how many records the source says there are; ``next_cursor`` is empty where this
    page is the last; ``passed_over`` are the ids of records that do not meet the strategy.
    """

    total: int
    next_cursor: str
    page: Page
    passed_over: tuple[str, ...] = ()


class CursorWalk:
    """Follows a cursor from ``*`` to its end.

    Cursors expire, and some move on when an answer is lost on its way, so that the page after is
    what asking again brings. Where a cursor has expired, or the end came before all records, the
    walk begins anew, up to ``restarts`` times, and gives only what it has not given.
    """

    def __init__(
        self,
        ask: Callable[[str], Request],
        read: Callable[[Answer, str], CursorPage],
        *,
        restarts: int = 1,
    ) -> None:
        self._ask = ask
        self._read = read
        self._restarts = restarts
        self._cursor: str | None = "*"
        self._given: set[str] = set()
        # Entries without an id are refused in equal words, so they are counted.
        self._refused: Counter[str] = Counter()
        self._refused_now: Counter[str] = Counter()
        self._promised: int | None = None
        self._at_start = True

    @property
    def expected(self) -> int | None:
        """The largest count of the pages since ``*``, or what came if records were added meanwhile.

        Sources go on growing while they are read; only too few is a loss.
        """
        return None if self._promised is None else max(self._promised, self._received)

    @property
    def _received(self) -> int:
        return len(self._given) + self._refused.total()

    def next_request(self) -> Request | None:
        return None if self._cursor is None else self._ask(self._cursor)

    def take(self, answer: Answer) -> Page:
        if self._cursor is None:
            raise ValueError("the walk is at its end")
        try:
            read = self._read(answer, self._cursor)
        except CursorExpired as expired:
            return self._begin_anew(str(expired))
        self._promised = max(read.total, 0 if self._at_start else self._promised or 0)
        self._at_start = False
        page = self._without_known(read)
        if read.next_cursor:
            self._cursor = read.next_cursor
            return page
        missing = self._promised - self._received
        if missing > 0 and self._restarts > 0:
            again = self._begin_anew(f"{missing} records were lost on the way")
            return replace(page, warnings=(*page.warnings, *again.warnings))
        self._cursor = None
        return page

    def _begin_anew(self, reason: str) -> Page:
        if self._restarts <= 0:
            raise AnswerError(f"{reason}, again and again; search once more later")
        self._restarts -= 1
        self._refused_now.clear()
        self._at_start = True
        self._cursor = "*"
        return Page(warnings=(f"{reason}; the search was begun anew",))

    def _without_known(self, read: CursorPage) -> Page:
        page, records = read.page, []
        for found in page.records:
            if found.record.source_id not in self._given:
                self._given.add(found.record.source_id)
                records.append(found)
        refused = []
        for reason in page.refused:
            self._refused_now[reason] += 1
            if self._refused_now[reason] > self._refused[reason]:
                self._refused[reason] += 1
                refused.append(reason)
        passed = set(read.passed_over) - self._given
        self._given |= passed
        return replace(
            page, records=tuple(records), refused=tuple(refused), passed_over=len(passed)
        )


class SerialWalk:
    """Several walks, one after the other; a record is given once for each of them."""

    def __init__(self, walks: Sequence[Walk]) -> None:
        self._walks = walks
        self._at = 0

    @property
    def expected(self) -> int | None:
        """The sum over all walks, None while one of them is not known."""
        known = [walk.expected for walk in self._walks]
        return None if None in known else sum(count or 0 for count in known)

    def next_request(self) -> Request | None:
        while self._at < len(self._walks):
            if request := self._walks[self._at].next_request():
                return request
            self._at += 1
        return None

    def take(self, answer: Answer) -> Page:
        self.next_request()
        return self._walks[self._at].take(answer)
