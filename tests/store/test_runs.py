"""A run says how it stands, also when it was killed before it could say so itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from review.protocol import Protocol
from review.store.runs import (
    RunState,
    close_run,
    count_towards,
    find_latest_run,
    find_run,
    open_run,
)
from review.store.session import Store


def test_a_run_that_was_killed_does_not_go_on_for_ever(
    store: Store, protocol: Protocol, now: datetime
) -> None:
    with store.session() as session:
        killed = open_run(session, "update", protocol, now)
        beside = open_run(session, "import", protocol, now + timedelta(hours=2))
        states = [find_run(session, run_id) for run_id in (killed, beside)]
        assert [run.state for run in states if run] == [RunState.RUNNING] * 2
        open_run(session, "update", protocol, now + timedelta(days=7))
        states = [find_run(session, run_id) for run_id in (killed, beside)]
        assert [run.state for run in states if run] == [RunState.FAILED] * 2


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
