"""What waits for a person to verify it, in the order of each lane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from review.annotations import AnnotationVerdict, Lane
from review.store.schema import annotation, passage, report, report_member, suggestion, tagging
from review.store.session import Session
from review.store.views import current_annotation, current_annotation_consensus, current_text


@dataclass(frozen=True, kw_only=True)
class LaneItem:
    """A theme of a passage, or a passage whose themes are to be named where ``theme`` is empty."""

    report_id: int
    text_hash: str
    start: int
    end: int
    theme: str


def find_open_report(
    session: Session,
    reviewer: str,
    *,
    after: int = 0,
    theme: str = "",
    run: int | None = None,
    full: bool = False,
) -> int | None:
    """The next report with a suggestion that this reviewer has not answered, by its number.

    ``full`` asks for suggestions in full texts, here and in the lanes, and else for abstracts.
    """
    of_passage = (
        sa.select(passage.c.id)
        .join(suggestion, suggestion.c.passage_id == passage.c.id)
        .where(
            passage.c.tagging_id == tagging.c.id,
            suggestion.c.suggested,
            suggestion.c.id.not_in(_answered(reviewer, of_themes=True)),
        )
        .correlate(tagging)
    )
    if theme:
        of_passage = of_passage.where(suggestion.c.theme == theme)
    # Report by report, so that the first that is open ends the search.
    query = _present(sa.select(tagging.c.report_id), run, full)
    query = query.where(tagging.c.report_id > after, of_passage.exists())
    query = query.order_by(tagging.c.report_id).limit(1)
    return session.execute(query).scalar_one_or_none()


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
) -> list[LaneItem]:
    """The first items of a lane other than study by study, which asks ``find_open_report``.

    Nothing is told here of what another person said, but that people disagree.
    """
    match lane:
        case Lane.DISAGREEMENT:
            query = _disputed(reviewer, theme, full)
        case Lane.SECOND_LOOK:
            query = _unlike_the_machine(reviewer, theme, full)
        case Lane.RECHECK:
            query = _own(reviewer, theme, full).where(
                current_annotation.c.codebook_version != codebook_version
            )
            query = query.order_by(current_annotation.c.seq)
        case Lane.AUDIT:
            query = _without_suggestion(reviewer, run, full)
        case _:
            query = _ordered(_open(reviewer, theme, run, full), lane)
    return [
        LaneItem(report_id=report_id, text_hash=text_hash, start=start, end=end, theme=of)
        for report_id, text_hash, start, end, of in session.execute(query.limit(limit))
    ]


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


def _answered(reviewer: str, *, of_themes: bool) -> sa.Select[Any]:
    """Passages on which the reviewer's word stands; suggestions, where their theme is asked for.

    It is asked once for the whole query, from the reviewer's own words: asked for each suggestion,
    both engines would walk all that was ever said.
    """
    said, held, of = annotation.alias(), tagging.alias(), passage.alias()
    undone = sa.select(annotation.c.withdraws).where(annotation.c.withdraws.is_not(None))
    wanted = suggestion.alias()
    query = (
        sa.select(wanted.c.id if of_themes else of.c.id)
        .select_from(said)
        .join(report_member, report_member.c.record_id == said.c.report_id)
        .join(
            held,
            sa.and_(
                held.c.report_id == report_member.c.report_id, held.c.text_hash == said.c.text_hash
            ),
        )
        .join(
            of,
            sa.and_(
                of.c.tagging_id == held.c.id,
                of.c.quote_start < said.c.quote_end,
                of.c.quote_end > said.c.quote_start,
            ),
        )
        .where(
            said.c.reviewer == reviewer,
            said.c.withdraws.is_(None),
            said.c.id.not_in(undone),
        )
    )
    if not of_themes:
        return query
    return query.join(
        wanted, sa.and_(wanted.c.passage_id == of.c.id, wanted.c.theme == said.c.theme)
    )


def _open(reviewer: str, theme: str, run: int | None, full: bool) -> sa.Select[Any]:
    """Suggestions that the reviewer has not answered."""
    query = _present(
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
    ).where(
        suggestion.c.suggested,
        suggestion.c.id.not_in(_answered(reviewer, of_themes=True)),
    )
    return query.where(suggestion.c.theme == theme) if theme else query


def _ordered(query: sa.Select[Any], lane: Lane) -> sa.Select[Any]:
    by_place = (tagging.c.report_id, passage.c.position)
    match lane:
        case Lane.LIKELY:
            return query.order_by(suggestion.c.score.desc(), *by_place)
        case Lane.UNCERTAIN:
            return query.order_by(sa.func.abs(suggestion.c.score - 0.5), *by_place)
        case Lane.RARE:
            verified = (
                sa.select(annotation.c.theme, sa.func.count().label("many"))
                .where(annotation.c.verdict.in_([AnnotationVerdict.ACCEPT, AnnotationVerdict.ADD]))
                .group_by(annotation.c.theme)
                .subquery()
            )
            query = query.outerjoin(verified, verified.c.theme == suggestion.c.theme)
            many = sa.func.coalesce(verified.c.many, 0)
            return query.order_by(many, suggestion.c.theme, suggestion.c.score.desc(), *by_place)
        case _:
            return query.order_by(*by_place)


def _without_suggestion(reviewer: str, run: int | None, full: bool) -> sa.Select[Any]:
    """Passages without any suggestion, in an order that is drawn and stays."""
    drawn = sa.cast(passage.c.id, sa.BigInteger) * 2_654_435_761 % 4_294_967_291
    return (
        _present(
            sa.select(
                tagging.c.report_id,
                tagging.c.text_hash,
                passage.c.quote_start,
                passage.c.quote_end,
                sa.literal("").label("theme"),
            ).join(passage, passage.c.tagging_id == tagging.c.id),
            run,
            full,
        )
        .where(
            ~sa.exists().where(suggestion.c.passage_id == passage.c.id, suggestion.c.suggested),
            passage.c.id.not_in(_answered(reviewer, of_themes=False)),
        )
        .order_by(drawn)
    )


def _own(reviewer: str, theme: str, full: bool) -> sa.Select[Any]:
    said = current_annotation.c
    place = (said.report_id, said.text_hash, said.quote_start, said.quote_end, said.theme)
    query = sa.select(*place).where(said.reviewer == reviewer)
    query = _on_today(query, current_annotation, full)
    return query.where(said.theme == theme) if theme else query


def _unlike_the_machine(reviewer: str, theme: str, full: bool) -> sa.Select[Any]:
    """The reviewer's answers that the machine would not have given, the least like it first."""
    said = current_annotation.c
    other_direction = sa.and_(
        said.verdict != AnnotationVerdict.REJECT, said.direction != suggestion.c.direction
    )
    unlike = sa.case(
        (said.verdict == AnnotationVerdict.REJECT, suggestion.c.score),
        (other_direction, suggestion.c.direction_score),
        else_=1 - suggestion.c.score,
    )
    return (
        _own(reviewer, theme, full)
        .join(suggestion, suggestion.c.id == said.suggestion_id)
        # What was looked at twice has had its second look.
        .where(unlike >= 0.5, said.lane != Lane.SECOND_LOOK)
        .order_by(unlike.desc(), said.seq)
    )


def _disputed(reviewer: str, theme: str, full: bool) -> sa.Select[Any]:
    """Places people gave different answers on, nobody settled, and this reviewer has not seen."""
    said, settled = current_annotation.c, current_annotation_consensus.c
    bears = sa.case((said.verdict == AnnotationVerdict.REJECT, "no"), else_=said.direction)
    mine = sa.func.max(sa.case((said.reviewer == reviewer, 1), else_=0))
    place = (said.report_id, said.text_hash, said.quote_start, said.quote_end, said.theme)
    query = (
        _on_today(sa.select(*place), current_annotation, full)
        .where(
            ~sa.exists().where(
                settled.report_id == said.report_id,
                settled.text_hash == said.text_hash,
                settled.quote_start == said.quote_start,
                settled.quote_end == said.quote_end,
                settled.theme == said.theme,
            )
        )
        .group_by(*place)
        .having(sa.func.count(sa.distinct(bears)) > 1, mine == 0)
        .order_by(said.report_id, said.quote_start)
    )
    return query.where(said.theme == theme) if theme else query
