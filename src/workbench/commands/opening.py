"""What a verb opens before it works: the review's files, its store, a run, its models."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from review.language import Encoder
from review.protocol import Codebook, Protocol, load_codebook, load_protocol
from review.settings import Settings
from review.store.runs import RunState, close_run, open_run
from review.store.session import Session, open_store

_Summary = TypeVar("_Summary")


class DegradedRun(click.ClickException):
    """A part of a run did not end well; the rest went on, and nothing was published on it."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A run under way: the session it works in and what it works with."""

    settings: Settings
    protocol: Protocol
    codebook: Codebook
    session: Session
    run_id: int


def read_review(settings: Settings) -> tuple[Protocol, Codebook]:
    """Protocol and codebook of the review that is set."""
    return load_protocol(settings.protocol), load_codebook(settings.protocol)


def open_encoder(settings: Settings) -> Encoder:
    """The sentence encoder that is set; its weights are read when first used."""
    return Encoder(settings.encoder, settings.encoder_revision)


@contextmanager
def open_session() -> Iterator[Session]:
    """A session in the store that is set, outside any run."""
    store = open_store(Settings.from_env().database)
    try:
        with store.session() as session:
            yield session
    finally:
        store.close()


@contextmanager
def open_run_of(kind: str) -> Iterator[Opened]:
    """A run in the store, closed as completed, as degraded, or as failed where the work raises.

    Raises StoreBusyError where another run of the review is under way.
    """
    settings = Settings.from_env()
    protocol, codebook = read_review(settings)
    store = open_store(settings.database)
    try:
        with store.alone():
            with store.session() as session:
                run_id = open_run(session, kind, protocol, now())
                session.commit()
            try:
                with store.session() as session:
                    yield Opened(
                        settings=settings,
                        protocol=protocol,
                        codebook=codebook,
                        session=session,
                        run_id=run_id,
                    )
            except DegradedRun:
                _close(store.session, run_id, RunState.DEGRADED)
                raise
            except BaseException:
                _close(store.session, run_id, RunState.FAILED)
                raise
            _close(store.session, run_id, RunState.COMPLETED)
    finally:
        store.close()


def _close(session_of: Callable[[], Any], run_id: int, state: RunState) -> None:
    with session_of() as session:
        close_run(session, run_id, state, now())
        session.commit()


def work_off(
    step: Callable[[int], _Summary],
    *,
    done: Callable[[_Summary], int],
    remaining: Callable[[_Summary], int],
    words: str,
    size: int = 64,
) -> list[_Summary]:
    """Call a verb batch by batch until nothing remains, showing how far it is.

    On a terminal a line that moves, elsewhere a plain line per batch.
    """
    summaries = [step(size)]
    total = done(summaries[0]) + remaining(summaries[0])
    while True:
        so_far = sum(done(summary) for summary in summaries)
        if total:
            _tell(f"{words}: {so_far} of {total}", last=not remaining(summaries[-1]))
        if not remaining(summaries[-1]):
            return summaries
        summaries.append(step(size))


def _tell(line: str, last: bool) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{line}", nl=last, err=True)
    else:
        click.echo(line, err=True)


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)
