"""How early an order of screening finds what is relevant: the measures of the field.

Each is of the records screened in that order; records labelled before it began are left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Discovery:
    """Where in an order the relevant records stand.

    ``records`` counts all records of the order, ``places`` are those of the relevant ones,
    ascending and counted from 1; at least one.
    """

    records: int
    places: tuple[int, ...]

    @property
    def time_to_discovery(self) -> float:
        """Mean share of the records screened when a relevant one is found (ATD), in (0, 1]."""
        return sum(self.places) / len(self.places) / self.records

    @property
    def loss(self) -> float:
        """Area between the recall curve and the best one, 0 (best) to 1 (worst).

        The normalised loss of ASReview: (mean place - best mean place) / (records - relevant).
        """
        irrelevant = self.records - len(self.places)
        best = (len(self.places) + 1) / 2
        return (sum(self.places) / len(self.places) - best) / irrelevant if irrelevant else 0.0

    @property
    def first(self) -> int:
        """How many records are screened when the first relevant one is found."""
        return self.places[0]

    @property
    def last(self) -> float:
        """Share of the records screened when the last relevant one is found, in (0, 1]."""
        return self.places[-1] / self.records

    def work_saved(self, recall: float) -> float:
        """Work saved over screening in random order at that recall in (0, 1] (WSS).

        Cohen et al. 2006, doi 10.1197/jamia.M1929: the share left unscreened when the recall is
        reached, less the share that may be left at random; negative where the order is worse.
        """
        # Less a hair: 0.95 * 20 must not be rounded up to 20.
        needed = math.ceil(recall * len(self.places) - 1e-9)
        return recall - self.places[needed - 1] / self.records

    def recall_at(self, share: float) -> float:
        """Share of the relevant records found when that share of the records is screened."""
        return sum(place <= share * self.records for place in self.places) / len(self.places)

    def curve(self) -> list[tuple[float, float]]:
        """The recall curve: (share screened, recall) at the start, each discovery and the end."""
        found = [(p / self.records, n / len(self.places)) for n, p in enumerate(self.places, 1)]
        return [(0.0, 0.0), *found, (1.0, 1.0)]


def discover(order: Sequence[bool]) -> Discovery | None:
    """Where the relevant records of an order stand; None where it has none."""
    places = tuple(place for place, relevant in enumerate(order, start=1) if relevant)
    return Discovery(records=len(order), places=places) if places else None
