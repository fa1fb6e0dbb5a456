"""Every verb has help with an example; whatever is wrong gets a sentence and exit code 1."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest
import sqlalchemy as sa

from review.settings import CHECKOUT
from review.store.session import open_store
from workbench.cli import cli

Run = Callable[..., tuple[int, str, str]]
EXAMPLE = CHECKOUT / "data/example"


def _count(tmp_path: Path, table: str) -> int:
    store = open_store(f"sqlite:///{tmp_path / 'home/review.db'}")
    with store.session() as session:
        number = session.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one()
    store.close()
    return int(number)


@pytest.mark.parametrize("verb", list(cli.commands))
def test_every_verb_has_help_with_an_example(run: Run, verb: str) -> None:
    code, out, _ = run(verb, "--help")
    assert code == 0
    assert f"living-review {verb}" in out


# Whoever does not know a verb yet reads what it is for to the end.
@pytest.mark.parametrize("group", [[], ["reviewer"], ["duplicates"], ["canary"]])
def test_help_lists_every_verb_with_a_whole_sentence(run: Run, group: list[str]) -> None:
    _, out, _ = run(*group, "--help")
    listed = cli.commands[group[0]] if group else cli
    assert isinstance(listed, click.Group)
    assert set(listed.commands) <= {line.split()[0] for line in out.splitlines() if line.strip()}
    assert not [line for line in out.splitlines()[1:] if line.endswith("...")]


def test_wrong_usage_is_exit_code_2(run: Run) -> None:
    for wrong in (["nonsense"], ["import"], ["screen-file", "one"], ["serve", "--port", "x"]):
        code, _, err = run(*wrong)
        assert code == 2
        assert "Usage:" in err


def test_check_says_that_nothing_is_wrong(run: Run) -> None:
    code, out, _ = run("check")
    assert code == 0
    assert "10 criteria" in out
    assert "14 themes" in out


def test_the_example_is_imported_whole_and_only_once(run: Run, tmp_path: Path) -> None:
    files = [EXAMPLE / name for name in ("pubmed.nbib", "psycinfo.ris", "openalex.csv")]
    code, out, _ = run("import", "--json", *files)
    counts = {"read": 194, "refused": 0, "new": 194, "known": 0, "foreign": 0}
    assert (code, json.loads(out)) == (0, counts)
    code, out, _ = run("import", "--json", *files)
    assert (code, json.loads(out)) == (0, {**counts, "new": 0, "known": 194})
    assert _count(tmp_path, "record") == 194
    assert _count(tmp_path, "report") == 155
    # What was received is kept as it was received.
    assert len(list((tmp_path / "home/raw").rglob("*.gz"))) == 3


def test_entries_that_are_no_records_are_named(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "two.ris"
    file.write_text("TY  - JOUR\nTI  - Peers\nER  - \n\nTY  - JOUR\nN1  - nothing\nER  - \n")
    code, out, _ = run("import", file)
    assert code == 0
    assert "2 entries in, 1 read, 1 refused" in out
    assert "two.ris, line 5" in out


def test_votes_of_other_programs_are_told(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("title,label_included\nPeers on wards,1\nBells in towers,0\nRivers,\n")
    code, out, _ = run("import", file)
    assert code == 0
    assert "2 votes of other programs kept." in out
    code, out, _ = run("import", "--json", file)
    assert json.loads(out)["foreign"] == 2


_BAD_FILES = {
    "empty": (b"", "empty"),
    "binary": (bytes(range(256)) * 40, "bad"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 500, "bad"),
    "no title column": (b"name,colour\nrose,red\n", "title"),
    "one line of 10 MB": (b"x" * 10_000_000, "bad"),
    "a letter": (b"Dear colleagues,\nplease find attached.\n", "bad"),
}


@pytest.mark.parametrize("kind", list(_BAD_FILES))
def test_a_file_that_cannot_be_read_stops_everything_with_a_sentence(
    run: Run, tmp_path: Path, kind: str
) -> None:
    content, named = _BAD_FILES[kind]
    bad = tmp_path / "bad.ris"
    bad.write_bytes(content)
    code, out, err = run("import", EXAMPLE / "pubmed.nbib", bad)
    assert code == 1
    assert out == ""
    assert str(bad) in err
    assert named in err
    assert len(err) < 600, "a sentence, not the file"
    assert "Traceback" not in err
    assert _count(tmp_path, "record") == 0


def test_a_file_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    for verb in (["import"], ["screen-file"], ["dedupe-file"], ["tag-file"]):
        arguments = [tmp_path / "none.ris"] + ([] if verb == ["import"] else [tmp_path / "out"])
        code, _, err = run(*verb, *arguments)
        assert code == 1
        assert "none.ris" in err
    assert not (tmp_path / "out").exists()


def test_records_run_together_without_an_end_are_told_apart(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "noend.ris"
    file.write_text("TY  - JOUR\nTI  - First\nTY  - JOUR\nTI  - Second\n")
    code, out, _ = run("import", "--json", file)
    assert (code, json.loads(out)["read"]) == (0, 2)


def test_old_encodings_are_read(run: Run, tmp_path: Path) -> None:
    text = "TY  - JOUR\nTI  - Müller über Genesungsbegleitung und Größe\nER  - \n"
    for encoding in ("cp1252", "utf-16", "utf-8-sig"):
        file = tmp_path / f"{encoding}.ris"
        file.write_bytes(text.encode(encoding))
        code, out, _ = run("import", "--json", file)
        assert (code, json.loads(out)["read"]) == (0, 1)
    store = open_store(f"sqlite:///{tmp_path / 'home/review.db'}")
    with store.session() as session:
        titles = set(session.execute(sa.text("SELECT title FROM record")).scalars())
    store.close()
    assert titles == {"Müller über Genesungsbegleitung und Größe"}


def test_a_protocol_with_a_mistake_is_named(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("protocol.yaml", "codebook.yaml"):
        text = (CHECKOUT / "data/protocol/peer-support" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("code: OC", "code: TR"), encoding="utf-8")
    monkeypatch.setenv("LIVING_REVIEW_PROTOCOL", str(tmp_path))
    code, _, err = run("check")
    assert code == 1
    assert re.search(r"codebook\.yaml, line \d+, themes › 2 › code: 'TR' is used twice", err)


def test_a_store_of_a_newer_version_is_refused(run: Run, tmp_path: Path) -> None:
    run("import", EXAMPLE / "pubmed.nbib")
    store = open_store(f"sqlite:///{tmp_path / 'home/review.db'}")
    with store.session() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        session.commit()
    store.close()
    code, _, err = run("import", EXAMPLE / "psycinfo.ris")
    assert code == 1
    assert "newer version" in err


def test_an_output_that_cannot_be_written_leaves_nothing(run: Run, tmp_path: Path) -> None:
    code, _, err = run("dedupe-file", EXAMPLE / "openalex.csv", tmp_path / "no/such/folder.csv")
    assert code == 1
    assert "cannot be written" in err
    code, _, err = run("dedupe-file", EXAMPLE / "openalex.csv", "/dev/full")
    assert code == 1
    assert "No space left" in err


def test_every_record_of_a_file_is_in_a_cluster(run: Run, tmp_path: Path) -> None:
    out_file = tmp_path / "clusters.csv"
    code, out, _ = run("dedupe-file", EXAMPLE / "openalex.csv", out_file)
    assert code == 0
    with out_file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["record_id"] for row in rows] == [str(n) for n in range(1, 86)]
    # Two of its entries are further copies of others in it, as answers.csv knows.
    assert len({row["cluster_id"] for row in rows}) == 83
    assert "2 are further copies" in out
    assert (tmp_path / "clusters.review.csv").exists()


# A preprint and its article are no copies: they stand in a file of their own, as pairs.
def test_two_reports_of_one_study_stand_in_a_file_of_their_own(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "two.csv"
    file.write_text(
        "record_id,title,authors,year,journal,volume,pages,doi\n"
        'a,Peer support work in community services,"Doe, Jane",2018,J Ment Health,2,5-9,10.1/a\n'
        'p,Peer support work in community services,"Doe, Jane",2017,medRxiv,,,10.1101/p\n'
    )
    code, out, _ = run("dedupe-file", file, tmp_path / "clusters.csv")
    assert code == 0
    assert "2 records describe 2 reports" in out
    linked = tmp_path / "clusters.linked.csv"
    assert f"1 pairs of two reports of one study. {linked}" in out
    with linked.open(encoding="utf-8", newline="") as opened:
        [row] = csv.DictReader(opened)
    assert (row["record_id_a"], row["record_id_b"]) == ("a", "p")
    assert row["reason"] == "a preprint and its article"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('{"id": "1"}', "line 2: the field 'text' is missing"),
        ('{"text": "x"}', "line 2: the field 'id' is missing"),
        ("nonsense", "line 2: is not JSON"),
        ("[1]", "line 2: is no JSON object"),
        ('{"id": "1", "text": 3}', "line 2, text: is no text"),
    ],
)
def test_a_passage_that_is_none_is_named_by_its_line(
    run: Run, tmp_path: Path, line: str, sentence: str
) -> None:
    file = tmp_path / "passages.jsonl"
    file.write_text('{"id": "0", "text": "Pay was low."}\n' + line + "\n")
    code, _, err = run("tag-file", file, tmp_path / "out.jsonl")
    assert code == 1
    assert sentence in err
    assert not (tmp_path / "out.jsonl").exists()


def test_a_fault_of_the_program_is_a_sentence_too(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("out of luck")

    monkeypatch.setattr(cli.commands["check"], "callback", fail)
    code, _, err = run("check")
    assert code == 1
    assert "a fault of this program (RuntimeError: out of luck)" in err
    assert "Traceback" not in err


def test_a_row_that_says_nothing_is_in_the_output_all_the_same(run: Run, tmp_path: Path) -> None:
    file, out_file = tmp_path / "rows.csv", tmp_path / "clusters.csv"
    file.write_text("record_id,title,year\na,Peer work in a valley,2020\nb,,2021\nc,Pay,2022\n")
    code, _, err = run("dedupe-file", file, out_file)
    assert code == 0
    assert "line 3: refused" in err
    with out_file.open(encoding="utf-8", newline="") as opened:
        rows = {row["record_id"]: row for row in csv.DictReader(opened)}
    assert set(rows) == {"a", "b", "c"}
    assert len({row["cluster_id"] for row in rows.values()}) == 3
    assert rows["b"]["reason"].startswith("not compared")


@pytest.mark.slow
def test_what_cannot_be_judged_is_unsure_and_never_excluded(run: Run, tmp_path: Path) -> None:
    file, out_file = tmp_path / "rows.csv", tmp_path / "screened.csv"
    file.write_text(
        "record_id,title,abstract\n"
        "empty,,\n"
        "bare,A note on peer support,\n"
        '"=cmd","Opioid dependence",'
        '"Residents of recovery houses for opioid dependence were interviewed about relapse."\n'
    )
    code, out, _ = run("screen-file", file, out_file)
    assert code == 0
    assert "3 records judged" in out
    with out_file.open(encoding="utf-8", newline="") as opened:
        rows = {row["record_id"]: row for row in csv.DictReader(opened)}
    assert rows["empty"]["verdict"] == rows["bare"]["verdict"] == "unsure"
    assert rows["empty"]["substance_use_answer"] == "unclear"
    assert rows["=cmd"]["verdict"] == "exclude"
    assert rows["=cmd"]["substance_use_quote"] in file.read_text()
