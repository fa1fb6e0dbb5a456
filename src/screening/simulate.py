"""Replay the screening of labelled records as if nobody had labelled them, and measure it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from review.errors import InputError
from screening.ranking import Ranking

# A ranking is made anew once the labelled records have grown by a twenty-fifth: on the sets of
# benchmarks/screening.py it finds as early as one after every label, at a tenth of the work.
_GROWTH = 25


class Learner(Protocol):
    """Anything that orders the records not labelled yet."""

    def rank(self, labels: Mapping[int, bool]) -> Ranking:
        """The open records, the likeliest first, after these labels by place."""
        ...


@dataclass(frozen=True, kw_only=True)
class Priors:
    """How many records are labelled before the screening begins."""

    relevant: int = 0
    irrelevant: int = 0


@dataclass(frozen=True, kw_only=True)
class Replay:
    """One replay: the records in the order they were screened, by place.

    ``priors`` were labelled before and are not in ``order``; ``relevant`` says of each place of
    ``order`` whether it is.
    """

    priors: tuple[int, ...]
    order: tuple[int, ...]
    relevant: tuple[bool, ...]


def replay(
    learner: Learner, labels: Sequence[bool | None], *, priors: Iterable[int] = ()
) -> Replay:
    """Screen the labelled records in the order the learner gives, to the last one.

    Records without a label are open throughout: a learner may read their texts, and they are
    never shown. Once every relevant record is found the last ranking stands.
    """
    before = tuple(priors)
    known = {place: bool(labels[place]) for place in before}
    todo = sum(bool(label) for place, label in enumerate(labels) if place not in known)
    order: list[int] = []
    while True:
        ranked = [int(p) for p in learner.rank(known).places if labels[p] is not None]
        batch = ranked[: max(1, len(known) // _GROWTH)] if todo else ranked
        for place in batch:
            known[place] = bool(labels[place])
            todo -= known[place]
        order += batch
        if len(batch) == len(ranked):
            return Replay(
                priors=before,
                order=tuple(order),
                relevant=tuple(known[place] for place in order),
            )


def draw_priors(labels: Sequence[bool | None], wanted: Priors, seed: int) -> tuple[int, ...]:
    """Places of records drawn at random: first the relevant, then the irrelevant ones.

    Raises InputError where there are not that many of either, or where no relevant record would
    be left to find.
    """
    draw = np.random.RandomState(seed)  # the generator of the published figures
    chosen: list[int] = []
    for number, label, words in (
        (wanted.relevant, True, "relevant"),
        (wanted.irrelevant, False, "irrelevant"),
    ):
        places = [place for place, said in enumerate(labels) if said is label]
        least = number + label
        if len(places) < least:
            raise InputError(
                f"{len(places)} {words} records are labelled and the replay needs {least} at "
                "least; choose fewer with --priors, or --priors none"
            )
        chosen += [int(place) for place in draw.choice(places, number, replace=False)]
    return tuple(chosen)
