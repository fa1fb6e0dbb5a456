"""The queue of possible duplicates: a person sees two records side by side and answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from review.store.duplicates import find_open_questions
from review.store.records import find_members
from review.store.session import open_store
from workbench.cli import main

UUID = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def client(doubtful_review: Any, visit: Any) -> Iterator[TestClient]:
    with visit(doubtful_review.settings, "ana") as opened:
        yield opened


def _members(review: Any) -> dict[int, int]:
    store = open_store(review.settings.database)
    with store.session() as session:
        found = find_members(session)
    store.close()
    return found


def _fields(page: str, action: str) -> dict[str, str]:
    form = page[page.index(f'<form method="post" action="{action}"') :].split("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))


def _say(client: TestClient, verdict: str, **query: int) -> str:
    page = client.get("/duplicates", params=query).text
    return client.post(
        "/duplicates", data={**_fields(page, "/duplicates"), "verdict": verdict}
    ).text


# Each field of the two stands side by side; the words that differ are marked, also for those who
# do not see them, and the reason is told.
def test_two_records_are_shown_side_by_side(client: TestClient) -> None:
    page = client.get("/duplicates", params={"a": 3, "b": 4}).text
    assert '<td data-side="Record 3">27</td>' in page
    marked = '<mark><span class="unseen">[differs: </span>365-371<span class="unseen">]</span>'
    assert marked in page
    assert "365-71" in page
    assert "These two records are one report" in page
    assert "Psyc" in page
    asked = client.get("/duplicates").text
    assert "Question 1 of 2" in asked
    assert "nothing says where they appeared" in asked
    assert '<span class="quiet">not given</span>' in asked


def test_text_of_strangers_stays_text(client: TestClient) -> None:
    page = client.get("/duplicates").text
    assert "<b>staff" not in page
    assert "&lt;b&gt;staff" in page


def test_the_status_counts_the_questions_and_leads_there(client: TestClient) -> None:
    assert 'href="/duplicates"><strong>2</strong> pairs of records' in client.get("/").text


@pytest.mark.parametrize(
    ("verdict", "words", "joined"),
    [
        ("same", "the same report", True),
        ("different", "different reports", False),
        ("linked", "two reports of one study", False),
    ],
)
def test_an_answer_holds_at_once_and_can_be_taken_back(
    client: TestClient, doubtful_review: Any, verdict: str, words: str, joined: bool
) -> None:
    before = _members(doubtful_review)
    page = _say(client, verdict)
    assert f"<strong>{words}</strong>" in page
    assert "Question 1 of 1" in page
    assert (len(set(_members(doubtful_review).values())) < len(set(before.values()))) is joined
    fields = _fields(page, "/duplicates/undo")
    assert "Question" not in client.post("/duplicates/undo", data=fields).text
    assert _members(doubtful_review) == before
    assert "Question 1 of 2" in client.get("/duplicates").text


def test_the_same_form_sent_twice_is_one_answer(client: TestClient, doubtful_review: Any) -> None:
    fields = _fields(client.get("/duplicates").text, "/duplicates")
    for _ in range(2):
        client.post("/duplicates", data={**fields, "verdict": "same"})
    with open_store(doubtful_review.settings.database).session() as session:
        count = "SELECT count(*) FROM duplicate_vote WHERE voter = 'ana'"
        assert session.connection.exec_driver_sql(count).scalar() == 1


def test_a_question_is_skipped_and_come_back_to(client: TestClient) -> None:
    assert "Skip</button>" in client.get("/duplicates").text
    second = client.get("/duplicates", params={"place": 2}).text
    assert "Question 2 of 2" in second
    assert "Skip</button>" not in second
    assert 'href="/duplicates?place=1"' in second
    assert "Question 2 of 2" in client.get("/duplicates", params={"place": 9}).text


# What the machine joined is found from the page, looked at, and parted.
def test_the_records_of_a_report_are_listed_and_parted(
    client: TestClient, doubtful_review: Any
) -> None:
    assert '<a href="/duplicates?report=3">2 records' in client.get("/duplicates").text
    page = client.get("/duplicates", params={"report": 3}).text
    assert "These 2 records are taken for one report" in page
    assert 'href="/duplicates?a=3&amp;b=4"' in page
    page = _say(client, "different", a=3, b=4)
    assert "<strong>different reports</strong>" in page
    members = _members(doubtful_review)
    assert (members[3], members[4]) == (3, 4)
    assert "No report has more than one record" in page


def test_an_empty_queue_says_so(client: TestClient) -> None:
    _say(client, "same")
    assert "No pair waits for an answer" in _say(client, "linked")


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"record_b": "99", "verdict": "same"}, 409, "record 99 is in no report"),
        ({"record_b": "1", "verdict": "same"}, 409, "named twice"),
        ({"record_b": "2", "verdict": "ask"}, 409, "same, different or linked"),
        ({"record_b": "2", "verdict": "perhaps"}, 422, ""),
    ],
)
def test_an_answer_that_cannot_be_is_refused_in_a_sentence(
    client: TestClient, doubtful_review: Any, fields: dict[str, str], status: int, sentence: str
) -> None:
    before = _members(doubtful_review)
    answer = client.post("/duplicates", data={"vote_id": UUID, "record_a": "1", **fields})
    assert answer.status_code == status
    assert sentence in answer.text
    assert _members(doubtful_review) == before


@pytest.mark.parametrize("query", [{"a": 1, "b": 99}, {"a": 1, "b": 1}, {"report": 99}, {"a": 1}])
def test_records_that_are_not_there_are_said_not_to_be(
    client: TestClient, query: dict[str, int]
) -> None:
    answer = client.get("/duplicates", params=query)
    assert answer.status_code == 404
    assert "There is no such" in answer.text


# The command names the same pairs, and its answer is the same as the page's.
def test_the_command_lists_and_answers(
    doubtful_review: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LIVING_REVIEW_HOME", str(doubtful_review.home))
    monkeypatch.delenv("LIVING_REVIEW_DATABASE", raising=False)

    def run(*arguments: str) -> str:
        monkeypatch.setattr("sys.argv", ["living-review", "duplicates", *arguments])
        main()
        return capsys.readouterr().out

    assert "2 pairs wait for an answer." in run("list")
    told = json.loads(run("list", "--json"))
    with open_store(doubtful_review.settings.database).session() as session:
        asked = find_open_questions(session)
    assert [(q["record_a"], q["record_b"]) for q in told] == [
        (q.record_a, q.record_b) for q in asked
    ]
    assert told[0]["title_a"].startswith("Peer support in prisons")
    pair = (str(asked[0].record_a), str(asked[0].record_b))
    said = run("answer", *pair, "same", "--by", "ana")
    assert said.strip().endswith(f"are one report: report {pair[0]}.")
    assert "1 pair waits for an answer." in run("list")
    with pytest.raises(SystemExit, match="1"):
        run("answer", "1", "99", "same", "--by", "ana")
    assert "record 99 is in no report" in capsys.readouterr().err
