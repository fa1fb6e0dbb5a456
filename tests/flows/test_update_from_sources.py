"""The scheduled update when it asks the sources: full texts come with it, or degrade it alone."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from review.settings import CHECKOUT
from tests.standins.europepmc import EuropePmcStandIn
from tests.standins.jats import make_jats
from tests.standins.people import include_reports
from tests.standins.program import Sources
from tests.standins.weeks import MONDAYS, make_world

pytestmark = pytest.mark.slow


# A full text without an answer degrades the run and keeps no edition back.
def test_full_texts_come_with_the_scheduled_run(
    prefect_environment: dict[str, str], tmp_path: Path
) -> None:
    world = make_world()
    world.records = world.records[:25]
    world.today = MONDAYS[0].isoformat()
    known = [record for record in world.records if "europepmc" in record["in"]]
    for number, record in enumerate(known):
        record["pmcid"] = f"PMC{70_000 + number}"
        record["full_text"] = make_jats(record)
    with ExitStack() as stack:
        sources = Sources(world, tmp_path / "home", stack)
        first = _update(sources, prefect_environment)
        assert first.returncode == 0, first.stderr
        refused, _ = include_reports(sources, 2)
        standin = sources.standins["EUROPEPMC"]
        assert isinstance(standin, EuropePmcStandIn)
        standin.forbidden = {r["pmcid"] for r in known if r["pmid"] == refused}
        second = _update(sources, prefect_environment)
    assert second.returncode == 1
    assert "full texts: 1 retrieved" in second.stderr
    assert "did not end well: the full text of report" in second.stderr
    assert sources.rows("SELECT state FROM run") == [("completed",), ("degraded",)]
    assert sources.rows("SELECT count(*) FROM full_text WHERE state = 'retrieved'") == [(1,)]
    assert sources.rows("SELECT number FROM edition") == [(1,), (2,)]


def _update(sources: Sources, prefect_environment: dict[str, str]) -> Any:
    return subprocess.run(
        [sys.executable, "-m", "flows.update"],
        cwd=CHECKOUT,
        env={**prefect_environment, **sources.environment, "PATH": prefect_environment["PATH"]},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
