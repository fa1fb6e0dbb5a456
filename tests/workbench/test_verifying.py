"""verify: what a run and its edition reported is recomputed from the store, whatever came since."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from review.decisions import Decision, Stage, Verdict
from review.reviewers import Assignment, Task
from review.settings import CHECKOUT
from review.store.decisions import keep_decision, keep_reviewer
from review.store.reviewers import keep_assignment, keep_retirement
from review.store.session import Session, open_store
from workbench.commands.opening import now

Run = Callable[..., tuple[int, str, str]]
EXAMPLE = CHECKOUT / "data/example"


@pytest.fixture
def run(run: Run, tmp_path: Path) -> Run:
    """Runs a verb on a review that imported a file (run 1), and published (run 2)."""
    assert run("import", EXAMPLE / "openalex.csv")[0] == 0
    _decide(tmp_path, 1, Verdict.INCLUDE)
    assert run("publish")[0] == 0
    return run


def _decide(tmp_path: Path, report_id: int, verdict: Verdict) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'home/review.db'}")
    with store.session() as session:
        keep_reviewer(session, "ana", "reviewer", now())
        said = Decision(
            decision_id=f"d{report_id}{verdict}",
            report_id=report_id,
            stage=Stage.TITLE_ABSTRACT,
            reviewer="ana",
            verdict=verdict,
            exclusion_reason="informal" if verdict is Verdict.EXCLUDE else None,
            decided_at=now(),
        )
        keep_decision(session, said)
        session.commit()
    store.close()


def _ask_ben(session: Session) -> None:
    keep_reviewer(session, "ben", "reviewer", now())
    asked = Assignment(
        assignment_id="a",
        report_id=2,
        task=Task.TITLE_ABSTRACT,
        reviewer="ben",
        assigned_by="ana",
        assigned_at=now(),
    )
    keep_assignment(session, asked)


def _in_store(tmp_path: Path, step: Callable[[Session], object]) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'home/review.db'}")
    with store.session() as session:
        step(session)
        session.commit()
    store.close()


# A run and an edition just made are as they reported, in thousands of cells.
def test_what_was_reported_is_what_the_store_gives(run: Run) -> None:
    code, out, _ = run("verify", "--json", "1")
    assert code == 0
    told = json.loads(out)
    assert (told["edition"], told["differences"]) == (None, [])
    assert told["compared"] == 3  # new records, what the file gave, and its bytes
    code, out, _ = run("verify", "2")
    assert code == 0
    assert out.startswith("Run 2 and edition 1: ")
    assert out.endswith(" compared, all as reported.\n")
    assert int(out.split()[5]) > 300


# What came later, records that join its reports, votes, people who left and another edition, takes
# nothing away; what an edition kept back for a second reader is kept back when it is made anew.
def test_an_edition_holds_against_all_that_came_later(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("import", EXAMPLE / "psycinfo.ris", EXAMPLE / "pubmed.nbib")
    assert "39 duplicates joined" in out or " 0 duplicates joined" not in out
    _decide(tmp_path, 1, Verdict.EXCLUDE)
    _decide(tmp_path, 2, Verdict.INCLUDE)
    _in_store(tmp_path, _ask_ben)
    code, out, _ = run("publish")
    assert out.startswith("Edition 2")
    listed = (tmp_path / "home/editions/edition-0002/decisions.csv").read_text("utf-8-sig")
    assert [line.split(",")[0] for line in listed.splitlines()] == ["Report", "1"]
    _in_store(tmp_path, lambda session: keep_retirement(session, "ben", now()))
    for run_id in ("1", "2", "3", "4"):
        code, out, _ = run("verify", run_id)
        assert code == 0, out


# A number that somebody changed in a table, or that lost its rows, is named with both values.
def test_what_differs_is_named(run: Run, tmp_path: Path) -> None:
    flow = tmp_path / "home/editions/edition-0001/flow.csv"
    text = flow.read_text(encoding="utf-8-sig")
    line = next(line for line in text.splitlines() if line.endswith(",85"))
    flow.write_text(text.replace(line, line[:-2] + "86"), encoding="utf-8-sig")
    code, out, err = run("verify", "2")
    assert code == 1
    number = text.splitlines().index(line) + 1
    assert out == (f"edition 1, flow.csv, line {number}, Number: reported 86, the store gives 85\n")
    assert "1 of " in err
    assert "differ from what was reported" in err


def test_rows_that_are_gone_and_files_that_were_altered_are_named(run: Run, tmp_path: Path) -> None:
    lose = sa.text("DELETE FROM hit WHERE position = (SELECT max(position) FROM hit)")
    _in_store(tmp_path, lambda session: session.execute(lose))
    [raw] = (tmp_path / "home/raw").rglob("*.gz")
    raw.write_bytes(b"something else")
    (tmp_path / "home/editions/edition-0001/report.html").unlink()
    code, out, _ = run("verify", "1")
    assert code == 1
    assert "received: reported 85, the store gives 84" in out
    assert "cannot be read" in out
    code, out, _ = run("verify", "2")
    assert code == 1
    assert "report.html, SHA-256: reported" in out


def test_a_run_that_never_was_is_a_sentence(run: Run) -> None:
    code, _, err = run("verify", "99")
    assert (code, "there is no run 99" in err) == (1, True)


# On PostgreSQL a review is verified as on SQLite, though the copy it makes is on the latter.
def test_a_review_on_either_engine_is_verified(
    run: Run, tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVING_REVIEW_HOME", str(tmp_path / "other"))
    monkeypatch.setenv("LIVING_REVIEW_DATABASE", address)
    assert run("import", EXAMPLE / "openalex.csv")[0] == 0
    assert run("publish")[0] == 0
    assert run("import", EXAMPLE / "psycinfo.ris")[0] == 0
    code, out, _ = run("verify", "2")
    assert (code, out.endswith("all as reported.\n")) == (0, True), out
