"""Operations by which adjudicators settle what people disagree on."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from pydantic import Field

from review.annotations import Direction
from review.decisions import Stage, Verdict
from review.errors import StaleError
from review.reviewers import Role
from review.store.second_reading import find_disputed_annotations, find_disputed_decisions
from workbench.access import least
from workbench.api.models import (
    Annotation,
    Decision,
    Kept,
    Limit,
    Listing,
    NoteSaid,
    Passed,
    Report,
    Sent,
    Shape,
    Withdrawal,
    cut_at,
)
from workbench.api.problems import PROBLEMS, ROOT
from workbench.conflict_cards import ConflictCard, Kind, annotation_card, decision_card
from workbench.pages.desk import desk_of
from workbench.sent import RowId, Text
from workbench.settling import settle_annotations, settle_decisions, take_settlement_back

router = APIRouter(prefix=f"{ROOT}/conflicts", tags=["Conflicts"], responses={**PROBLEMS})

_OUTCOMES = (
    f"{', '.join(f'`{v}`' for v in Verdict)} (with its reason: `exclude:informal`) for a report; "
    f"{', '.join(f'`{d}`' for d in Direction)} or `reject` for a passage."
)


class DecisionVoice(Shape):
    """One person's decision with what they wrote beside it."""

    said: Decision
    outcome: str = Field(description=_OUTCOMES)
    notes: list[NoteSaid]


class AnnotationVoice(Shape):
    """One person's annotation with what they wrote beside it."""

    said: Annotation
    outcome: str = Field(description=_OUTCOMES)
    notes: list[NoteSaid]


class ReportConflict(Shape):
    """A report on which people disagree at a stage."""

    report: Report
    stage: Stage
    seen: str = Field(description="Names the votes that are shown; send it along.")
    voices: list[DecisionVoice]


class PassageConflict(Shape):
    """A theme of a passage on which people disagree."""

    report: Report
    theme: str
    seen: str = Field(description="Names the votes that are shown; send it along.")
    voices: list[AnnotationVoice]


class Settlement(Sent):
    """How it is settled, and why."""

    consensus_id: uuid.UUID = Field(description="A new id of your making; sent again, it is one.")
    outcome: Text = Field(max_length=160, description=_OUTCOMES)
    seen: Text = Field(max_length=20_000, description="As it came with the conflict.")
    why: Text = Field(min_length=1, max_length=4000, description="The reason, in a few words.")


class ReportSettlement(Settlement):
    """How a report is settled at a stage, and why."""

    stage: Stage


@router.get("/reports", dependencies=[least(Role.ADJUDICATOR)])
def list_reports(request: Request, limit: Limit = 10, after: Passed = 0) -> Listing[ReportConflict]:
    """Reports on which people disagree, but what you are asked to read yourself and have not."""
    desk = desk_of(request)
    with desk.store.session() as session:
        part, onward = cut_at(find_disputed_decisions(session, desk.reviewer), after, limit)
        cards = [(decision_card(session, report_id, stage), stage) for report_id, stage in part]
    items = [
        ReportConflict(
            report=Report.model_validate(card.report),
            stage=stage,
            seen=card.seen,
            voices=[DecisionVoice.model_validate(voice) for voice in card.voices],
        )
        for card, stage in cards
    ]
    return Listing[ReportConflict](items=items, next=onward)


@router.get("/passages", dependencies=[least(Role.ADJUDICATOR)])
def list_passages(
    request: Request, limit: Limit = 10, after: Passed = 0
) -> Listing[PassageConflict]:
    """Themes of passages on which people disagree."""
    desk = desk_of(request)
    with desk.store.session() as session:
        part, onward = cut_at(find_disputed_annotations(session, desk.reviewer), after, limit)
        items = [_conflict(annotation_card(session, dispute)) for dispute in part]
    return Listing[PassageConflict](items=items, next=onward)


@router.post("/reports/{report_id}/settlements", dependencies=[least(Role.ADJUDICATOR)])
def settle_report(request: Request, report_id: RowId, sent: ReportSettlement) -> Kept:
    """Settle a report at a stage; the votes stay as they are."""
    desk = desk_of(request)
    with desk.store.session() as session:
        settle_decisions(
            session,
            desk,
            report_id,
            sent.stage,
            consensus_id=str(sent.consensus_id),
            outcome=sent.outcome,
            seen=sent.seen,
            why=sent.why,
            now=_now(),
        )
    return Kept(id=str(sent.consensus_id), said=f"Settled: {sent.outcome}.")


@router.post("/passages/{report_id}/settlements", dependencies=[least(Role.ADJUDICATOR)])
def settle_passage(request: Request, report_id: RowId, sent: Settlement) -> Kept:
    """Settle a theme of a passage of this report; the votes stay as they are."""
    desk = desk_of(request)
    with desk.store.session() as session:
        settle_annotations(
            session,
            desk,
            report_id,
            consensus_id=str(sent.consensus_id),
            outcome=sent.outcome,
            seen=sent.seen,
            why=sent.why,
            now=_now(),
        )
    return Kept(id=str(sent.consensus_id), said=f"Settled: {sent.outcome}.")


@router.post("/{kind}/withdrawals", dependencies=[least(Role.ADJUDICATOR)])
def take_back(request: Request, kind: Kind, sent: Withdrawal) -> Kept:
    """Take back by a new row what you settled; the votes are in dispute again."""
    desk, withdrawal_id = desk_of(request), str(sent.withdrawal_id)
    with desk.store.session() as session:
        if not take_settlement_back(session, desk, kind, str(sent.id), withdrawal_id, _now()):
            raise StaleError(f"{sent.id} is nothing that you settled. Nothing was changed.")
    return Kept(id=withdrawal_id, said="Taken back.")


def _conflict(card: ConflictCard) -> PassageConflict:
    voices = [AnnotationVoice.model_validate(voice) for voice in card.voices]
    return PassageConflict(
        report=Report.model_validate(card.report),
        theme=voices[0].said.theme,
        seen=card.seen,
        voices=voices,
    )


def _now() -> datetime:
    return datetime.now(UTC)
