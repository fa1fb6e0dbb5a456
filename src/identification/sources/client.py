"""Asks the sources over the network: at their pace, again where that helps, never in vain."""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from importlib.metadata import version
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlencode, urlsplit

import httpx

from identification.sources.base import (
    CREDENTIALS,
    Answer,
    AnswerError,
    QuestionError,
    Request,
    Source,
)
from identification.sources.limits import Limiter, wait_asked_for

log = logging.getLogger(__name__)

Read = TypeVar("Read")
_NAMES = "|".join(sorted(CREDENTIALS))
# In addresses, and in NCBI's complaints, which carry the key or the caller's address.
_CREDENTIAL = re.compile(rf"\b(?P<name>{_NAMES})=[^&\s\"']*|(?P<json>\"api-key\"\s*:\s*)\"[^\"]*\"")
# The question is at fault, not the network.
_IMPOSSIBLE = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL)


class Client:
    """One client for all threads of a run.

    A question fails for good after ``TRIES`` tries. Between two tries it waits as long as the
    host asks in ``Retry-After`` (a minute at most), else 1, 2, 4, ... ``LONGEST_BACKOFF`` seconds,
    each spread by half in both directions so that threads do not return all at once.
    ``clock``, ``sleep`` and ``chance`` are given by tests.
    """

    TRIES = 6
    LONGEST_BACKOFF = 30.0
    # Hosts of no known source.
    SPACING = 1.0
    # Seconds without a byte, and for one whole answer, however steadily it drips.
    SILENCE = 60.0
    DEADLINE = 300.0
    LARGEST_ANSWER = 300_000_000

    def __init__(
        self,
        sources: Iterable[Source] = (),
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        chance: random.Random | None = None,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._chance = chance or random.Random()  # noqa: S311 - spreads waits, guards nothing
        self._limiters = {
            _host(source.address): self._limiter(source.spacing) for source in sources
        }
        self._http = httpx.Client(
            timeout=httpx.Timeout(self.SILENCE, connect=20.0),
            headers={"User-Agent": f"living-review/{version('living-review')}"},
            follow_redirects=True,
            max_redirects=5,
        )
        logging.getLogger("httpx").addFilter(_hide_credentials)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def fetch(self, request: Request, read: Callable[[Answer], Read]) -> tuple[Answer, Read]:
        """The answer to a question, and what ``read`` makes of it.

        ``read`` is given every answer, whatever its status, and tells by AnswerError that it is
        not what was asked for; then, and where no whole answer came, the question is put again.
        Raises AnswerError after the last try, QuestionError at once.
        """
        limiter = self._limiters.setdefault(_host(request.address), self._limiter(self.SPACING))
        for attempt in range(1, self.TRIES + 1):
            answer = None
            try:
                with limiter:
                    answer = self._send(request)
                limiter.heed(answer.headers)
                return answer, read(answer)
            except QuestionError as refusal:
                raise QuestionError(hide(str(refusal), request)) from None
            except AnswerError as failure:
                reason = hide(str(failure), request)
                if attempt == self.TRIES:
                    raise AnswerError(
                        f"{reason} (asked {attempt} times: {request.redacted()})"
                    ) from None
                wait = self._wait(attempt, answer, limiter)
                log.info("asking again in %.1f s, try %d: %s", wait, attempt + 1, reason)
                self._sleep(wait)
        raise AssertionError("unreachable: the last try returns or raises")

    def _wait(self, attempt: int, answer: Answer | None, limiter: Limiter) -> float:
        asked = wait_asked_for(answer.headers) if answer else None
        if asked is None:
            backoff = min(2.0 ** (attempt - 1), self.LONGEST_BACKOFF)
            asked = backoff * self._chance.uniform(0.5, 1.5)
        if answer and answer.status in (429, 503):
            # It means all of us, not only this thread.
            limiter.hold(asked)
        return asked

    def _send(self, request: Request) -> Answer:
        began = self._clock()
        encoded = urlencode(request.params)
        try:
            with self._stream(request, encoded) as response:
                body = bytearray()
                for part in response.iter_bytes():
                    body += part
                    if self._clock() - began > self.DEADLINE:
                        raise AnswerError(f"no whole answer within {self.DEADLINE:.0f} s")
                    if len(body) > self.LARGEST_ANSWER:
                        raise QuestionError(
                            f"the answer is larger than {self.LARGEST_ANSWER} bytes; "
                            "ask for smaller pages"
                        )
                return Answer(
                    status=response.status_code,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    body=bytes(body),
                )
        except _IMPOSSIBLE as failure:
            raise QuestionError(
                f"{request.address}: this cannot be asked ({type(failure).__name__}); "
                "correct the address of the source"
            ) from None
        except httpx.RequestError as failure:
            reason = hide(str(failure)) or "no reason given"
            raise AnswerError(
                f"{request.address}: no answer ({type(failure).__name__}: {reason})"
            ) from None

    def _stream(self, request: Request, encoded: str) -> AbstractContextManager[httpx.Response]:
        if request.post:
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            return self._http.stream("POST", request.address, content=encoded, headers=form)
        return self._http.stream(
            "GET", f"{request.address}?{encoded}" if encoded else request.address
        )

    def _limiter(self, spacing: float) -> Limiter:
        return Limiter(spacing, clock=self._clock, sleep=self._sleep)


def hide(text: str, request: Request | None = None) -> str:
    """The text without credentials: those in addresses, and those of the request anywhere."""
    for name in CREDENTIALS & set(request.params) if request else ():
        value = request.params[name] if request else ""
        if len(value) > 3:
            text = text.replace(value, "…")
    return _CREDENTIAL.sub(_without_value, text)


def _without_value(match: re.Match[str]) -> str:
    return f"{match['json']}…" if match["json"] else f"{match['name']}=…"


def _host(address: str) -> str:
    return urlsplit(address).netloc.lower()


def _hide_credentials(entry: logging.LogRecord) -> bool:
    """httpx logs every address it asks; the line stays, what identifies a person does not."""
    entry.msg, entry.args = hide(entry.getMessage()), ()
    return True
