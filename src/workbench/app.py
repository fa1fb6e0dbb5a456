"""The workbench: web pages for the people of a review, drawn on the server."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from review.errors import InputError, ReviewError
from review.protocol import load_codebook, load_protocol
from review.settings import Settings
from review.store.session import open_store
from workbench.access import RefusedError, SignInNeededError, read_secret
from workbench.api.changed import router as changed_api
from workbench.api.description import router as description
from workbench.api.duplicates import router as duplicates_api
from workbench.api.passages import router as passages_api
from workbench.api.people import router as people_api
from workbench.api.problems import is_for_programs, tell, tell_error, tell_fields
from workbench.api.review import router as review
from workbench.api.screening import router as screening_api
from workbench.api.settling import router as settling_api
from workbench.pages.agreement import remember_figures
from workbench.pages.agreement import router as agreement
from workbench.pages.answering import router as answering
from workbench.pages.conflicts import router as conflicts
from workbench.pages.desk import Desk, draw, is_fragment
from workbench.pages.duplicates import router as duplicates
from workbench.pages.passages import router as passages
from workbench.pages.people import router as people
from workbench.pages.protocol import router as protocol
from workbench.pages.reopened import router as reopened
from workbench.pages.screening import router as screening
from workbench.pages.sign_in import router as sign_in
from workbench.pages.status import router as status
from workbench.passwords import Attempts
from workbench.sent import SmallBodies
from workbench.standing import remember_standing

_HERE = Path(__file__).parent
API = (
    review,
    screening_api,
    passages_api,
    changed_api,
    duplicates_api,
    settling_api,
    people_api,
    description,
)
# A page elsewhere must not reach this one under a name of its own.
_HOSTS = ["127.0.0.1", "localhost", "testserver"]
_DAYS = 14
# Abstracts are strangers' words: none of them may run, and only our own files are fetched.
_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# An edition is one file with its style inside, and no script.
_EDITION_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def create_app(settings: Settings, reviewer: str | None, address: str = "") -> FastAPI:
    """The application over one store: for one person on this machine, or, for None, who signs in.

    ``address`` is where the workbench is reached from elsewhere, such as
    ``https://review.example.org``; with https its cookies are sent over https alone. Raises
    ReviewError where the protocol, the store or the address cannot be used.
    """
    public = _public(address)
    app = FastAPI(title="Living Review workbench", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk = Desk(
        settings=settings,
        store=open_store(settings.database),
        protocol=load_protocol(settings.protocol),
        codebook=load_codebook(settings.protocol),
        reviewer=reviewer or "",
        signs_in=reviewer is None,
    )
    app.state.standing = remember_standing(app.state.desk.store, app.state.desk.protocol)
    app.state.agreement = remember_figures(app.state.desk)
    app.state.attempts = Attempts()
    app.state.public = public
    app.state.secret = read_secret(settings.home)
    app.add_middleware(SmallBodies)
    app.add_middleware(
        SessionMiddleware,
        secret_key=app.state.secret,
        # Cookies do not tell ports apart: another review on this machine has another name.
        session_cookie="review_" + hashlib.sha256(settings.database.encode()).hexdigest()[:12],
        max_age=_DAYS * 24 * 60 * 60,
        same_site="lax",
        https_only=public.startswith("https:"),
    )
    hosts = [*_HOSTS, *([urlsplit(public).hostname or ""] if public else [])]
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts)
    app.middleware("http")(_guard)
    app.add_exception_handler(ReviewError, _explain)
    app.add_exception_handler(SignInNeededError, _ask_to_sign_in)
    app.add_exception_handler(RefusedError, _refuse)
    app.add_exception_handler(RequestValidationError, _name_fields)
    app.add_exception_handler(HTTPException, _tell_status)
    for router in API:
        app.include_router(router)
    for router in (
        sign_in,
        status,
        screening,
        passages,
        answering,
        reopened,
        duplicates,
        conflicts,
        agreement,
        people,
        protocol,
    ):
        app.include_router(router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")
    return app


def _public(address: str) -> str:
    parts = urlsplit(address.rstrip("/"))
    if address and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path):
        raise InputError(
            f"'{address}' is no address of a workbench; write it as https://review.example.org"
        )
    return f"{parts.scheme}://{parts.netloc}" if address else ""


async def _guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuse what another site sends, and tell the browser to run and fetch nothing of others."""
    origin = request.headers.get("origin")
    ours = (None, f"{request.url.scheme}://{request.url.netloc}", request.app.state.public)
    if request.method not in ("GET", "HEAD") and origin not in ours:
        return HTMLResponse("This form was not sent from the workbench.", status_code=403)
    response = await call_next(request)
    is_edition = request.url.path.startswith("/edition")
    response.headers["Content-Security-Policy"] = _EDITION_POLICY if is_edition else _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if not request.url.path.startswith("/static"):
        # Another person may sit at this browser next.
        response.headers["Cache-Control"] = "no-store"
    return response


def _explain(request: Request, error: Exception) -> Response:
    if is_for_programs(request):
        return tell_error(error)
    page = "refusal" if is_fragment(request) else "message"
    return draw(request, page, status_code=409, heading="That did not work", text=str(error))


def _ask_to_sign_in(request: Request, _: Exception) -> Response:
    if is_for_programs(request):
        return tell(401, "Sign in, or send a personal token that holds. Nothing was changed.")
    if request.method == "GET" and request.headers.get("hx-request") != "true":
        back = request.url.path + ("?" + request.url.query if request.url.query else "")
        return RedirectResponse(f"/sign-in?back={quote(back)}", status_code=303)
    return draw(
        request,
        "message",
        status_code=401,
        heading="Sign in again",
        text="Your session has ended, and nothing was changed by what you sent. Sign in again.",
    )


def _refuse(request: Request, error: Exception) -> Response:
    if is_for_programs(request):
        return tell(403, str(error))
    return draw(request, "message", status_code=403, heading="You may not do that", text=str(error))


def _name_fields(request: Request, error: Exception) -> Response:
    """What a form or an address holds and cannot be used; what was sent is not repeated."""
    assert isinstance(error, RequestValidationError)
    if is_for_programs(request):
        return tell_fields(error)
    wrong = {f"{one['loc'][-1]}: {one['msg']}" for one in error.errors()}
    page = "refusal" if is_fragment(request) else "message"
    text = (
        f"Something that was sent cannot be used ({'; '.join(sorted(wrong))}). Nothing was changed."
    )
    return draw(request, page, status_code=422, heading="That did not work", text=text)


async def _tell_status(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if is_for_programs(request):
        return tell(error.status_code, str(error.detail))
    return await http_exception_handler(request, error)
