"""Refitting from the command line: in words, as JSON, and refused with a sentence."""

from __future__ import annotations

import json
from pathlib import Path


# Before people have said anything, each task says how much is needed, and nothing is written.
def test_nothing_to_learn_is_told(run, tmp_path: Path):
    code, out, _ = run("relearn")
    assert code == 0
    assert "Screening: nothing to learn yet: 0 new decisions, 50 needed" in out
    assert "Tagging: nothing to learn yet: 0 new passages, 50 needed" in out
    code, out, _ = run("relearn", "screening", "--dry-run", "--fewest", "7", "--json")
    assert code == 0
    told = json.loads(out)["screening"]
    assert told["why"] == "nothing to learn yet: 0 new decisions, 7 needed"
    assert (told["present"], told["folder"]) == ("screening/peer-support/1", None)
    assert not (tmp_path / "home/models").exists()


def test_another_task_is_wrong_usage(run):
    assert run("relearn", "everything")[0] == 2
    assert run("relearn", "--fewest", "0")[0] == 2
