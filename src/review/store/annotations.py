"""What is said about passages: the machine's suggestions and people's annotations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from review.annotations import Annotation, AnnotationVerdict, Direction, PassageTags
from review.decisions import Quote, Stage, Verdict
from review.records import Report
from review.store.assessments import as_quote, quote_columns
from review.store.decisions import keep_vote, keep_withdrawal
from review.store.readings import Reading
from review.store.records import find_reports
from review.store.schema import (
    annotation,
    annotation_consensus,
    passage,
    report,
    report_member,
    suggestion,
    tagging,
)
from review.store.session import Session, batches
from review.store.views import (
    current_annotation,
    current_assessment,
    current_consensus,
    current_decision,
    current_suggestion,
)
from review.store.visibility import seen_annotations


@dataclass(frozen=True, kw_only=True)
class SuggestionRow:
    """One theme the machine suggests for one passage of one report."""

    suggestion_id: int
    report_id: int
    text_hash: str
    quote: Quote
    section: str
    theme: str
    score: float
    relevance: float
    direction: Direction
    direction_score: float
    nearest: str
    model: str


def find_untagged(session: Session, model: str, limit: int) -> list[Report]:
    """At most ``limit`` reports to be tagged: not excluded, and not yet by this model.

    What was settled of its title and abstract goes before people's verdicts, these before the
    machine's; without any a report waits.
    """
    query = _untagged(sa.select(report.c.report_id), model)
    ids = session.execute(query.order_by(report.c.report_id).limit(limit)).scalars()
    return list(find_reports(session, ids).values())


def count_untagged(session: Session, model: str) -> int:
    """How many reports ``find_untagged`` would still give."""
    query = _untagged(sa.select(sa.func.count()).select_from(report), model)
    return int(session.execute(query).scalar_one())


def keep_suggestions(
    session: Session,
    run_id: int,
    model: str,
    tagged: Sequence[tuple[Report | Reading, Sequence[PassageTags]]],
    now: datetime,
) -> None:
    """Write down what the machine suggests for texts of reports, also that it suggests nothing.

    Of each passage the suggested themes are kept, and the three likeliest in any case, so that a
    person sees what it nearly was. The caller commits.
    """
    for tagged_report, passages in tagged:
        head = {
            "report_id": tagged_report.report_id,
            "text_hash": tagged_report.text_hash,
            "model": model,
            "run_id": run_id,
            "tagged_at": now,
        }
        tagging_id = session.insert(tagging, [head])[0]
        keys = session.insert(
            passage,
            [
                {
                    "tagging_id": tagging_id,
                    "position": tags.passage.position,
                    "section": tags.passage.section,
                    "relevance": tags.relevance,
                    **quote_columns(tags.passage.quote),
                }
                for tags in passages
            ],
        )
        rows = [row for key, tags in zip(keys, passages, strict=True) for row in _themes(key, tags)]
        session.insert(suggestion, rows)


def count_open_suggestions(session: Session) -> int:
    """How many present suggestions no person has answered."""
    answered = sa.exists().where(
        current_annotation.c.report_id == current_suggestion.c.report_id,
        current_annotation.c.text_hash == current_suggestion.c.text_hash,
        current_annotation.c.theme == current_suggestion.c.theme,
        current_annotation.c.quote_start < current_suggestion.c.quote_end,
        current_annotation.c.quote_end > current_suggestion.c.quote_start,
    )
    query = (
        sa.select(sa.func.count())
        .select_from(current_suggestion)
        .where(current_suggestion.c.suggested, ~answered)
    )
    return int(session.execute(query).scalar_one())


def find_suggestions(
    session: Session, *, report_ids: Sequence[int] | None = None, theme: str = ""
) -> list[SuggestionRow]:
    """Present suggestions that pass their theme's threshold, report by report, in text order."""
    query = (
        sa.select(current_suggestion)
        .where(current_suggestion.c.suggested)
        .order_by(
            current_suggestion.c.report_id,
            # Passages are numbered as they stand in their text, one text after the other.
            current_suggestion.c.passage_id,
            current_suggestion.c.rank,
        )
    )
    if report_ids is not None:
        query = query.where(current_suggestion.c.report_id.in_(report_ids))
    if theme:
        query = query.where(current_suggestion.c.theme == theme)
    return [_suggestion(row) for row in session.execute(query).mappings()]


