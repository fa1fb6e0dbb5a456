"""The order of each lane by the machine's rows alone, a batch at a time: indexes give it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import numpy as np
import sqlalchemy as sa

from review.annotations import AnnotationVerdict, Lane
from review.store.schema import annotation, passage, report_member, suggestion, tagging
from review.store.session import Session, batches

# Most that comes first is open: the first batch is small, and who has answered it all goes on with
# larger and larger ones.
_FIRST_BATCH = 200
_GROWTH = 4


def order_suggestions(
    session: Session, lane: Lane, reviewer: str, theme: str
) -> Iterator[list[int]]:
    """What the machine ever suggested, in the order of a lane, by id; of one theme if it is named.

    Without what the reviewer's answers name: the rest may be answered or out of date, too.
    """
    open_yet = _named(theme).where(~_is_named_by(reviewer))
    match lane:
        case Lane.LIKELY:
            return _page(session, lambda limit, offset: _likeliest(open_yet, limit, offset))
        case Lane.UNCERTAIN:
            return _page(session, lambda limit, offset: _nearest_half(open_yet, limit, offset))
        case Lane.RARE:
            return _rarest(session, reviewer, theme)
        case _:
            return _page(session, lambda limit, offset: _by_place(open_yet, limit, offset))


def order_taggings(session: Session, after: int) -> Iterator[list[int]]:
    """All taggings by id, those of the reports numbered above one, in the order of the reports."""
    query = sa.select(tagging.c.id).where(tagging.c.report_id > after)
    ordered = query.order_by(tagging.c.report_id, tagging.c.id)
    return _page(session, lambda limit, offset: ordered.limit(limit).offset(offset))


def order_unlike_answers(session: Session, reviewer: str) -> Iterator[list[tuple[int, int]]]:
    """What a reviewer ever answered unlike the machine, the least like it first, by ``seq``.

    Each with its report of today. Answers that no longer stand are among them; second looks not:
    what was looked at twice has had its second look.
    """
    said = annotation.c
    other_direction = sa.and_(
        said.verdict != AnnotationVerdict.REJECT, said.direction != suggestion.c.direction
    )
    unlike = sa.case(
        (said.verdict == AnnotationVerdict.REJECT, suggestion.c.score),
        (other_direction, suggestion.c.direction_score),
        else_=1 - suggestion.c.score,
    )
    query = (
        sa.select(said.seq, report_member.c.report_id)
        .join(suggestion, suggestion.c.id == said.suggestion_id)
        .join(report_member, report_member.c.record_id == said.report_id)
        .where(
            said.reviewer == reviewer,
            said.withdraws.is_(None),
            said.lane != Lane.SECOND_LOOK,
            unlike >= 0.5,
        )
        .order_by(unlike.desc(), said.seq)
    )
    for some in batches(list(session.execute(query).tuples()), _FIRST_BATCH):
        yield list(some)


def draw_passages(session: Session) -> Iterator[list[int]]:
    """All passages by id, in an order that is drawn and stays."""
    highest = session.execute(sa.select(sa.func.max(passage.c.id))).scalar() or 0
    drawn = _drawn(highest)
    start, size = 0, _FIRST_BATCH
    while start < len(drawn):
        yield drawn[start : start + size].tolist()
        start, size = start + size, min(size * _GROWTH, 4000)


@functools.lru_cache(maxsize=4)
def _drawn(highest: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The numbers from 1 on, shuffled by a multiplication modulo a prime."""
    numbers = np.arange(1, highest + 1, dtype=np.int64)
    return numbers[np.argsort(numbers * 2_654_435_761 % 4_294_967_291, kind="stable")]


def _page(
    session: Session, query: Callable[[int, int], sa.Select[tuple[int]]]
) -> Iterator[list[int]]:
    offset, size = 0, _FIRST_BATCH
    while ids := list(session.execute(query(size, offset)).scalars()):
        yield from (list(some) for some in batches(ids, 4000))
        if len(ids) < size:
            return
        offset, size = offset + size, size * _GROWTH


def _named(theme: str) -> sa.Select[tuple[int]]:
    query = sa.select(suggestion.c.id).where(suggestion.c.suggested)
    return query.where(suggestion.c.theme == theme) if theme else query


def _is_named_by(reviewer: str) -> sa.ColumnElement[bool]:
    """That an answer of the reviewer's stands which names the suggestion it answers."""
    said, undo = annotation.alias(), annotation.alias()
    return sa.exists().where(
        said.c.suggestion_id == suggestion.c.id,
        said.c.reviewer == reviewer,
        said.c.theme == suggestion.c.theme,
        said.c.withdraws.is_(None),
        ~sa.exists().where(undo.c.withdraws == said.c.id),
    )


def _likeliest(query: sa.Select[tuple[int]], limit: int, offset: int) -> sa.Select[tuple[int]]:
    ordered = query.order_by(suggestion.c.score.desc(), suggestion.c.id)
    return ordered.limit(limit).offset(offset)


def _nearest_half(query: sa.Select[tuple[int]], limit: int, offset: int) -> sa.Select[tuple[int]]:
    """By how near the score is to a half: the nearest of those above and of those below."""
    score = suggestion.c.score
    sides = [
        query.add_columns(score)
        .where(which)
        .order_by(order, suggestion.c.id)
        .limit(limit + offset)
        .subquery()
        for which, order in ((score >= 0.5, score.asc()), (score < 0.5, score.desc()))
    ]
    both = sa.union_all(*(sa.select(side.c.id, side.c.score) for side in sides)).subquery()
    ordered = sa.select(both.c.id).order_by(sa.func.abs(both.c.score - 0.5), both.c.id)
    return ordered.limit(limit).offset(offset)


def _by_place(query: sa.Select[tuple[int]], limit: int, offset: int) -> sa.Select[tuple[int]]:
    ordered = (
        query.join(passage, passage.c.id == suggestion.c.passage_id)
        .join(tagging, tagging.c.id == passage.c.tagging_id)
        .order_by(tagging.c.report_id, passage.c.position, suggestion.c.id)
    )
    return ordered.limit(limit).offset(offset)


def _rarest(session: Session, reviewer: str, theme: str) -> Iterator[list[int]]:
    """Theme by theme, those first that people verified least often."""
    verified = (
        sa.select(annotation.c.theme, sa.func.count())
        .where(annotation.c.verdict.in_([AnnotationVerdict.ACCEPT, AnnotationVerdict.ADD]))
        .group_by(annotation.c.theme)
    )
    many = dict(session.execute(verified).tuples().all())
    for one in sorted([theme] if theme else _themes(session), key=lambda t: (many.get(t, 0), t)):
        yield from order_suggestions(session, Lane.LIKELY, reviewer, one)


def _themes(session: Session) -> list[str]:
    """Every theme suggested, each found as the next one in the index after the last."""
    first = sa.select(sa.func.min(suggestion.c.theme).label("theme")).where(suggestion.c.suggested)
    walk = first.cte("walk", recursive=True)
    following = (
        sa.select(sa.func.min(suggestion.c.theme))
        .where(suggestion.c.suggested, suggestion.c.theme > walk.c.theme)
        .correlate(walk)
        .scalar_subquery()
    )
    walk = walk.union_all(sa.select(following).where(walk.c.theme.is_not(None)))
    return list(session.execute(sa.select(walk.c.theme).where(walk.c.theme.is_not(None))).scalars())
