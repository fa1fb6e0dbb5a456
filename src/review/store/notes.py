"""Notes beside reports and passages: kept apart from every vote, each saving a row of its own."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from review.annotations import Note
from review.store.assessments import as_quote, quote_columns
from review.store.decisions import keep_vote
from review.store.schema import note
from review.store.session import Session
from review.store.views import current_note


def keep_note(session: Session, said: Note) -> None:
    """Write a note down; the same note sent again changes nothing.

    Raises StoreError where the id was used for another note. The caller commits.
    """
    keep_vote(
        session,
        note,
        {
            "id": said.note_id,
            "report_id": said.report_id,
            "text_hash": said.text_hash,
            "reviewer": said.reviewer,
            "text": said.text,
            "noted_at": said.noted_at,
            **quote_columns(said.quote),
        },
    )


def find_notes(
    session: Session, report_ids: Sequence[int], reviewer: str | None = None
) -> list[Note]:
    """The notes that stand on these reports, of everyone or of one person, oldest first."""
    query = (
        sa.select(current_note)
        .where(current_note.c.report_id.in_(report_ids), current_note.c.text != "")
        .order_by(current_note.c.seq)
    )
    if reviewer is not None:
        query = query.where(current_note.c.reviewer == reviewer)
    return [
        Note(
            note_id=row["id"],
            report_id=row["report_id"],
            reviewer=row["reviewer"],
            text=row["text"],
            noted_at=row["noted_at"],
            text_hash=row["text_hash"],
            quote=as_quote(row) if row["quote_exact"] is not None else None,
        )
        for row in session.execute(query).mappings()
    ]
