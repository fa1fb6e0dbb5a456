"""Opening a store: made where there is none, upgraded where it is old, refused where too new."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from review.errors import StoreError, StoreTooNewError
from review.store import views
from review.store.schema import metadata
from review.store.session import Store, open_store
from review.store.views import VIEWS


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
