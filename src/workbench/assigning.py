"""Ask people to read what one person alone has read, and take that back while it is open."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from review.errors import InputError
from review.reviewers import Assignment, Reviewer, Role, Task
from review.second_reading import draw_second_readers
from review.store.decisions import keep_reviewer
from review.store.reviewers import find_reviewers, keep_assignment, withdraw_assignment
from review.store.second_reading import find_owed, find_read_once
from review.store.session import Session
from workbench.pages.desk import Desk


def ask_to_read(
    session: Session,
    desk: Desk,
    batch: uuid.UUID,
    task: Task,
    share: float,
    readers: Iterable[str],
    now: datetime,
) -> Mapping[str, int]:
    """Ask these people to read a share in [0, 1] of what one person alone has read, and commit.

    ``batch`` makes the ids, so that sending it again asks for nothing more. Returns how many
    reports each is asked to read by it. Raises InputError where none of them can read.
    """
    known = {p.name for p in find_reviewers(session) if reads(p)}
    chosen = [name for name in dict.fromkeys(readers) if name in known]
    if not chosen:
        raise InputError("Choose who is to read a second time. Nobody was asked.")
    load = Counter(asked.reviewer for asked in find_owed(session))
    drawn = draw_second_readers(
        find_read_once(session, task), chosen, task=task, share=share, owed=load
    )
    keep_reviewer(session, desk.reviewer, Role.MAINTAINER, now)
    for report_id, name in drawn.items():
        asked = Assignment(
            assignment_id=str(uuid.uuid5(batch, f"{task} {report_id}")),
            report_id=report_id,
            task=task,
            reviewer=name,
            assigned_by=desk.reviewer,
            assigned_at=now,
        )
        keep_assignment(session, asked)
    session.commit()
    each = Counter(drawn.values())
    return {name: each[name] for name in chosen}


def ask_no_more(
    session: Session, desk: Desk, batch: uuid.UUID, name: str, task: Task, now: datetime
) -> int:
    """Take back what this maintainer asked a person to read and is open, and commit; how many."""
    taken = [
        withdraw_assignment(
            session,
            asked.assignment_id,
            withdrawal_id=str(uuid.uuid5(batch, asked.assignment_id)),
            assigned_by=desk.reviewer,
            now=now,
        )
        for asked in find_owed(session, name)
        if asked.task is task and asked.assigned_by == desk.reviewer
    ]
    session.commit()
    return sum(taken)


def reads(person: Reviewer) -> bool:
    """Whether this person can be asked to read."""
    return person.role.covers(Role.REVIEWER) and person.retired_at is None
