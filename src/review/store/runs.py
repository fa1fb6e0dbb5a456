"""Runs and searches: what was executed, what was asked, and what came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib.metadata import version
from typing import Any

import sqlalchemy as sa

from review.protocol import Protocol
from review.store.schema import hit, protocol_version, run, search
from review.store.session import Session


class RunState(StrEnum):
    """How a run or a search stands. ``degraded``: it ended, but a part of it is missing."""

    RUNNING = "running"
    COMPLETED = "completed"
    DEGRADED = "degraded"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class RunRow:
    """One execution, as the store knows it."""

    run_id: int
    kind: str
    state: RunState
    protocol: str
    code_version: str
    started_at: datetime
    finished_at: datetime | None
    summary: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class SearchRow:
    """One question to one source, with how many records it promised and gave."""

    search_id: int
    run_id: int
    source: str
    address: str
    query: str
    change: str
    state: RunState
    expected: int | None
    received: int | None
    passed_over: int
    refused: tuple[Mapping[str, Any], ...]
    warnings: tuple[str, ...]
    window_from: datetime | None
    window_to: datetime | None
    started_at: datetime
    finished_at: datetime | None


def open_run(session: Session, kind: str, protocol: Protocol, now: datetime) -> int:
    """Begin a run under a protocol and return its id. The caller is alone and commits.

    A run that still seems to go on was killed: it is put down as failed, and so is a file it was
    reading. A source it was asking is left as it is, since a search goes on where it stopped.
    """
    ended = {"state": RunState.FAILED, "finished_at": now}
    session.execute(sa.update(run).where(run.c.state == RunState.RUNNING).values(ended))
    session.execute(
        sa.update(search)
        .where(search.c.state == RunState.RUNNING, search.c.change == "")
        .values(ended)
    )
    fingerprint = protocol.fingerprint()
    session.insert_missing(
        protocol_version,
        [
            {
                "fingerprint": fingerprint,
                "key": protocol.key,
                "version": protocol.version,
                "body": protocol.model_dump(mode="json"),
                "first_seen_at": now,
            }
        ],
    )
    row = {
        "kind": kind,
        "state": RunState.RUNNING,
        "protocol": fingerprint,
        "code_version": version("living-review"),
        "started_at": now,
        "summary": {},
    }
    return session.insert(run, [row])[0]


def count_towards(session: Session, run_id: int, stage: str, counts: Mapping[str, int]) -> None:
    """Add counts to what a stage of a run has done so far. The caller commits."""
    summary = _summary(session, run_id)
    sofar = summary.get(stage, {})
    counted = {name: sofar.get(name, 0) + number for name, number in counts.items()}
    _keep_summary(session, run_id, {**summary, stage: counted})


def keep_alarms(session: Session, run_id: int, alarms: Sequence[str]) -> None:
    """Put down, in a sentence each, what was unusual about what a run judged; none is none.

    The caller commits.
    """
    _keep_summary(session, run_id, {**_summary(session, run_id), "alarms": list(alarms)})


def find_alarms(session: Session) -> tuple[str, ...]:
    """What was unusual about what the latest run judged that judged anything."""
    told = _last_told(session, "alarms")
    return tuple(told.summary["alarms"]) if told else ()


def keep_ground(session: Session, run_id: int, ground: Mapping[str, str]) -> None:
    """Put down on what ground the review stood at the end of a run's screening.

    ``ground`` names the ``regime``, the ``reason`` and the ``claim``. The caller commits.
    """
    _keep_summary(session, run_id, {**_summary(session, run_id), "ground": dict(ground)})


def find_last_ground(session: Session) -> RunRow | None:
    """The latest run that told on what ground the review stood, in its summary's ``ground``."""
    return _last_told(session, "ground")


def close_run(session: Session, run_id: int, state: RunState, now: datetime) -> None:
    """End a run. The caller commits."""
    session.execute(sa.update(run).where(run.c.id == run_id).values(state=state, finished_at=now))


def open_search(
    session: Session,
    run_id: int,
    *,
    source: str,
    address: str,
    now: datetime,
    query: str = "",
    sha256: str = "",
    expected: int | None = None,
    change: str = "",
    window: tuple[datetime, datetime] | None = None,
) -> int:
    """Begin a search and return its id. The caller commits."""
    row = {
        "run_id": run_id,
        "source": source,
        "address": address,
        "query": query,
        "state": RunState.RUNNING,
        "sha256": sha256,
        "expected": expected,
        "change": change,
        "window_from": window[0] if window else None,
        "window_to": window[1] if window else None,
        "refused": [],
        "warnings": [],
        "started_at": now,
    }
    return session.insert(search, [row])[0]


