"""In a real browser, by keyboard alone: ten records screened, one taken back, the network lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from review.decisions import Decision, Verdict
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


# Each fifth report is of the audit: it is answered blind, and what the machine says comes after.
def test_ten_records_are_screened_by_keyboard(
    page: Page, address: str, queue_settings: Settings
) -> None:
    page.goto(f"{address}/screening")
    expect(page.get_by_role("heading", name="Study number 12 ")).to_be_visible()
    order = [12, 11, 10, 9, 13, 8, 7, 6, 5, 4, 3]
    # Include; all yes but for the first that excludes; a criterion by number; unsure; a reason.
    answers = ["i", "yy" + "d", "7yd", "q", "7ye", "10ni", "2cd", "i", "q", "i"]
    for answer, number, after in zip(answers, order, order[1:], strict=False):
        _press(page, answer)
        if number == 13:
            expect(page.get_by_role("heading", name="What was said of it")).to_be_visible()
            expect(page.get_by_role("row", name="The machine exclude")).to_be_visible()
            _press(page, "j")
            expect(page.get_by_role("heading", name=f"Study number {after} ")).to_be_visible()
        else:
            _expect_report(page, after)
    said = {d.report_id: d for d in _said(queue_settings)}
    assert sorted(said) == sorted(order[:10])
    assert [said[n].verdict for n in (12, 11, 10, 9)] == [
        Verdict.INCLUDE,
        Verdict.EXCLUDE,
        Verdict.EXCLUDE,
        Verdict.UNSURE,
    ]
    assert [said[n].exclusion_reason for n in (11, 10, 13)] == [
        "substance_use",
        "informal",
        "informal",
    ]
    assert said[13].saw_assessment is False
    assert (said[8].verdict, len(said[8].answers)) == (Verdict.INCLUDE, 1)
    _press(page, "u")
    _expect_report(page, 4)
    assert len(_said(queue_settings)) == 9


# What is answered while the network is away stays in the page and is kept once when it is back.
def test_the_network_is_lost_and_comes_back(
    page: Page, address: str, queue_settings: Settings
) -> None:
    page.goto(f"{address}/screening")
    page.context.set_offline(True)
    _press(page, "7ye")
    expect(page.locator("#waiting")).to_contain_text("1 answer waits")
    assert _said(queue_settings) == []
    page.context.set_offline(False)
    expect(page.locator("#waiting")).to_be_hidden(timeout=15_000)
    [said] = _said(queue_settings)
    assert (said.report_id, said.verdict, len(said.answers)) == (12, Verdict.EXCLUDE, 1)
    # Pressed again it is the same answer, and the page goes on.
    _press(page, "e")
    _expect_report(page, 11)
    assert _said(queue_settings) == [said]


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
