"""In a real browser, by keyboard alone: a note is written, and what follows is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from review.decisions import Decision
from review.settings import Settings
from review.store.decisions import find_decisions
from review.store.notes import find_notes
from review.store.session import open_store

pytestmark = [
    pytest.mark.browser,
    # Playwright's own event loop, closed by it at the end of the session.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    opened = context.new_page()
    # Said in the console, a refusal of the content security policy fails the test.
    faults: list[str] = []
    opened.on("pageerror", lambda fault: faults.append(str(fault)))
    opened.on("console", lambda said: faults.append(said.text) if "Policy" in said.text else None)
    yield opened
    context.close()
    assert faults == []


@pytest.fixture
def address(queue_settings: Settings, served: Any) -> Iterator[str]:
    with served(replace(queue_settings, blind_share=0.0), "ana") as opened:
        yield opened


def _said(settings: Settings) -> list[Decision]:
    store = open_store(settings.database)
    with store.session() as session:
        found = find_decisions(session)
    store.close()
    return found


def _expect_report(page: Page, number: int) -> None:
    heading = page.get_by_role("heading", name=f"Study number {number} ")
    expect(heading).to_be_visible()
    # After an answer those who listen are at the new report.
    expect(heading).to_be_focused()


def _press(page: Page, keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


# A note is kept while one writes, and on leaving it the keys act again.
def test_a_note_is_written_without_the_mouse(
    page: Page, address: str, queue_settings: Settings
) -> None:
    page.goto(f"{address}/screening")
    _press(page, "w")
    expect(page.get_by_label("Your note")).to_be_focused()
    page.keyboard.type("Pay: is it enough?")
    expect(page.get_by_text("The note is kept")).to_be_visible()
    page.keyboard.type(" And when?")
    page.keyboard.press("Escape")
    _press(page, "i")
    _expect_report(page, 11)
    store = open_store(queue_settings.database)
    with store.session() as session:
        assert [n.text for n in find_notes(session, [12])] == ["Pay: is it enough? And when?"]
    store.close()
    assert [d.report_id for d in _said(queue_settings)] == [12]


def test_the_verdict_that_follows_is_told_before_it_is_kept(page: Page, address: str) -> None:
    page.goto(f"{address}/screening")
    told = page.locator(".follows")
    _press(page, "1y")
    expect(told).to_have_text("From your answers follows: unsure.")
    _press(page, "ynnnn")
    # The fifth question on, and the second criterion's yes excludes.
    expect(told).to_have_text("From your answers follows: exclude, for criterion 2.")
    _press(page, "2nnnnynyyy")
    expect(told).to_have_text("From your answers follows: include.")
    _press(page, "d")
    _expect_report(page, 11)
