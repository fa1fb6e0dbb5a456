"""A person at the keyboard of the workbench, in a real browser."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

# What tells the heading that was there from the one that comes.
_OLD = "() => document.querySelectorAll('[data-focus]').forEach(n => n.dataset.old = '1')"
_NEW = "[data-focus]:not([data-old])"
# What a part of the page bears until it is asked for, put in and made ready.
_UNDER_WAY = ".htmx-request, .htmx-swapping, .htmx-settling"


class Keyboard:
    """Presses keys on a page and waits, after an answer, until the page is ready for the next."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address

    def sign_in(self, name: str, password: str) -> None:
        """Sign in without the mouse."""
        self.page.goto(f"{self.address}/sign-in")
        self.page.get_by_label("Name").focus()
        self.page.keyboard.type(name)
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(password)
        self.page.keyboard.press("Enter")
        expect(self.page.locator(".reviewer")).to_contain_text(name)

    def open(self, path: str) -> None:
        """Go to a page of the workbench."""
        self.page.goto(self.address + path)

    def press(self, *keys: str) -> None:
        """Press keys that change what stands on this page."""
        for key in keys:
            self.page.keyboard.press(key)

    def answer(self, *keys: str) -> None:
        """Press keys, the last of which answers, and wait for what comes next to be in focus."""
        self.mark()
        self.press(*keys)
        expect(self.page.locator(_NEW)).to_be_focused()
        expect(self.page.locator(_NEW)).to_be_in_viewport(ratio=0.9)

    def go_on(self) -> None:
        """On to the next place."""
        self.mark()
        self.press("j")
        self.arrive()

    def mark(self) -> None:
        """Remember what is before the person now."""
        self.page.evaluate(_OLD)

    def arrive(self) -> None:
        """Wait until something else is, and its scripts are ready for a key."""
        expect(self.page.locator(_NEW)).to_be_visible()
        self.page.wait_for_load_state()
        expect(self.page.locator(_UNDER_WAY)).to_have_count(0)

    @property
    def heading(self) -> str:
        """What the page is about."""
        return self.page.locator("[data-focus]").inner_text()

    @property
    def report(self) -> int:
        """The number of the report that is screened."""
        [number] = re.findall(
            r"number (\d+)$", self.page.locator(".text .quiet").first.inner_text()
        )
        return int(number)
