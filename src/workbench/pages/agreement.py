"""Agreement: how far people say the same of what they read each on their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from review.agreement import Agreement, measure_agreement, pairs_of_raters
from review.decisions import Stage
from review.ratings import (
    ALL_THEMES,
    REASON,
    VERDICT,
    Question,
    questions_of_annotations,
    questions_of_decisions,
)
from review.reviewers import Role
from review.store.annotations import find_first_annotations
from review.store.decisions import find_first_decisions
from review.store.duplicates import find_studies
from review.store.session import Session
from workbench.access import least
from workbench.pages.desk import Desk, desk_of, draw

router = APIRouter()

_GROUPS = {
    str(Stage.TITLE_ABSTRACT): "Title and abstract",
    str(Stage.FULL_TEXT): "Full text",
    "themes": "Influences on passages",
    "directions": "Directions, where two people name the same influence",
}


@dataclass(frozen=True, kw_only=True)
class AgreementRow:
    """One question with how far people agree on it, of everyone or of ``pair``."""

    question: str
    found: Agreement
    pair: str = ""


@dataclass(frozen=True, kw_only=True)
class AgreementTable:
    """The questions of one group that two people have answered, and those that wait."""

    caption: str
    rows: tuple[AgreementRow, ...]
    waiting: tuple[str, ...]


@router.get("/agreement", dependencies=[least(Role.REVIEWER)])
def show_agreement(request: Request) -> HTMLResponse:
    """Agreement per question; per pair for adjudicators, and for oneself."""
    desk = desk_of(request)
    with desk.store.session() as session:
        questions = _questions(session, desk)
    names = _names(desk)
    whose = None if desk.may(Role.ADJUDICATOR) else desk.reviewer
    return draw(
        request,
        "agreement",
        tables=[_table(group, questions, names) for group in _GROUPS],
        pairs=_pairs(questions, whose),
        sees_all=whose is None,
    )


def _questions(session: Session, desk: Desk) -> list[Question]:
    studies = find_studies(session)
    criteria = [c.key for c in sorted(desk.protocol.criteria, key=lambda c: c.order)]
    themes = [theme.key for theme in desk.codebook.themes]
    return [
        *questions_of_decisions(find_first_decisions(session), studies, criteria),
        *questions_of_annotations(find_first_annotations(session), studies, themes),
    ]


def _names(desk: Desk) -> dict[str, str]:
    return {
        VERDICT: "Verdict",
        REASON: "Reason, where two people exclude",
        ALL_THEMES: "All influences together",
        **{c.key: c.question for c in desk.protocol.criteria},
        **{theme.key: theme.name for theme in desk.codebook.themes},
    }


def _table(group: str, questions: Iterable[Question], names: dict[str, str]) -> AgreementTable:
    of_group = [q for q in questions if q.group == group]
    return AgreementTable(
        caption=_GROUPS[group],
        rows=tuple(
            AgreementRow(question=names[q.key], found=measure_agreement(q.ratings, q.positive))
            for q in of_group
            if q.ratings
        ),
        waiting=tuple(names[q.key] for q in of_group if not q.ratings),
    )


def _pairs(questions: Sequence[Question], whose: str | None) -> list[AgreementRow]:
    """Every two people on the verdicts, on all influences and on their directions."""
    return [
        AgreementRow(
            question=_GROUPS[question.group],
            pair=" and ".join(pair),
            found=measure_agreement(ratings, question.positive),
        )
        for question in questions
        if question.key in (VERDICT, ALL_THEMES)
        for pair, ratings in pairs_of_raters(question.ratings).items()
        if whose is None or whose in pair
    ]
