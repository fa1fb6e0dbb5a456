"""The scheduled update as Prefect runs it: whole, resumable, and honest about what it lacks."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from typing import Any

import pytest

from review.settings import CHECKOUT

pytestmark = pytest.mark.slow
EXAMPLE = CHECKOUT / "data/example"


def _update(environment: dict[str, str], home: Path, *files: Path) -> Any:
    return subprocess.run(
        [sys.executable, "-m", "flows.update", *map(str, files)],
        cwd=CHECKOUT,
        env={**environment, "LIVING_REVIEW_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def _rows(home: Path, query: str) -> list[Any]:
    with closing(connect(home / "review.db")) as connection:
        return connection.execute(query).fetchall()


def _ask(environment: dict[str, str], path: str) -> Any:
    request = urllib.request.Request(
        f"{environment['PREFECT_API_URL']}/{path}",
        data=b"{}",
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def test_a_run_does_the_whole_job_and_the_next_finds_nothing_to_do(
    prefect_environment: dict[str, str], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    (home / "inbox").mkdir(parents=True)
    shutil.copy(EXAMPLE / "pubmed.nbib", home / "inbox")
    first = _update(prefect_environment, home)
    assert first.returncode == 0, first.stderr
    # A run can be followed in its log, batch by batch.
    assert "24 entries read" in first.stderr
    assert "24 of 24 reports judged" in first.stderr
    assert _rows(home, "SELECT state FROM run") == [("completed",)]
    assert _rows(home, "SELECT count(*) FROM assessment") == [(24,)]
    assert _rows(home, "SELECT count(*) > 0 FROM suggestion WHERE suggested") == [(1,)]
    assert (home / "editions/edition-0001/report.html").is_file()
    before = [_rows(home, f"SELECT * FROM {t}") for t in ("record", "assessment", "suggestion")]
    second = _update(prefect_environment, home)
    assert second.returncode == 0, second.stderr
    after = [_rows(home, f"SELECT * FROM {t}") for t in ("record", "assessment", "suggestion")]
    assert after == before
    assert _rows(home, "SELECT number FROM edition") == [(1,)]


def test_what_a_run_did_can_be_read_in_prefect(
    prefect_environment: dict[str, str], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    ended = _update(prefect_environment, home, EXAMPLE / "pubmed.nbib")
    assert ended.returncode == 0, ended.stderr
    artifacts = {a["key"]: a["data"] for a in _ask(prefect_environment, "artifacts/filter")}
    assert re.search(r"\| records identified +\| +24 \|", artifacts["update-summary"])
    assert "edition-0001/report.html" in artifacts["edition"]


def test_a_file_that_cannot_be_read_degrades_the_run_and_stops_the_edition(
    prefect_environment: dict[str, str], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    (home / "inbox").mkdir(parents=True)
    shutil.copy(EXAMPLE / "pubmed.nbib", home / "inbox")
    (home / "inbox/broken.ris").write_bytes(b"\x00\x01\x02 no records here")
    ended = _update(prefect_environment, home)
    assert ended.returncode == 1
    assert "broken.ris" in ended.stderr
    assert _rows(home, "SELECT state FROM run") == [("degraded",)]
    assert sorted(_rows(home, "SELECT address, state FROM search")) == [
        ("broken.ris", "failed"),
        ("pubmed.nbib", "completed"),
    ]
    # The other file went on; nothing was published on half a search.
    assert _rows(home, "SELECT count(*) FROM assessment") == [(24,)]
    assert _rows(home, "SELECT count(*) FROM edition") == [(0,)]
    (home / "inbox/broken.ris").unlink()
    mended = _update(prefect_environment, home)
    assert mended.returncode == 0, mended.stderr
    assert _rows(home, "SELECT number FROM edition") == [(1,)]


def test_bad_settings_are_a_sentence(prefect_environment: dict[str, str], tmp_path: Path) -> None:
    environment = {**prefect_environment, "LIVING_REVIEW_PROTOCOL": str(tmp_path)}
    ended = _update(environment, tmp_path / "home")
    assert ended.returncode == 1
    assert "a review is a folder with protocol.yaml" in ended.stderr.splitlines()[-1]


def test_the_weekly_deployment_is_accepted_and_a_worker_runs_it(
    prefect_environment: dict[str, str], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    (home / "inbox").mkdir(parents=True)
    shutil.copy(EXAMPLE / "pubmed.nbib", home / "inbox")
    environment = {**prefect_environment, "LIVING_REVIEW_HOME": str(home)}

    def prefect(*arguments: str) -> str:
        ended = subprocess.run(
            ["prefect", "--no-prompt", *arguments],
            cwd=CHECKOUT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    prefect("work-pool", "create", "--type", "process", "reviews")
    assert "successfully created" in prefect("deploy", "--all")
    deployments = {d["name"]: d for d in _ask(prefect_environment, "deployments/filter")}
    crons = {
        name: [schedule["schedule"]["cron"] for schedule in deployment["schedules"]]
        for name, deployment in deployments.items()
    }
    assert crons == {"weekly": ["0 6 * * 1"], "monthly": ["0 2 1 * *"]}
    for deployment in deployments.values():
        assert deployment["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    with (tmp_path / "worker.log").open("w") as log:
        prefect("deployment", "run", "update-review/weekly")
        worker = subprocess.Popen(
            ["prefect", "worker", "start", "--pool", "reviews", "--run-once"],
            cwd=tmp_path,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        worker.wait(timeout=400)
        deadline = time.monotonic() + 120
        page = home / "editions/edition-0001/report.html"
        while not page.is_file() and time.monotonic() < deadline:
            time.sleep(1)
    finally:
        if worker.poll() is None:
            worker.terminate()
            worker.wait(timeout=60)
    assert page.is_file(), (tmp_path / "worker.log").read_text()
    assert _rows(home, "SELECT state FROM run") == [("completed",)]
