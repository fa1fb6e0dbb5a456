"""Signing in and out, and the keys each person chooses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from review.errors import InputError
from review.reviewers import Role
from review.store.decisions import keep_reviewer
from review.store.reviewers import find_reviewer, keep_keys
from workbench.access import begin_session, least
from workbench.keys import ACTIONS, read_keys
from workbench.pages.desk import desk_of, draw
from workbench.passwords import Attempts, is_password

router = APIRouter()


@router.get("/sign-in", dependencies=[least(None)])
def ask_to_sign_in(request: Request, back: Annotated[str, Query()] = "/") -> Response:
    """The form for name and password; who is known already goes where they wanted."""
    if desk_of(request).person is not None:
        return RedirectResponse(_within(back), status_code=303)
    return draw(request, "sign_in", back=back, name="", wrong="")


@router.post("/sign-in", dependencies=[least(None)])
def sign_in(
    request: Request,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/",
) -> Response:
    """Let a person in whose password is right; say no more than that name or password is wrong."""
    desk, now = desk_of(request), datetime.now(UTC)
    attempts: Attempts = request.app.state.attempts
    address = request.client.host if request.client else ""
    name = name.strip()
    if not desk.signs_in:
        return RedirectResponse("/", status_code=303)
    wait = attempts.wait(name, address, now)
    if wait is not None:
        minutes = int(wait.total_seconds() // 60) + 1
        sentence = f"Too many attempts. Try again in {minutes} minutes."
        return draw(request, "sign_in", status_code=429, back=back, name=name, wrong=sentence)
    # Counted before it is known, so that many at once do not all slip through.
    attempts.keep_failure(name, address, now)
    with desk.store.session() as session:
        person = find_reviewer(session, name)
    is_right = is_password(password, person.password_hash if person else "")
    if person is None or not is_right or person.retired_at is not None:
        sentence = "This name and password do not go together. Nothing was changed."
        return draw(request, "sign_in", status_code=401, back=back, name=name, wrong=sentence)
    attempts.forgive(name, address)
    begin_session(request, person)
    return RedirectResponse(_within(back), status_code=303)


@router.post("/sign-out", dependencies=[least(Role.GUEST)])
def sign_out(request: Request) -> Response:
    """End this browser's session."""
    request.session.clear()
    return RedirectResponse("/sign-in", status_code=303)


@router.get("/keys", dependencies=[least(Role.GUEST)])
def show_keys(request: Request, kept: Annotated[bool, Query()] = False) -> Response:
    """What each key does; who wants others, or none, says so here."""
    return draw(request, "keys", actions=ACTIONS, kept=kept)


@router.post("/keys", dependencies=[least(Role.GUEST)])
async def choose_keys(request: Request) -> Response:
    """Keep the keys a person chose."""
    form = await request.form()
    wanted = {name: value for name, value in form.items() if isinstance(value, str)}
    keys = {} if "reset" in form else read_keys("off" in form, wanted)
    desk = desk_of(request)
    if desk.person is None:
        raise InputError("sign in before you choose keys")
    with desk.store.session() as session:
        keep_reviewer(session, desk.reviewer, desk.person.role, datetime.now(UTC))
        keep_keys(session, desk.reviewer, keys)
        session.commit()
    return RedirectResponse("/keys?kept=true", status_code=303)


def _within(address: str) -> str:
    """The address if it is a page of the workbench, else its first page."""
    parts = urlsplit(address)
    is_ours = address.startswith("/") and not address.startswith(("//", "/\\"))
    is_plain = not any(ord(c) < 33 or c == "\\" for c in address)
    return address if is_ours and is_plain and not parts.scheme and not parts.netloc else "/"
