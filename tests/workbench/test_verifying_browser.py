"""In a real browser: twenty passages verified by keyboard alone, undone, and kept while offline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from review.annotations import Annotation, Direction, Passage, PassageTags, ThemeScore
from review.decisions import quote_from
from review.records import Record
from review.store.annotations import find_annotations, keep_suggestions
from review.store.records import find_reports, keep_members, keep_records
from review.store.runs import open_search
from review.store.session import open_store

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
THEMES = ("psw_training", "role_definition", "emotional_intensity", "research_design_needs")
MANY = 24


@pytest.fixture
def many_passages(small_review: Any, now: datetime) -> Any:
    """The small review and two studies of twelve sentences, each with one suggestion."""
    sentences = [f"Sentence number {n} speaks of the work of peers." for n in range(MANY // 2)]
    store = open_store(small_review.settings.database)
    with store.session() as session:
        search_id = open_search(session, 1, source="pubmed", address="b.nbib", now=now)
        records = [
            Record(
                source="pubmed", source_id=f"9{n}", title=f"Study {n}", abstract=" ".join(sentences)
            )
            for n in range(2)
        ]
        keep_records(session, search_id, list(enumerate(records, start=1)), now)
        keep_members(session, {3: 3, 4: 4})
        reports = find_reports(session, [3, 4]).values()
        tagged = [(r, [_tags(r.text, s, n) for n, s in enumerate(sentences)]) for r in reports]
        keep_suggestions(session, 1, "m", tagged, now)
        session.commit()
    store.close()
    return small_review


def _tags(text: str, sentence: str, position: int) -> PassageTags:
    start = text.index(sentence)
    scored = ThemeScore(
        theme=THEMES[position % len(THEMES)],
        score=0.7,
        suggested=True,
        direction=Direction.FACILITATOR,
        direction_score=0.9,
        nearest="",
    )
    quote = quote_from(text, start, start + len(sentence))
    return PassageTags(
        passage=Passage(quote=quote, position=position), relevance=0.9, themes=(scored,)
    )


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda fault: faults.append(str(fault)))
    opened.on("console", lambda said: faults.append(said.text) if "Policy" in said.text else None)
    yield opened
    context.close()
    assert faults == []


def _said(review: Any) -> list[Annotation]:
    store = open_store(review.settings.database)
    with store.session() as session:
        found = find_annotations(session)
    store.close()
    return found


def _press(page: Page, *keys: str) -> None:
    """Press keys, the last of which answers, and wait until another card is shown and ready.

    A key pressed before scripts have taken a new card over is sent by the browser itself: it counts
    all the same, and the page is then loaded anew, with the focus at its beginning.
    """
    before = page.locator("#answer [name=annotation_id]").get_attribute("value")
    for key in keys:
        page.keyboard.press(key)
    expect(page.locator(f'#answer [name=annotation_id][value="{before}"]')).to_have_count(0)
    expect(page.locator("#card")).to_be_focused()


def test_twenty_passages_are_verified_by_keyboard(
    page: Page, many_passages: Any, served: Any
) -> None:
    with served(many_passages.settings, "ana") as address:
        page.goto(f"{address}/passages?report=3")
        for n in range(20):
            _press(page, *(("a",), ("r",), ("b", "a"), ("t", "2"))[n % 4])
        expect(page.locator("#card")).to_be_focused()
        said = _said(many_passages)
        assert len({(a.report_id, a.quote.start) for a in said}) == 20
        verdicts = [(a.verdict.value, a.direction.value) for a in said]
        assert verdicts.count(("accept", "facilitator")) == 5
        assert verdicts.count(("accept", "barrier")) == 5
        assert verdicts.count(("reject", "facilitator")) == 10
        assert verdicts.count(("add", "facilitator")) == 5
        # Undone across pages, also after another page was open.
        _press(page, "u")
        page.goto(f"{address}/passages")
        _press(page, "u")
        assert len({(a.report_id, a.quote.start) for a in _said(many_passages)}) == 18


# Without a connection the answer waits in the page; when it is back it is sent once, and the page
# goes on by itself.
def test_an_answer_outlives_the_connection(page: Page, many_passages: Any, served: Any) -> None:
    with served(many_passages.settings, "ana") as address:
        page.goto(f"{address}/passages?report=3")
        page.context.set_offline(True)
        page.keyboard.press("a")
        expect(page.locator("#waiting")).to_contain_text("1 answer waits")
        page.keyboard.press("a")
        assert _said(many_passages) == []
        page.context.set_offline(False)
        expect(page.locator("#waiting")).to_be_hidden(timeout=15000)
        expect(page.locator(".text")).to_contain_text("1 of 12 answered")
        [said] = _said(many_passages)
        assert said.verdict.value == "accept"
        _press(page, "r")
        assert len(_said(many_passages)) == 2


# Where the machine is hidden, themes are ticked by digit and given a direction by letter; only
# then its view is shown.
def test_a_passage_is_named_blind_by_keyboard(page: Page, many_passages: Any, served: Any) -> None:
    settings = replace(many_passages.settings, blind_share=1.0)
    with served(settings, "ana") as address:
        page.goto(f"{address}/passages?report=3")
        expect(page.locator("#card")).to_have_text("Which influences does this passage report?")
        expect(page.locator("body")).not_to_contain_text("score")
        _press_plain(page, "2", "f", "3", "b", "a")
        expect(page.locator("#card")).to_have_text("You answered this passage")
        expect(page.locator("article")).to_contain_text("before you saw the machine")
        expect(page.locator("article")).to_contain_text("0.70")
        said = {(a.theme, a.verdict.value, a.direction.value) for a in _said(many_passages)}
        assert said == {
            ("psw_training", "accept", "facilitator"),
            ("role_definition", "add", "barrier"),
        }
        assert not any(a.saw_suggestion for a in _said(many_passages))


def _press_plain(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


# A note is saved while one writes and touches no answer; its letters are no keys.
def test_a_note_is_saved_while_one_writes(page: Page, many_passages: Any, served: Any) -> None:
    with served(many_passages.settings, "ana") as address:
        page.goto(f"{address}/passages?report=3")
        page.keyboard.press("w")
        page.get_by_label("Note on this passage").press_sequentially("a bar")
        expect(page.locator("#note-kept")).to_contain_text("Note kept")
        assert _said(many_passages) == []
        page.reload()
        expect(page.get_by_label("Note on this passage")).to_have_value("a bar")
