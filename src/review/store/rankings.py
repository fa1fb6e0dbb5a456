"""The order in which people may screen what awaits them: a cache, made anew as votes arrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from review.store.schema import ranking, report
from review.store.session import Session


@dataclass(frozen=True, kw_only=True)
class RankedReport:
    """A report with its place in the order, counted from 1, and the score that gave it.

    ``score`` in (0, 1) orders and is no probability; ``model`` says what ranked it.
    """

    report_id: int
    position: int
    score: float
    model: str
    ranked_at: datetime


def keep_ranking(
    session: Session,
    ranked: Sequence[tuple[int, float]],
    *,
    model: str,
    run_id: int | None,
    now: datetime,
) -> None:
    """Put this order, (report, score) pairs with the best first, in the place of the last one.

    ``run_id`` is None where votes outside a run made it. The caller commits.
    """
    session.execute(sa.delete(ranking))
    session.insert_missing(
        ranking,
        [
            {
                "report_id": report_id,
                "position": position,
                "score": score,
                "model": model,
                "run_id": run_id,
                "ranked_at": now,
            }
            for position, (report_id, score) in enumerate(ranked, start=1)
        ],
    )


def find_text_hashes(session: Session) -> dict[int, str]:
    """What every report reads, by its hash, oldest report first."""
    query = sa.select(report.c.report_id, report.c.text_hash).order_by(report.c.report_id)
    return dict(session.execute(query).tuples().all())
