"""Where several annotations speak of the same words, though somebody moved the edges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from review.annotations import Annotation


def gather_places(annotations: Iterable[Annotation]) -> list[list[Annotation]]:
    """Annotations of one theme on words that overlap, in the order given, place by place.

    Passages of one text do not overlap, so a place is one of them, or several where a person
    joined them.
    """
    subjects: dict[tuple[int, str, str], list[Annotation]] = {}
    for said in annotations:
        subjects.setdefault((said.report_id, said.text_hash, said.theme), []).append(said)
    return [place for spoken in subjects.values() for place in overlapping(spoken)]


def overlapping(spoken: Sequence[Annotation]) -> list[list[Annotation]]:
    """Annotations of one text by words that overlap, in the order given, place by place."""
    places: list[list[int]] = []
    reaches = -1
    for number in sorted(range(len(spoken)), key=lambda n: spoken[n].quote.start):
        if spoken[number].quote.start >= reaches:
            places.append([])
        places[-1].append(number)
        reaches = max(reaches, spoken[number].quote.end)
    return [[spoken[number] for number in sorted(place)] for place in places]


def is_same_place(one: Annotation, other: Annotation) -> bool:
    """Whether both speak of one theme on words that overlap."""
    return one.theme == other.theme and is_same_passage(one, other)


def is_same_passage(one: Annotation, other: Annotation) -> bool:
    """Whether both speak of words that overlap."""
    return (
        (one.report_id, one.text_hash) == (other.report_id, other.text_hash)
        and one.quote.start < other.quote.end
        and other.quote.start < one.quote.end
    )
