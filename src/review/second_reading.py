"""Reading by two people: who is asked to read as well, and where those who read disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from review.annotations import Annotation, AnnotationVerdict
from review.blindness import is_drawn
from review.places import gather_places, is_same_place
from review.reviewers import Task


@dataclass(frozen=True, kw_only=True)
class Dispute:
    """What several people said of one theme of one passage, where it is not the same.

    ``said`` holds the last word of each, the first to speak first.
    """

    said: tuple[Annotation, ...]


def draw_second_readers(
    read_by: Mapping[int, str],
    readers: Sequence[str],
    *,
    task: Task,
    share: float,
    owed: Mapping[str, int],
) -> dict[int, str]:
    """Who is to read which report a second time, of those that one person has read.

    ``read_by`` gives that person for each report; ``share`` in [0, 1] of the reports are drawn,
    always the same ones for the task, so that asking again with the same share draws no others.
    Each goes to who is asked to read least so far (``owed``), never to who read it; where nobody
    else is among ``readers`` it waits.
    """
    load = Counter({name: owed.get(name, 0) for name in readers})
    drawn: dict[int, str] = {}
    for report_id, first in sorted(read_by.items()):
        others = [name for name in readers if name != first]
        if others and is_drawn(share, "second reading", task, report_id):
            chosen = min(others, key=lambda name: (load[name], name))
            load[chosen] += 1
            drawn[report_id] = chosen
    return drawn


def find_disputes(
    annotations: Iterable[Annotation], settled: Iterable[Annotation]
) -> list[Dispute]:
    """Where standing annotations differ, and no consensus says how it is.

    They differ where some say that the theme is there and others that it is not, or where those who
    say so give several directions.
    """
    settled = list(settled)
    disputes = []
    for place in gather_places(annotations):
        last = {said.reviewer: said for said in place}
        is_settled = any(is_same_place(one, said) for one in settled for said in place)
        if len({_word(said) for said in last.values()}) > 1 and not is_settled:
            disputes.append(Dispute(said=tuple(last.values())))
    return disputes


def _word(said: Annotation) -> str:
    return "" if said.verdict is AnnotationVerdict.REJECT else said.direction
