"""import-annotations: what another program holds comes back as one reviewer's, or is refused."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from review.annotations import Annotation, AnnotationVerdict, Direction
from review.decisions import quote_from
from review.protocol import Protocol
from review.records import Record
from review.store.annotations import find_annotations, find_suggestions, keep_annotation
from review.store.decisions import keep_reviewer
from review.store.records import find_reports, keep_members, keep_records
from review.store.runs import open_run, open_search
from review.store.session import open_store

Run = Callable[..., tuple[int, str, str]]
FORMS = ("csv", "jsonl", "jsonld", "qdpx")


@pytest.fixture
def run(run: Run, small_review: Any, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a verb on the small review, in which ana accepts, rejects and adds; cem may vote."""
    monkeypatch.setenv("LIVING_REVIEW_HOME", str(small_review.home))
    _vote(small_review.settings.database, now)
    return run


def _vote(database: str, now: datetime) -> None:
    store = open_store(database)
    with store.session() as session:
        for name, role in (("ana", "reviewer"), ("cem", "adjudicator"), ("gus", "guest")):
            keep_reviewer(session, name, role, now)
        first, second = find_suggestions(session)
        accepted = Annotation(
            annotation_id="a1",
            report_id=first.report_id,
            text_hash=first.text_hash,
            quote=first.quote,
            theme=first.theme,
            verdict=AnnotationVerdict.ACCEPT,
            direction=Direction.BARRIER,
            reviewer="ana",
            annotated_at=now,
            codebook_version="0.1",
        )
        text = find_reports(session, [2])[2].text
        added = replace(
            accepted,
            annotation_id="a2",
            report_id=2,
            text_hash=second.text_hash,
            quote=quote_from(text, 0, 12),  # "=Supervision", as a formula begins
            theme="role_definition",
            verdict=AnnotationVerdict.ADD,
            direction=Direction.BOTH,
        )
        rejected = replace(
            added, annotation_id="a3", quote=second.quote, theme=second.theme,
            verdict=AnnotationVerdict.REJECT,
        )  # fmt: skip
        for said in (accepted, added, rejected):
            keep_annotation(session, said)
        session.commit()
    store.close()


def _said(home: Path, reviewer: str) -> set[tuple[Any, ...]]:
    store = open_store(f"sqlite:///{home / 'review.db'}")
    with store.session() as session:
        found = find_annotations(session)
    store.close()
    return {
        (a.text_hash, a.quote, a.theme, a.verdict, a.direction, a.codebook_version)
        for a in found
        if a.reviewer == reviewer
    }


# Each form comes back as what was said, to another reviewer, and once however often it comes; to
# who said it there is nothing new. A project alone cannot say that a theme does not apply.
@pytest.mark.parametrize("form", FORMS)
def test_every_form_comes_back_as_it_was(
    run: Run, small_review: Any, tmp_path: Path, form: str
) -> None:
    file = tmp_path / "said"
    assert run("export", "--format", form, file)[0] == 0
    number = 2 if form == "qdpx" else 3
    counts = {"new": number, "known": 0, "refused": [], "passed_over": 0}
    for told in (counts, {**counts, "new": 0, "known": number}):
        code, out, err = run("import-annotations", "--json", file, "--by", "cem")
        assert (code, err) == (0, "")
        assert json.loads(out) == told
    said = _said(small_review.home, "ana")
    if form == "qdpx":
        said = {word for word in said if word[3] is not AnnotationVerdict.REJECT}
    assert _said(small_review.home, "cem") == said
    code, out, _ = run("import-annotations", "--json", file, "--by", "ana")
    assert json.loads(out) == {**counts, "new": 0, "known": number}


