"""A share is drawn that is as large as asked for, the same at each look, and set by a person."""

from __future__ import annotations

import pytest

from review.blindness import is_drawn
from review.errors import InputError
from review.settings import Settings


def test_the_share_is_as_large_as_asked_for() -> None:
    drawn = sum(is_drawn(0.2, "ana", n) for n in range(5000))
    assert 900 < drawn < 1100
    assert not any(is_drawn(0, "ana", n) for n in range(100))
    assert all(is_drawn(1, "ana", n) for n in range(100))


# Two people are blind to different things, and each to the same at every look.
def test_the_draw_is_per_person_and_does_not_change() -> None:
    mine = [is_drawn(0.5, "ana", n) for n in range(200)]
    assert mine == [is_drawn(0.5, "ana", n) for n in range(200)]
    assert mine != [is_drawn(0.5, "ben", n) for n in range(200)]


# Parts are kept apart: ("a", "bc") is not ("ab", "c").
def test_parts_do_not_run_together() -> None:
    pairs = [("x" * n, "x" * (9 - n)) for n in range(9)]
    assert len({is_drawn(share / 100, *pair) for pair in pairs for share in range(101)}) == 2
    assert any(is_drawn(s / 100, "a", "bc") != is_drawn(s / 100, "ab", "c") for s in range(101))


def test_shares_are_set_by_the_environment() -> None:
    assert Settings.from_env({}).blind_share == 0.2
    assert Settings.from_env({"LIVING_REVIEW_BLIND_SHARE": "0"}).blind_share == 0
    assert Settings.from_env({"LIVING_REVIEW_PLANTED_SHARE": "0.5"}).planted_share == 0.5


@pytest.mark.parametrize("said", ["1.5", "-1", "a fifth", "nan"])
def test_what_is_no_share_is_refused(said: str) -> None:
    with pytest.raises(InputError, match="LIVING_REVIEW_BLIND_SHARE"):
        Settings.from_env({"LIVING_REVIEW_BLIND_SHARE": said})
