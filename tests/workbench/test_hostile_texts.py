"""Whatever a record says, and however long it is, a page shows it and does nothing it says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from review.annotations import Direction, Passage, PassageTags, ThemeScore
from review.decisions import (
    Answer,
    Assessment,
    CriterionAnswer,
    Decision,
    Stage,
    Verdict,
    quote_from,
)
from review.protocol import Protocol
from review.records import Record, Report
from review.reopenings import Cause, Reopening
from review.store.annotations import keep_suggestions
from review.store.assessments import keep_assessments
from review.store.decisions import keep_decision, keep_reviewer
from review.store.records import find_reports, keep_members, keep_records
from review.store.reopenings import keep_reopenings
from review.store.runs import open_run, open_search
from review.store.session import Session, open_store

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

TURN = "\u202e"
HOSTILE = f"\"'><script>alert(1)</script><img src=x onerror=alert(2)>{TURN}\u2066{{{{ 7 * 7 }}}}"
MEGABYTE = 1_000_000
SENTENCE = f"Peer workers {HOSTILE} were paid badly. "
PAGES = (
    "/",
    "/screening/1",
    "/screening/full-text/2",
    "/screening/find?q=alert",
    "/passages?study=1",
    "/passages?lane=likely",
    "/reopened",
    "/duplicates?a=3&b=4",
    "/conflicts",
    "/agreement",
)


class _Page(HTMLParser):
    """The elements of a page, and the words it shows."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, protocol: Protocol) -> Iterator[TestClient]:
    from review.settings import CHECKOUT, Settings
    from tests.workbench.conftest import visit

    home = tmp_path_factory.mktemp("hostile")
    settings = Settings(
        database=f"sqlite:///{home / 'review.db'}",
        home=home,
        protocol=CHECKOUT / "data/protocol/peer-support",
        models=CHECKOUT / "models",
        blind_share=0,
        planted_share=0,
    )
    store = open_store(settings.database)
    with store.session() as session:
        _fill(session, protocol, datetime.fromisoformat("2026-03-02T06:00+00:00"))
        session.commit()
    store.close()
    with visit(settings, "eve") as opened:
        yield opened


def _fill(session: Session, protocol: Protocol, now: datetime) -> None:
    """Two long and hostile reports, one of them disputed and changed, and two short ones."""
    run_id = open_run(session, "update", protocol, now)
    search_id = open_search(session, run_id, source=HOSTILE, address=HOSTILE, now=now)
    long = SENTENCE * (MEGABYTE // len(SENTENCE))
    first = Record(
        source="pubmed",
        source_id="1",
        title=f"Peer workers at length {HOSTILE}",
        authors=(f"{HOSTILE}, Ann",),
        journal=HOSTILE,
        year=2020,
        abstract=long,
    )
    second = replace(first, source_id="2", title=f"Another thing {HOSTILE}")
    vague = Record(source="psycinfo", source_id="3", title=f"What staff say {HOSTILE} of work")
    other = replace(vague, source="openalex", source_id="4", title=vague.title + " on wards")
    made = [first, second, vague, other]
    keep_records(session, search_id, list(enumerate(made, start=1)), now)
    keep_members(session, {1: 1, 2: 2, 3: 3, 4: 4})
    reports = find_reports(session, [1, 2])
    keep_assessments(session, run_id, [(r, _judged(r, protocol)) for r in reports.values()], now)
    keep_suggestions(session, run_id, HOSTILE, [(r, [_tags(r)]) for r in reports.values()], now)
    for name, report_id, stage, verdict in (
        ("ana", 2, Stage.TITLE_ABSTRACT, Verdict.INCLUDE),
        ("ana", 2, Stage.FULL_TEXT, Verdict.INCLUDE),
        ("ben", 2, Stage.FULL_TEXT, Verdict.UNSURE),
    ):
        keep_reviewer(session, name, "reviewer", now)
        said = Decision(
            decision_id=f"{name} {stage}",
            report_id=report_id,
            stage=stage,
            reviewer=name,
            verdict=verdict,
            exclusion_reason=None,
            decided_at=now,
        )
        keep_decision(session, said)
    changed = Reopening(
        report_id=2,
        cause=Cause.TEXT_CHANGED,
        text_before=f"{HOSTILE}\n{HOSTILE}",
        text_after=reports[2].text,
        opened_at=now,
    )
    keep_reopenings(session, run_id, [changed])


def _judged(report: Report, protocol: Protocol) -> Assessment:
    said = CriterionAnswer(
        criterion=protocol.criteria[0].key,
        answer=Answer.MET,
        probability=0.9,
        quote=quote_from(report.text, 0, 60),
    )
    return Assessment(
        verdict=Verdict.INCLUDE, probability=0.9, exclusion_reason=None, answers=(said,), model="m"
    )


def _tags(report: Report) -> PassageTags:
    start = report.text.index(SENTENCE)
    scored = ThemeScore(
        theme="financial_arrangements",
        score=0.8,
        suggested=True,
        direction=Direction.BARRIER,
        direction_score=0.9,
        nearest=HOSTILE,
    )
    quote = quote_from(report.text, start, start + len(SENTENCE) - 1)
    return PassageTags(
        passage=Passage(quote=quote, position=0, section=HOSTILE), relevance=0.9, themes=(scored,)
    )


# The pages that show a record say its words as words, run and fetch nothing of it, and keep the
# order of their own; a report of a megabyte is there in a moment, once and not many times over.
@pytest.mark.parametrize("address", PAGES)
def test_a_page_shows_what_a_stranger_wrote_and_no_more(client: TestClient, address: str) -> None:
    began = time.monotonic()
    answer = client.get(address)
    took = time.monotonic() - began
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src")
    assert "unsafe" not in answer.headers["content-security-policy"]
    page = _Page(answer.text)
    scripts = [attrs.get("src") or "" for tag, attrs in page.elements if tag == "script"]
    assert all(source.startswith("/static/") for source in scripts)
    assert "img" not in {tag for tag, _ in page.elements}
    assert not [a for _, attrs in page.elements for a in attrs if a.startswith("on")]
    assert TURN not in answer.text
    assert "\u2066" not in answer.text
    assert "49" not in page.words
    if address not in ("/", "/agreement"):
        assert "<script>alert(1)</script>" in page.words
    assert len(page.words) < 4 * MEGABYTE
    assert took < 5
