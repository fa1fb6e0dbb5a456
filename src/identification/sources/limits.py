"""How fast a host may be asked: one limiter per host, shared by all threads of a run."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping

# However long a host asks us to wait, we look again after this many seconds.
LONGEST_WAIT = 60.0
_INTERVAL = re.compile(r"(\d+(?:\.\d+)?)\s*s?")


class Limiter:
    """Lets one question pass every ``spacing`` seconds, and ``at_once`` be under way.

    Used as a context around one question. ``clock`` and ``sleep`` are seconds.
    """

    def __init__(
        self,
        spacing: float,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        at_once: int = 1,
    ) -> None:
        self.spacing = spacing
        self.at_once = at_once
        self._clock = clock
        self._sleep = sleep
        self._changed = threading.Condition()
        self._under_way = 0
        self._free_at = 0.0

    def __enter__(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._under_way < self.at_once)
            self._under_way += 1
            now = self._clock()
            start = max(now, self._free_at)
            self._free_at = start + self.spacing
        if start > now:
            self._sleep(start - now)
            with self._changed:
                # Sleep lasts a little longer than asked for; the next must not come too close.
                self._free_at = max(self._free_at, self._clock() + self.spacing)

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._under_way -= 1
            self._changed.notify()

    def hold(self, seconds: float) -> None:
        """Let nothing pass for so long: the host asked for it."""
        with self._changed:
            self._free_at = max(self._free_at, self._clock() + min(seconds, LONGEST_WAIT))

    def heed(self, headers: Mapping[str, str]) -> None:
        """Take over the limits a host names in an answer: Crossref's, and the RFC draft's."""
        rate, interval = headers.get("x-rate-limit-limit"), headers.get("x-rate-limit-interval")
        span = _INTERVAL.fullmatch(interval or "")
        if rate and rate.isdigit() and int(rate) and span:
            self.spacing = float(span.group(1)) / int(rate)
        at_once = headers.get("x-concurrency-limit", "")
        if at_once.isdigit() and int(at_once):
            with self._changed:
                self.at_once = int(at_once)
                self._changed.notify_all()
        reset = headers.get("ratelimit-reset", "")
        if headers.get("ratelimit-remaining") == "0" and reset.isdigit():
            self.hold(float(reset))


def wait_asked_for(headers: Mapping[str, str]) -> float | None:
    """Seconds of a numeric ``Retry-After``, at most a minute; None where there is none."""
    value = headers.get("retry-after", "").strip()
    return min(float(value), LONGEST_WAIT) if re.fullmatch(r"\d+(?:\.\d+)?", value) else None
