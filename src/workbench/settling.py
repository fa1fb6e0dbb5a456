"""Settle what reviewers disagree on: an adjudicator's word with its reason, as a row of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from review.annotations import Annotation, AnnotationVerdict, Direction
from review.decisions import Decision, DecisionAnswer, Stage, Verdict
from review.errors import InputError, StaleError
from review.reviewers import Role
from review.second_reading import Dispute
from review.store.decisions import (
    find_consensus,
    keep_consensus,
    keep_reviewer,
    withdraw_consensus,
)
from review.store.second_reading import find_disputed_annotations, find_disputed_decisions
from review.store.session import Session
from review.store.settlements import (
    find_annotation_consensus,
    keep_annotation_consensus,
    withdraw_annotation_consensus,
)
from workbench.conflict_cards import Kind, name_votes, outcome_of, votes_at
from workbench.pages.desk import Desk

_GONE = (
    "This is not in dispute any more as the page showed it: somebody has settled it or changed "
    "their vote. Nothing was kept; open the conflicts again."
)
_PASSAGE_OUTCOMES = (*Direction, "reject")


def settle_decisions(
    session: Session,
    desk: Desk,
    report_id: int,
    stage: Stage,
    *,
    consensus_id: str,
    outcome: str,
    seen: str,
    why: str,
    now: datetime,
) -> None:
    """Keep what this adjudicator settles about a report at a stage, and commit.

    ``outcome`` is a key of ``name_outcomes``, ``seen`` names the votes that were shown. Sent again
    it changes nothing. Raises InputError where outcome or reason is missing, StaleError where those
    votes are not in dispute any more.
    """
    reason = _reason(why)
    verdict, exclusion_reason = _read_verdict(desk, outcome)
    known = find_consensus(session, [report_id])
    if consensus_id in {said.decision_id for said in known}:
        return
    disputed = find_disputed_decisions(session, desk.reviewer, [report_id])
    votes = votes_at(session, report_id, stage)
    if (report_id, stage) not in disputed or seen != name_votes(votes):
        raise StaleError(_GONE)
    keep_reviewer(session, desk.reviewer, Role.ADJUDICATOR, now)
    said = Decision(
        decision_id=consensus_id,
        report_id=report_id,
        stage=stage,
        reviewer=desk.reviewer,
        verdict=verdict,
        exclusion_reason=exclusion_reason,
        decided_at=now,
        answers=_shared_answers(votes),
    )
    keep_consensus(session, said, reason)
    session.commit()


def settle_annotations(
    session: Session,
    desk: Desk,
    report_id: int,
    *,
    consensus_id: str,
    outcome: str,
    seen: str,
    why: str,
    now: datetime,
) -> None:
    """Keep what this adjudicator settles about a theme of a passage, and commit.

    Takes and raises what ``settle_decisions`` does; the outcome is a direction or ``reject``.
    """
    reason = _reason(why)
    if outcome not in _PASSAGE_OUTCOMES:
        raise InputError("Choose how it is to be settled, then settle it. Nothing was kept.")
    known = find_annotation_consensus(session, [report_id])
    if consensus_id in {said.annotation_id for said in known}:
        return
    disputes = find_disputed_annotations(session, desk.reviewer, [report_id])
    found = next((d for d in disputes if name_votes(d.said) == seen), None)
    if found is None or found.said[0].report_id != report_id:
        raise StaleError(_GONE)
    keep_reviewer(session, desk.reviewer, Role.ADJUDICATOR, now)
    keep_annotation_consensus(session, _settle(desk, found, outcome, consensus_id, now), reason)
    session.commit()


def take_settlement_back(
    session: Session, desk: Desk, kind: Kind, consensus_id: str, withdrawal_id: str, now: datetime
) -> bool:
    """Take back by a new row what this adjudicator settled, and commit; false where they did not.

    The votes are in dispute again.
    """
    withdraw = withdraw_consensus if kind is Kind.REPORTS else withdraw_annotation_consensus
    taken = withdraw(
        session,
        consensus_id,
        withdrawal_id=withdrawal_id,
        adjudicator=desk.reviewer,
        now=now,
    )
    session.commit()
    return taken


def name_outcomes(desk: Desk) -> dict[str, dict[str, str]]:
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


def _reason(why: str) -> str:
    if not why.strip():
        raise InputError(
            "Say in a few words why it is settled so: the record of a consensus names its reason. "
            "Nothing was kept."
        )
    return why.strip()


def _read_verdict(desk: Desk, outcome: str) -> tuple[Verdict, str | None]:
    if outcome not in name_outcomes(desk)[Kind.REPORTS]:
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


def _settle(
    desk: Desk, dispute: Dispute, outcome: str, consensus_id: str, now: datetime
) -> Annotation:
    """The consensus, on the words of the first who said the same, else of the first to speak."""
    like = next((said for said in dispute.said if outcome_of(said) == outcome), dispute.said[0])
    is_there = outcome != "reject"
    return replace(
        like,
        annotation_id=consensus_id,
        verdict=AnnotationVerdict.ACCEPT if is_there else AnnotationVerdict.REJECT,
        direction=Direction(outcome) if is_there else like.direction,
        reviewer=desk.reviewer,
        annotated_at=now,
        codebook_version=desk.codebook.version,
    )
