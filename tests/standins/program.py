"""All four sources of one world, and the program that asks them as a person would."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from sqlite3 import connect
from typing import Any

from review.settings import CHECKOUT
from tests.standins.crossref import CrossrefStandIn
from tests.standins.europepmc import EuropePmcStandIn
from tests.standins.eutils import EutilsStandIn
from tests.standins.openalex import OpenAlexStandIn
from tests.standins.serving import StandIn, served
from tests.standins.world import World


class Sources:
    """The sources, served while ``stack`` lasts, and a home that the program keeps its store in."""

    def __init__(self, world: World, home: Path, stack: ExitStack) -> None:
        self.world = world
        self.home = home
        self.standins: dict[str, StandIn] = {
            "PUBMED": EutilsStandIn(world),
            "EUROPEPMC": EuropePmcStandIn(world),
            "OPENALEX": OpenAlexStandIn(world, dates_for=frozenset({"key"})),
            "CROSSREF": CrossrefStandIn(world),
        }
        self.environment = {
            "LIVING_REVIEW_HOME": str(home),
            "LIVING_REVIEW_EMAIL": "review@example.org",
            "LIVING_REVIEW_OPENALEX_KEY": "a-secret-key",
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(CHECKOUT / "src"),
            **{
                f"LIVING_REVIEW_{name}_ADDRESS": stack.enter_context(served(standin))
                for name, standin in self.standins.items()
            },
        }

    def run(self, *arguments: str) -> Any:
        """What became of the program: its exit code and what it said."""
        return subprocess.run(
            _command(*arguments),
            env=self.environment,
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """The program under way."""
        return subprocess.Popen(
            _command(*arguments),
            env=self.environment,
            cwd=CHECKOUT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def rows(self, query: str) -> list[Any]:
        """What the store answers."""
        with closing(connect(self.home / "review.db")) as connection:
            return connection.execute(query).fetchall()


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from workbench.cli import main; main()", *arguments]
