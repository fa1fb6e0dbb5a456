"""What an export tells: the words that stand, of whom, on which reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from review.annotations import Annotation
from review.decisions import Decision
from review.protocol import Codebook, Protocol
from review.records import Report


@dataclass(frozen=True, kw_only=True)
class Said:
    """Everything that stands today, oldest first.

    ``settled`` and ``settled_passages`` are what adjudicators settled, who stand as the reviewer;
    the votes they settled stay in ``decisions`` and ``annotations``. ``reports`` holds at least
    every report that is spoken of; ``included`` the ids of those people included.
    """

    protocol: Protocol
    codebook: Codebook
    reports: Mapping[int, Report]
    annotations: tuple[Annotation, ...] = ()
    settled_passages: tuple[Annotation, ...] = ()
    decisions: tuple[Decision, ...] = ()
    settled: tuple[Decision, ...] = ()
    included: frozenset[int] = field(default_factory=frozenset)

    @property
    def people(self) -> tuple[str, ...]:
        """Everyone who said any of it, by name."""
        on_passages = {said.reviewer for said, _ in self.passages}
        return tuple(sorted(on_passages | {said.reviewer for said, _ in self.verdicts}))

    @property
    def passages(self) -> tuple[tuple[Annotation, bool], ...]:
        """Every word on a passage, and whether an adjudicator settled it so."""
        return (
            *((said, False) for said in self.annotations),
            *((said, True) for said in self.settled_passages),
        )

    @property
    def verdicts(self) -> tuple[tuple[Decision, bool], ...]:
        """Every verdict on a report, and whether an adjudicator settled it so."""
        return (
            *((said, False) for said in self.decisions),
            *((said, True) for said in self.settled),
        )
