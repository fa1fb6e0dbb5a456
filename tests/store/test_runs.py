"""A run says how it stands, also when it was killed before it could say so itself."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import datetime, timedelta

import pytest

from review.errors import StoreBusyError
from review.protocol import Protocol
from review.store.runs import (
    RunState,
    close_run,
    close_search,
    count_towards,
    find_last_begun,
    find_last_ground,
    find_last_runs,
    find_run,
    find_searches,
    find_standing_searches,
    keep_ground,
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
            assert find_last_runs(session, 1) == []
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


# Of each strategy and each file the last search, and beside it the last that was complete; an
# address that a source moved to makes no other strategy.
def test_the_searches_that_stand(store: Store, protocol: Protocol, now: datetime) -> None:
    with store.session() as session:
        run_id = open_run(session, "update", protocol, now)
        made = [
            ("pubmed", "q", "new", "https://a", RunState.COMPLETED),
            ("pubmed", "q", "new", "https://a", RunState.COMPLETED),
            ("pubmed", "q", "new", "https://b", RunState.FAILED),
            ("pubmed", "q", "changed", "https://b", RunState.COMPLETED),
            ("psycinfo", "", "", "a.ris", RunState.FAILED),
            ("psycinfo", "", "", "b.ris", RunState.COMPLETED),
            ("psycinfo", "", "", "a.ris", RunState.COMPLETED),
        ]
        for source, query, change, address, state in made:
            search_id = open_search(
                session, run_id, source=source, address=address, query=query, change=change, now=now
            )
            close_search(session, search_id, state=state, refused=[], now=now)
        assert [s.search_id for s in find_standing_searches(session)] == [2, 3, 4, 6, 7]


# What the last run that screened said of the ground stays to be told, with its other counts, while
# runs of other kinds come and go.
def test_the_ground_a_run_told_is_kept(store: Store, protocol: Protocol, now: datetime) -> None:
    with store.session() as session:
        assert (find_last_ground(session), find_last_begun(session)) == (None, {})
        first = open_run(session, "screen", protocol, now)
        count_towards(session, first, "screening", {"include": 1})
        keep_ground(session, first, {"regime": "under_way", "reason": "r", "claim": ""})
        later = open_run(session, "import", protocol, now + timedelta(days=1))
        told = find_last_ground(session)
        assert told is not None
        assert told.run_id == first
        assert told.summary["ground"]["regime"] == "under_way"
        assert told.summary["screening"] == {"include": 1}
        assert [run.run_id for run in find_last_runs(session, 5)] == [later, first]
        assert find_last_begun(session) == {"screen": now, "import": now + timedelta(days=1)}


def test_counts_of_a_stage_add_up_over_its_batches(
    store: Store, protocol: Protocol, now: datetime
) -> None:
    with store.session() as session:
        run_id = open_run(session, "update", protocol, now)
        for _ in range(2):
            count_towards(session, run_id, "screening", {"include": 3, "exclude": 1})
        close_run(session, run_id, RunState.COMPLETED, now)
        session.commit()
        [run] = find_last_runs(session, 1)
    assert run.summary == {"screening": {"include": 6, "exclude": 2}}
    assert (run.state, run.finished_at) == (RunState.COMPLETED, now)
