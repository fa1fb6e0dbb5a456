"""People's decisions on reports, and what adjudicators settled about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from review.decisions import Answer, Decision, DecisionAnswer, Quote, Stage, Verdict
from review.errors import InputError, StoreError
from review.store.schema import consensus, decision, report_member, reviewer
from review.store.session import Session
from review.store.views import current_consensus, current_decision
from review.store.visibility import seen_decisions

_NEVER = datetime.max.replace(tzinfo=UTC)


def keep_reviewer(session: Session, name: str, role: str, now: datetime) -> None:
    """Make a person known; a name already known is left as it is. The caller commits."""
    session.insert_missing(reviewer, [{"name": name, "role": role, "added_at": now}])


def keep_decision(session: Session, said: Decision) -> None:
    """Write a person's verdict down; the same decision sent again changes nothing.

    Raises InputError where an exclusion names no reason, StoreError where the id was used for
    another decision. The caller commits.
    """
    keep_vote(
        session,
        decision,
        {
            **_verdict_columns(said),
            "reviewer": said.reviewer,
            "saw_assessment": said.saw_assessment,
            "decided_at": said.decided_at,
            "lane": said.lane,
        },
    )


def withdraw_decision(
    session: Session, decision_id: str, *, withdrawal_id: str, reviewer: str, now: datetime
) -> bool:
    """Take a decision back by a new row; false where that reviewer made none of that id.

    What the same person decided before stands again. The caller commits.
    """
    return keep_withdrawal(
        session, decision, decision_id, withdrawal_id, reviewer, {"decided_at": now}
    )


def keep_consensus(session: Session, said: Decision, reason: str) -> None:
    """Write down what an adjudicator, the decision's reviewer, settled, and why.

    The votes it settles stay as they are. Raises as ``keep_decision`` does. The caller commits.
    """
    keep_vote(
        session,
        consensus,
        {
            **_verdict_columns(said),
            "adjudicator": said.reviewer,
            "reason": reason,
            "settled_at": said.decided_at,
        },
    )


def withdraw_consensus(
    session: Session, decision_id: str, *, withdrawal_id: str, adjudicator: str, now: datetime
) -> bool:
    """Take a consensus back by a new row; false where that adjudicator settled none of that id.

    The caller commits.
    """
    return keep_withdrawal(
        session, consensus, decision_id, withdrawal_id, adjudicator, {"settled_at": now}
    )


def find_decisions(
    session: Session, report_ids: Sequence[int] | None = None, *, reader: str | None = None
) -> list[Decision]:
    """Every decision that stands, on all of today's reports or on these, oldest first.

    For a ``reader`` only what that person may see: their own, and others' on a report at a stage
    that they decided on, too.
    """
    if report_ids is not None and not report_ids:
        # The view would be read all the same.
        return []
    query = sa.select(current_decision).order_by(current_decision.c.seq)
    if report_ids is not None:
        query = query.where(current_decision.c.report_id.in_(report_ids))
    if reader is not None:
        query = query.where(seen_decisions(current_decision, "reviewer", reader))
    return [as_decision(row) for row in session.execute(query).mappings()]


def find_first_decisions(session: Session) -> list[Decision]:
    """Each person's first decision on a report at a stage, oldest first, taken back or not.

    None is first that was made after the report was settled at that stage: its maker may have known
    what others said. Of another text than today's it counts as well as of today's.
    """
    age = sa.func.row_number().over(
        partition_by=(report_member.c.report_id, decision.c.stage, decision.c.reviewer),
        order_by=decision.c.seq,
    )
    said = (
        sa.select(
            report_member.c.report_id,
            *(c for c in decision.c if c.name not in ("report_id", "withdraws")),
            age.label("age"),
        )
        .join(report_member, report_member.c.record_id == decision.c.report_id)
        .where(decision.c.withdraws.is_(None))
        .subquery()
    )
    settled = (
        sa.select(report_member.c.report_id, consensus.c.stage, consensus.c.settled_at)
        .join(report_member, report_member.c.record_id == consensus.c.report_id)
        .where(consensus.c.withdraws.is_(None))
        # The first one last, so that it is what remains.
        .order_by(consensus.c.settled_at.desc())
    )
    since = {(report_id, stage): at for report_id, stage, at in session.execute(settled)}
    query = sa.select(said).where(said.c.age == 1).order_by(said.c.seq)
    return [
        as_decision(row)
        for row in session.execute(query).mappings()
        if row["decided_at"] < since.get((row["report_id"], row["stage"]), _NEVER)
    ]


def find_decision(session: Session, decision_id: str) -> Decision | None:
    """The decision of that id, where it stands."""
    # By its report: the view of one report is read through an index, and else the whole.
    of = sa.select(report_member.c.report_id).join(
        decision, decision.c.report_id == report_member.c.record_id
    )
    report_id = session.execute(of.where(decision.c.id == decision_id)).scalar()
    query = sa.select(current_decision).where(
        current_decision.c.report_id == report_id, current_decision.c.id == decision_id
    )
    row = session.execute(query).mappings().first()
    return as_decision(row) if row else None


def find_consensus(
    session: Session,
    report_ids: Sequence[int] | None = None,
    *,
    reader: str | None = None,
    last: int | None = None,
) -> list[Decision]:
    """The consensus that stands on all of today's reports or on these, oldest first.

    At most the ``last`` of them.

    The decision's reviewer is who settled it. For a ``reader`` only where that person has decided,
    too, or settled it.
    """
    query = sa.select(current_consensus).order_by(current_consensus.c.seq.desc()).limit(last)
    if report_ids is not None:
        query = query.where(current_consensus.c.report_id.in_(report_ids))
    if reader is not None:
        query = query.where(seen_decisions(current_consensus, "adjudicator", reader))
    return [
        Decision(
            decision_id=row["id"],
            report_id=row["report_id"],
            stage=Stage(row["stage"]),
            reviewer=row["adjudicator"],
            verdict=Verdict(row["verdict"]),
            exclusion_reason=row["exclusion_reason"],
            decided_at=row["settled_at"],
            answers=_answers(row),
        )
        for row in reversed(session.execute(query).mappings().all())
    ]


def find_screening_order(session: Session) -> list[int]:
    """Today's reports that people decided on by title and abstract, as they first came to them."""
    first = sa.func.min(decision.c.seq)
    query = (
        sa.select(report_member.c.report_id)
        .join(current_decision, current_decision.c.report_id == report_member.c.report_id)
        .join(decision, decision.c.report_id == report_member.c.record_id)
        .where(
            current_decision.c.stage == Stage.TITLE_ABSTRACT,
            decision.c.stage == Stage.TITLE_ABSTRACT,
        )
        .group_by(report_member.c.report_id)
        .order_by(first)
    )
    return list(session.execute(query).scalars())


