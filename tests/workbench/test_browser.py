"""In a real browser: a person accepts a suggestion, sees it answered, and takes it back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = [
    pytest.mark.browser,
    # Playwright's own event loop, closed by it at the end of the session.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def address(small_review: Any, served: Any) -> Iterator[str]:
    with served(small_review.settings, "ana") as opened:
        yield opened


@pytest.fixture(params=["with scripts", "without scripts"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=request.param == "with scripts")
    opened = context.new_page()
    yield opened
    context.close()


def test_a_suggestion_is_accepted_and_taken_back(page: Page, address: str) -> None:
    page.goto(f"{address}/passages?report=1")
    page.get_by_role("button", name="Accept").click()
    expect(page.locator(".told")).to_contain_text("Financial arrangements, barrier")
    expect(page).to_have_url(re.compile("report=2"))
    page.goto(address)
    expect(page.get_by_role("main")).to_contain_text("1 suggested theme no one has answered")
    page.goto(f"{address}/passages")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".told")).to_contain_text("Taken back")
    expect(page.get_by_role("button", name="Accept")).to_be_visible()


@pytest.mark.usefixtures("changed_review")
def test_a_changed_report_is_confirmed_and_taken_back(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="2 reports changed since people decided").click()
    card = page.locator("#report-1")
    expect(card.locator("del").first).to_have_css("text-decoration-line", "line-through")
    expect(card.locator("ins").first).to_have_css("text-decoration-line", "underline")
    card.get_by_role("button", name="The decision stands: include").click()
    expect(page.get_by_role("main").get_by_role("status")).to_contain_text("You decided on")
    expect(page.locator("#report-1")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#report-1")).to_be_visible()


@pytest.mark.usefixtures("changed_review")
def test_a_changed_report_is_excluded_for_a_reason(page: Page, address: str) -> None:
    page.goto(f"{address}/reopened")
    card = page.locator("#report-1")
    card.get_by_label("reason to exclude").select_option("informal")
    card.get_by_role("button", name="Exclude").click()
    expect(page.get_by_role("main").get_by_role("status")).to_contain_text("exclude: ")


def test_tab_and_enter_alone_suffice(page: Page, address: str) -> None:
    page.goto(f"{address}/passages?report=2")
    reject = page.get_by_role("button", name="✗ Reject")
    for _ in range(60):
        page.keyboard.press("Tab")
        if reject.evaluate("node => node === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".told")).to_contain_text("rejected Support for PSW well-being")


@pytest.mark.usefixtures("doubtful_review")
def test_duplicates_are_answered_by_keyboard(page: Page, address: str) -> None:
    page.goto(f"{address}/duplicates")
    _tab_to(page, "Skip")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Question 2 of 2")).to_be_visible()
    _tab_to(page, "Same report")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main").get_by_role("status")).to_contain_text("the same report")
    expect(page.get_by_role("heading", name="Question 1 of 1")).to_be_visible()
    _tab_to(page, "Undo")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="These two records are two reports")).to_be_visible()


def _tab_to(page: Page, button: str) -> None:
    wanted = page.get_by_role("button", name=button, exact=True)
    for _ in range(40):
        page.keyboard.press("Tab")
        if wanted.evaluate("node => node === document.activeElement"):
            return
    pytest.fail(f"the button {button} cannot be reached by Tab")


@pytest.mark.usefixtures("changed_review", "doubtful_review")
def test_nothing_overflows_on_a_phone(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    paths = ("/", "/passages", "/reopened", "/duplicates", "/duplicates?a=3&b=4")
    for path in (*paths, "/duplicates?report=3"):
        page.goto(address + path)
        width = page.locator("html").evaluate("node => node.scrollWidth")
        assert width <= 360, path
