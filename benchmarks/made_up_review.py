"""A review of any size with made-up records: judged, ranked, tagged, and read by two people each.

Its parts stand to each other as in a review that has gone on for a while: of 100 000 records the
machine excludes two thirds, 200 of them drawn for the audit; 42 000 have two people's decisions, of
which one in ten is in dispute or settled; of 50 000 suggestions 10 000 have two people's answers.
"""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from review.annotations import Direction, Passage, PassageTags, ThemeScore
from review.decisions import Answer, Assessment, CriterionAnswer, Stage, Verdict, quote_from
from review.protocol import Codebook, Protocol
from review.records import Record, Report
from review.reopenings import Cause, Reopening
from review.reviewers import Role
from review.sentences import split_sentences
from review.store.annotations import keep_suggestions
from review.store.assessments import keep_assessments
from review.store.audits import keep_drawn
from review.store.decisions import keep_reviewer
from review.store.rankings import keep_ranking
from review.store.records import find_reports, keep_members, keep_records
from review.store.reopenings import keep_reopenings
from review.store.reviewers import keep_password
from review.store.runs import RunState, close_run, close_search, open_run, open_search
from review.store.schema import (
    annotation,
    annotation_consensus,
    assignment,
    consensus,
    decision,
    passage,
    suggestion,
    tagging,
)
from review.store.session import Session
from workbench.passwords import hash_password

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
PEOPLE = 20
PASSWORD = "twenty people vote at once"
RECORDS = 100_000
# All of these are of so many records, and as much less of fewer.
SUGGESTIONS = 50_000
DECIDED = 40_000
DECIDED_BY_FULL_TEXT = 2_000
ANSWERED = 10_000
AUDITED = 200
ASKED = 400
CHANGED = 200

_PASSAGES_PER_REPORT = 5
_BATCH = 2_000
# The first reads as the one person of this machine does; each report is read by two of these.
_READERS = ("ana", "person-0", "person-1", "person-2", "person-3")
_WORDS = (
    "peer workers staff services recovery support training supervision pay roles wards teams",
    "interviews trial randomised outcomes costs barriers facilitators culture managers stigma",
    "users adults mental health community hospital experience policy implementation",
)


