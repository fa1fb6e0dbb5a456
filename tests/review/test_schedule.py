"""When runs are due is read from the file that plans them, and what did not come is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from review.errors import InputError
from review.schedule import PlannedRun, find_next_update, find_planned_runs

PLAN = """
deployments:
  - name: weekly
    entrypoint: flows/update.py:update_review
    schedules:
      - {cron: "0 6 * * 1", timezone: %s, active: %s}
"""
# A Wednesday.
NOW = datetime(2026, 3, 25, 12, 0, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "prefect.yaml"


def _planned(file: Path, timezone: str = "UTC", active: str = "true") -> list[PlannedRun]:
    file.write_text(PLAN % (timezone, active))
    return find_planned_runs(file, NOW)


# The shipped plan: every Monday at six an update, on the first of the month a refit; both are
# called as the store calls such runs.
def test_the_shipped_plan_tells_the_next_runs(checkout: Path) -> None:
    weekly, monthly = find_planned_runs(checkout / "prefect.yaml", NOW)
    assert (weekly.name, weekly.kind) == ("weekly", "update")
    assert weekly.due_at == datetime(2026, 3, 30, 6, 0, tzinfo=UTC)
    assert weekly.last_due_at == datetime(2026, 3, 23, 6, 0, tzinfo=UTC)
    assert (monthly.name, monthly.kind) == ("monthly", "relearn")
    assert monthly.due_at == datetime(2026, 4, 1, 2, 0, tzinfo=UTC)


# Six o'clock in Berlin is four in UTC once summer time began, on 29 March, and five before.
def test_a_run_is_due_at_the_hour_of_its_time_zone(file: Path) -> None:
    [run] = _planned(file, "Europe/Berlin")
    assert run.due_at == datetime(2026, 3, 30, 4, 0, tzinfo=UTC)
    assert run.last_due_at == datetime(2026, 3, 23, 5, 0, tzinfo=UTC)


def test_what_is_not_planned_is_not_told(file: Path) -> None:
    assert _planned(file, active="false") == []
    assert find_planned_runs(file.with_name("none.yaml"), NOW) == []
    file.write_text("")
    assert find_planned_runs(file, NOW) == []


@pytest.mark.parametrize(
    "wrong",
    [
        "deployments: [",
        "deployments: 3",
        PLAN.replace("0 6 * * 1", "at dawn") % ("UTC", "true"),
        PLAN % ("Europe/Atlantis", "true"),
    ],
)
def test_a_file_that_plans_nothing_readable_is_refused_in_a_sentence(
    file: Path, wrong: str
) -> None:
    file.write_text(wrong)
    with pytest.raises(InputError, match=r"^prefect\.yaml does not tell when runs are due \(.+\);"):
        find_planned_runs(file, NOW)


# An edition tells when the searches are repeated, not when models are refitted; where the file
# cannot be read it tells nothing, and is published.
def test_the_next_update_is_told(file: Path, checkout: Path) -> None:
    due = find_next_update(checkout / "prefect.yaml", NOW.replace(day=31))
    assert due == datetime(2026, 4, 6, 6, 0, tzinfo=UTC)
    file.write_text(PLAN.replace("update.py", "relearn.py") % ("UTC", "true"))
    assert find_next_update(file, NOW) is None
    file.write_text("deployments: 3")
    assert find_next_update(file, NOW) is None


# A run is missing only where none of its kind came, in a store that was there when it was due.
def test_a_run_that_did_not_come_is_missing(file: Path) -> None:
    [run] = _planned(file)
    before, after = run.last_due_at - timedelta(days=1), run.last_due_at + timedelta(minutes=1)
    assert run.is_missing({"update": before})
    assert run.is_missing({"import": before, "relearn": after})
    assert not run.is_missing({"update": after, "import": before})
    assert not run.is_missing({"import": after})
    assert not run.is_missing({})
