"""Asking the sources from the command line: what would be asked, asking it, reading it again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

import click

from identification.identify import IdentificationSummary, identify
from identification.pull import Question, replay
from identification.searches import open_sources, plan_searches
from identification.sources.base import AnswerError, Change, QuestionError, Source, Window
from identification.sources.client import Client
from review.errors import InputError
from review.settings import Settings
from review.store.canaries import find_asked
from review.store.pages import find_date_mark
from review.store.records import find_hit_hashes
from review.store.runs import SearchRow, find_run, find_searches
from review.store.session import Session, open_store
from workbench.commands.opening import Opened, now, read_review

_NO_EMAIL = (
    "no source is asked: set LIVING_REVIEW_EMAIL to an address where a source can write to when "
    "a search troubles it"
)


@contextmanager
def plan(opened: Opened, until: date) -> Iterator[dict[str, Any]]:
    """The questions of a run up to a day, and the client to ask them with.

    Nothing where no email is set.
    """
    if not opened.settings.email:
        click.echo(f"Note: {_NO_EMAIL}", err=True)
        yield {}
        return
    questions = _questions(opened.session, opened.settings, until)
    with Client([q.source for q in questions]) as client:
        yield {"questions": questions, "client": client}


def identify_from_sources(opened: Opened, until: date) -> IdentificationSummary:
    """Ask every source for what came up to a day. Raises InputError where no email is set."""
    if not opened.settings.email:
        raise InputError(_NO_EMAIL)
    with plan(opened, until) as asked:
        return identify(
            opened.session,
            (),
            run_id=opened.run_id,
            raw=opened.settings.raw,
            now=now(),
            **asked,
        )


def ask_counts(until: date, as_json: bool) -> None:
    """Print for each search its source, query, window and how many records it would give."""
    settings = Settings.from_env()
    if not settings.email:
        raise InputError(_NO_EMAIL)
    store = open_store(settings.database)
    with store.session() as session:
        questions = _questions(session, settings, until)
    store.close()
    with Client([q.source for q in questions]) as client:
        rows = [_count(question, client) for question in questions]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(
            f"{row['title']}, {row['change']} records, {row['since']} to {row['until']}: "
            f"{row['expected'] if row['failed'] == '' else row['failed']}\n  {row['query']}"
        )


def read_again(run_id: int) -> None:
    """Read the pages a run kept and say whether they give the records it kept."""
    settings = Settings.from_env()
    sources = open_sources(settings.email, settings.keys, settings.addresses)
    store = open_store(settings.database)
    with store.session() as session:
        if find_run(session, run_id) is None:
            raise InputError(f"there is no run {run_id}; the workbench's status names the last one")
        same = other = 0
        for search in find_searches(session, run_id):
            if not search.change:
                continue
            question = _question_of(session, search, sources)
            kept = find_hit_hashes(session, search.search_id)
            read = _read_hashes(session, question, search.search_id, settings)
            equal = sum(a == b for a, b in zip(read, kept, strict=False))
            same += equal
            other += max(len(read), len(kept)) - equal
    store.close()
    click.echo(f"Run {run_id} read again: {same} records as they were kept, {other} not.")
    if other:
        raise InputError("the pages are read otherwise than when they were kept")


def _question_of(session: Session, search: SearchRow, sources: Mapping[str, Source]) -> Question:
    window = None
    if search.window_from and search.window_to:
        window = Window(since=search.window_from.date(), until=search.window_to.date())
    return Question(
        source=sources[search.source],
        query=search.query,
        change=Change(search.change),
        window=window,
        known=tuple(find_asked(session, search.search_id)),
    )


def _read_hashes(
    session: Session, question: Question, search_id: int, settings: Settings
) -> list[str]:
    try:
        return [
            found.record.content_hash()
            for page in replay(session, question, search_id, settings.raw)
            for found in page.records
        ]
    except (AnswerError, QuestionError) as otherwise:
        raise InputError(
            f"the kept pages of search {search_id} ({question.source.title}) are not read as they "
            f"were: {otherwise}; a key that was set then must be set now"
        ) from None


def _questions(session: Session, settings: Settings, until: date) -> list[Question]:
    protocol, _ = read_review(settings)
    sources = open_sources(settings.email, settings.keys, settings.addresses)
    return plan_searches(protocol, sources, until, lambda *names: find_date_mark(session, *names))


def _count(question: Question, client: Client) -> dict[str, Any]:
    walk, window = question.begin(), question.window
    assert window is not None, "a search that is planned has a window"
    failed = ""
    try:
        # Usually the first answer tells; a source that refuses the first way is asked another.
        while walk.expected is None and (request := walk.next_request()) is not None:
            client.fetch(request, walk.take)
    except (AnswerError, QuestionError) as refusal:
        failed = str(refusal)
    return {
        "source": question.source.name,
        "title": question.source.title,
        "query": question.query,
        "change": question.change.value,
        "since": window.since.isoformat(),
        "until": window.until.isoformat(),
        "expected": walk.expected,
        "failed": failed,
    }
