"""identify: ask the sources, read exported files, and find out which records are one report."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from pathlib import Path

from identification.canaries import ask_canaries
from identification.files import FileContents, read_file
from identification.foreign import join_votes
from identification.join import JoinedRecords, join_duplicates
from identification.pull import PulledRecords, Question, as_moments, pull
from identification.searches import go_on_from
from identification.sources.base import Window
from identification.sources.client import Client
from review.errors import InputError, UnreadableFileError
from review.store.foreign import keep_foreign_votes
from review.store.pages import (
    find_date_mark,
    find_stopped_window,
    give_up_stopped,
    keep_notices,
    was_searched,
)
from review.store.raw import keep_raw
from review.store.records import keep_records
from review.store.runs import (
    RunState,
    close_search,
    count_towards,
    open_search,
    was_completed,
)
from review.store.session import Session

log = logging.getLogger(__name__)

_BATCH = 500


@dataclass(frozen=True, kw_only=True)
class IdentificationSummary:
    """What a run received: entries read and refused, records new and known, and their reports.

    ``duplicates`` counts the new records that describe a report already there; ``asked`` the pairs
    a person should look at; ``late`` the new records that entered their source on days which had
    been searched before; ``canaries`` the known included records that the searches were asked for,
    once per strategy, and ``lost`` those not found; ``foreign`` the votes of other programs kept;
    ``reopened`` the reports people should look at again since they changed, with a sentence for
    each in ``reopenings``; ``refusals`` holds a sentence per entry that is no record, ``failed``
    one per file or search that did not end well or that lost a known included record.
    """

    read: int = 0
    refused: int = 0
    new: int = 0
    known: int = 0
    duplicates: int = 0
    reports: int = 0
    asked: int = 0
    late: int = 0
    canaries: int = 0
    lost: int = 0
    foreign: int = 0
    reopened: int = 0
    reopenings: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


def identify(
    session: Session,
    files: Sequence[Path],
    *,
    run_id: int,
    raw: Path,
    now: datetime,
    source: str = "",
    all_or_nothing: bool = False,
    skip_known_files: bool = False,
    questions: Sequence[Question] = (),
    client: Client | None = None,
) -> IdentificationSummary:
    """Make searches, read exported files, keep every record with its hit, and join duplicates.

    ``questions`` are asked through ``client``; one that fails fails its own search and no other.
    Then each must find the known included records that it found before.
    Every file is put in ``raw`` before it is read. A file that cannot be read fails its own search
    and no other; with ``all_or_nothing`` it raises UnreadableFileError before anything is written.
    ``skip_known_files`` passes over a file whose bytes were read to the end before. Commits per
    batch: stopped at any moment and run again, it ends as if it had not been stopped.
    """
    if all_or_nothing:
        for file in files:
            read_file(file)
    summary = IdentificationSummary()
    if questions:
        assert client is not None, "questions are asked through a client"
        summary = _ask_all(session, questions, client, run_id, raw, now)
        give_up_stopped(session, run_id, now)
        session.commit()
    for file in files:
        summary = _add(summary, _import(session, file, run_id, raw, now, source, skip_known_files))
    summary = _add(summary, _received(join_duplicates(session, run_id=run_id, now=now)))
    counts = {name: value for name, value in asdict(summary).items() if isinstance(value, int)}
    count_towards(session, run_id, "identification", counts)
    session.commit()
    return summary


def _ask_all(
    session: Session,
    questions: Sequence[Question],
    client: Client,
    run_id: int,
    raw: Path,
    now: datetime,
) -> IdentificationSummary:
    summary = IdentificationSummary()
    failed: list[Question] = []
    for question in questions:
        asked = _ask(session, question, client, run_id, raw, now)
        summary = _add(summary, asked)
        failed += [question] if asked.failed else []
    known = ask_canaries(session, questions, failed, client=client, run_id=run_id, raw=raw, now=now)
    for done in known.pulled:
        summary = _add(summary, _pulled(done))
    told = IdentificationSummary(canaries=known.asked, lost=known.lost, failed=tuple(known.failed))
    return _add(summary, told)


def _ask(
    session: Session, question: Question, client: Client, run_id: int, raw: Path, now: datetime
) -> IdentificationSummary:
    """Make a search, unless a run that was stopped has made it; first end one of other days.

    So no page that was kept is asked for again. Should the rest of the other search fail, the new
    one covers its days.
    """
    name, query, change = question.source.name, question.query, question.change.value
    assert question.window is not None, "what is asked here is new or changed within a window"
    moments = as_moments(question.window)
    if was_searched(session, name, query, change, moments[1]):
        log.info("%s (%s): was searched by a run that was stopped", question.source.title, change)
        return IdentificationSummary()
    stopped = find_stopped_window(session, name, query, change)
    if stopped is None or stopped == moments:
        return _pull(session, question, client, run_id, raw, now)
    window = Window(since=stopped[0].date(), until=stopped[1].date())
    rest = _pull(session, replace(question, window=window), client, run_id, raw, now)
    if not rest.failed:
        question = go_on_from(question, stopped[1])
    return _add(replace(rest, failed=()), _pull(session, question, client, run_id, raw, now))


def _pull(
    session: Session, question: Question, client: Client, run_id: int, raw: Path, now: datetime
) -> IdentificationSummary:
    change = question.change.value
    done = pull(
        session,
        question,
        client=client,
        run_id=run_id,
        raw=raw,
        now=now,
        searched_until=find_date_mark(session, question.source.name, question.query, change),
    )
    log.info("%s (%s): %d records, %d new", question.source.title, change, done.read, done.new)
    return _pulled(done)


def _pulled(done: PulledRecords) -> IdentificationSummary:
    return IdentificationSummary(
        read=done.read,
        refused=done.refused,
        new=done.new,
        known=done.known,
        late=done.late,
        failed=(done.failed,) if done.failed else (),
    )


def _import(
    session: Session,
    file: Path,
    run_id: int,
    raw: Path,
    now: datetime,
    source: str,
    skip_known_files: bool,
) -> IdentificationSummary:
    kept_as = keep_raw(_read_bytes(file), raw)
    if skip_known_files and was_completed(session, kept_as):
        return IdentificationSummary()
    try:
        contents = read_file(file, source=source)
    except UnreadableFileError as unreadable:
        search_id = open_search(
            session, run_id, source=source, address=file.name, sha256=kept_as, now=now
        )
        refused = [{"line": 0, "reason": str(unreadable)}]
        close_search(session, search_id, state=RunState.FAILED, refused=refused, now=now)
        session.commit()
        return IdentificationSummary(failed=(str(unreadable),))
    return _keep(session, contents, run_id, kept_as, now, source)


def _keep(
    session: Session,
    contents: FileContents,
    run_id: int,
    sha256: str,
    now: datetime,
    source: str,
) -> IdentificationSummary:
    name = contents.path.name
    search_id = open_search(
        session,
        run_id,
        source=source or contents.source,
        address=name,
        sha256=sha256,
        expected=len(contents.records) + len(contents.refused),
        now=now,
    )
    read = list(enumerate(contents.records, start=1))
    new = known = foreign = 0
    for start in range(0, len(read), _BATCH):
        batch = read[start : start + _BATCH]
        positioned = [(place, entry.record) for place, entry in batch]
        kept = keep_records(session, search_id, positioned, now)
        votes = [
            (place, record_id, vote.by, vote.verdict, vote.reason)
            for (place, entry), record_id in zip(batch, kept.ids, strict=True)
            for vote in join_votes(entry.foreign)
        ]
        keep_foreign_votes(session, search_id, votes)
        notices = [
            (record_id, n.kind.value, n.notice_id, n.source, n.dated)
            for (_, entry), record_id in zip(batch, kept.ids, strict=True)
            for n in entry.notices
        ]
        keep_notices(session, search_id, notices, now)
        session.commit()
        new, known, foreign = new + kept.new, known + kept.known, foreign + len(votes)
    refused = [{"line": r.line, "reason": r.reason} for r in contents.refused]
    close_search(session, search_id, state=RunState.COMPLETED, refused=refused, now=now)
    session.commit()
    log.info("%s: %d read, %d refused, %d new", name, len(read), len(refused), new)
    return IdentificationSummary(
        read=len(read),
        refused=len(refused),
        new=new,
        known=known,
        foreign=foreign,
        refusals=tuple(f"{name}, line {r.line}: {r.reason}" for r in contents.refused),
    )


def _read_bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as unreadable:
        raise InputError(f"{file}: cannot be read ({unreadable.strerror})") from None


def _received(joined: JoinedRecords) -> IdentificationSummary:
    return IdentificationSummary(
        duplicates=joined.duplicates,
        reports=joined.reports,
        asked=joined.asked,
        reopened=len(joined.reopened),
        reopenings=tuple(map(str, joined.reopened)),
    )


def _add(one: IdentificationSummary, other: IdentificationSummary) -> IdentificationSummary:
    names = (field.name for field in fields(IdentificationSummary))
    return IdentificationSummary(**{n: getattr(one, n) + getattr(other, n) for n in names})
