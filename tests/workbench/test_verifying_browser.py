"""In a real browser: a note on a passage is saved while one writes, apart from every answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from review.annotations import Annotation
from review.store.annotations import find_annotations
from review.store.session import open_store

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


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


# A note is saved while one writes and touches no answer; its letters are no keys.
def test_a_note_is_saved_while_one_writes(page: Page, small_review: Any, served: Any) -> None:
    with served(small_review.settings, "ana") as address:
        page.goto(f"{address}/passages?report=1")
        page.keyboard.press("w")
        page.get_by_label("Note on this passage").press_sequentially("a bar")
        expect(page.locator("#note-kept")).to_contain_text("Note kept")
        assert _said(small_review) == []
        page.reload()
        expect(page.get_by_label("Note on this passage")).to_have_value("a bar")
