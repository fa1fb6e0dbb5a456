"""Verbs about known included records: which of them the searches still find, and letting one go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import click

from review.errors import InputError
from review.settings import Settings
from review.store.canaries import CanaryRelease, find_releases, keep_release
from review.store.decisions import keep_reviewer
from review.store.session import Session, open_store
from workbench.commands.opening import now, read_review
from workbench.commands.verbs import Verbs

if TYPE_CHECKING:
    from identification.canaries import CanaryState


@click.group(cls=Verbs)
def canary() -> None:
    """Known included records that every search must still find.

    A search that no longer finds one degrades its run, and no edition is published, until it
    finds it again or a person lets it go.

    \b
    Example:  living-review canary list
    """


@canary.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print what a program can read.")
def list_canaries(as_json: bool) -> None:
    """Say for each known included record when its search last found it.

    \b
    Example:  living-review canary list --json
    """
    with _store() as (session, queries):
        states = [s for source in queries for s in _states(session, source, queries[source])]
    if as_json:
        click.echo(json.dumps([_as_json(state) for state in states], ensure_ascii=False))
        return
    for state in states:
        click.echo(f"{state.source} {state.source_id}  {_standing(state)}\n  {state.title}")
    lost = sum(state.lost_since is not None and state.release is None for state in states)
    click.echo(f"{len(states)} known included records are sought, {lost} of them are lost.")


@canary.command()
@click.argument("source")
@click.argument("record_id", metavar="ID")
@click.option("--by", "reviewer", required=True, help="Your name, as in the votes.")
@click.option("--reason", required=True, help="Why the search need not find it.")
@click.option("--withdraw", is_flag=True, help="Take the release back: it must be found again.")
def release(source: str, record_id: str, reviewer: str, reason: str, withdraw: bool) -> None:
    """Let a known included record go: the strategies of today need not find it.

    A release is for the strategy as it stands in the protocol; a changed strategy is asked for
    the record again.

    \b
    Example:  living-review canary release pubmed 12345 --by ana --reason "deleted at the source"
    """
    if not reviewer.strip() or not reason.strip():
        raise InputError("a release names who gives it and why; fill in --by and --reason")
    moment = now()
    with _store() as (session, queries):
        wanted = _sought(session, source, record_id, queries)
        keep_reviewer(session, reviewer.strip(), "reviewer", moment)
        held = {r.query: r for r in find_releases(session, source) if r.source_id == record_id}
        todo = [query for query in wanted if (query in held) == withdraw]
        if not todo:
            raise InputError(
                f"{source} {record_id} is not released, so nothing can be taken back"
                if withdraw
                else f"{source} {record_id} is released already; --withdraw takes that back"
            )
        for query in todo:
            said = _said(source, record_id, query, reviewer.strip(), reason.strip(), moment)
            keep_release(session, said, withdraws=held[query].release_id if withdraw else None)
        session.commit()
    click.echo(
        f"{source} {record_id} must be found again."
        if withdraw
        else f"{source} {record_id} need not be found any more; --withdraw takes that back."
    )


@contextmanager
def _store() -> Iterator[tuple[Session, dict[str, list[str]]]]:
    """The store, and the protocol's strategies by source."""
    settings = Settings.from_env()
    protocol, _ = read_review(settings)
    queries: dict[str, list[str]] = {}
    for search in protocol.searches:
        queries.setdefault(search.source, []).append(search.query)
    store = open_store(settings.database)
    try:
        with store.session() as session:
            yield session, queries
    finally:
        store.close()


def _states(session: Session, source: str, queries: list[str]) -> list[CanaryState]:
    from identification.canaries import find_canary_states

    return find_canary_states(session, source, queries)


def _sought(
    session: Session, source: str, record_id: str, queries: dict[str, list[str]]
) -> list[str]:
    """The strategies that must find this record. Raises InputError where none must."""
    if source not in queries:
        raise InputError(
            f"the protocol does not search '{source}'; use one of {', '.join(queries) or 'none'}"
        )
    states = _states(session, source, queries[source])
    wanted = [state.query for state in states if state.source_id == record_id]
    if not wanted:
        raise InputError(
            f"{source} {record_id} is no known included record of these searches; "
            "`living-review canary list` names them"
        )
    return wanted


def _said(
    source: str, record_id: str, query: str, reviewer: str, reason: str, moment: datetime
) -> CanaryRelease:
    return CanaryRelease(
        release_id=str(uuid4()),
        source=source,
        source_id=record_id,
        query=query,
        reviewer=reviewer,
        reason=reason,
        released_at=moment,
    )


def _standing(state: CanaryState) -> str:
    found = f"last found {state.found_at:%Y-%m-%d}" if state.found_at else "never found"
    lost = f", lost since {state.lost_since:%Y-%m-%d}" if state.lost_since else ""
    held = state.release
    let_go = f", released by {held.reviewer}: {held.reason}" if held else ""
    return f"{found}{lost}{let_go}"


def _as_json(state: CanaryState) -> dict[str, Any]:
    held = state.release
    return {
        "source": state.source,
        "id": state.source_id,
        "title": state.title,
        "query": state.query,
        "found_at": state.found_at.isoformat() if state.found_at else None,
        "lost_since": state.lost_since.isoformat() if state.lost_since else None,
        "released_by": held.reviewer if held else None,
        "reason": held.reason if held else None,
    }
