"""Answers on an abstract that changed stay in sight: at their words, or for a second look."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from review.annotations import Direction, Passage, PassageTags, ThemeScore
from review.decisions import quote_from
from review.protocol import Protocol
from review.records import Record
from review.store.annotations import keep_suggestions
from review.store.records import find_reports, keep_members, keep_records
from review.store.runs import open_run, open_search
from review.store.session import open_store

THEME, TITLE = "financial_arrangements", "Peer workers <script>alert(1)</script> & pay"
SAID = "Pay was low &amp; late."
MOVED = "AIM: To see. Pay was low & late."
OTHER = "Pay was rather low & late."
GONE = "Nurses met on Mondays to plan the week."


@pytest.fixture
def become(small_review: Any, protocol: Protocol, now: datetime) -> Any:
    """Gives the first report another abstract, and tags one sentence of it where one is named."""

    def change(abstract: str, tagged: str = "") -> None:
        store = open_store(small_review.settings.database)
        with store.session() as session:
            run_id = open_run(session, "update", protocol, now)
            search_id = open_search(session, run_id, source="pubmed", address="b.nbib", now=now)
            record = Record(source="pubmed", source_id="0", title=TITLE, abstract=abstract)
            [key] = keep_records(session, search_id, [(1, record)], now).ids
            keep_members(session, {key: 1})
            report = find_reports(session, [1])[1]
            assert report.abstract == abstract
            if tagged:
                start = report.text.index(tagged)
                scored = ThemeScore(
                    theme=THEME,
                    score=0.8,
                    suggested=True,
                    direction=Direction.FACILITATOR,
                    direction_score=0.9,
                    nearest="An example of the codebook.",
                )
                tags = PassageTags(
                    passage=Passage(
                        quote=quote_from(report.text, start, start + len(tagged)), position=0
                    ),
                    relevance=0.9,
                    themes=(scored,),
                )
                keep_suggestions(session, run_id, "m", [(report, [tags])], now)
            session.commit()
        store.close()

    return change


@contextmanager
def _at(visit: Any, review: Any, who: str, **changed: Any) -> Iterator[TestClient]:
    with visit(replace(review.settings, **changed), who) as client:
        yield client


def _answer(client: TestClient, verdict: str = "accept") -> None:
    """Answer what is asked of the first report."""
    page = client.get("/passages?report=1").text
    form = page[page.index('id="answer"') :]
    action = re.search(r'id="answer" method="post" action="([^"?]+)', page)
    assert action
    fields = {
        "annotation_id": str(uuid.uuid4()),
        "standing": re.search(r'name="standing" value="([^"]*)"', form).group(1),  # type: ignore[union-attr]
        "theme": THEME,
        "verdict": verdict,
        "direction": "barrier",
    }
    assert client.post(action.group(1), data=fields).status_code == 200


# Words that stand as they were are shown with what was said of them, and the direction given to
# them is chosen already; once they are answered in the new text the earlier word is told no more.
def test_an_answer_is_found_again_at_its_words(visit: Any, small_review: Any, become: Any) -> None:
    with _at(visit, small_review, "ana") as client:
        _answer(client)
        assert "Before the text changed" not in client.get("/passages?report=1").text
        become(MOVED, "Pay was low & late.")
        page = client.get("/passages?report=1").text
        assert "Before the text changed you said: ✓ accepted" in page
        assert "The words stand as they were" in page
        assert re.search(r'name="direction" value="barrier" checked', page)
        assert "Suggested:" in page
        assert "of all your answers stand" in client.get("/passages/changed").text
        _answer(client)
        assert "efore the text changed" not in client.get("/passages?report=1").text


# A sentence found again of which the machine says nothing any more is marked in the text.
def test_words_without_a_suggestion_are_marked(visit: Any, small_review: Any, become: Any) -> None:
    with _at(visit, small_review, "ana") as client:
        _answer(client)
        become(f"{MOVED} Trust grew.", "Trust grew.")
        page = client.get("/passages?report=1").text
        assert "You answered before the text changed (1)" in page
        assert f"at={len(TITLE) + 1 + len('AIM: To see. ')}" in page


# Other words in the place of those that were answered wait for a second look, until it was taken.
def test_changed_words_wait_for_a_second_look(visit: Any, small_review: Any, become: Any) -> None:
    with _at(visit, small_review, "ana") as client:
        _answer(client)
        become(OTHER, OTHER)
        listed = client.get("/passages/changed").text
        assert f"Then: <q>{SAID}</q>" in listed
        assert "Now: <q>Pay was rather low &amp; late.</q>" in listed
        there = re.search(r'href="(/passages\?[^"#]*report=1&amp;at=[^"#]*)', listed)
        assert there
        assert "The words were <q>" in client.get(there.group(1).replace("&amp;", "&")).text
        # What was said of other words is not taken for what is said of these.
        page = client.get("/passages?report=1").text
        assert re.search(r'name="direction" value="facilitator" checked', page)
        _answer(client, "reject")
        assert SAID not in client.get("/passages/changed").text


# Where nothing like the words is left they are listed, also of a text that nothing was tagged in.
@pytest.mark.parametrize("tagged", ["", GONE])
def test_words_that_are_gone_stay_in_sight(
    visit: Any, small_review: Any, become: Any, tagged: str
) -> None:
    with _at(visit, small_review, "ana") as client:
        _answer(client)
        become(f"Rooms were booked by the ward clerk in each of three hospitals. {GONE}", tagged)
        assert f"The words are gone: <q>{SAID}</q>" in client.get("/passages?report=1").text
        listed = client.get("/passages/changed").text
        assert f"Then: <q>{SAID}</q>" in listed
        assert "nothing like it is left" in listed


# What another person said of the text before is kept back until one has answered the new one.
def test_others_earlier_answers_are_kept_back(visit: Any, small_review: Any, become: Any) -> None:
    with _at(visit, small_review, "ana") as client:
        _answer(client)
    become(MOVED, "Pay was low & late.")
    with _at(visit, small_review, "ben") as client:
        assert "efore the text changed" not in client.get("/passages?report=1").text
        assert SAID not in client.get("/passages/changed").text
        _answer(client, "reject")
        page = client.get("/passages?report=1").text
        assert "Others answered before the text changed (1)" in page
        assert "ana: " in page


# Whoever answered the same words before has seen the suggestion: they are not asked blind again.
def test_nobody_is_asked_blind_what_they_answered(
    visit: Any, small_review: Any, become: Any
) -> None:
    with _at(visit, small_review, "ana") as client:
        _answer(client)
    become(MOVED, "Pay was low & late.")
    with _at(visit, small_review, "ana", blind_share=1) as client:
        assert "Before the text changed you said" in client.get("/passages?report=1").text
        assert "Suggested:" in client.get("/passages?report=1").text
    with _at(visit, small_review, "ben", blind_share=1) as client:
        assert "Answered before you see" in client.get("/passages?report=1").text
