"""Votes that ASReview, Rayyan and Covidence write into their exports."""

import csv
import io
from pathlib import Path

import pytest

from identification.files import FileContents, read_file
from identification.foreign import ForeignVote, find_foreign_votes, join_votes
from review.decisions import Verdict

RAYYAN = (
    'RAYYAN-INCLUSION: {"Ana"=>"Included", "Dr. Ben Ödön"=>"Excluded", "Chi"=>"Maybe"} | '
    "RAYYAN-LABELS: method,ward | RAYYAN-EXCLUSION-REASONS: wrong population,online only | "
    'USER-NOTES: {"Ana"=>["Excluded from the pilot"]}'
)
RAYYAN_VOTES = (
    ForeignVote(by="Ana", verdict=Verdict.INCLUDE),
    ForeignVote(by="Dr. Ben Ödön", verdict=Verdict.EXCLUDE, reason="wrong population; online only"),
    ForeignVote(by="Chi", verdict=Verdict.UNSURE),
)


@pytest.fixture
def read(tmp_path: Path):
    def read_text(text: str) -> FileContents:
        path = tmp_path / "export"
        path.write_text(text, encoding="utf-8")
        return read_file(path)

    return read_text


def table(*rows: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def votes(contents: FileContents) -> list[tuple[ForeignVote, ...]]:
    return [r.foreign for r in contents.records]


# Rayyan names its people; the reasons of all stand together, and a note is no vote.
def test_rayyan_notes_are_votes_by_name(read):
    assert find_foreign_votes([RAYYAN]) == RAYYAN_VOTES
    assert find_foreign_votes([RAYYAN.replace("=>", "=&gt;")]) == RAYYAN_VOTES
    assert find_foreign_votes(['USER-NOTES: {"Ana"=>["Included"]}']) == ()
    assert find_foreign_votes(['RAYYAN-INCLUSION: {"Ana"=>"Undecided"}']) == ()


# The same votes are found in each format that Rayyan writes.
def test_rayyan_votes_are_found_in_every_format(read):
    ris = f"TY  - JOUR\nTI  - One\nN1  - A note\nN1  - {RAYYAN}\nER  - \n"
    bibtex = (
        "@article{a, title={One}, note={" + RAYYAN.replace('"', '\\"').replace("=>", "=\\>") + "}}"
    )
    styled = RAYYAN.replace(">", "&gt;")
    endnote = (
        "<xml><records><record><titles><title>One</title></titles>"
        f"<notes><style>{styled}</style></notes></record></records></xml>"
    )
    refer = f"%0 Book\n%T One\n%Z {RAYYAN}\n"
    rows = table(["key", "title", "notes"], ["1", "One", RAYYAN])
    for text in (ris, bibtex, endnote, refer, rows):
        assert votes(read(text)) == [RAYYAN_VOTES]
        assert read(text).records[0].record.title == "One"


# ASReview names nobody: its labels are its own, what was not seen has none.
def test_asreview_labels_and_notes_are_votes(read):
    included = ForeignVote(by="asreview", verdict=Verdict.INCLUDE)
    excluded = ForeignVote(by="asreview", verdict=Verdict.EXCLUDE)
    rows = [["One", "1"], ["Two", "0"], ["Three", ""], ["Four", "-1"]]
    for name in ("label_included", "asreview_label", "included"):
        contents = read(table(["title", name], *rows))
        assert votes(contents) == [(included,), (excluded,), (), ()]
        assert [r.included for r in contents.records] == [True, False, None, None]
    notes = ["<p>ASReview_relevant</p>", "ASReview_irrelevant", "ASReview_not_seen"]
    text = "".join(f"TY  - JOUR\nTI  - A\nN1  - {note}\nER  - \n" for note in notes)
    assert votes(read(text)) == [(included,), (excluded,), ()]


# A label is given once, by the program that the columns tell of, else by the file.
def test_a_label_is_called_by_its_program_where_the_columns_tell(read):
    def excluded(by: str) -> tuple[ForeignVote, ...]:
        return (ForeignVote(by=by, verdict=Verdict.EXCLUDE),)

    rows = table(["title", "decision", "label"], ["One", "Exclude", "0"], ["Two", "later", ""])
    assert votes(read(rows)) == [excluded("file"), ()]
    eppi = table(["Included", "ID", "ShortTitle", "Title"], ["E", "7", "Okello (2020)", "One"])
    assert votes(read(eppi)) == [excluded("eppi-reviewer")]
    covidence = table(["Title", "Covidence #", "Decision"], ["One", "#15", "Excluded"])
    assert votes(read(covidence)) == [excluded("covidence")]


# A voter has one vote on a record: reasons are joined, and who says two things is unsure.
def test_a_voter_has_one_vote():
    def says(verdict: Verdict, reason: str = "") -> ForeignVote:
        return ForeignVote(by="Ana", verdict=verdict, reason=reason)

    ben = ForeignVote(by="Ben", verdict=Verdict.INCLUDE)
    twice = [says(Verdict.EXCLUDE, "design"), ben, says(Verdict.EXCLUDE, "setting")]
    assert join_votes(twice) == (says(Verdict.EXCLUDE, "design; setting"), ben)
    both = [says(Verdict.INCLUDE), says(Verdict.EXCLUDE, "design")]
    assert join_votes(both) == (says(Verdict.UNSURE, "says include and exclude; design"),)
    assert join_votes([]) == ()


# Covidence writes down why a record was excluded, and nothing else.
def test_covidence_reasons_are_exclusions(read):
    rows = table(
        ["Title", "Covidence #", "Notes"],
        ["One", "#15", "Exclusion reason: Wrong study design; "],
        ["Two", "#16", "Ana wrote: Exclusion reason: unclear"],
        ["Three", "#17", "Seen twice; Exclusion reason: Wrong setting"],
    )

    def excluded(reason: str) -> tuple[ForeignVote, ...]:
        return (ForeignVote(by="covidence", verdict=Verdict.EXCLUDE, reason=reason),)

    assert votes(read(rows)) == [excluded("Wrong study design"), (), excluded("Wrong setting")]


# What our own program's screening wrote is a machine's view and no vote.
def test_a_machine_verdict_is_no_vote(read):
    rows = table(["title", "verdict", "exclusion_reason"], ["One", "exclude", "online"])
    assert votes(read(rows)) == [()]


FIXTURES = Path(__file__).resolve().parents[3] / "shared/data/fixtures"


# In the public exports the votes are those that their labels and notes say, and no more.
def test_public_exports_hold_the_votes_they_say():
    zotero = FIXTURES / "ris/asreview__baseline_zotero.ris"
    labels = FIXTURES / "csv/asreview__generic_labels.csv"
    if not zotero.exists():
        pytest.skip(f"the public exports are not at {FIXTURES}")
    text = zotero.read_text(encoding="utf-8")
    said = [vote.verdict for r in read_file(zotero).records for vote in r.foreign]
    assert said.count(Verdict.INCLUDE) == text.count("ASReview_relevant") > 0
    assert said.count(Verdict.EXCLUDE) == text.count("ASReview_irrelevant")
    contents = read_file(labels)
    assert all(bool(r.foreign) == (r.included is not None) for r in contents.records)
    assert any(r.foreign for r in contents.records)
