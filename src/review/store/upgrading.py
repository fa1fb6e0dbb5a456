"""Bringing the tables of a database to a version: the newest, or that of a backup."""

from __future__ import annotations

import logging
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from review.errors import StoreError, StoreTooNewError
from review.store.schema import metadata

log = logging.getLogger(__name__)

_MIGRATIONS = Path(__file__).parent / "migrations"


def bring_up_to_date(connection: sa.Connection, address: str) -> None:
    """Make or upgrade the tables where needed, and commit.

    Raises StoreTooNewError where a newer version of this program wrote them.
    """
    found = find_revision(connection)
    connection.rollback()
    if found == _script().get_current_head():
        return
    if found is not None and found not in _known_revisions():
        raise StoreTooNewError(
            f"{address} was written by a newer version of this program (its tables are at "
            f"'{found}'); install that version, or name another LIVING_REVIEW_DATABASE"
        )
    log.info("bringing the tables of %s from %s to the newest", address, found or "nothing")
    _begin(connection)
    migrate(connection)
    connection.commit()


def make_tables(connection: sa.Connection, revision: str, address: str) -> None:
    """Make the tables of a version in an empty database, or see that they are there and empty.

    Raises StoreTooNewError where this program does not know that version, StoreError where there
    are rows, or tables of another version. The caller commits.
    """
    if revision not in _known_revisions():
        raise StoreTooNewError(
            f"these tables were written by a newer version of this program (they are at "
            f"'{revision}'); install that version"
        )
    found = find_revision(connection)
    connection.rollback()
    _begin(connection)
    if found is None:
        migrate(connection, revision)
    elif found != revision:
        raise StoreError(
            f"{address} has tables of version '{found}' and not '{revision}'; name a new database "
            "in LIVING_REVIEW_DATABASE"
        )
    for table in metadata.sorted_tables:
        if (
            sa.inspect(connection).has_table(table.name)
            and connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first()
        ):
            raise StoreError(
                f"{address} holds a review already; name an empty database in "
                "LIVING_REVIEW_DATABASE or another LIVING_REVIEW_HOME"
            )


def migrate(connection: sa.Connection, revision: str = "head") -> None:
    """Upgrade the tables to a version, the newest if none is named. The caller commits."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def find_revision(connection: sa.Connection) -> str | None:
    """The version of the tables, None where there are none."""
    found = MigrationContext.configure(connection).get_current_revision()
    return str(found) if found is not None else None


def _begin(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        # Python's driver would commit each statement of a migration by itself.
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _known_revisions() -> set[str]:
    return {step.revision for step in _script().walk_revisions()}
