"""Who asks, and what they may do: each route states its least role, and each form its token."""

from __future__ import annotations

import hmac
import os
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from review.errors import InputError
from review.reviewers import Reviewer, Role
from review.store.reviewers import find_reviewer
from workbench.pages.desk import Desk, token_of

_READING = {"GET", "HEAD", "OPTIONS"}


class SignInNeededError(Exception):
    """Nobody has signed in, or the session has ended."""


class RefusedError(Exception):
    """A person asked for what they may not do, or with a form that is not of their session."""


@dataclass(frozen=True)
class Least:
    """Refuses whoever lacks the role, and changes that come without the token of the session.

    Without a role everyone is let in.
    """

    role: Role | None

    async def __call__(self, request: Request) -> None:
        person = await run_in_threadpool(_find_person, request)
        request.state.person = person
        if self.role is not None and person is None:
            raise SignInNeededError
        if self.role is not None and person is not None and not person.role.covers(self.role):
            raise RefusedError(
                f"This is for the role {self.role} and those above it, and {person.name} is "
                f"{person.role}. A maintainer can change that with `living-review reviewer role`."
            )
        if request.method not in _READING:
            await _check_token(request)


def least(role: Role | None) -> Any:  # noqa: ANN401 - what FastAPI's Depends is typed as
    """The dependency by which a route states the least role that may use it; None is everyone."""
    return Depends(Least(role))


def begin_session(request: Request, person: Reviewer) -> None:
    """Let this person in: nothing of the session before remains, its token included."""
    request.session.clear()
    request.session.update(
        {"name": person.name, "version": person.session_version, "csrf": secrets.token_urlsafe(32)}
    )


def read_secret(home: Path) -> str:
    """What sessions of this review are signed with, made when first asked for.

    It lies in a file that only its owner may read, so that a restart ends no session. Raises
    InputError where it can be neither read nor written.
    """
    file = home / "session.key"
    try:
        home.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
                new.write(secrets.token_urlsafe(48))
        except FileExistsError:
            pass
        secret = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as unusable:
        raise InputError(f"{file} cannot be used to sign sessions: {unusable}") from None
    if len(secret) < 32:
        raise InputError(f"{file} holds no key to sign sessions with; delete it, it is made anew")
    return secret


def _find_person(request: Request) -> Reviewer | None:
    """Who asks: the one person of this machine, or who signed in and still may."""
    desk: Desk = request.app.state.desk
    name = desk.reviewer or request.session.get("name", "")
    if not name:
        return None
    with desk.store.session() as session:
        found = find_reviewer(session, name)
    if desk.reviewer:
        known = found or Reviewer(name=name, role=Role.MAINTAINER, added_at=datetime.now(UTC))
        return replace(known, role=Role.MAINTAINER)
    ended = (
        found is None
        or found.retired_at is not None
        or found.session_version != request.session.get("version")
    )
    return None if ended else found


async def _check_token(request: Request) -> None:
    sent = request.headers.get("x-csrf-token") or (await request.form()).get("csrf")
    if not isinstance(sent, str) or not hmac.compare_digest(
        sent.encode(), token_of(request).encode()
    ):
        raise RefusedError(
            "This form is not of your present session. Open the page again and send it once more; "
            "nothing was changed."
        )
