"""Walks over stand-ins with the real client, and a clock that sleeping moves."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from identification.sources.base import FoundRecord, Page, Source, Walk
from identification.sources.client import Client


@dataclass
class Clock:
    """Seconds that pass only when somebody sleeps; remembers how long each slept."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Walked:
    """What a whole walk brought."""

    expected: int | None
    pages: list[Page]

    @property
    def found(self) -> list[FoundRecord]:
        return [found for page in self.pages for found in page.records]

    @property
    def ids(self) -> list[str]:
        return [found.record.source_id for found in self.found]

    @property
    def refused(self) -> list[str]:
        return [reason for page in self.pages for reason in page.refused]

    @property
    def warnings(self) -> list[str]:
        return [warning for page in self.pages for warning in page.warnings]

    @property
    def misread(self) -> list[str]:
        return [words for page in self.pages for words in page.misread]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client_for(clock: Clock) -> Iterator[Callable[[Source], Client]]:
    """A client for a source that waits on a clock of its own, so that tests do not."""
    opened: list[Client] = []

    def make(source: Source) -> Client:
        chance = random.Random(7)
        opened.append(Client([source], clock=clock, sleep=clock.sleep, chance=chance))
        return opened[-1]

    yield make
    for client in opened:
        client.close()


@pytest.fixture
def walked() -> Callable[[Client, Walk], Walked]:
    """Walks to the end and gathers the pages."""

    def go(client: Client, walk: Walk) -> Walked:
        pages = []
        while request := walk.next_request():
            pages.append(client.fetch(request, walk.take)[1])
        return Walked(walk.expected, pages)

    return go
