"""Label Studio beside the workbench: the same answers to pre-filled passages, by its keys.

Called by ``benchmarks.verifying``; the program comes from an environment of its own.
"""

from __future__ import annotations

import os
import random
import re
import secrets
import socket
import subprocess
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

from review.protocol import load_codebook
from review.settings import CHECKOUT

# One for each of fourteen influences; the directions have letters of their own.
_THEME_KEYS = "1234567890zxcv"
_DIRECTION_KEYS = {"facilitator": "f", "barrier": "b", "both": "m", "unclear": "n"}
_PERSON = "ana@example.org"
# The suggestion is ticked off by its own key; another influence is the second or third.
KEYS = {
    "accept": ["Control+Enter"],
    "reject": ["{off}", "Control+Enter"],
    "another direction": ["m", "Control+Enter"],
    "another influence": ["{off}", "{on}", "Control+Enter"],
}


def time_label_studio(
    page: Page, program: Path, folder: Path, passages: int, mix: Mapping[str, int]
) -> dict[str, list[float]]:
    """Seconds of each answer, by its kind, until the next passage stands on the page."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address, password = f"http://127.0.0.1:{port}", secrets.token_hex(8)
    server = subprocess.Popen(
        [
            *(program, "start", "--no-browser", "--port", str(port)),
            *("--username", _PERSON, "--password", password),
        ],
        env={**os.environ, "LABEL_STUDIO_BASE_DATA_DIR": str(folder), "COLLECT_ANALYTICS": "false"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        project = _set_up(address, password, passages)
        return _answer(page, address, password, project, passages, mix)
    finally:
        server.terminate()
        server.wait()


def _set_up(address: str, password: str, passages: int) -> int:
    """A project whose tasks are passages with a suggestion filled in; its number."""
    with httpx.Client(base_url=address, follow_redirects=True, timeout=120) as client:
        for _ in range(240):
            try:
                page = client.get("/user/login/")
                break
            except httpx.TransportError:
                time.sleep(0.5)
        token = re.findall(r'csrfmiddlewaretoken" value="([^"]+)"', page.text)[0]
        fields = {"csrfmiddlewaretoken": token, "email": _PERSON, "password": password}
        client.post("/user/login/", data=fields, headers={"Referer": address})
        client.headers.update({"X-CSRFToken": client.cookies["csrftoken"], "Referer": address})
        wanted = {"title": "passages", "label_config": _form(), "show_collab_predictions": True}
        project: int = client.post("/api/projects", json=wanted).raise_for_status().json()["id"]
        tasks = [_task(number) for number in range(passages + 1)]
        client.post(f"/api/projects/{project}/import", json=tasks).raise_for_status()
        client.patch(f"/api/projects/{project}", json={"model_version": "m"}).raise_for_status()
    return project


def _form() -> str:
    themes = zip(_themes(), _THEME_KEYS, strict=True)
    return (
        '<View><Text name="text" value="$text"/>'
        + _choices("theme", "multiple", dict(themes))
        + _choices("direction", "single", _DIRECTION_KEYS)
        + "</View>"
    )


def _choices(name: str, how: str, keys: Mapping[str, str]) -> str:
    each = "".join(f'<Choice value="{value}" hotkey="{key}"/>' for value, key in keys.items())
    return f'<Choices name="{name}" toName="text" choice="{how}">{each}</Choices>'


def _themes() -> Sequence[str]:
    return [t.key for t in load_codebook(CHECKOUT / "data/protocol/peer-support").themes]


def _task(number: int) -> dict[str, object]:
    said = {"theme": _themes()[0], "direction": "facilitator"}
    result = [
        {"from_name": n, "to_name": "text", "type": "choices", "value": {"choices": [value]}}
        for n, value in said.items()
    ]
    return {
        "data": {"text": f"Passage {number}. Supervision helped peer workers to stay."},
        "predictions": [{"model_version": "m", "score": 0.8, "result": result}],
    }


def _answer(
    page: Page, address: str, password: str, project: int, passages: int, mix: Mapping[str, int]
) -> dict[str, list[float]]:
    chance = random.Random(0)
    took: dict[str, list[float]] = defaultdict(list)
    page.goto(f"{address}/user/login/")
    page.fill("input[name=email]", _PERSON)
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"(?<!login/)$"))
    page.goto(f"{address}/projects/{project}/data?labeling=1")
    for number in range(passages):
        # Filled in from the suggestion, it is ready to be answered.
        expect(page.get_by_text(f"Passage {number}.")).to_be_visible(timeout=60_000)
        expect(page.locator("input:checked")).to_have_count(2, timeout=60_000)
        [kind] = chance.choices(list(mix), list(mix.values()))
        start = time.perf_counter()
        for key in KEYS[kind]:
            page.keyboard.press(key.format(off="1", on="2"))
        expect(page.get_by_text(f"Passage {number + 1}.")).to_be_visible(timeout=60_000)
        expect(page.locator("input:checked")).to_have_count(2, timeout=60_000)
        took[kind].append(time.perf_counter() - start)
    return took