def close_search(
    session: Session,
    search_id: int,
    *,
    state: RunState,
    refused: Sequence[Mapping[str, Any]],
    now: datetime,
    expected: int | None = None,
    warnings: Sequence[str] = (),
    understood: str = "",
    passed_over: int = 0,
) -> None:
    """End a search; what it received is counted from its hits. The caller commits.

    ``expected`` is what the source promised, where that was not known when it began;
    ``passed_over`` what it sent that does not meet the strategy.
    """
    received = session.execute(
        sa.select(sa.func.count()).select_from(hit).where(hit.c.search_id == search_id)
    ).scalar_one()
    ended: dict[str, Any] = {
        "state": state,
        "received": received,
        "refused": list(refused),
        "warnings": list(warnings),
        "understood": understood,
        "passed_over": passed_over,
        "finished_at": now,
    }
    if expected is not None:
        ended["expected"] = expected
    session.execute(sa.update(search).where(search.c.id == search_id).values(**ended))


def was_completed(session: Session, sha256: str) -> bool:
    """Whether a file of exactly these bytes was read to its end before."""
    found = session.execute(
        sa.select(search.c.id)
        .where(search.c.sha256 == sha256, search.c.state == RunState.COMPLETED)
        .limit(1)
    )
    return found.first() is not None


def find_run(session: Session, run_id: int) -> RunRow | None:
    """The run of that id."""
    row = session.execute(sa.select(run).where(run.c.id == run_id)).mappings().first()
    return _run(row) if row else None


def find_last_runs(session: Session, limit: int) -> list[RunRow]:
    """The runs that began last, the newest first."""
    query = sa.select(run).order_by(run.c.id.desc()).limit(limit)
    return [_run(row) for row in session.execute(query).mappings()]


def find_last_begun(session: Session) -> dict[str, datetime]:
    """When the last run of each kind began."""
    query = sa.select(run.c.kind, sa.func.max(run.c.started_at)).group_by(run.c.kind)
    return dict(session.execute(query).tuples().all())


def find_runs(session: Session, limit: int, *, before: int | None = None) -> list[RunRow]:
    """At most so many runs, those before a run or the last ones, the last first."""
    query = sa.select(run).order_by(run.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(run.c.id < before)
    return [_run(row) for row in session.execute(query).mappings()]


def find_searches(session: Session, run_id: int | None = None) -> list[SearchRow]:
    """The searches of one run, or of all, in the order they were made."""
    query = sa.select(search).order_by(search.c.id)
    if run_id is not None:
        query = query.where(search.c.run_id == run_id)
    return [_search(row) for row in session.execute(query).mappings()]


def find_standing_searches(session: Session) -> list[SearchRow]:
    """Of each strategy at each source, and of each file by its name, the last search.

    Beside it stands the last complete one, where that is another. In the order they were made.
    """
    per = (search.c.source, search.c.query, search.c.change, _file_name())
    last = sa.select(sa.func.max(search.c.id)).group_by(*per)
    complete = last.where(search.c.state == RunState.COMPLETED)
    query = sa.select(search).where(search.c.id.in_(last.union(complete))).order_by(search.c.id)
    return [_search(row) for row in session.execute(query).mappings()]


def _file_name() -> sa.ColumnElement[str]:
    """The file a search read, empty for a question: a source may answer at another address."""
    return sa.case((search.c.change == "", search.c.address), else_="")


def _summary(session: Session, run_id: int) -> dict[str, Any]:
    return dict(session.execute(sa.select(run.c.summary).where(run.c.id == run_id)).scalar_one())


def _keep_summary(session: Session, run_id: int, summary: Mapping[str, Any]) -> None:
    session.execute(sa.update(run).where(run.c.id == run_id).values(summary=dict(summary)))


def _last_told(session: Session, name: str) -> RunRow | None:
    rows = session.execute(sa.select(run).order_by(run.c.id.desc())).mappings()
    return next((_run(row) for row in rows if name in row["summary"]), None)


def _run(row: sa.RowMapping) -> RunRow:
    return RunRow(
        run_id=row["id"],
        kind=row["kind"],
        state=RunState(row["state"]),
        protocol=row["protocol"],
        code_version=row["code_version"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        summary=row["summary"],
    )


def _search(row: sa.RowMapping) -> SearchRow:
    return SearchRow(
        search_id=row["id"],
        run_id=row["run_id"],
        source=row["source"],
        address=row["address"],
        query=row["query"],
        change=row["change"],
        state=RunState(row["state"]),
        expected=row["expected"],
        received=row["received"],
        passed_over=row["passed_over"],
        refused=tuple(row["refused"]),
        warnings=tuple(row["warnings"]),
        window_from=row["window_from"],
        window_to=row["window_to"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
    )
