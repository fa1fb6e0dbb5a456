"""Verifying passages: every answer is kept as it was said, once, and can be taken back."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from review.annotations import (
    NOTHING,
    OFF_TOPIC,
    OUTSIDE,
    Annotation,
    AnnotationVerdict,
    Direction,
    Lane,
    Passage,
    PassageTags,
    ThemeScore,
)
from review.decisions import quote_from
from review.records import hash_text
from review.store.annotations import count_open_suggestions, find_annotations, keep_suggestions
from review.store.readings import UntaggedFullText, keep_reading
from review.store.records import find_reports
from review.store.session import Session, open_store

FIRST, SECOND = "financial_arrangements", "psw_wellbeing_support"


@pytest.fixture
def client(small_review: Any, visit: Any) -> Iterator[TestClient]:
    with visit(small_review.settings, "ana") as opened:
        yield opened


def _in_store(review: Any, ask: Any) -> Any:
    store = open_store(review.settings.database)
    with store.session() as session:
        found = ask(session)
    store.close()
    return found


def _said(review: Any) -> list[Annotation]:
    found: list[Annotation] = _in_store(review, find_annotations)
    return found


def _field(page: str, name: str) -> str:
    found = re.search(rf'id="answer".*?name="{name}" value="([^"]*)"', page, re.S)
    assert found, f"no {name} on the card"
    return found.group(1)


def _open(client: TestClient, report: int = 1, **query: Any) -> str:
    return client.get("/passages", params={"report": report, **query}).text


def _answer(client: TestClient, passage: int, verdict: str, **changed: Any) -> Any:
    """Answer the passage as its form would; each report of the small review has one."""
    query = changed.pop("query", {})
    page = _open(client, passage, **query)
    fields = {
        "annotation_id": _field(page, "annotation_id"),
        "standing": _field(page, "standing"),
        "theme": _field(page, "theme"),
        "verdict": verdict,
        "direction": "barrier",
        **changed,
    }
    return client.post(f"/passages/{passage}", params=query, data=fields, follow_redirects=False)


def test_accepting_writes_one_annotation_and_goes_on(client: TestClient, small_review: Any) -> None:
    answer = _answer(client, 1, "accept")
    assert answer.status_code == 303
    assert "report=2" in answer.headers["location"]
    [said] = _said(small_review)
    assert (said.verdict, said.direction) == (AnnotationVerdict.ACCEPT, Direction.BARRIER)
    assert (said.reviewer, said.theme, said.lane) == ("ana", FIRST, "study")
    assert said.saw_suggestion
    assert said.quote.exact == "Pay was low & late."
    assert "Kept: Financial arrangements, barrier." in client.get(answer.headers["location"]).text
    assert "You answered this passage" in _open(client, 1, at=said.quote.start)


def test_without_anything_open_the_page_says_so(client: TestClient) -> None:
    _answer(client, 1, "accept")
    _answer(client, 2, "reject")
    assert "Nothing is open here" in client.get("/passages").text


def test_rejecting_and_correcting_the_direction_are_kept_as_said(
    client: TestClient, small_review: Any
) -> None:
    _answer(client, 1, "accept", direction="both")
    _answer(client, 2, "reject")
    said = {a.theme: (a.verdict.value, a.direction.value) for a in _said(small_review)}
    assert said == {FIRST: ("accept", "both"), SECOND: ("reject", "facilitator")}


# What a passage bears instead is a row of its own beside the rejection, and both are one answer.
@pytest.mark.parametrize(
    ("changed", "theme", "direction"),
    [
        ({"verdict": "", "other_theme": SECOND}, SECOND, "barrier"),
        ({"verdict": "outside"}, OUTSIDE, "unclear"),
        ({"verdict": "off_topic"}, OFF_TOPIC, "unclear"),
    ],
)
def test_something_else_is_kept_beside_the_rejection(
    client: TestClient, small_review: Any, changed: dict[str, str], theme: str, direction: str
) -> None:
    verdict = changed.pop("verdict")
    _answer(client, 1, verdict, **changed)
    rejected, other = _said(small_review)
    assert (rejected.theme, rejected.verdict.value) == (FIRST, "reject")
    assert (other.theme, other.verdict.value, other.direction.value) == (theme, "add", direction)
    page = client.get("/passages").text
    assert page.count("Undo the last answer") == 1
    _undo(client, page)
    assert _said(small_review) == []


def _undo(client: TestClient, page: str) -> Any:
    form = page[page.index('action="/passages/undo') :]
    fields = {
        name: re.search(rf'name="{name}" value="([^"]*)"', form).group(1)  # type: ignore[union-attr]
        for name in ("annotation_id", "withdrawal_id")
    }
    return client.post("/passages/undo", data=fields)


def test_the_last_answers_are_taken_back_by_new_rows(client: TestClient, small_review: Any) -> None:
    _answer(client, 1, "accept")
    _answer(client, 2, "reject")
    answer = _undo(client, client.get("/passages").text)
    assert "Taken back." in answer.text
    assert [a.theme for a in _said(small_review)] == [FIRST]
    assert 'name="theme" value="psw_wellbeing_support"' in answer.text
    _undo(client, answer.text)
    assert _said(small_review) == []
    count = sa.text("SELECT count(*) FROM annotation")
    assert _in_store(small_review, lambda s: s.execute(count).scalar_one()) == 4


def test_nobody_takes_back_what_another_said(
    client: TestClient, small_review: Any, visit: Any
) -> None:
    _answer(client, 1, "accept")
    [said] = _said(small_review)
    with visit(small_review.settings, "ben") as other:
        fields = {"annotation_id": said.annotation_id, "withdrawal_id": str(uuid.uuid4())}
        assert "not among your last answers" in other.post("/passages/undo", data=fields).text
    assert _said(small_review) == [said]


def test_the_same_form_sent_twice_is_one_answer(client: TestClient, small_review: Any) -> None:
    page = _open(client)
    fields = {name: _field(page, name) for name in ("annotation_id", "standing", "theme")}
    for _ in range(2):
        sent = {**fields, "verdict": "outside", "direction": "barrier"}
        assert client.post("/passages/1", data=sent).status_code == 200
    assert len(_said(small_review)) == 2


# Two windows at one passage: the later answer was given to what is not there any more.
def test_a_stale_answer_is_refused(client: TestClient, small_review: Any) -> None:
    old = _open(client)
    _answer(client, 1, "accept")
    fields = {name: _field(old, name) for name in ("standing", "theme")}
    sent = {**fields, "annotation_id": str(uuid.uuid4()), "verdict": "reject", "direction": "both"}
    refused = client.post("/passages/1", data=sent)
    assert refused.status_code == 409
    assert "another window" in refused.text
    part = client.post("/passages/1", data=sent, headers={"hx-request": "true"})
    assert part.status_code == 409
    assert "<html" not in part.text
    [said] = _said(small_review)
    assert said.verdict is AnnotationVerdict.ACCEPT


def test_an_answer_is_changed_by_answering_anew(client: TestClient, small_review: Any) -> None:
    _answer(client, 1, "accept")
    _answer(client, 1, "reject", query={"again": "1", "on": FIRST})
    [said] = _said(small_review)
    assert said.verdict is AnnotationVerdict.REJECT


@pytest.mark.parametrize(
    ("address", "fields", "status"),
    [
        ("/passages/999", {}, 409),
        ("/passages/999999999999999999999", {}, 422),
        ("/passages/1", {"theme": SECOND}, 409),
        ("/passages/1", {"verdict": "perhaps"}, 409),
        ("/passages/1", {"verdict": "", "other_theme": "gardens"}, 409),
        ("/passages/1", {"direction": "sideways"}, 422),
        ("/passages/1", {"annotation_id": "7"}, 422),
    ],
)
def test_an_answer_that_cannot_be_is_refused(
    client: TestClient, small_review: Any, address: str, fields: dict[str, str], status: int
) -> None:
    sent = {
        "annotation_id": str(uuid.uuid4()),
        "theme": FIRST,
        "verdict": "accept",
        "direction": "barrier",
        **fields,
    }
    answer = client.post(address, data=sent)
    assert answer.status_code == status
    assert "Traceback" not in answer.text
    assert _said(small_review) == []


# The edges can be moved word by word, and what is kept is what was shown.
def test_edges_are_moved_by_words(client: TestClient, small_review: Any) -> None:
    page = _open(client)
    [moved] = re.findall(r'data-label="Start later" href="([^"#]*)', page)
    page = client.get(moved.replace("&amp;", "&")).text
    assert "<blockquote>was low &amp; late.</blockquote>" in page
    fields = {name: _field(page, name) for name in ("annotation_id", "standing", "theme")}
    [action] = re.findall(r'id="answer" method="post" action="([^"]*)"', page)
    sent = {**fields, "verdict": "accept", "direction": "barrier"}
    client.post(action.replace("&amp;", "&"), data=sent)
    [said] = _said(small_review)
    assert said.quote.exact == "was low & late."
    assert said.quote.prefix.endswith("Pay ")
    assert said.suggestion_id == 1
    # It is answered all the same.
    assert _in_store(small_review, count_open_suggestions) == 1


# Answered anew with other edges, only the new answer stands.
def test_other_edges_replace_the_answer(client: TestClient, small_review: Any) -> None:
    _answer(client, 1, "accept")
    start = _said(small_review)[0].quote.start
    _answer(
        client,
        1,
        "accept",
        query={"again": "1", "on": FIRST, "start": start + 4, "end": start + 11},
    )
    assert [a.quote.exact for a in _said(small_review)] == ["was low"]


def test_what_the_machine_missed_is_added(client: TestClient, small_review: Any) -> None:
    page = _open(client, 1, name="1")
    fields = {
        "annotation_id": _field(page, "annotation_id"),
        "named": ["psw_training", "role_definition"],
        "direction-psw_training": "barrier",
        "direction-role_definition": "unclear",
    }
    client.post("/passages/1/themes?name=1", data=fields)
    said = {a.theme: (a.verdict.value, a.direction.value) for a in _said(small_review)}
    assert said == {"psw_training": ("add", "barrier"), "role_definition": ("add", "unclear")}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "no influence is ticked"),
        ({"named": "psw_training"}, "say the direction"),
        ({"named": "gardens", "direction-gardens": "barrier"}, "no influence is ticked"),
        ({"named": "psw_training", "verdict": NOTHING}, "choose one"),
    ],
)
def test_what_is_named_must_make_sense(
    client: TestClient, small_review: Any, fields: dict[str, str], words: str
) -> None:
    sent = {"annotation_id": str(uuid.uuid4()), **fields}
    answer = client.post("/passages/1/themes", data=sent)
    assert answer.status_code == 409
    assert words in answer.text
    assert _said(small_review) == []


# The card holds what one needs to judge: the entry of the codebook and an example, said to be a
# labelled one until somebody has verified a passage of another study.
def test_the_card_shows_the_codebook_and_the_nearest_example(
    client: TestClient, small_review: Any
) -> None:
    page = _open(client, 1)
    assert "likely (score 0.80)" in page
    assert "Nearest labelled example" in page
    assert "An example of the codebook." in page
    for part in ("Includes:", "Not:", "Examples:"):
        assert part in page
    _answer(client, 2, "", other_theme=FIRST)
    page = _open(client, 1)
    assert "Nearest verified passage" in page
    assert "Supervision helped peers to stay." in page


def test_notes_touch_no_answer(client: TestClient, small_review: Any) -> None:
    _answer(client, 1, "accept")
    before = _said(small_review)
    sent = {"note_id": str(uuid.uuid4()), "text": "Ask <b>ben</b>."}
    answer = client.post("/passages/1/note", data=sent, headers={"hx-request": "true"})
    assert "Note kept" in answer.text
    assert _said(small_review) == before
    assert "Ask &lt;b&gt;ben&lt;/b&gt;." in _open(client, 1)


# Anything may stand in an address; it leads somewhere or says that there is nothing.
@pytest.mark.parametrize(
    "query",
    [
        "lane=gardens&about=gardens&run=x&at=-1&report=99999999999",
        "report=999",
        "report=1&at=99999",
        "report=1&at=50&start=9&end=2",
        "report=1&start=0&end=99999999",
        "study=%25&lane=likely",
        "study=supervision",
        "direction=sideways&again=1&name=1&report=1",
    ],
)
def test_any_address_is_answered(client: TestClient, query: str) -> None:
    assert client.get(f"/passages?{query}").status_code == 200


@pytest.mark.parametrize("lane", ["sweep", "likely", "uncertain", "rare"])
def test_lanes_give_what_is_open_and_go_on(client: TestClient, lane: str) -> None:
    about = {"about": SECOND} if lane == "sweep" else {}
    page = client.get("/passages", params={"lane": lane, **about}).text
    assert "Suggested:" in page
    fields = {name: _field(page, name) for name in ("annotation_id", "standing", "theme")}
    passage = 1 if fields["theme"] == FIRST else 2
    sent = {**fields, "verdict": "reject", "direction": "both"}
    answer = client.post(f"/passages/{passage}", params={"lane": lane, **about}, data=sent)
    assert answer.status_code == 200
    assert f"lane={lane}" in str(answer.url)
    assert ("Nothing is open here" in answer.text) == (lane == "sweep")


def test_a_study_is_found_by_words_or_number(client: TestClient) -> None:
    for words in ("wards", "2"):
        page = client.get("/passages", params={"study": words}).text
        assert "=Supervision on wards" in page
    assert "No tagged study" in client.get("/passages", params={"study": "gardens"}).text


def test_a_part_is_drawn_for_scripts(client: TestClient) -> None:
    part = client.get("/passages", headers={"hx-request": "true"}).text
    assert "<html" not in part
    assert part.lstrip().startswith('<div class="verify"')


FULL_TEXT = "We asked ten people. Nobody was paid for training. Peers were welcome."


@pytest.fixture
def with_full_text(small_review: Any, now: datetime) -> Any:
    """The small review, with a full text of its first report, in which one passage is tagged."""

    def keep(session: Session) -> None:
        on_file = UntaggedFullText(report=find_reports(session, [1])[1], sha256="0" * 64)
        raw = small_review.settings.raw
        reading = keep_reading(session, on_file, "r", FULL_TEXT, raw=raw, run_id=1, now=now)
        start = FULL_TEXT.index("Nobody")
        scored = ThemeScore(
            theme="psw_training",
            score=0.8,
            suggested=True,
            direction=Direction.BARRIER,
            direction_score=0.9,
            nearest="",
        )
        quote = quote_from(FULL_TEXT, start, start + 29)
        passage = Passage(quote=quote, position=0)
        tags = PassageTags(passage=passage, relevance=0.9, themes=(scored,))
        keep_suggestions(session, 1, "m", [(reading, [tags])], now)
        session.commit()

    _in_store(small_review, keep)
    return small_review


# A report's full text is read in its own place, beside its abstract, and what is said of it is
# anchored there.
def test_full_texts_are_verified_in_their_own_words(
    with_full_text: Any, client: TestClient
) -> None:
    assert "Suggested:</span> Financial arrangements" in client.get("/passages").text
    assert "full=1" in client.get("/passages?report=1").text
    page = client.get("/passages?full=1").text
    assert "Suggested:</span> PSW training" in page
    assert "We asked ten people." in page
    [moved] = re.findall(r'data-label="End later" href="([^"#]*)', page)
    page = client.get(moved.replace("&amp;", "&")).text
    [action] = re.findall(r'id="answer" method="post" action="([^"]*)"', page)
    fields = {name: _field(page, name) for name in ("annotation_id", "standing", "theme")}
    answer = client.post(
        action.replace("&amp;", "&"), data={**fields, "verdict": "accept", "direction": "barrier"}
    )
    assert "Nothing is open here" in answer.text
    [said] = _said(with_full_text)
    assert said.quote.exact == "Nobody was paid for training. Peers"
    assert said.text_hash == hash_text(FULL_TEXT)
    undone = _undo(client, answer.text)
    assert "full=1" in str(undone.url)
    assert _said(with_full_text) == []
    assert client.get("/passages?full=1&lane=likely").status_code == 200
    assert "Nothing is open" in client.get("/passages?full=1&report=2").text


# Every lane can be asked for full texts, too.
@pytest.mark.parametrize("lane", list(Lane))
def test_every_lane_takes_full_texts(with_full_text: Any, client: TestClient, lane: str) -> None:
    about = "psw_training"
    page = client.get("/passages", params={"full": "1", "lane": lane, "about": about}).text
    without = (Lane.ASKED, Lane.SECOND_LOOK, Lane.RECHECK, Lane.DISAGREEMENT, Lane.AUDIT)
    assert ("Suggested:" in page) == (lane not in without)
    assert with_full_text
