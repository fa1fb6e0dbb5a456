"""Keys: chosen by each person, never two meanings on a page, and off where they are not wanted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from review.errors import InputError
from workbench.keys import ACTIONS, key_of, keyed, read_keys

_ALL = [action for actions in ACTIONS.values() for action in actions]


@pytest.fixture
def client(small_review: Any, visit: Any) -> Iterator[TestClient]:
    with visit(small_review.settings, "ana") as opened:
        yield opened


# Whatever is asked for is refused with a sentence, or means one thing on each page.
@given(st.dictionaries(st.sampled_from(_ALL), st.text(min_size=1, max_size=2), max_size=6))
def test_no_key_means_two_things_on_a_page(wanted: dict[str, str]) -> None:
    try:
        chosen = read_keys(False, wanted)
    except InputError:
        return
    for actions in ACTIONS.values():
        keys = [key_of(chosen, action) for action in {**ACTIONS["everywhere"], **actions}]
        assert len(keys) == len(set(keys))
        assert all(len(key) == 1 for key in keys)


def test_the_keys_as_given_are_kept_as_no_choice() -> None:
    assert read_keys(False, {}) == {}
    assert read_keys(True, {}) == {"off": True}
    assert read_keys(False, {"accept": "Z"}) == {"accept": "z"}


def test_keys_that_are_off_mark_nothing() -> None:
    assert keyed({}, "accept") == 'data-key="a" aria-keyshortcuts="a"'
    assert keyed({"accept": '"'}, "accept") == 'data-key="&#34;" aria-keyshortcuts="&#34;"'
    assert keyed({}, "3") == 'data-key="3" aria-keyshortcuts="3"'
    assert keyed({"off": True}, "accept") == keyed({"off": True}, "3") == ""


def test_chosen_keys_are_kept_and_taken_back(client: TestClient) -> None:
    page = client.post("/keys", data={"help": "h", "accept": "y"}).text
    assert "Your keys are kept" in page
    assert 'data-key="h"' in page
    assert 'name="accept" value="y"' in page
    assert 'data-key="' not in client.post("/keys", data={"off": "true"}).text
    assert 'data-key="?"' in client.post("/keys", data={"reset": "true"}).text


def test_a_key_with_two_meanings_is_refused_in_a_sentence(client: TestClient) -> None:
    answer = client.post("/keys", data={"accept": "r"})
    assert answer.status_code == 409
    assert "would mean both" in answer.text
    assert 'name="accept" value="a"' in client.get("/keys").text
