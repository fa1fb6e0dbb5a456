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
from workbench.access import least
from workbench.pages.desk import Desk, desk_of, draw
from workbench.remembered import Remembered

router = APIRouter()

# Up to here a count takes some tenth of a second.
_MANY = 1_000

_GROUPS = {
    str(Stage.TITLE_ABSTRACT): "Title and abstract",
    str(Stage.FULL_TEXT): "Full text",
    "themes": "Influences on passages",
    "directions": "Directions, where two people name the same influence",
}


@dataclass(frozen=True, kw_only=True)
class AgreementRow:
    """One question with how far people agree on it, of everyone or of two ``people``."""

    question: str
    found: Agreement
    people: tuple[str, ...] = ()

    @property
    def pair(self) -> str:
        """Who they are, in words."""
        return " and ".join(self.people)


@dataclass(frozen=True, kw_only=True)
class AgreementTable:
    """The questions of one group that two people have answered, and those that wait."""

    caption: str
    rows: tuple[AgreementRow, ...]
    waiting: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Figures:
    """All that the page tells, of everyone; ``votes`` are the first words it rests on."""

    tables: tuple[AgreementTable, ...]
    pairs: tuple[AgreementRow, ...]
    votes: int


def remember_figures(desk: Desk) -> Remembered[Figures]:
    """The figures of this desk's store; of many votes, those that were counted last."""
    return Remembered(lambda: _count_figures(desk), lambda figures: figures.votes < _MANY)


@router.get("/agreement", dependencies=[least(Role.REVIEWER)])
def show_agreement(request: Request) -> HTMLResponse:
    """Agreement per question; per pair for adjudicators, and for oneself."""
    desk = desk_of(request)
    remembered: Remembered[Figures] = request.app.state.agreement
    counted = remembered.get()
    figures = counted.value
    whose = None if desk.may(Role.ADJUDICATOR) else desk.reviewer
    return draw(
        request,
        "agreement",
        tables=figures.tables,
        pairs=[row for row in figures.pairs if whose is None or whose in row.people],
        sees_all=whose is None,
        counted_at=None if counted.is_latest else counted.counted_at,
    )


def _count_figures(desk: Desk) -> Figures:
    with desk.store.session() as session:
        studies = find_studies(session)
        decisions, annotations = find_first_decisions(session), find_first_annotations(session)
    criteria = [c.key for c in sorted(desk.protocol.criteria, key=lambda c: c.order)]
    themes = [theme.key for theme in desk.codebook.themes]
    questions = [
        *questions_of_decisions(decisions, studies, criteria),
        *questions_of_annotations(annotations, studies, themes),
    ]
    names = _names(desk)
    return Figures(
        tables=tuple(_table(group, questions, names) for group in _GROUPS),
        pairs=tuple(_pairs(questions)),
        votes=len(decisions) + len(annotations),
    )


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


def _pairs(questions: Sequence[Question]) -> list[AgreementRow]:
    """Every two people on the verdicts, on all influences and on their directions."""
    return [
        AgreementRow(
            question=_GROUPS[question.group],
            people=pair,
            found=measure_agreement(ratings, question.positive),
        )
        for question in questions
        if question.key in (VERDICT, ALL_THEMES)
        for pair, ratings in pairs_of_raters(question.ratings).items()
    ]
