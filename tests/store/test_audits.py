"""What was drawn for the blind audit, and what people said of it, as the store has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from review.audits import audit_place
from review.decisions import (
    Answer,
    Assessment,
    CriterionAnswer,
    Decision,
    Stage,
    Verdict,
)
from review.protocol import Protocol
from review.records import Record
from review.store.assessments import find_judged, find_judged_before, keep_assessments
from review.store.audits import (
    find_audit_queue,
    find_audits,
    find_drawn,
    find_excluded,
    keep_drawn,
)
from review.store.decisions import keep_consensus, keep_decision, keep_reviewer
from review.store.records import find_reports, keep_members, keep_records
from review.store.runs import find_alarms, keep_alarms, open_run, open_search
from review.store.session import Session, Store

# Ids of reports in the random order of the model named "m".
ORDER = sorted(range(1, 9), key=lambda report_id: audit_place("m", report_id))


@pytest.fixture
def session(store: Store, protocol: Protocol, now: datetime) -> Iterator[Session]:
    """Ten reports of which a model excludes the first eight."""
    with store.session() as opened:
        run_id = open_run(opened, "update", protocol, now)
        search_id = open_search(opened, run_id, source="pubmed", address="x", now=now)
        records = [
            Record(
                source="pubmed", source_id=str(n), title=f"Bells {n}", abstract="A bell." * (n > 3)
            )
            for n in range(1, 11)
        ]
        ids = keep_records(opened, search_id, list(enumerate(records, start=1)), now).ids
        keep_members(opened, {record_id: record_id for record_id in ids})
        keep_reviewer(opened, "ana", "reviewer", now)
        _assess(opened, range(1, 9), Verdict.EXCLUDE, now)
        _assess(opened, (9, 10), Verdict.UNSURE, now)
        opened.commit()
        yield opened


def _assess(
    session: Session, ids: range | tuple[int, ...], verdict: Verdict, now: datetime, run: int = 1
) -> None:
    said = Assessment(
        verdict=verdict,
        probability=0.1,
        exclusion_reason="bell" if verdict is Verdict.EXCLUDE else None,
        answers=(CriterionAnswer(criterion="bell", answer=Answer.UNCLEAR, probability=0.5),),
        model="m",
    )
    reports = find_reports(session, ids)
    keep_assessments(session, run, [(reports[n], said) for n in ids], now)


def _decide(
    session: Session, report_id: int, verdict: Verdict, now: datetime, *, blind: bool = True
) -> None:
    said = Decision(
        decision_id=f"d{report_id}",
        report_id=report_id,
        stage=Stage.TITLE_ABSTRACT,
        reviewer="ana",
        verdict=verdict,
        exclusion_reason="bell" if verdict is Verdict.EXCLUDE else None,
        saw_assessment=not blind,
        decided_at=now,
    )
    keep_decision(session, said)


def test_what_was_drawn_waits_until_a_person_decides_and_counts_if_blind(session, now):
    keep_drawn(session, 1, "m", ORDER[:4], now)
    keep_drawn(session, 1, "m", ORDER[:4], now)
    assert find_drawn(session, "m") == set(ORDER[:4])
    assert find_audit_queue(session) == sorted(ORDER[:4])
    _decide(session, ORDER[0], Verdict.EXCLUDE, now)
    _decide(session, ORDER[1], Verdict.INCLUDE, now)
    assert find_audit_queue(session) == sorted(ORDER[2:4])
    (audit,) = find_audits(session)
    assert (audit.excluded, audit.drawn, audit.answered, audit.eligible) == (8, 4, 2, 1)


def test_a_report_decided_on_with_the_machines_view_is_no_part_of_the_audit(session, now):
    keep_drawn(session, 1, "m", ORDER[:3], now)
    _decide(session, ORDER[0], Verdict.INCLUDE, now, blind=False)
    _decide(session, ORDER[1], Verdict.EXCLUDE, now)
    (audit,) = find_audits(session)
    assert (audit.excluded, audit.drawn, audit.answered, audit.eligible) == (7, 2, 1, 0)


# Who changes an answer after seeing the machine's view is led by it: the report stays in the sample
# and counts as eligible, until it is settled.
def test_a_mind_changed_after_the_machines_view_leaves_no_hole(session, now):
    keep_drawn(session, 1, "m", ORDER[:2], now)
    _decide(session, ORDER[0], Verdict.INCLUDE, now)
    led = Decision(
        decision_id="led",
        report_id=ORDER[0],
        stage=Stage.TITLE_ABSTRACT,
        reviewer="ana",
        verdict=Verdict.EXCLUDE,
        exclusion_reason="bell",
        saw_assessment=True,
        decided_at=now,
    )
    keep_decision(session, led)
    (audit,) = find_audits(session)
    assert (audit.excluded, audit.answered, audit.eligible) == (8, 1, 1)
    keep_consensus(session, replace(led, decision_id="settled"), "It rings no bell.")
    (audit,) = find_audits(session)
    assert (audit.excluded, audit.answered, audit.eligible) == (8, 1, 0)


def test_an_exclusion_people_decided_on_of_themselves_is_not_drawn(session, now):
    _decide(session, ORDER[0], Verdict.EXCLUDE, now)
    assert find_excluded(session, "m") == set(ORDER[1:])


def test_nothing_is_audited_where_the_machine_excludes_nothing(store, protocol, now):
    with store.session() as session:
        assert find_audits(session) == []
        assert find_audit_queue(session) == []


def test_a_run_is_told_apart_from_those_before(session, protocol, now):
    run_id = open_run(session, "update", protocol, now)
    search_id = open_search(session, run_id, source="pubmed", address="y", now=now)
    record = Record(source="pubmed", source_id="11", title="Horns", language="de")
    (report_id,) = keep_records(session, search_id, [(1, record)], now).ids
    keep_members(session, {report_id: report_id})
    _assess(session, (report_id,), Verdict.UNSURE, now, run_id)
    new = find_judged(session, "m", run_id)
    assert (new.probabilities, new.unclear, new.without_abstract) == ((0.1,), {"bell": 1}, 1)
    assert new.languages == {"de": 1}
    before = find_judged_before(session, "m", run_id, 100)
    assert (len(before.probabilities), before.unclear, before.without_abstract) == (
        10,
        {"bell": 10},
        3,
    )
    assert len(find_judged_before(session, "m", run_id, 4).probabilities) == 4
    assert find_judged(session, "another", run_id).probabilities == ()


def test_the_alarms_are_those_of_the_latest_run_that_judged(session, protocol, now):
    assert find_alarms(session) == ()
    keep_alarms(session, 1, ["Many horns"])
    run_id = open_run(session, "publish", protocol, now)
    assert find_alarms(session) == ("Many horns",)
    keep_alarms(session, run_id, [])
    assert find_alarms(session) == ()
