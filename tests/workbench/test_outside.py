"""tag-file says what kind of passage a line is, and which groups no theme claims."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.cli import main


# The groups are written beside the tags, each with the ids of its passages. What tells how a study
# was done is marked, keeps a score for every theme, and nothing is suggested in it.
def test_groups_outside_the_codebook_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    passages, tagged, outside = (tmp_path / name for name in ("in.jsonl", "out.jsonl", "groups"))
    lines = [json.dumps({"id": str(n), "text": "Peer workers were supervised."}) for n in range(4)]
    lines.append(json.dumps({"id": "4", "text": "Supervision of peer workers was evaluated."}))
    passages.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("LIVING_REVIEW_HOME", str(tmp_path / "home"))
    said = ["living-review", "tag-file", str(passages), str(tagged), "--outside", str(outside)]
    monkeypatch.setattr("sys.argv", said)
    main()
    groups = [json.loads(line) for line in outside.read_text(encoding="utf-8").splitlines()]
    assert f"{len(groups)} groups of passages outside the codebook" in capsys.readouterr().out
    assert all(set(group["ids"]) <= {"0", "1", "2", "3", "4"} for group in groups)
    told = [json.loads(line) for line in tagged.read_text(encoding="utf-8").splitlines()]
    assert [line["kind"] for line in told] == ["other"] * 4 + ["methods"]
    assert [any(s["suggested"] for s in line["suggestions"]) for line in told[3:]] == [True, False]
    assert {len(line["suggestions"]) for line in told} == {14}
