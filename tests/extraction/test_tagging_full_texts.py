"""Full texts on file are tagged beside abstracts, once each, and what people said of them stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from extraction.model import ExtractionModel
from extraction.tag import Tagger, TaggingSummary, tag
from identification.attach import attach
from review.annotations import Annotation, AnnotationVerdict
from review.decisions import Decision, Stage, Verdict
from review.errors import InputError
from review.language import Encoder
from review.models import ModelFacts
from review.protocol import Protocol
from review.records import Record, hash_text
from review.store.annotations import (
    SuggestionRow,
    count_open_suggestions,
    find_annotations,
    find_suggestions,
    keep_annotation,
)
from review.store.decisions import keep_decision, keep_reviewer
from review.store.readings import find_readings, load_reading
from review.store.records import keep_members, keep_records
from review.store.runs import open_run, open_search
from review.store.session import Session, Store
from tests.standins.pdf import make_pdf, set_in_lines

_ABSTRACT = "RESULTS: Lack of water killed the seedlings."
_SAID = "Teachers who loved gardening kept the club alive for years."
JATS = (
    "<article><front/><body><sec><title>Methods</title><p>We interviewed forty pupils. Lack of "
    "water killed two gardens.</p></sec>"
    f"<sec><title>Results</title><p>{_SAID} Lack of water killed the seedlings.</p></sec>"
    "</body></article>"
).encode()
PDF = make_pdf([[("Results", 13.0), *set_in_lines(f"A second time. {_SAID} " * 12)]])


@pytest.fixture
def session(store: Store, protocol: Protocol, now: datetime):
    """Two reports on school gardens that a person included."""
    with store.session() as session:
        run_id = open_run(session, "import", protocol, now)
        search_id = open_search(session, run_id, source="file", address="x.ris", now=now)
        records = [
            Record(source="file", source_id=str(n), title=f"Gardens {n}", abstract=_ABSTRACT)
            for n in (1, 2)
        ]
        keep_records(session, search_id, list(enumerate(records)), now)
        keep_members(session, {1: 1, 2: 2})
        keep_reviewer(session, "ana", "reviewer", now)
        for report_id in (1, 2):
            _decide(session, report_id, Stage.TITLE_ABSTRACT, Verdict.INCLUDE, now)
        yield session


def _decide(
    session: Session, report_id: int, stage: Stage, verdict: Verdict, now: datetime
) -> None:
    decision = Decision(
        decision_id=f"{report_id}{stage}{verdict}",
        report_id=report_id,
        stage=stage,
        reviewer="ana",
        verdict=verdict,
        decided_at=now,
        exclusion_reason="online_only" if verdict is Verdict.EXCLUDE else None,
    )
    keep_decision(session, decision)


@pytest.fixture
def tag_all(
    session: Session, garden_model: ExtractionModel, encoder: Encoder, tmp_path: Path, now: datetime
) -> Callable[..., TaggingSummary]:
    facts = ModelFacts(
        task="", name="m", version="1", fingerprint="", thresholds=(), figures=(), evaluated=""
    )
    tagger = Tagger(model=garden_model, encoder=encoder, name="m", facts=facts)

    def call(limit: int | None = None) -> TaggingSummary:
        return tag(session, tagger, run_id=1, raw=tmp_path / "raw", now=now, limit=limit)

    return call


@pytest.fixture
def put(session: Session, tmp_path: Path, now: datetime) -> Callable[[int, bytes], None]:
    def call(report_id: int, content: bytes) -> None:
        attach(
            session,
            report_id,
            content,
            name="a.pdf",
            media_type="application/pdf",
            run_id=1,
            raw=tmp_path / "raw",
            now=now,
        )

    return call


def _of_full_text(session: Session) -> list[SuggestionRow]:
    readings = {reading.text_hash for reading in find_readings(session).values()}
    return [row for row in find_suggestions(session) if row.text_hash in readings]


# Abstract and full text are both tagged; what the abstract says already is not put twice; a second
# run adds nothing; and the text that was read is kept under the hash that passages name.
def test_a_full_text_is_tagged_once_beside_the_abstract(session, tag_all, put, tmp_path) -> None:
    put(1, JATS)
    first = tag_all()
    assert (first.tagged, first.full_texts, first.remaining, first.refused) == (2, 1, 0, ())
    assert tag_all() == TaggingSummary()
    reading = find_readings(session)[1]
    text = load_reading(reading, tmp_path / "raw")
    assert hash_text(text) == reading.text_hash
    rows = _of_full_text(session)
    assert {(row.quote.exact, row.section) for row in rows} == {(_SAID, "results")}
    assert all(text[row.quote.start : row.quote.end] == row.quote.exact for row in rows)
    abstracts = [row for row in find_suggestions(session) if row.text_hash != reading.text_hash]
    assert {row.report_id for row in abstracts} == {1, 2}


# Under a heading of methods nothing is suggested, whatever the words; what the machine thought of
# them is kept.
def test_nothing_is_suggested_for_methods(session, tag_all, put) -> None:
    put(1, JATS)
    assert tag_all().passages > len(find_suggestions(session))
    assert not any("killed two gardens" in row.quote.exact for row in find_suggestions(session))
    put(2, JATS.replace(b"Methods", b"Results"))
    tag_all()
    assert any("killed two gardens" in row.quote.exact for row in find_suggestions(session))


# Tagging stops where it is told to and goes on from there.
def test_a_limit_counts_abstracts_and_full_texts(tag_all, put) -> None:
    put(1, JATS)
    parts = [tag_all(limit=1) for _ in range(3)]
    assert [(p.tagged, p.full_texts, p.remaining) for p in parts] == [
        (1, 0, 2),
        (1, 0, 1),
        (0, 1, 0),
    ]


# A newer file takes the place of the older; what people verified in the older stays verified.
def test_a_newer_full_text_replaces_the_suggestions_and_no_annotation(
    session, tag_all, put, now
) -> None:
    put(1, JATS)
    tag_all()
    [row, *_] = _of_full_text(session)
    said = Annotation(
        annotation_id="a",
        report_id=1,
        text_hash=row.text_hash,
        quote=row.quote,
        theme=row.theme,
        verdict=AnnotationVerdict.ACCEPT,
        direction=row.direction,
        reviewer="ana",
        annotated_at=now,
        codebook_version="1",
        suggestion_id=row.suggestion_id,
    )
    keep_annotation(session, said)
    put(1, PDF)
    assert tag_all().full_texts == 1
    again = _of_full_text(session)
    assert again
    assert all(new.text_hash != row.text_hash for new in again)
    assert find_annotations(session) == [said]
    assert count_open_suggestions(session) == len(find_suggestions(session))


# What people excluded, on whatever stage, is not read further.
@pytest.mark.parametrize("stage", list(Stage))
def test_a_full_text_of_an_excluded_report_is_not_tagged(session, tag_all, put, now, stage) -> None:
    put(1, JATS)
    _decide(session, 1, stage, Verdict.EXCLUDE, now)
    assert tag_all().full_texts == 0


# A file without text is told of once, with the remedy; it stops nothing.
def test_a_file_that_holds_no_text_is_told_once(tag_all, put) -> None:
    put(1, b"<html>Please log in</html>")
    put(2, JATS)
    done = tag_all()
    assert (done.full_texts, done.remaining) == (2, 0)
    [sentence] = done.refused
    assert sentence.startswith("the full text of report 1: ")
    assert "save it" in sentence
    assert tag_all() == TaggingSummary()


# A file lost from raw/ is said, with its name: it cannot be made up for.
def test_a_lost_file_is_named(tag_all, put, tmp_path) -> None:
    put(1, JATS)
    for kept in (tmp_path / "raw").rglob("*.gz"):
        kept.unlink()
    with pytest.raises(InputError, match="restore it from a backup"):
        tag_all()


# In another language nothing is suggested, and how many texts that concerns is said.
def test_texts_in_another_language_are_counted_and_left_to_people(
    session, tag_all, put, garden_model
) -> None:
    german = (
        "Die Lehrkräfte berichteten, dass ohne Wasser im Sommer alle Beete vertrocknet sind. "
        "Der Verein wurde von begeisterten Lehrerinnen über viele Jahre am Leben gehalten. "
    )
    put(1, f"<article><body><p>{german}</p></body></article>".encode())
    assert garden_model.language == "en"
    done = tag_all()
    assert done.other_language == 1
    assert _of_full_text(session) == []


# A number that names no report is refused with a hint where numbers stand.
def test_an_unknown_report_is_named(put) -> None:
    with pytest.raises(InputError, match=r"no report 77; its number stands in"):
        put(77, JATS)
