"""backup and restore by hand: a review moves to another home, and what is amiss is a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from review.store.annotations import find_suggestions
from review.store.session import open_store

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a verb on the home that is named first."""

    def call(home: Path, *arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setenv("LIVING_REVIEW_HOME", str(home))
        return run(*arguments)

    return call


# A review is put into a file, seen to be whole, and goes on in another home.
def test_a_review_moves_house(run: Run, small_review: Any, tmp_path: Path) -> None:
    (small_review.home / "raw").mkdir()
    (small_review.home / "raw/a.gz").write_bytes(b"received")
    file = tmp_path / "b.zip"
    code, out, _ = run(small_review.home, "backup", "--json", file)
    assert code == 0
    told = json.loads(out)
    assert told["files"] == 1
    assert told["rows"] > 10
    code, out, _ = run(tmp_path / "new", "restore", "--check", file)
    assert (code, out.strip()) == (0, f"{told['rows']} rows and 1 files whole. {file}")
    assert not (tmp_path / "new").exists()
    code, out, _ = run(tmp_path / "new", "restore", "--json", file)
    assert (code, json.loads(out)) == (0, told)
    assert (tmp_path / "new/raw/a.gz").read_bytes() == b"received"
    suggestions = []
    for home in (small_review.home, tmp_path / "new"):
        store = open_store(f"sqlite:///{home / 'review.db'}")
        with store.session() as session:
            suggestions.append(find_suggestions(session))
        store.close()
    assert suggestions[0] == suggestions[1] != []
    code, _, err = run(tmp_path / "new", "restore", file)
    assert code == 1
    assert "holds files already" in err


# A file cut short is a sentence; a backup that cannot be written leaves nothing.
def test_what_is_amiss_is_a_sentence(run: Run, small_review: Any, tmp_path: Path) -> None:
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04")
    code, _, err = run(tmp_path / "new", "restore", tmp_path / "cut.zip")
    assert (code, "cut.zip: cannot be read" in err) == (1, True)
    code, _, err = run(small_review.home, "backup", tmp_path / "no/such/b.zip")
    assert (code, "cannot be written" in err) == (1, True)
