"""People of the review, and what they say beside their votes: notes, assignments, settlements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
import sqlalchemy as sa

from review.annotations import (
    Annotation,
    AnnotationVerdict,
    Direction,
    Note,
    Passage,
    PassageTags,
    Wrong,
)
from review.decisions import Answer, Decision, DecisionAnswer, Stage, Verdict, quote_from
from review.errors import InputError
from review.protocol import Protocol
from review.records import Record
from review.reviewers import Assignment, Role, Task
from review.store.annotations import find_annotations, keep_annotation, keep_suggestions
from review.store.decisions import (
    find_consensus,
    find_decisions,
    keep_consensus,
    keep_decision,
    keep_reviewer,
    withdraw_consensus,
    withdraw_decision,
)
from review.store.notes import find_notes, keep_note
from review.store.planted import count_caught, find_planted, keep_planted, keep_planted_answer
from review.store.records import find_reports, keep_members, keep_records
from review.store.reviewers import (
    find_assignments,
    find_reviewer,
    find_reviewers,
    keep_assignment,
    keep_keys,
    keep_password,
    keep_retirement,
    keep_role,
    withdraw_assignment,
)
from review.store.runs import open_run, open_search
from review.store.session import Session, Store
from review.store.settlements import (
    find_annotation_consensus,
    keep_annotation_consensus,
    withdraw_annotation_consensus,
)

ABSTRACT = "Pay was low and late."


@pytest.fixture
def session(store: Store, protocol: Protocol, now: datetime) -> Iterator[Session]:
    """Reports 1 and 2, and the reviewers ana and ben with the adjudicator cem."""
    with store.session() as opened:
        run_id = open_run(opened, "import", protocol, now)
        search_id = open_search(opened, run_id, source="file", address="x.ris", now=now)
        records = [
            Record(source="file", source_id=str(n), title=f"Title {n}", abstract=ABSTRACT)
            for n in (1, 2)
        ]
        keep_records(opened, search_id, list(enumerate(records)), now)
        keep_members(opened, {1: 1, 2: 2})
        for name, role in (("ana", "reviewer"), ("ben", "reviewer"), ("cem", "adjudicator")):
            keep_reviewer(opened, name, role, now)
        opened.commit()
        yield opened


def _decision(now: datetime, **changed: object) -> Decision:
    said = Decision(
        decision_id="d1",
        report_id=1,
        stage=Stage.TITLE_ABSTRACT,
        reviewer="ana",
        verdict=Verdict.EXCLUDE,
        exclusion_reason="informal",
        decided_at=now,
        saw_assessment=False,
        lane="ranked",
        answers=(
            DecisionAnswer(
                criterion="informal", answer=Answer.MET, quote=quote_from(ABSTRACT, 0, 11)
            ),
            DecisionAnswer(criterion="design", answer=Answer.UNCLEAR),
        ),
    )
    return replace(said, **changed)  # type: ignore[arg-type]


def _annotation(now: datetime) -> Annotation:
    return Annotation(
        annotation_id="a1",
        report_id=1,
        text_hash="h",
        quote=quote_from(ABSTRACT, 0, 11),
        theme="financial_arrangements",
        verdict=AnnotationVerdict.ACCEPT,
        direction=Direction.BARRIER,
        reviewer="ana",
        annotated_at=now,
        codebook_version="1",
        saw_suggestion=False,
        lane="uncertain",
    )


# Each answer to a criterion is kept with its quote, and the same sent again is one decision.
def test_a_decision_keeps_its_answers(session: Session, now: datetime) -> None:
    for _ in range(2):
        keep_decision(session, _decision(now))
    assert find_decisions(session) == [_decision(now)]
    assert withdraw_decision(session, "d1", withdrawal_id="w", reviewer="ana", now=now)
    assert find_decisions(session) == []


def test_an_annotation_keeps_how_it_came_about(session: Session, now: datetime) -> None:
    keep_annotation(session, _annotation(now))
    assert find_annotations(session) == [_annotation(now)]


# A consensus stands beside the votes it settles, and only who settled it takes it back.
def test_a_consensus_is_a_row_of_its_own(session: Session, now: datetime) -> None:
    keep_decision(session, _decision(now))
    settled = _decision(now, decision_id="c1", reviewer="cem", saw_assessment=True, lane="")
    keep_consensus(session, settled, "the support was informal")
    assert find_consensus(session, [1, 2]) == [settled]
    assert find_decisions(session) == [_decision(now)]
    taken = {"withdrawal_id": "w", "now": now}
    assert not withdraw_consensus(session, "c1", adjudicator="ana", **taken)  # type: ignore[arg-type]
    assert withdraw_consensus(session, "c1", adjudicator="cem", **taken)  # type: ignore[arg-type]
    assert find_consensus(session, [1]) == []
    with pytest.raises(InputError, match="reason"):
        keep_consensus(session, replace(settled, exclusion_reason=None), "")


def test_what_is_settled_of_a_passage_is_a_row_of_its_own(session: Session, now: datetime) -> None:
    said = replace(_annotation(now), reviewer="cem", saw_suggestion=True, lane="")
    keep_annotation_consensus(session, said, "low pay hinders")
    assert find_annotation_consensus(session) == [said]
    assert find_annotation_consensus(session, [2]) == []
    assert find_annotations(session) == []
    assert withdraw_annotation_consensus(
        session, "a1", withdrawal_id="w", adjudicator="cem", now=now
    )
    assert find_annotation_consensus(session) == []


# The last note of each person on each place stands; what others wrote, and votes, are untouched.
def test_a_note_replaces_ones_own_note_on_that_place_alone(session: Session, now: datetime) -> None:
    keep_decision(session, _decision(now))
    first = Note(note_id="n1", report_id=1, reviewer="ana", text="Ask", noted_at=now)
    passage = replace(first, note_id="n2", text_hash="h", quote=quote_from(ABSTRACT, 0, 3))
    others = replace(first, note_id="n3", reviewer="ben", text="Fine")
    again = replace(first, note_id="n4", text="Ask ben")
    for said in (first, passage, others, again, again):
        keep_note(session, said)
    assert find_notes(session, [1]) == [passage, others, again]
    assert find_notes(session, [1], "ana") == [passage, again]
    keep_note(session, replace(first, note_id="n5", text=""))
    assert find_notes(session, [1], "ana") == [passage]
    assert find_decisions(session) == [_decision(now)]
    assert session.execute(sa.text("SELECT count(*) FROM note")).scalar_one() == 5


def test_an_assignment_stands_until_it_is_taken_back(session: Session, now: datetime) -> None:
    said = Assignment(
        assignment_id="s1",
        report_id=2,
        task=Task.TITLE_ABSTRACT,
        reviewer="ben",
        assigned_by="cem",
        assigned_at=now,
    )
    keep_assignment(session, said)
    keep_assignment(session, said)
    assert find_assignments(session) == find_assignments(session, "ben") == [said]
    assert find_assignments(session, "cem") == []
    assert withdraw_assignment(session, "s1", withdrawal_id="w", assigned_by="cem", now=now)
    assert find_assignments(session) == []


# A new password and retiring end every session that was begun; another role and keys do not.
def test_what_ends_the_sessions_of_a_person(session: Session, now: datetime) -> None:
    def version() -> int:
        found = find_reviewer(session, "ana")
        assert found
        return found.session_version

    keep_role(session, "ana", Role.MAINTAINER)
    keep_keys(session, "ana", {"accept": "y", "off": True})
    assert version() == 0
    keep_password(session, "ana", "hash")
    keep_retirement(session, "ana", now)
    assert version() == 2
    ana, ben, _ = find_reviewers(session)
    assert (ana.role, ana.keys) == (Role.MAINTAINER, {"accept": "y", "off": True})
    assert (ana.password_hash, ana.retired_at) == ("hash", now)
    assert (ben.role, ben.keys, ben.password_hash) == (Role.REVIEWER, {}, "")
    assert find_reviewer(session, "dora") is None


# Of four wrong suggestions two are caught: one rejected, one given another direction.
def test_planted_suggestions_are_counted_for_their_reviewer(
    session: Session, now: datetime
) -> None:
    tags = [
        PassageTags(
            passage=Passage(quote=quote_from(ABSTRACT, n, n + 3), position=n),
            relevance=1,
            themes=(),
        )
        for n in range(5)
    ]
    keep_suggestions(session, 1, "m", [(find_reports(session, [1])[1], tags)], now)
    for passage_id, wrong in enumerate(
        (Wrong.THEME, *[Wrong.DIRECTION] * 2, Wrong.THEME, Wrong.THEME), 1
    ):
        for _ in range(2):
            keep_planted(
                session,
                reviewer="ana",
                passage_id=passage_id,
                theme="t",
                direction=Direction.BARRIER,
                wrong=wrong,
                now=now,
            )
    assert len(find_planted(session, "ana")) == 5
    answers = [
        (1, AnnotationVerdict.REJECT, Direction.BARRIER),
        (2, AnnotationVerdict.ACCEPT, Direction.FACILITATOR),
        (3, AnnotationVerdict.ACCEPT, Direction.BARRIER),
        (4, AnnotationVerdict.ACCEPT, Direction.FACILITATOR),
    ]
    for place, verdict, direction in answers:
        keep_planted_answer(
            session,
            find_planted(session, "ana")[0].planted_id,
            answer_id=f"p{place}",
            reviewer="ana",
            verdict=verdict,
            direction=direction,
            now=now,
        )
    assert count_caught(session, "ana") == (2, 4)
    assert count_caught(session, "ben") == (0, 0)
    assert len(find_planted(session, "ana")) == 1
    assert find_annotations(session) == []
