"""What people and programs may send: numbers that can be a row's, and text that can be kept."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# No row has a larger number, and a database takes none.
RowId = Annotated[int, Field(ge=1, lt=2**31)]
# A long note has some thousand characters; nothing that is sent comes near this.
LARGEST_BODY = 1_000_000
_TOO_LARGE = (
    f"What was sent is larger than {LARGEST_BODY:,} bytes, and nothing that can be kept is. "
    "Nothing was changed."
)


def is_kept(text: str) -> bool:
    """Whether both databases can keep these characters: no NUL, and no half of a pair."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _refuse_unkept(text: str) -> str:
    if not is_kept(text):
        raise ValueError("it holds a NUL character, which cannot be kept; leave it out")
    return text


# Half a pair is refused before this is asked.
Text = Annotated[str, AfterValidator(_refuse_unkept)]


class SmallBodies:
    """Lets no more of a body in than ``LARGEST_BODY``, whatever its length is said to be."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken = 0

        async def take() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > LARGEST_BODY:
                raise HTTPException(413, _TOO_LARGE)
            return message

        await self._app(scope, take, send)


def find_unkept(*places: Any) -> str:  # noqa: ANN401 - mappings of forms, queries and addresses
    """The name of a field in these whose text cannot be kept, empty where all can."""
    for place in places:
        for name, value in place.items():
            if isinstance(value, str) and not (is_kept(value) and is_kept(str(name))):
                return str(name)
    return ""
