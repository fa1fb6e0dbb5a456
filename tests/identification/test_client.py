"""The client asks at the host's pace, again where that helps, and tells nobody's credentials."""

from __future__ import annotations

import logging
import random
import re
import threading
import time
from itertools import pairwise

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import Route

from identification.sources.answers import refuse_status
from identification.sources.base import AnswerError, QuestionError, Request
from identification.sources.client import Client
from identification.sources.limits import Limiter, wait_asked_for
from tests.standins.serving import FOR_GOOD, Fault, StandIn, served


async def _fine(request):
    return PlainTextResponse("x" * 2000)


async def _moved(request):
    return RedirectResponse("/fine", status_code=301)


@pytest.fixture
def standin():
    return StandIn(Starlette(routes=[Route("/fine", _fine), Route("/moved", _moved)]))


@pytest.fixture
def address(standin):
    with served(standin) as base:
        yield base


@pytest.fixture
def client(clock):
    with Client(clock=clock, sleep=clock.sleep, chance=random.Random(7)) as client:
        client.SPACING = 0.0
        yield client


def _read(answer):
    refuse_status(answer, "The host")
    return len(answer.body)


# Statuses that pass are asked again until the tries are spent, then it is an AnswerError.
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_statuses_that_pass_are_asked_again(status, standin, address, client):
    standin.faults = [Fault(at=1, times=2, status=status)]
    assert client.fetch(Request(address=f"{address}/fine"), _read)[1] == 2000
    assert len(standin.asked) == 3
    standin.faults = [Fault(at=1, times=FOR_GOOD, status=status)]
    with pytest.raises(AnswerError, match=f"status {status}.*asked 6 times"):
        client.fetch(Request(address=f"{address}/fine"), _read)
    assert len(standin.asked) == 3 + client.TRIES


# Any other refusal is the question's fault and is asked once.
@pytest.mark.parametrize("status", [400, 401, 403, 404, 414])
def test_other_refusals_are_asked_once(status, standin, address, client, clock):
    standin.faults = [Fault(at=1, times=FOR_GOOD, status=status, body=b"no such field")]
    with pytest.raises(QuestionError, match=f"status {status}: no such field"):
        client.fetch(Request(address=f"{address}/fine"), _read)
    assert len(standin.asked) == 1
    assert clock.slept == []


