"""Conflicts: what reviewers disagree on, side by side, for an adjudicator to settle."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from reporting.text import citation_source, cite_authors
from review.annotations import Annotation
from review.decisions import Decision, Stage
from review.reviewers import Role
from review.store.decisions import (
    find_consensus,
)
from review.store.records import find_reports
from review.store.session import Session
from review.store.settlements import (
    find_annotation_consensus,
)
from workbench.access import least
from workbench.conflict_cards import (
    Kind,
    annotation_card,
    around,
    decision_card,
    outcome_of,
)
from workbench.pages.desk import desk_of, draw
from workbench.sent import RowId
from workbench.settling import (
    name_outcomes,
    settle_annotations,
    settle_decisions,
    take_settlement_back,
)

router = APIRouter()

_SETTLED_SHOWN = 10


@router.get("/conflicts", dependencies=[least(Role.ADJUDICATOR)])
def show_conflicts(
    request: Request,
    kind: Annotated[Kind | None, Query()] = None,
    place: Annotated[int, Query(ge=1)] = 1,
    kept: Annotated[str, Query()] = "",
) -> HTMLResponse:
    """The conflict at that place of the queue, and what was settled last."""
    desk = desk_of(request)
    with desk.store.session() as session:
        disputed = desk.disputes.find(session, blind=desk.reviewer)
        reports, passages = disputed.decisions, disputed.annotations
        if kind is None:
            kind = Kind.PASSAGES if passages and not reports else Kind.REPORTS
        queue: Sequence[object] = reports if kind is Kind.REPORTS else passages
        number = min(place, max(1, len(queue)))
        card = None
        if queue and kind is Kind.REPORTS:
            card = decision_card(session, *reports[number - 1])
        elif queue:
            card = annotation_card(session, passages[number - 1])
        settled = _settled(session, kind, desk.reviewer)
        titles = find_reports(session, [said.report_id for said in settled.values()])
    return draw(
        request,
        "conflicts",
        card=card,
        kind=kind,
        number=number,
        counts={Kind.REPORTS: len(reports), Kind.PASSAGES: len(passages)},
        settled=[
            (titles[said.report_id], said, key, outcome_of(said)) for key, said in settled.items()
        ],
        kept=kept,
        words=name_outcomes(desk),
        questions={c.key: c.question for c in desk.protocol.criteria},
        around=around,
        themes={theme.key: theme for theme in desk.codebook.themes},
        cite_authors=cite_authors,
        citation_source=citation_source,
        new_id=lambda: str(uuid.uuid4()),
    )


@router.post("/conflicts/reports/{report_id}", dependencies=[least(Role.ADJUDICATOR)])
def settle_report(
    request: Request,
    report_id: RowId,
    stage: Annotated[Stage, Form()],
    consensus_id: Annotated[uuid.UUID, Form()],
    outcome: Annotated[str, Form()],
    seen: Annotated[str, Form()],
    other: Annotated[str, Form()] = "",
    why: Annotated[str, Form(max_length=4000)] = "",
    place: Annotated[int, Form(ge=1)] = 1,
) -> Response:
    """Keep what this adjudicator settles about a report, as a row of its own."""
    desk = desk_of(request)
    with desk.store.session() as session:
        settle_decisions(
            session,
            desk,
            report_id,
            stage,
            consensus_id=str(consensus_id),
            outcome=other if outcome == "other" else outcome,
            seen=seen,
            why=why,
            now=_now(),
        )
    return _back(Kind.REPORTS, place, str(consensus_id))


@router.post("/conflicts/passages/{report_id}", dependencies=[least(Role.ADJUDICATOR)])
def settle_passage(
    request: Request,
    report_id: RowId,
    consensus_id: Annotated[uuid.UUID, Form()],
    outcome: Annotated[str, Form()],
    seen: Annotated[str, Form()],
    other: Annotated[str, Form()] = "",
    why: Annotated[str, Form(max_length=4000)] = "",
    place: Annotated[int, Form(ge=1)] = 1,
) -> Response:
    """Keep what this adjudicator settles about a theme of a passage, as a row of its own."""
    desk = desk_of(request)
    with desk.store.session() as session:
        settle_annotations(
            session,
            desk,
            report_id,
            consensus_id=str(consensus_id),
            outcome=other if outcome == "other" else outcome,
            seen=seen,
            why=why,
            now=_now(),
        )
    return _back(Kind.PASSAGES, place, str(consensus_id))


@router.post("/conflicts/undo", dependencies=[least(Role.ADJUDICATOR)])
def undo_settlement(
    request: Request,
    kind: Annotated[Kind, Form()],
    consensus_id: Annotated[str, Form()],
    withdrawal_id: Annotated[uuid.UUID, Form()],
) -> Response:
    """Take back by a new row what this adjudicator settled; the votes are in dispute again."""
    desk = desk_of(request)
    with desk.store.session() as session:
        take_settlement_back(session, desk, kind, consensus_id, str(withdrawal_id), _now())
    return RedirectResponse(f"/conflicts?kind={kind}", status_code=303)


def _settled(
    session: Session, kind: Kind, reader: str
) -> dict[str, Decision] | dict[str, Annotation]:
    """What was settled last of what this person may see, by id, the latest first."""
    if kind is Kind.REPORTS:
        reports = find_consensus(session, reader=reader, last=_SETTLED_SHOWN)[::-1]
        return {said.decision_id: said for said in reports}
    passages = find_annotation_consensus(session, reader=reader, last=_SETTLED_SHOWN)[::-1]
    return {said.annotation_id: said for said in passages}


def _back(kind: Kind, place: int, kept: str) -> RedirectResponse:
    return RedirectResponse(f"/conflicts?kind={kind}&place={place}&kept={kept}", status_code=303)


def _now() -> datetime:
    return datetime.now(UTC)
