"""Full texts from the command line to the pages: what came is told, what did not is told, too."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from reporting.compile import compile_edition
from reporting.render import render_edition
from review.annotations import Annotation, AnnotationVerdict, Direction
from review.decisions import Decision, Quote, Stage, Verdict
from review.records import Record
from review.store.annotations import find_suggestions, keep_annotation
from review.store.decisions import keep_decision, keep_reviewer
from review.store.full_texts import load_full_text
from review.store.records import find_reports, keep_members, keep_records
from review.store.runs import find_last_runs, open_search
from review.store.session import Session, open_store
from tests.standins.europepmc import EuropePmcStandIn
from tests.standins.jats import make_jats
from tests.standins.library import make_record
from tests.standins.pdf import HEADING, make_pdf, set_in_lines
from tests.standins.serving import served
from tests.standins.world import World
from workbench.app import create_app

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def standin() -> EuropePmcStandIn:
    records = [make_record(n, pmcid=f"PMC7000{n}") for n in (1, 2)]
    for record in records:
        record["full_text"] = make_jats(record)
    return EuropePmcStandIn(World(records))


@pytest.fixture
def run(
    run: Run, small_review: Any, standin: EuropePmcStandIn, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """Runs a verb on the small review, to which two included reports of the world were added."""
    with served(standin) as address:
        monkeypatch.setenv("LIVING_REVIEW_HOME", str(small_review.home))
        monkeypatch.setenv("LIVING_REVIEW_EMAIL", "review@example.org")
        monkeypatch.setenv("LIVING_REVIEW_EUROPEPMC_ADDRESS", address)
        with _session(small_review) as session:
            _include_two(session, small_review)
        yield run


@contextmanager
def _session(review: Any) -> Iterator[Session]:
    store = open_store(review.settings.database)
    with store.session() as session:
        yield session
    store.close()


def _include_two(session: Session, review: Any) -> None:
    [run_now] = find_last_runs(session, 1)
    now = run_now.started_at
    keep_reviewer(session, "ana", "reviewer", now)
    search = open_search(session, run_now.run_id, source="pubmed", address="b.nbib", now=now)
    for n in (1, 2):
        name = str(40_000_000 + n)
        record = Record(source="pubmed", source_id=name, title=f"Peers {n}", pmid=name)
        [key] = keep_records(session, search, [(n, record)], now).ids
        keep_members(session, {key: key})
        keep_decision(
            session,
            Decision(
                decision_id=name,
                report_id=key,
                stage=Stage.TITLE_ABSTRACT,
                reviewer="ana",
                verdict=Verdict.INCLUDE,
                decided_at=now,
            ),
        )
    session.commit()


# Without an address to be written to, nobody is asked.
def test_without_an_email_no_full_text_is_asked_for(
    run: Run, standin: EuropePmcStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIVING_REVIEW_EMAIL")
    code, out, err = run("retrieve")
    assert (code, out) == (1, "")
    assert "LIVING_REVIEW_EMAIL" in err
    assert standin.asked == []


# What came is counted, kept and shown; the same again finds nothing to do.
def test_full_texts_are_fetched_once_and_counted_on_the_pages(
    run: Run, small_review: Any, protocol: Any, codebook: Any
) -> None:
    counts = {"retrieved": 2, "not_open": 0, "without_id": 0, "remaining": 0, "refused": 0}
    code, out, _ = run("retrieve", "--json")
    assert (code, json.loads(out)) == (0, counts)
    code, out, _ = run("retrieve")
    assert code == 0
    assert out.startswith("Full texts: 0 retrieved, 0 not open")
    app = create_app(small_review.settings, "ana")
    with TestClient(app, base_url="http://127.0.0.1") as client:
        page = client.get("/").text
    app.state.desk.store.close()
    assert "Full texts on file: 2 of 2 sought." in page
    with _session(small_review) as session:
        [last] = find_last_runs(session, 1)
        edition = compile_edition(
            session, protocol, codebook, models=(), run_id=last.run_id, now=last.started_at
        )
        assert (edition.full_texts, edition.counts.sought) == (2, 2)
        assert "Full texts on file: 2 of 2 sought." in render_edition(edition)
        found = load_full_text(session, 3, small_review.settings.raw)
        assert found is not None
        assert b"service 1" in found


# A document of another report is named to the person who asked.
def test_a_document_of_another_report_is_named(run: Run, standin: EuropePmcStandIn) -> None:
    first, second = standin.world.records
    first["full_text"] = second["full_text"]
    code, out, _ = run("retrieve")
    assert code == 0
    assert "Full texts: 1 retrieved" in out
    assert "refused: the full text PMC70001 is not that of report 3" in out


# What had no answer degrades the run in a sentence; what came is kept, and an edition can be made.
def test_a_full_text_without_an_answer_degrades_the_run(
    run: Run, standin: EuropePmcStandIn, small_review: Any, protocol: Any, codebook: Any
) -> None:
    standin.forbidden = {"PMC70001"}
    code, out, err = run("retrieve")
    assert code == 1
    assert "Full texts: 1 retrieved" in out
    assert "full texts sought and not answered for: 1;" in err
    assert "PMC70001" in err
    assert not re.search("Traceback|review@example.org", out + err)
    with _session(small_review) as session:
        [last] = find_last_runs(session, 1)
        assert last.state == "degraded"
        edition = compile_edition(
            session, protocol, codebook, models=(), run_id=last.run_id, now=last.started_at
        )
    page = render_edition(edition)
    assert "Full texts on file: 1 of 2 sought." in page
    assert "1 full text was sought and no answer came" in page


# A full text that a person has is put on file and tagged with the rest; the same command on what
# holds no text, or names no report, is refused in a sentence and keeps nothing.
def test_a_full_text_at_hand_is_attached_and_tagged(
    run: Run, small_review: Any, tmp_path: Path
) -> None:
    said = "Peer workers lacked supervision and that wore them out. Low pay made peers leave. "
    file = tmp_path / "peers.pdf"
    file.write_bytes(make_pdf([[("Results", HEADING), *set_in_lines(said * 8)]]))
    code, out, _ = run("retrieve", "--attach", "3", str(file))
    assert (code, out) == (0, "On file: 1 paragraphs of report 3, “Peers 1”.\n")
    code, out, _ = run("retrieve", "--attach", "3", str(file), "--json")
    assert (code, json.loads(out)) == (0, {"report": 3, "paragraphs": 1})
    code, out, _ = run("tag")
    assert code == 0
    assert "Among the passages are those of 1 full texts." in out
    with _session(small_review) as session:
        assert any(
            row.quote.exact == "Low pay made peers leave."
            for row in find_suggestions(session, report_ids=[3])
        )


@pytest.mark.parametrize(
    ("report", "content", "sentence"),
    [
        ("3", b"%PDF-1.7 nothing", "peers.pdf: the PDF is damaged"),
        ("3", b"<html></html>", "peers.pdf: the full text is neither a PDF nor JATS"),
        ("3", None, "peers.pdf: cannot be read (No such file or directory)"),
        ("99", b"<article><body><p>Low pay.</p></body></article>", "there is no report 99"),
    ],
)
def test_what_cannot_be_attached_is_refused(
    run: Run, tmp_path: Path, report: str, content: bytes | None, sentence: str
) -> None:
    file = tmp_path / "peers.pdf"
    if content is not None:
        file.write_bytes(content)
    code, out, err = run("retrieve", "--attach", report, str(file))
    assert (code, out) == (1, "")
    assert sentence in err
    assert "Traceback" not in err


# What a person verified in words that have since changed is told after tagging, with both wordings.
def test_annotations_on_changed_words_are_told(run: Run, small_review: Any) -> None:
    with _session(small_review) as session:
        report = find_reports(session, [3])[3]
        keep_annotation(
            session,
            Annotation(
                annotation_id="old",
                report_id=3,
                text_hash="of an older text",
                quote=Quote(start=0, end=6, exact="Peers 7", prefix="", suffix="\n"),
                theme="psw_training",
                verdict=AnnotationVerdict.ACCEPT,
                direction=Direction.BARRIER,
                reviewer="ana",
                annotated_at=datetime(2026, 3, 2, tzinfo=UTC),
                codebook_version="1",
            ),
        )
        session.commit()
    assert report.title == "Peers 1"
    code, _, err = run("tag")
    assert code == 0
    said = "look again: report 3, psw_training, accept by ana: “Peers 7” is now “Peers 1”"
    assert said in err
