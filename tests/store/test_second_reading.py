"""Second reading: who owes what, what is disputed, which vote was first, who sees whose votes."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

import review.store
from review.annotations import (
    Annotation,
    AnnotationVerdict,
    Direction,
    Passage,
    PassageTags,
    ThemeScore,
)
from review.decisions import Decision, Stage, Verdict, quote_from
from review.protocol import Protocol
from review.records import Record
from review.reviewers import Assignment, Task
from review.store.annotations import (
    count_untagged,
    find_annotations,
    find_first_annotations,
    find_untagged,
    keep_annotation,
    keep_suggestions,
    withdraw_annotation,
)
from review.store.decisions import (
    find_consensus,
    find_decisions,
    find_first_decisions,
    keep_consensus,
    keep_decision,
    keep_reviewer,
    withdraw_consensus,
    withdraw_decision,
)
from review.store.records import find_reports, keep_members, keep_records, move_members
from review.store.reviewers import keep_assignment, keep_retirement
from review.store.runs import open_run, open_search
from review.store.second_reading import (
    find_being_read,
    find_disputed_annotations,
    find_disputed_decisions,
    find_owed,
    find_read_once,
)
from review.store.session import Session, Store
from review.store.settlements import (
    find_annotation_consensus,
    keep_annotation_consensus,
    withdraw_annotation_consensus,
)
from review.store.standings import find_standings

ABSTRACT = "Pay was low. Training helped."


@pytest.fixture
def session(store: Store, protocol: Protocol, now: datetime) -> Iterator[Session]:
    """Reports 1 to 3, each with two suggested passages; ana, ben and cem read, eve settles."""
    with store.session() as opened:
        run_id = open_run(opened, "import", protocol, now)
        search_id = open_search(opened, run_id, source="file", address="x.ris", now=now)
        records = [
            Record(source="file", source_id=str(n), title=f"Title {n}", abstract=ABSTRACT)
            for n in (1, 2, 3)
        ]
        keep_records(opened, search_id, list(enumerate(records)), now)
        keep_members(opened, {1: 1, 2: 2, 3: 3})
        for name in ("ana", "ben", "cem", "eve"):
            keep_reviewer(opened, name, "reviewer", now)
        tagged = [
            (report, [_tags(report.text, 0, 12), _tags(report.text, 13, 29)])
            for report in find_reports(opened, [1, 2, 3]).values()
        ]
        keep_suggestions(opened, run_id, "m", tagged, now)
        opened.commit()
        yield opened


def _tags(text: str, start: int, end: int) -> PassageTags:
    before = text.index("\n") + 1
    scored = ThemeScore(
        theme="pay",
        score=0.9,
        suggested=True,
        direction=Direction.BARRIER,
        direction_score=0.9,
        nearest="",
    )
    return PassageTags(
        passage=Passage(quote=quote_from(text, before + start, before + end), position=start),
        relevance=0.9,
        themes=(scored,),
    )


class _Votes:
    """Votes in the order they are given, a minute apart."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session, self.now, self.number = session, now, 0
        self.hashes = {key: r.text_hash for key, r in find_reports(session, [1, 2, 3]).items()}

    def _next(self) -> tuple[str, datetime]:
        self.number += 1
        return f"v{self.number}", self.now + timedelta(minutes=self.number)

    def decide(self, who: str, said: str, report_id: int = 1, reason: str | None = None) -> str:
        vote_id, moment = self._next()
        keep_decision(self.session, self._decision(vote_id, moment, who, said, report_id, reason))
        return vote_id

    def settle(self, said: str, report_id: int = 1, reason: str | None = None) -> str:
        vote_id, moment = self._next()
        settled = self._decision(vote_id, moment, "eve", said, report_id, reason)
        keep_consensus(self.session, settled, "they talked")
        return vote_id

    def take_back(self, who: str, vote_id: str) -> None:
        undo, moment = self._next()
        assert withdraw_decision(
            self.session, vote_id, withdrawal_id=undo, reviewer=who, now=moment
        )

    def annotate(self, who: str, said: str, start: int = 0, **changed: object) -> Annotation:
        vote_id, moment = self._next()
        text = find_reports(self.session, [1])[1].text
        before = text.index("\n") + 1
        annotation = Annotation(
            annotation_id=vote_id,
            report_id=1,
            text_hash=self.hashes[1],
            quote=quote_from(text, before + start, before + start + 12),
            theme="pay",
            verdict=AnnotationVerdict(said),
            direction=Direction.BARRIER,
            reviewer=who,
            annotated_at=moment,
            codebook_version="1",
        )
        annotation = replace(annotation, **changed)  # type: ignore[arg-type]
        if who == "eve":
            keep_annotation_consensus(self.session, annotation, "they talked")
        else:
            keep_annotation(self.session, annotation)
        return annotation

    def ask(self, who: str, task: Task, report_id: int = 1) -> Assignment:
        vote_id, moment = self._next()
        asked = Assignment(
            assignment_id=vote_id,
            report_id=report_id,
            task=task,
            reviewer=who,
            assigned_by="eve",
            assigned_at=moment,
        )
        keep_assignment(self.session, asked)
        return asked

    def _decision(
        self,
        vote_id: str,
        moment: datetime,
        who: str,
        said: str,
        report_id: int,
        reason: str | None,
    ) -> Decision:
        return Decision(
            decision_id=vote_id,
            report_id=report_id,
            stage=Stage.TITLE_ABSTRACT,
            reviewer=who,
            verdict=Verdict(said),
            exclusion_reason=reason,
            decided_at=moment,
        )


