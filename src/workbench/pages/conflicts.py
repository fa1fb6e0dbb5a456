"""Conflicts: what reviewers disagree on, side by side, for an adjudicator to settle."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from reporting.text import citation_source, cite_authors
from review.annotations import Annotation, AnnotationVerdict, Direction
from review.decisions import Decision, DecisionAnswer, Stage, Verdict
from review.errors import InputError
from review.reviewers import Role
from review.second_reading import Dispute
from review.store.decisions import (
    find_consensus,
    keep_consensus,
    keep_reviewer,
    withdraw_consensus,
)
from review.store.records import find_reports
from review.store.second_reading import find_disputed_annotations, find_disputed_decisions
from review.store.session import Session
from review.store.settlements import (
    find_annotation_consensus,
    keep_annotation_consensus,
    withdraw_annotation_consensus,
)
from workbench.access import least
from workbench.conflict_cards import (
    Kind,
    annotation_card,
    decision_card,
    name_votes,
    outcome_of,
    votes_at,
)
from workbench.pages.desk import Desk, desk_of, draw

router = APIRouter()

_SETTLED_SHOWN = 10
_GONE = (
    "This is not in dispute any more as the page showed it: somebody has settled it or changed "
    "their vote. Nothing was kept; open the conflicts again."
)


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
        reports = find_disputed_decisions(session, blind=desk.reviewer)
        passages = find_disputed_annotations(session, blind=desk.reviewer)
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
        words=_wording(desk),
        questions={c.key: c.question for c in desk.protocol.criteria},
        themes={theme.key: theme for theme in desk.codebook.themes},
        cite_authors=cite_authors,
        citation_source=citation_source,
        new_id=lambda: str(uuid.uuid4()),
    )


@router.post("/conflicts/reports/{report_id}", dependencies=[least(Role.ADJUDICATOR)])
def settle_report(
    request: Request,
    report_id: int,
    stage: Annotated[Stage, Form()],
    consensus_id: Annotated[uuid.UUID, Form()],
    outcome: Annotated[str, Form()],
    seen: Annotated[str, Form()],
    other: Annotated[str, Form()] = "",
    why: Annotated[str, Form(max_length=4000)] = "",
    place: Annotated[int, Form(ge=1)] = 1,
) -> Response:
    """Keep what this adjudicator settles about a report, as a row of its own."""
    desk, reason = desk_of(request), _reason(why)
    verdict, exclusion_reason = _read_verdict(desk, other if outcome == "other" else outcome)
    with desk.store.session() as session:
        known = find_consensus(session, [report_id])
        if str(consensus_id) not in {said.decision_id for said in known}:
            disputed = find_disputed_decisions(session, desk.reviewer, report_id)
            votes = votes_at(session, report_id, stage)
            if (report_id, stage) not in disputed or seen != name_votes(votes):
                raise InputError(_GONE)
            keep_reviewer(session, desk.reviewer, Role.ADJUDICATOR, _now())
            said = Decision(
                decision_id=str(consensus_id),
                report_id=report_id,
                stage=stage,
                reviewer=desk.reviewer,
                verdict=verdict,
                exclusion_reason=exclusion_reason,
                decided_at=_now(),
                answers=_shared_answers(votes),
            )
            keep_consensus(session, said, reason)
            session.commit()
    return _back(Kind.REPORTS, place, str(consensus_id))


@router.post("/conflicts/passages/{report_id}", dependencies=[least(Role.ADJUDICATOR)])
def settle_passage(
    request: Request,
    report_id: int,
    consensus_id: Annotated[uuid.UUID, Form()],
    outcome: Annotated[str, Form()],
    seen: Annotated[str, Form()],
    other: Annotated[str, Form()] = "",
    why: Annotated[str, Form(max_length=4000)] = "",
    place: Annotated[int, Form(ge=1)] = 1,
) -> Response:
    """Keep what this adjudicator settles about a theme of a passage, as a row of its own."""
    desk, reason = desk_of(request), _reason(why)
    chosen = other if outcome == "other" else outcome
    if chosen not in _PASSAGE_OUTCOMES:
        raise InputError("Choose how it is to be settled, then settle it. Nothing was kept.")
    with desk.store.session() as session:
        known = find_annotation_consensus(session, [report_id])
        if str(consensus_id) not in {said.annotation_id for said in known}:
            disputes = find_disputed_annotations(session, desk.reviewer, report_id)
            found = next((d for d in disputes if name_votes(d.said) == seen), None)
            if found is None or found.said[0].report_id != report_id:
                raise InputError(_GONE)
            keep_reviewer(session, desk.reviewer, Role.ADJUDICATOR, _now())
            said = _settle(desk, found, chosen, str(consensus_id))
            keep_annotation_consensus(session, said, reason)
            session.commit()
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
    withdraw = withdraw_consensus if kind is Kind.REPORTS else withdraw_annotation_consensus
    with desk.store.session() as session:
        withdraw(
            session,
            consensus_id,
            withdrawal_id=str(withdrawal_id),
            adjudicator=desk.reviewer,
            now=_now(),
        )
        session.commit()
    return RedirectResponse(f"/conflicts?kind={kind}", status_code=303)


_PASSAGE_OUTCOMES = (*Direction, "reject")


def _wording(desk: Desk) -> dict[str, dict[str, str]]:
    """By kind what each outcome is called."""
    reasons = {c.exclusion_reason: c.reason_text for c in desk.protocol.criteria}
    return {
        Kind.REPORTS: {
            str(Verdict.INCLUDE): "Include",
            str(Verdict.UNSURE): "Unsure",
            **{f"{Verdict.EXCLUDE}:{key}": f"Exclude: {text}" for key, text in reasons.items()},
        },
        Kind.PASSAGES: {
            **{str(d): f"Influence present, {d}" for d in Direction if d is not Direction.UNCLEAR},
            str(Direction.UNCLEAR): "Influence present, direction unclear",
            "reject": "Influence not present",
        },
    }


def _settled(
    session: Session, kind: Kind, reader: str
) -> dict[str, Decision] | dict[str, Annotation]:
    """What was settled last of what this person may see, by id, the latest first."""
    if kind is Kind.REPORTS:
        reports = find_consensus(session, reader=reader)[: -_SETTLED_SHOWN - 1 : -1]
        return {said.decision_id: said for said in reports}
    passages = find_annotation_consensus(session, reader=reader)[: -_SETTLED_SHOWN - 1 : -1]
    return {said.annotation_id: said for said in passages}


def _reason(why: str) -> str:
    if not why.strip():
        raise InputError(
            "Say in a few words why it is settled so: the record of a consensus names its reason. "
            "Nothing was kept."
        )
    return why.strip()


def _read_verdict(desk: Desk, outcome: str) -> tuple[Verdict, str | None]:
    if outcome not in _wording(desk)[Kind.REPORTS]:
        raise InputError("Choose how it is to be settled, then settle it. Nothing was kept.")
    verdict, _, reason = outcome.partition(":")
    return Verdict(verdict), reason or None


def _shared_answers(votes: Sequence[Decision]) -> tuple[DecisionAnswer, ...]:
    """The answers to criteria on which everyone who answered agrees."""
    given: dict[str, list[DecisionAnswer]] = {}
    for vote in votes:
        for answer in vote.answers:
            given.setdefault(answer.criterion, []).append(answer)
    return tuple(all_of[0] for all_of in given.values() if len({a.answer for a in all_of}) == 1)


def _settle(desk: Desk, dispute: Dispute, outcome: str, consensus_id: str) -> Annotation:
    """The consensus, on the words of the first who said the same, else of the first to speak."""
    like = next((said for said in dispute.said if outcome_of(said) == outcome), dispute.said[0])
    is_there = outcome != "reject"
    return replace(
        like,
        annotation_id=consensus_id,
        verdict=AnnotationVerdict.ACCEPT if is_there else AnnotationVerdict.REJECT,
        direction=Direction(outcome) if is_there else like.direction,
        reviewer=desk.reviewer,
        annotated_at=_now(),
        codebook_version=desk.codebook.version,
    )


def _back(kind: Kind, place: int, kept: str) -> RedirectResponse:
    return RedirectResponse(f"/conflicts?kind={kind}&place={place}&kept={kept}", status_code=303)


def _now() -> datetime:
    return datetime.now(UTC)
