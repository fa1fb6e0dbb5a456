"""Versions of fitted models are found newest first, and one is written whole or not at all."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from review.errors import ModelError
from review.models import find_versions, next_version, write_version
from review.settings import Settings

_KILLED = """
import os, signal, sys
from pathlib import Path
from review.models import write_version
with write_version(Path(sys.argv[1])) as half:
    half.mkdir()
    (half / "model").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


# Versions are numbers, counted over all folders; of one number the folder named first wins.
def test_the_newest_version_comes_first(tmp_path: Path):
    own, begun = tmp_path / "own", tmp_path / "begun"
    for folder in (own / "task/2", begun / "task/2", begun / "task/10", begun / "task/draft"):
        folder.mkdir(parents=True)
    (begun / "task/11").write_text("no folder")
    assert find_versions((own, begun), "task") == [
        begun / "task/10",
        own / "task/2",
        begun / "task/2",
    ]
    assert next_version((own, begun), "task") == "11"
    assert next_version(own, "task") == "3"
    assert next_version(tmp_path / "nowhere", "task") == "1"


# Killed in the middle of writing, no version is there, and the next attempt succeeds.
def test_a_version_is_written_whole_or_not_at_all(tmp_path: Path):
    folder = tmp_path / "task/1"
    killed = subprocess.run([sys.executable, "-c", _KILLED, folder], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert find_versions(tmp_path, "task") == []
    with pytest.raises(ZeroDivisionError), write_version(folder) as half:
        half.mkdir()
        _ = 1 / 0
    assert list((tmp_path / "task").iterdir()) == []
    with write_version(folder) as half:
        half.mkdir()
        (half / "model").write_text("whole")
    assert [p.name for p in (tmp_path / "task").iterdir()] == ["1"]
    assert (folder / "model").read_text() == "whole"
    with pytest.raises(ModelError, match="cannot be written"), write_version(folder) as half:
        half.mkdir()
    assert (folder / "model").read_text() == "whole"


# A review's own models lie in its home and are found before those it began with, never in them.
def test_a_review_has_a_place_for_its_own_models(tmp_path: Path):
    settings = Settings.from_env(
        {"LIVING_REVIEW_HOME": str(tmp_path), "LIVING_REVIEW_MODELS": "/begun"}
    )
    assert settings.model_folders == (tmp_path.resolve() / "models", Path("/begun"))