# In another review, where the same reports have other numbers, they find their texts; what has no
# text there is refused by its place.
@pytest.mark.parametrize("form", FORMS)
def test_another_review_is_found_by_its_texts(
    run: Run,
    small_review: Any,
    tmp_path: Path,
    protocol: Protocol,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    form: str,
) -> None:
    file = tmp_path / "said"
    assert run("export", "--format", form, file)[0] == 0
    store = open_store(small_review.settings.database)
    with store.session() as session:
        report = find_reports(session, [2])[2]
    store.close()
    other = open_store(f"sqlite:///{tmp_path / 'other/review.db'}")
    with other.session() as session:
        run_id = open_run(session, "import", protocol, now)
        search_id = open_search(session, run_id, source="file", address="x", now=now)
        record = Record(source="file", source_id="9", title=report.title, abstract=report.abstract)
        keep_records(session, search_id, [(1, record)], now)
        keep_members(session, {1: 1})
        keep_reviewer(session, "dora", "reviewer", now)
        session.commit()
    other.close()
    monkeypatch.setenv("LIVING_REVIEW_HOME", str(tmp_path / "other"))
    code, out, _ = run("import-annotations", file, "--by", "dora")
    assert code == 0
    new = 1 if form == "qdpx" else 2
    assert out.startswith(f"{new} annotations of dora are new, 0 known, 1 refused;")
    assert "no report has the title and abstract that it was made on" in out
    assert {word[1].exact for word in _said(tmp_path / "other", "dora")} >= {"=Supervision"}


def _foreign(path: Path, target: Path, changes: dict[str, str], crlf: bool = False) -> Path:
    """A project as another program might write it again."""
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(target, "w") as out:
        for name in archive.namelist():
            text = archive.read(name).decode()
            if name == "project.qde":
                for old, new in changes.items():
                    assert old in text
                    text = text.replace(old, new)
            elif crlf:
                text = "\ufeff" + text.replace("\n", "\r\n") + "\r\n"
            out.writestr(name.replace("sources/", "Sources/") if crlf else name, text)
    return target


# Another program's project is read, too: other ids, a folder with a capital, Windows line ends, and
# codes that are known by their names alone, without a direction where they have none.
def test_a_project_of_another_program_is_read(run: Run, small_review: Any, tmp_path: Path) -> None:
    assert run("export", "--format", "qdpx", tmp_path / "a.qdpx")[0] == 0
    with zipfile.ZipFile(tmp_path / "a.qdpx") as archive:
        document = archive.read("project.qde").decode()
    code_id = document.split('name="PSW role definition › both"')[0].rsplit('guid="', 1)[1][:36]
    other_id = "00000000-0000-4000-8000-000000000001"
    changes = {code_id: other_id, 'name="PSW role definition › both"': 'name="Both"'}
    # Behind a line that ends with two characters everything stands one further.
    shifted = {'startPosition="45" endPosition="64"': 'startPosition="46" endPosition="65"'}
    file = _foreign(tmp_path / "a.qdpx", tmp_path / "b.qdpx", changes | shifted, crlf=True)
    code, out, _ = run("import-annotations", file, "--by", "cem")
    assert (code, out.split(",")[0]) == (0, "2 annotations of cem are new")
    assert _said(small_review.home, "cem") <= _said(small_review.home, "ana")
    changes = {code_id: other_id, 'name="PSW role definition › both"': 'name="My own code"'}
    file = _foreign(tmp_path / "a.qdpx", tmp_path / "c.qdpx", changes)
    code, out, _ = run("import-annotations", file, "--by", "cem")
    assert code == 0
    assert "refused: " in out
    assert "'My own code' is no theme of the codebook" in out


