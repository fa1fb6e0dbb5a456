"""The description of the programming interface: OpenAPI for programs, a page of it for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic.json_schema import models_json_schema

from review.reviewers import Role
from workbench.access import Least, least
from workbench.api.problems import ROOT, Problem
from workbench.pages.desk import desk_of, draw
from workbench.tokens import DAYS, make_token

router = APIRouter()

_TITLE = "Living Review workbench"
_VERSION = "1"
_ABOUT = (
    "What the pages of the workbench do, for programs. Votes carry ids of your making: sent again "
    "they are kept once. A vote names the one it replaces in its field “standing” and is refused "
    "with 409 where another stands. What is not yours to see before you have answered is not told "
    "here either."
)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation as the page lists it: ``sends`` and ``asks`` name its fields and what each is.

    ``asks`` are those of the address, ``sends`` those of the body.
    """

    method: str
    path: str
    role: str
    about: str
    asks: tuple[tuple[str, str], ...]
    sends: tuple[tuple[str, str], ...]


@router.get(f"{ROOT}/openapi.json", dependencies=[least(Role.GUEST)], include_in_schema=False)
def tell_openapi(request: Request) -> JSONResponse:
    """Every operation with what goes in and out, as OpenAPI 3.1."""
    return JSONResponse(describe(request.app))


@router.get("/api", dependencies=[least(Role.GUEST)], include_in_schema=False)
def show_reference(request: Request) -> HTMLResponse:
    """The operations, drawn for people."""
    return _draw(request)


@router.post("/api", dependencies=[least(Role.GUEST)], include_in_schema=False)
def make_personal_token(request: Request) -> HTMLResponse:
    """A token for programs of the person who is signed in, shown once."""
    person = desk_of(request).person
    assert person is not None
    return _draw(request, make_token(request.app.state.secret, person, datetime.now(UTC)))


def _draw(request: Request, made: str = "") -> HTMLResponse:
    described, roles = describe(request.app), _roles(request.app)
    groups: dict[str, list[Operation]] = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            found = _operation(described, roles, path, method.upper(), operation)
            groups.setdefault(operation["tags"][0], []).append(found)
    return draw(request, "api", groups=groups, about=_ABOUT, made=made, days=DAYS)


def describe(app: FastAPI) -> dict[str, Any]:
    """The description, made once for an application."""
    if app.openapi_schema is None:
        made = get_openapi(title=_TITLE, version=_VERSION, description=_ABOUT, routes=app.routes)
        _, problem = models_json_schema(
            [(Problem, "serialization")], ref_template="#/components/schemas/{model}"
        )
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(problem["$defs"])
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        made["components"]["securitySchemes"] = {
            "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "A personal token, made by `living-review reviewer token NAME`.",
            }
        }
        made["security"] = [{"token": []}]
        app.openapi_schema = made
    return app.openapi_schema


def _roles(app: FastAPI) -> dict[tuple[str, str], str]:
    """The least role of each method and path."""
    found = {}
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and route.path.startswith(f"{ROOT}/"):
            stated = next(
                d.dependency for d in route.dependencies if isinstance(d.dependency, Least)
            )
            found.update({(method, route.path): str(stated.role) for method in route.methods or ()})
    return found


def _operation(
    described: Mapping[str, Any],
    roles: Mapping[tuple[str, str], str],
    path: str,
    method: str,
    said: Mapping[str, Any],
) -> Operation:
    asks = [(one["name"], one.get("description", "")) for one in said.get("parameters", ())]
    sends: Iterable[tuple[str, str]] = ()
    if body := said.get("requestBody"):
        name = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        fields = described["components"]["schemas"][name]["properties"]
        sends = ((field, about.get("description", "")) for field, about in fields.items())
    return Operation(
        method=method,
        path=path,
        role=roles[(method, path)],
        about=said.get("description", ""),
        asks=tuple(asks),
        sends=tuple(sends),
    )
