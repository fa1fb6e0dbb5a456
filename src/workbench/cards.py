"""A report before a person who screens: its text with marks, the criteria, and what was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reporting.text import citation_source, cite_authors, notice_address
from review.decisions import Answer, CriterionAnswer, Decision, Stage
from review.protocol import Criterion
from review.records import Report
from review.reviewers import Role
from review.store.decisions import find_consensus, find_decisions
from review.store.notes import find_notes
from review.store.queues import find_last_decisions
from review.store.records import find_reports
from review.store.session import Session
from review.verdicts import criteria_of, excluding_answer, follow_answers
from workbench.full_texts import ReadingCopy, find_reading_copy
from workbench.highlights import Piece, cut_text
from workbench.lanes import Coming, Lane, find_coming, find_neighbours
from workbench.pages.desk import Desk

LAST = 10


@dataclass(frozen=True, kw_only=True)
class CriterionLine:
    """A criterion as it stands beside a report.

    ``number`` marks its quote in the text; ``excludes`` is the answer that excludes; ``answer`` the
    person's, None where they gave none; ``machine`` the machine's where it may be seen.
    """

    number: int
    criterion: Criterion
    excludes: Answer
    answer: Answer | None
    machine: CriterionAnswer | None


@dataclass(frozen=True, kw_only=True)
class ScreeningCard:
    """One report at one stage for one person.

    ``reason`` is the exclusion reason the person chose where it is not what follows from their
    answers; ``others`` are what others decided and the consensus, empty until the person has
    decided; ``full_text`` is there at its own stage alone.
    """

    report: Report
    stage: Stage
    lane: Lane
    coming: Coming
    title: Sequence[Piece]
    abstract: Sequence[Piece]
    lines: Sequence[CriterionLine]
    own: Decision | None
    reason: str | None
    others: Sequence[Decision]
    note: str
    previous: int | None
    next: int | None
    authors: str
    source: str
    address: str
    full_text: ReadingCopy | None


@dataclass(frozen=True, kw_only=True)
class DoneBefore:
    """A decision a person made at this stage, and the title of its report."""

    said: Decision
    title: str


def find_card(
    session: Session,
    desk: Desk,
    report_id: int,
    stage: Stage,
    lane: Lane,
    given: Mapping[str, Answer] | None = None,
    ahead: Sequence[int] | None = None,
) -> ScreeningCard | None:
    """The card of a report; None where there is no such report.

    ``given`` are answers that were sent and not kept: they are shown in the place of the person's.
    ``ahead`` is the lane, where it was asked for already.
    """
    report = find_reports(session, [report_id]).get(report_id)
    if report is None:
        return None
    # Whoever has not answered must not know what others did: the store does not give it.
    reader = desk.reviewer
    said = [d for d in find_decisions(session, [report_id], reader=reader) if d.stage is stage]
    own = next((d for d in said if d.reviewer == desk.reviewer), None)
    settled = [c for c in find_consensus(session, [report_id], reader=reader) if c.stage is stage]
    coming = find_coming(session, desk, report_id, stage, own)
    lines = _lines(desk, stage, own, coming, given)
    quotes = [(n.number, n.machine.quote) for n in lines if n.machine and n.machine.quote]
    notes = find_notes(session, [report_id], desk.reviewer)
    previous, after = find_neighbours(session, desk, stage, lane, report_id, ahead)
    return ScreeningCard(
        report=report,
        stage=stage,
        lane=lane,
        coming=coming,
        title=cut_text(report.title, quotes),
        abstract=cut_text(report.abstract, quotes, offset=len(report.title) + 1),
        lines=lines,
        own=own,
        reason=_chosen_reason(desk, stage, own) if given is None else None,
        others=[d for d in [*said, *settled] if d is not own],
        note=next((n.text for n in reversed(notes) if n.quote is None), ""),
        previous=previous,
        next=after,
        authors=cite_authors(report),
        source=citation_source(report),
        address=notice_address(report.doi) or notice_address(report.pmid) or "",
        full_text=(
            find_reading_copy(session, report_id, desk.settings.raw)
            if stage is Stage.FULL_TEXT
            else None
        ),
    )


def find_done(session: Session, desk: Desk, stage: Stage) -> list[DoneBefore]:
    """The last ten decisions of this person at this stage, the last first."""
    if not desk.may(Role.REVIEWER):
        return []
    last = find_last_decisions(session, desk.reviewer, stage, LAST)
    reports = find_reports(session, {said.report_id for said in last})
    return [DoneBefore(said=said, title=reports[said.report_id].title) for said in last]


def _chosen_reason(desk: Desk, stage: Stage, own: Decision | None) -> str | None:
    if own is None:
        return None
    answers = {said.criterion: said.answer for said in own.answers}
    _, follows = follow_answers(criteria_of(desk.protocol.criteria, stage), answers)
    return own.exclusion_reason if own.exclusion_reason != follows else None


def _lines(
    desk: Desk,
    stage: Stage,
    own: Decision | None,
    coming: Coming,
    given: Mapping[str, Answer] | None,
) -> list[CriterionLine]:
    kept = {a.criterion: a.answer for a in own.answers} if own else {}
    answers = kept if given is None else given
    # The machine reads titles and abstracts: of a full text it says nothing.
    machine = {a.criterion: a for a in coming.machine.answers} if coming.machine else {}
    return [
        CriterionLine(
            number=number,
            criterion=criterion,
            excludes=excluding_answer(criterion),
            answer=answers.get(criterion.key),
            machine=machine.get(criterion.key),
        )
        for number, criterion in enumerate(criteria_of(desk.protocol.criteria, stage), start=1)
    ]
