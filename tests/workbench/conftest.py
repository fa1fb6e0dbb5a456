"""A small review with two reports and a suggestion on each, made with the store's own verbs."""

from __future__ import annotations

import re
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, sync_playwright

from identification.join import join_duplicates
from review.annotations import (
    Annotation,
    AnnotationVerdict,
    Direction,
    Note,
    Passage,
    PassageTags,
    ThemeScore,
)
from review.decisions import (
    Answer,
    Assessment,
    Decision,
    DecisionAnswer,
    Stage,
    Verdict,
    quote_from,
)
from review.protocol import Protocol
from review.records import Record, Report
from review.reopenings import Cause, Reopening
from review.settings import CHECKOUT, Settings
from review.store.annotations import find_suggestions, keep_annotation, keep_suggestions
from review.store.assessments import keep_assessments
from review.store.decisions import keep_decision, keep_reviewer
from review.store.duplicates import find_open_questions
from review.store.notes import keep_note
from review.store.records import find_reports, keep_members, keep_records
from review.store.reopenings import keep_reopenings
from review.store.runs import RunState, close_run, close_search, open_run, open_search
from review.store.session import Session, open_store
from tests.standins.waiting import fill_queue
from workbench.app import create_app
from workbench.cli import main

# A closed network: the browser must not look for its maker's hosts.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Run = Callable[..., tuple[int, str, str]]
TITLES = ("Peer workers <script>alert(1)</script> & pay", "=Supervision on wards")
PASSAGES = ("Pay was low & late.", "Supervision helped peers to stay.")


@dataclass(frozen=True, kw_only=True)
class SmallReview:
    settings: Settings
    home: Path


@contextmanager
def visit(settings: Settings, reviewer: str | None) -> Iterator[TestClient]:
    """A browser without scripts at the workbench, for one person or before anyone signed in.

    It sends the token of its session with everything, as every form does.
    """
    app = create_app(settings, reviewer)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        carry_token(client)
        yield client
    app.state.desk.store.close()


def carry_token(client: TestClient) -> None:
    """Take the token of the present session along."""
    [token] = re.findall(r'<meta name="csrf" content="([^"]+)">', client.get("/sign-in").text)
    client.headers["X-CSRF-Token"] = token


