"""A review in a folder of its own, with its command line and a server that can be killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from review.annotations import Annotation
from review.decisions import Decision
from review.store.annotations import find_annotations
from review.store.decisions import find_decisions
from review.store.session import Session, open_store


class Review:
    """A review at work in a folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        kept = {k: v for k, v in os.environ.items() if not k.startswith("LIVING_REVIEW_")}
        self.environment = {**kept, "LIVING_REVIEW_HOME": str(home)}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.server: subprocess.Popen[bytes] | None = None

    def run(self, *arguments: str | Path) -> str:
        """What a verb of the command line said; it must end well."""
        done = subprocess.run(
            _command(*arguments), env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def serve(self) -> None:
        """Start the server, and wait until it answers."""
        self.server = subprocess.Popen(
            _command("serve", "--sign-in", "--port", str(self.port)), env=self.environment
        )
        for _ in range(600):
            try:
                httpx.get(f"{self.address}/sign-in")
            except httpx.TransportError:
                assert self.server.poll() is None, "the server did not start"
                time.sleep(0.1)
                continue
            return
        pytest.fail("the server does not answer")

    def kill(self) -> None:
        """End the server in the midst of whatever it does."""
        if self.server is not None:
            self.server.send_signal(signal.SIGKILL)
            self.server.wait()

    def ask(self, question: Callable[[Session], Any]) -> Any:
        """What the store answers."""
        store = open_store(f"sqlite:///{self.home / 'review.db'}")
        with store.session() as session:
            found = question(session)
        store.close()
        return found

    def decisions(self, reviewer: str) -> dict[int, Decision]:
        """What a person decided, by report."""
        found: list[Decision] = self.ask(find_decisions)
        return {d.report_id: d for d in found if d.reviewer == reviewer}

    def annotations(self, reviewer: str) -> list[Annotation]:
        """What a person said of passages."""
        found: list[Annotation] = self.ask(find_annotations)
        return [a for a in found if a.reviewer == reviewer]


def _command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-c", "from workbench.cli import main; main()", *map(str, arguments)]
