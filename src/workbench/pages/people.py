"""People: who reviews, what each may do, and what each is asked to read a second time."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from review.reviewers import Role, Task
from review.store.reviewers import (
    find_reviewers,
)
from review.store.second_reading import find_owed, find_read_once
from workbench.access import least
from workbench.assigning import ask_no_more, ask_to_read, reads
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
        known = desk.disputes.find(session).read_by_one
        read_once = {task: len(find_read_once(session, task, known[task])) for task in Task}
    open_tasks = Counter((asked.reviewer, asked.task) for asked in owed)
    own = Counter((o.reviewer, o.task) for o in owed if o.assigned_by == desk.reviewer)
    return draw(
        request,
        "people",
        people=people,
        can_sign_in=can_sign_in,
        readers=[person.name for person in people if reads(person)],
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
        each = ask_to_read(session, desk, batch, task, percent / 100, readers or (), _now())
    shares = ", ".join(f"{name} {count}" for name, count in each.items())
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
        taken = ask_no_more(session, desk, batch, name, task, _now())
    return _back(request, f"{name} need not {TASKS[task]} any more, of {taken} reports.")


def _back(request: Request, done: str) -> RedirectResponse:
    """To the page, which says once what was done."""
    request.session[_DONE] = done
    return RedirectResponse("/people", status_code=303)


def _now() -> datetime:
    return datetime.now(UTC)
