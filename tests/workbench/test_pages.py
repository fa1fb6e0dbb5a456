"""The pages keep strangers out, their text stays text, and nothing else can be fetched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from review.annotations import Annotation
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


def test_the_status_says_where_every_report_stands(client: TestClient) -> None:
    page = client.get("/").text
    assert "2</strong> reports await a person" in page
    assert "2</strong> suggested themes" in page
    assert "No edition" in page


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
        "theme": "financial_arrangements",
    }
    answer = client.post(
        "/passages/1", data=fields, headers={"origin": "https://elsewhere.example"}
    )
    assert answer.status_code == 403
    assert client.get("/", headers={"host": "elsewhere.example"}).status_code == 400
    assert _said(small_review) == []


def test_before_the_first_edition_the_report_page_says_so(client: TestClient) -> None:
    answer = client.get("/edition")
    assert answer.status_code == 404
    assert "There is no edition to show" in answer.text


def test_no_file_outside_the_edition_can_be_fetched(client: TestClient) -> None:
    for address in ("/..%2Freview.csv", "/review.csv", "/../../etc/passwd.csv"):
        assert client.get(address).status_code == 404
