"""The full text of a report as a person reads it: its sections, or why there is none to read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from extraction.fulltext import read_full_text
from review.errors import InputError
from review.store.full_texts import load_full_text
from review.store.session import Session


@dataclass(frozen=True, kw_only=True)
class Section:
    """Paragraphs that stand under one heading; ``heading`` is empty where they have none."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ReadingCopy:
    """The sections of a full text; ``missing`` says why there are none, empty where there are."""

    sections: tuple[Section, ...] = ()
    missing: str = ""


def find_reading_copy(session: Session, report_id: int, raw: Path) -> ReadingCopy:
    """The full text on file of a report, to be read on the page."""
    try:
        content = load_full_text(session, report_id, raw)
        if content is None:
            return ReadingCopy(
                missing="No full text is on file: read it where the report is published. A copy "
                "you have can be put on file with “living-review retrieve --attach”."
            )
        return ReadingCopy(sections=_sections(content))
    except InputError as unreadable:
        return ReadingCopy(
            missing=f"The full text on file cannot be shown: {str(unreadable).rstrip('.')}."
        )


@lru_cache(maxsize=8)
def _sections(content: bytes) -> tuple[Section, ...]:
    # The page is drawn anew with every answer, and a long text takes its time.
    found = read_full_text(content)
    return tuple(
        Section(heading=heading, paragraphs=tuple(found.text[p.start : p.end] for p in group))
        for heading, group in groupby(found.paragraphs, key=lambda p: p.section)
    )
