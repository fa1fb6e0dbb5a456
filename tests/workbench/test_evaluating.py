"""evaluate says at once what the cues of the protocol, as they stand now, do to each criterion."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from review.settings import CHECKOUT
from workbench.cli import main

LABELLED = "labelled/criteria.jsonl"


@pytest.fixture
def review(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped review with a sixth of its labelled reports, beside its own model."""
    folder = tmp_path / "review"
    shutil.copytree(CHECKOUT / "data/protocol/peer-support", folder)
    lines = (folder / LABELLED).read_text(encoding="utf-8").splitlines()
    (folder / LABELLED).write_text("\n".join(lines[::6]), encoding="utf-8")
    monkeypatch.setenv("LIVING_REVIEW_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LIVING_REVIEW_PROTOCOL", str(folder))
    return folder


def evaluate(
    review: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *options: str,
) -> str:
    file = str(review / LABELLED)
    monkeypatch.setattr("sys.argv", ["living-review", "evaluate", "screening", file, *options])
    main()
    return capsys.readouterr().out


# A phrase taken out of protocol.yaml is missed at once, and it is said that the model knew it.
def test_a_phrase_taken_out_shows(
    review: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = evaluate(review, monkeypatch, capsys)
    assert "fitted with the cues the protocol has now" in before
    assert "learnt from 26 of these reports" in before
    file = review / "protocol.yaml"
    kept = [line for line in file.read_text().splitlines() if "peer navigat*" not in line]
    file.write_text("\n".join(kept))
    after = evaluate(review, monkeypatch, capsys)
    assert "fitted with other cues than it has now" in after
    assert "living-review learn screening" in after

    def row(told: str) -> list[str]:
        return next(
            line for line in told.splitlines() if line.startswith("peer_navigation")
        ).split()

    assert float(row(after)[3]) < float(row(before)[3])


def test_the_figures_come_as_json(
    review: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = json.loads(evaluate(review, monkeypatch, capsys, "--json"))
    assert done["reports"] == 26
    assert 0 < done["by_cues"]["criteria"]["formal_peer_support"]["precision"] <= 1
    assert done["by_model"]["include_recall"] == 1
