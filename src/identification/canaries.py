"""Whether the searches still find the records that people included, and which they lost."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from shlex import quote

from identification.pull import PulledRecords, Question, pull
from identification.sources.base import Change
from identification.sources.client import Client
from review.store.canaries import (
    CanaryRelease,
    KnownRecord,
    find_answers,
    find_asked,
    find_known_records,
    find_releases,
    find_stopped,
)
from review.store.session import Session

log = logging.getLogger(__name__)

# A sentence names this many lost records; the list of canaries names them all.
_NAMED = 5
_LONGEST_TITLE = 60


@dataclass(frozen=True, kw_only=True)
class CanaryState:
    """How a known included record stands with one strategy.

    ``found_at`` is when the strategy last found it, None where it never did (the strategy is new);
    ``lost_since`` the first time since then that it was sought in vain, None where it was not;
    ``release`` a person's word that it need not be found, None where nobody gave it.
    """

    source: str
    source_id: str
    title: str
    query: str
    found_at: datetime | None
    lost_since: datetime | None
    release: CanaryRelease | None = None


@dataclass(kw_only=True)
class CanaryAnswers:
    """What asking for known included records gave.

    ``pulled`` are the searches made, ``asked`` and ``lost`` count records once per strategy;
    ``failed`` holds a sentence per strategy that lost some.
    """

    pulled: list[PulledRecords] = field(default_factory=list)
    asked: int = 0
    lost: int = 0
    failed: list[str] = field(default_factory=list)


def ask_canaries(
    session: Session,
    questions: Sequence[Question],
    failed: Sequence[Question],
    *,
    client: Client,
    run_id: int,
    raw: Path,
    now: datetime,
) -> CanaryAnswers:
    """Ask each strategy for the known included records that it must find, and say which it lost.

    ``questions`` are the run's searches; those for new records that are not among ``failed`` are
    asked. A search for known records that fails is among ``pulled`` and loses nothing: it is made
    again with the next run.
    """
    answers = CanaryAnswers()
    by_source: dict[str, list[Question]] = {}
    for question in questions:
        if question.change is Change.NEW:
            by_source.setdefault(question.source.name, []).append(question)
    for asked in by_source.values():
        _ask_source(session, asked, failed, answers, client, run_id, raw, now)
    return answers


def plan_canaries(
    known: Sequence[KnownRecord],
    released: AbstractSet[tuple[str, str]],
    queries: Sequence[str],
) -> dict[str, tuple[str, ...]]:
    """For each strategy of one source the ids of the records it must find, in their order.

    A strategy must find what it found before. What only strategies found that are asked no more is
    sought by all of today's, for one of them took their place. ``released`` are (id, strategy)
    pairs that people let go.
    """
    return {
        query: tuple(
            sorted(
                record.source_id
                for record in known
                if (query in record.found or record.found.keys().isdisjoint(queries))
                and (record.source_id, query) not in released
            )
        )
        for query in dict.fromkeys(queries)
    }


def find_lost(
    known: Sequence[KnownRecord],
    found: Mapping[str, Mapping[str, bool]],
    queries: Sequence[str],
) -> dict[str, list[KnownRecord]]:
    """For each strategy the records it lost; ``found`` says for each that answered what it found.

    A record that only strategies of the past found is lost where none of ``queries``, today's,
    finds it; so nothing is said of it while one of them has not answered.
    """
    all_answered = found.keys() >= set(queries)
    anew = {name for answer in found.values() for name, is_found in answer.items() if is_found}
    return {
        query: [
            record
            for record in known
            if answer.get(record.source_id) is False
            and (query in record.found or (all_answered and record.source_id not in anew))
        ]
        for query, answer in found.items()
    }


def find_canary_states(session: Session, source: str, queries: Sequence[str]) -> list[CanaryState]:
    """How every known included record of a source stands with each strategy that must find it."""
    known = find_known_records(session, source)
    releases = {(r.source_id, r.query): r for r in find_releases(session, source)}
    titles = {record.source_id: record for record in known}
    states = []
    for query, ids in plan_canaries(known, frozenset(), queries).items():
        answers: dict[str, list[tuple[bool, datetime]]] = {}
        for source_id, is_found, at in find_answers(session, source, query):
            answers.setdefault(source_id, []).append((is_found, at))
        for source_id in ids:
            record = titles[source_id]
            found_at, lost_since = _when(record.found.get(query), answers.get(source_id, ()))
            states.append(
                CanaryState(
                    source=source,
                    source_id=source_id,
                    title=record.title,
                    query=query,
                    found_at=found_at,
                    lost_since=lost_since,
                    release=releases.get((source_id, query)),
                )
            )
    return states


def _ask_source(
    session: Session,
    questions: Sequence[Question],
    failed: Sequence[Question],
    answers: CanaryAnswers,
    client: Client,
    run_id: int,
    raw: Path,
    now: datetime,
) -> None:
    source = questions[0].source
    known = find_known_records(session, source.name)
    released = {(r.source_id, r.query) for r in find_releases(session, source.name)}
    queries = [question.query for question in questions]
    due = plan_canaries(known, released, queries)
    found: dict[str, dict[str, bool]] = {}
    for question in questions:
        if question in failed:
            continue
        stopped = find_stopped(session, source.name, question.query, Change.KNOWN)
        # Goes on with what it was begun with: the pages it kept answer for those records.
        ids = tuple(find_asked(session, stopped)) if stopped else due[question.query]
        if not ids:
            found[question.query] = {}
            continue
        known_of = replace(question, change=Change.KNOWN, window=None, known=ids)
        done = pull(session, known_of, client=client, run_id=run_id, raw=raw, now=now)
        answers.pulled.append(done)
        answers.asked += len(ids)
        if not done.failed:
            found[question.query] = find_asked(session, done.search_id)
    for query, lost in find_lost(known, found, queries).items():
        if lost:
            answers.lost += len(lost)
            sentence = _complain(source.name, source.title, lost, len(found[query]))
            log.error("%s", sentence)
            answers.failed.append(sentence)


def _complain(name: str, title: str, lost: Sequence[KnownRecord], asked: int) -> str:
    named = [f"{name} {record.source_id} ({_short(record.title)})" for record in lost[:_NAMED]]
    more = [f"and {len(lost) - _NAMED} more"] if len(lost) > _NAMED else []
    return (
        f"{title} no longer finds {len(lost)} of {asked} known included records with this "
        f"strategy: {', '.join([*named, *more])}; mend the strategy, or say `living-review canary "
        f"release {name} {quote(lost[0].source_id)} --by NAME --reason TEXT` if that is right"
    )


def _short(title: str) -> str:
    return title if len(title) <= _LONGEST_TITLE else f"{title[:_LONGEST_TITLE].rstrip()}…"


def _when(
    found_at: datetime | None, answers: Sequence[tuple[bool, datetime]]
) -> tuple[datetime | None, datetime | None]:
    """When a record was last found, and since when it has been sought in vain."""
    lost_since = None
    for is_found, at in answers:
        found_at = max(at, found_at or at) if is_found else found_at
        lost_since = None if is_found else lost_since or at
    # Found again by a search for new records.
    if found_at and lost_since and found_at > lost_since:
        lost_since = None
    return found_at, lost_since
