"""Whatever a form or an address holds, the pages refuse it in a sentence, on both engines."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient

from review.protocol import Protocol
from review.store.session import open_store
from tests.workbench.conftest import SmallReview, _fill

# Each form is tried with every ninth of the fields, beginning elsewhere each time.
EVERY = 9
HUGE = "9" * 30
# Each alone has made a server break somewhere.
HOSTILE = ("\0", HUGE, "-1", "nan", "x" * 1_000, "‮", "%00", "1e400")
# Fields that lead past the first checks, so that the others are looked at.
FIELDS = (
    *("reason", "verdict", "standing", "theme", "direction", "other_theme", "named", "text"),
    *("outcome", "other", "why", "seen", "stage", "kind", "lane", "place", "page", "record_a"),
    *("record_b", "vote_id", "name", "role", "task", "percent", "readers", "answer-informal"),
)
ASKED = ("q", "a", "b", "report", "run", "at", "start", "end", "kept", "study", "lane", "place")
IDS = ("decision_id", "withdrawal_id", "annotation_id", "note_id", "consensus_id", "batch")
USUAL = {
    "verdict": "include",
    "theme": "financial_arrangements",
    "direction": "barrier",
    "stage": "title_abstract",
    "outcome": "include",
    "seen": "d-ana d-ben",
    "why": "They talked.",
    "kind": "reports",
    "record_a": "1",
    "record_b": "2",
    "name": "cem",
    "role": "reviewer",
    "task": "passages",
    "percent": "10",
}


@pytest.fixture
def client(
    address: str, protocol: Protocol, now: datetime, small_review: SmallReview, visit: Any
) -> Iterator[TestClient]:
    # On SQLite the small review lies at that address already.
    if address != small_review.settings.database:
        store = open_store(address)
        with store.session() as session:
            _fill(session, protocol, now)
            session.commit()
        store.close()
    with visit(replace(small_review.settings, database=address), "ana") as opened:
        yield opened


def _routes(client: TestClient) -> list[tuple[str, str]]:
    found = []
    for context in iter_route_contexts(client.app.routes):  # type: ignore[attr-defined]
        route = context.original_route
        if isinstance(route, APIRoute) and not route.path.startswith("/api/"):
            found += [(method, route.path) for method in sorted(route.methods or ())]
    return found


# The client raises what a server would answer with 500; here every page and form is tried with each
# of them in every field, and in the numbers of its address.
def test_no_form_breaks_the_workbench(client: TestClient) -> None:
    tried = 0
    for method, path in _routes(client):
        names = [part.split("}")[0].split(":")[0] for part in path.split("{")[1:]]
        for bad in HOSTILE:
            addresses = [_fill_in(path, names, "1")]
            if names and bad.isprintable():
                addresses.append(_fill_in(path, names, bad if bad != "%00" else "%2500"))
            for where in addresses:
                if method == "GET":
                    answer = client.get(where, params=dict.fromkeys(ASKED, bad))
                    tried += 1
                    assert answer.status_code < 500, (where, bad)
                    continue
                for field in FIELDS[tried % EVERY :: EVERY]:
                    sent = {name: str(uuid.uuid4()) for name in (*IDS, "vote_id")}
                    sent = {**sent, **USUAL, field: bad}
                    answer = client.post(where, data=sent, follow_redirects=False)
                    tried += 1
                    assert answer.status_code < 500, (where, field, bad)
    assert tried > 500


def _fill_in(path: str, names: list[str], value: str) -> str:
    for name in names:
        for kind in ("", ":int", ":path"):
            path = path.replace("{" + name + kind + "}", value)
    return path


# A form in an encoding of its own can hold half of a pair, which no database keeps.
def test_half_a_character_is_refused(client: TestClient) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="note_id"\r\n\r\n'
        b"11111111-1111-4111-8111-111111111111\r\n"
        b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\na+2AA-z\r\n--b--\r\n'
    )
    kind = {"content-type": "multipart/form-data; boundary=b; charset=utf-7"}
    answer = client.post("/screening/1/note", content=body, headers=kind)
    assert answer.status_code < 500
    for word in ("\0", "\ud800"):
        sent = {"note_id": str(uuid.uuid4()), "text": f"a{word}z"}
        told = client.post(
            "/api/v1/screening/title_abstract/reports/1/notes",
            content=json.dumps(sent),
            headers={"content-type": "application/json"},
        )
        assert told.status_code == 422


# More than any answer needs is not even read.
def test_a_body_without_end_is_refused(client: TestClient) -> None:
    whole = client.post("/screening/1/note", data={"text": "x" * 1_100_000})
    assert whole.status_code == 413
    parts = (b"x" * 100_000 for _ in range(20))
    kind = {"content-type": "application/json"}
    told = client.post(
        "/api/v1/screening/title_abstract/reports/1/notes", content=parts, headers=kind
    )
    assert told.status_code == 413
