"""Reports that changed: a person sees what changed and says whether the decision stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from review.decisions import Decision, Stage, Verdict
from review.store.decisions import find_decisions
from review.store.reopenings import find_open_reopenings
from review.store.session import open_store

UUID = "11111111-1111-4111-8111-111111111111"


@pytest.fixture(params=["ana"])
def client(changed_review: Any, request: pytest.FixtureRequest, visit: Any) -> Iterator[TestClient]:
    with visit(changed_review.settings, request.param) as opened:
        yield opened


def _card(page: str, report_id: int) -> str:
    card = page[page.index(f'id="report-{report_id}"') :]
    return card[: card.index("</article>")]


def _fields(form: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))


def _decisions(review: Any, report_id: int = 1) -> list[Decision]:
    store = open_store(review.settings.database)
    with store.session() as session:
        found = find_decisions(session, [report_id])
    store.close()
    return found


def _open(review: Any) -> set[int]:
    store = open_store(review.settings.database)
    with store.session() as session:
        found = set(find_open_reopenings(session))
    store.close()
    return found


def test_a_card_shows_why_what_differs_and_what_each_person_decided(client: TestClient) -> None:
    page = client.get("/reopened").text
    first, second = _card(page, 1), _card(page, 2)
    assert "The text changed" in first
    assert "It was retracted" in first
    assert 'href="https://doi.org/10.5555/notice.1"' in first
    assert "told by Crossref" in first
    assert '<del><span class="unseen">[gone: </span>fair' in first
    assert '<ins><span class="unseen">[new: </span>low' in first
    assert "<strong>ana</strong>, title and abstract: <strong>include</strong>" in first
    assert 'href="https://pubmed.ncbi.nlm.nih.gov/98/"' in second
    assert "<strong>ben</strong>, full text: <strong>exclude: " in second
    assert "<strong>cem</strong>, full text: <strong>unsure" in second
    assert "<ins>" not in second


def test_text_of_strangers_stays_text(client: TestClient) -> None:
    page = client.get("/reopened").text
    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;in time" in page


def test_the_status_counts_them_and_leads_there(client: TestClient) -> None:
    page = client.get("/").text
    assert 'href="/reopened"><strong>2</strong> reports changed since people decided' in page


def test_saying_that_the_decision_stands_closes_the_report(
    client: TestClient, changed_review: Any
) -> None:
    fields = _fields(_card(client.get("/reopened").text, 1).split("</form>")[0])
    answer = client.post("/reopened/1", data={**fields, "verdict": "include"})
    assert "You decided on “Peer workers" in answer.text
    assert "No report" not in answer.text
    assert _open(changed_review) == {2}
    [said] = _decisions(changed_review)
    assert (said.verdict, said.stage, said.reviewer) == (
        Verdict.INCLUDE,
        Stage.TITLE_ABSTRACT,
        "ana",
    )
    assert said.decision_id == fields["decision_id"]


def test_the_same_form_sent_twice_is_one_decision(client: TestClient, changed_review: Any) -> None:
    fields = _fields(_card(client.get("/reopened").text, 1).split("</form>")[0])
    for _ in range(2):
        client.post("/reopened/1", data={**fields, "verdict": "include"})
    with open_store(changed_review.settings.database).session() as session:
        count = session.connection.exec_driver_sql(
            "SELECT count(*) FROM decision WHERE report_id=1"
        )
        assert count.scalar() == 2


def test_an_exclusion_is_kept_with_its_reason_and_can_be_taken_back(
    client: TestClient, changed_review: Any
) -> None:
    fields = _fields(_card(client.get("/reopened").text, 1).split("</form>")[1])
    sent = {**fields, "verdict": "exclude", "reason": "informal"}
    page = client.post("/reopened/1", data=sent).text
    [said] = _decisions(changed_review)
    assert (said.verdict, said.exclusion_reason) == (Verdict.EXCLUDE, "informal")
    kept = page[page.index('class="kept"') :]
    client.post("/reopened/1/undo", data=_fields(kept[: kept.index("</form>")]))
    assert [d.verdict for d in _decisions(changed_review)] == [Verdict.INCLUDE]
    assert _open(changed_review) == {1, 2}


# Where people disagree there is nothing that could stand: only a decision of one's own is asked.
def test_a_decision_people_disagree_on_cannot_be_confirmed(client: TestClient) -> None:
    card = _card(client.get("/reopened").text, 2)
    assert "The decision stands" not in card
    assert "People disagree; decide anew" in card
    assert _fields(card)["stage"] == "full_text"


@pytest.mark.parametrize("client", ["cem"], indirect=True)
def test_ones_own_decision_is_the_one_to_confirm(client: TestClient) -> None:
    page = client.get("/reopened").text
    assert "The decision stands: unsure" in _card(page, 2)
    assert "The decision stands: include" in _card(page, 1)


@pytest.mark.parametrize(
    ("address", "fields", "status", "sentence"),
    [
        ("/reopened/1", {"verdict": "exclude"}, 409, "one of the protocol&#39;s reasons"),
        ("/reopened/1", {"verdict": "exclude", "reason": "gone"}, 409, "reasons"),
        ("/reopened/99", {"verdict": "include"}, 404, "There is no such report"),
        ("/reopened/1", {"verdict": "perhaps"}, 422, ""),
        ("/reopened/1", {"verdict": "include", "stage": "later"}, 422, ""),
    ],
)
def test_an_answer_that_cannot_be_is_refused_in_a_sentence(
    client: TestClient,
    changed_review: Any,
    address: str,
    fields: dict[str, str],
    status: int,
    sentence: str,
) -> None:
    answer = client.post(address, data={"decision_id": UUID, "stage": "title_abstract", **fields})
    assert answer.status_code == status
    assert sentence in answer.text
    assert "Traceback" not in answer.text
    assert len(_decisions(changed_review)) == 1


def test_another_site_cannot_decide(client: TestClient, changed_review: Any) -> None:
    fields = {"decision_id": UUID, "stage": "title_abstract", "verdict": "unsure"}
    headers = {"origin": "https://elsewhere.example"}
    assert client.post("/reopened/1", data=fields, headers=headers).status_code == 403
    assert [d.verdict for d in _decisions(changed_review)] == [Verdict.INCLUDE]


@pytest.mark.parametrize("asked", ["?page=9", "?kept=no-such-decision", "?kept=0"])
def test_any_page_can_be_asked_for(client: TestClient, asked: str) -> None:
    assert client.get(f"/reopened{asked}").status_code == 200