# A host that says how long to wait is obeyed, up to a minute; else the waits double and spread.
def test_waits(standin, address, client, clock):
    standin.faults = [
        Fault(at=1, status=429, headers={"retry-after": "7"}),
        Fault(at=2, status=503, headers={"retry-after": "86400"}),
        Fault(at=3, status=429, headers={"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}),
        Fault(at=4, times=2, status=500),
    ]
    client.fetch(Request(address=f"{address}/fine"), _read)
    asked, capped, *spread = clock.slept
    assert (asked, capped) == (7.0, 60.0)
    for attempt, waited in enumerate(spread, start=3):
        assert 0.5 * 2 ** (attempt - 1) <= waited <= 1.5 * 2 ** (attempt - 1)
    assert len(spread) == 3
    assert len(set(spread)) == 3


@pytest.mark.parametrize(
    ("header", "seconds"), [("5", 5.0), ("0.5", 0.5), ("61", 60.0), ("soon", None), ("-1", None)]
)
def test_retry_after_is_read_only_where_it_is_a_number(header, seconds):
    assert wait_asked_for({"retry-after": header}) == seconds


# A body that was cut off is not an answer; one that only drips has to end some time.
def test_half_answers_are_asked_again(standin, address, client):
    standin.faults = [Fault(at=1, kind="cut")]
    assert client.fetch(Request(address=f"{address}/fine"), _read)[1] == 2000
    assert len(standin.asked) == 2


def test_an_answer_that_drips_too_long_is_given_up(standin, address):
    standin.faults = [Fault(at=1, times=FOR_GOOD, kind="drip", pause=0.05, piece=100)]
    client = Client(sleep=lambda seconds: None)
    client.TRIES, client.DEADLINE = 2, 0.2
    began = time.monotonic()
    with client, pytest.raises(AnswerError, match="no whole answer within"):
        client.fetch(Request(address=f"{address}/fine"), _read)
    assert time.monotonic() - began < 5
    assert len(standin.asked) == 2


# Silence longer than the limit is a failure of the host.
def test_a_silent_host_is_given_up(standin, address):
    class Hasty(Client):
        SILENCE, TRIES = 0.1, 2

    standin.faults = [Fault(at=1, times=FOR_GOOD, kind="drip", pause=2.0, piece=1000)]
    with (
        Hasty(sleep=lambda seconds: None) as client,
        pytest.raises(AnswerError, match="ReadTimeout"),
    ):
        client.fetch(Request(address=f"{address}/fine"), _read)


# Nobody listens: asked again, then an AnswerError that names the address.
def test_an_unreachable_host(client):
    with pytest.raises(AnswerError, match=re.escape("http://127.0.0.1:9/fine: no answer")):
        client.fetch(Request(address="http://127.0.0.1:9/fine"), _read)


@pytest.mark.parametrize("wrong", ["eutils.example/esearch", "ftp://eutils.example/", "http://"])
def test_an_impossible_address_is_refused_at_once(wrong, client, clock):
    with pytest.raises(QuestionError, match="correct the address"):
        client.fetch(Request(address=wrong), _read)
    assert clock.slept == []


# Merged entries are found where they went.
def test_redirects_are_followed(address, client):
    assert client.fetch(Request(address=f"{address}/moved"), _read)[1] == 2000


# What was asked is what the host received, letter for letter.
def test_parameters_arrive_as_they_are(standin, address, client):
    params = {"cursor": "++//a b=", "query": 'p<0.05 & "Zürich"', "empty": ""}
    client.fetch(Request(address=f"{address}/fine", params=params), _read)
    assert standin.asked[0].params == params


# A key, an address of mail or a caller's address never reach a log or a message.
def test_credentials_are_told_to_nobody(standin, address, client, caplog):
    caplog.set_level(logging.DEBUG)
    params = {"api_key": "s3cr3tkey", "email": "ana@example.org", "tool": "mytool", "term": "peer"}
    complaint = b'{"error":"API rate limit exceeded","api-key":"203.0.113.9","count":"4"}'
    standin.faults = [Fault(at=1, times=FOR_GOOD, status=429, body=complaint)]
    with pytest.raises(AnswerError) as busy:
        client.fetch(Request(address=f"{address}/fine", params=params), _read)
    standin.faults = [Fault(at=1, times=FOR_GOOD, status=400, body=b"bad key s3cr3tkey")]
    with pytest.raises(QuestionError) as refused:
        client.fetch(Request(address=f"{address}/fine", params=params), _read)
    told = caplog.text + str(busy.value) + str(refused.value)
    assert "term=peer" in told
    assert "asking again" in caplog.text
    for secret in ("s3cr3tkey", "ana@example.org", "ana%40example.org", "mytool", "203.0.113.9"):
        assert secret not in told


# Threads share one limiter: never two questions closer than the spacing, never two at once.
def test_threads_share_the_pace_of_a_host():
    limiter = Limiter(0.02, clock=time.monotonic, sleep=time.sleep)
    begun: list[float] = []
    under_way: list[int] = [0]
    most = [0]

    def ask() -> None:
        for _ in range(3):
            with limiter:
                begun.append(time.monotonic())
                under_way[0] += 1
                most[0] = max(most[0], under_way[0])
                time.sleep(0.001)
                under_way[0] -= 1

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    begun.sort()
    assert len(begun) == 15
    assert all(later - earlier > 0.0199 for earlier, later in pairwise(begun))
    assert most == [1]


# A host's own limits are taken over, and a spent one is waited for.
def test_limits_named_in_answers_are_heeded(clock):
    limiter = Limiter(1.0, clock=clock, sleep=clock.sleep)
    limiter.heed({"x-rate-limit-limit": "10", "x-rate-limit-interval": "1s",
                  "x-concurrency-limit": "3"})  # fmt: skip
    assert (limiter.spacing, limiter.at_once) == (0.1, 3)
    limiter.heed({"ratelimit-remaining": "0", "ratelimit-reset": "4"})
    with limiter:
        pass
    assert clock.slept == [4.0]
    limiter.heed({"x-rate-limit-limit": "many", "x-rate-limit-interval": "often"})
    assert limiter.spacing == 0.1
