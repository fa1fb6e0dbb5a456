"""Operations by which reports are screened, on title and abstract or on the full text."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from review.decisions import Answer, Stage, Verdict
from review.errors import InputError, StaleError
from review.reviewers import Role
from review.store.queues import find_machine_exclusions, find_reports_by_words
from review.store.records import find_reports
from review.store.session import Session
from review.verdicts import criteria_of
from workbench.access import least
from workbench.api.models import (
    Decision,
    Kept,
    Limit,
    Listing,
    Note,
    Quote,
    Report,
    Sent,
    Shape,
    Withdrawal,
    cut_list,
)
from workbench.api.problems import PROBLEMS, ROOT, AbsentError
from workbench.cards import ScreeningCard, find_card
from workbench.lanes import Lane, find_lane
from workbench.pages.desk import desk_of
from workbench.sent import RowId, Text
from workbench.verdicts import keep_report_note, keep_verdict, take_verdict_back

router = APIRouter(prefix=f"{ROOT}/screening", tags=["Screening"], responses={**PROBLEMS})

_FOUND = 20


class Waiting(Shape):
    """A report that waits in a lane, or that was found."""

    report_id: int
    title: str
    year: int | None


class CriterionLine(Shape):
    """A criterion of this stage, what the machine says of it where it may be seen, and the answer.

    `quote` are the words that decide, by the machine; null where it names none or is kept back.
    """

    criterion: str = Field(description="Its key in the protocol.")
    question: str
    excludes: Answer = Field(description="The answer that excludes.")
    answer: Answer | None = Field(description="Yours, null where you gave none.")
    machine: Answer | None
    probability: float | None = Field(description="By the machine, that the criterion is met.")
    quote: Quote | None


class Assessment(Shape):
    """What the machine says of the report."""

    verdict: Verdict
    probability: float = Field(description="That it meets the criteria of the review.")
    exclusion_reason: str | None
    model: str


class Screened(Shape):
    """A report as it comes before you at a stage."""

    report: Report
    why: str = Field(description="Why it is here.")
    is_blind: bool = Field(description="True while the machine's view is kept back from you.")
    machine: Assessment | None
    criteria: list[CriterionLine]
    standing: str = Field(
        description="The id of your decision that stands, empty where there is none; send it along."
    )
    own: Decision | None
    others: list[Decision] = Field(
        description="What others decided and what is settled; empty until you have decided."
    )
    note: str = Field(description="Your note.")
    previous: int | None
    next: int | None
    full_text: list[str] | None = Field(
        description="Its paragraphs, at the stage of full texts and where one is on file."
    )


class Ballot(Sent):
    """What you decide. Verdict and reason may be left to what follows from the answers."""

    decision_id: uuid.UUID = Field(description="A new id of your making; sent again, it is one.")
    standing: Text = Field(
        "", max_length=80, description="The id of the decision that this one replaces."
    )
    answers: dict[str, Answer] = Field(
        default_factory=dict, description="By key of the criterion; those you leave out are open."
    )
    verdict: Verdict | None = Field(None, description="Where it is not what follows.")
    reason: Text = Field("", max_length=80, description="The exclusion reason, if not the first.")


@router.get("/{stage}/reports", dependencies=[least(Role.GUEST)])
def list_lane(
    request: Request,
    stage: Stage,
    lane: Lane = Lane.QUEUE,
    limit: Limit = 20,
    after: Annotated[RowId | None, Query()] = None,
) -> Listing[Waiting]:
    """The reports that come next in a lane, of which you have decided on none."""
    desk = desk_of(request)
    with desk.store.session() as session:
        if lane is Lane.EXCLUDED:
            found = find_machine_exclusions(session, limit + 1, below=after)
            ids, onward = found[:limit], found[limit - 1] if len(found) > limit else None
        else:
            ids, onward = cut_list(find_lane(session, desk, stage, lane), after, limit)
        reports = find_reports(session, ids)
    return Listing[Waiting](
        items=[Waiting.model_validate(reports[key]) for key in ids], next=onward
    )


@router.get("/{stage}/reports/{report_id}", dependencies=[least(Role.GUEST)])
def tell_report(
    request: Request, stage: Stage, report_id: RowId, lane: Lane = Lane.QUEUE
) -> Screened:
    """One report with its criteria, as you may see it."""
    desk = desk_of(request)
    with desk.store.session() as session:
        card = find_card(session, desk, report_id, stage, lane)
    if card is None:
        raise _absent(report_id)
    return _screened(card)


@router.get("/{stage}/find", dependencies=[least(Role.GUEST)])
def find(
    request: Request, stage: Stage, q: Annotated[Text, Query(max_length=500)] = ""
) -> list[Waiting]:
    """Up to twenty reports by words of title and abstract, or by their number, PMID or DOI."""
    del stage
    with desk_of(request).store.session() as session:
        found = find_reports_by_words(session, q.strip(), _FOUND)
    return [Waiting.model_validate(report) for report in found]


@router.post("/{stage}/reports/{report_id}/decisions", dependencies=[least(Role.REVIEWER)])
def decide(request: Request, stage: Stage, report_id: RowId, sent: Ballot) -> Screened:
    """Keep your decision on a report; the answer shows the report as it stands then."""
    desk = desk_of(request)
    known = {c.key for c in criteria_of(desk.protocol.criteria, stage)}
    if unknown := sorted(sent.answers.keys() - known):
        raise InputError(
            f"body.answers: {', '.join(unknown)} is no criterion of this stage; they are "
            f"{', '.join(sorted(known))}. Nothing was kept."
        )
    with desk.store.session() as session:
        _require(session, report_id)
        keep_verdict(
            session,
            desk,
            report_id,
            stage,
            decision_id=str(sent.decision_id),
            answers=sent.answers,
            verdict=sent.verdict,
            reason=sent.reason,
            standing=sent.standing,
            now=_now(),
        )
        card = find_card(session, desk, report_id, stage, Lane.QUEUE)
    assert card is not None
    return _screened(card)


@router.post("/{stage}/reports/{report_id}/withdrawals", dependencies=[least(Role.REVIEWER)])
def take_back(request: Request, stage: Stage, report_id: RowId, sent: Withdrawal) -> Screened:
    """Take your decision back by a new row; the report is as open to you as before."""
    desk = desk_of(request)
    with desk.store.session() as session:
        _require(session, report_id)
        if not take_verdict_back(session, desk, str(sent.id), str(sent.withdrawal_id), _now()):
            raise StaleError(f"{sent.id} is no decision of yours that stands. Nothing was changed.")
        card = find_card(session, desk, report_id, stage, Lane.QUEUE)
    assert card is not None
    return _screened(card)


@router.post("/{stage}/reports/{report_id}/notes", dependencies=[least(Role.REVIEWER)])
def write_note(request: Request, stage: Stage, report_id: RowId, sent: Note) -> Kept:
    """Keep your note on a report, of both stages; no decision is touched."""
    del stage
    desk = desk_of(request)
    with desk.store.session() as session:
        _require(session, report_id)
        keep_report_note(session, desk, report_id, str(sent.note_id), sent.text, _now())
    return Kept(id=str(sent.note_id), said="Your note is kept.")


def _screened(card: ScreeningCard) -> Screened:
    machine = card.coming.machine
    return Screened(
        report=Report.model_validate(card.report),
        why=card.coming.why,
        is_blind=card.coming.is_blind,
        machine=Assessment.model_validate(machine) if machine else None,
        criteria=[
            CriterionLine(
                criterion=line.criterion.key,
                question=line.criterion.question,
                excludes=line.excludes,
                answer=line.answer,
                machine=line.machine.answer if line.machine else None,
                probability=line.machine.probability if line.machine else None,
                quote=Quote.model_validate(line.machine.quote)
                if line.machine and line.machine.quote
                else None,
            )
            for line in card.lines
        ],
        standing=card.own.decision_id if card.own else "",
        own=Decision.model_validate(card.own) if card.own else None,
        others=[Decision.model_validate(said) for said in card.others],
        note=card.note,
        previous=card.previous,
        next=card.next,
        full_text=[p for section in card.full_text.sections for p in section.paragraphs]
        if card.full_text and card.full_text.sections
        else None,
    )


def _require(session: Session, report_id: int) -> None:
    if report_id not in find_reports(session, [report_id]):
        raise _absent(report_id)


def _absent(report_id: int) -> AbsentError:
    return AbsentError(
        f"there is no report {report_id}; it may have been joined with another since"
    )


def _now() -> datetime:
    return datetime.now(UTC)