def keep_annotation(session: Session, said: Annotation) -> None:
    """Write a person's word on a passage down; the same annotation sent again changes nothing.

    Raises StoreError where the id was used for another annotation. The caller commits.
    """
    keep_vote(
        session,
        annotation,
        {
            **word_columns(said),
            "reviewer": said.reviewer,
            "suggestion_id": said.suggestion_id,
            "saw_suggestion": said.saw_suggestion,
            "annotated_at": said.annotated_at,
            "lane": said.lane,
        },
    )


def withdraw_annotation(
    session: Session, annotation_id: str, *, withdrawal_id: str, reviewer: str, now: datetime
) -> bool:
    """Take an annotation back by a new row; false where that reviewer made none of that id.

    The caller commits.
    """
    return keep_withdrawal(
        session, annotation, annotation_id, withdrawal_id, reviewer, {"annotated_at": now}
    )


def find_annotations(
    session: Session, report_ids: Sequence[int] | None = None, *, reader: str | None = None
) -> list[Annotation]:
    """Every annotation that stands, on all of today's reports or on these, oldest first.

    For a ``reader`` only what that person may see: their own, and others' on a theme of a passage
    that they answered, too.
    """
    query = sa.select(current_annotation).order_by(current_annotation.c.seq)
    if report_ids is not None:
        query = query.where(current_annotation.c.report_id.in_(report_ids))
    if reader is not None:
        query = query.where(seen_annotations(current_annotation, "reviewer", reader))
    return [as_annotation(row) for row in session.execute(query).mappings()]


def find_first_annotations(session: Session) -> list[Annotation]:
    """Each person's first word on a theme of a passage, oldest first, taken back or not.

    None is first that was said after the theme was settled on words that overlap.
    """
    said = (
        sa.select(
            report_member.c.report_id,
            *(c for c in annotation.c if c.name not in ("report_id", "withdraws")),
            sa.func.row_number()
            .over(
                partition_by=(
                    report_member.c.report_id,
                    annotation.c.text_hash,
                    annotation.c.quote_start,
                    annotation.c.quote_end,
                    annotation.c.theme,
                    annotation.c.reviewer,
                ),
                order_by=annotation.c.seq,
            )
            .label("age"),
        )
        .join(report_member, report_member.c.record_id == annotation.c.report_id)
        .where(annotation.c.withdraws.is_(None))
        .subquery()
    )
    query = sa.select(said).where(said.c.age == 1).order_by(said.c.seq)
    settled = _find_settled(session)
    return [
        as_annotation(row)
        for row in session.execute(query).mappings()
        if not any(
            start < row["quote_end"] and end > row["quote_start"] and at <= row["annotated_at"]
            for start, end, at in settled.get(
                (row["report_id"], row["text_hash"], row["theme"]), ()
            )
        )
    ]


def find_annotation_ids(session: Session, annotation_ids: Sequence[str]) -> set[str]:
    """Those of these ids that are taken, also by annotations that were taken back."""
    taken: set[str] = set()
    for batch in batches(annotation_ids, 500):
        query = sa.select(annotation.c.id).where(annotation.c.id.in_(batch))
        taken.update(session.execute(query).scalars())
    return taken


def find_suggested_together(session: Session) -> dict[int, frozenset[str]]:
    """For every suggestion a person answered, the themes suggested for the same passage with it."""
    beside = suggestion.alias()
    query = (
        sa.select(current_annotation.c.suggestion_id, beside.c.theme)
        .join(suggestion, suggestion.c.id == current_annotation.c.suggestion_id)
        .join(beside, beside.c.passage_id == suggestion.c.passage_id)
        .where(beside.c.suggested)
    )
    together: dict[int, set[str]] = {}
    for suggestion_id, theme in session.execute(query):
        together.setdefault(suggestion_id, set()).add(theme)
    return {suggestion_id: frozenset(themes) for suggestion_id, themes in together.items()}


