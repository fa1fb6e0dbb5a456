"""Where the reports of the review stand, and what waits for whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from identification.canaries import find_canary_states
from reporting.compile import count_flow, count_full_texts, list_changes, place_reports
from reporting.prisma import PrismaCounts
from review.protocol import Protocol
from review.reviewers import Task
from review.store.annotations import count_open_suggestions
from review.store.duplicates import find_open_questions
from review.store.editions import find_latest_edition
from review.store.reviewers import find_reviewers
from review.store.second_reading import (
    find_disputed_annotations,
    find_disputed_decisions,
    find_owed,
)
from review.store.session import Session, Store
from workbench.remembered import Remembered

# Up to here a count takes some fifty milliseconds.
_LARGE = 2_000


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where the reports of the review stand, and what waits for whom.

    ``owed`` counts by person and task the reports each is asked to read and has not; ``lost`` by
    source the included records that its strategies no longer find; ``changes`` are sentences on
    what the flow counts otherwise than in the latest edition.
    """

    counts: PrismaCounts
    full_texts: int
    open_suggestions: int
    open_questions: int
    disputed_reports: int
    disputed_passages: int
    owed: Mapping[tuple[str, Task], int]
    lost: Mapping[str, int]
    changes: tuple[str, ...]

    @property
    def owing(self) -> tuple[str, ...]:
        """Who is asked to read something, by name."""
        return tuple(sorted({name for name, _ in self.owed}))


def count_standing(store: Store, protocol: Protocol) -> Standing:
    """Count the boxes of the flow, and what waits for people."""
    with store.session() as session:
        edition = find_latest_edition(session)
        states = place_reports(session, edition)
        counts = count_flow(session, states)
        return Standing(
            counts=counts,
            full_texts=count_full_texts(session, states),
            open_suggestions=count_open_suggestions(session),
            open_questions=len(find_open_questions(session)),
            disputed_reports=len(find_disputed_decisions(session)),
            disputed_passages=len(find_disputed_annotations(session)),
            owed=_count_owed(session),
            lost=_count_lost(session, protocol),
            changes=list_changes(edition, counts),
        )


def remember_standing(store: Store, protocol: Protocol) -> Remembered[Standing]:
    """The standing of this store; of a large one, the last that was counted."""
    return Remembered(lambda: count_standing(store, protocol), lambda s: s.counts.reports < _LARGE)


def _count_owed(session: Session) -> Counter[tuple[str, Task]]:
    retired = {person.name for person in find_reviewers(session) if person.retired_at}
    owed = find_owed(session)
    return Counter((o.reviewer, o.task) for o in owed if o.reviewer not in retired)


def _count_lost(session: Session, protocol: Protocol) -> Counter[str]:
    queries: dict[str, list[str]] = {}
    for search in protocol.searches:
        queries.setdefault(search.source, []).append(search.query)
    return Counter(
        state.source
        for source, own in queries.items()
        for state in find_canary_states(session, source, own)
        if state.lost_since is not None and state.release is None
    )
