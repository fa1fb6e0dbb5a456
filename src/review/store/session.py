"""Opening the store: one engine, and sessions that are one connection and one commit boundary."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError

from review.errors import StoreBusyError, StoreError
from review.store.upgrading import bring_up_to_date, find_revision, make_tables, migrate

_T = TypeVar("_T")
# Any number that no other program takes in a database of this review.
_RUN_LOCK = 7_301_965


class Session:
    """One connection and one commit boundary.

    What was not committed when the session ends is undone, so work stopped half-way leaves the
    store as it was after the last whole batch.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def commit(self) -> None:
        """Make everything since the last commit last."""
        self.connection.commit()

    def execute(self, statement: sa.Executable) -> sa.CursorResult[Any]:
        """Run one statement."""
        return self.connection.execute(statement)

    def one_of(
        self, column: sa.ColumnElement[int], values: Iterable[int]
    ) -> sa.ColumnElement[bool]:
        """Whether a column of whole numbers is one of these, however many they are.

        They are sent as one value: drivers take long over a statement with thousands of them.
        """
        sent = sorted(set(values))
        if self.connection.dialect.name == "sqlite":
            each = sa.func.json_each(json.dumps(sent)).table_valued("value")
            return column.in_(sa.select(each.c.value))
        return column == sa.any_(sa.literal(sent, postgresql.ARRAY(column.type)))

    def insert(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """Insert rows and return their integer keys in the order of the rows."""
        if not rows:
            return []
        key = next(iter(table.primary_key.columns))
        statement = sa.insert(table).returning(key, sort_by_parameter_order=True)
        return list(self.connection.execute(statement, rows).scalars())

    def revision(self) -> str:
        """The version of the tables."""
        return find_revision(self.connection) or ""

    def count_on(self, tables: Iterable[sa.Table]) -> None:
        """Let the database count on from the highest key, after rows came with keys of their own.

        SQLite does so by itself. The caller commits.
        """
        if self.connection.dialect.name == "sqlite":
            return
        for table in tables:
            if (key := table.autoincrement_column) is not None:
                counter = sa.func.pg_get_serial_sequence(table.name, key.name)
                highest = sa.select(sa.func.max(key)).scalar_subquery()
                # Without a counter, or without a row, nothing is set.
                self.execute(sa.select(sa.func.setval(counter, highest)))

    def insert_missing(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows, leaving alone those whose key is already there."""
        if not rows:
            return
        if self.connection.dialect.name == "sqlite":
            self.connection.execute(sqlite.insert(table).on_conflict_do_nothing(), rows)
        else:
            self.connection.execute(postgresql.insert(table).on_conflict_do_nothing(), rows)


class Store:
    """The book of one review in one database. Made by ``open_store``."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @property
    def address(self) -> str:
        """Where the store is, without a password."""
        return self._engine.url.render_as_string(hide_password=True)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session; what it does not commit is undone.

        Raises StoreError with a sentence where the database refuses or cannot go on.
        """
        try:
            with self._engine.connect() as connection:
                yield Session(connection)
        except DBAPIError as refused:
            raise _refusal(self.address, refused) from refused

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """A session that reads the store as it was when it began, whatever is written meanwhile."""
        with self.session() as session:
            connection = session.connection
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield session

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only run of this review while it lasts; a run that is killed lets go at once.

        Raises StoreBusyError where another run is under way.
        """
        hold = self._hold_database if self._engine.dialect.name == "postgresql" else self._hold_file
        with hold():
            yield

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    @contextmanager
    def _hold_file(self) -> Iterator[None]:
        database = self._engine.url.database
        if not database or database == ":memory:":
            yield
            return
        lock = FileLock(f"{database}.run", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise _another_run(self.address) from None
        except OSError as refused:
            raise StoreError(f"{database}.run cannot be written: {refused.strerror}") from None
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _hold_database(self) -> Iterator[None]:
        # Held by a connection of its own: the server lets go when that ends, however it ends.
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.execute(sa.select(sa.func.pg_try_advisory_lock(_RUN_LOCK))).scalar():
                raise _another_run(self.address)
            try:
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(_RUN_LOCK)))


def batches(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    """The items in order, ``size`` at a time: a statement takes only so many values."""
    return (items[start : start + size] for start in range(0, len(items), size))


def open_store(address: str) -> Store:
    """Open the store at an SQLAlchemy address, making or upgrading its tables where needed.

    ``sqlite:///…`` and ``postgresql+psycopg://…`` are supported. Raises StoreError where the
    database cannot be reached, StoreTooNewError where a newer version of this program wrote it.
    """
    engine = _engine(address)
    try:
        with engine.connect() as connection:
            bring_up_to_date(connection, engine.url.render_as_string(hide_password=True))
    except DBAPIError as refused:
        engine.dispose()
        raise _refusal(engine.url.render_as_string(hide_password=True), refused) from refused
    except StoreError:
        engine.dispose()
        raise
    return Store(engine)


@contextmanager
def fill_store(address: str, revision: str) -> Iterator[Session]:
    """A session in an empty store whose tables are of a version; upgraded and committed at the end.

    Raises StoreTooNewError where this program does not know that version, StoreError where the
    store is not empty, or its tables are of another version already.
    """
    engine = _engine(address)
    shown = engine.url.render_as_string(hide_password=True)
    try:
        with engine.connect() as connection:
            make_tables(connection, revision, shown)
            yield Session(connection)
            migrate(connection)
            connection.commit()
    except DBAPIError as refused:
        raise _refusal(shown, refused) from refused
    finally:
        engine.dispose()


def _engine(address: str) -> sa.Engine:
    remedy = "use sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE"
    try:
        url = sa.make_url(address)
    except ArgumentError:
        raise StoreError(f"LIVING_REVIEW_DATABASE={address!r} is no address; {remedy}") from None
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError(f"{url.get_backend_name()} databases are not supported; {remedy}")
    if url.get_backend_name() == "sqlite" and url.database:
        try:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as impossible:
            raise StoreError(
                f"{Path(url.database).parent} cannot be made ({impossible.strerror}); "
                "name another place in LIVING_REVIEW_HOME"
            ) from None
    try:
        engine = sa.create_engine(url)
    except (NoSuchModuleError, ImportError):
        raise StoreError(f"no driver for {url.drivername}; {remedy}") from None
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "invalidate", _let_go_of_sqlite)
    return engine


def _let_go_of_sqlite(connection: Any, *_: object) -> None:  # noqa: ANN401 - the driver's own type
    """Give up what is being written on a connection that Ctrl-C has made useless.

    The statement it was in the middle of keeps it open, and the database locked, for as long as
    the error is looked at: until then not even the run could be closed as failed.
    """
    connection.rollback()


def _prepare_sqlite(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's own type
    cursor = connection.cursor()
    # FULL: a vote that was answered for must survive a power cut; measured 8 ms a commit dearer.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        "busy_timeout=10000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _another_run(address: str) -> StoreBusyError:
    return StoreBusyError(
        f"another run of this review is under way on {address}; wait until it ends"
    )


def _refusal(address: str, refused: DBAPIError) -> StoreError:
    said = str(refused.orig).strip().splitlines()[0]
    if isinstance(refused, IntegrityError):
        return StoreError(f"{address} refused a row that contradicts another: {said}")
    if "append-only" in said:
        return StoreError(f"{address} refused a change: {said}")
    if "full" in said or "No space" in said:
        return StoreError(
            f"{address} cannot be written: {said}; free some space and run the command again, "
            "it goes on after the last whole batch"
        )
    if "not a database" in said:
        return StoreError(f"{address} is not a database of this program: {said}; name another file")
    if "locked" in said:
        return StoreBusyError(
            f"{address} is in use by another program: {said}; try again when it has finished"
        )
    kind = StoreBusyError if refused.connection_invalidated else StoreError
    return kind(f"{address} cannot be used: {said}")
