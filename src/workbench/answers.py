"""What a person's answer to a passage comes to: one annotation or more, made in one moment."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from review.annotations import OFF_TOPIC, OUTSIDE, Annotation, AnnotationVerdict, Direction
from review.decisions import Quote
from review.store.passages import PassageRow
from workbench.reading import Item

# What can be said of an item beside accepting it or naming another theme.
REJECTED: Mapping[str, str] = {"reject": "", "outside": OUTSIDE, "off_topic": OFF_TOPIC}


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Who answers, when, under which codebook, how the passage came, and what they had seen."""

    annotation_id: str
    reviewer: str
    now: datetime
    codebook_version: str
    lane: str
    saw_suggestion: bool


def answer_item(
    moment: Moment,
    passage: PassageRow,
    item: Item,
    quote: Quote,
    verdict: str,
    direction: Direction,
) -> list[Annotation]:
    """An item accepted with a direction, rejected, or rejected for something else.

    ``verdict`` is ``accept``, a key of ``REJECTED``, or the theme that the passage bears instead.
    What takes the item's place is a row of its own.
    """
    row = _row(moment, passage, item.theme, direction, quote, item.suggestion_id)
    if verdict == "accept":
        accepted = AnnotationVerdict.ACCEPT if item.suggestion_id else AnnotationVerdict.ADD
        return [replace(row, verdict=accepted)]
    rejected = replace(
        row, verdict=AnnotationVerdict.REJECT, direction=item.direction, quote=passage.quote
    )
    instead = REJECTED.get(verdict, verdict)
    if not instead:
        return [rejected]
    given = Direction.UNCLEAR if verdict in REJECTED else direction
    other = _row(moment, passage, instead, given, quote, None)
    return [rejected, replace(other, annotation_id=_further(moment, instead))]


def name_themes(
    moment: Moment,
    passage: PassageRow,
    quote: Quote,
    named: Mapping[str, Direction],
    *,
    settles: bool,
) -> list[Annotation]:
    """Themes that a person found in a passage, each with its direction.

    ``settles`` says that these are all: what the machine suggests and the person did not name is
    then rejected by them, who had not seen it.
    """
    return [
        replace(row, annotation_id=moment.annotation_id if not n else _further(moment, row.theme))
        for n, row in enumerate(_named(moment, passage, quote, named, settles))
    ]


def _named(
    moment: Moment,
    passage: PassageRow,
    quote: Quote,
    named: Mapping[str, Direction],
    settles: bool,
) -> Iterator[Annotation]:
    suggested = {scored.theme: scored for scored in passage.suggested}
    for theme, direction in named.items():
        known = suggested.get(theme)
        row = _row(moment, passage, theme, direction, quote, known.suggestion_id if known else None)
        yield replace(row, verdict=AnnotationVerdict.ACCEPT) if known else row
    for theme, scored in suggested.items():
        if settles and theme not in named:
            row = _row(
                moment, passage, theme, scored.direction, passage.quote, scored.suggestion_id
            )
            yield replace(row, verdict=AnnotationVerdict.REJECT)


def _row(
    moment: Moment,
    passage: PassageRow,
    theme: str,
    direction: Direction,
    quote: Quote,
    suggestion_id: int | None,
) -> Annotation:
    return Annotation(
        annotation_id=moment.annotation_id,
        report_id=passage.report_id,
        text_hash=passage.text_hash,
        quote=quote,
        theme=theme,
        verdict=AnnotationVerdict.ADD,
        direction=direction,
        reviewer=moment.reviewer,
        annotated_at=moment.now,
        codebook_version=moment.codebook_version,
        suggestion_id=suggestion_id,
        saw_suggestion=moment.saw_suggestion,
        lane=moment.lane,
    )


def _further(moment: Moment, theme: str) -> str:
    """The id of another row of the same answer: the same when the form is sent again."""
    return str(uuid.uuid5(uuid.UUID(moment.annotation_id), theme))
