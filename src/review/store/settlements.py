"""What adjudicators settled about themes of passages; the annotations stay as they were said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from review.annotations import Annotation
from review.store.annotations import word_columns, word_of
from review.store.decisions import keep_vote, keep_withdrawal
from review.store.schema import annotation_consensus
from review.store.session import Session
from review.store.views import current_annotation_consensus
from review.store.visibility import seen_annotations


def keep_annotation_consensus(session: Session, said: Annotation, reason: str) -> None:
    """Write down what an adjudicator, the annotation's reviewer, settled, and why.

    Raises StoreError where the id was used for another one. The caller commits.
    """
    keep_vote(
        session,
        annotation_consensus,
        {
            **word_columns(said),
            "adjudicator": said.reviewer,
            "reason": reason,
            "settled_at": said.annotated_at,
        },
    )


def withdraw_annotation_consensus(
    session: Session, annotation_id: str, *, withdrawal_id: str, adjudicator: str, now: datetime
) -> bool:
    """Take one back by a new row; false where that adjudicator settled none of that id.

    The caller commits.
    """
    return keep_withdrawal(
        session,
        annotation_consensus,
        annotation_id,
        withdrawal_id,
        adjudicator,
        {"settled_at": now},
    )


def find_annotation_consensus(
    session: Session,
    report_ids: Sequence[int] | None = None,
    *,
    reader: str | None = None,
    last: int | None = None,
) -> list[Annotation]:
    """What stands settled, on all reports or on these, oldest first; the reviewer settled it.

    At most the ``last`` of it.

    For a ``reader`` only where that person has answered, too, or settled it.
    """
    query = sa.select(current_annotation_consensus).order_by(
        current_annotation_consensus.c.seq.desc()
    )
    query = query.limit(last)
    if report_ids is not None:
        query = query.where(current_annotation_consensus.c.report_id.in_(report_ids))
    if reader is not None:
        query = query.where(seen_annotations(current_annotation_consensus, "adjudicator", reader))
    return [
        Annotation(**word_of(row), reviewer=row["adjudicator"], annotated_at=row["settled_at"])
        for row in reversed(session.execute(query).mappings().all())
    ]