@pytest.fixture(name="visit")
def visit_fixture() -> Callable[..., AbstractContextManager[TestClient]]:
    return visit


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a verb as a shell does; gives exit code, standard output and standard error.

    On a home of its own, with no setting of the machine's; a test may set others.
    """
    for name in ("DATABASE", "PROTOCOL", "MODELS", "ENCODER", "DEBUG"):
        monkeypatch.delenv(f"LIVING_REVIEW_{name}", raising=False)
    monkeypatch.setenv("LIVING_REVIEW_HOME", str(tmp_path / "home"))

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["living-review", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


@pytest.fixture
def small_review(tmp_path: Path, protocol: Protocol, now: datetime) -> SmallReview:
    settings = Settings(
        database=f"sqlite:///{tmp_path / 'review.db'}",
        home=tmp_path,
        protocol=CHECKOUT / "data/protocol/peer-support",
        models=CHECKOUT / "models",
        blind_share=0,
        planted_share=0,
    )
    store = open_store(settings.database)
    with store.session() as session:
        _fill(session, protocol, now)
        session.commit()
    store.close()
    return SmallReview(settings=settings, home=tmp_path)


@pytest.fixture
def changed_review(small_review: SmallReview, now: datetime) -> SmallReview:
    """The same, with both reports decided upon and changed since.

    ana included the first on title and abstract: its text changed and it was retracted. ben and
    cem disagree on the full text of the second, which was corrected.
    """
    store = open_store(small_review.settings.database)
    with store.session() as session:
        for n, (report_id, stage, who, verdict, reason) in enumerate(
            [
                (1, Stage.TITLE_ABSTRACT, "ana", Verdict.INCLUDE, None),
                (2, Stage.TITLE_ABSTRACT, "ana", Verdict.INCLUDE, None),
                (2, Stage.FULL_TEXT, "ben", Verdict.EXCLUDE, "informal"),
                (2, Stage.FULL_TEXT, "cem", Verdict.UNSURE, None),
            ]
        ):
            keep_reviewer(session, who, "reviewer", now)
            said = Decision(
                decision_id=str(n),
                report_id=report_id,
                stage=stage,
                reviewer=who,
                verdict=verdict,
                exclusion_reason=reason,
                decided_at=now,
            )
            keep_decision(session, said)
        keep_reopenings(session, 1, _openings(find_reports(session, [1, 2]), now))
        session.commit()
    store.close()
    return small_review


@pytest.fixture
def queue_settings(small_review: SmallReview, protocol: Protocol, now: datetime) -> Settings:
    """Fourteen more reports that await screening, as ``fill_queue`` says."""
    store = open_store(small_review.settings.database)
    with store.session() as session:
        fill_queue(session, protocol, now)
        session.commit()
    store.close()
    return small_review.settings


@pytest.fixture
def doubtful_review(small_review: SmallReview, now: datetime) -> SmallReview:
    """The same, with records 3 to 8: 3 and 4 are joined, of 5 and 6 and of 7 and 8 it is asked."""
    article = Record(
        source="psycinfo",
        source_id="sha256:1",
        title="Implementing peer support work in community mental health services",
        abstract="Background: We interviewed peer workers in acute wards about their pay. " * 8,
        authors=("Doe, Jane", "Roe, Richard"),
        year=2018,
        journal="Journal of Mental Health",
        volume="27",
        issue="3",
        pages="365-371",
        doi="10.1000/jmh.1",
    )
    vague = [
        Record(
            source="openalex",
            source_id=f"W{n}",
            title=f"{place}: what <b>staff</b> say about their new colleagues{end}",
            authors=(author,),
            year=2020,
            abstract="" if end else "Staff were asked what they thought of peer workers.",
        )
        for place, author in (
            ("Peer support in prisons", "Poe, Edgar"),
            ("Lived experience at work in emergency departments", "Quick, Ann"),
        )
        for n, end in ((len(place), ""), (len(place) + 1, " on wards"))
    ]
    copy = replace(
        article, source="pubmed", source_id="77", journal="J Ment Health", pages="365-71"
    )
    store = open_store(small_review.settings.database)
    with store.session() as session:
        search_id = open_search(session, 1, source="psycinfo", address="b.ris", now=now)
        keep_records(session, search_id, list(enumerate([article, copy, *vague], start=1)), now)
        join_duplicates(session, run_id=1, now=now)
        assert len(find_open_questions(session)) == 2
        session.commit()
    store.close()
    return small_review


@pytest.fixture(scope="session")
def browser(needs: Any) -> Iterator[Browser]:
    program = shutil.which("chromium")
    needs(program is not None, "Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield opened
        opened.close()


@contextmanager
def served(settings: Settings, reviewer: str | None, port: int = 0) -> Iterator[str]:
    """A real server of the workbench while it lasts; yields its address."""
    app = create_app(settings, reviewer)
    if not port:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()
    app.state.desk.store.close()


@pytest.fixture(name="served")
def served_fixture() -> Callable[..., AbstractContextManager[str]]:
    return served


def _openings(reports: dict[int, Report], now: datetime) -> list[Reopening]:
    later = now + timedelta(weeks=1)
    before = reports[1].text.replace("low & late", "fair & <b>in time</b>")
    notices = [
        (1, Cause.RETRACTION, "10.5555/notice.1", "crossref"),
        (2, Cause.CORRECTION, "98", "pubmed"),
    ]
    return [
        Reopening(
            report_id=1,
            cause=Cause.TEXT_CHANGED,
            text_before=before,
            text_after=reports[1].text,
            opened_at=later,
        ),
        *(
            Reopening(
                report_id=report_id,
                cause=cause,
                notice_id=notice_id,
                source=source,
                text_before=reports[report_id].text,
                text_after=reports[report_id].text,
                opened_at=later,
            )
            for report_id, cause, notice_id, source in notices
        ),
    ]


def _fill(session: Session, protocol: Protocol, now: datetime) -> None:
    run_id = open_run(session, "update", protocol, now)
    search_id = open_search(session, run_id, source="pubmed", address="a.nbib", now=now, expected=2)
    records = [
        Record(source="pubmed", source_id=str(n), title=title, abstract=passage)
        for n, (title, passage) in enumerate(zip(TITLES, PASSAGES, strict=True))
    ]
    keep_records(session, search_id, list(enumerate(records, start=1)), now)
    close_search(session, search_id, state=RunState.COMPLETED, refused=[], now=now)
    keep_members(session, {1: 1, 2: 2})
    reports = find_reports(session, [1, 2])
    verdict = Assessment(
        verdict=Verdict.INCLUDE, probability=0.9, exclusion_reason=None, answers=(), model="m"
    )
    keep_assessments(session, run_id, [(r, verdict) for r in reports.values()], now)
    tagged = [
        (reports[1], [_tags(reports[1].text, PASSAGES[0], "financial_arrangements", "barrier")]),
        (reports[2], [_tags(reports[2].text, PASSAGES[1], "psw_wellbeing_support", "facilitator")]),
    ]
    keep_suggestions(session, run_id, "m", tagged, now)
    close_run(session, run_id, RunState.COMPLETED, now)


def _tags(text: str, passage: str, theme: str, direction: str) -> PassageTags:
    start = text.index(passage)
    scored = ThemeScore(
        theme=theme,
        score=0.8,
        suggested=True,
        direction=Direction(direction),
        direction_score=0.9,
        nearest="An example of the codebook.",
    )
    return PassageTags(
        passage=Passage(quote=quote_from(text, start, start + len(passage)), position=0),
        relevance=0.9,
        themes=(scored,),
    )


@pytest.fixture
def disputed_review(small_review: SmallReview, now: datetime) -> SmallReview:
    """The same with ana and ben who differ, cem who is asked to read as well, and eve who settles.

    On title and abstract ana includes the first report and ben excludes it; of its passage ana
    accepts the theme, ben rejects it. Both wrote a note.
    """
    store = open_store(small_review.settings.database)
    with store.session() as session:
        for name, role in (
            ("ana", "reviewer"),
            ("ben", "reviewer"),
            ("cem", "adjudicator"),
            ("eve", "adjudicator"),
            ("max", "maintainer"),
        ):
            keep_reviewer(session, name, role, now)
        _disagree(session, now)
        session.commit()
    store.close()
    return small_review


def _disagree(session: Session, now: datetime) -> None:
    [row] = find_suggestions(session, report_ids=[1])
    for who, verdict, reason, answer, word, note in (
        ("ana", Verdict.INCLUDE, None, Answer.NOT_MET, AnnotationVerdict.ACCEPT, "ANA-NOTE"),
        ("ben", Verdict.EXCLUDE, "informal", Answer.MET, AnnotationVerdict.REJECT, "BEN-NOTE"),
    ):
        keep_decision(
            session,
            Decision(
                decision_id=f"d-{who}",
                report_id=1,
                stage=Stage.TITLE_ABSTRACT,
                reviewer=who,
                verdict=verdict,
                exclusion_reason=reason,
                decided_at=now,
                saw_assessment=False,
                answers=(
                    DecisionAnswer(criterion="informal", answer=answer, quote=row.quote),
                    DecisionAnswer(criterion="formal_peer_support", answer=Answer.MET),
                ),
            ),
        )
        keep_annotation(
            session,
            Annotation(
                annotation_id=f"a-{who}",
                report_id=1,
                text_hash=row.text_hash,
                quote=row.quote,
                theme=row.theme,
                verdict=word,
                direction=row.direction,
                reviewer=who,
                annotated_at=now,
                codebook_version="1",
                saw_suggestion=False,
            ),
        )
        keep_note(
            session,
            Note(note_id=f"n-{who}", report_id=1, reviewer=who, text=note, noted_at=now),
        )
