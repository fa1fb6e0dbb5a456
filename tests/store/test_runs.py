"""A run says how it stands, also when it was killed before it could say so itself."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import datetime

import pytest

from review.errors import StoreBusyError
from review.protocol import Protocol
from review.store.runs import (
    RunState,
    close_run,
    count_towards,
    find_latest_run,
    find_run,
    find_searches,
    open_run,
    open_search,
)
from review.store.session import Store, open_store


def test_a_run_that_was_killed_does_not_go_on_for_ever(
    store: Store, protocol: Protocol, now: datetime
) -> None:
    with store.session() as session:
        killed = open_run(session, "update", protocol, now)
        for change in ("", "new"):
            open_search(session, killed, source="s", address="a", change=change, now=now)
        next_one = open_run(session, "update", protocol, now)
        states = [find_run(session, run_id) for run_id in (killed, next_one)]
        assert [run.state for run in states if run] == [RunState.FAILED, RunState.RUNNING]
        # A file is read from its beginning again; a source is gone on with.
        assert [s.state for s in find_searches(session)] == [RunState.FAILED, RunState.RUNNING]


def test_there_is_one_run_at_a_time(store: Store, address: str) -> None:
    other = open_store(address)
    with store.alone():
        with pytest.raises(StoreBusyError, match="another run of this review"), other.alone():
            pass
        # Reading and voting go on meanwhile.
        with other.session() as session:
            assert find_latest_run(session) is None
    with other.alone():
        pass
    other.close()


def test_a_run_that_is_killed_lets_the_next_one_begin(store: Store, address: str) -> None:
    program = f"""
import time
from review.store.session import open_store
with open_store({address!r}).alone():
    print("alone", flush=True)
    time.sleep(600)
"""
    holder = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    with holder.stdout as said:
        assert said.readline() == b"alone\n"
        with pytest.raises(StoreBusyError), store.alone():
            pass
        holder.kill()
        holder.wait(timeout=30)
    deadline = time.monotonic() + 30
    while True:
        try:
            with store.alone():
                return
        except StoreBusyError:
            # A server notices a moment later that its client is gone.
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_counts_of_a_stage_add_up_over_its_batches(
    store: Store, protocol: Protocol, now: datetime
) -> None:
    with store.session() as session:
        run_id = open_run(session, "update", protocol, now)
        for _ in range(2):
            count_towards(session, run_id, "screening", {"include": 3, "exclude": 1})
        close_run(session, run_id, RunState.COMPLETED, now)
        session.commit()
        run = find_latest_run(session)
    assert run is not None
    assert run.summary == {"screening": {"include": 6, "exclude": 2}}
    assert (run.state, run.finished_at) == (RunState.COMPLETED, now)
