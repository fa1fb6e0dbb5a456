"""The blind audit of machine exclusions as the store has it: what was drawn, what people said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from review.audits import Audit, count_audit
from review.decisions import Stage, Verdict, agree
from review.store.decisions import find_consensus
from review.store.editions import find_said
from review.store.schema import audit, decision, report_member
from review.store.session import Session
from review.store.views import current_assessment


def keep_drawn(
    session: Session, run_id: int, model: str, report_ids: Iterable[int], now: datetime
) -> None:
    """Write down which exclusions of a model a run drew. The caller commits."""
    rows = [
        {"report_id": report_id, "model": model, "run_id": run_id, "drawn_at": now}
        for report_id in report_ids
    ]
    session.insert_missing(audit, rows)


def find_excluded(session: Session, model: str) -> set[int]:
    """The reports this model's present assessment excludes and people did not decide on.

    Those that people decided on because they were drawn, and blind, are among them.
    """
    blind = _blindly_decided(session)
    drawn = find_drawn(session, model)
    said = find_said(session).keys()
    query = sa.select(current_assessment.c.report_id).where(
        current_assessment.c.model == model, current_assessment.c.verdict == Verdict.EXCLUDE
    )
    ids = set(session.execute(query).scalars())
    return {r for r in ids if r not in said or (r in drawn and r in blind)}


def find_drawn(session: Session, model: str) -> set[int]:
    """Today's reports of what was drawn for the audit of a model."""
    query = (
        sa.select(report_member.c.report_id)
        .join(audit, audit.c.report_id == report_member.c.record_id)
        .where(audit.c.model == model)
    )
    return set(session.execute(query).scalars())


def find_audit_queue(session: Session) -> list[int]:
    """The reports that were drawn from exclusions still in force and await a person, by id.

    They are to stand among other reports, unmarked and without the machine's view.
    """
    said = find_said(session).keys()
    waiting: set[int] = set()
    for model in _models_in_force(session):
        waiting |= find_excluded(session, model) & find_drawn(session, model)
    return sorted(waiting - said)


def find_audits(session: Session) -> list[Audit]:
    """How far the audit of each model has come whose exclusions are in force, by its name."""
    blind, said = _blindly_decided(session), find_said(session)
    audits = []
    for model in _models_in_force(session):
        drawn = find_drawn(session, model)
        answered = drawn & blind.keys() & said.keys()
        settled = {c.report_id for c in find_consensus(session, sorted(answered))}
        verdicts = {
            report_id: agree([*_latest(said[report_id]), *sorted(blind[report_id])])
            if report_id not in settled
            else agree(_latest(said[report_id]))
            for report_id in answered
        }
        audits.append(count_audit(model, find_excluded(session, model), drawn, verdicts))
    return audits


def _latest(stages: Mapping[Stage, Sequence[tuple[Verdict, str | None]]]) -> list[Verdict]:
    return [verdict for verdict, _ in stages[max(stages, key=list(Stage).index)]]


def _models_in_force(session: Session) -> list[str]:
    query = (
        sa.select(current_assessment.c.model)
        .where(current_assessment.c.verdict == Verdict.EXCLUDE)
        .distinct()
    )
    return sorted(session.execute(query).scalars())


def _blindly_decided(session: Session) -> dict[int, set[Verdict]]:
    """What people said of title and abstract without the machine's view, by report.

    Also where they changed their mind after they saw it: who saw it is led by it, and a report
    that left the sample for that would leave a hole where the machine may have been wrong.
    """
    undo = decision.alias()
    query = (
        sa.select(report_member.c.report_id, decision.c.verdict)
        .join(report_member, report_member.c.record_id == decision.c.report_id)
        .where(
            decision.c.stage == Stage.TITLE_ABSTRACT,
            decision.c.saw_assessment.is_(False),
            decision.c.verdict != "withdrawn",
            ~sa.exists().where(undo.c.withdraws == decision.c.id),
        )
    )
    said: dict[int, set[Verdict]] = {}
    for report_id, verdict in session.execute(query):
        said.setdefault(report_id, set()).add(Verdict(verdict))
    return said
