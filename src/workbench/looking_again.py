"""Reports that changed since people decided on them: what is shown, and what is said anew."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from reporting.difference import TextDifference, difference_of
from review.decisions import Decision, Stage, Verdict
from review.errors import InputError
from review.records import Report
from review.reopenings import Reopening
from review.store.decisions import find_consensus, find_decisions, keep_decision, keep_reviewer
from review.store.records import find_reports
from review.store.reopenings import find_open_reopenings
from review.store.session import Session
from workbench.pages.desk import Desk


@dataclass(frozen=True, kw_only=True)
class ReopenedCard:
    """One report to look at again: why, what differs, and what was decided so far.

    ``stage`` is the latest at which people decided; ``standing`` is what this reviewer would
    confirm: their own decision there, else what the others agree on, None where they do not.
    ``settled`` says that a consensus holds at that stage. ``hidden`` counts what others said that
    this person may not see before they have decided at that stage themselves.
    """

    report: Report
    causes: Sequence[Reopening]
    difference: TextDifference | None
    decisions: Sequence[Decision]
    hidden: int
    stage: Stage
    standing: Decision | None
    settled: bool


def find_reopened(session: Session) -> list[int]:
    """The reports to look at again, the one re-opened last first."""
    opened = find_open_reopenings(session)
    return sorted(opened, key=lambda key: (opened[key][-1].opened_at, key))[::-1]


def find_reopened_cards(session: Session, desk: Desk, shown: Sequence[int]) -> list[ReopenedCard]:
    """The cards of reports that are open, in this order."""
    opened, reports = find_open_reopenings(session), find_reports(session, shown)
    decisions = find_decisions(session, shown)
    consensus = find_consensus(session, shown)
    # What others said is for who has said something, too.
    seen = {
        said.decision_id
        for said in (
            *find_decisions(session, shown, reader=desk.reader),
            *find_consensus(session, shown, reader=desk.reader),
        )
    }
    return [
        _card(
            reports[key],
            opened[key],
            [d for d in decisions if d.report_id == key],
            [c for c in consensus if c.report_id == key],
            seen,
            desk.reviewer,
        )
        for key in shown
    ]


def keep_anew(
    session: Session,
    desk: Desk,
    report_id: int,
    stage: Stage,
    verdict: Verdict,
    reason: str,
    decision_id: str,
    now: datetime,
) -> None:
    """Keep this reviewer's decision on a report that changed, and commit.

    Raises InputError where an exclusion names no reason of the protocol.
    """
    said = _decision(desk, decision_id, report_id, stage, verdict, reason, now)
    keep_reviewer(session, desk.reviewer, "reviewer", now)
    keep_decision(session, said)
    session.commit()


def _card(
    report: Report,
    causes: Sequence[Reopening],
    decisions: Sequence[Decision],
    consensus: Sequence[Decision],
    seen: Collection[str],
    reviewer: str,
) -> ReopenedCard:
    said = [*decisions, *consensus]
    stage = max((d.stage for d in said), key=list(Stage).index)
    settled = [c for c in consensus if c.stage is stage]
    voices = [v for v in settled or decisions if v.stage is stage and v.decision_id in seen]
    own = [d for d in voices if d.reviewer == reviewer]
    agreed = len({d.verdict for d in voices}) == 1
    return ReopenedCard(
        report=report,
        causes=causes,
        difference=difference_of(causes),
        decisions=[d for d in said if d.decision_id in seen],
        hidden=sum(d.decision_id not in seen for d in said),
        stage=stage,
        standing=own[0] if own else voices[0] if agreed else None,
        settled=bool(settled),
    )


def _decision(
    desk: Desk,
    decision_id: str,
    report_id: int,
    stage: Stage,
    verdict: Verdict,
    reason: str,
    now: datetime,
) -> Decision:
    known = {criterion.exclusion_reason for criterion in desk.protocol.criteria}
    if verdict is Verdict.EXCLUDE and reason not in known:
        raise InputError(
            "An exclusion names one of the protocol's reasons: go back, choose one beside the "
            "button, and exclude again. Nothing was kept."
        )
    return Decision(
        decision_id=decision_id,
        report_id=report_id,
        stage=stage,
        reviewer=desk.reviewer,
        verdict=verdict,
        exclusion_reason=reason if verdict is Verdict.EXCLUDE else None,
        # The page does not show the machine's view, but the person may well have seen it before:
        # such a decision is never counted among those made without it.
        saw_assessment=True,
        decided_at=now,
    )
