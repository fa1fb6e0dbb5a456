"""Takes pictures of pages in use, small enough to be kept beside the README."""

from __future__ import annotations

import base64
from pathlib import Path

from playwright.sync_api import Error, Page

# Text stays sharp, and a full page of it takes some 60 kB.
_QUALITY = 55
_PAINTED = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))"


class Camera:
    """Takes each picture once, into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self._taken: set[str] = set()

    def has(self, name: str) -> bool:
        """Whether a picture of that name was taken."""
        return name in self._taken

    def take(self, page: Page, name: str, at: str = "") -> None:
        """Keep what a person sees now, scrolled to ``at``; only the first of a name."""
        if name in self._taken:
            return
        if at:
            page.locator(at).first.scroll_into_view_if_needed()
        (self.folder / f"{name}.webp").write_bytes(_capture(page))
        self._taken.add(name)


def _capture(page: Page, tries: int = 10) -> bytes:
    """What the page shows, as WebP: Playwright writes png and jpeg alone, Chromium knows it."""
    page.bring_to_front()
    page.evaluate(_PAINTED)
    chromium = page.context.new_cdp_session(page)
    try:
        taken = chromium.send("Page.captureScreenshot", {"format": "webp", "quality": _QUALITY})
    except Error as error:
        # On a busy machine there may be no frame to copy yet; anything else is a fault.
        if tries == 1 or "Unable to capture" not in error.message:
            raise
        return _capture(page, tries - 1)
    return base64.b64decode(taken["data"])
