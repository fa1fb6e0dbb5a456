"""Who may sign in: how a person is let in, changes role and retires; the last maintainer stays."""

from __future__ import annotations

from datetime import datetime

from review.errors import InputError
from review.reviewers import Reviewer, Role, Task
from review.store.decisions import keep_reviewer
from review.store.reviewers import (
    find_reviewer,
    find_reviewers,
    keep_password,
    keep_retirement,
    keep_role,
)
from review.store.session import Session

# What a person can be asked to do, in words that follow "asked to".
TASKS = {
    Task.TITLE_ABSTRACT: "screen title and abstract",
    Task.FULL_TEXT: "screen the full text",
    Task.PASSAGES: "verify passages",
}
_MOST_LETTERS = 80


def read_name(name: str) -> str:
    """The name of a person as it is kept. Raises InputError where it cannot be one."""
    name = name.strip()
    if not name or len(name) > _MOST_LETTERS or not name.isprintable():
        raise InputError(f"a name has 1 to {_MOST_LETTERS} letters that can be printed")
    return name


def refuse_known(session: Session, name: str) -> None:
    """Raises InputError where a person of that name can sign in already."""
    found = find_reviewer(session, name)
    if found and can_sign_in(found):
        raise InputError(
            f"{name} can sign in already; `living-review reviewer role` gives another role, "
            "`living-review reviewer password` another password"
        )


def let_in(session: Session, name: str, role: Role, password_hash: str, now: datetime) -> None:
    """Let a person sign in; one who is known from votes, or had retired, too.

    The caller commits.
    """
    keep_reviewer(session, name, role, now)
    keep_role(session, name, role)
    keep_retirement(session, name, None)
    keep_password(session, name, password_hash)


def change_role(session: Session, name: str, role: Role) -> None:
    """Give a person another role.

    Raises InputError where nobody is called so, or where no maintainer would be left. The caller
    commits.
    """
    require_person(session, name)
    if role is not Role.MAINTAINER:
        _refuse_last_maintainer(session, name)
    keep_role(session, name, role)


def retire(session: Session, name: str, now: datetime) -> None:
    """Let a person sign in no more; what they said stays.

    Raises InputError where nobody is called so, or where no maintainer would be left. The caller
    commits.
    """
    require_person(session, name)
    _refuse_last_maintainer(session, name)
    keep_retirement(session, name, now)


def call_back(session: Session, name: str) -> None:
    """Let a person who retired sign in again. Raises InputError where nobody is called so.

    The caller commits.
    """
    require_person(session, name)
    keep_retirement(session, name, None)


def require_person(session: Session, name: str) -> None:
    """Raises InputError, which names who is known, where nobody is called so."""
    if find_reviewer(session, name) is None:
        known = ", ".join(person.name for person in find_reviewers(session)) or "nobody"
        raise InputError(f"nobody is called '{name}' here; known are: {known}")


def can_sign_in(person: Reviewer) -> bool:
    """Whether this person has a password and has not retired."""
    return bool(person.password_hash) and person.retired_at is None


def _refuse_last_maintainer(session: Session, name: str) -> None:
    """Raises InputError where nobody else could see to people once this person does not."""
    maintainers = {
        p.name for p in find_reviewers(session) if p.role is Role.MAINTAINER and can_sign_in(p)
    }
    if maintainers == {name}:
        raise InputError(
            f"{name} is the only maintainer who can sign in; make another person maintainer first. "
            "Nothing was changed."
        )
