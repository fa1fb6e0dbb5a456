"""A PostgreSQL server of our own, in a folder that is removed with it."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


def find_programs() -> Path | None:
    """The folder of the server's programs, where it is installed."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [
        Path(found) for found in [shutil.which("initdb")] if found
    ]
    return programs[-1].parent if programs else None


@contextmanager
def postgresql_server(programs: Path) -> Iterator[str]:
    """The server while it runs, as an address that lacks only the database name."""
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

    run(str(programs / "initdb"), "-D", str(cluster), "-A", "trust", "--no-sync", "-E", "UTF8")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    run(
        *(str(programs / "pg_ctl"), "-D", str(cluster), "-w", "-o", options),
        *("-l", str(folder / "log"), "start"),
    )
    try:
        yield f"postgresql+psycopg://{user}@127.0.0.1:{port}/"
    finally:
        run(str(programs / "pg_ctl"), "-D", str(cluster), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """The address of an empty database of that server, which is dropped in the end."""
    name = f"review_{os.urandom(4).hex()}"
    plain = server.replace("+psycopg", "") + "postgres"
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield server + name
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
