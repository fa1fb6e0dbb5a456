"""The people of a review: what each may do, and what each is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a person may do, each role all that those before it may."""

    GUEST = "guest"  # reads
    REVIEWER = "reviewer"  # votes
    ADJUDICATOR = "adjudicator"  # settles what reviewers disagree on
    MAINTAINER = "maintainer"  # sees to people and assignments

    def covers(self, least: Role) -> bool:
        """Whether this role may do what ``least`` may."""
        roles = list(Role)
        return roles.index(self) >= roles.index(least)


@dataclass(frozen=True, kw_only=True)
class Reviewer:
    """One person of the review.

    Without a ``password_hash`` the person cannot sign in. A session that was begun under another
    ``session_version`` has ended. ``keys`` maps actions of the pages to the keys the person chose;
    ``{"off": true}`` turns single-letter keys off.
    """

    name: str
    role: Role
    added_at: datetime
    retired_at: datetime | None = None
    password_hash: str = ""
    session_version: int = 0
    keys: Mapping[str, object] = field(default_factory=dict)


class Task(StrEnum):
    """What a person can be asked to do with a report."""

    TITLE_ABSTRACT = "title_abstract"
    FULL_TEXT = "full_text"
    PASSAGES = "passages"


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """That a person is asked to read a report, too; taken back by a new row."""

    assignment_id: str
    report_id: int
    task: Task
    reviewer: str
    assigned_by: str
    assigned_at: datetime
