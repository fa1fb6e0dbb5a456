"""Passwords of reviewers: kept as argon2id hashes, and how often a wrong one may be tried."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from review.errors import InputError

LEAST_LENGTH = 12
_MOST_LENGTH = 1000
_WINDOW = timedelta(minutes=15)
# One name from one address; one address whatever the name, for an office behind one address.
_TRIES = (5, 50)

_HASHER = PasswordHasher()
# Hashing takes 64 MB on purpose: many at once must not take all there is.
_AT_ONCE = threading.BoundedSemaphore(2)
# What an unknown name is compared with, so that it takes as long as a known one.
_NOBODYS = _HASHER.hash("nobody signs in with this")


def hash_password(password: str) -> str:
    """The hash to keep. Raises InputError where the password is too short or too long."""
    if not LEAST_LENGTH <= len(password) <= _MOST_LENGTH:
        raise InputError(
            f"a password has {LEAST_LENGTH} to {_MOST_LENGTH} characters, and this one has "
            f"{len(password)}; a few words in a row make a good one"
        )
    with _AT_ONCE:
        return _HASHER.hash(password)


def is_password(password: str, kept: str) -> bool:
    """Whether the password is the one of which this hash was kept; no hash fits none."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(kept or _NOBODYS, password[:_MOST_LENGTH]) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False


class Attempts:
    """Failed sign-ins of the last quarter of an hour, by name and address and by address alone.

    They are kept in memory: a restart forgets them, and each process counts its own.
    """

    def __init__(self) -> None:
        self._failed: dict[tuple[str, ...], list[datetime]] = {}
        self._lock = threading.Lock()

    def wait(self, name: str, address: str, now: datetime) -> timedelta | None:
        """How long until this name may be tried from this address again, None if at once."""
        with self._lock:
            self._forget(now)
            waits = [
                self._failed[key][-most] + _WINDOW - now
                for key, most in zip(_keys(name, address), _TRIES, strict=True)
                if len(self._failed.get(key, ())) >= most
            ]
        return max(waits, default=None)

    def keep_failure(self, name: str, address: str, now: datetime) -> None:
        """Remember that a sign-in failed."""
        with self._lock:
            for key in _keys(name, address):
                self._failed.setdefault(key, []).append(now)

    def forgive(self, name: str, address: str) -> None:
        """Forget what this name failed at from this address: the right password came."""
        both, alone = _keys(name, address)
        with self._lock:
            self._failed.pop(both, None)
            # Only this last one was none: others may try other names from there.
            self._failed[alone] = self._failed.get(alone, [])[:-1]

    def _forget(self, now: datetime) -> None:
        for key, moments in list(self._failed.items()):
            kept = [moment for moment in moments if moment > now - _WINDOW]
            if kept:
                self._failed[key] = kept
            else:
                del self._failed[key]


def _keys(name: str, address: str) -> Sequence[tuple[str, ...]]:
    return ((name.casefold()[:200], address), (address,))
