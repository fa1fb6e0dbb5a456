"""pull: ask a source one question, page by page, and keep every answer before it is read."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path

from identification.sources.base import (
    Answer,
    AnswerError,
    Change,
    Page,
    QuestionError,
    Source,
    Walk,
    Window,
)
from identification.sources.client import Client
from review.store.canaries import keep_asked, keep_found
from review.store.pages import (
    PageRow,
    find_pages,
    find_warnings,
    keep_notices,
    keep_page,
    take_up_search,
)
from review.store.raw import keep_raw, load_raw
from review.store.records import keep_records
from review.store.runs import RunState, close_search, open_search
from review.store.session import Session

log = logging.getLogger(__name__)

# Of an answer's headers only what reading it again needs: others name machines and people.
_KEPT_HEADERS = ("content-type",)


@dataclass(frozen=True, kw_only=True)
class Question:
    """One search to be made: a source, the strategy as the protocol has it, a change.

    It is over a window, or for KNOWN over the records with the ids in ``known``, in their order.
    """

    source: Source
    query: str
    change: Change
    window: Window | None = None
    known: tuple[str, ...] = ()

    def begin(self) -> Walk:
        """The walk of this search, at its start."""
        if self.window is None:
            return self.source.find_known(self.query, self.known)
        return self.source.walk(self.query, self.window, self.change)


@dataclass(frozen=True, kw_only=True)
class PulledRecords:
    """What one search gave. ``failed`` is a sentence where it did not end well, empty otherwise.

    ``late`` counts records new to the store that entered the source on or before ``searched_until``
    of ``pull``: they came after their days had been searched.
    """

    search_id: int
    read: int = 0
    refused: int = 0
    new: int = 0
    known: int = 0
    late: int = 0
    failed: str = ""


@dataclass
class _Tally:
    """What was received so far, place by place."""

    read: int = 0
    new: int = 0
    late: int = 0
    passed_over: int = 0
    understood: str = ""
    refused: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    misread: list[str] = field(default_factory=list)


def pull(
    session: Session,
    question: Question,
    *,
    client: Client,
    run_id: int,
    raw: Path,
    now: datetime,
    searched_until: datetime | None = None,
) -> PulledRecords:
    """Make one search to its end, keeping pages and records and committing page by page.

    A search of the same question that was stopped is gone on with: pages that were kept are not
    asked again. A search that a source refuses, that gives fewer or more records than promised, or
    whose strategy the source reads otherwise than before, fails; its date mark does not move and
    what it gave is kept.
    """
    search_id = _begin(session, question, run_id, now)
    walk = question.begin()
    tally = _Tally()
    failed = ""
    try:
        for page in _pages(session, walk, search_id, client, raw, now):
            _keep(session, search_id, page, tally, now, searched_until)
            if question.known:
                keep_found(session, search_id, _all_ids(page))
            session.commit()
        failed = _shortfall(walk, tally) or _misread_anew(session, question, tally)
    except (AnswerError, QuestionError) as refusal:
        session.connection.rollback()
        failed = str(refusal)
    if failed:
        failed = f"{question.source.title}: {failed}"
        log.error("%s", failed)
    close_search(
        session,
        search_id,
        state=RunState.FAILED if failed else RunState.COMPLETED,
        refused=[{"line": 0, "reason": reason} for reason in tally.refused],
        now=now,
        expected=walk.expected,
        warnings=[*tally.misread, *tally.warnings, *([failed] if failed else [])],
        understood=tally.understood,
        passed_over=tally.passed_over,
    )
    session.commit()
    return PulledRecords(
        search_id=search_id,
        read=tally.read,
        refused=len(tally.refused),
        new=tally.new,
        known=tally.read - tally.new,
        late=tally.late,
        failed=failed,
    )


def replay(session: Session, question: Question, search_id: int, raw: Path) -> Iterator[Page]:
    """The pages of a search that was made, read again from what was kept, without a network.

    Raises InputError where a page is missing or was altered.
    """
    walk = question.begin()
    for row in find_pages(session, search_id):
        if walk.next_request() is None:
            return
        yield walk.take(_kept_answer(row, raw))


def as_moments(window: Window) -> tuple[datetime, datetime]:
    """The first moment of the first day and the first moment of the last, in UTC."""
    return (
        datetime.combine(window.since, time(), tzinfo=UTC),
        datetime.combine(window.until, time(), tzinfo=UTC),
    )


def _begin(session: Session, question: Question, run_id: int, now: datetime) -> int:
    window = as_moments(question.window) if question.window else None
    name, change = question.source.name, question.change.value
    search_id = take_up_search(
        session, run_id, source=name, query=question.query, change=change, window=window
    )
    if search_id is None:
        search_id = open_search(
            session,
            run_id,
            source=name,
            address=question.source.address,
            query=question.query,
            change=change,
            window=window,
            now=now,
        )
        keep_asked(session, search_id, name, question.known)
    session.commit()
    return search_id


def _pages(
    session: Session, walk: Walk, search_id: int, client: Client, raw: Path, now: datetime
) -> Iterator[Page]:
    """Every page of the walk: first those that were kept, then those still to be asked."""
    kept = find_pages(session, search_id)
    for row in kept:
        if walk.next_request() is None:
            return
        yield walk.take(_kept_answer(row, raw))
    position = len(kept)
    while (request := walk.next_request()) is not None:
        answer, page = client.fetch(request, _keep_then(walk.take, raw))
        position += 1
        row = PageRow(
            position=position,
            asked=request.redacted(),
            status=answer.status,
            headers={n: v for n, v in answer.headers.items() if n in _KEPT_HEADERS},
            sha256=keep_raw(answer.body, raw),
        )
        keep_page(session, search_id, row, now)
        yield page


def _keep_then(read: Callable[[Answer], Page], raw: Path) -> Callable[[Answer], Page]:
    def keep_and_read(answer: Answer) -> Page:
        # Before it is read: what a reader chokes on is what a person will want to see.
        keep_raw(answer.body, raw)
        return read(answer)

    return keep_and_read


def _kept_answer(row: PageRow, raw: Path) -> Answer:
    return Answer(status=row.status, headers=row.headers, body=load_raw(row.sha256, raw))


def _keep(
    session: Session,
    search_id: int,
    page: Page,
    tally: _Tally,
    now: datetime,
    searched_until: datetime | None,
) -> None:
    places = [(tally.read + n, found) for n, found in enumerate(page.records, start=1)]
    kept = keep_records(
        session,
        search_id,
        [(place, found.record) for place, found in places],
        now,
        {place: found.entered_on for place, found in places if found.entered_on},
    )
    notices = [
        (record_id, n.kind.value, n.notice_id, n.source, n.dated)
        for record_id, found in zip(kept.ids, page.records, strict=True)
        for n in found.notices
    ]
    keep_notices(session, search_id, notices, now)
    late = {
        record_id
        for record_id, found in zip(kept.ids, page.records, strict=True)
        if record_id in kept.fresh
        and searched_until
        and found.entered_on
        and found.entered_on <= searched_until.date()
    }
    tally.read += len(places)
    tally.new += kept.new
    tally.late += len(late)
    tally.passed_over += page.passed_over
    tally.refused += page.refused
    tally.warnings += page.warnings
    tally.misread += page.misread
    tally.understood = tally.understood or page.understood


def _misread_anew(session: Session, question: Question, tally: _Tally) -> str:
    """What the source leaves out of the strategy now and did not before: it finds other records."""
    told = find_warnings(session, question.source.name, question.query)
    # The ids that are added to a strategy to seek known records may well say nothing to a source.
    anew = (
        []
        if told is None or question.known
        else [words for words in tally.misread if words not in told]
    )
    if not anew:
        return ""
    return (
        f"the strategy is read otherwise than before: {'; '.join(anew)}; look whether it still "
        "says what is meant; the search will be made again over the same days"
    )


def _all_ids(page: Page) -> set[str]:
    """The ids of a page's records, and those under which the source knew them before."""
    return {name for f in page.records for name in (f.record.source_id, *f.former_ids)}


def _shortfall(walk: Walk, tally: _Tally) -> str:
    received = tally.read + len(tally.refused) + tally.passed_over
    if walk.expected is None or received == walk.expected:
        return ""
    return (
        f"{walk.expected} records were promised and {received} came; the search will be made again "
        "over the same days"
    )
