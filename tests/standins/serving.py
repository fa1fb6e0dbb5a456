"""Serves a stand-in over real HTTP on loopback, and makes it fail by script."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.types import Message, Receive, Scope, Send

HTML_500 = b"<!DOCTYPE html><html><body><h1>500 Internal Server Error</h1></body></html>"
FOR_GOOD = 10**9


@dataclass
class Fault:
    """Goes wrong with the requests from number ``at`` (from 1), ``times`` of them.

    ``kind``: "status" answers with ``status``, ``headers`` and ``body`` instead; "cut" breaks the
    connection in the middle of the body; "clip" sends half of the body as if it were all;
    "drip" sends it in pieces of ``piece`` bytes with ``pause`` seconds between them.
    """

    at: int
    times: int = 1
    kind: str = "status"
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = HTML_500
    pause: float = 0.05
    piece: int = 200

    def concerns(self, number: int) -> bool:
        return self.at <= number < self.at + self.times


@dataclass(frozen=True)
class Asked:
    """One request as it came in; ``params`` are those of the address or of the form."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    at: float


class StandIn:
    """An ASGI application that remembers what it was asked and fails where told to."""

    def __init__(self, app: Starlette) -> None:
        self.app = app
        self.faults: list[Fault] = []
        self.asked: list[Asked] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        sent = body if scope["method"] == "POST" else scope["query_string"]
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        params = dict(parse_qsl(sent.decode(), keep_blank_values=True))
        self.asked.append(Asked(scope["method"], scope["path"], params, headers, time.monotonic()))
        number = len(self.asked)
        fault = next((f for f in self.faults if f.concerns(number)), None)
        if fault and fault.kind == "status":
            await _send(send, fault.status, fault.headers, fault.body)
            return

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        if fault is None:
            await self.app(scope, again, send)
            return
        start, whole = await self._whole_answer(scope, again)
        await _send_badly(send, fault, start, whole)

    async def _whole_answer(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        messages: list[Message] = []

        async def collect(message: Message) -> None:
            messages.append(message)

        await self.app(scope, receive, collect)
        return messages[0], b"".join(message.get("body", b"") for message in messages[1:])


async def _send_badly(send: Send, fault: Fault, start: Message, whole: bytes) -> None:
    half = whole[: len(whole) // 2]
    if fault.kind == "clip":
        headers = [(n, v) for n, v in start["headers"] if n != b"content-length"]
        await send({**start, "headers": [*headers, (b"content-length", b"%d" % len(half))]})
        await send({"type": "http.response.body", "body": half})
        return
    await send(start)
    if fault.kind == "cut":
        # The server notices that too little was sent and breaks the connection.
        await send({"type": "http.response.body", "body": half})
        return
    for n in range(0, len(whole), fault.piece):
        part = whole[n : n + fault.piece]
        await send({"type": "http.response.body", "body": part, "more_body": True})
        await asyncio.sleep(fault.pause)
    await send({"type": "http.response.body", "body": b""})


async def _send(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    given = {"content-type": "text/html", **headers, "content-length": str(len(body))}
    raw = [(name.encode(), value.encode()) for name, value in given.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


class _PromptServer(uvicorn.Server):
    """Ends within a hundredth of a second; the original looks ten times less often."""

    async def main_loop(self) -> None:
        await self.on_tick(0)
        while not self.should_exit:
            await asyncio.sleep(0.01)


@contextmanager
def served(app: StandIn) -> Iterator[str]:
    """The address of the application while it runs in a thread of its own."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_level=100, ws="none", http="h11", lifespan="off", timeout_graceful_shutdown=1
    )
    server = _PromptServer(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the stand-in did not start")
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()
