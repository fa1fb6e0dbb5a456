"""When the next runs are due, and whether the last ones came, by the file that plans them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from cronsim import CronSim, CronSimError
from pydantic import BaseModel, ValidationError

from review.errors import InputError


class _Schedule(BaseModel):
    cron: str
    timezone: str = "UTC"
    active: bool = True


class _Deployment(BaseModel):
    name: str
    description: str = ""
    entrypoint: str
    schedules: tuple[_Schedule, ...] = ()


class _Plan(BaseModel):
    deployments: tuple[_Deployment, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PlannedRun:
    """A run that is planned: what it does, when it is due, and when it was due last.

    ``kind`` is what the store calls such a run. Both moments are in UTC.
    """

    name: str
    description: str
    kind: str
    due_at: datetime
    last_due_at: datetime

    def is_missing(self, begun: Mapping[str, datetime]) -> bool:
        """Whether none has begun since it was due last, though a run of any kind had before."""
        began_before = any(at < self.last_due_at for at in begun.values())
        last = begun.get(self.kind)
        return began_before and (last is None or last < self.last_due_at)


def find_planned_runs(file: Path, now: datetime) -> list[PlannedRun]:
    """The runs that a file of Prefect deployments plans, the soonest first; none without a file.

    Prefect itself is not asked: whether a worker is there to run them, its own pages say. A run is
    called after the module of its entrypoint. Raises InputError where the file is no such plan.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    try:
        plan = _Plan.model_validate(yaml.safe_load(text) or {})
        runs = [_planned(d, s, now) for d in plan.deployments for s in d.schedules if s.active]
    except (yaml.YAMLError, ValidationError, CronSimError, ZoneInfoNotFoundError) as unreadable:
        raise InputError(
            f"{file.name} does not tell when runs are due ({str(unreadable).splitlines()[0]}); "
            "write each schedule with a cron and a timezone, as `prefect deploy` takes it"
        ) from None
    return sorted(runs, key=lambda run: run.due_at)


def find_next_update(file: Path, now: datetime) -> datetime | None:
    """When the searches are next repeated, in UTC; None where no update is planned or readable.

    An edition is published all the same: the status page tells what is wrong with the file.
    """
    try:
        due = [run.due_at for run in find_planned_runs(file, now) if run.kind == "update"]
    except InputError:
        return None
    return min(due, default=None)


def _planned(deployment: _Deployment, schedule: _Schedule, now: datetime) -> PlannedRun:
    local = now.astimezone(ZoneInfo(schedule.timezone))
    return PlannedRun(
        name=deployment.name,
        description=deployment.description,
        kind=Path(deployment.entrypoint.partition(":")[0]).stem,
        due_at=next(CronSim(schedule.cron, local)).astimezone(UTC),
        last_due_at=next(CronSim(schedule.cron, local, reverse=True)).astimezone(UTC),
    )
