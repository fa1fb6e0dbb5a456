"""Passages as a person reads them: all of a report, and what that person said of them before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from review.annotations import Annotation, AnnotationVerdict, Direction
from review.decisions import Quote
from review.store.annotations import as_annotation
from review.store.assessments import as_quote
from review.store.schema import annotation, passage, report_member, suggestion, tagging
from review.store.session import Session
from review.store.views import current_annotation
from review.store.visibility import seen_annotations


@dataclass(frozen=True, kw_only=True)
class ScoredTheme:
    """One of the themes kept for a passage: those suggested, and the three likeliest anyway."""

    suggestion_id: int
    theme: str
    score: float
    suggested: bool
    direction: Direction
    direction_score: float
    nearest: str


@dataclass(frozen=True, kw_only=True)
class PassageRow:
    """A passage of a report as it was tagged last, with its themes, best first."""

    passage_id: int
    report_id: int
    text_hash: str
    quote: Quote
    position: int
    section: str
    relevance: float
    run_id: int
    themes: tuple[ScoredTheme, ...]

    @property
    def suggested(self) -> tuple[ScoredTheme, ...]:
        """The themes that the machine suggests."""
        return tuple(theme for theme in self.themes if theme.suggested)


def find_passages(session: Session, report_id: int, text_hash: str) -> list[PassageRow]:
    """Every passage of one of the texts of a report, as it was tagged last, in its order."""
    newest = (
        sa.select(sa.func.max(tagging.c.id))
        .where(tagging.c.report_id == report_id, tagging.c.text_hash == text_hash)
        .scalar_subquery()
    )
    query = (
        sa.select(passage, tagging.c.report_id, tagging.c.text_hash, tagging.c.run_id)
        .join(tagging, tagging.c.id == passage.c.tagging_id)
        .where(tagging.c.id == newest)
        .order_by(passage.c.position)
    )
    rows = session.execute(query).mappings().all()
    themes = _themes(session, [row["id"] for row in rows])
    return [_passage(row, themes.get(row["id"], ())) for row in rows]


def find_passages_before_answers(session: Session) -> list[PassageRow]:
    """Passages of every text that people answered, as last tagged before the first answer to it."""
    answers = (
        sa.select(
            current_annotation.c.text_hash,
            sa.func.min(current_annotation.c.annotated_at).label("first"),
        )
        .group_by(current_annotation.c.text_hash)
        .subquery()
    )
    newest = (
        sa.select(sa.func.max(tagging.c.id))
        .join(answers, answers.c.text_hash == tagging.c.text_hash)
        .where(tagging.c.tagged_at <= answers.c.first)
        .group_by(tagging.c.text_hash)
    )
    query = (
        sa.select(passage, tagging.c.report_id, tagging.c.text_hash, tagging.c.run_id)
        .join(tagging, tagging.c.id == passage.c.tagging_id)
        .where(tagging.c.id.in_(newest))
        .order_by(passage.c.id)
    )
    rows = session.execute(query).mappings().all()
    themes = _themes(session, [row["id"] for row in rows])
    return [_passage(row, themes.get(row["id"], ())) for row in rows]


def find_report_of_passage(session: Session, passage_id: int) -> tuple[int, str] | None:
    """The report of today that a passage is of, and the hash of its text; None if there is none."""
    query = (
        sa.select(report_member.c.report_id, tagging.c.text_hash)
        .join(tagging, tagging.c.report_id == report_member.c.record_id)
        .join(passage, passage.c.tagging_id == tagging.c.id)
        .where(passage.c.id == passage_id)
    )
    row = session.execute(query).first()
    return (row[0], row[1]) if row else None


def find_places_answered(
    session: Session, reviewer: str, report_id: int
) -> set[tuple[str, int, int]]:
    """Text hash, start and end of all a reviewer ever said something of, also if it was taken back.

    Whoever answered has been shown what the machine says.
    """
    query = (
        sa.select(annotation.c.text_hash, annotation.c.quote_start, annotation.c.quote_end)
        .join(report_member, report_member.c.record_id == annotation.c.report_id)
        .where(report_member.c.report_id == report_id, annotation.c.reviewer == reviewer)
    )
    return {(text_hash, start, end) for text_hash, start, end in session.execute(query)}


def find_annotation(session: Session, annotation_id: str) -> Annotation | None:
    """The annotation of that id, also where it was taken back; a withdrawal is none."""
    query = sa.select(annotation).where(
        annotation.c.id == annotation_id, annotation.c.withdraws.is_(None)
    )
    row = session.execute(query).mappings().first()
    return as_annotation(row) if row else None


def find_last_answers(session: Session, reviewer: str, limit: int) -> list[list[Annotation]]:
    """The last answers of a reviewer that were not taken back, newest first.

    An answer is all that was written in one moment: a theme rejected and another one named.
    """
    undone = annotation.alias()
    query = (
        sa.select(annotation)
        .where(
            annotation.c.reviewer == reviewer,
            annotation.c.withdraws.is_(None),
            ~sa.exists().where(undone.c.withdraws == annotation.c.id),
        )
        .order_by(annotation.c.seq.desc())
        # One answer writes no more rows than a passage can have themes named and rejected.
        .limit(limit * 8)
    )
    answers: dict[object, list[Annotation]] = {}
    for row in session.execute(query).mappings():
        answers.setdefault(row["annotated_at"], []).append(as_annotation(row))
    return list(answers.values())[:limit]


def find_verified(
    session: Session, theme: str, *, elsewhere: int, reader: str, limit: int
) -> list[Annotation]:
    """What people last accepted or added of a theme, in other reports than one.

    Of others' only what the reader answered, too: an example must not tell a second reader what
    the first one said.
    """
    query = (
        sa.select(current_annotation)
        .where(
            current_annotation.c.theme == theme,
            current_annotation.c.verdict != AnnotationVerdict.REJECT,
            current_annotation.c.report_id != elsewhere,
            seen_annotations(current_annotation, "reviewer", reader),
        )
        .order_by(current_annotation.c.seq.desc())
        .limit(limit)
    )
    return [as_annotation(row) for row in session.execute(query).mappings()]


def _themes(session: Session, passages: Sequence[int]) -> dict[int, tuple[ScoredTheme, ...]]:
    query = (
        sa.select(suggestion)
        .where(session.one_of(suggestion.c.passage_id, passages))
        .order_by(suggestion.c.passage_id, suggestion.c.rank)
    )
    found: dict[int, tuple[ScoredTheme, ...]] = {}
    for row in session.execute(query).mappings():
        scored = ScoredTheme(
            suggestion_id=row["id"],
            theme=row["theme"],
            score=row["score"],
            suggested=row["suggested"],
            direction=Direction(row["direction"]),
            direction_score=row["direction_score"],
            nearest=row["nearest"],
        )
        found[row["passage_id"]] = (*found.get(row["passage_id"], ()), scored)
    return found


def _passage(row: sa.RowMapping, themes: tuple[ScoredTheme, ...]) -> PassageRow:
    return PassageRow(
        passage_id=row["id"],
        report_id=row["report_id"],
        text_hash=row["text_hash"],
        quote=as_quote(row),
        position=row["position"],
        section=row["section"],
        relevance=row["relevance"],
        run_id=row["run_id"],
        themes=themes,
    )
