"""Nobody, not even with SQL in hand, changes or removes what people said."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

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
from review.decisions import Decision, Sameness, Stage, Verdict, quote_from
from review.errors import InputError, StoreError
from review.protocol import Protocol
from review.records import Record
from review.reviewers import Assignment, Task
from review.store.annotations import (
    find_annotations,
    keep_annotation,
    keep_suggestions,
    withdraw_annotation,
)
from review.store.decisions import find_decisions, keep_decision, keep_reviewer
from review.store.duplicates import keep_duplicate_votes
from review.store.notes import keep_note
from review.store.planted import keep_planted, keep_planted_answer
from review.store.records import find_reports, keep_members, keep_records
from review.store.reviewers import keep_assignment
from review.store.runs import open_run, open_search
from review.store.schema import APPEND_ONLY, record
from review.store.session import Session, Store, open_store
from review.store.settlements import keep_annotation_consensus


def _two_reports(session: Session, protocol: Protocol, now: datetime) -> tuple[int, int]:
    run_id = open_run(session, "import", protocol, now)
    search_id = open_search(session, run_id, source="file", address="x.ris", now=now)
    records = [Record(source="file", source_id=str(n), title=f"Title {n}") for n in range(2)]
    keep_records(session, search_id, list(enumerate(records)), now)
    first, second = session.execute(sa.select(record.c.id).order_by(record.c.id)).scalars()
    keep_members(session, {first: first, second: second})
    keep_reviewer(session, "ana", "reviewer", now)
    session.commit()
    return first, second


def _decision(report_id: int, now: datetime) -> Decision:
    return Decision(
        decision_id="d1",
        report_id=report_id,
        stage=Stage.TITLE_ABSTRACT,
        reviewer="ana",
        verdict=Verdict.INCLUDE,
        decided_at=now,
    )


def _annotation(report_id: int, now: datetime) -> Annotation:
    return Annotation(
        annotation_id="a1",
        report_id=report_id,
        text_hash="h",
        quote=quote_from("Pay was low.", 0, 12),
        theme="financial_arrangements",
        verdict=AnnotationVerdict.ADD,
        direction=Direction.BARRIER,
        reviewer="ana",
        annotated_at=now,
        codebook_version="1",
    )


def _plant_and_answer(session: Session, report_id: int, now: datetime) -> None:
    tags = PassageTags(
        passage=Passage(quote=quote_from("Title 0", 0, 7), position=0), relevance=0.9, themes=()
    )
    report = find_reports(session, [report_id])[report_id]
    keep_suggestions(session, 1, "m", [(report, [tags])], now)
    keep_planted(
        session,
        reviewer="ana",
        passage_id=1,
        theme="staff_roles",
        direction=Direction.BARRIER,
        wrong=Wrong.THEME,
        now=now,
    )
    keep_planted_answer(
        session,
        1,
        answer_id="p1",
        reviewer="ana",
        verdict=AnnotationVerdict.REJECT,
        direction=Direction.BARRIER,
        now=now,
    )


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("act", ["UPDATE {} SET id = 'other'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_what_was_said(
    store: Store, protocol: Protocol, now: datetime, table: str, act: str
) -> None:
    with store.session() as session:
        first, second = _two_reports(session, protocol, now)
        keep_decision(session, _decision(first, now))
        keep_annotation(session, _annotation(first, now))
        keep_duplicate_votes(session, [("v", first, second, Sameness.SAME, 1, "")], "ana", now)
        session.execute(
            sa.text(
                "INSERT INTO consensus (id, report_id, stage, verdict, adjudicator, settled_at) "
                "VALUES ('c', :report, 'title_abstract', 'include', 'ana', '2026-03-02')"
            ).bindparams(report=first)
        )
        session.execute(
            sa.text(
                "INSERT INTO canary_release (id, record_id, reviewer, released_at) "
                "VALUES ('r', :record, 'ana', '2026-03-02')"
            ).bindparams(record=first)
        )
        keep_annotation_consensus(session, _annotation(first, now), "both agree")
        keep_note(
            session,
            Note(note_id="n1", report_id=first, reviewer="ana", text="Ask ben.", noted_at=now),
        )
        keep_assignment(
            session,
            Assignment(
                assignment_id="s1",
                report_id=first,
                task=Task.FULL_TEXT,
                reviewer="ana",
                assigned_by="ana",
                assigned_at=now,
            ),
        )
        _plant_and_answer(session, first, now)
        session.commit()
    with pytest.raises(StoreError, match="append-only"), store.session() as session:
        session.execute(sa.text(act.format(table)))
    with store.session() as session:
        assert session.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one() == 1


def test_replacing_a_row_does_not_slip_past_the_guard(
    tmp_path: Path, protocol: Protocol, now: datetime
) -> None:
    # SQLite's INSERT OR REPLACE deletes silently; PostgreSQL has no such statement.
    with open_store(f"sqlite:///{tmp_path / 'review.db'}").session() as session:
        first, _ = _two_reports(session, protocol, now)
        keep_decision(session, _decision(first, now))
        session.execute(
            sa.text(
                "INSERT OR REPLACE INTO decision SELECT seq, id, withdraws, report_id, stage, "
                "reviewer, 'exclude', exclusion_reason, saw_assessment, decided_at, answers, lane "
                "FROM decision"
            )
        )
        session.commit()
        assert [d.verdict for d in find_decisions(session)] == [Verdict.INCLUDE]


def test_the_same_decision_twice_is_one_decision(
    store: Store, protocol: Protocol, now: datetime
) -> None:
    with store.session() as session:
        first, _ = _two_reports(session, protocol, now)
        for _ in range(2):
            keep_decision(session, _decision(first, now))
            session.commit()
        assert find_decisions(session) == [_decision(first, now)]


def test_an_id_used_for_another_decision_is_refused(
    store: Store, protocol: Protocol, now: datetime
) -> None:
    with store.session() as session:
        first, second = _two_reports(session, protocol, now)
        keep_decision(session, _decision(first, now))
        with pytest.raises(StoreError, match="another decision"):
            keep_decision(session, replace(_decision(first, now), report_id=second))


def test_an_exclusion_must_name_a_reason(store: Store, protocol: Protocol, now: datetime) -> None:
    with store.session() as session:
        first, _ = _two_reports(session, protocol, now)
        with pytest.raises(InputError, match="reason"):
            keep_decision(session, replace(_decision(first, now), verdict=Verdict.EXCLUDE))


def test_a_change_of_mind_is_a_new_row_and_the_last_word_counts(
    store: Store, protocol: Protocol, now: datetime
) -> None:
    with store.session() as session:
        first, _ = _two_reports(session, protocol, now)
        keep_decision(session, _decision(first, now))
        later = replace(
            _decision(first, now),
            decision_id="d2",
            verdict=Verdict.EXCLUDE,
            exclusion_reason="informal",
        )
        keep_decision(session, later)
        session.commit()
        assert find_decisions(session) == [later]
        assert session.execute(sa.text("SELECT count(*) FROM decision")).scalar_one() == 2


def test_decisions_follow_their_report_into_another(
    store: Store, protocol: Protocol, now: datetime
) -> None:
    # A duplicate found late: what was decided on it holds for the joined report.
    with store.session() as session:
        first, second = _two_reports(session, protocol, now)
        keep_decision(session, _decision(second, now))
        session.commit()
        session.execute(
            sa.text("UPDATE report_member SET report_id = :first").bindparams(first=first)
        )
        assert [d.report_id for d in find_decisions(session)] == [first]


def test_an_annotation_is_taken_back_by_a_new_row(
    store: Store, protocol: Protocol, now: datetime
) -> None:
    with store.session() as session:
        first, _ = _two_reports(session, protocol, now)
        keep_annotation(session, _annotation(first, now))
        assert find_annotations(session) == [_annotation(first, now)]
        for _ in range(2):  # the page may send it twice
            assert withdraw_annotation(session, "a1", withdrawal_id="w1", reviewer="ana", now=now)
        session.commit()
        assert find_annotations(session) == []
        assert session.execute(sa.text("SELECT count(*) FROM annotation")).scalar_one() == 2


def test_nobody_takes_back_what_another_said(
    store: Store, protocol: Protocol, now: datetime
) -> None:
    with store.session() as session:
        first, _ = _two_reports(session, protocol, now)
        keep_annotation(session, _annotation(first, now))
        assert not withdraw_annotation(session, "a1", withdrawal_id="w", reviewer="ben", now=now)
        assert len(find_annotations(session)) == 1


def test_work_that_was_not_committed_is_undone(
    store: Store, protocol: Protocol, now: datetime
) -> None:
    with store.session() as session:
        first, _ = _two_reports(session, protocol, now)
    with pytest.raises(KeyboardInterrupt), store.session() as session:
        keep_decision(session, _decision(first, now))
        raise KeyboardInterrupt
    with store.session() as session:
        assert find_decisions(session) == []
