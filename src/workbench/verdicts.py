"""A person's verdict on a report: kept once, taken back by a new row; and their note beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from review.annotations import Note
from review.decisions import Answer, Decision, DecisionAnswer, Stage, Verdict
from review.errors import StaleError
from review.reviewers import Role
from review.store.decisions import (
    find_decision,
    find_decisions,
    keep_decision,
    keep_reviewer,
    withdraw_decision,
)
from review.store.notes import find_notes, keep_note
from review.store.session import Session
from review.verdicts import criteria_of
from workbench.forms import settle_verdict
from workbench.lanes import Coming, find_coming
from workbench.pages.desk import Desk


def keep_verdict(
    session: Session,
    desk: Desk,
    report_id: int,
    stage: Stage,
    *,
    decision_id: str,
    answers: Mapping[str, Answer],
    verdict: Verdict | None,
    reason: str,
    standing: str,
    now: datetime,
) -> Coming | None:
    """Keep this person's decision on a report that is there, and commit.

    ``verdict`` and ``reason`` may be left to what follows from the answers; ``standing`` is the id
    of the decision it replaces, empty where there is none. Returns how the report had come before
    them; None where this very decision stands already. Raises StaleError where another decision of
    theirs stands, InputError where nothing can be made of what they said.
    """
    criteria = criteria_of(desk.protocol.criteria, stage)
    own = _find_own(session, desk, report_id, stage)
    if own is not None and own.decision_id == decision_id:
        # Sent again, after the connection was lost: it is kept already.
        return None
    _refuse_stale(own, standing)
    wanted, named = settle_verdict(verdict, reason, answers, criteria)
    coming = find_coming(session, desk, report_id, stage, own)
    keep_reviewer(session, desk.reviewer, Role.REVIEWER, now)
    keep_decision(
        session,
        Decision(
            decision_id=decision_id,
            report_id=report_id,
            stage=stage,
            reviewer=desk.reviewer,
            verdict=wanted,
            exclusion_reason=named,
            saw_assessment=coming.has_seen,
            decided_at=now,
            answers=tuple(DecisionAnswer(criterion=k, answer=said) for k, said in answers.items()),
            lane=coming.origin,
        ),
    )
    session.commit()
    return coming


def take_verdict_back(
    session: Session, desk: Desk, decision_id: str, withdrawal_id: str, now: datetime
) -> bool:
    """Take a decision of this person back by a new row, and commit; false where none stands."""
    # Taken back already, by another tab or by sending it again, it needs no second row.
    if find_decision(session, decision_id) is None:
        return False
    taken = withdraw_decision(
        session, decision_id, withdrawal_id=withdrawal_id, reviewer=desk.reviewer, now=now
    )
    session.commit()
    return taken


def keep_report_note(
    session: Session, desk: Desk, report_id: int, note_id: str, text: str, now: datetime
) -> None:
    """Keep this person's note on a report that is there, and commit; no decision is touched."""
    before = [n for n in find_notes(session, [report_id], desk.reviewer) if n.quote is None]
    if text.strip() == (before[-1].text if before else ""):
        return
    keep_reviewer(session, desk.reviewer, Role.REVIEWER, now)
    said = Note(
        note_id=note_id,
        report_id=report_id,
        reviewer=desk.reviewer,
        text=text.strip(),
        noted_at=now,
    )
    keep_note(session, said)
    session.commit()


def _find_own(session: Session, desk: Desk, report_id: int, stage: Stage) -> Decision | None:
    said = find_decisions(session, [report_id], reader=desk.reviewer)
    return next((d for d in said if d.reviewer == desk.reviewer and d.stage is stage), None)


def _refuse_stale(own: Decision | None, standing: str) -> None:
    """Two tabs must not overwrite each other: a form answers what stood when it was drawn."""
    if (own.decision_id if own else "") != standing:
        word = f"You decided “{own.verdict}” on this report" if own else "Your decision was undone"
        raise StaleError(
            f"{word} since this page was drawn, perhaps in another tab. Nothing was changed by "
            "what you sent now: look at what stands, and decide again if you want to."
        )
