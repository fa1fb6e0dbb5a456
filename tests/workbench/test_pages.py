"""The first pages: what is suggested can be accepted, rejected and taken back, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from review.annotations import Annotation, AnnotationVerdict, Direction
from review.store.annotations import find_annotations
from review.store.session import open_store


@pytest.fixture
def client(small_review: Any, visit: Any) -> Iterator[TestClient]:
    with visit(small_review.settings, "ana") as opened:
        yield opened


def _said(small_review: Any) -> list[Annotation]:
    store = open_store(small_review.settings.database)
    with store.session() as session:
        found = find_annotations(session)
    store.close()
    return found


def _form(page: str, suggestion: int, field: str) -> str:
    card = page[page.index(f'id="suggestion-{suggestion}"') :]
    found = re.search(rf'name="{field}" value="([^"]*)"', card)
    assert found, f"no {field} on the card of suggestion {suggestion}"
    return found.group(1)


def _answer(client: TestClient, suggestion: int, verdict: str, **changed: str) -> Any:
    page = client.get("/passages").text
    fields = {
        "annotation_id": _form(page, suggestion, "annotation_id"),
        "verdict": verdict,
        "direction": "barrier",
        **changed,
    }
    return client.post(f"/passages/{suggestion}", data=fields, follow_redirects=False)


def test_the_status_says_where_every_report_stands(client: TestClient) -> None:
    page = client.get("/").text
    assert "2</strong> reports await a person" in page
    assert "2</strong> suggested themes" in page
    assert "No edition" in page


def test_accepting_writes_one_annotation_and_comes_back_to_the_place(
    client: TestClient, small_review: Any
) -> None:
    answer = _answer(client, 1, "accept")
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("#suggestion-1")
    [said] = _said(small_review)
    assert (said.verdict, said.direction) == (AnnotationVerdict.ACCEPT, Direction.BARRIER)
    assert (said.reviewer, said.theme) == ("ana", "financial_arrangements")
    assert said.quote.exact == "Pay was low & late."
    assert "You accepted this as" in client.get("/passages").text


def test_rejecting_and_correcting_the_direction_are_kept_as_said(
    client: TestClient, small_review: Any
) -> None:
    _answer(client, 1, "accept", direction="both")
    _answer(client, 2, "reject")
    said = {a.theme: (a.verdict.value, a.direction.value) for a in _said(small_review)}
    assert said["financial_arrangements"] == ("accept", "both")
    assert said["psw_wellbeing_support"][0] == "reject"


def test_the_same_form_sent_twice_is_one_answer(client: TestClient, small_review: Any) -> None:
    page = client.get("/passages").text
    fields = {
        "annotation_id": _form(page, 1, "annotation_id"),
        "verdict": "accept",
        "direction": "barrier",
    }
    for _ in range(2):
        assert client.post("/passages/1", data=fields).status_code == 200
    assert len(_said(small_review)) == 1


def test_an_answer_can_be_taken_back(client: TestClient, small_review: Any) -> None:
    _answer(client, 1, "accept")
    page = client.get("/passages").text
    fields = {name: _form(page, 1, name) for name in ("annotation_id", "withdrawal_id")}
    client.post("/passages/1/undo", data=fields)
    assert _said(small_review) == []
    # Taken back is a new row: both stay.
    store = open_store(small_review.settings.database)
    with store.session() as session:
        assert session.execute(sa.text("SELECT count(*) FROM annotation")).scalar_one() == 2
    store.close()


def test_text_of_strangers_stays_text(client: TestClient) -> None:
    answer = client.get("/passages")
    assert "<script>" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_another_site_cannot_vote(client: TestClient, small_review: Any) -> None:
    fields = {
        "annotation_id": "11111111-1111-4111-8111-111111111111",
        "verdict": "accept",
        "direction": "barrier",
    }
    answer = client.post(
        "/passages/1", data=fields, headers={"origin": "https://elsewhere.example"}
    )
    assert answer.status_code == 403
    assert client.get("/", headers={"host": "elsewhere.example"}).status_code == 400
    assert _said(small_review) == []


@pytest.mark.parametrize(
    ("address", "fields", "status"),
    [
        ("/passages/999", {"verdict": "accept", "direction": "barrier"}, 404),
        ("/passages/1", {"verdict": "perhaps", "direction": "barrier"}, 422),
        ("/passages/1", {"verdict": "accept", "direction": "sideways"}, 422),
    ],
)
def test_an_answer_that_cannot_be_is_refused(
    client: TestClient, small_review: Any, address: str, fields: dict[str, str], status: int
) -> None:
    sent = {"annotation_id": "11111111-1111-4111-8111-111111111111", **fields}
    answer = client.post(address, data=sent)
    assert answer.status_code == status
    assert "Traceback" not in answer.text
    assert _said(small_review) == []


def test_suggestions_of_one_influence_are_shown_alone(client: TestClient) -> None:
    page = client.get("/passages", params={"theme": "financial_arrangements"}).text
    assert 'id="suggestion-1"' in page
    assert 'id="suggestion-2"' not in page
    # A theme nobody knows shows all rather than an error.
    assert 'id="suggestion-2"' in client.get("/passages", params={"theme": "gardens"}).text


def test_before_the_first_edition_the_report_page_says_so(client: TestClient) -> None:
    answer = client.get("/edition")
    assert answer.status_code == 404
    assert "There is no edition to show" in answer.text


def test_no_file_outside_the_edition_can_be_fetched(client: TestClient) -> None:
    for address in ("/..%2Freview.csv", "/review.csv", "/../../etc/passwd.csv"):
        assert client.get(address).status_code == 404
