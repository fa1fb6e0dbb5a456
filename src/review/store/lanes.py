"""What waits for a person to verify it, in the order of each lane."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from review.annotations import AnnotationVerdict, Lane
from review.store.columns import unsought
from review.store.orders import (
    draw_passages,
    order_suggestions,
    order_taggings,
    order_unlike_answers,
)
from review.store.schema import (
    annotation,
    passage,
    report,
    suggestion,
    tagging,
)
from review.store.session import Session, batches
from review.store.views import current_annotation, current_annotation_consensus, current_text
from review.store.visibility import has_standing


@dataclass(frozen=True, kw_only=True)
class LaneItem:
    """A theme of a passage, or a passage whose themes are to be named where ``theme`` is empty."""

    report_id: int
    text_hash: str
    start: int
    end: int
    theme: str


@dataclass(frozen=True, kw_only=True)
class DisputedPlace:
    """A theme of a passage on which people differ and nobody settled, and who answered it."""

    item: LaneItem
    people: frozenset[str]


def find_open_report(
    session: Session,
    reviewer: str,
    *,
    after: int = 0,
    theme: str = "",
    run: int | None = None,
    full: bool = False,
    among: Sequence[int] | None = None,
) -> int | None:
    """The next report with a suggestion that this reviewer has not answered, by its number.

    Of all reports, or of those ``among`` which it is to be.
    ``full`` asks for suggestions in full texts, here and in the lanes, and else for abstracts.
    """
    query = _open(reviewer, run, full).with_only_columns(sa.func.min(tagging.c.report_id))
    if theme:
        query = query.where(unsought(suggestion.c.theme) == theme)
    if among is None:
        # A few reports at a time: the first that is open ends the search on both engines.
        parts = (session.one_of(tagging.c.id, some) for some in order_taggings(session, after))
    else:
        later = [report_id for report_id in sorted(among) if report_id > after]
        parts = (tagging.c.report_id.in_(some) for some in batches(later, 500))
    found = (session.execute(query.where(part)).scalar() for part in parts)
    return next((int(report_id) for report_id in found if report_id is not None), None)


def find_tagged_report(session: Session, words: str) -> int | None:
    """The first tagged report of that number, or with these words in its title."""
    wanted = report.c.title.icontains(words, autoescape=True)
    if words.isdecimal() and len(words) < 10:
        wanted = sa.or_(report.c.report_id == int(words), wanted)
    tagged = sa.exists().where(tagging.c.report_id == report.c.report_id)
    query = sa.select(report.c.report_id).where(wanted, tagged).order_by(report.c.report_id)
    return session.execute(query.limit(1)).scalar_one_or_none()


def find_lane(
    session: Session,
    lane: Lane,
    reviewer: str,
    *,
    codebook_version: str,
    limit: int,
    theme: str = "",
    run: int | None = None,
    full: bool = False,
    disputed: Sequence[DisputedPlace] | None = None,
) -> list[LaneItem]:
    """The first items of a lane other than study by study, which asks ``find_open_report``.

    ``disputed`` is what ``find_disputed_places`` finds, where it is known.
    Nothing is told here of what another person said, but that people disagree.
    """
    match lane:
        case Lane.DISAGREEMENT:
            known = find_disputed_places(session) if disputed is None else disputed
            unread = [
                place.item
                for place in known
                if reviewer not in place.people and theme in ("", place.item.theme)
            ]
            return _first_of_today(session, unread, full, limit)
        case Lane.SECOND_LOOK:
            return _first_unlike(session, _own(reviewer, theme, full), reviewer, limit)
        case Lane.RECHECK:
            query = _own(reviewer, theme, full).where(
                current_annotation.c.codebook_version != codebook_version
            )
            return _items(session, query.order_by(current_annotation.c.seq).limit(limit))
        case Lane.AUDIT:
            query = _without_suggestion(reviewer, run, full)
            return _first_of(session, query, passage.c.id, draw_passages(session), limit)
        case _:
            query = _open(reviewer, run, full)
            ordered = order_suggestions(session, lane, reviewer, theme)
            return _first_of(session, query, suggestion.c.id, ordered, limit)


def find_disputed_places(
    session: Session, report_ids: Sequence[int] | None = None
) -> list[DisputedPlace]:
    """The places on which people gave different answers and that nobody settled, by report.

    On all reports, or on these.
    """
    said, settled = current_annotation.c, current_annotation_consensus.c
    bears = sa.case((said.verdict == AnnotationVerdict.REJECT, "no"), else_=said.direction)
    query = sa.select(*_place(said), said.reviewer, bears)
    closed = sa.select(*_place(settled))
    if report_ids is not None:
        query = query.where(said.report_id.in_(report_ids))
        closed = closed.where(settled.report_id.in_(report_ids))
    answers: dict[tuple[Any, ...], dict[str, str]] = defaultdict(dict)
    for *place, reviewer, answer in session.execute(query):
        answers[tuple(place)][reviewer] = answer
    for place in session.execute(closed).tuples():
        answers.pop(place, None)
    return [
        DisputedPlace(item=_item(*place), people=frozenset(given))
        for place, given in sorted(answers.items())
        if len(set(given.values())) > 1
    ]


def _items(session: Session, query: sa.Select[Any]) -> list[LaneItem]:
    return [_item(*row) for row in session.execute(query)]


def _item(report_id: int, text_hash: str, start: int, end: int, theme: str) -> LaneItem:
    return LaneItem(report_id=report_id, text_hash=text_hash, start=start, end=end, theme=theme)


def _first_of_today(
    session: Session, items: Sequence[LaneItem], full: bool, limit: int
) -> list[LaneItem]:
    """The first of them that are on a text which their report has today."""
    text = current_text if full else report
    query = sa.select(text.c.report_id, text.c.text_hash)
    query = query.where(text.c.is_full_text) if full else query
    found: list[LaneItem] = []
    for some in batches(items, 500):
        reports = {item.report_id for item in some}
        today = set(session.execute(query.where(text.c.report_id.in_(reports))).tuples())
        found += [item for item in some if (item.report_id, item.text_hash) in today]
        if len(found) >= limit:
            break
    return found[:limit]


def _first_unlike(
    session: Session, own: sa.Select[Any], reviewer: str, limit: int
) -> list[LaneItem]:
    """The reviewer's answers that the machine would not have given, the least like it first."""
    found: list[LaneItem] = []
    said = current_annotation.c
    for batch in order_unlike_answers(session, reviewer):
        # By report, too: the view is then made of these alone.
        query = own.add_columns(said.seq).where(
            said.report_id.in_({report_id for _, report_id in batch}),
            said.seq.in_([seq for seq, _ in batch]),
        )
        items = {row[-1]: _item(*row[:-1]) for row in session.execute(query)}
        found += [items[seq] for seq, _ in batch if seq in items]
        if len(found) >= limit:
            break
    return found[:limit]


