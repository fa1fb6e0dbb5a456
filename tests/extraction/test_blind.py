"""Only answers given before the machine's view was seen say how good it is."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from extraction.blind import FEWEST_PASSAGES, measure_blind
from review.annotations import (
    NOTHING,
    Annotation,
    AnnotationVerdict,
    Direction,
    Lane,
    Passage,
    PassageTags,
    ThemeScore,
)
from review.decisions import quote_from
from review.protocol import Codebook, Protocol
from review.records import Record, Report
from review.store.annotations import keep_annotation, keep_suggestions
from review.store.decisions import keep_reviewer
from review.store.records import find_reports, keep_members, keep_records
from review.store.runs import open_run, open_search
from review.store.session import Session, Store

_REPORTS = 40


@pytest.fixture
def session(store: Store, protocol: Protocol, now: datetime):
    with store.session() as session:
        open_run(session, "import", protocol, now)
        keep_reviewer(session, "ana", "reviewer", now)
        yield session


def _reports(session: Session, now: datetime) -> list[Report]:
    search_id = open_search(session, 1, source="file", address="x.ris", now=now)
    records = [
        Record(source="file", source_id=str(n), title=f"Garden {n}", abstract=f"Water ran {n}.")
        for n in range(_REPORTS)
    ]
    ids = keep_records(session, search_id, list(enumerate(records)), now).ids
    keep_members(session, {record_id: record_id for record_id in ids})
    return list(find_reports(session, ids).values())


def _tag(
    session: Session, reports: list[Report], model: str, suggested: set[int], now: datetime
) -> None:
    """One passage per report; water is suggested for these, and the likeliest theme of all."""
    for number, report in enumerate(reports):
        scored = ThemeScore(
            theme="water",
            score=0.9 if number in suggested else 0.1,
            suggested=number in suggested,
            direction=Direction.BARRIER,
            direction_score=0.8,
            nearest="",
        )
        start = len(report.title) + 1
        passage = Passage(quote=quote_from(report.text, start, len(report.text)), position=0)
        tags = [PassageTags(passage=passage, relevance=scored.score, themes=(scored,))]
        keep_suggestions(session, 1, model, [(report, tags)], now)


def _answer(report: Report, theme: str, now: datetime) -> Annotation:
    start = len(report.title) + 1
    return Annotation(
        annotation_id=str(uuid.uuid4()),
        report_id=report.report_id,
        text_hash=report.text_hash,
        quote=quote_from(report.text, start, len(report.text)),
        theme=theme,
        verdict=AnnotationVerdict.ADD,
        direction=Direction.BARRIER,
        reviewer="ana",
        annotated_at=now,
        codebook_version="1",
        saw_suggestion=False,
        lane=Lane.STUDY,
    )


# Water is borne by the first twenty and suggested for ten of them and for five others: precision is
# ten of fifteen, recall ten of twenty. An edge that was moved changes nothing; neither does what a
# later model suggests, which may have learnt from these answers, nor answers that were led or that
# came in an order the machine made.
def test_blind_answers_give_precision_and_recall(
    session: Session, gardens: Codebook, now: datetime
) -> None:
    reports = _reports(session, now)
    _tag(session, reports, "extraction/1", {*range(10), *range(20, 25)}, now)
    later = now + timedelta(days=1)
    for number, report in enumerate(reports):
        said = _answer(report, "water" if number < 20 else NOTHING, later)
        if number == 3:
            narrow = quote_from(report.text, said.quote.start, said.quote.end - 1)
            said = replace(said, quote=narrow)
        if number == 38:
            said = replace(said, theme="water", saw_suggestion=True)
        if number == 39:
            said = replace(said, theme="water", lane=Lane.AUDIT)
        keep_annotation(session, said)
    _tag(session, reports, "extraction/2", set(range(20)), later + timedelta(days=1))
    done = measure_blind(session, gardens)
    assert (done.passages, done.studies, done.why) == (38, 38, "")
    assert done.figures is not None
    water = next(theme for theme in done.figures.themes if theme.theme == "water")
    assert (water.passages, water.suggested) == (20, 15)
    assert (water.precision, water.recall) == (pytest.approx(10 / 15), 0.5)
    low, high = water.intervals["recall"]
    assert low < 0.5 < high


# Of too few blind answers a sentence is said and no figure; of what was tagged after the answer,
# nothing at all.
def test_few_blind_answers_are_no_figures(
    session: Session, gardens: Codebook, now: datetime
) -> None:
    assert measure_blind(session, gardens).figures is None
    reports = _reports(session, now)
    _tag(session, reports[:-1], "extraction/1", set(range(20)), now)
    _tag(session, reports[-1:], "extraction/1", {0}, now + timedelta(days=2))
    for report in [*reports[: FEWEST_PASSAGES - 1], reports[-1]]:
        keep_annotation(session, _answer(report, "water", now + timedelta(days=1)))
    done = measure_blind(session, gardens)
    assert (done.passages, done.figures) == (FEWEST_PASSAGES - 1, None)
    assert done.why.startswith(f"{FEWEST_PASSAGES - 1} passages of 29 studies were answered")
