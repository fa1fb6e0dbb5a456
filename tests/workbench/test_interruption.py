"""Stopped by a person, by the machine or by a full disk: nothing is lost and nothing is twice."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

RECORDS = 6000


def _command(*arguments: str | Path) -> list[str]:
    program = "from workbench.cli import main; main()"
    return [sys.executable, "-c", program, *map(str, arguments)]


def _environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LIVING_REVIEW_")}
    return {**kept, "LIVING_REVIEW_HOME": str(home)}


@pytest.fixture
def export(tmp_path: Path) -> Path:
    file = tmp_path / "export.csv"
    rows = [f'"Study {n} of gardens number {n * 7919}",{1950 + n % 70}' for n in range(RECORDS)]
    file.write_text("Title,Year\n" + "\n".join(rows) + "\n")
    return file


def _records(home: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{home / 'review.db'}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM record").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_an_import_stopped_in_the_middle_goes_on_where_it_stopped(
    tmp_path: Path, export: Path, stop: signal.Signals
) -> None:
    home = tmp_path / "home"
    started = subprocess.Popen(
        _command("import", export),
        env=_environment(home),
        stderr=subprocess.PIPE,
        text=True,
        # A shell's job in the background ignores Ctrl-C, and so would all that it starts.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 120
    while _records(home) == 0:
        assert started.poll() is None, "it ended before it could be stopped"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    started.send_signal(stop)
    _, err = started.communicate(timeout=60)
    if stop is signal.SIGINT:
        assert started.returncode == 130
        assert "Stopped. What was finished is kept" in err
        assert "Traceback" not in err
    kept = _records(home)
    assert 0 < kept < RECORDS
    again = subprocess.run(
        _command("import", "--json", export),
        env=_environment(home),
        capture_output=True,
        text=True,
        check=True,
    )
    said = {"read": RECORDS, "refused": 0, "new": RECORDS - kept, "known": kept, "foreign": 0}
    assert json.loads(again.stdout) == said
    with closing(sqlite3.connect(home / "review.db")) as connection:
        for table in ("record", "report_member", "report"):
            [number] = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            assert number == RECORDS


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_said_and_the_store_is_whole(small_disk: Path, export: Path) -> None:
    home = small_disk / "home"
    full = subprocess.run(
        _command("import", export),
        env=_environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    assert full.returncode == 1
    assert "Error:" in full.stderr
    assert "full" in full.stderr or "No space left" in full.stderr
    assert "Traceback" not in full.stderr
    with closing(sqlite3.connect(home / "review.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        # Whole batches or nothing: every record that is kept has its hit.
        [orphans] = connection.execute(
            "SELECT count(*) FROM record WHERE id NOT IN (SELECT record_id FROM hit)"
        ).fetchone()
        assert orphans == 0