def _first_of(
    session: Session,
    query: sa.Select[Any],
    key: sa.Column[int],
    ordered: Iterable[Sequence[int]],
    limit: int,
) -> list[LaneItem]:
    """The first items of a query, in an order of their keys that comes a batch at a time."""
    found: list[LaneItem] = []
    for batch in ordered:
        asked = query.add_columns(key).where(session.one_of(key, batch))
        items = {row[-1]: _item(*row[:-1]) for row in session.execute(asked)}
        found += [items[one] for one in batch if one in items]
        if len(found) >= limit:
            break
    return found[:limit]


def _on_today(query: sa.Select[Any], said: sa.FromClause, full: bool) -> sa.Select[Any]:
    """Only what is on the text that a report has today: its abstract, or its full text."""
    text = current_text if full else report
    on = sa.and_(text.c.report_id == said.c.report_id, text.c.text_hash == said.c.text_hash)
    return query.join(text, on).where(text.c.is_full_text) if full else query.join(text, on)


def _present(query: sa.Select[Any], run: int | None, full: bool) -> sa.Select[Any]:
    """Only the newest tagging of the text that a report has today."""
    newer = tagging.alias()
    query = _on_today(query, tagging, full).where(
        ~sa.exists().where(
            newer.c.report_id == tagging.c.report_id,
            newer.c.text_hash == tagging.c.text_hash,
            newer.c.id > tagging.c.id,
        )
    )
    return query if run is None else query.where(tagging.c.run_id == run)


def _is_answered(reviewer: str, *, of_theme: bool) -> sa.ColumnElement[bool]:
    """That the reviewer's word stands on a passage, or on the theme suggested for it."""

    def is_there(said: sa.FromClause) -> sa.ColumnElement[bool]:
        overlaps = sa.and_(
            said.c.text_hash == tagging.c.text_hash,
            said.c.quote_start < passage.c.quote_end,
            said.c.quote_end > passage.c.quote_start,
        )
        return (
            sa.and_(overlaps, unsought(said.c.theme) == suggestion.c.theme)
            if of_theme
            else overlaps
        )

    return has_standing(annotation, reviewer, tagging, is_there)


def _open(reviewer: str, run: int | None, full: bool) -> sa.Select[Any]:
    """Suggestions that the reviewer has not answered."""
    return _present(
        sa.select(
            tagging.c.report_id,
            tagging.c.text_hash,
            passage.c.quote_start,
            passage.c.quote_end,
            suggestion.c.theme,
        )
        .join(passage, passage.c.tagging_id == tagging.c.id)
        .join(suggestion, suggestion.c.passage_id == passage.c.id),
        run,
        full,
    ).where(suggestion.c.suggested, ~_is_answered(reviewer, of_theme=True))


def _without_suggestion(reviewer: str, run: int | None, full: bool) -> sa.Select[Any]:
    """Passages without any suggestion that the reviewer has said nothing of."""
    return _present(
        sa.select(
            tagging.c.report_id,
            tagging.c.text_hash,
            passage.c.quote_start,
            passage.c.quote_end,
            sa.literal("").label("theme"),
        ).join(passage, passage.c.tagging_id == tagging.c.id),
        run,
        full,
    ).where(
        ~sa.exists().where(suggestion.c.passage_id == passage.c.id, suggestion.c.suggested),
        ~_is_answered(reviewer, of_theme=False),
    )


def _own(reviewer: str, theme: str, full: bool) -> sa.Select[Any]:
    said = current_annotation.c
    place = (said.report_id, said.text_hash, said.quote_start, said.quote_end, said.theme)
    query = sa.select(*place).where(said.reviewer == reviewer)
    query = _on_today(query, current_annotation, full)
    return query.where(said.theme == theme) if theme else query


def _place(said: sa.ColumnCollection[Any, Any]) -> tuple[sa.ColumnElement[Any], ...]:
    return (said.report_id, said.text_hash, said.quote_start, said.quote_end, said.theme)
