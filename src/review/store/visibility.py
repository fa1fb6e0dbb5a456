"""What a reviewer may see of others' votes: nothing on what they have not answered themselves."""

from __future__ import annotations

import sqlalchemy as sa

from review.store.views import current_annotation, current_decision


def seen_decisions(view: sa.FromClause, who: str, reader: str) -> sa.ColumnElement[bool]:
    """Rows on a report at a stage that are the reader's own, or that the reader decided on, too.

    ``who`` names the column of the person in ``view``. A decision taken back does not count: what
    others said is hidden again.
    """
    own = sa.select(current_decision.c.report_id, current_decision.c.stage).where(
        current_decision.c.reviewer == reader
    )
    return sa.or_(view.c[who] == reader, sa.tuple_(view.c.report_id, view.c.stage).in_(own))


def seen_annotations(view: sa.FromClause, who: str, reader: str) -> sa.ColumnElement[bool]:
    """Rows on a theme of a passage that are the reader's own, or that the reader answered, too.

    Words that overlap are one passage: somebody may have moved the edges.
    """
    own = current_annotation.alias("own")
    answered = sa.exists().where(
        own.c.reviewer == reader,
        own.c.report_id == view.c.report_id,
        own.c.text_hash == view.c.text_hash,
        own.c.theme == view.c.theme,
        own.c.quote_start < view.c.quote_end,
        own.c.quote_end > view.c.quote_start,
    )
    return sa.or_(view.c[who] == reader, answered)
