"""What stands over the tables: the views, and what the database itself refuses.

Neither holds anything, so both are taken away before a migration and made anew after it.
"""

from __future__ import annotations

import sqlalchemy as sa

from review.store.schema import APPEND_ONLY
from review.store.views import VIEWS


def take_down(connection: sa.Connection) -> None:
    """Take views and guards away, so that a migration may rebuild the tables under them."""
    for name in reversed(VIEWS):
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS refuse_change() CASCADE")
        return
    triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    for name in connection.exec_driver_sql(triggers).scalars().all():
        connection.exec_driver_sql(f"DROP TRIGGER {name}")


def put_up(connection: sa.Connection) -> None:
    """Make the views, and make the append-only tables refuse UPDATE, DELETE and TRUNCATE."""
    for name, query in VIEWS.items():
        connection.exec_driver_sql(f"CREATE VIEW {name} AS {query}")
    guards = _postgresql_guards if connection.dialect.name == "postgresql" else _sqlite_guards
    for statement in guards():
        # The driver reads a per cent sign as a parameter.
        connection.exec_driver_sql(
            statement.replace("%", "%%") if guards is _postgresql_guards else statement
        )


def _sqlite_guards() -> list[str]:
    refusals = [
        f"CREATE TRIGGER {table}_refuses_{act.lower()} BEFORE {act} ON {table} BEGIN "
        f"SELECT RAISE(ABORT, '{table} is append-only: add a row that withdraws'); END"
        for table in APPEND_ONLY
        for act in ("UPDATE", "DELETE")
    ]
    # INSERT OR REPLACE deletes without firing a delete trigger; here it finds its row taken.
    repeats = [
        f"CREATE TRIGGER {table}_keeps_the_first BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id OR seq = NEW.seq) "
        "BEGIN SELECT RAISE(IGNORE); END"
        for table in APPEND_ONLY
    ]
    return refusals + repeats


def _postgresql_guards() -> list[str]:
    function = """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only: add a row that withdraws', TG_TABLE_NAME;
        END $$
    """
    triggers = [
        f"CREATE TRIGGER {table}_refuses_{when} BEFORE {event} ON {table} "
        f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        for table in APPEND_ONLY
        for when, event, each in (
            ("change", "UPDATE OR DELETE", "ROW"),
            ("truncate", "TRUNCATE", "STATEMENT"),
        )
    ]
    return [function, *triggers]
