"""What a program is told when something cannot be done: problem details with a sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from review.errors import InputError, ReviewError

ROOT = "/api/v1"
_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """One field that cannot be used, and why."""

    place: str = Field(description="Where it stands, from the outside in: `body.answers.design`.")
    problem: str = Field(description="What is wrong with it, and what would be right.")


class Problem(BaseModel):
    """Why nothing was done (RFC 9457, problem details)."""

    type: str = Field("about:blank", description="Always `about:blank`: the status says it all.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The HTTP status.", ge=400, le=499)
    detail: str = Field(description="What is wrong and what to do, in a sentence for a person.")
    fields: list[FieldProblem] = Field(
        default_factory=list, description="With 422 the fields that cannot be used."
    )


class AbsentError(ReviewError):
    """What was asked for is not there."""


class AsciiProblem(JSONResponse):
    """A problem written in ASCII: what was sent may hold characters that no encoding has."""

    media_type = _TYPE

    def render(self, content: Any) -> bytes:  # noqa: ANN401 - as the class above has it
        """The problem as JSON."""
        return json.dumps(content, ensure_ascii=True, allow_nan=False).encode("ascii")


# What any operation may answer; an operation adds none of its own.
PROBLEMS: Mapping[int | str, dict[str, Any]] = {
    status: {
        "description": words,
        "content": {_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, words in (
        (400, "The body is no JSON, or the address is of another host"),
        (401, "Nobody has signed in: no session, no token, or one that has ended"),
        (403, "The person's role does not allow it, or the request is not of their session"),
        (404, "There is no such thing"),
        (409, "It is not any more as the request takes it to be; nothing was changed"),
        (413, "The body is larger than a megabyte"),
        (422, "A field cannot be used; each is named with what would be right"),
    )
}


def is_for_programs(request: Request) -> bool:
    """Whether the address is of the programming interface."""
    return request.url.path.startswith(ROOT + "/")


def tell(status: int, detail: str, fields: Sequence[FieldProblem] = ()) -> AsciiProblem:
    """The answer that says why nothing was done."""
    title = HTTPException(status).detail
    said = Problem(title=title, status=status, detail=detail, fields=list(fields))
    headers = {"WWW-Authenticate": 'Bearer realm="workbench"'} if status == 401 else None
    return AsciiProblem(said.model_dump(mode="json"), status_code=status, headers=headers)


def tell_error(error: Exception) -> AsciiProblem:
    """The answer to what the store or a verb refused."""
    if isinstance(error, AbsentError):
        return tell(404, str(error))
    return tell(422 if isinstance(error, InputError) else 409, str(error))


def tell_fields(error: RequestValidationError) -> AsciiProblem:
    """The answer to fields that cannot be used; what was sent is not repeated."""
    fields = [
        FieldProblem(place=".".join(map(str, one["loc"])), problem=str(one["msg"]))
        for one in error.errors()
    ]
    named = "; ".join(f"{one.place}: {one.problem}" for one in fields)
    return tell(422, f"Some fields cannot be used. {named}. Nothing was changed.", fields)
