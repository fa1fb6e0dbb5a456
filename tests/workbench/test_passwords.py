"""Passwords: only their hashes are kept, and wrong ones may not be tried for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from review.errors import InputError
from workbench.passwords import Attempts, hash_password, is_password


def test_only_the_password_fits_its_hash() -> None:
    kept = hash_password("three blue herons fly")
    assert kept.startswith("$argon2id$")
    assert "heron" not in kept
    assert is_password("three blue herons fly", kept)
    assert not is_password("three blue herons fl", kept)
    assert not is_password("nobody signs in with this", "")
    assert not is_password("three blue herons fly", "three blue herons fly")


@pytest.mark.parametrize("password", ["", "eleven sign", "x" * 1001])
def test_a_password_has_a_length(password: str) -> None:
    with pytest.raises(InputError, match=str(len(password))):
        hash_password(password)


# Five for a name from one address; another address, and a quarter of an hour later, may try again.
def test_a_name_waits_after_five_failures(now: datetime) -> None:
    attempts = Attempts()
    for minute in range(5):
        assert attempts.wait("ana", "a", now) is None
        attempts.keep_failure("ANA", "a", now + timedelta(minutes=minute))
    at = now + timedelta(minutes=5)
    assert attempts.wait("ana", "a", at) == timedelta(minutes=10)
    assert attempts.wait("ana", "b", at) is None
    assert attempts.wait("ben", "a", at) is None
    assert attempts.wait("ana", "a", now + timedelta(minutes=16)) is None


def test_an_address_waits_after_fifty_failures_whatever_the_name(now: datetime) -> None:
    attempts = Attempts()
    for n in range(50):
        attempts.keep_failure(f"name {n}", "a", now)
    assert attempts.wait("ana", "a", now) == timedelta(minutes=15)
    assert attempts.wait("ana", "b", now) is None


def test_the_right_password_forgives_what_went_before(now: datetime) -> None:
    attempts = Attempts()
    for _ in range(5):
        attempts.keep_failure("ana", "a", now)
    attempts.forgive("ana", "a")
    assert attempts.wait("ana", "a", now) is None