@pytest.fixture
def votes(session: Session, now: datetime) -> _Votes:
    return _Votes(session, now)


# A screening is owed until that person's decision stands, at that stage; passages until that person
# answered each of them.
def test_what_each_person_owes(session: Session, votes: _Votes) -> None:
    screen = votes.ask("ben", Task.TITLE_ABSTRACT)
    full = votes.ask("ben", Task.FULL_TEXT)
    read = votes.ask("ben", Task.PASSAGES)
    votes.decide("ana", "include")
    votes.annotate("ana", "accept")
    votes.annotate("ana", "accept", 13)
    assert find_owed(session) == find_owed(session, "ben") == [screen, full, read]
    assert find_owed(session, "ana") == []
    decision = votes.decide("ben", "unsure")
    votes.annotate("ben", "accept")
    assert find_owed(session) == [full, read], "the second passage is not answered"
    votes.annotate("ben", "reject", 13)
    assert find_owed(session) == [full]
    votes.take_back("ben", decision)
    assert find_owed(session) == [screen, full]


# What is settled is read to the end, whoever is still asked to read it.
def test_what_is_still_being_read(session: Session, votes: _Votes) -> None:
    votes.decide("ana", "include")
    assert find_being_read(session) == {}
    for who in ("ben", "cem"):
        votes.ask(who, Task.TITLE_ABSTRACT)
    votes.ask("ben", Task.PASSAGES)
    votes.decide("cem", "include")
    assert find_being_read(session) == {
        (1, Task.TITLE_ABSTRACT): {"ben"},
        (1, Task.PASSAGES): {"ben"},
    }
    assert [s.being_read for s in find_standings(session)] == [{Stage.TITLE_ABSTRACT}, set(), set()]
    keep_retirement(session, "ben", votes.now)
    assert find_being_read(session) == {}
    keep_retirement(session, "ben", None)
    votes.settle("include")
    assert find_being_read(session) == {(1, Task.PASSAGES): {"ben"}}


def test_what_one_person_alone_has_read(session: Session, votes: _Votes) -> None:
    votes.decide("ana", "include", 1)
    votes.decide("ana", "include", 2)
    votes.decide("ben", "include", 2)
    votes.decide("ben", "include", 3)
    assert find_read_once(session, Task.TITLE_ABSTRACT) == {1: "ana", 3: "ben"}
    assert find_read_once(session, Task.FULL_TEXT) == {}
    votes.ask("ana", Task.TITLE_ABSTRACT, 1)
    assert find_read_once(session, Task.TITLE_ABSTRACT) == {1: "ana", 3: "ben"}
    votes.ask("cem", Task.TITLE_ABSTRACT, 1)
    assert find_read_once(session, Task.TITLE_ABSTRACT) == {3: "ben"}
    keep_retirement(session, "cem", votes.now)
    assert find_read_once(session, Task.TITLE_ABSTRACT) == {1: "ana", 3: "ben"}
    keep_retirement(session, "cem", None)
    votes.settle("include", 3)
    assert find_read_once(session, Task.TITLE_ABSTRACT) == {}
    votes.annotate("cem", "accept")
    assert find_read_once(session, Task.PASSAGES) == {1: "cem"}
    votes.annotate("ana", "accept", 13)
    assert find_read_once(session, Task.PASSAGES) == {}


