"""export: what people said leaves the store in each form, and the verb says what it wrote."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from review.annotations import Annotation, AnnotationVerdict, Direction
from review.decisions import Decision, Stage, Verdict
from review.store.annotations import find_suggestions, keep_annotation, withdraw_annotation
from review.store.decisions import keep_decision, keep_reviewer
from review.store.session import open_store

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(run: Run, small_review: Any, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a verb on the small review, in which ana accepts, and ben rejects what he took back."""
    monkeypatch.setenv("LIVING_REVIEW_HOME", str(small_review.home))
    _vote(small_review.settings.database, now)
    return run


def _vote(database: str, now: datetime) -> None:
    store = open_store(database)
    with store.session() as session:
        first, second = find_suggestions(session)
        for name, suggested, verdict in (
            ("ana", first, AnnotationVerdict.ACCEPT),
            ("ana", second, AnnotationVerdict.REJECT),
            ("ben", first, AnnotationVerdict.REJECT),
        ):
            keep_reviewer(session, name, "reviewer", now)
            said = Annotation(
                annotation_id=f"{name}{suggested.suggestion_id}",
                report_id=suggested.report_id,
                text_hash=suggested.text_hash,
                quote=suggested.quote,
                theme=suggested.theme,
                verdict=verdict,
                direction=Direction.BARRIER,
                reviewer=name,
                annotated_at=now,
                codebook_version="1",
            )
            keep_annotation(session, said)
        withdraw_annotation(session, "ben1", withdrawal_id="w", reviewer="ben", now=now)
        keep_decision(
            session,
            Decision(
                decision_id="d",
                report_id=2,
                stage=Stage.TITLE_ABSTRACT,
                reviewer="ana",
                verdict=Verdict.INCLUDE,
                decided_at=now,
            ),
        )
        session.commit()
    store.close()


# Two tables, with a mark that Excel needs, and in them what stands: not what was taken back.
def test_the_tables_hold_what_stands(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("export", "--format", "csv", "--json", tmp_path / "said.csv")
    assert code == 0
    assert json.loads(out) == {"annotations": 2, "decisions": 1, "warnings": []}
    with (tmp_path / "said.csv").open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [(r["Reviewer"], r["Answer"], r["Passage"]) for r in rows] == [
        ("ana", "accept", "Pay was low & late."),
        ("ana", "reject", "Supervision helped peers to stay."),
    ]
    assert (tmp_path / "said.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    decisions = (tmp_path / "said.decisions.csv").read_text(encoding="utf-8-sig")
    assert "title abstract,include,ana" in decisions


# Events hold every row, also what was taken back and that it was.
def test_events_hold_also_what_was_taken_back(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("export", "--format", "jsonl", tmp_path / "said.jsonl")
    assert (code, out.strip()) == (0, f"5 events. {tmp_path / 'said.jsonl'}")
    lines = (tmp_path / "said.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    assert sorted(event["id"] for event in events) == ["ana1", "ana2", "ben1", "d", "w"]
    [undone] = [event for event in events if event["withdraws"]]
    assert (undone["event"], undone["withdraws"]) == ("annotation", "ben1")
    assert all(datetime.fromisoformat(event["at"]).tzinfo for event in events)


# A project says what has no place in it.
def test_a_project_says_what_it_leaves_out(run: Run, tmp_path: Path) -> None:
    code, out, err = run("export", "--format", "qdpx", tmp_path / "review.qdpx")
    assert (code, out.strip()) == (0, f"2 texts, 1 codings. {tmp_path / 'review.qdpx'}")
    assert "1 answers that an influence does not apply are left out" in err
    with zipfile.ZipFile(tmp_path / "review.qdpx") as archive:
        assert sum(name.endswith((".txt", ".qde")) for name in archive.namelist()) == 3


# The other forms are written, too, and each says how much it holds.
@pytest.mark.parametrize(
    ("form", "sentence", "holds"),
    [
        ("ris", "2 reports, 1 decisions.", "N1  - title abstract: include, decided by ana"),
        ("qdc", "14 influences.", 'name="Organisational culture › barrier"'),
        ("jsonld", "2 annotations.", '"exact": "Pay was low & late."'),
    ],
)
def test_every_form_is_written(
    run: Run, tmp_path: Path, form: str, sentence: str, holds: str
) -> None:
    code, out, _ = run("export", "--format", form, tmp_path / "out")
    assert code == 0
    assert out.startswith(sentence)
    assert holds in (tmp_path / "out").read_text(encoding="utf-8")


# What cannot be written is a sentence, and leaves nothing behind.
def test_a_place_that_is_none_is_a_sentence(run: Run, tmp_path: Path) -> None:
    code, _, err = run("export", "--format", "qdpx", tmp_path / "no/such/folder.qdpx")
    assert code == 1
    assert "cannot be written" in err
    assert not list(tmp_path.glob("*.half"))
