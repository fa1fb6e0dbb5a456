"""The monthly refit as Prefect runs it: told in its log, its artifact and the store."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest

from review.settings import CHECKOUT

pytestmark = pytest.mark.slow


# Without decisions nothing is learnt, no model is written, and the run says so and is completed.
def test_a_review_without_decisions_learns_nothing(
    prefect_environment: dict[str, str], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    ended = subprocess.run(
        [sys.executable, "-m", "flows.relearn"],
        cwd=CHECKOUT,
        env={**prefect_environment, "LIVING_REVIEW_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "screening: nothing to learn yet: 0 new decisions, 50 needed" in ended.stderr
    with closing(connect(home / "review.db")) as connection:
        [(kind, state, summary)] = connection.execute("SELECT kind, state, summary FROM run")
    assert (kind, state) == ("relearn", "completed")
    nothing = {"new": 0, "promoted": 0}
    assert json.loads(summary) == {"relearn screening": nothing, "relearn tagging": nothing}
    assert not (home / "models").exists()
    request = urllib.request.Request(
        f"{prefect_environment['PREFECT_API_URL']}/artifacts/filter",
        data=b"{}",
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        artifacts = {a["key"]: a["data"] for a in json.loads(answer.read())}
    assert "Tagging: nothing to learn yet" in artifacts["relearn-comparison"]


def test_bad_settings_are_a_sentence(prefect_environment: dict[str, str], tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "flows.relearn"],
        cwd=CHECKOUT,
        env={
            **prefect_environment,
            "LIVING_REVIEW_HOME": str(tmp_path / "home"),
            "LIVING_REVIEW_PROTOCOL": str(tmp_path),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 1
    assert "a review is a folder with protocol.yaml" in ended.stderr
    assert "Traceback" not in ended.stderr
