"""Operations on the people of the review, and on what each is asked to read."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from review.reviewers import Role, Task
from review.store.reviewers import find_reviewers
from review.store.second_reading import find_owed
from workbench.access import least
from workbench.api.models import Kept, Sent, Shape
from workbench.api.problems import PROBLEMS, ROOT
from workbench.assigning import ask_no_more, ask_to_read
from workbench.pages.desk import desk_of
from workbench.passwords import hash_password
from workbench.people import call_back, let_in, read_name, refuse_known, retire
from workbench.people import change_role as give_role
from workbench.sent import Text

router = APIRouter(prefix=ROOT, tags=["People"], responses={**PROBLEMS})

Name = Annotated[Text, Field(max_length=80)]


class Person(Shape):
    """One person of the review."""

    name: str
    role: Role
    added_at: datetime
    retired_at: datetime | None


class Asked(Shape):
    """What a person is asked to read as well, and has not."""

    assignment_id: str
    report_id: int
    task: Task
    reviewer: str
    assigned_by: str
    assigned_at: datetime


class Me(Shape):
    """Who you are here, and what you are asked to read."""

    name: str
    role: Role
    asked: list[Asked]


class NewPerson(Sent):
    """A person who may sign in from now on."""

    name: Name
    role: Role
    password: Text = Field(max_length=1000)


class NewRole(Sent):
    """Another role for a person."""

    name: Name
    role: Role


class Retirement(Sent):
    """That a person signs in no more, or does again."""

    name: Name
    back: bool = False


class Asking(Sent):
    """Whom to ask to read what one person alone has read."""

    batch: uuid.UUID = Field(description="A new id of your making; sent again, it asks no more.")
    task: Task
    percent: float = Field(ge=0, le=100, description="Of what one person alone has read.")
    readers: list[Name] = Field(max_length=200)


class AskingBack(Sent):
    """What a person need not read any more."""

    batch: uuid.UUID = Field(description="A new id of your making.")
    name: Name
    task: Task


class Shares(Shape):
    """How many reports each is asked to read by it."""

    asked: dict[str, int]


@router.get("/me", dependencies=[least(Role.GUEST)])
def tell_me(request: Request) -> Me:
    """Who you are here, and what you are asked to read and have not."""
    desk = desk_of(request)
    assert desk.person is not None
    with desk.store.session() as session:
        owed = find_owed(session, desk.reviewer)
    asked = [Asked.model_validate(one) for one in owed]
    return Me(name=desk.reviewer, role=desk.person.role, asked=asked)


@router.get("/people", dependencies=[least(Role.MAINTAINER)])
def list_people(request: Request) -> list[Person]:
    """Everyone, also those who retired, by name."""
    with desk_of(request).store.session() as session:
        return [Person.model_validate(person) for person in find_reviewers(session)]


@router.post("/people", dependencies=[least(Role.MAINTAINER)])
def add_person(request: Request, sent: NewPerson) -> Kept:
    """Let a person sign in."""
    name = read_name(sent.name)
    with desk_of(request).store.session() as session:
        refuse_known(session, name)
        let_in(session, name, sent.role, hash_password(sent.password), _now())
        session.commit()
    return Kept(id=name, said=f"{name} can sign in as {sent.role}.")


@router.post("/people/roles", dependencies=[least(Role.MAINTAINER)])
def change_role(request: Request, sent: NewRole) -> Kept:
    """Give a person another role."""
    with desk_of(request).store.session() as session:
        give_role(session, sent.name, sent.role)
        session.commit()
    return Kept(id=sent.name, said=f"{sent.name} is {sent.role} now.")


@router.post("/people/retirements", dependencies=[least(Role.MAINTAINER)])
def retire_person(request: Request, sent: Retirement) -> Kept:
    """Let a person sign in no more, or call one back; what they said stays."""
    with desk_of(request).store.session() as session:
        if sent.back:
            call_back(session, sent.name)
        else:
            retire(session, sent.name, _now())
        session.commit()
    return Kept(id=sent.name, said=f"{sent.name} {'is back' if sent.back else 'has retired'}.")


@router.get("/assignments", dependencies=[least(Role.MAINTAINER)])
def list_assignments(request: Request) -> list[Asked]:
    """What everyone is asked to read and has not, oldest first."""
    with desk_of(request).store.session() as session:
        return [Asked.model_validate(one) for one in find_owed(session)]


@router.post("/assignments", dependencies=[least(Role.MAINTAINER)])
def ask(request: Request, sent: Asking) -> Shares:
    """Draw a share of what one person alone has read, and ask others to read it as well."""
    desk = desk_of(request)
    with desk.store.session() as session:
        each = ask_to_read(
            session, desk, sent.batch, sent.task, sent.percent / 100, sent.readers, _now()
        )
    return Shares(asked=dict(each))


@router.post("/assignments/withdrawals", dependencies=[least(Role.MAINTAINER)])
def ask_back(request: Request, sent: AskingBack) -> Shares:
    """Take back what you asked a person to read and that is still open."""
    desk = desk_of(request)
    with desk.store.session() as session:
        taken = ask_no_more(session, desk, sent.batch, sent.name, sent.task, _now())
    return Shares(asked={sent.name: taken})


def _now() -> datetime:
    return datetime.now(UTC)