def keep_withdrawal(
    session: Session,
    table: sa.Table,
    vote_id: str,
    withdrawal_id: str,
    reviewer: str,
    moment: Mapping[str, datetime],
) -> bool:
    """Take one vote back by a new row; false where that reviewer made none of that id.

    ``moment`` names the table's column of time. The caller commits.
    """
    # The machine votes on duplicates, too; and who is assigned is not who assigns.
    names = ("voter", "adjudicator", "assigned_by", "reviewer")
    who = next(table.c[name] for name in names if name in table.c)
    query = sa.select(table).where(table.c.id == vote_id, who == reviewer)
    row = session.execute(query).mappings().first()
    if row is None:
        return False
    undo = {
        **{name: value for name, value in row.items() if name != "seq"},
        "id": withdrawal_id,
        "withdraws": vote_id,
        "verdict": "withdrawn",
        **moment,
    }
    session.insert_missing(table, [undo])
    return True


def keep_vote(session: Session, table: sa.Table, row: Mapping[str, Any]) -> None:
    """Append one vote; sending it again is harmless.

    Raises StoreError where the id was used for another vote. The caller commits.
    """
    session.insert_missing(table, [row])
    kept = session.execute(sa.select(table).where(table.c.id == row["id"])).mappings().one()
    # Sent again it carries a later time; all else must be the same.
    said = {name: value for name, value in row.items() if not isinstance(value, datetime)}
    if any(kept[name] != value for name, value in said.items()):
        raise StoreError(
            f"the id {row['id']} was used for another {table.name}; make a new id for each"
        )


def _verdict_columns(said: Decision) -> dict[str, Any]:
    if (said.verdict is Verdict.EXCLUDE) != (said.exclusion_reason is not None):
        raise InputError("an exclusion names one reason, and nothing else names one")
    return {
        "id": said.decision_id,
        "report_id": said.report_id,
        "stage": said.stage,
        "verdict": said.verdict,
        "exclusion_reason": said.exclusion_reason,
        "answers": [
            {
                "criterion": answer.criterion,
                "answer": str(answer.answer),
                "quote": asdict(answer.quote) if answer.quote else None,
            }
            for answer in said.answers
        ],
    }


def as_decision(row: sa.RowMapping) -> Decision:
    """The decision in a row, on the report that the row names."""
    return Decision(
        decision_id=row["id"],
        report_id=row["report_id"],
        stage=Stage(row["stage"]),
        reviewer=row["reviewer"],
        verdict=Verdict(row["verdict"]),
        exclusion_reason=row["exclusion_reason"],
        saw_assessment=row["saw_assessment"],
        decided_at=row["decided_at"],
        answers=_answers(row),
        lane=row["lane"],
    )


def _answers(row: sa.RowMapping) -> tuple[DecisionAnswer, ...]:
    return tuple(
        DecisionAnswer(
            criterion=said["criterion"],
            answer=Answer(said["answer"]),
            quote=Quote(**said["quote"]) if said["quote"] else None,
        )
        for said in row["answers"]
    )