# What cannot be is named by file, line or element, and remedy; nothing of the file is kept.
@pytest.mark.parametrize(
    ("form", "old", "new", "sentence"),
    [
        ("csv", ",barrier,", ",sideways,", "line 2, Direction: 'sideways' cannot be; export it"),
        ("csv", "Theme,", "Thema,", "lacks the column 'Theme'"),
        ("csv", ",reject,", ",maybe,", "line 6, Answer: 'maybe' cannot be"),
        ("jsonl", '"quote_start": 0', '"quote_start": "x"', ", quote_start: 'x' cannot be"),
        ("jsonl", '"event"', "event", "line 1: is not JSON"),
        ("jsonld", '"items"', '"things"', "first.items: is no list of annotations"),
        ("jsonld", '"review:textHash": "', '"hash": "', "item 1, text_hash: None cannot be"),
        ("jsonld", ":direction:both", ":way:both", "item 2, direction: None cannot be"),
    ],
)
def test_what_cannot_be_is_named(
    run: Run, small_review: Any, tmp_path: Path, form: str, old: str, new: str, sentence: str
) -> None:
    file = tmp_path / "said"
    assert run("export", "--format", form, file)[0] == 0
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    code, _, err = run("import-annotations", file, "--by", "cem")
    assert code == 1
    assert str(file) in err
    assert sentence in err
    assert _said(small_review.home, "cem") == set()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('startPosition="0"', 'startPosition="x"', "startPosition or endPosition is no whole"),
        ('endPosition="12"', 'endPosition="9999"', "are none of its text"),
        ("<CodeRef targetGUID=", "<CodeRef otherGUID=", "names no code of the codebook"),
        ("internal://", "internal://no", "its text is not in the project"),
        ("</Project>", "", "is not XML that can be read"),
    ],
)
def test_what_cannot_be_in_a_project_is_named(
    run: Run, tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    assert run("export", "--format", "qdpx", tmp_path / "a.qdpx")[0] == 0
    file = _foreign(tmp_path / "a.qdpx", tmp_path / "b.qdpx", {old: new})
    _, out, err = run("import-annotations", file, "--by", "cem")
    assert sentence in out + err
    assert str(file) in out + err


# Other words at the place than are quoted are no annotation of it, and the others of the file are
# kept.
def test_words_that_stand_elsewhere_are_refused(run: Run, tmp_path: Path) -> None:
    assert run("export", "--format", "jsonl", tmp_path / "a")[0] == 0
    text = (tmp_path / "a").read_text(encoding="utf-8")
    (tmp_path / "a").write_text(text.replace("=Supervision", "=Superstition"), encoding="utf-8")
    code, out, _ = run("import-annotations", tmp_path / "a", "--by", "cem")
    assert code == 0
    assert out.startswith("2 annotations of cem are new, 0 known, 1 refused;")
    assert "other words stand at 0 to 12" in out


# It is never guessed whose words of a file are meant, nor who somebody is.
def test_it_is_said_whose_words_are_meant(run: Run, small_review: Any, tmp_path: Path) -> None:
    assert run("export", "--format", "csv", tmp_path / "a")[0] == 0
    assert run("import-annotations", tmp_path / "a", "--by", "cem")[0] == 0
    assert run("export", "--format", "csv", tmp_path / "b")[0] == 0
    for arguments, sentence in (
        (("--by", "cem"), "holds annotations of ana, cem; name one with --from"),
        (("--by", "cem", "--from", "eve"), "holds none of eve's annotations, but of ana, cem"),
        (("--by", "eve", "--from", "ana"), "nobody is called eve"),
        (("--by", "gus", "--from", "ana"), "gus has retired or may only read"),
    ):
        code, _, err = run("import-annotations", tmp_path / "b", *arguments)
        assert (code, sentence in err) == (1, True), err
    code, out, _ = run("import-annotations", tmp_path / "b", "--by", "cem", "--from", "ana")
    assert (code, out.split(";")[0]) == (0, "0 annotations of cem are new, 3 known, 0 refused")


# Somebody's later word here stands when an old file comes again.
def test_an_old_file_takes_no_later_word_back(
    run: Run, small_review: Any, tmp_path: Path, now: datetime
) -> None:
    assert run("export", "--format", "csv", tmp_path / "a")[0] == 0
    assert run("import-annotations", tmp_path / "a", "--by", "cem")[0] == 0
    store = open_store(small_review.settings.database)
    with store.session() as session:
        [said] = [a for a in find_annotations(session) if a.reviewer == "cem" and a.report_id == 1]
        keep_annotation(session, replace(said, annotation_id="later", direction=Direction.UNCLEAR))
        session.commit()
    store.close()
    code, out, _ = run("import-annotations", tmp_path / "a", "--by", "cem", "--from", "ana")
    assert (code, out.split(";")[0]) == (0, "0 annotations of cem are new, 3 known, 0 refused")
    assert Direction.UNCLEAR in {word[4] for word in _said(small_review.home, "cem")}
