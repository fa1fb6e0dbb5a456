"""How soon the workbench answers, with 100 000 records and 50 000 suggestions in the store.

Run from the root of the checkout: ``python -m benchmarks.workbench`` (``--quick`` takes a tenth).
Pages and votes go over HTTP to a server in a process of its own, on SQLite and on PostgreSQL where
that is installed. A vote is timed until the next report or passage has come. Then twenty people
vote at once, and what the store holds afterwards is counted. The peer is the same application
answering a page without a store (the keys), so the difference is what the review's size costs.
"""

from __future__ import annotations

import argparse
import re
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import sqlalchemy as sa

from benchmarks.made_up_review import PASSWORD, PEOPLE, RECORDS, fill
from benchmarks.pull import PROTOCOL, emptied, engines
from review.annotations import NOTHING, Lane
from review.protocol import load_codebook, load_protocol
from review.settings import CHECKOUT, Settings
from review.store.schema import decision
from review.store.session import open_store
from workbench.app import create_app

_TIMES = 200
_PAGES = (
    "/",
    "/screening",
    "/screening?lane=second",
    "/screening?lane=changed",
    "/screening?lane=excluded",
    "/screening/full-text",
    "/screening/find?q=stigma+Study+99",
    "/screening/find?q=nowhere+to+be+found",
    *(f"/passages?lane={lane}" for lane in Lane),
    "/passages?study=Study+99",
    "/reopened",
    "/duplicates",
    "/conflicts",
    "/conflicts?kind=passages",
    "/agreement",
    "/people",
)
_VOTES_EACH = 10


@contextmanager
def serve_apart(settings: Settings, person: str) -> Iterator[str]:
    """The workbench in a process of its own; for nobody in particular, people sign in."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.workbench", "--serve", settings.database]
    command += [str(settings.home), person, str(port)]
    server = subprocess.Popen(command)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx.get(f"{address}/static/workbench.css")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait()


def serve_within(database: str, home: str, person: str, port: int) -> None:
    """The server's own process."""
    import uvicorn

    app = create_app(_settings(database, Path(home)), person or None)
    app.state.standing.begin()
    app.state.agreement.begin()
    uvicorn.run(app, port=port, log_level="error")


def _settings(database: str, home: Path) -> Settings:
    return Settings(database=database, home=home, protocol=PROTOCOL, models=CHECKOUT / "models")


def time_answers(ask: Callable[[], httpx.Response], times: int) -> tuple[float, float]:
    """Median and 95th percentile of answers in milliseconds, the first few left out."""
    took = []
    for turn in range(times + 5):
        start = time.perf_counter()
        answer = ask()
        took.append((time.perf_counter() - start) * 1000)
        assert answer.status_code < 400, (answer.request.url, answer.status_code, answer.text[:300])
        if turn < 5:
            took.pop()
    return float(np.median(took)), float(np.percentile(took, 95))


def read_form(page: str, action: str) -> tuple[str, dict[str, str]]:
    """The address and the hidden fields of the first form whose address matches ``action``."""
    for tag, inner in re.findall(r"(<form\b[^>]*>)(.*?)</form>", page, re.DOTALL):
        [address] = re.findall(r'\baction="([^"]*)"', tag) or [""]
        if re.fullmatch(action, address):
            hidden = re.findall(r"<input\b[^>]*type=\"hidden\"[^>]*>", inner)
            named = [(_attribute(one, "name"), _attribute(one, "value")) for one in hidden]
            return address, dict(named)
    raise AssertionError(f"no form of {action} on the page")


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found[1] if found else ""


def vote_on_report(client: httpx.Client) -> Callable[[], httpx.Response]:
    """Votes on one report after another, as the page's own form does; each brings the next."""
    page = client.get("/screening").text

    def vote() -> httpx.Response:
        nonlocal page
        address, fields = read_form(page, r"/screening/\d+")
        fields |= {"verdict": "include", "decision_id": str(uuid.uuid4())}
        answer = client.post(address, data=fields, headers={"HX-Request": "true"})
        page = answer.text
        if not re.search(r'action="/screening/\d+"', page):
            page = client.get("/screening").text
        return answer

    return vote


