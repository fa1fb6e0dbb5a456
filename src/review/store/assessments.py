"""The machine's view of reports: what was judged, by which model, on which words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from review.decisions import Answer, Assessment, CriterionAnswer, Quote, Verdict
from review.records import Report
from review.store.records import find_reports
from review.store.schema import assessment, assessment_answer, report
from review.store.session import Session
from review.store.views import current_assessment


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What one model said of a number of reports, and what they were like.

    ``probabilities`` of inclusion, one a report; ``unclear`` counts the unclear answers to each
    criterion, ``without_abstract`` reports without one, ``languages`` reports by the language
    their source states (ISO 639-1, or empty).
    """

    probabilities: tuple[float, ...] = ()
    unclear: Mapping[str, int]
    without_abstract: int = 0
    languages: Mapping[str, int]


def find_unassessed(session: Session, model: str, limit: int) -> list[Report]:
    """At most ``limit`` reports whose present text this model has not judged, oldest first."""
    query = sa.select(report.c.report_id).where(~_judged_by(model))
    ids = session.execute(query.order_by(report.c.report_id).limit(limit)).scalars()
    return list(find_reports(session, ids).values())


def count_unassessed(session: Session, model: str) -> int:
    """How many reports this model has not judged on their present text."""
    query = sa.select(sa.func.count()).select_from(report).where(~_judged_by(model))
    return int(session.execute(query).scalar_one())


def keep_assessments(
    session: Session,
    run_id: int,
    judged: Sequence[tuple[Report, Assessment]],
    now: datetime,
) -> None:
    """Write assessments with their answers down. The caller commits."""
    rows = [
        {
            "report_id": judged_report.report_id,
            "text_hash": judged_report.text_hash,
            "model": said.model,
            "verdict": said.verdict,
            "probability": said.probability,
            "exclusion_reason": said.exclusion_reason,
            "run_id": run_id,
            "assessed_at": now,
        }
        for judged_report, said in judged
    ]
    keys = session.insert(assessment, rows)
    session.insert_missing(
        assessment_answer,
        [
            {
                "assessment_id": key,
                "criterion": answer.criterion,
                "answer": answer.answer,
                "probability": answer.probability,
                **quote_columns(answer.quote),
            }
            for key, (_, said) in zip(keys, judged, strict=True)
            for answer in said.answers
        ],
    )


def find_assessments(session: Session, report_ids: Iterable[int]) -> dict[int, Assessment]:
    """The present assessment of each report that has one."""
    wanted = sorted(set(report_ids))
    if not wanted:
        # An empty list of ids would make the database draw up the view of all reports first.
        return {}
    heads = session.execute(
        sa.select(current_assessment).where(current_assessment.c.report_id.in_(wanted))
    ).mappings()
    by_key = {row["id"]: row for row in heads}
    answers: dict[int, list[CriterionAnswer]] = {key: [] for key in by_key}
    query = sa.select(assessment_answer).where(assessment_answer.c.assessment_id.in_(by_key))
    for row in session.execute(query).mappings():
        answers[row["assessment_id"]].append(_answer(row))
    return {
        row["report_id"]: Assessment(
            verdict=Verdict(row["verdict"]),
            probability=row["probability"],
            exclusion_reason=row["exclusion_reason"],
            answers=tuple(answers[key]),
            model=row["model"],
        )
        for key, row in by_key.items()
    }


def find_judged(session: Session, model: str, run_id: int) -> Judged:
    """What a model said in one run of reports it had not judged before."""
    earlier = assessment.alias("earlier")
    before = sa.exists().where(
        earlier.c.report_id == assessment.c.report_id,
        earlier.c.model == model,
        earlier.c.run_id < run_id,
    )
    return _judged(session, sa.and_(_said_by(model), assessment.c.run_id == run_id, ~before))


def find_judged_before(session: Session, model: str, run_id: int, limit: int) -> Judged:
    """What a model said last, before a run, of at most ``limit`` reports."""
    latest = (
        sa.select(assessment.c.id)
        .where(_said_by(model), assessment.c.run_id < run_id)
        .order_by(assessment.c.id.desc())
        .limit(limit)
    )
    return _judged(session, assessment.c.id.in_(latest))


def count_answers(session: Session) -> dict[str, dict[Answer, int]]:
    """For every criterion how many present assessments answer met, not met and unclear."""
    query = (
        sa.select(assessment_answer.c.criterion, assessment_answer.c.answer, sa.func.count())
        .join(current_assessment, current_assessment.c.id == assessment_answer.c.assessment_id)
        .group_by(assessment_answer.c.criterion, assessment_answer.c.answer)
    )
    counts: dict[str, dict[Answer, int]] = {}
    for criterion, answer, number in session.execute(query):
        counts.setdefault(criterion, dict.fromkeys(Answer, 0))[Answer(answer)] = number
    return counts


def quote_columns(quote: Quote | None) -> dict[str, Any]:
    """A quote as the five columns that keep it; none is five empty columns."""
    names = ("start", "end", "exact", "prefix", "suffix")
    return {f"quote_{name}": getattr(quote, name) if quote else None for name in names}


def as_quote(row: sa.RowMapping) -> Quote:
    """The quote in a row that has one."""
    return Quote(
        start=row["quote_start"],
        end=row["quote_end"],
        exact=row["quote_exact"],
        prefix=row["quote_prefix"],
        suffix=row["quote_suffix"],
    )


def _said_by(model: str) -> sa.ColumnElement[bool]:
    return assessment.c.model == model


def _judged(session: Session, which: sa.ColumnElement[bool]) -> Judged:
    heads = (
        sa.select(assessment.c.probability, report.c.abstract == "", report.c.language)
        .join(report, report.c.report_id == assessment.c.report_id)
        .where(which)
    )
    rows = session.execute(heads).all()
    unclear = (
        sa.select(assessment_answer.c.criterion, sa.func.count())
        .join(assessment, assessment.c.id == assessment_answer.c.assessment_id)
        .join(report, report.c.report_id == assessment.c.report_id)
        .where(which, assessment_answer.c.answer == Answer.UNCLEAR)
        .group_by(assessment_answer.c.criterion)
    )
    return Judged(
        probabilities=tuple(probability for probability, _, _ in rows),
        unclear=dict(session.execute(unclear).tuples().all()),
        without_abstract=sum(lacks for _, lacks, _ in rows),
        languages=Counter(language for _, _, language in rows),
    )


def _judged_by(model: str) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        assessment.c.report_id == report.c.report_id,
        assessment.c.text_hash == report.c.text_hash,
        assessment.c.model == model,
    )


def _answer(row: sa.RowMapping) -> CriterionAnswer:
    return CriterionAnswer(
        criterion=row["criterion"],
        answer=Answer(row["answer"]),
        probability=row["probability"],
        quote=as_quote(row) if row["quote_exact"] is not None else None,
    )
