"""The workbench: web pages for the people of a review, drawn on the server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.trustedhost import TrustedHostMiddleware

from review.errors import ReviewError
from review.protocol import load_codebook, load_protocol
from review.settings import Settings
from review.store.session import open_store
from workbench.pages.desk import Desk, draw
from workbench.pages.duplicates import router as duplicates
from workbench.pages.passages import router as passages
from workbench.pages.reopened import router as reopened
from workbench.pages.status import router as status

_HERE = Path(__file__).parent
# Abstracts are strangers' words: nothing in a page may run, and nothing may be fetched.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# An edition is one file with its style inside.
_EDITION_POLICY = _POLICY.replace("style-src 'self'", "style-src 'unsafe-inline'")


def create_app(settings: Settings, reviewer: str) -> FastAPI:
    """The application over one store, for one person on this machine.

    Raises ReviewError where the protocol or the store cannot be opened.
    """
    app = FastAPI(title="Living Review workbench", docs_url=None, redoc_url=None)
    app.state.desk = Desk(
        settings=settings,
        store=open_store(settings.database),
        protocol=load_protocol(settings.protocol),
        codebook=load_codebook(settings.protocol),
        reviewer=reviewer,
    )
    # A page elsewhere must not reach this one under a name of its own.
    app.add_middleware(
        TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "testserver"]
    )
    app.middleware("http")(_guard)
    app.add_exception_handler(ReviewError, _explain)
    app.include_router(status)
    app.include_router(passages)
    app.include_router(reopened)
    app.include_router(duplicates)
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")
    return app


async def _guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuse what another site sends, and tell the browser to run and fetch nothing."""
    origin = request.headers.get("origin")
    if request.method == "POST" and origin not in (
        None,
        f"{request.url.scheme}://{request.url.netloc}",
    ):
        return HTMLResponse("This form was not sent from the workbench.", status_code=403)
    response = await call_next(request)
    is_edition = request.url.path.startswith("/edition")
    response.headers["Content-Security-Policy"] = _EDITION_POLICY if is_edition else _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _explain(request: Request, error: Exception) -> HTMLResponse:
    return draw(request, "message", status_code=409, heading="That did not work", text=str(error))
