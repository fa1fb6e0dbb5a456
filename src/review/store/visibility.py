"""What a reviewer may see of others' votes: nothing on what they have not answered themselves."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from review.store.columns import unsought
from review.store.schema import annotation, decision, report_member


def seen_decisions(view: sa.FromClause, who: str, reader: str) -> sa.ColumnElement[bool]:
    """Rows on a report at a stage that are the reader's own, or that the reader decided on, too.

    ``who`` names the column of the person in ``view``. A decision taken back does not count: what
    others said is hidden again.
    """
    return sa.or_(
        view.c[who] == reader,
        has_standing(decision, reader, view, lambda own: unsought(own.c.stage) == view.c.stage),
    )


def seen_annotations(view: sa.FromClause, who: str, reader: str) -> sa.ColumnElement[bool]:
    """Rows on a theme of a passage that are the reader's own, or that the reader answered, too.

    Words that overlap are one passage: somebody may have moved the edges.
    """
    return sa.or_(
        view.c[who] == reader,
        has_standing(
            annotation,
            reader,
            view,
            lambda own: sa.and_(
                own.c.text_hash == view.c.text_hash,
                unsought(own.c.theme) == view.c.theme,
                own.c.quote_start < view.c.quote_end,
                own.c.quote_end > view.c.quote_start,
            ),
        ),
    )


def has_standing(
    table: sa.Table,
    who: str | sa.ColumnElement[str],
    view: sa.FromClause,
    alike: Callable[[sa.FromClause], sa.ColumnElement[bool]],
) -> sa.ColumnElement[bool]:
    """That a vote of a person's stands in a table on the report of a view's row, and is alike.

    Asked row by row, through the index of the report: the views would be read whole.
    """
    own, undo, member = table.alias(), table.alias(), report_member.alias()
    return sa.exists().where(
        member.c.report_id == view.c.report_id,
        own.c.report_id == member.c.record_id,
        unsought(own.c.reviewer) == who,
        alike(own),
        own.c.withdraws.is_(None),
        ~sa.exists().where(undo.c.withdraws == own.c.id),
    )
