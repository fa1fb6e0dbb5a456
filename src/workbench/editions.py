"""Editions, as far as a person may know of them."""

from __future__ import annotations

from review.store.editions import EditionRow
from review.store.second_reading import find_owed
from review.store.session import Session


def count_blind(session: Session, reviewer: str, edition: EditionRow | None) -> int:
    """How many reports the person is asked to read blind of which the edition may tell.

    Those the person was asked to read before it was published are told of in no edition.
    """
    if edition is None:
        return 0
    asked = find_owed(session, reviewer)
    return len({o.report_id for o in asked if o.assigned_at > edition.published_at})
