"""A small review with two reports and a suggestion on each, made with the store's own verbs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from review.annotations import Direction, Passage, PassageTags, ThemeScore
from review.decisions import Assessment, Verdict, quote_from
from review.protocol import Protocol
from review.records import Record
from review.settings import CHECKOUT, Settings
from review.store.annotations import keep_suggestions
from review.store.assessments import keep_assessments
from review.store.records import find_reports, keep_members, keep_records
from review.store.runs import RunState, close_run, close_search, open_run, open_search
from review.store.session import Session, open_store

TITLES = ("Peer workers <script>alert(1)</script> & pay", "=Supervision on wards")
PASSAGES = ("Pay was low & late.", "Supervision helped peers to stay.")


@dataclass(frozen=True, kw_only=True)
class SmallReview:
    settings: Settings
    home: Path


@pytest.fixture
def small_review(tmp_path: Path, protocol: Protocol, now: datetime) -> SmallReview:
    settings = Settings(
        database=f"sqlite:///{tmp_path / 'review.db'}",
        home=tmp_path,
        protocol=CHECKOUT / "data/protocol/peer-support",
        models=CHECKOUT / "models",
    )
    store = open_store(settings.database)
    with store.session() as session:
        _fill(session, protocol, now)
        session.commit()
    store.close()
    return SmallReview(settings=settings, home=tmp_path)


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
