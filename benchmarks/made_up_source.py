"""Europe PMC's stand-in with a made-up library, in a process of its own: its work is not ours."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import cache
from itertools import islice

from benchmarks.made_up_library import made_up_records
from review.records import Record
from tests.standins.europepmc import EuropePmcStandIn
from tests.standins.serving import served
from tests.standins.world import Seen, World

# Every made-up title has this word.
QUERY = "TITLE:compared"
FIRST_DAY, LATER_DAY = "2026-01-05", "2026-01-12"
NEW = 300


class LargeEuropePmc(EuropePmcStandIn):
    """Looks through its library once per query, and not again for every page."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.find = cache(super().find)  # type: ignore[method-assign]


@contextmanager
def made_up_source(count: int) -> Iterator[str]:
    """The address of a source that has ``count`` records on the first day and 300 more later.

    A quarter of the later ones are copies of earlier ones.
    """
    command = [sys.executable, "-m", "benchmarks.made_up_source", str(count)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        if not address:
            raise RuntimeError("the made-up source did not start")
        yield address
        # It ends when its input does.


def main() -> None:
    first, later = _library(int(sys.argv[1]))
    days = [*((FIRST_DAY, record) for record in first), *((LATER_DAY, record) for record in later)]
    world = World([_seen(number, *pair) for number, pair in enumerate(days, start=1)])
    with served(LargeEuropePmc(world)) as address:
        print(address, flush=True)
        sys.stdin.read()


def _library(count: int) -> tuple[list[Record], list[Record]]:
    """What is there first, and what comes later: copies that were held back, and others."""
    held: list[Record] = []
    first: list[Record] = []
    for record in made_up_records(count + NEW // 4):
        # Not the first ones, so that their originals lie all over the library.
        is_copy = record.source == "b" and len(first) > len(held) * count // NEW
        (held if is_copy and len(held) < NEW // 4 else first).append(record)
    others = (
        replace(record, doi=record.doi.replace("10.1000", "10.2000"))
        for record in made_up_records(NEW, seed=2)
    )
    return first, [*held, *islice(others, NEW - len(held))]


def _seen(number: int, day: str, record: Record) -> Seen:
    fields = {**asdict(record), "authors": list(record.authors), "keywords": []}
    place = {"id": f"MED:{number:08}", "entered": day}
    return {**fields, "types": ["Journal Article"], "in": {"europepmc": place}}


if __name__ == "__main__":
    main()
