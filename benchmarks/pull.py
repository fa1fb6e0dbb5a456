"""100 000 records from a source into a store, and a weekly run on stores of 10 000 and 100 000.

Run from the root of the checkout: ``python -m benchmarks.pull`` (``--quick`` takes a tenth). The
source is a stand-in served over HTTP by another process; the pause between two questions is real.
Every pull is a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.made_up_source import FIRST_DAY, LATER_DAY, NEW, QUERY, made_up_source
from identification.identify import identify
from identification.pull import Question
from identification.sources.base import Answer, Change, Request, Window
from identification.sources.client import Client
from identification.sources.europepmc import EuropePmc
from review.protocol import load_protocol
from review.store.runs import RunState, close_run, open_run
from review.store.session import Store, open_store
from tests.standins.postgresql import empty_database, find_programs, postgresql_server

PROTOCOL = Path(__file__).resolve().parents[1] / "data/protocol/peer-support"


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """One run: its seconds, those of them at work and waiting for the source, and its reports.

    ``peak_mb`` is that of the process so far.
    """

    records: int
    reports: int
    duplicates: int
    seconds: float
    work: float
    waiting: float
    peak_mb: float


class WatchedClient(Client):
    """A client that knows how long it waited: for answers, and for its turn to ask."""

    def __init__(self, source: EuropePmc) -> None:
        super().__init__([source], sleep=self._wait_for)
        self.waited = 0.0

    def _wait_for(self, seconds: float) -> None:
        time.sleep(seconds)
        self.waited += seconds

    def _send(self, request: Request) -> Answer:
        start = time.perf_counter()
        try:
            return super()._send(request)
        finally:
            self.waited += time.perf_counter() - start


def run_once(store: Store, address: str, day: str, raw: Path) -> Pulled:
    """One run of ``identify`` over the records that entered the source on that day."""
    source = EuropePmc(address=address, page_size=1000)
    window = Window(since=date.fromisoformat(day), until=date.fromisoformat(day))
    question = Question(source=source, query=QUERY, window=window, change=Change.NEW)
    now = datetime.combine(window.until, datetime.min.time(), tzinfo=UTC)
    start, work = time.perf_counter(), time.process_time()
    with WatchedClient(source) as client, store.session() as session:
        run_id = open_run(session, "update", load_protocol(PROTOCOL), now)
        session.commit()
        done = identify(
            session, [], run_id=run_id, raw=raw, now=now, questions=[question], client=client
        )
        close_run(session, run_id, state=RunState.COMPLETED, now=now)
        session.commit()
    assert not done.failed, done.failed
    return Pulled(
        records=done.read,
        reports=done.reports,
        duplicates=done.duplicates,
        seconds=time.perf_counter() - start,
        work=time.process_time() - work,
        waiting=client.waited,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def pull_apart(source: str, database: str) -> tuple[Pulled, Pulled]:
    """The first run and the weekly run after it, in a process of their own."""
    command = [sys.executable, "-m", "benchmarks.pull", "--within", source, database]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    first, later = (Pulled(**json.loads(line)) for line in done.stdout.splitlines())
    return first, later


def pull_within(source: str, database: str) -> None:
    store = open_store(database)
    with tempfile.TemporaryDirectory() as folder:
        for day in (FIRST_DAY, LATER_DAY):
            print(json.dumps(asdict(run_once(store, source, day, Path(folder)))), flush=True)
    store.close()


@contextmanager
def engines() -> Iterator[dict[str, str]]:
    """The addresses of PostgreSQL, where it is installed, and of files for SQLite, by engine."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        found = {"SQLite": f"sqlite:///{folder}/"}
        if programs := find_programs():
            found["PostgreSQL"] = stack.enter_context(postgresql_server(programs))
        else:
            print("skipped: PostgreSQL is not installed")
        yield found


@contextmanager
def emptied(engine: str, place: str, count: int) -> Iterator[str]:
    """An empty database of that engine."""
    if engine == "SQLite":
        yield f"{place}{count}.db"
    else:
        with empty_database(place) as address:
            yield address


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--quick", action="store_true", help="a tenth of the records")
    parser.add_argument("--within", nargs=2, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.within:
        pull_within(*told.within)
        return
    whole = told.records // 10 if told.quick else told.records
    weekly: dict[tuple[str, int], Pulled] = {}
    print(
        f"{'first run':12}{'records':>9}{'s':>8}{'per s':>8}{'cpu s':>8}{'waiting':>9}"
        f"{'peak MB':>9}{'reports':>9}"
    )
    with engines() as found:
        for count in (whole // 10, whole // 4, whole):
            with made_up_source(count) as source:
                for engine, place in found.items():
                    with emptied(engine, place, count) as database:
                        first, weekly[engine, count] = pull_apart(source, database)
                    print(
                        f"{engine:12}{first.records:9}{first.seconds:8.1f}"
                        f"{first.records / first.seconds:8.0f}{first.work:8.1f}"
                        f"{100 * first.waiting / first.seconds:8.0f}%{first.peak_mb:9.0f}"
                        f"{first.reports:9}",
                        flush=True,
                    )
    print(
        f"\n{f'{NEW} more on':12}{'a store of':>12}{'s':>8}{'cpu s':>8}{'waiting s':>10}"
        f"{'duplicates':>12}{'ratio of s':>12}{'of cpu s':>10}"
    )
    for (engine, count), run in weekly.items():
        small = weekly[engine, whole // 10]
        print(
            f"{engine:12}{count:12}{run.seconds:8.2f}{run.work:8.2f}{run.waiting:10.2f}"
            f"{run.duplicates:12}{run.seconds / small.seconds:12.2f}{run.work / small.work:10.2f}"
        )


if __name__ == "__main__":
    main()
