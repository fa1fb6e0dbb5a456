"""A long count is given at once as it was last, and is counted anew meanwhile."""

from __future__ import annotations

import threading
import time

import pytest

from workbench.remembered import Remembered


# Who asks is never told a number that is not of now where the count is small.
def test_what_is_small_is_counted_for_each() -> None:
    numbers = iter(range(1, 4))
    remembered = Remembered(lambda: next(numbers), lambda _: True)
    assert [remembered.get().value for _ in range(3)] == [1, 2, 3]


# Nobody waits for a long count but the first; the next who asks later sees the newer number.
def test_a_long_count_is_made_apart() -> None:
    numbers, may_go_on = iter(range(1, 9)), threading.Event()

    def count() -> int:
        number = next(numbers)
        if number > 1:
            assert may_go_on.wait(timeout=30)
        return number

    remembered = Remembered(count, lambda _: False)
    assert (remembered.get().value, remembered.get().value) == (1, 1)
    waiting = remembered.get()
    assert (waiting.value, waiting.is_latest) == (1, False)
    may_go_on.set()
    deadline = time.monotonic() + 30
    while remembered.get().value == 1 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert remembered.get().value >= 2


# Pages are to be answered while it is counted: a long count is not made again at once.
def test_after_a_long_count_the_next_one_waits() -> None:
    counted = []

    def count() -> int:
        counted.append(time.sleep(0.2))
        return len(counted)

    remembered = Remembered(count, lambda _: False)
    assert [remembered.get().value for _ in range(50)] == [1] * 50
    assert len(counted) == 1


# What was begun before anybody asked is what who asks meanwhile waits for: it is counted once.
def test_a_first_count_is_begun_before_anybody_asks() -> None:
    counted = []

    def count() -> int:
        counted.append(time.sleep(0.2))
        return len(counted)

    remembered = Remembered(count, lambda _: False)
    remembered.begin()
    remembered.begin()
    assert remembered.get().value == 1
    assert len(counted) == 1


# A count that fails is told to who asked for it, and does not stand in the way of the next.
def test_a_count_that_fails_is_told() -> None:
    answers = iter([ValueError("lost"), 5])

    def count() -> int:
        answer = next(answers)
        if isinstance(answer, ValueError):
            raise answer
        return answer

    remembered = Remembered(count, lambda _: True)
    with pytest.raises(ValueError, match="lost"):
        remembered.get()
    assert remembered.get().value == 5
