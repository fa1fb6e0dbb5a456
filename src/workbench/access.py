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
from workbench.api.problems import is_for_programs
from workbench.pages.desk import Desk, token_of
from workbench.sent import find_unkept, is_kept
from workbench.tokens import read_token

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
        await _refuse_unkept(request)
        if request.method not in _READING and not _is_told_apart(request):
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
    name, version = _name_and_version(request)
    name = desk.reviewer or name
    if not name or not is_kept(name):
        return None
    with desk.store.session() as session:
        found = find_reviewer(session, name)
    if desk.reviewer:
        known = found or Reviewer(name=name, role=Role.MAINTAINER, added_at=datetime.now(UTC))
        return replace(known, role=Role.MAINTAINER)
    ended = found is None or found.retired_at is not None or found.session_version != version
    return None if ended else found


def _name_and_version(request: Request) -> tuple[str, object]:
    """Who asks by the token of a program, where it sends one, else by the session."""
    token = _token_sent(request)
    if token is not None:
        return read_token(request.app.state.secret, token, datetime.now(UTC)) or ("", None)
    return request.session.get("name", ""), request.session.get("version")


def _token_sent(request: Request) -> str | None:
    """The personal token in a request of a program; the pages take none."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    is_sent = is_for_programs(request) and kind.lower() == "bearer"
    return token.strip() if is_sent else None


def _is_told_apart(request: Request) -> bool:
    """Whether no page of another site could have sent this, so that no form's token is needed.

    A browser adds no personal token by itself. Where one person works alone it sends JSON to
    another site only if that site allows it, which this one does not.
    """
    if _token_sent(request) is not None:
        return True
    desk: Desk = request.app.state.desk
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return is_for_programs(request) and bool(desk.reviewer) and kind == "application/json"


async def _refuse_unkept(request: Request) -> None:
    """Raises InputError where text that no database keeps stands in the address or a form."""
    kind = request.headers.get("content-type", "")
    is_form = kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data"))
    form = await request.form() if is_form and request.method not in _READING else {}
    name = find_unkept(request.path_params, request.query_params, form)
    if name:
        raise InputError(
            f"‘{name}’ holds a character that cannot be kept, such as NUL; leave it out. "
            "Nothing was changed."
        )


async def _check_token(request: Request) -> None:
    sent = request.headers.get("x-csrf-token") or (await request.form()).get("csrf")
    if not isinstance(sent, str) or not hmac.compare_digest(
        sent.encode(), token_of(request).encode()
    ):
        raise RefusedError(
            "This form is not of your present session. Open the page again and send it once more; "
            "nothing was changed."
        )
