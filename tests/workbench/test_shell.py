"""The shell of every page: vendored files unchanged, keys that press buttons, answers that wait."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from review.annotations import Annotation
from review.store.annotations import find_annotations
from review.store.session import open_store

# htmx.org 2.0.11, dist/htmx.min.js, as npm has it.
HTMX = "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"
STATIC = "src/workbench/static"
# What a page gives its scripts to work on: a form for one answer, with a key, whose
# answer is told and comes into focus.
CARD = """
  <article id="card" data-card data-current>
  <form id="vote" method="post" action="/passages/1" data-keep hx-post="/passages/1" hx-swap="none">
  <input type="hidden" name="annotation_id" value="11111111-1111-4111-8111-111111111111">
  <input type="hidden" name="direction" value="barrier">
  <input type="hidden" name="theme" value="financial_arrangements">
  <button name="verdict" value="accept" data-key="a">Accept <kbd>a</kbd></button>
  </form>
  <label>Note <textarea id="note"></textarea></label>
  <div id="part"></div>
  </article>
"""

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


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
def address(small_review: Any, served: Any) -> Iterator[str]:
    with served(small_review.settings, "ana") as opened:
        yield opened


def _open_card(page: Page, address: str) -> None:
    page.goto(f"{address}/passages")
    page.evaluate(
        "html => { document.querySelector('main').innerHTML = html;"
        "htmx.process(document.querySelector('main')); }",
        CARD,
    )


def _said(review: Any) -> list[Annotation]:
    store = open_store(review.settings.database)
    with store.session() as session:
        found = find_annotations(session)
    store.close()
    return found


def _until_said(page: Page, review: Any, count: int) -> None:
    for _ in range(100):
        if len(_said(review)) == count:
            return
        page.wait_for_timeout(100)
    assert len(_said(review)) == count


def test_htmx_is_as_its_makers_published_it(checkout: Path) -> None:
    assert hashlib.sha256((checkout / STATIC / "htmx.min.js").read_bytes()).hexdigest() == HTMX
    assert "Zero-Clause BSD" in (checkout / STATIC / "htmx.LICENSE.txt").read_text()


# A key presses the button it stands on, once; not while one writes, not with Ctrl, not when held.
@pytest.mark.browser
def test_a_key_presses_its_button(page: Page, address: str, small_review: Any) -> None:
    _open_card(page, address)
    page.locator("#note").press("a")
    page.keyboard.press("Tab")
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("Control+a")
    page.evaluate(
        "() => document.dispatchEvent(new KeyboardEvent('keydown', "
        "{key: 'a', repeat: true, bubbles: true}))"
    )
    page.wait_for_timeout(300)
    assert _said(small_review) == []
    page.keyboard.press("a")
    _until_said(page, small_review, 1)
    # Pressed again it is the same answer.
    page.keyboard.press("a")
    page.wait_for_timeout(300)
    assert len(_said(small_review)) == 1


@pytest.mark.browser
def test_the_keys_of_a_page_are_shown_and_can_be_turned_off(page: Page, address: str) -> None:
    _open_card(page, address)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Accept")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("link", name="Keys").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("link", name="Choose other keys, or none").click()
    page.get_by_label("Turn all single-letter keys off").check()
    page.get_by_role("button", name="Keep these keys").click()
    expect(page.get_by_text("Your keys are kept")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()


# What came is told to those who listen, and focus goes to its heading.
@pytest.mark.browser
def test_focus_and_voice_follow_what_is_swapped(page: Page, address: str) -> None:
    _open_card(page, address)
    page.evaluate(
        "() => htmx.swap('#part', '<div data-say=\"Accepted. Two to go.\">"
        "<h2 data-focus>Next passage</h2></div>', {swapStyle: 'innerHTML'})"
    )
    expect(page.get_by_role("heading", name="Next passage")).to_be_focused()
    expect(page.locator("#said")).to_have_text("Accepted. Two to go.")


# An answer given without a connection is kept in the browser, also through a reload, and sent
# once when the connection is back.
@pytest.mark.browser
def test_an_answer_waits_for_the_connection(page: Page, address: str, small_review: Any) -> None:
    _open_card(page, address)
    page.context.set_offline(True)
    page.keyboard.press("a")
    expect(page.locator("#waiting")).to_contain_text("1 answer waits")
    page.keyboard.press("a")
    page.wait_for_timeout(300)
    expect(page.locator("#waiting")).to_contain_text("1 answer waits")
    assert _said(small_review) == []
    page.context.set_offline(False)
    page.goto(f"{address}/keys")
    _until_said(page, small_review, 1)
    # The page hears of it a moment after the store has it.
    page.wait_for_function("() => JSON.parse(localStorage['waiting:ana']).length === 0")
    expect(page.locator("#waiting")).to_be_hidden()


# An answer that cannot be taken any more is not dropped in silence.
@pytest.mark.browser
def test_an_answer_that_is_refused_later_is_told(page: Page, address: str) -> None:
    page.goto(f"{address}/keys")
    page.evaluate(
        "() => localStorage.setItem('waiting:ana', JSON.stringify("
        "[{path: '/passages/999', body: 'verdict=accept&direction=barrier&theme=x"
        "&annotation_id=11111111-1111-4111-8111-111111111111'}]))"
    )
    page.reload()
    expect(page.locator("#waiting")).to_contain_text("One answer was not taken")


# Who signs in next at this browser does not send what another person said.
@pytest.mark.browser
def test_waiting_answers_are_sent_by_their_own_reviewer_alone(
    page: Page, address: str, small_review: Any
) -> None:
    page.goto(f"{address}/keys")
    page.evaluate(
        "() => localStorage.setItem('waiting:ben', JSON.stringify("
        "[{path: '/passages/1', body: 'verdict=accept&direction=barrier"
        "&theme=financial_arrangements"
        "&annotation_id=11111111-1111-4111-8111-111111111111'}]))"
    )
    page.reload()
    page.wait_for_timeout(1000)
    assert _said(small_review) == []


# Trap: a key pressed before the scripts are there submits the form as the browser does. Nothing of
# it may stand in an address.
def test_every_form_that_is_sent_by_script_is_sent_without_as_well(checkout: Path) -> None:
    for template in (checkout / "src/workbench/templates").glob("*.j2"):
        for form in re.findall(r"<form[^>]*hx-[^>]*>", template.read_text()):
            assert 'method="post"' in form, template
            assert 'action="' in form, template
