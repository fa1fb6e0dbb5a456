"""Votes of other programs are kept with their records, and are no decisions of this review."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from identification.identify import IdentificationSummary, identify
from review.decisions import Verdict
from review.protocol import Protocol
from review.store.decisions import find_decisions
from review.store.editions import find_included_reports
from review.store.foreign import find_foreign_votes
from review.store.records import find_members
from review.store.runs import open_run
from review.store.session import Session, Store
from review.store.standings import find_standings

Import = Callable[..., tuple[Session, IdentificationSummary]]
RIS = """TY  - JOUR
TI  - Pay and conditions of peer support workers in rural clinics
N1  - RAYYAN-INCLUSION: {"Ana"=>"Included", "Ben"=>"Excluded"} | RAYYAN-EXCLUSION-REASONS: online
ER  -
TY  - JOUR
TI  - Supervision of peer workers on acute wards: an interview study
ER  -
"""
CSV = "title,label_included\nPay and conditions of peer support workers in rural clinics,0\n"


@pytest.fixture
def read_in(store: Store, protocol: Protocol, now: datetime, tmp_path: Path) -> Import:
    def read(*files: Path) -> tuple[Session, IdentificationSummary]:
        with store.session() as session:
            run_id = open_run(session, "import", protocol, now)
            session.commit()
            raw = tmp_path / "raw"
            return session, identify(session, files, run_id=run_id, raw=raw, now=now)

    return read


def _write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


# Votes stand with the record that bore them, are found on its report, whichever of its records
# that is, and are told once though the file comes twice.
def test_votes_are_found_on_the_report(read_in: Import, store: Store, tmp_path: Path) -> None:
    rayyan = _write(tmp_path, "rayyan.ris", RIS)
    _, done = read_in(rayyan)
    assert (done.read, done.foreign) == (2, 2)
    read_in(rayyan)
    _, done = read_in(_write(tmp_path, "asreview.csv", CSV))
    assert (done.duplicates, done.foreign) == (1, 1)
    with store.session() as session:
        first = min(find_members(session))
        found = find_foreign_votes(session, find_members(session).values())
        assert [(v.report_id, v.voter, v.verdict, v.reason, v.file) for v in found] == [
            (first, "Ana", Verdict.INCLUDE, "", "rayyan.ris"),
            (first, "Ben", Verdict.EXCLUDE, "online", "rayyan.ris"),
            (first, "asreview", Verdict.EXCLUDE, "", "asreview.csv"),
        ]
        assert find_foreign_votes(session, ()) == []


# What others decided elsewhere moves no report and is no decision of this review.
def test_votes_of_others_are_no_decisions(read_in: Import, store: Store, tmp_path: Path) -> None:
    read_in(_write(tmp_path, "rayyan.ris", RIS))
    with store.session() as session:
        assert find_decisions(session) == []
        assert find_included_reports(session) == set()
        assert [standing.people for standing in find_standings(session)] == [{}, {}]
        for table in ("decision", "consensus", "reviewer"):
            number = session.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one()
            assert number == 0


FIXTURES = Path(__file__).resolve().parents[3] / "shared/data/fixtures"
# Counted by hand in the files: labels, notes of Rayyan and of ASReview.
PUBLIC = {
    "csv/asreview__generic_labels.csv": {("asreview", "include"): 3, ("asreview", "exclude"): 3},
    "csv/asreview__generic_partial_labels.csv": {
        ("asreview", "include"): 2,
        ("asreview", "exclude"): 2,
    },
    "csv/citation-file-formatting___baseline_rayyan.csv": {
        ("Emily", "include"): 2,
        ("Emily", "exclude"): 2,
        ("Emily", "unsure"): 2,
    },
    "ris/asreview__baseline_zotero.ris": {("asreview", "include"): 3, ("asreview", "exclude"): 3},
    "ris/citation-file-formatting___baseline_covidence_mendeley.ris": {},
    "xlsx/citation-file-formatting___baseline_eppireviewer.xlsx": {
        ("eppi-reviewer", "include"): 8,
        ("eppi-reviewer", "exclude"): 2,
    },
}


# In the public exports of other programs every vote is kept, and no more.
@pytest.mark.parametrize("name", list(PUBLIC))
def test_the_votes_of_public_exports_are_kept(read_in: Import, store: Store, name: str) -> None:
    if not (FIXTURES / name).exists():
        pytest.skip(f"the public exports are not at {FIXTURES}")
    _, done = read_in(FIXTURES / name)
    with store.session() as session:
        rows = session.execute(sa.text("SELECT voter, verdict FROM foreign_vote")).all()
    assert Counter(tuple(row) for row in rows) == PUBLIC[name]
    assert done.foreign == len(rows)
