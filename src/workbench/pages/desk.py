"""What every page works with: the review's files and store, and the drawing of a template."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from review.protocol import Codebook, Protocol
from review.settings import Settings
from review.store.session import Store

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One person's place at one review."""

    settings: Settings
    store: Store
    protocol: Protocol
    codebook: Codebook
    reviewer: str


def desk_of(request: Request) -> Desk:
    """The desk of the application that answers this request."""
    desk: Desk = request.app.state.desk
    return desk


def draw(request: Request, page: str, *, status_code: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401
    """A page drawn from the template of that name."""
    template = _TEMPLATES.get_template(f"{page}.html.j2")
    html = template.render(desk=desk_of(request), page=page, **values)
    return HTMLResponse(html, status_code=status_code)
