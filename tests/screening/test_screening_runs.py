"""A run that judged its last report draws exclusions for the audit and is compared with others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from review.language import Encoder
from review.protocol import Protocol
from review.records import Record
from review.store.audits import find_audit_queue, find_drawn, find_excluded
from review.store.records import keep_members, keep_records
from review.store.runs import find_alarms, open_run, open_search
from review.store.session import Session, Store
from screening.classifier import ScreeningModel
from screening.screen import Screener, describe_screener, screen


def _screener(gardens: Protocol, encoder: Encoder) -> Screener:
    facts = describe_screener(Path("no-models-here"), gardens)
    return Screener(protocol=gardens, model=None, encoder=encoder, name="cues", facts=facts)


def _week(number: int, *, plastic: int, others: int, abstracts: bool = True) -> list[Record]:
    """Records of one week: plastic plants, which are excluded, and school gardens."""
    words = ["Plastic plants were washed. Plastic plants in a school garden."] * plastic
    words += ["Pupils dug a school garden. The school garden fed them."] * others
    return [
        Record(
            source="pubmed",
            source_id=f"{number}-{n}",
            title=f"Report {number}-{n}",
            abstract=abstract if abstracts else "",
            language="en",
        )
        for n, abstract in enumerate(words)
    ]


def _receive(session: Session, protocol: Protocol, records: Sequence[Record], now: datetime) -> int:
    run_id = open_run(session, "update", protocol, now)
    search_id = open_search(session, run_id, source="pubmed", address="x", now=now)
    ids = keep_records(session, search_id, list(enumerate(records, start=1)), now).ids
    keep_members(session, {record_id: record_id for record_id in ids})
    session.commit()
    return run_id


def test_exclusions_are_drawn_once_the_last_report_is_judged(
    store: Store, gardens: Protocol, encoder: Encoder, now: datetime
):
    screener = _screener(gardens, encoder)
    with store.session() as session:
        run_id = _receive(session, gardens, _week(1, plastic=20, others=10), now)
        part = screen(session, screener, run_id=run_id, now=now, limit=25)
        assert (part.judged, part.remaining, part.drawn) == (25, 5, 0)
        assert find_audit_queue(session) == []
        rest = screen(session, screener, run_id=run_id, now=now)
        assert (rest.judged, rest.remaining, rest.drawn) == (5, 0, 5)
        first = find_drawn(session, "cues")
        assert len(first) == 5
        assert first <= find_excluded(session, "cues")
        # A run without a new report draws nothing.
        assert screen(session, screener, run_id=run_id, now=now).drawn == 0
        run_id = _receive(session, gardens, _week(2, plastic=3, others=1), now)
        assert screen(session, screener, run_id=run_id, now=now).drawn >= 5
        assert find_drawn(session, "cues") > first


def test_a_run_unlike_those_before_raises_an_alarm_and_one_like_them_none(
    store: Store, gardens: Protocol, encoder: Encoder, now: datetime
):
    screener = _screener(gardens, encoder)
    weeks = [
        _week(1, plastic=30, others=30),
        _week(2, plastic=21, others=19),
        _week(3, plastic=21, others=19, abstracts=False),
    ]
    told = []
    with store.session() as session:
        for records in weeks:
            run_id = _receive(session, gardens, records, now)
            screen(session, screener, run_id=run_id, now=now)
            told.append(find_alarms(session))
    assert told[:2] == [(), ()]
    assert any("100% of the run's 40 new reports are without an abstract" in s for s in told[2])


def test_a_cut_that_was_not_validated_for_the_protocol_is_an_alarm(
    store: Store, gardens: Protocol, garden_model: ScreeningModel, encoder: Encoder, now: datetime
):
    garden = gardens.criteria[0].model_copy(update={"cues": ("allotment*",)})
    changed = gardens.model_copy(update={"criteria": (garden, *gardens.criteria[1:])})
    screener = replace(_screener(changed, encoder), model=garden_model)
    with store.session() as session:
        run_id = _receive(session, changed, _week(1, plastic=2, others=2), now)
        screen(session, screener, run_id=run_id, now=now)
        (alarm,) = find_alarms(session)
    assert "were not validated" in alarm
