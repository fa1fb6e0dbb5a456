"""Opening a store: made where there is none, upgraded where it is old, refused where too new."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from review.decisions import Decision, Stage, Verdict
from review.errors import StoreError, StoreTooNewError
from review.protocol import Protocol
from review.records import Record
from review.reviewers import Reviewer, Role
from review.store import views
from review.store.decisions import (
    find_decisions,
    keep_decision,
    keep_reviewer,
    withdraw_decision,
)
from review.store.guards import take_down
from review.store.records import find_records, find_unplaced, keep_members, keep_records
from review.store.reviewers import find_reviewers
from review.store.runs import open_run, open_search
from review.store.schema import metadata
from review.store.session import Session, Store, open_store
from review.store.views import VIEWS

# In the order in which they can be taken away.
_SINCE_THE_THIRD = ("planted_answer", "planted", "assignment", "note", "annotation_consensus")
_COLUMNS_SINCE_THE_THIRD = (
    *(("decision", "answers"), ("decision", "lane"), ("consensus", "answers")),
    *(("annotation", "lane"), ("reviewer", "password_hash")),
    *(("reviewer", "session_version"), ("reviewer", "keys")),
)
_INDEXES_SINCE_THE_THIRD = ("ix_decision_reviewer", "ix_annotation_reviewer")

_SINCE_THE_SECOND = (
    *("audit", "canary", "canary_release", "foreign_vote", "full_text"),
    *("record_fingerprint", "record_key", "ranking", "reopening"),
)

_INDEXES_SINCE_THE_SECOND = (
    *("ix_record_content_hash", "ix_duplicate_vote_withdraws", "ix_decision_withdraws"),
    *("ix_annotation_withdraws", "ix_consensus_withdraws", "ix_report_report_id_text_hash"),
    "ix_report_member_placed_in",
)

_INDEXES_SINCE_THE_FOURTH = (
    *("ix_decision_report_id_stage_reviewer", "ix_decision_reviewer_stage_seq"),
    *("ix_decision_verdict_stage_report_id", "ix_annotation_report_id_reviewer"),
    *("ix_annotation_reviewer_seq", "ix_annotation_suggestion_id_reviewer"),
    "ix_annotation_theme_verdict",
    *("ix_suggestion_score", "ix_suggestion_theme_score"),
)
_INDEXES_UNTIL_THE_FOURTH = tuple(
    (table, column) for table in ("decision", "annotation") for column in ("report_id", "reviewer")
)


def test_the_migrations_make_exactly_the_schema_page(store: Store) -> None:
    with store.session() as session:
        context = MigrationContext.configure(session.connection)
        assert compare_metadata(context, metadata) == []


def test_opening_again_changes_nothing(store: Store, address: str) -> None:
    with store.session() as session:
        session.execute(
            sa.text(
                "INSERT INTO reviewer (name, role, added_at) "
                "VALUES ('ana', 'reviewer', '2026-03-02')"
            )
        )
        session.commit()
    again = open_store(address)
    with again.session() as session:
        assert session.execute(sa.text("SELECT name FROM reviewer")).scalars().all() == ["ana"]
    again.close()


def test_a_store_of_the_first_version_is_upgraded_with_all_it_holds(
    store: Store, address: str, protocol: Protocol, now: datetime
) -> None:
    with store.session() as session:
        run_id = open_run(session, "import", protocol, now)
        search_id = open_search(session, run_id, source="pubmed", address="a", now=now)
        record = Record(source="pubmed", source_id="1", title="Peer support")
        keep_records(session, search_id, [(1, record)], now)
        _as_the_second_version_left_it(session)
        for table in _SINCE_THE_SECOND:
            session.execute(sa.text(f"DROP TABLE {table}"))
        for index in _INDEXES_SINCE_THE_SECOND:
            session.execute(sa.text(f"DROP INDEX {index}"))
        session.execute(sa.text("ALTER TABLE search DROP COLUMN passed_over"))
        session.execute(sa.text("ALTER TABLE report_member DROP COLUMN placed_in"))
        session.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
        session.commit()
    again = open_store(address)
    with again.session() as session:
        assert list(find_records(session, find_unplaced(session)).values()) == [record]
        context = MigrationContext.configure(session.connection)
        assert compare_metadata(context, metadata) == []
    again.close()


# What people said before there were answers, lanes and passwords is said still, and the people of
# then have no password: they cannot sign in until they are given one.
def test_a_store_of_the_second_version_keeps_what_people_said(
    store: Store, address: str, protocol: Protocol, now: datetime
) -> None:
    said = Decision(
        decision_id="d1",
        report_id=1,
        stage=Stage.TITLE_ABSTRACT,
        reviewer="ana",
        verdict=Verdict.INCLUDE,
        decided_at=now,
    )
    with store.session() as session:
        run_id = open_run(session, "import", protocol, now)
        search_id = open_search(session, run_id, source="pubmed", address="a", now=now)
        record = Record(source="pubmed", source_id="1", title="Peer support")
        keep_records(session, search_id, [(1, record)], now)
        keep_members(session, {1: 1})
        keep_reviewer(session, "ana", "reviewer", now)
        keep_decision(session, said)
        _as_the_second_version_left_it(session)
        session.execute(sa.text("UPDATE alembic_version SET version_num = '0002'"))
        session.commit()
    again = open_store(address)
    with again.session() as session:
        assert find_decisions(session) == [said]
        ana = Reviewer(name="ana", role=Role.REVIEWER, added_at=now)
        assert find_reviewers(session) == [ana]
        context = MigrationContext.configure(session.connection)
        assert compare_metadata(context, metadata) == []
    with pytest.raises(StoreError, match="append-only"), again.session() as session:
        session.execute(sa.text("UPDATE decision SET lane = 'ranked'"))
    again.close()


# An index holds nothing: what people said stands as before, and the tables are of today's page.
def test_a_store_of_the_third_version_keeps_what_people_said(
    store: Store, address: str, protocol: Protocol, now: datetime
) -> None:
    with store.session() as session:
        run_id = open_run(session, "import", protocol, now)
        search_id = open_search(session, run_id, source="pubmed", address="a", now=now)
        record = Record(source="pubmed", source_id="1", title="Peer support")
        keep_records(session, search_id, [(1, record)], now)
        keep_members(session, {1: 1})
        keep_reviewer(session, "ana", "reviewer", now)
        said = [
            Decision(
                decision_id=f"d{number}",
                report_id=1,
                stage=Stage.TITLE_ABSTRACT,
                reviewer="ana",
                verdict=verdict,
                decided_at=now,
            )
            for number, verdict in enumerate((Verdict.INCLUDE, Verdict.UNSURE))
        ]
        for one in said:
            keep_decision(session, one)
        withdraw_decision(session, "d1", withdrawal_id="w", reviewer="ana", now=now)
        _as_the_third_version_left_it(session)
        session.execute(sa.text("UPDATE alembic_version SET version_num = '0003'"))
        session.commit()
    again = open_store(address)
    with again.session() as session:
        assert find_decisions(session) == said[:1]
        context = MigrationContext.configure(session.connection)
        assert compare_metadata(context, metadata) == []
    with pytest.raises(StoreError, match="append-only"), again.session() as session:
        session.execute(sa.text("DELETE FROM decision"))
    again.close()


def _as_the_third_version_left_it(session: Session) -> None:
    take_down(session.connection)
    for index in _INDEXES_SINCE_THE_FOURTH:
        session.execute(sa.text(f"DROP INDEX {index}"))
    for table, column in _INDEXES_UNTIL_THE_FOURTH:
        session.execute(sa.text(f"CREATE INDEX ix_{table}_{column} ON {table} ({column})"))


def _as_the_second_version_left_it(session: Session) -> None:
    _as_the_third_version_left_it(session)
    for table in _SINCE_THE_THIRD:
        session.execute(sa.text(f"DROP TABLE {table}"))
    for index in _INDEXES_SINCE_THE_THIRD:
        session.execute(sa.text(f"DROP INDEX {index}"))
    for table, column in _COLUMNS_SINCE_THE_THIRD:
        session.execute(sa.text(f"ALTER TABLE {table} DROP COLUMN {column}"))


def test_a_store_of_a_newer_version_is_left_alone(store: Store, address: str) -> None:
    with store.session() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        session.commit()
    with pytest.raises(StoreTooNewError, match=r"newer version.*9999"):
        open_store(address)
    with store.session() as session:
        found = session.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one()
        assert found == "9999"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("reviews.db", "is no address"),
        ("mysql://root@localhost/x", "not supported"),
        ("postgresql+psycopg://nobody@127.0.0.1:1/x", "cannot be used"),
    ],
)
def test_an_address_that_leads_nowhere_is_named(wrong: str, sentence: str) -> None:
    with pytest.raises(StoreError, match=sentence):
        open_store(wrong)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("This is a letter, not a database.\n" * 50)
    with pytest.raises(StoreError, match="not a database"):
        open_store(f"sqlite:///{other}")
    assert other.read_text().startswith("This is a letter")


def test_a_password_is_never_shown() -> None:
    with pytest.raises(StoreError) as refused:
        open_store("postgresql+psycopg://ana:secret@127.0.0.1:1/x")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("name", list(VIEWS))
def test_a_view_has_the_columns_we_ask_it_for(store: Store, name: str) -> None:
    with store.session() as session:
        asked = {column.name for column in getattr(views, name).c}
        given = set(session.execute(sa.text(f"SELECT * FROM {name}")).keys())
        assert asked <= given