def _find_settled(
    session: Session,
) -> dict[tuple[int, str, str], list[tuple[int, int, datetime]]]:
    """Where and when a theme of a text was settled, also where that was taken back."""
    settled = annotation_consensus.c
    query = (
        sa.select(
            report_member.c.report_id,
            settled.text_hash,
            settled.theme,
            settled.quote_start,
            settled.quote_end,
            settled.settled_at,
        )
        .join(report_member, report_member.c.record_id == settled.report_id)
        .where(settled.withdraws.is_(None))
    )
    found: dict[tuple[int, str, str], list[tuple[int, int, datetime]]] = {}
    for *of, start, end, at in session.execute(query):
        found.setdefault((of[0], of[1], of[2]), []).append((start, end, at))
    return found


def _untagged(query: sa.Select[Any], model: str) -> sa.Select[Any]:
    tagged = sa.exists().where(
        tagging.c.report_id == report.c.report_id,
        tagging.c.text_hash == report.c.text_hash,
        tagging.c.model == model,
    )
    decided, settled = (
        sa.and_(view.c.report_id == report.c.report_id, view.c.stage == Stage.TITLE_ABSTRACT)
        for view in (current_decision, current_consensus)
    )
    kept_by_all = sa.exists().where(settled, current_consensus.c.verdict != Verdict.EXCLUDE)
    kept_by_a_person = sa.and_(
        ~sa.exists().where(settled),
        sa.exists().where(decided, current_decision.c.verdict != Verdict.EXCLUDE),
    )
    kept_by_the_machine = sa.and_(
        ~sa.exists().where(decided),
        ~sa.exists().where(settled),
        sa.exists().where(
            current_assessment.c.report_id == report.c.report_id,
            current_assessment.c.verdict != Verdict.EXCLUDE,
        ),
    )
    return query.where(~tagged, sa.or_(kept_by_all, kept_by_a_person, kept_by_the_machine))


def _themes(passage_id: int, tags: PassageTags) -> list[dict[str, Any]]:
    return [
        {
            "passage_id": passage_id,
            "theme": scored.theme,
            "rank": rank,
            "score": scored.score,
            "suggested": scored.suggested,
            "direction": scored.direction,
            "direction_score": scored.direction_score,
            "nearest": scored.nearest,
        }
        for rank, scored in enumerate(tags.themes, start=1)
        if scored.suggested or rank <= 3
    ]


def _suggestion(row: sa.RowMapping) -> SuggestionRow:
    return SuggestionRow(
        suggestion_id=row["id"],
        report_id=row["report_id"],
        text_hash=row["text_hash"],
        quote=as_quote(row),
        section=row["section"],
        theme=row["theme"],
        score=row["score"],
        relevance=row["relevance"],
        direction=Direction(row["direction"]),
        direction_score=row["direction_score"],
        nearest=row["nearest"],
        model=row["model"],
    )


def as_annotation(row: sa.RowMapping) -> Annotation:
    """The annotation in a row."""
    return Annotation(
        **word_of(row),
        reviewer=row["reviewer"],
        suggestion_id=row["suggestion_id"],
        saw_suggestion=row["saw_suggestion"],
        annotated_at=row["annotated_at"],
        lane=row["lane"],
    )


def word_columns(said: Annotation) -> dict[str, Any]:
    """What a person's word on a passage and a consensus about it have in common, by column."""
    return {
        "id": said.annotation_id,
        "report_id": said.report_id,
        "text_hash": said.text_hash,
        "theme": said.theme,
        "verdict": said.verdict,
        "direction": said.direction,
        "codebook_version": said.codebook_version,
        **quote_columns(said.quote),
    }


def word_of(row: sa.RowMapping) -> dict[str, Any]:
    """The same read from a row, by the names ``Annotation`` has for it."""
    return {
        "annotation_id": row["id"],
        "report_id": row["report_id"],
        "text_hash": row["text_hash"],
        "quote": as_quote(row),
        "theme": row["theme"],
        "verdict": AnnotationVerdict(row["verdict"]),
        "direction": Direction(row["direction"]),
        "codebook_version": row["codebook_version"],
    }
