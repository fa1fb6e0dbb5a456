"""evaluate says at once what cues and models make of labelled reports and passages."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

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


# The kept model is scored on labelled passages: every theme, what is confused, and the curves.
def test_the_tagging_model_is_scored_on_a_file(
    review: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file, drawn = some_passages(review, tmp_path), tmp_path / "curves.svg"
    said = ["living-review", "evaluate", "tagging", str(file), "--curves", str(drawn)]
    monkeypatch.setattr("sys.argv", said)
    main()
    told = capsys.readouterr().out
    assert "71 labelled passages" in told
    assert "learnt from 71 of these passages" in told
    row = next(line for line in told.splitlines() if line.startswith("psw_expectations"))
    assert "thin" in row
    assert "given by people" in told
    assert len(list(ElementTree.parse(drawn).iter("{http://www.w3.org/2000/svg}g"))) == 14


# Held back, the same passages are judged no better than by the model that learnt from them.
@pytest.mark.slow
def test_unseen_passages_are_judged_by_models_without_their_study(
    review: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = some_passages(review, tmp_path)
    found = []
    for option in ([], ["--unseen"]):
        said = ["living-review", "evaluate", "tagging", str(file), "--json", *option]
        monkeypatch.setattr("sys.argv", said)
        main()
        found.append(json.loads(capsys.readouterr().out))
    kept, unseen = found
    assert unseen["unseen"]
    assert unseen["themes"]["micro_f1"] < kept["themes"]["micro_f1"]
    assert 0 < unseen["direction"]["accuracy"] <= 1
    assert (len(kept["doubts"]), len(unseen["doubts"])) == (0, 20)


# Too few studies to hold some back is said, with what to do.
def test_too_few_studies_is_said(
    review: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "few.jsonl"
    lines = (review / "labelled/themes.jsonl").read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join(lines[:3]), encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["living-review", "evaluate", "tagging", str(file), "--unseen"])
    with pytest.raises(SystemExit):
        main()
    assert "few.jsonl: its passages come from too few studies" in capsys.readouterr().err


def some_passages(review: Path, tmp_path: Path) -> Path:
    """An eighth of the shipped labelled passages in a file of its own."""
    file = tmp_path / "passages.jsonl"
    lines = (review / "labelled/themes.jsonl").read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join(lines[::8]), encoding="utf-8")
    return file


# Nothing to divide by is no figure: included reports alone tell nothing of those to exclude.
def test_what_a_file_cannot_tell_is_a_dash(
    review: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = review / LABELLED
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join(line for line in lines if json.loads(line)["decision"] == "include"))
    told = evaluate(review, monkeypatch, capsys).splitlines()
    row = {line.split("  ")[0].strip(): line.split() for line in told}
    assert row["true excludes excluded"][-2:] == ["-", "-"]
    assert row["mean F1 of the exclusion criteria"][-2:] == ["-", "-"]
    assert row["true includes not excluded"][-1] == "1.000"
    assert row["peer_navigation"][1:] == ["0", "-", "-", "-", "-"]


# Where nobody has answered blind yet that is said, and no figure; the option goes with no file.
def test_without_blind_answers_no_figure_is_told(
    review: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["living-review", "evaluate", "tagging", "--blind"])
    main()
    assert capsys.readouterr().out.startswith("0 passages of 0 studies were answered")
    for wrong, said in ((["screening", "--blind"], "--blind: goes"), (["tagging"], "no file")):
        monkeypatch.setattr("sys.argv", ["living-review", "evaluate", *wrong])
        with pytest.raises(SystemExit):
            main()
        assert said in capsys.readouterr().err
