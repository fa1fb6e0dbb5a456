"""What every page works with: the review's files and store, and the drawing of a template."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reporting.text import unturned
from review.protocol import Codebook, Protocol
from review.reviewers import Reviewer, Role
from review.settings import Settings
from review.store.session import Store
from workbench.disputes import Disputes
from workbench.keys import key_of, keyed


def _shown(value: object) -> object:
    """What jinja prints: words of strangers must not turn around the words of the page."""
    return unturned(value) if isinstance(value, str) and not isinstance(value, Markup) else value


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    finalize=_shown,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
# Pages in the order of the work: key, address, name, least role.
PAGES = (
    ("status", "/", "Status", Role.GUEST),
    ("screening", "/screening", "Screening", Role.GUEST),
    ("passages", "/passages", "Passages", Role.GUEST),
    ("reopened", "/reopened", "Changed", Role.GUEST),
    ("duplicates", "/duplicates", "Duplicates", Role.GUEST),
    ("conflicts", "/conflicts", "Conflicts", Role.ADJUDICATOR),
    ("agreement", "/agreement", "Agreement", Role.REVIEWER),
    ("edition", "/edition", "Report", Role.GUEST),
    ("protocol", "/protocol", "Protocol", Role.GUEST),
    ("people", "/people", "People", Role.MAINTAINER),
)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One person's place at one review.

    ``reviewer`` is the person's name, empty where nobody has signed in; ``person`` is None then.
    ``signs_in`` says whether people sign in here, or one person works alone.
    """

    settings: Settings
    store: Store
    protocol: Protocol
    codebook: Codebook
    reviewer: str
    person: Reviewer | None = None
    signs_in: bool = False
    disputes: Disputes = field(default_factory=Disputes)

    @property
    def reader(self) -> str | None:
        """For whom others' votes are to be hidden; None for those who settle what people say."""
        return None if self.may(Role.ADJUDICATOR) else self.reviewer

    def may(self, role: Role) -> bool:
        """Whether the person may do what this role may."""
        return self.person is not None and self.person.role.covers(role)


def desk_of(request: Request) -> Desk:
    """The desk of the person who sent this request."""
    desk: Desk = request.app.state.desk
    person: Reviewer | None = getattr(request.state, "person", None)
    return replace(desk, person=person, reviewer=person.name if person else "")


def token_of(request: Request) -> str:
    """The token that every form of this session carries."""
    token: str = request.session.get("csrf", "")
    if not token:
        token = secrets.token_urlsafe(32)
        request.session["csrf"] = token
    return token


def is_fragment(request: Request) -> bool:
    """Whether a script asks for a part of the page; without one the whole page is asked for."""
    return request.headers.get("hx-request") == "true"


def draw(request: Request, page: str, *, status_code: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401
    """A page drawn from the template of that name."""
    desk = desk_of(request)
    chosen = desk.person.keys if desk.person else {}
    html = _TEMPLATES.get_template(f"{page}.html.j2").render(
        desk=desk,
        page=page,
        links=[link for link in PAGES if desk.may(link[3])],
        csrf=token_of(request),
        token=lambda: _hidden(token_of(request)),
        keyed=lambda action: keyed(chosen, action),
        key=lambda action: key_of(chosen, action),
        **values,
    )
    return HTMLResponse(html, status_code=status_code)


def _hidden(token: str) -> Markup:
    return Markup('<input type="hidden" name="csrf" value="{}">').format(token)
