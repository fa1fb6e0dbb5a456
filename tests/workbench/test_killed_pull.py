"""A pull that is killed at any moment and started again ends as if it had never been stopped."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.standins.program import Sources
from tests.standins.serving import FOR_GOOD, Fault
from tests.standins.weeks import MONDAYS, make_world

MONDAY, TUESDAY = MONDAYS[3].isoformat(), MONDAYS[3].replace(day=MONDAYS[3].day + 1).isoformat()
# What a run leaves behind, whatever happened on the way.
LEFT = """
    SELECT record.source, record.source_id, record.content_hash, named.source, named.source_id
    FROM record
    JOIN report_member ON report_member.record_id = record.id
    JOIN record AS named ON named.id = report_member.report_id
    ORDER BY 1, 2, 3
"""


@pytest.fixture
def open_sources(tmp_path: Path) -> Iterator[Any]:
    with ExitStack() as stack:

        def make(name: str) -> Sources:
            world = make_world()
            world.records, world.today = world.records[:60], MONDAY
            return Sources(world, tmp_path / name, stack)

        yield make


def _kill_at(sources: Sources, source: str, request: int) -> None:
    """Kill the program while it waits for the rest of one answer."""
    slow = Fault(at=request, times=FOR_GOOD, kind="drip", piece=1, pause=0.2)
    standin = sources.standins[source]
    standin.faults = [slow]
    program = sources.start("identify", "--until", MONDAY)
    deadline = time.monotonic() + 120
    while len(standin.asked) < request:
        assert program.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    program.send_signal(signal.SIGKILL)
    program.wait(timeout=30)
    standin.faults = []


@pytest.mark.parametrize(
    ("source", "request_number"),
    [("PUBMED", 1), ("PUBMED", 2), ("EUROPEPMC", 2), ("OPENALEX", 1), ("CROSSREF", 1)],
)
def test_a_killed_pull_started_again_ends_as_if_it_had_not_been(
    open_sources: Any, source: str, request_number: int
) -> None:
    whole, killed = open_sources("whole"), open_sources("killed")
    assert whole.run("identify", "--until", MONDAY).returncode == 0
    _kill_at(killed, source, request_number)
    done = killed.run("identify", "--until", MONDAY)
    assert done.returncode == 0, done.stderr
    assert killed.rows(LEFT) == whole.rows(LEFT)
    assert killed.rows("SELECT state FROM run ORDER BY id") == [("failed",), ("completed",)]
    assert killed.rows("SELECT DISTINCT state FROM search") == [("completed",)]
    # Only the answer that was cut off was asked for twice.
    for name, standin in killed.standins.items():
        once = len(whole.standins[name].asked)
        assert len(standin.asked) == once + (name == source)


def test_a_pull_killed_on_monday_is_gone_on_with_on_tuesday(open_sources: Any) -> None:
    killed = open_sources("killed")
    _kill_at(killed, "PUBMED", 2)
    killed.world.today = TUESDAY
    done = killed.run("identify", "--until", TUESDAY)
    assert done.returncode == 0, done.stderr
    windows = killed.rows(
        "SELECT date(window_from), date(window_to), state FROM search "
        "WHERE source = 'pubmed' AND change = 'new' ORDER BY id"
    )
    # First the days that were asked for on Monday, then what is new since, two weeks overlapping.
    assert [(until, state) for _, until, state in windows] == [
        (MONDAY, "completed"),
        (TUESDAY, "completed"),
    ]
    assert windows[0][0] < windows[1][0]
    # The list of ids that Monday's run had received was not asked for again.
    asked = [a for a in killed.standins["PUBMED"].asked if a.path.endswith("esearch.fcgi")]
    monday = [a for a in asked if a.params["maxdate"].replace("/", "-") == MONDAY]
    assert len([a for a in monday if a.params["datetype"] == "crdt"]) == 1
