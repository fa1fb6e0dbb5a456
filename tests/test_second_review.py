"""Another review is another folder: its whole job runs without a line of code changed."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from review.store.session import open_store
from workbench.cli import main

PROTOCOL = """\
key: school-gardens
version: '1'
title: School gardens
question: What helps or hinders school gardens?
languages: [en]
criteria:
  - key: garden
    question: Is it about a school garden?
    kind: inclusion
    exclusion_reason: no_garden
    reason_text: Not about a school garden
    order: 1
    cues: [school garden*]
    counter_cues: [allotment*, farm*]
  - key: plastic
    question: Are the plants made of plastic?
    kind: exclusion
    exclusion_reason: plastic
    reason_text: Plastic plants
    order: 2
    cues: [plastic plant*]
"""
CODEBOOK = """\
version: '1'
themes:
  - key: soil
    code: SO
    name: Soil
    definition: The ground that the plants stand in.
    examples:
      facilitator: [Rich soil made the beds easy to start.]
      barrier: [Stones in the ground stopped every attempt to dig.]
  - key: time
    code: TI
    name: Time of teachers
    definition: Hours that teachers have for the garden.
"""
RECORDS = """\
TY  - JOUR
TI  - Starting a school garden
AB  - We interviewed teachers about their school garden. Rich soil made the beds easy to plant.
ER  -
TY  - JOUR
TI  - A corridor full of plastic plants
AB  - The corridor of the school garden club held plastic plants only. Nobody had to water them.
ER  -
TY  - JOUR
TI  - A note without an abstract
ER  -
"""


@pytest.fixture
def review(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "gardens"
    folder.mkdir()
    (folder / "protocol.yaml").write_text(PROTOCOL)
    (folder / "codebook.yaml").write_text(CODEBOOK)
    (tmp_path / "records.ris").write_text(RECORDS)
    for name, value in (("HOME", "home"), ("PROTOCOL", "gardens"), ("MODELS", "models")):
        monkeypatch.setenv(f"LIVING_REVIEW_{name}", str(tmp_path / value))
    monkeypatch.delenv("LIVING_REVIEW_DATABASE", raising=False)
    return tmp_path


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["living-review", *arguments])
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_without_a_model_of_its_codebook_tagging_says_how_to_get_one(
    review: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, "update", str(review / "records.ris")) == 1
    assert "living-review learn tagging" in capsys.readouterr().err


@pytest.mark.slow
def test_a_review_without_a_single_label_is_judged_tagged_and_published(
    review: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, "learn", "tagging") == 0
    capsys.readouterr()
    assert _run(monkeypatch, "update", "--json", str(review / "records.ris")) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["identified"], done["judged"], done["edition"]) == (3, 3, 1)
    page = Path(done["page"])
    assert "School gardens" in page.read_text(encoding="utf-8")
    store = open_store(f"sqlite:///{review / 'home/review.db'}")
    with store.session() as session:
        verdicts = dict(
            session.execute(
                sa.text(
                    "SELECT title, verdict FROM report JOIN current_assessment "
                    "ON current_assessment.report_id = report.report_id"
                )
            )
            .tuples()
            .all()
        )
    store.close()
    assert verdicts["A corridor full of plastic plants"] == "exclude"
    assert verdicts["Starting a school garden"] != "exclude"
    assert verdicts["A note without an abstract"] == "unsure"
    with (page.parent / "influences_suggested.csv").open(encoding="utf-8-sig") as opened:
        assert [row[0] for row in csv.reader(opened)][1:] == ["SO", "TI"]
    # The same again: nothing is judged, tagged or published a second time.
    assert _run(monkeypatch, "update", "--json", str(review / "records.ris")) == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["identified"], again["judged"], again["tagged"]) == (0, 0, 0)
    assert (again["edition"], again["new"]) == (1, False)
