"""How many passages a person verifies in a minute by keyboard, and with how many keys.

Run from the root of the checkout: ``python -m benchmarks.verifying`` (``--passages N``, 60 unless
told; ``--label-studio PROGRAM`` runs that peer beside). The example's reports are tagged, keys are
pressed in a real Chromium, and each answer is timed until the next card is in focus. That is as
fast as the pages answer. A person also reads and thinks: the second figure adds each abstract read
once at 230 words a minute, 1.35 s to make up one's mind and 0.28 s for each key (the
keystroke-level model of Card, Moran and Newell 1980).

The same four answers are counted for Label Studio and Argilla, whose suggestions are filled in
beforehand. Theirs are set up as kindly as they allow: one passage a task with one suggestion, all
fourteen influences in sight with a key each. A key pressed counts, so Ctrl+Enter is two; Label
Studio lets one choose another key for it, which saves one of each answer. Argilla needs a server
with a search engine: its keys are those of its guide (argilla/docs/how_to_guides/annotate.md,
"Shortcuts"), where Enter submits what is filled in, Backspace discards and the arrows lead to the
next question. Here the tenth influence and those after it have no key of their own: they take Tab
and Enter. Neither peer asks anything blind.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.label_studio import KEYS as LABEL_STUDIO
from benchmarks.label_studio import time_label_studio
from review.settings import CHECKOUT, Settings
from review.store.annotations import find_annotations
from review.store.records import find_reports
from review.store.session import open_store
from tests.standins.keyboard import Keyboard
from tests.workbench.conftest import FLAGS, served

EXAMPLE = CHECKOUT / "data/example"
READS, DECIDES, PRESSES = 230 / 60, 1.35, 0.28  # words a second; seconds
# How often each answer is given, as often as the model's precision suggests, in hundredths.
MIX = {"accept": 65, "reject": 15, "another direction": 10, "another influence": 10}
KEYS = {
    "accept": ["a"],
    "reject": ["r"],
    "another direction": ["m", "a"],
    "another influence": ["t", "2"],
}
# Named before anything is suggested; the machine's view is then left with one key more.
BLIND = "named blind"
KEYS[BLIND] = ["2", "f", "a"]
ARGILLA = {
    "accept": ["Enter"],
    "reject": ["Backspace"],
    "another direction": ["ArrowDown", "3", "Enter"],
    "another influence": ["1", "2", "Enter"],
}


def tag_example(home: Path) -> Settings:
    """The example judged and tagged; nobody has answered anything."""
    environment = {**os.environ, "LIVING_REVIEW_HOME": str(home)}
    environment.pop("LIVING_REVIEW_DATABASE", None)
    files = [str(EXAMPLE / name) for name in ("pubmed.nbib", "psycinfo.ris", "openalex.csv")]
    program = [sys.executable, "-c", "from workbench.cli import main; main()", "update", *files]
    subprocess.run(program, env=environment, check=True, capture_output=True)
    return replace(Settings.from_env(environment), planted_share=0.0)


def verify(page: Page, settings: Settings, passages: int) -> Mapping[str, list[float]]:
    """Seconds of each answer, by its kind, until so many were given."""
    chance = random.Random(0)
    took: dict[str, list[float]] = defaultdict(list)
    with served(settings, "ana") as address:
        person = Keyboard(page, address)
        person.open("/passages")
        while sum(map(len, took.values())) < passages:
            if person.heading.startswith("You answered"):
                person.go_on()
                continue
            kind = BLIND
            if not person.heading.startswith("Which influences"):
                [kind] = chance.choices(list(MIX), list(MIX.values()))
            start = time.perf_counter()
            person.answer(*KEYS[kind])
            took[kind].append(time.perf_counter() - start)
    return took


def count_words(settings: Settings) -> float:
    """Words of the abstracts that were read, per passage answered in them."""
    store = open_store(settings.database)
    with store.session() as session:
        said = find_annotations(session)
        reports = find_reports(session, {a.report_id for a in said})
    store.close()
    passages = {(a.report_id, a.quote.start) for a in said}
    return sum(len(report.text.split()) for report in reports.values()) / len(passages)


def tell(name: str, keys: Mapping[str, Sequence[str]], took: Mapping[str, Sequence[float]]) -> None:
    """Print what each answer took, in keys and, where it was measured, in time."""
    print(f"\n{name:<28}{'given':>6}{'median':>10}{'p95':>10}{'keys':>6}")
    for kind, pressed in keys.items():
        each = [1000 * seconds for seconds in took.get(kind, ())]
        measured = (
            f"{len(each):>6}{np.median(each):>7.0f} ms{np.quantile(each, 0.95):>7.0f} ms"
            if each
            else f"{'':>26}"
        )
        print(f"  {kind:<26}{measured}{count_keys(pressed):>6}")


def tell_pace(
    keys: Mapping[str, Sequence[str]], took: Mapping[str, Sequence[float]], words: float
) -> None:
    """Print how many passages a minute it makes, as pressed and as read; ``words`` per passage.

    Where nothing was measured the pages are taken to answer at once.
    """
    all_of = [seconds for each in took.values() for seconds in each]
    pressed = sum(share * count_keys(keys[kind]) for kind, share in MIX.items()) / 100
    if all_of:
        print(f"  as fast as the pages answer: {60 / np.mean(all_of):.0f} a minute")
    spent = words / READS + DECIDES + pressed * PRESSES + (np.mean(all_of) if all_of else 0.0)
    print(f"  read at 230 words a minute:  {60 / spent:.1f} a minute, {pressed:.2f} keys each")


def count_keys(pressed: Sequence[str]) -> int:
    """Keys that are pressed: a chord is as many as it holds."""
    return sum(len(key.split("+")) for key in pressed)


def open_browser(playwright: object) -> Browser:
    """Debian's Chromium."""
    program = shutil.which("chromium")
    if program is None:
        sys.exit("Chromium is not installed (Debian: apt-get install chromium)")
    opened: Browser = playwright.chromium.launch(executable_path=program, args=FLAGS)  # type: ignore[attr-defined]
    return opened


def new_page(browser: Browser) -> Page:
    """A page of a usual size, in a session of its own."""
    return browser.new_context(viewport={"width": 1280, "height": 800}).new_page()


def _led(keys: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
    return {kind: pressed for kind, pressed in keys.items() if kind != BLIND}


def main(arguments: Sequence[str]) -> None:
    """Measure, with the share of passages that is answered blind as it is shipped and without."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=60)
    parser.add_argument("--label-studio", type=Path)
    wanted = parser.parse_args(arguments)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = open_browser(playwright)
        settings = tag_example(Path(folder) / "home")
        for share in (0.0, settings.blind_share):
            home = Path(folder) / f"home-{share}"
            shutil.copytree(Path(folder) / "home", home)
            here = replace(
                settings, home=home, database=f"sqlite:///{home / 'review.db'}", blind_share=share
            )
            took = verify(new_page(browser), here, wanted.passages)
            words = count_words(here)
            tell(f"here, {share:.0%} answered blind", KEYS if share else _led(KEYS), took)
            tell_pace(KEYS, took, words)
        peer: Mapping[str, Sequence[float]] = {}
        if wanted.label_studio:
            program, where = wanted.label_studio, Path(folder) / "peer"
            peer = time_label_studio(new_page(browser), program, where, wanted.passages, MIX)
        tell("Label Studio", LABEL_STUDIO, peer)
        tell_pace(LABEL_STUDIO, peer, words)
        tell("Argilla, from its guide", ARGILLA, {})
        tell_pace(ARGILLA, {}, words)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
