"""What people said, written for other programs, and that those can read what was written."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
import rispy
from hypothesis import given
from hypothesis import strategies as st

from reporting.exports.codes import qdc_of
from reporting.exports.plain_text import plain_text
from reporting.exports.qdpx import NAMESPACE, write_qdpx
from reporting.exports.ris import write_ris
from reporting.exports.rows import table_annotations, table_decisions
from reporting.exports.said import Said
from reporting.exports.web_annotations import write_web_annotations
from review.annotations import Annotation, AnnotationVerdict, Direction
from review.decisions import Decision, Stage, Verdict, quote_from
from review.records import Report

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
Q = f"{{{NAMESPACE}}}"
ABSTRACT = "Pay was low. Bells helped nobody: =1+1.\nNoe\u0308l agreed."


def _report(report_id: int = 1, **fields: object) -> Report:
    plain = {"title": "Bells & pay", "abstract": ABSTRACT, "authors": ("Ní Bhriain, Áine",)}
    return Report(report_id=report_id, record_ids=(report_id,), **(plain | fields))  # type: ignore[arg-type]


def _annotation(report: Report, words: str, **fields: object) -> Annotation:
    start = report.text.index(words)
    plain = {
        "annotation_id": f"{report.report_id}-{words}",
        "report_id": report.report_id,
        "text_hash": report.text_hash,
        "quote": quote_from(report.text, start, start + len(words)),
        "theme": "loudness",
        "verdict": AnnotationVerdict.ACCEPT,
        "direction": Direction.BARRIER,
        "reviewer": "ana",
        "annotated_at": NOW,
        "codebook_version": "1",
    }
    return Annotation(**(plain | fields))  # type: ignore[arg-type]


def _decision(**fields: object) -> Decision:
    plain = {
        "decision_id": "d",
        "report_id": 1,
        "stage": Stage.FULL_TEXT,
        "reviewer": "ana",
        "verdict": Verdict.EXCLUDE,
        "exclusion_reason": "no_bell",
        "decided_at": NOW,
    }
    return Decision(**(plain | fields))  # type: ignore[arg-type]


@pytest.fixture
def said(protocol, codebook):
    report = _report(doi="10.5555/invented.1", pages="5-9", year=2020, journal="J Bells", pmid="7")
    pay = _annotation(report, "Pay was low.")
    return Said(
        protocol=protocol,
        codebook=codebook,
        reports={1: report, 2: _report(2, title="Nobody spoke of this")},
        annotations=(
            pay,
            replace(pay, annotation_id="b", reviewer="=ben", direction=Direction.UNCLEAR),
            _annotation(report, "=1+1.", theme="colour", verdict=AnnotationVerdict.REJECT),
            _annotation(report, "Noe\u0308l agreed.", theme="gone_theme"),
        ),
        settled_passages=(replace(pay, annotation_id="c", reviewer="cem"),),
        decisions=(_decision(), _decision(decision_id="e", reviewer="ben")),
        settled=(_decision(decision_id="f", reviewer="cem", verdict=Verdict.INCLUDE,
                           exclusion_reason=None),),
        included=frozenset({2}),
    )  # fmt: skip


# Each word of each person is a row, what was settled among them, and no cell starts a formula.
def test_each_word_is_a_row_that_no_spreadsheet_runs(said: Said) -> None:
    rows = list(csv.DictReader(io.StringIO(table_annotations(said).csv())))
    assert [(r["Reviewer"], r["Direction"], r["Answer"], r["Settled"]) for r in rows] == [
        ("ana", "barrier", "accept", "no"),
        ("'=ben", "unclear", "accept", "no"),
        ("ana", "barrier", "reject", "no"),
        ("ana", "barrier", "accept", "no"),
        ("cem", "barrier", "accept", "yes"),
    ]
    assert rows[2]["Passage"] == "'=1+1."
    decisions = list(csv.DictReader(io.StringIO(table_decisions(said).csv())))
    assert [(r["Reviewer"], r["Verdict"], r["Reason"], r["Settled"]) for r in decisions] == [
        ("ana", "exclude", "No bell", "no"),
        ("ben", "exclude", "No bell", "no"),
        ("cem", "include", "", "yes"),
    ]
    cells = [cell for row in (*rows, *decisions) for cell in row.values()]
    assert not [cell for cell in cells if cell.strip()[:1] in tuple("=+-@")]


# Every report is an entry that rispy reads with its fields, and each decision one of its notes.
def test_reports_and_their_decisions_are_ris(said: Said) -> None:
    broken = replace(said.reports[2], abstract="One.\nER  - \nTY  - JOUR\r\nTI  - Two\u2028three")
    out = io.StringIO()
    write_ris(out, replace(said, reports={**said.reports, 2: broken}))
    first, second = rispy.loads(out.getvalue())
    assert (first["title"], first["secondary_title"], first["year"]) == (
        "Bells & pay",
        "J Bells",
        "2020",
    )
    assert (first["start_page"], first["end_page"], first["doi"]) == (
        "5",
        "9",
        "10.5555/invented.1",
    )
    assert first["notes"] == [
        "full text: exclude (No bell), decided by ana on 2026-03-02",
        "full text: exclude (No bell), decided by ben on 2026-03-02",
        "full text: include, settled by cem on 2026-03-02",
    ]
    assert second["abstract"] == "One. ER - TY - JOUR TI - Two three"
    assert "notes" not in second


# What the schema of REFI-QDA asks of the elements used: children in this order, and attributes.
_CHILDREN = {
    "Project": ["Users", "CodeBook", "Sources"],
    "Users": ["User"], "User": [], "CodeBook": ["Codes"], "Codes": ["Code"],
    "Code": ["Description", "Code"], "Description": [], "Sources": ["TextSource"],
    "TextSource": ["PlainTextSelection"], "PlainTextSelection": ["Coding"],
    "Coding": ["CodeRef"], "CodeRef": [],
}  # fmt: skip
_NOT_EMPTY = {"Users", "CodeBook", "Codes", "Sources", "Coding"}
_REQUIRED = {
    "Project": {"name"}, "User": {"guid"}, "Code": {"guid", "name", "isCodable"},
    "TextSource": {"guid"}, "PlainTextSelection": {"guid", "startPosition", "endPosition"},
    "Coding": {"guid"}, "CodeRef": {"targetGUID"},
}  # fmt: skip
_OPTIONAL = {
    "Project": {"origin", "creationDateTime"}, "User": {"name"}, "CodeBook": {"origin"},
    "TextSource": {"name", "plainTextPath", "creationDateTime"},
    "PlainTextSelection": {"name", "creatingUser", "creationDateTime"},
    "Coding": {"creatingUser", "creationDateTime"},
}  # fmt: skip
_FORMS = {
    "guid|targetGUID|creatingUser": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "creationDateTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "isCodable": "true|false",
    "startPosition|endPosition": r"\d+",
}


def _check_form(element: ET.Element, namespace: str) -> None:
    name = element.tag.removeprefix(namespace)
    children = [child.tag.removeprefix(namespace) for child in element]
    order = _CHILDREN[name]
    assert [order.index(child) for child in children] == sorted(map(order.index, children))
    assert children or name not in _NOT_EMPTY
    required = _REQUIRED.get(name, set())
    assert required <= set(element.keys()) <= required | _OPTIONAL.get(name, set())
    for names, form in _FORMS.items():
        for attribute in names.split("|"):
            value = element.get(attribute)
            assert value is None or re.fullmatch(form, value), (name, attribute, value)
    for child in element:
        _check_form(child, namespace)


def _project(said: Said) -> tuple[ET.Element, dict[str, str], bytes]:
    """The project's document, its texts by path, and the document's bytes."""
    out = io.BytesIO()
    write_qdpx(out, said, NOW)
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        document = archive.read("project.qde")
        # The folder is there, whether or not a text is in it: programs list it unasked.
        assert "sources/" in archive.namelist()
        names = [n for n in archive.namelist() if n not in ("project.qde", "sources/")]
        assert all(re.fullmatch(r"sources/[0-9a-f-]{36}\.txt", name) for name in names)
        texts = {name: archive.read(name).decode() for name in names}
    return ET.fromstring(document), texts, document


# A project has the form its schema asks for; each reference leads somewhere, each id is used once.
def test_a_project_has_the_form_of_refi_qda(said: Said) -> None:
    root, texts, document = _project(said)
    assert document.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<Project ")
    assert b"\r" not in document
    _check_form(root, Q)
    ids = [e.get("guid") for e in root.iter() if e.get("guid")]
    assert len(set(ids)) == len(ids)
    codes = {e.get("guid") for e in root.iter(f"{Q}Code")}
    assert {e.get("targetGUID") for e in root.iter(f"{Q}CodeRef")} <= codes
    users = {e.get("guid"): e.get("name") for e in root.iter(f"{Q}User")}
    assert set(users.values()) == {"ana", "=ben", "cem (consensus)"}
    assert {e.get("creatingUser") for e in root.iter(f"{Q}Coding")} == set(users)
    paths = {e.get("plainTextPath", "") for e in root.iter(f"{Q}TextSource")}
    assert {f"sources/{path.removeprefix('internal://')}" for path in paths} == set(texts)


# Programs that read a project may take the codings of a selection for those of whoever made the
# selection, keep one coding of a code at a place for each such person, and copy a text to a file
# called after its source: nothing is lost or mixed up by that.
def test_a_project_survives_readers_that_look_less_closely(said: Said) -> None:
    odd = replace(said.reports[2], title="", authors=("NHS/HSE: peers? <x>" + "é" * 300,))
    root, _, _ = _project(replace(said, reports={**said.reports, 2: odd}))
    kept = []
    for source in root.iter(f"{Q}TextSource"):
        for selection in source.iter(f"{Q}PlainTextSelection"):
            owner = selection.get("creatingUser")
            place = (selection.get("startPosition"), selection.get("endPosition"))
            codings = list(selection.iter(f"{Q}Coding"))
            assert {coding.get("creatingUser") for coding in codings} == {owner}
            kept += [(coding[0].get("targetGUID"), place, owner) for coding in codings]
    assert len(set(kept)) == len(kept) == 4
    names = [source.get("name", "") for source in root.iter(f"{Q}TextSource")]
    assert names[1].startswith("2 NHS HSE peers x é")
    assert len({name.casefold() for name in names}) == len(names)
    assert all(re.fullmatch(r"[^\\/:*?\"<>|\n]+", n) and len(n.encode()) < 250 for n in names)


# Each coding stands on the words that were annotated, in NFC, under the child of its direction;
# what has no word in a project is counted and not written.
def test_each_coding_stands_on_its_words(said: Said) -> None:
    root, texts, _ = _project(said)
    names = {e.get("guid"): e.get("name") for e in root.iter(f"{Q}Code")}
    users = {e.get("guid"): e.get("name") for e in root.iter(f"{Q}User")}
    found = []
    for source in root.iter(f"{Q}TextSource"):
        text = texts["sources/" + source.get("plainTextPath", "").removeprefix("internal://")]
        assert text == unicodedata.normalize("NFC", text)
        for selection in source.iter(f"{Q}PlainTextSelection"):
            start, end = (int(selection.get(n, "")) for n in ("startPosition", "endPosition"))
            for coding in selection.iter(f"{Q}Coding"):
                code = names[coding[0].get("targetGUID")]
                found.append((text[start:end], code, users[coding.get("creatingUser")]))
    assert found == [
        ("Pay was low.", "Loudness › unclear", "=ben"),
        ("Pay was low.", "Loudness › barrier", "ana"),
        ("Pay was low.", "Loudness › barrier", "cem (consensus)"),
        ("Noël agreed.", "gone_theme › barrier", "ana"),
    ]
    done = write_qdpx(io.BytesIO(), said, NOW)
    assert (done.sources, done.codings, done.rejected, done.gone) == (2, 4, 1, 0)
    assert done.beyond_bmp == ()


# An annotation whose words are gone is counted as such; one whose words moved is found again.
def test_words_that_moved_are_found_again(said: Said) -> None:
    moved = _report(abstract="New first sentence \U0001f600. Pay was low. Bells helped.")
    root, texts, _ = _project(replace(said, reports={**said.reports, 1: moved}))
    for selection in root.iter(f"{Q}PlainTextSelection"):
        start, end = (int(selection.get(n, "")) for n in ("startPosition", "endPosition"))
        assert "Pay was low." in {text[start:end] for text in texts.values()}
    done = write_qdpx(io.BytesIO(), replace(said, reports={**said.reports, 1: moved}), NOW)
    assert (done.codings, done.gone, done.beyond_bmp) == (3, 1, (1,))


# The same review gives the same bytes, so that two exports can be compared.
def test_the_same_project_is_the_same_bytes(said: Said) -> None:
    first, second = io.BytesIO(), io.BytesIO()
    write_qdpx(first, said, NOW)
    write_qdpx(second, said, NOW)
    assert first.getvalue() == second.getvalue()


# A project without anything in it has no empty list, which the schema forbids.
def test_a_project_of_nothing_has_the_form_too(protocol, codebook) -> None:
    root, texts, _ = _project(Said(protocol=protocol, codebook=codebook, reports={}))
    _check_form(root, Q)
    assert texts == {}


# The codebook is a code for each theme with a child for each direction, under ids that stay.
def test_the_codebook_is_a_tree_of_codes(protocol, codebook) -> None:
    document = qdc_of(protocol, codebook)
    root = ET.fromstring(document)
    namespace = "{urn:QDA-XML:codebook:1.0}"
    _check_form(root, namespace)
    themes = root[0]
    assert [theme.get("name") for theme in themes] == ["Loudness", "Colour"]
    assert [code.get("name") for code in themes[0].findall(f"{namespace}Code")] == [
        "Loudness › facilitator", "Loudness › barrier", "Loudness › both", "Loudness › unclear",
    ]  # fmt: skip
    assert document == qdc_of(protocol, codebook)


# Web annotations carry theme and direction as bodies and both selectors, and a refusal of a theme
# does not classify with it.
def test_web_annotations_name_theme_direction_and_place(said: Said) -> None:
    out = io.StringIO()
    write_web_annotations(out, said)
    told = json.loads(out.getvalue())
    assert (told["type"], told["total"]) == ("AnnotationCollection", 5)
    assert told["@context"][0] == "http://www.w3.org/ns/anno.jsonld"
    items = told["first"]["items"]
    assert [item["motivation"] for item in items].count("assessing") == 1
    assert len({item["id"] for item in items}) == 5
    first = items[0]
    assert [body["source"] for body in first["body"]] == [
        "urn:living-review:tiny:theme:loudness",
        "urn:living-review:tiny:direction:barrier",
    ]
    assert first["target"]["source"]["via"] == "https://doi.org/10.5555/invented.1"
    exact, position = first["target"]["selector"]
    text = said.reports[1].text
    assert (exact["type"], position["type"]) == ("TextQuoteSelector", "TextPositionSelector")
    assert text[position["start"] : position["end"]] == exact["exact"] == "Pay was low."
    assert text.index(exact["prefix"] + exact["exact"] + exact["suffix"]) >= 0


_LETTERS = st.text(
    st.sampled_from("ae\u0301\u0308\u0323ᄀ각\u11a8 \r\n\U0001f600\x0c\u2028क\u093cq\u0958"),
    max_size=12,
)


# Whatever letters a text has, a quote of whole letters stands on the same words in its plain form,
# and leads back to a range that holds them.
@given(before=_LETTERS, words=_LETTERS, after=_LETTERS)
def test_positions_lead_there_and_back(before: str, words: str, after: str) -> None:
    words = f"x{words}y"
    text = f"{before}|{words}|{after}"
    made = plain_text(text)
    start = len(before) + 1
    place = made.place(quote_from(text, start, start + len(words)))
    assert place is not None
    assert made.plain[slice(*place)] == plain_text(words).plain
    back = made.back(*place)
    assert plain_text(text[slice(*back)]).plain == plain_text(words).plain
