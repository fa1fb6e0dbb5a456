"""What takes long to count, remembered: people see the last count at once, with its time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

_Counted = TypeVar("_Counted")
# A count older than this many seconds says too little of today to be shown.
_OLD = 600.0
# After a count that took long the next one waits so many times as long: pages are to be answered
# meanwhile by the same processor.
_REST = 10.0


@dataclass(frozen=True, kw_only=True)
class Count(Generic[_Counted]):
    """What was counted and when; ``is_latest`` is false while a newer count is under way."""

    value: _Counted
    counted_at: datetime
    is_latest: bool


class Remembered(Generic[_Counted]):
    """One count, shared by all who ask; safe to ask from several threads.

    What ``is_small`` is counted for each who asks. Else the last count is given, and counted anew
    meanwhile, but a tenth of the time at most; unless there is none yet or it is ten minutes old:
    then who asks waits.
    """

    def __init__(self, count: Callable[[], _Counted], is_small: Callable[[_Counted], bool]) -> None:
        self._count = count
        self._is_small = is_small
        self._counting = threading.Lock()
        self._last: tuple[_Counted, datetime, float, float] | None = None

    def begin(self) -> None:
        """Count for the first time, apart, so that nobody need wait for it later."""
        if self._last is None and self._counting.acquire(blocking=False):
            threading.Thread(target=self._count_apart, daemon=True).start()

    def get(self) -> Count[_Counted]:
        """The count of now, or the last one. Raises whatever the counting raises."""
        last = self._last
        if last is None or self._is_small(last[0]) or time.monotonic() - last[2] > _OLD:
            with self._counting:
                made = self._last if last is None else None
                # Who waited for the first count of a large store has it.
                last = made if made and not self._is_small(made[0]) else self._count_now()
            return Count(value=last[0], counted_at=last[1], is_latest=True)
        rests = time.monotonic() < last[2] + _REST * last[3]
        if not rests and self._counting.acquire(blocking=False):
            threading.Thread(target=self._count_apart, daemon=True).start()
        return Count(value=last[0], counted_at=last[1], is_latest=False)

    def _count_apart(self) -> None:
        try:
            self._count_now()
        finally:
            self._counting.release()

    def _count_now(self) -> tuple[_Counted, datetime, float, float]:
        """The count, when it was begun, and by a clock its end and how long it took."""
        now, begun = datetime.now(UTC), time.monotonic()
        counted = self._count()
        ended = time.monotonic()
        self._last = (counted, now, ended, ended - begun)
        return self._last
