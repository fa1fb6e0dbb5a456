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
    summary = dict(session.execute(sa.select(run.c.summary).where(run.c.id == run_id)).scalar_one())
    sofar = summary.get(stage, {})
    summary[stage] = {name: sofar.get(name, 0) + number for name, number in counts.items()}
    session.execute(sa.update(run).where(run.c.id == run_id).values(summary=summary))


def keep_alarms(session: Session, run_id: int, alarms: Sequence[str]) -> None:
    """Put down, in a sentence each, what was unusual about what a run judged; none is none.

    The caller commits.
    """
    summary = dict(session.execute(sa.select(run.c.summary).where(run.c.id == run_id)).scalar_one())
    summary["alarms"] = list(alarms)
    session.execute(sa.update(run).where(run.c.id == run_id).values(summary=summary))


def find_alarms(session: Session) -> tuple[str, ...]:
    """What was unusual about what the latest run judged that judged anything."""
    for summary in session.execute(sa.select(run.c.summary).order_by(run.c.id.desc())).scalars():
        if "alarms" in summary:
            return tuple(summary["alarms"])
    return ()


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


def find_latest_run(session: Session) -> RunRow | None:
    """The run that began last."""
    found = session.execute(sa.select(run).order_by(run.c.id.desc()).limit(1)).mappings().first()
    return _run(found) if found else None


def find_searches(session: Session, run_id: int | None = None) -> list[SearchRow]:
    """The searches of one run, or of all, in the order they were made."""
    query = sa.select(search).order_by(search.c.id)
    if run_id is not None:
        query = query.where(search.c.run_id == run_id)
    return [_search(row) for row in session.execute(query).mappings()]


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