# Decisions are disputed while they stand and differ, and nobody has settled them.
def test_disputed_decisions(session: Session, votes: _Votes) -> None:
    place = (1, Stage.TITLE_ABSTRACT)
    votes.decide("ana", "exclude", reason="informal")
    other = votes.decide("ben", "exclude", reason="online")
    votes.decide("ana", "include", 2)
    assert find_disputed_decisions(session) == [place]
    votes.take_back("ben", other)
    assert find_disputed_decisions(session) == []
    votes.decide("ben", "include")
    assert find_disputed_decisions(session) == [place]
    settled = votes.settle("include")
    assert find_disputed_decisions(session) == []
    assert withdraw_consensus(session, settled, withdrawal_id="w", adjudicator="eve", now=votes.now)
    assert find_disputed_decisions(session) == [place]


# Who is asked to read a report as well is not shown what others disagree on before they have.
def test_disputes_are_hidden_from_who_still_owes_an_answer(session: Session, votes: _Votes) -> None:
    votes.decide("ana", "include")
    votes.decide("ben", "unsure")
    yes, no = votes.annotate("ana", "accept"), votes.annotate("ben", "reject")
    votes.ask("cem", Task.TITLE_ABSTRACT)
    votes.ask("cem", Task.PASSAGES)
    assert find_disputed_decisions(session, blind="cem") == []
    assert find_disputed_annotations(session, blind="cem") == []
    assert find_disputed_decisions(session, blind="eve") == [(1, Stage.TITLE_ABSTRACT)]
    [dispute] = find_disputed_annotations(session, blind="eve")
    assert dispute.said == (yes, no)
    votes.decide("cem", "include")
    votes.annotate("cem", "accept")
    votes.annotate("cem", "accept", 13)
    assert len(find_disputed_decisions(session, blind="cem")) == 1
    assert len(find_disputed_annotations(session, blind="cem")) == 1


def test_a_disputed_theme_is_settled_though_edges_were_moved(
    session: Session, votes: _Votes
) -> None:
    votes.annotate("ana", "accept")
    votes.annotate("ben", "reject", 3)
    votes.annotate("ben", "reject", 15)
    assert len(find_disputed_annotations(session)) == 1
    settled = votes.annotate("eve", "reject")
    assert find_disputed_annotations(session) == []
    assert withdraw_annotation_consensus(
        session, settled.annotation_id, withdrawal_id="w", adjudicator="eve", now=votes.now
    )
    assert len(find_disputed_annotations(session)) == 1


# The first vote counts, also when it was taken back or changed later; not one that was made when
# the matter was settled.
def test_first_decisions(session: Session, votes: _Votes) -> None:
    first = votes.decide("ana", "include")
    second = votes.decide("ben", "exclude", reason="informal")
    votes.take_back("ana", first)
    votes.decide("ana", "exclude", reason="informal")
    settled = votes.settle("include")
    votes.decide("cem", "include")
    assert [d.decision_id for d in find_first_decisions(session)] == [first, second]
    withdraw_consensus(session, settled, withdrawal_id="w", adjudicator="eve", now=votes.now)
    assert len(find_first_decisions(session)) == 2, "cem may still have seen it"


# Of two records that turn out to be one report a person's first vote on either counts.
def test_first_votes_follow_their_report_into_another(session: Session, votes: _Votes) -> None:
    second = votes.decide("ana", "include", 2)
    votes.decide("ana", "unsure", 1)
    move_members(session, {2: 1})
    [said] = find_first_decisions(session)
    assert (said.decision_id, said.report_id) == (second, 1)


def test_first_annotations(session: Session, votes: _Votes) -> None:
    first = votes.annotate("ana", "accept")
    assert withdraw_annotation(
        session, first.annotation_id, withdrawal_id="w", reviewer="ana", now=votes.now
    )
    votes.annotate("ana", "reject")
    elsewhere = votes.annotate("ben", "reject", 13)
    votes.annotate("eve", "accept", 3)
    votes.annotate("cem", "accept")
    assert find_first_annotations(session) == [first, elsewhere]