def vote_on_passage(client: httpx.Client, lane: str) -> Callable[[], httpx.Response]:
    """Rejects one suggestion after another of a lane; what is asked blind has none."""
    page = client.get("/passages", params={"lane": lane}).text

    def vote() -> httpx.Response:
        nonlocal page
        address, fields = read_form(page, r"/passages/\d+(/themes)?(\?.*)?")
        is_blind = "/themes" in address
        direction = {} if is_blind else {"direction": "barrier"}
        fields |= {"verdict": NOTHING if is_blind else "reject", **direction}
        answer = client.post(address, data=fields, headers={"HX-Request": "true"})
        page = answer.text
        if not re.search(r'action="/passages/\d+(/themes)?[?"]', page):
            page = client.get("/passages", params={"lane": lane}).text
        return answer

    return vote


def tell_times(address: str, times: int, report: int) -> None:
    """One line for each page and each vote, beside a page that asks the store nothing."""
    with httpx.Client(base_url=address, timeout=120, follow_redirects=True) as client:
        page = client.get("/keys").text
        [token] = re.findall(r'<meta name="csrf" content="([^"]+)">', page)
        client.headers["X-CSRF-Token"] = token
        peer = time_answers(lambda: client.get("/keys"), times)
        print(f"  {'/keys (no store, the peer)':46}{'':>8}{peer[0]:8.1f}{peer[1]:8.1f}")
        asked: list[tuple[str, Callable[[], httpx.Response]]] = [
            (path, lambda path=path: client.get(path))  # type: ignore[misc]
            for path in (*_PAGES, f"/screening/{report}", f"/passages?report={report // 10}")
        ]
        asked.append(("a vote on a report, and the next", vote_on_report(client)))
        asked += [
            (f"an answer on a passage, {lane}", vote_on_passage(client, lane))
            for lane in ("study", "likely")
        ]
        for name, ask in asked:
            start = time.perf_counter()
            ask()
            first = (time.perf_counter() - start) * 1000
            median, late = time_answers(ask, times)
            print(
                f"  {name:46}{first:8.1f}{median:8.1f}{late:8.1f}{median / peer[0]:8.1f}",
                flush=True,
            )


def vote_together(address: str, people: int, votes: int) -> tuple[int, float]:
    """Twenty people sign in and vote at once; how many votes were answered for, and the p95."""

    def take_part(person: int) -> list[float]:
        took = []
        with httpx.Client(base_url=address, timeout=120, follow_redirects=True) as client:
            _sign_in(client, f"person-{person}")
            vote = vote_on_report(client)
            for _ in range(votes):
                start = time.perf_counter()
                assert vote().status_code == 200
                took.append((time.perf_counter() - start) * 1000)
        return took

    with ThreadPoolExecutor(people) as pool:
        took = [one for each in pool.map(take_part, range(people)) for one in each]
    return len(took), float(np.percentile(took, 95))


def _sign_in(client: httpx.Client, name: str) -> None:
    token = re.compile(r'<meta name="csrf" content="([^"]+)">')
    client.headers["X-CSRF-Token"] = token.findall(client.get("/sign-in").text)[0]
    client.post("/sign-in", data={"name": name, "password": PASSWORD})
    client.headers["X-CSRF-Token"] = token.findall(client.get("/keys").text)[0]


def count_votes(database: str) -> int:
    """How many decisions of the twenty the store holds."""
    store = open_store(database)
    with store.session() as session:
        query = sa.select(sa.func.count()).where(decision.c.reviewer.like("person-%"))
        kept = int(session.execute(query).scalar_one())
    store.close()
    return kept


def main(arguments: Sequence[str]) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the records")
    parser.add_argument("--serve", nargs=4, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.serve:
        database, home, person, port = asked.serve
        serve_within(database, home, person, int(port))
        return
    records = RECORDS // 10 if asked.quick else RECORDS
    protocol, codebook = load_protocol(PROTOCOL), load_codebook(PROTOCOL)
    with engines() as found:
        for engine, place in found.items():
            with emptied(engine, place, 1) as database, tempfile.TemporaryDirectory() as home:
                store = open_store(database)
                with store.session() as session:
                    fill(session, protocol, codebook, records)
                store.close()
                settings = replace(_settings(database, Path(home)))
                print(f"{engine}, {records:,} records; milliseconds")
                print(f"  {'':46}{'first':>8}{'median':>8}{'p95':>8}{'x peer':>8}")
                with serve_apart(settings, "ana") as address:
                    tell_times(address, _TIMES, records // 2)
                before = count_votes(database)
                with serve_apart(settings, "") as address:
                    answered, late = vote_together(address, PEOPLE, _VOTES_EACH)
                kept = count_votes(database) - before
                print(
                    f"  {PEOPLE} people at once: {answered} votes answered for, {kept} kept, "
                    f"p95 {late:.0f} ms\n"
                )


if __name__ == "__main__":
    main(sys.argv[1:])