def fill(session: Session, protocol: Protocol, codebook: Codebook, records: int) -> None:
    """Fill an empty store with a review of so many records, the same each time."""
    chance = random.Random(0)
    hashed = hash_password(PASSWORD)
    keep_reviewer(session, "ana", Role.MAINTAINER, NOW)
    for person in range(PEOPLE):
        keep_reviewer(session, f"person-{person}", Role.REVIEWER, NOW)
        keep_password(session, f"person-{person}", hashed)
    run_id = open_run(session, "update", protocol, NOW)
    _fill_machine(session, run_id, chance, protocol, codebook, records)
    session.commit()
    _fill_decisions(session, chance, protocol, records)
    _fill_annotations(session, chance, codebook, ANSWERED * records // RECORDS)
    changed = [
        Reopening(
            report_id=report_id,
            cause=Cause.TEXT_CHANGED,
            text_before="What it was.",
            text_after="What it is.",
            opened_at=NOW + timedelta(days=400),
        )
        for report_id in range(1, CHANGED * records // RECORDS + 1)
    ]
    keep_reopenings(session, run_id, changed)
    session.commit()
    if session.connection.dialect.name == "postgresql":
        session.execute(sa.text("ANALYZE"))
        session.commit()


def _fill_machine(
    session: Session,
    run_id: int,
    chance: random.Random,
    protocol: Protocol,
    codebook: Codebook,
    records: int,
) -> None:
    search_id = open_search(session, run_id, source="pubmed", address="made up", now=NOW)
    tagged = records * SUGGESTIONS // RECORDS // _PASSAGES_PER_REPORT
    excluded: list[int] = []
    for start in range(0, records, _BATCH):
        made = [_make_record(chance, n) for n in range(start, min(start + _BATCH, records))]
        kept = keep_records(session, search_id, list(enumerate(made, start=start + 1)), NOW)
        keep_members(session, {key: key for key in kept.ids})
        reports = list(find_reports(session, kept.ids).values())
        judged = [(r, _judge(chance, r, protocol)) for r in reports]
        keep_assessments(session, run_id, judged, NOW)
        excluded += [r.report_id for r, a in judged if a.verdict is Verdict.EXCLUDE]
        some = [(r, _tag(chance, r, codebook)) for r in reports[: max(0, tagged - start)]]
        keep_suggestions(session, run_id, "extraction/1", some, NOW)
        session.commit()
    close_search(session, search_id, state=RunState.COMPLETED, refused=[], now=NOW)
    # Ranked is what awaited people when it was ranked; since then they have gone on a little.
    few, undecided = max(1, records // 1000), DECIDED * records // RECORDS
    awaits = [n for n in range(1, records + 1) if n > undecided - few]
    order = [(n, 1 - place / (records + 1)) for place, n in enumerate(awaits, start=1)]
    keep_ranking(session, order, model="ranking/2", run_id=run_id, now=NOW)
    # People have answered those drawn first; the rest awaits them.
    drawn = [r for r in excluded if r > undecided]
    keep_drawn(session, run_id, "screening/1", drawn[: AUDITED * records // RECORDS], NOW)
    close_run(session, run_id, RunState.COMPLETED, NOW)


def _fill_decisions(
    session: Session, chance: random.Random, protocol: Protocol, records: int
) -> None:
    share = records / RECORDS
    rows, settled = [], []
    reasons = [c.exclusion_reason for c in protocol.criteria]
    ids = [
        *((Stage.TITLE_ABSTRACT, n) for n in range(1, int(DECIDED * share) + 1)),
        *((Stage.FULL_TEXT, 1 + 20 * n) for n in range(int(DECIDED_BY_FULL_TEXT * share))),
    ]
    for moment, (stage, report_id) in enumerate(ids):
        # Every tenth is included, so that about as many again await their full text.
        verdict = "include" if report_id % 10 == 1 else "exclude"
        both = [verdict, chance.choice(["include", "unsure"]) if chance.random() < 0.1 else verdict]
        reason = chance.choice(reasons)
        said_at = NOW + timedelta(minutes=moment)
        for reviewer, verdict in zip(chance.sample(_READERS, 2), both, strict=True):
            said = _vote(chance, report_id, stage, verdict, reason)
            rows.append(
                said
                | {"reviewer": reviewer, "saw_assessment": False, "decided_at": said_at}
                | {"lane": "ranked"}
            )
        if both[0] != both[1] and chance.random() < 0.5:
            said = _vote(chance, report_id, stage, both[0], reason)
            settled.append(said | {"adjudicator": "person-4", "reason": "so", "settled_at": NOW})
    for start in range(0, len(rows), _BATCH):
        session.insert_missing(decision, rows[start : start + _BATCH])
    session.insert_missing(consensus, settled)
    asked = [
        {
            "id": _new_id(chance),
            "report_id": 50_000 * records // RECORDS + n,
            "task": Stage.TITLE_ABSTRACT,
            "reviewer": _READERS[n % len(_READERS)],
            "verdict": "assigned",
            "assigned_by": "ana",
            "assigned_at": NOW,
        }
        for n in range(int(ASKED * share))
    ]
    session.insert_missing(assignment, asked)
    session.commit()


def _vote(
    chance: random.Random, report_id: int, stage: Stage, verdict: str, reason: str
) -> dict[str, object]:
    return {
        "id": _new_id(chance),
        "report_id": report_id,
        "stage": stage,
        "verdict": verdict,
        "exclusion_reason": reason if verdict == "exclude" else None,
        "answers": [],
    }


def _fill_annotations(
    session: Session, chance: random.Random, codebook: Codebook, answered: int
) -> None:
    quote = [c for c in passage.c if c.name.startswith("quote_")]
    query = (
        sa.select(
            tagging.c.report_id,
            tagging.c.text_hash,
            *quote,
            suggestion.c.theme,
            suggestion.c.direction,
            suggestion.c.id.label("suggestion_id"),
        )
        .join(passage, passage.c.tagging_id == tagging.c.id)
        .join(suggestion, suggestion.c.passage_id == passage.c.id)
        .order_by(suggestion.c.id)
        .limit(answered)
    )
    rows, settled = [], []
    for found in session.execute(query).mappings().all():
        verdicts = ["accept", "reject" if chance.random() < 0.1 else "accept"]
        place = {name: value for name, value in found.items() if name != "suggestion_id"}
        for reviewer, verdict in zip(chance.sample(_READERS, 2), verdicts, strict=True):
            rows.append(
                {
                    **found,
                    "id": _new_id(chance),
                    "verdict": verdict,
                    "reviewer": reviewer,
                    "saw_suggestion": True,
                    "codebook_version": codebook.version,
                    "annotated_at": NOW,
                    "lane": "study",
                }
            )
        if verdicts[1] == "reject" and chance.random() < 0.5:
            said = {"id": _new_id(chance), "verdict": "accept", "adjudicator": "person-4"}
            settled.append(
                place
                | said
                | {"reason": "so", "codebook_version": codebook.version}
                | {"settled_at": NOW}
            )
    for start in range(0, len(rows), _BATCH):
        session.insert_missing(annotation, rows[start : start + _BATCH])
    session.insert_missing(annotation_consensus, settled)
    session.commit()


def _new_id(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128)))


def _make_record(chance: random.Random, number: int) -> Record:
    words = " ".join(_WORDS).split()
    sentences = [" ".join(chance.choices(words, k=18)).capitalize() + "." for _ in range(9)]
    return Record(
        source="pubmed",
        source_id=str(number),
        title=f"Study {number} of " + " ".join(chance.choices(words, k=9)),
        abstract=" ".join(sentences),
        authors=("Doe, Jane", "Roe, Richard"),
        year=2000 + number % 26,
        journal="Journal of Mental Health",
        pmid=str(number),
    )


def _judge(chance: random.Random, report: Report, protocol: Protocol) -> Assessment:
    quote = quote_from(report.text, 0, len(report.title))
    excludes = chance.random() < 2 / 3
    answers = tuple(
        CriterionAnswer(
            criterion=one.key,
            answer=Answer.NOT_MET if excludes and one is protocol.criteria[0] else Answer.UNCLEAR,
            probability=chance.random(),
            quote=quote,
        )
        for one in protocol.criteria
    )
    return Assessment(
        verdict=Verdict.EXCLUDE if excludes else Verdict.UNSURE,
        probability=chance.random(),
        exclusion_reason=protocol.criteria[0].exclusion_reason if excludes else None,
        answers=answers,
        model="screening/1",
    )


def _tag(chance: random.Random, report: Report, codebook: Codebook) -> list[PassageTags]:
    sentences = split_sentences(report.text)
    themes = [theme.key for theme in codebook.themes]
    suggested = len(sentences) - _PASSAGES_PER_REPORT
    return [
        PassageTags(
            passage=Passage(quote=quote_from(report.text, s.start, s.end), position=position),
            relevance=0.8 if position >= suggested else 0.2,
            themes=(
                ThemeScore(
                    theme=chance.choice(themes),
                    score=chance.random(),
                    suggested=position >= suggested,
                    direction=chance.choice([Direction.BARRIER, Direction.FACILITATOR]),
                    direction_score=0.8,
                    nearest="A sentence of the codebook.",
                ),
            ),
        )
        for position, s in enumerate(sentences)
    ]
