"""tag-file writes the groups of passages that no theme of the codebook claims."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.cli import main


# The groups are written beside the tags, each with the ids of its passages.
def test_groups_outside_the_codebook_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    passages, tagged, outside = (tmp_path / name for name in ("in.jsonl", "out.jsonl", "groups"))
    lines = [json.dumps({"id": str(n), "text": "Peer workers were supervised."}) for n in range(4)]
    passages.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("LIVING_REVIEW_HOME", str(tmp_path / "home"))
    said = ["living-review", "tag-file", str(passages), str(tagged), "--outside", str(outside)]
    monkeypatch.setattr("sys.argv", said)
    main()
    groups = [json.loads(line) for line in outside.read_text(encoding="utf-8").splitlines()]
    assert f"{len(groups)} groups of passages outside the codebook" in capsys.readouterr().out
    assert all(set(group["ids"]) <= {"0", "1", "2", "3"} for group in groups)
    assert len(tagged.read_text(encoding="utf-8").splitlines()) == 4
