"""Personal tokens, by which a program speaks for a person: signed, and kept nowhere.

A token names its person, the version of their sessions and its last day. It ends with that day,
with a new password, and with retirement; there is no list of tokens that could be stolen.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

from review.errors import InputError
from review.reviewers import Reviewer

DAYS = 90
_MOST_DAYS = 366
# A session's cookie is signed with the same key: neither passes for the other.
_SALT = "review.token"


def make_token(secret: str, person: Reviewer, now: datetime, days: int = DAYS) -> str:
    """A token of this person for so many days. Raises InputError where those are too many or few.

    ``secret`` is what the review's sessions are signed with.
    """
    if not 1 <= days <= _MOST_DAYS:
        raise InputError(f"a token holds for 1 to {_MOST_DAYS} days, and {days} were asked for")
    until = int((now + timedelta(days=days)).timestamp())
    said = [person.name, person.session_version, until]
    return str(URLSafeSerializer(secret, salt=_SALT).dumps(said))


def read_token(secret: str, token: str, now: datetime) -> tuple[str, int] | None:
    """The name and version of sessions in a token; None where it is forged or its day is over."""
    try:
        name, version, until = URLSafeSerializer(secret, salt=_SALT).loads(token)
    except BadData:
        return None
    return (str(name), int(version)) if now.timestamp() < until else None
