"""A person's word on a passage as a file has it, not yet placed in any report."""

from __future__ import annotations

from dataclasses import dataclass

from review.annotations import AnnotationVerdict, Direction


@dataclass(frozen=True, kw_only=True)
class Words:
    """``place`` says where in the file it stands.

    Either ``text_hash`` and ``exact`` are set, and the positions count code points of a report's
    text; or ``plain`` holds the whole text as the other program kept it, and they count in that.
    ``verdict`` is None where a form knows only that the theme applies. ``said_at`` is the file's
    own word on when, and only tells one saying from another.
    """

    place: str
    reviewer: str
    start: int
    end: int
    theme: str
    direction: Direction
    annotation_id: str = ""
    text_hash: str = ""
    exact: str = ""
    plain: str = ""
    verdict: AnnotationVerdict | None = None
    saw_suggestion: bool = True
    codebook_version: str = ""
    said_at: str = ""
