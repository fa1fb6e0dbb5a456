"""Who the people of the review are, how they sign in, and the keys they chose."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from review.reviewers import Assignment, Reviewer, Role, Task
from review.store.decisions import keep_vote, keep_withdrawal
from review.store.schema import assignment, reviewer
from review.store.session import Session
from review.store.views import current_assignment


def find_reviewer(session: Session, name: str) -> Reviewer | None:
    """The person of that name, retired or not."""
    row = session.execute(sa.select(reviewer).where(reviewer.c.name == name)).mappings().first()
    return _reviewer(row) if row else None


def find_reviewers(session: Session) -> list[Reviewer]:
    """Everyone, also those who retired, by name."""
    rows = session.execute(sa.select(reviewer).order_by(reviewer.c.name)).mappings()
    return [_reviewer(row) for row in rows]


def keep_role(session: Session, name: str, role: Role) -> None:
    """Give a person another role. The caller commits."""
    _change(session, name, {"role": role})


def keep_password(session: Session, name: str, password_hash: str) -> None:
    """Give a person a password, by its hash; sessions begun before end. The caller commits."""
    _change(session, name, {"password_hash": password_hash, **_ENDED})


def keep_retirement(session: Session, name: str, retired_at: datetime | None) -> None:
    """Retire a person, or None: call them back. Sessions end, votes stay. The caller commits."""
    _change(session, name, {"retired_at": retired_at, **_ENDED})


def keep_keys(session: Session, name: str, keys: Mapping[str, object]) -> None:
    """Keep the keys a person chose for the pages. The caller commits."""
    _change(session, name, {"keys": dict(keys)})


def keep_assignment(session: Session, said: Assignment) -> None:
    """Ask a person to read a report; sending it again changes nothing. The caller commits."""
    keep_vote(
        session,
        assignment,
        {
            "id": said.assignment_id,
            "report_id": said.report_id,
            "task": said.task,
            "reviewer": said.reviewer,
            "verdict": "assigned",
            "assigned_by": said.assigned_by,
            "assigned_at": said.assigned_at,
        },
    )


def withdraw_assignment(
    session: Session, assignment_id: str, *, withdrawal_id: str, assigned_by: str, now: datetime
) -> bool:
    """Take an assignment back by a new row; false where that person assigned none of that id.

    The caller commits.
    """
    return keep_withdrawal(
        session, assignment, assignment_id, withdrawal_id, assigned_by, {"assigned_at": now}
    )


def find_assignments(session: Session, name: str | None = None) -> list[Assignment]:
    """The assignments that stand, of everyone or of one person, oldest first."""
    query = sa.select(current_assignment).order_by(current_assignment.c.seq)
    if name is not None:
        query = query.where(current_assignment.c.reviewer == name)
    return [
        Assignment(
            assignment_id=row["id"],
            report_id=row["report_id"],
            task=Task(row["task"]),
            reviewer=row["reviewer"],
            assigned_by=row["assigned_by"],
            assigned_at=row["assigned_at"],
        )
        for row in session.execute(query).mappings()
    ]


_ENDED = {"session_version": reviewer.c.session_version + 1}


def _change(session: Session, name: str, values: Mapping[str, object]) -> None:
    session.execute(sa.update(reviewer).where(reviewer.c.name == name).values(**values))


def _reviewer(row: sa.RowMapping) -> Reviewer:
    return Reviewer(
        name=row["name"],
        role=Role(row["role"]),
        added_at=row["added_at"],
        retired_at=row["retired_at"],
        password_hash=row["password_hash"],
        session_version=row["session_version"],
        keys=row["keys"],
    )