# What is tagged follows what was settled of title and abstract, whatever people had said before.
def test_a_consensus_says_whether_a_report_is_tagged(session: Session, votes: _Votes) -> None:
    votes.decide("ana", "exclude", 1, "informal")
    votes.decide("ben", "exclude", 1, "informal")
    votes.decide("ana", "include", 2)

    def untagged() -> list[int]:
        return [report.report_id for report in find_untagged(session, "new", 9)]

    assert untagged() == [2]
    votes.settle("include", 1)
    assert untagged() == [1, 2]
    votes.settle("unsure", 2)
    assert untagged() == [1, 2]
    votes.settle("exclude", 2, "informal")
    assert untagged() == [1]
    assert count_untagged(session, "new") == 1


# --- blindness ----------------------------------------------------------------------------------


# Others' decisions, and what was settled, are seen only on what one decided on oneself, at that
# stage, while one's own decision stands.
def test_a_reader_sees_no_decision_on_what_they_have_not_decided(
    session: Session, votes: _Votes
) -> None:
    for report_id in (1, 2):
        votes.decide("ben", "include", report_id)
        votes.decide("cem", "unsure", report_id)
        votes.settle("include", report_id)

    def seen(reader: str) -> set[tuple[str, int]]:
        decisions = find_decisions(session, reader=reader)
        return {(d.reviewer, d.report_id) for d in decisions}

    assert seen("ana") == set()
    assert find_consensus(session, [1, 2], reader="ana") == []
    assert find_decisions(session, [2], reader="ana") == []
    own = votes.decide("ana", "exclude", 1, "informal")
    assert seen("ana") == {("ana", 1), ("ben", 1), ("cem", 1)}
    assert [c.report_id for c in find_consensus(session, [1, 2], reader="ana")] == [1]
    votes.take_back("ana", own)
    assert seen("ana") == set()
    assert len(seen("ben")) == 4
    assert len(find_consensus(session, [1, 2], reader="eve")) == 2


def test_a_reader_sees_no_annotation_on_what_they_have_not_answered(
    session: Session, votes: _Votes
) -> None:
    votes.annotate("ben", "accept")
    votes.annotate("ben", "accept", 13)
    votes.annotate("ben", "add", theme="training")
    votes.annotate("eve", "accept")
    assert find_annotations(session, reader="ana") == []
    assert find_annotation_consensus(session, reader="ana") == []
    own = votes.annotate("ana", "reject", 1)
    votes.annotate("cem", "reject")
    found = find_annotations(session, [1], reader="ana")
    assert [(a.reviewer, a.theme) for a in found] == [
        ("ben", "pay"),
        ("ana", "pay"),
        ("cem", "pay"),
    ]
    assert len(find_annotation_consensus(session, reader="ana")) == 1
    withdraw_annotation(
        session, own.annotation_id, withdrawal_id="w", reviewer="ana", now=votes.now
    )
    assert find_annotations(session, reader="ana") == []


# Whatever gives out what people said can be asked for what one person may see, or is named here
# with the reason why not. A verb that is added without either fails.
WITHOUT_READER = {
    "find_decision": "by an id that only who made the decision has",
    "find_annotation": "by an id that only who made the annotation has",
    "find_first_decisions": "for agreement, which names no report",
    "find_first_annotations": "for agreement, which names no report",
    "find_disputed_annotations": "for adjudicators, and blind to what they still owe",
    "find_disputed_places": "for a lane that tells no answer; leaves out what its reader answered",
    "find_said": "for stages and counts; names nobody",
    "find_standing_annotations": "for stages; a page asks and shows others' once one has answered",
    "find_unsure_annotations": "for the command line; no page asks",
    "find_standings": "for stages and counts; names nobody",
}
SPOKEN = ("Decision", "Annotation", "Note", "Dispute", "Verdict", "Standing")


def test_every_verb_that_gives_out_votes_can_be_asked_for_a_reader() -> None:
    found = {}
    for module in pkgutil.iter_modules(review.store.__path__, "review.store."):
        if module.ispkg:
            continue
        for name, verb in vars(importlib.import_module(module.name)).items():
            is_own = inspect.isfunction(verb) and verb.__module__ == module.name
            if is_own and name.startswith("find_"):
                given = str(inspect.signature(verb).return_annotation)
                if any(word in given for word in SPOKEN):
                    found[name] = set(inspect.signature(verb).parameters)
    assert {"find_decisions", "find_annotations", "find_notes"} < found.keys()
    open_to_all = {name for name, asks in found.items() if not asks & {"reader", "reviewer"}}
    assert open_to_all == WITHOUT_READER.keys()
