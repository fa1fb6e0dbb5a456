"""Real parts for the tests: stores on SQLite and PostgreSQL, the shipped review, a fixed time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import hypothesis
import pytest

from review.protocol import Codebook, Protocol, load_codebook, load_protocol
from review.store.session import Store, open_store
from tests.standins.postgresql import empty_database, find_programs, postgresql_server

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
    programs = find_programs()
    if not programs:
        missing("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with postgresql_server(programs) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, once on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'review.db'}"
        return
    with empty_database(request.getfixturevalue("postgresql")) as address:
        yield address


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    """An empty store, once on each engine."""
    opened = open_store(address)
    yield opened
    opened.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Pictures of the pages are thrown away unless a folder for them is named."""
    parser.addoption("--pictures", default="", help="keep the pictures of the pages in a folder")
