"""simulate: labelled files in, the field's figures out, and a sentence where they cannot be had."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

Run = Callable[..., tuple[int, str, str]]

_QUESTION = "What helps school gardens?"


def _table(path: Path, labels: list[str], column: str = "label_included") -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["record_id", "title", "abstract", column])
        for n, label in enumerate(labels):
            words = "School garden" if label in ("1", "yes") else "Traffic at night"
            rows.writerow([n, f"{words} {n}", f"{words} in a town, told {n} times.", label])
    return path


# 2 of 30 records have no label: they are told of and never shown.
def test_a_labelled_file_is_replayed_and_measured(run: Run, tmp_path: Path) -> None:
    path = _table(tmp_path / "gardens.csv", ["1"] * 6 + ["0"] * 22 + ["", "-1"])
    out = tmp_path / "replayed"
    code, said, _ = run(
        "simulate", path, "--question", _QUESTION, "--seeds", "2", "--out", out, "--json"
    )
    assert code == 0
    runs = json.loads(said)
    assert [(r["learner"], r["seed"]) for r in runs] == [
        ("ours", 0), ("ours", 1), ("u4", 0), ("u4", 1)
    ]  # fmt: skip
    ours = runs[0]
    assert (ours["records"], ours["relevant"], ours["unlabelled"]) == (17, 5, 2)
    # All five stand before the twelve others: the best that can be.
    assert ours["loss"] == 0
    assert ours["time_to_discovery"] == pytest.approx(3 / 17)
    assert ours["wss_100"] == pytest.approx(12 / 17)
    with (out / "runs.csv").open(encoding="utf-8") as table:
        assert [row["learner"] for row in csv.DictReader(table)] == ["ours", "ours", "u4", "u4"]
    with (out / "curves.csv").open(encoding="utf-8") as table:
        points = [row for row in csv.DictReader(table) if row["learner"] == "ours"]
    assert (points[0]["recall"], points[-1]["recall"]) == ("0.0", "1.0")
    drawing = ElementTree.fromstring((out / "gardens.svg").read_text(encoding="utf-8"))
    assert len(drawing.findall("{*}polyline")) == 4 + 2


def test_it_tells_means_per_file_and_over_files(run: Run, tmp_path: Path) -> None:
    paths = [_table(tmp_path / f"{n}.csv", ["1"] * 4 + ["0"] * 20) for n in "ab"]
    code, said, _ = run("simulate", *paths, "--learner", "u4", "--seeds", "1")
    assert code == 0
    assert "a.csv: 3 relevant of 13" in said
    assert "mean of 2 files" in said
    assert said.count("  u4 ") == 3


# From the question alone, with nothing labelled before, the first shown is relevant.
def test_it_starts_without_labels(run: Run, tmp_path: Path) -> None:
    path = _table(tmp_path / "a.csv", ["0"] * 20 + ["1"] * 3)
    asked = tmp_path / "question.txt"
    asked.write_text(_QUESTION, encoding="utf-8")
    options = ("--priors", "none", "--seeds", "1", "--learner", "ours", "--json")
    code, said, _ = run("simulate", path, "--question", f"@{asked}", *options)
    assert code == 0
    assert json.loads(said)[0]["first_found_after"] == 1


@pytest.mark.parametrize("column", ["included", "label", "asreview_label"])
def test_the_label_columns_of_other_programs_are_read(
    column: str, run: Run, tmp_path: Path
) -> None:
    path = _table(tmp_path / "a.csv", ["yes"] * 3 + ["no"] * 12, column)
    code, said, _ = run("simulate", path, "--learner", "words", "--seeds", "1", "--json")
    assert code == 0
    assert json.loads(said)[0]["relevant"] == 2


# Everything included is a strange review and no error: without priors it can be replayed.
def test_a_file_where_all_are_included_is_replayed(run: Run, tmp_path: Path) -> None:
    path = _table(tmp_path / "a.csv", ["1"] * 5)
    options = ("--priors", "none", "--seeds", "1", "--learner", "ours", "--json")
    code, said, _ = run("simulate", path, *options)
    assert code == 0
    assert json.loads(said)[0]["loss"] == 0


@pytest.mark.parametrize(
    ("labels", "options", "sentence"),
    [
        ([""] * 5, (), "no record has a label"),
        (["0"] * 20, (), "no record is labelled as relevant"),
        (["1"] * 20, (), "0 irrelevant records are labelled"),
        (["1"] + ["0"] * 20, (), "the replay needs 2 at least"),
        (["1"] * 5 + ["0"] * 20, ("--priors", "1-10"), "write two numbers such as 1+10"),
        (["1"] * 5 + ["0"] * 20, ("--question", "@nowhere.txt"), "nowhere.txt: cannot be read"),
        (["1"] * 5 + ["0"] * 20, ("--question", " "), "the question is empty"),
    ],
)
def test_what_cannot_be_replayed_is_told_in_a_sentence(
    labels: list[str], options: tuple[str, ...], sentence: str, run: Run, tmp_path: Path
) -> None:
    code, _, error = run("simulate", _table(tmp_path / "a.csv", labels), *options)
    assert code == 1
    assert sentence in error
    assert "Traceback" not in error


def test_two_files_of_one_name_would_share_a_drawing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    labels = ["1"] * 3 + ["0"] * 15
    paths = [_table(tmp_path / "a.csv", labels), _table(tmp_path / "b/a.csv", labels)]
    code, _, error = run("simulate", *paths, "--out", tmp_path / "out")
    assert code == 1
    assert "two files are called a" in error
