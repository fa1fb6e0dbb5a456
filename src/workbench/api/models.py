"""The shapes that several operations share: quotes, reports, pages of a list, and what was kept."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from review.annotations import AnnotationVerdict, Direction
from review.decisions import Answer, Stage, Verdict
from review.errors import StaleError
from workbench.sent import Text

_Listed = TypeVar("_Listed")

Limit = Annotated[int, Query(ge=1, le=50, description="At most so many.")]
Passed = Annotated[int, Query(ge=0, lt=2**31, description="Pass over so many.")]


class Shape(BaseModel):
    """What is sent, in or out: no field that is not described."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class Sent(Shape):
    """What a program sends."""

    model_config = ConfigDict(extra="forbid", from_attributes=False)


class Listing(Shape, Generic[_Listed]):
    """A part of a list."""

    items: list[_Listed]
    next: int | None = Field(
        None, description="Send it as `after` to go on; null where the list ends here."
    )


class Quote(Shape):
    """Exact words of a text with their place and surroundings (W3C Web Annotation)."""

    start: int = Field(description="Code points before the first letter.")
    end: int = Field(description="Code points before what follows the last letter.")
    exact: str
    prefix: str = Field(description="Up to 32 characters before.")
    suffix: str = Field(description="Up to 32 characters after.")


class Report(Shape):
    """One report, merged from its records."""

    report_id: int
    record_ids: tuple[int, ...]
    title: str
    abstract: str
    authors: tuple[str, ...]
    year: int | None
    journal: str
    volume: str
    issue: str
    pages: str
    doi: str
    pmid: str
    language: str
    text_hash: str = Field(description="SHA-256 of title, line break and abstract.")


class CriterionSaid(Shape):
    """A person's answer to one criterion."""

    criterion: str
    answer: Answer
    quote: Quote | None


class Decision(Shape):
    """A person's verdict on a report at one stage, or what an adjudicator settled."""

    decision_id: str
    report_id: int
    stage: Stage
    reviewer: str
    verdict: Verdict
    exclusion_reason: str | None
    decided_at: datetime
    answers: tuple[CriterionSaid, ...]
    saw_assessment: bool = Field(
        description="False where the machine's view was kept back until then."
    )


class Annotation(Shape):
    """A person's word on one theme of one passage, or what an adjudicator settled."""

    annotation_id: str
    report_id: int
    text_hash: str
    quote: Quote
    theme: str = Field(description="A key of the codebook, or what was said instead of one.")
    verdict: AnnotationVerdict
    direction: Direction
    reviewer: str
    annotated_at: datetime
    codebook_version: str
    saw_suggestion: bool = Field(
        description="False where the machine's view was kept back until then."
    )


class NoteSaid(Shape):
    """A person's note that stands."""

    reviewer: str
    text: str
    noted_at: datetime


class Kept(Shape):
    """What was kept."""

    id: str = Field(description="The id that was sent.")
    said: str = Field(description="What was kept, in a sentence.")


class Withdrawal(Sent):
    """What to take back, by a new row."""

    id: uuid.UUID = Field(description="The id of what is taken back.")
    withdrawal_id: uuid.UUID = Field(
        description="A new id of your making; sent again, it takes back nothing more."
    )


class Note(Sent):
    """A note beside a report or a passage: the last one stands, an empty one takes it away."""

    note_id: uuid.UUID = Field(description="A new id of your making.")
    text: Text = Field(max_length=20_000)


def cut_list(ids: Sequence[int], after: int | None, limit: int) -> tuple[list[int], int | None]:
    """The part of a list after an id, and the id to go on after; None where nothing follows.

    Raises StaleError where that id is not in the list any more.
    """
    if after is not None and after not in ids:
        raise StaleError(
            f"{after} is not in this list any more; ask again without `after` to begin anew."
        )
    first = ids.index(after) + 1 if after is not None else 0
    part = list(ids[first : first + limit])
    return part, part[-1] if part and first + limit < len(ids) else None


def cut_at(
    found: Sequence[_Listed], after: int, limit: int
) -> tuple[Sequence[_Listed], int | None]:
    """The part of a list that stands after so many, and how many to pass over to go on."""
    part = found[after : after + limit]
    return part, after + limit if after + limit < len(found) else None
