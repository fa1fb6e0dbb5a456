"""What was received, as it was received: kept compressed under its hash before it is read."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

from review.errors import InputError


def keep_raw(content: bytes, raw: Path) -> str:
    """Put bytes away under their SHA-256, whole or not at all; returns the hash.

    The same bytes are kept once. Raises InputError where they cannot be written.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    place = _place(sha256, raw)
    if place.exists():
        return sha256
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        half = place.with_suffix(".half")
        half.write_bytes(gzip.compress(content, mtime=0))
        half.replace(place)
    except OSError as full:
        raise InputError(
            f"{place}: cannot be written ({full.strerror}); free some space and run again"
        ) from None
    return sha256


def load_raw(sha256: str, raw: Path) -> bytes:
    """The bytes kept under a hash. Raises InputError where they are missing or were altered."""
    place = _place(sha256, raw)
    try:
        content = gzip.decompress(place.read_bytes())
    except (OSError, EOFError, gzip.BadGzipFile) as lost:
        raise InputError(f"{place}: cannot be read ({lost}); restore it from a backup") from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise InputError(f"{place}: is not what was received (SHA-256 differs); restore it")
    return content


def _place(sha256: str, raw: Path) -> Path:
    return raw / sha256[:2] / f"{sha256}.gz"
