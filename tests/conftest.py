"""Real parts for the tests: stores on SQLite and PostgreSQL, the shipped review, a fixed time."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import hypothesis
import pytest

from review.protocol import Codebook, Protocol, load_codebook, load_protocol
from review.store.session import Store, open_store

# A first example pays for loading spaCy; time says nothing about truth here.
hypothesis.settings.register_profile("project", deadline=None, print_blob=True)
hypothesis.settings.load_profile("project")

CHECKOUT = Path(__file__).resolve().parents[1]
PROTOCOL_FOLDER = CHECKOUT / "data/protocol/peer-support"


def missing(sentence: str) -> NoReturn:
    """Skip, saying what is missing; on CI, which installs everything, fail instead."""
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def needs() -> Callable[[bool, str], None]:
    """Asks for something the machine must have, with the sentence to say where it has not."""
    return lambda there, sentence: None if there else missing(sentence)


@pytest.fixture(scope="session")
def checkout() -> Path:
    return CHECKOUT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Third-party data for development, beside the checkout and never in it."""
    folder = CHECKOUT.parent / "shared/data"
    if not folder.is_dir():
        pytest.skip("third-party development data is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def protocol() -> Protocol:
    return load_protocol(PROTOCOL_FOLDER)


@pytest.fixture(scope="session")
def codebook() -> Codebook:
    return load_codebook(PROTOCOL_FOLDER)


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A real PostgreSQL server of our own; yields an address that lacks only the database name."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [
        Path(found) for found in [shutil.which("initdb")] if found
    ]
    if not programs:
        missing("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    bin_folder = programs[-1].parent
    # Not below pytest's own folder: another run beside this one clears that away.
    folder = Path(tempfile.mkdtemp(prefix="living-review-postgresql-"))
    cluster = folder / "cluster"
    as_server: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres")
        as_server = ["runuser", "-u", "postgres", "--"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    user = "postgres" if as_server else getpass.getuser()

    def run(*command: str) -> None:
        subprocess.run([*as_server, *command], check=True, capture_output=True, cwd=folder)

    run(str(bin_folder / "initdb"), "-D", str(cluster), "-A", "trust", "--no-sync", "-E", "UTF8")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    run(
        *(str(bin_folder / "pg_ctl"), "-D", str(cluster), "-w", "-o", options),
        *("-l", str(folder / "log"), "start"),
    )
    yield f"postgresql+psycopg://{user}@127.0.0.1:{port}/"
    run(str(bin_folder / "pg_ctl"), "-D", str(cluster), "-m", "immediate", "stop")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, once on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'review.db'}"
        return
    import psycopg

    server = request.getfixturevalue("postgresql")
    name = f"review_{os.urandom(4).hex()}"
    plain = server.replace("+psycopg", "") + "postgres"
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield server + name
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    """An empty store, once on each engine."""
    opened = open_store(address)
    yield opened
    opened.close()
