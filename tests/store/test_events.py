"""Everything people said comes out as it was said, in the order of time."""

from __future__ import annotations

from datetime import datetime, timedelta

from review.annotations import Note
from review.decisions import Decision, Stage, Verdict
from review.protocol import Protocol
from review.records import Record
from review.store.decisions import keep_decision, keep_reviewer, withdraw_decision
from review.store.events import find_events
from review.store.notes import keep_note
from review.store.records import keep_members, keep_records
from review.store.runs import open_run, open_search
from review.store.session import Store


# Rows of all tables come in one order of time, each with its table's name, withdrawals included.
def test_events_come_in_the_order_of_time(store: Store, protocol: Protocol, now: datetime) -> None:
    said = Decision(
        decision_id="d1",
        report_id=1,
        stage=Stage.TITLE_ABSTRACT,
        reviewer="ana",
        verdict=Verdict.INCLUDE,
        decided_at=now,
    )
    noted = now + timedelta(minutes=1)
    taken_back = now + timedelta(minutes=2)
    with store.session() as session:
        run_id = open_run(session, "import", protocol, now)
        search_id = open_search(session, run_id, source="file", address="x.ris", now=now)
        record = Record(source="file", source_id="1", title="Pay")
        keep_records(session, search_id, [(1, record)], now)
        keep_members(session, {1: 1})
        keep_reviewer(session, "ana", "reviewer", now)
        keep_decision(session, said)
        withdraw_decision(session, "d1", withdrawal_id="w1", reviewer="ana", now=taken_back)
        keep_note(
            session, Note(note_id="n1", report_id=1, reviewer="ana", text="Hm.", noted_at=noted)
        )
        events = list(find_events(session))
    assert [(e["event"], e["id"], e["at"], e["withdraws"]) for e in events] == [
        ("decision", "d1", now, None),
        ("note", "n1", noted, None),
        ("decision", "w1", taken_back, "d1"),
    ]
    assert events[1]["text"] == "Hm."
