"""People: who reviews, what each may do, and what each is asked to read a second time."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from review.errors import InputError
from review.reviewers import Assignment, Reviewer, Role, Task
from review.second_reading import draw_second_readers
from review.store.decisions import keep_reviewer
from review.store.reviewers import (
    find_reviewers,
    keep_assignment,
    withdraw_assignment,
)
from review.store.second_reading import find_owed, find_read_once
from workbench.access import least
from workbench.pages.desk import desk_of, draw
from workbench.passwords import LEAST_LENGTH, hash_password
from workbench.people import (
    TASKS,
    call_back,
    can_sign_in,
    let_in,
    read_name,
    refuse_known,
    retire,
)
from workbench.people import change_role as give_role

router = APIRouter()

# Where the session keeps what the next look at the page says.
_DONE = "done"


@router.get("/people", dependencies=[least(Role.MAINTAINER)])
def show_people(request: Request) -> HTMLResponse:
    """Everyone with role and open reading, and the forms that change it."""
    desk = desk_of(request)
    with desk.store.session() as session:
        people = find_reviewers(session)
        owed = find_owed(session)
        read_once = {task: len(find_read_once(session, task)) for task in Task}
    open_tasks = Counter((asked.reviewer, asked.task) for asked in owed)
    own = Counter((o.reviewer, o.task) for o in owed if o.assigned_by == desk.reviewer)
    return draw(
        request,
        "people",
        people=people,
        can_sign_in=can_sign_in,
        readers=[person.name for person in people if _reads(person)],
        open_tasks=open_tasks,
        own_tasks=own,
        read_once=read_once,
        tasks=TASKS,
        roles=list(Role),
        done=request.session.pop(_DONE, ""),
        least_length=LEAST_LENGTH,
        new_id=lambda: str(uuid.uuid4()),
    )


@router.post("/people", dependencies=[least(Role.MAINTAINER)])
def add_person(
    request: Request,
    name: Annotated[str, Form()],
    role: Annotated[Role, Form()],
    password: Annotated[str, Form()],
) -> Response:
    """Let a person sign in."""
    name = read_name(name)
    with desk_of(request).store.session() as session:
        refuse_known(session, name)
        let_in(session, name, role, hash_password(password), _now())
        session.commit()
    return _back(request, f"{name} can sign in as {role}.")


@router.post("/people/role", dependencies=[least(Role.MAINTAINER)])
def change_role(
    request: Request, name: Annotated[str, Form()], role: Annotated[Role, Form()]
) -> Response:
    """Give a person another role."""
    with desk_of(request).store.session() as session:
        give_role(session, name, role)
        session.commit()
    return _back(request, f"{name} is {role} now.")


@router.post("/people/retire", dependencies=[least(Role.MAINTAINER)])
def retire_person(
    request: Request, name: Annotated[str, Form()], back: Annotated[bool, Form()] = False
) -> Response:
    """Let a person sign in no more, or call one back; what they said stays."""
    with desk_of(request).store.session() as session:
        if back:
            call_back(session, name)
        else:
            retire(session, name, _now())
        session.commit()
    if back:
        return _back(request, f"{name} is back.")
    return _back(
        request,
        f"{name} has retired; what {name} said stays. What {name} still had to read can be given "
        "to others below.",
    )


@router.post("/people/ask", dependencies=[least(Role.MAINTAINER)])
def ask_for_second_reading(
    request: Request,
    batch: Annotated[uuid.UUID, Form()],
    task: Annotated[Task, Form()],
    percent: Annotated[float, Form(ge=0, le=100)],
    readers: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Draw a share of what one person alone has read, and ask others to read it as well."""
    desk = desk_of(request)
    with desk.store.session() as session:
        known = {p.name for p in find_reviewers(session) if _reads(p)}
        chosen = [name for name in dict.fromkeys(readers or ()) if name in known]
        if not chosen:
            raise InputError("Choose who is to read a second time. Nobody was asked.")
        load = Counter(asked.reviewer for asked in find_owed(session))
        drawn = draw_second_readers(
            find_read_once(session, task), chosen, task=task, share=percent / 100, owed=load
        )
        keep_reviewer(session, desk.reviewer, Role.MAINTAINER, _now())
        for report_id, name in drawn.items():
            asked = Assignment(
                assignment_id=str(uuid.uuid5(batch, f"{task} {report_id}")),
                report_id=report_id,
                task=task,
                reviewer=name,
                assigned_by=desk.reviewer,
                assigned_at=_now(),
            )
            keep_assignment(session, asked)
        session.commit()
    each = Counter(drawn.values())
    shares = ", ".join(f"{name} {each[name]}" for name in chosen)
    return _back(request, f"Asked to {TASKS[task]} a second time: {shares}.")


@router.post("/people/take-back", dependencies=[least(Role.MAINTAINER)])
def take_back(
    request: Request,
    batch: Annotated[uuid.UUID, Form()],
    name: Annotated[str, Form()],
    task: Annotated[Task, Form()],
) -> Response:
    """Take back what this maintainer asked a person to read and that is still open."""
    desk = desk_of(request)
    with desk.store.session() as session:
        taken = [
            withdraw_assignment(
                session,
                asked.assignment_id,
                withdrawal_id=str(uuid.uuid5(batch, asked.assignment_id)),
                assigned_by=desk.reviewer,
                now=_now(),
            )
            for asked in find_owed(session, name)
            if asked.task is task and asked.assigned_by == desk.reviewer
        ]
        session.commit()
    return _back(request, f"{name} need not {TASKS[task]} any more, of {sum(taken)} reports.")


def _reads(person: Reviewer) -> bool:
    return person.role.covers(Role.REVIEWER) and person.retired_at is None


def _back(request: Request, done: str) -> RedirectResponse:
    """To the page, which says once what was done."""
    request.session[_DONE] = done
    return RedirectResponse("/people", status_code=303)


def _now() -> datetime:
    return datetime.now(UTC)
