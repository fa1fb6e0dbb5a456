"""What is in dispute is always what it is now, however it came about since somebody asked."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from datetime import datetime

import pytest

from review.annotations import Annotation, AnnotationVerdict, Direction
from review.decisions import Decision, Sameness, Stage, Verdict, quote_from
from review.protocol import Protocol
from review.records import Record, Report
from review.reviewers import Task
from review.store.annotations import keep_annotation, withdraw_annotation
from review.store.decisions import (
    keep_consensus,
    keep_decision,
    keep_reviewer,
    withdraw_consensus,
    withdraw_decision,
)
from review.store.duplicates import PairAnswer, keep_answer
from review.store.lanes import find_disputed_places
from review.store.records import find_reports, keep_members, keep_records
from review.store.runs import open_run, open_search
from review.store.second_reading import (
    find_disputed_annotations,
    find_disputed_decisions,
    find_read_by_one,
)
from review.store.session import Session, Store
from review.store.settlements import keep_annotation_consensus, withdraw_annotation_consensus
from workbench.disputes import Disputes

_REPORTS, _STEPS = 8, 120
_PEOPLE = ("ana", "ben", "cem")


class _Talk:
    """People who say, settle, take back and join at random."""

    def __init__(self, session: Session, reports: list[Report], now: datetime, seed: int) -> None:
        self.session, self.reports, self.now = session, reports, now
        self.chance = random.Random(seed)
        self.said: list[tuple[Callable[..., bool], str, str, str]] = []

    def step(self) -> None:
        """One thing more is said."""
        acts = [self._decide] * 6 + [self._annotate] * 6 + [self._take_back] * 4 + [self._join]
        self.chance.choice(acts)()

    def _decide(self) -> None:
        said = Decision(
            decision_id=self._id(),
            report_id=self.chance.choice(self.reports).report_id,
            stage=self.chance.choice(list(Stage)),
            reviewer=self.chance.choice(_PEOPLE),
            verdict=self.chance.choice([Verdict.INCLUDE, Verdict.UNSURE]),
            decided_at=self.now,
        )
        if self.chance.random() < 0.2:
            keep_consensus(self.session, said, "so")
            undo = (withdraw_consensus, said.decision_id, "adjudicator", said.reviewer)
        else:
            keep_decision(self.session, said)
            undo = (withdraw_decision, said.decision_id, "reviewer", said.reviewer)
        self.said.append(undo)

    def _annotate(self) -> None:
        report = self.chance.choice(self.reports)
        start = self.chance.choice([0, 2])
        said = Annotation(
            annotation_id=self._id(),
            report_id=report.report_id,
            text_hash=report.text_hash,
            quote=quote_from(report.text, start, start + 4),
            theme=self.chance.choice(["pay", "role"]),
            verdict=self.chance.choice([AnnotationVerdict.ACCEPT, AnnotationVerdict.REJECT]),
            direction=self.chance.choice([Direction.BARRIER, Direction.BOTH]),
            reviewer=self.chance.choice(_PEOPLE),
            annotated_at=self.now,
            codebook_version="1",
        )
        if self.chance.random() < 0.2:
            keep_annotation_consensus(self.session, said, "so")
            undo = (withdraw_annotation_consensus, said.annotation_id, "adjudicator", said.reviewer)
        else:
            keep_annotation(self.session, said)
            undo = (withdraw_annotation, said.annotation_id, "reviewer", said.reviewer)
        self.said.append(undo)

    def _take_back(self) -> None:
        if self.said:
            withdraw, vote_id, whose, who = self.chance.choice(self.said)
            withdraw(
                self.session, vote_id, withdrawal_id=f"w{vote_id}", now=self.now, **{whose: who}
            )

    def _join(self) -> None:
        """A person's answer moves a record to another report, or back to its own."""
        record, other = self.chance.sample([r.report_id for r in self.reports], 2)
        answer = PairAnswer(
            vote_id=self._id(),
            record_a=min(record, other),
            record_b=max(record, other),
            verdict=Sameness.SAME,
            reviewer="ana",
            answered_at=self.now,
        )
        keep_answer(self.session, answer)
        keep_members(self.session, {max(record, other): self.chance.choice([record, other])})

    def _id(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128)))


# After every word, withdrawal, settlement and joining of reports, what is kept up to date is what
# looking through the whole store finds.
@pytest.mark.parametrize("seed", range(3))
def test_what_is_kept_up_to_date_is_what_the_store_holds(
    store: Store, protocol: Protocol, now: datetime, seed: int
) -> None:
    disputes, seen = Disputes(), set()
    with store.session() as session:
        run_id = open_run(session, "update", protocol, now)
        search_id = open_search(session, run_id, source="pubmed", address="a", now=now)
        records = [
            Record(source="pubmed", source_id=str(n), title=f"Peer support, {n}")
            for n in range(_REPORTS)
        ]
        keep_records(session, search_id, list(enumerate(records, start=1)), now)
        keep_members(session, {n: n for n in range(1, _REPORTS + 1)})
        for name in _PEOPLE:
            keep_reviewer(session, name, "reviewer", now)
        reports = list(find_reports(session, range(1, _REPORTS + 1)).values())
        talk = _Talk(session, reports, now, seed)
        for _ in range(_STEPS):
            for _ in range(talk.chance.randrange(3)):
                talk.step()
            found = disputes.find(session)
            assert list(found.decisions) == find_disputed_decisions(session)
            assert list(found.annotations) == find_disputed_annotations(session)
            assert list(found.places) == find_disputed_places(session)
            for task in Task:
                assert found.read_by_one[task] == find_read_by_one(session, task)
            seen.add((len(found.decisions) > 0, len(found.annotations) > 0))
    assert (True, True) in seen
