"""What becomes of a report people decided on: its text changes, or a notice tells of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Cause(StrEnum):
    """Why people should look at a report again; all but the first two are kinds of notices."""

    ABSTRACT_ADDED = "abstract_added"
    TEXT_CHANGED = "text_changed"
    PUBLISHED = "published"
    CORRECTION = "correction"
    EXPRESSION_OF_CONCERN = "expression_of_concern"
    PARTIAL_RETRACTION = "partial_retraction"
    WITHDRAWAL = "withdrawal"
    RETRACTION = "retraction"
    REINSTATEMENT = "reinstatement"


CAUSE_TEXT: Mapping[Cause, str] = {
    Cause.ABSTRACT_ADDED: "an abstract was added",
    Cause.TEXT_CHANGED: "the text changed",
    Cause.PUBLISHED: "the preprint came out as an article",
    Cause.CORRECTION: "a correction was published",
    Cause.EXPRESSION_OF_CONCERN: "an expression of concern was published",
    Cause.PARTIAL_RETRACTION: "it was retracted in part",
    Cause.WITHDRAWAL: "it was withdrawn",
    Cause.RETRACTION: "it was retracted",
    Cause.REINSTATEMENT: "it was reinstated",
}
NOTICE_TEXT: Mapping[Cause, str] = {
    Cause.PUBLISHED: "published as an article",
    Cause.CORRECTION: "corrected",
    Cause.EXPRESSION_OF_CONCERN: "under an expression of concern",
    Cause.PARTIAL_RETRACTION: "retracted in part",
    Cause.WITHDRAWAL: "withdrawn",
    Cause.RETRACTION: "retracted",
    Cause.REINSTATEMENT: "reinstated",
}
TEXT_CAUSES = frozenset({Cause.ABSTRACT_ADDED, Cause.TEXT_CHANGED})
RETRACTIONS = frozenset({Cause.RETRACTION, Cause.WITHDRAWAL})
# What makes a report's findings doubtful; a retraction says more than the other two.
GRAVE = RETRACTIONS | {Cause.PARTIAL_RETRACTION, Cause.EXPRESSION_OF_CONCERN}


@dataclass(frozen=True, kw_only=True)
class ReportNotice:
    """One notice on today's report, as one source tells it.

    ``notice_id`` is the notice's DOI or PMID, in words where it has neither, and empty where the
    source only marks the report; ``dated`` is the notice's own day, None where it is not known.
    """

    report_id: int
    kind: Cause
    notice_id: str
    source: str
    dated: date | None
    seen_at: datetime


@dataclass(frozen=True, kw_only=True)
class Reopening:
    """A report on which people had decided, put before them again for one cause.

    ``text_before`` and ``text_after`` are title, a line break and abstract as they were when people
    decided and as they are since; equal where a notice alone is the cause. ``notice_id`` and
    ``source`` are the notice's, empty for a change of the text. A decision later than ``opened_at``
    closes it.
    """

    report_id: int
    cause: Cause
    text_before: str
    text_after: str
    opened_at: datetime
    notice_id: str = ""
    source: str = ""


def standing_notices(notices: Iterable[ReportNotice]) -> tuple[ReportNotice, ...]:
    """The grave notices of one report that no reinstatement has undone, in the order given."""
    notices = tuple(notices)
    undoing = [n for n in notices if n.kind is Cause.REINSTATEMENT]
    return tuple(n for n in notices if n.kind in GRAVE and not any(_undoes(r, n) for r in undoing))


def _undoes(reinstatement: ReportNotice, notice: ReportNotice) -> bool:
    """Whether the reinstatement came after the notice.

    A bare mark names no day and no notice: sources keep it long after, so it is undone as well.
    """
    if reinstatement.dated and notice.dated:
        return notice.dated <= reinstatement.dated
    return not notice.notice_id or notice.seen_at <= reinstatement.seen_at
