"""Files that a verb writes: whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from review.errors import InputError


@contextmanager
def write_whole(path: Path) -> Iterator[TextIO]:
    """Open a file for writing that takes its name only once everything is written.

    Something that is no ordinary file, such as a terminal, is written to directly. Raises
    InputError with a sentence where it cannot be written; what stood there before then stays.
    """
    with (
        _in_place_of(path) as half,
        half.open("w", encoding="utf-8", errors="surrogatepass", newline="") as out,
    ):
        yield out


@contextmanager
def write_whole_bytes(path: Path) -> Iterator[BinaryIO]:
    """The same for a file that is no text."""
    with _in_place_of(path) as half, half.open("wb") as out:
        yield out


@contextmanager
def _in_place_of(path: Path) -> Iterator[Path]:
    """A file beside ``path`` that takes its name in the end."""
    direct = path.exists() and not path.is_file()
    half = path if direct else path.with_name(f".{path.name}.{os.getpid()}.half")
    try:
        yield half
        if not direct:
            half.replace(path)
    except OSError as impossible:
        raise InputError(
            f"{path}: cannot be written ({impossible.strerror}); "
            "name another place or free some space"
        ) from None
    finally:
        if not direct:
            half.unlink(missing_ok=True)
