"""No page has a fault that axe-core finds, wide and on a phone, in light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

pytestmark = [
    pytest.mark.browser,
    # Playwright's own event loop, closed by it at the end of the session.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
# Everything a person can open; a page that is added is added here.
PAGES = (
    *("/", "/passages", "/reopened", "/duplicates", "/duplicates?a=3&b=4", "/duplicates?report=3"),
    *("/screening", "/screening/1", "/screening/full-text", "/screening?lane=excluded"),
    *("/screening/find?q=peer", "/screening/2?lane=changed", "/screening/full-text/2"),
    *(
        "/passages?report=1&name=1",
        "/passages?lane=audit",
        "/passages?study=none",
        "/passages/changed",
    ),
    *("/keys", "/keys?kept=true", "/edition", "/duplicates?report=99"),
    *("/conflicts", "/conflicts?kind=passages", "/agreement", "/people", "/protocol", "/api"),
)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(params=["wide light", "phone dark"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, scheme = request.param.split()
    context = browser.new_context(
        viewport={"width": 1280 if width == "wide" else 360, "height": 800},
        color_scheme=scheme,
        # The rules are read into the page by a script of ours; nothing else may be.
        bypass_csp=True,
    )
    yield context.new_page()
    context.close()


def _faults(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES)
    return [
        f"{fault['id']}: {node['html'][:200]}"
        for fault in found.response["violations"]
        for node in fault["nodes"]
    ]


@pytest.mark.usefixtures("changed_review", "doubtful_review", "disputed_review")
def test_no_page_has_a_fault(page: Page, small_review: Any, served: Any) -> None:
    with served(small_review.settings, "ana") as address:
        for path in PAGES:
            page.goto(address + path)
            assert _faults(page) == [], path
            width = page.locator("html").evaluate("node => node.scrollWidth")
            assert width <= page.viewport_size["width"], path  # type: ignore[index]
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        assert _faults(page) == []


def test_signing_in_has_no_fault(page: Page, small_review: Any, served: Any) -> None:
    with served(small_review.settings, None) as address:
        page.goto(f"{address}/passages")
        page.get_by_label("Name").fill("ana")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_be_visible()
        assert _faults(page) == []


# At four times its size a page of 1280 pixels is 320 wide; nothing may need scrolling sideways.
@pytest.mark.usefixtures("changed_review", "doubtful_review", "disputed_review")
def test_pages_are_readable_at_four_times_their_size(
    browser: Browser, small_review: Any, served: Any
) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 256})
    page = context.new_page()
    with served(small_review.settings, "ana") as address:
        for path in PAGES:
            page.goto(address + path)
            width = page.locator("html").evaluate("node => node.scrollWidth")
            assert width <= 320, path
    context.close()


# A glide that still goes on when a key answers would carry away what comes next.
def test_nothing_glides_whoever_likes_motion(
    browser: Browser, small_review: Any, served: Any
) -> None:
    with served(small_review.settings, "ana") as address:
        for wish in ("reduce", "no-preference"):
            context = browser.new_context(reduced_motion=wish)  # type: ignore[arg-type]
            page = context.new_page()
            page.goto(address)
            style = "node => getComputedStyle(node).scrollBehavior"
            assert page.locator("html").evaluate(style) == "auto"
            context.close()


def test_the_templates_hold_no_script_and_no_style_of_their_own(checkout: Path) -> None:
    import re

    for template in (checkout / "src/workbench/templates").glob("*.j2"):
        text = template.read_text()
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src=\"/static/)", text), template
