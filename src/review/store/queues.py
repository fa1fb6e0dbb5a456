"""What awaits a person's screening, a little at a time: a page must not read the whole store."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from review.decisions import Decision, Stage, Verdict
from review.store.decisions import as_decision
from review.store.editions import find_said
from review.store.full_texts import is_sought
from review.store.rankings import RankedReport
from review.store.schema import (
    assessment,
    audit,
    consensus,
    decision,
    ranking,
    report,
    report_member,
)
from review.store.session import Session, batches


@dataclass(frozen=True, kw_only=True)
class FoundReport:
    """A report that answers to a person's search words."""

    report_id: int
    title: str
    year: int | None


def find_open_ranked(session: Session, limit: int) -> list[int]:
    """The first reports of the ranking that nobody has decided on since, best first."""
    query = (
        sa.select(ranking.c.report_id)
        .where(~_decided(ranking.c.report_id, Stage.TITLE_ABSTRACT))
        .order_by(ranking.c.position)
        .limit(limit)
    )
    return list(session.execute(query).scalars())


def find_rank(session: Session, report_id: int) -> tuple[RankedReport, int] | None:
    """The place of a report in the ranking, and how many are ranked; None where it is not."""
    row = session.execute(sa.select(ranking).where(ranking.c.report_id == report_id)).mappings()
    found = row.first()
    if found is None:
        return None
    ranked = session.execute(sa.select(sa.func.count()).select_from(ranking)).scalar_one()
    named = {name: found[name] for name in ("report_id", "position", "score", "model", "ranked_at")}
    return RankedReport(**named), int(ranked)


def find_open_audits(
    session: Session, limit: int | None = None, *, only: int | None = None
) -> list[int]:
    """What ``find_audit_queue`` finds, those drawn first before others, at most ``limit``.

    With ``only`` that report alone is asked for.

    They are to stand among other reports, unmarked and without the machine's view.
    """
    query = (
        sa.select(report.c.report_id, sa.func.min(audit.c.drawn_at))
        .join(report_member, report_member.c.record_id == audit.c.report_id)
        .join(report, report.c.report_id == report_member.c.report_id)
        .join(assessment, assessment.c.id == _newest_assessment())
        .where(
            assessment.c.verdict == Verdict.EXCLUDE,
            assessment.c.model == audit.c.model,
            ~_decided(report.c.report_id, Stage.TITLE_ABSTRACT),
            ~_decided(report.c.report_id, Stage.FULL_TEXT),
        )
        .group_by(report.c.report_id)
        .order_by(sa.func.min(audit.c.drawn_at), report.c.report_id)
        .limit(limit)
    )
    if only is not None:
        query = query.where(report.c.report_id == only)
    return [report_id for report_id, _ in session.execute(query)]


def find_open_full_texts(session: Session, limit: int | None = None) -> list[int]:
    """The reports to be decided on by their full text, and that nobody has, oldest first.

    At most ``limit`` of them.
    """
    included, done = (
        {
            report_id
            for said in (decision, consensus)
            for report_id in session.execute(_spoken_of(said, *which)).scalars()
        }
        for which in ((Stage.TITLE_ABSTRACT, Verdict.INCLUDE), (Stage.FULL_TEXT,))
    )
    some = sorted(included - done)
    found: list[int] = []
    # Somebody says include; whether all do is asked of as many as are wanted.
    for batch in batches(some, 200):
        said = find_said(session, batch)
        found += [r for r in batch if r in said and is_sought(said[r])]
        if limit is not None and len(found) >= limit:
            break
    return found[:limit]


def find_machine_exclusions(
    session: Session, limit: int, *, below: int | None = None, above: int | None = None
) -> list[int]:
    """Reports the machine excludes and nobody has decided on, the newest first.

    Those drawn for the audit are left out: they must come to people unmarked. ``below`` and
    ``above`` are ids between which to look; with ``above`` alone those next to it are found.
    """
    query = (
        sa.select(report.c.report_id)
        .select_from(report)
        .join(assessment, assessment.c.id == _newest_assessment())
        .where(
            assessment.c.verdict == Verdict.EXCLUDE,
            ~_decided(report.c.report_id, Stage.TITLE_ABSTRACT),
            ~_drawn(report.c.report_id, assessment.c.model),
        )
        .limit(limit)
    )
    if below is not None:
        query = query.where(report.c.report_id < below)
    if above is not None:
        query = query.where(report.c.report_id > above)
    backwards = above is not None and below is None
    order = report.c.report_id.asc() if backwards else report.c.report_id.desc()
    return sorted(session.execute(query.order_by(order)).scalars(), reverse=True)


def find_last_decisions(
    session: Session, reviewer: str, stage: Stage, limit: int
) -> list[Decision]:
    """A person's decisions at a stage that stand, the last one first."""
    undo = decision.alias("undo")
    query = (
        sa.select(report_member.c.report_id, *(c for c in decision.c if c.name != "report_id"))
        .join(report_member, report_member.c.record_id == decision.c.report_id)
        .where(
            decision.c.reviewer == reviewer,
            decision.c.stage == stage,
            decision.c.withdraws.is_(None),
            ~sa.exists().where(undo.c.withdraws == decision.c.id),
        )
        .order_by(decision.c.seq.desc())
        # A report decided on anew is there twice, and only the last word stands.
        .limit(2 * limit)
    )
    last: dict[int, Decision] = {}
    for row in session.execute(query).mappings():
        last.setdefault(row["report_id"], as_decision(row))
    return list(last.values())[:limit]


def count_decisions(session: Session, reviewer: str, stage: Stage) -> int:
    """How often a person has decided at a stage, taken back or not."""
    own = sa.and_(decision.c.reviewer == reviewer, decision.c.stage == stage)
    # Counted in two indexes, without reading a row: all, and the few that take one back.
    every, undone = (
        sa.select(sa.func.count()).where(own, *which).scalar_subquery()
        for which in ((), (decision.c.withdraws.is_not(None),))
    )
    return int(session.execute(sa.select(every - undone)).scalar_one())


def has_ever_decided(session: Session, reviewer: str, report_id: int) -> bool:
    """Whether a person has decided on a report at any stage, taken back or not."""
    query = sa.select(
        sa.exists().where(
            decision.c.report_id == report_member.c.record_id,
            report_member.c.report_id == report_id,
            decision.c.reviewer == reviewer,
        )
    )
    return bool(session.execute(query).scalar())


def find_reports_by_words(session: Session, words: str, limit: int) -> list[FoundReport]:
    """Reports with all the words in title or abstract, or of that id, PMID or DOI, newest first.

    Capital letters make no difference in words without accents.
    """
    if not words.split():
        return []
    named = [report.c.pmid == words, report.c.doi == words.lower()]
    if words.isascii() and words.isdigit() and len(words) < 10:
        named.append(report.c.report_id == int(words))
    text = report.c.title + " " + report.c.abstract
    everywhere = sa.and_(*(text.icontains(word, autoescape=True) for word in words.split()))
    query = (
        sa.select(report.c.report_id, report.c.title, report.c.year)
        .where(sa.or_(*named, everywhere))
        .order_by(report.c.report_id.desc())
    )
    found: list[FoundReport] = []
    below, size = session.execute(sa.select(sa.func.max(report.c.report_id))).scalar() or 0, 1000
    # From the newest on, ever more at a time: what is common is found among the first.
    while below > 0 and len(found) < limit:
        among = query.where(report.c.report_id <= below, report.c.report_id > below - size)
        rows = session.execute(among.limit(limit - len(found))).mappings()
        found += [FoundReport(**row) for row in rows]
        below, size = below - size, size * 4
    return found


def _newest_assessment() -> sa.ScalarSelect[int]:
    """Of a report's present text; found through an index, where the view reads all assessments."""
    made = assessment.alias()
    return (
        sa.select(sa.func.max(made.c.id))
        .where(made.c.report_id == report.c.report_id, made.c.text_hash == report.c.text_hash)
        .correlate(report)
        .scalar_subquery()
    )


def _spoken_of(
    said: sa.Table, stage: Stage, verdict: Verdict | None = None
) -> sa.Select[tuple[int]]:
    """Today's reports on which a vote stands at a stage."""
    taken_back = sa.select(said.c.withdraws).where(said.c.withdraws.is_not(None))
    return (
        sa.select(report_member.c.report_id)
        .join(said, said.c.report_id == report_member.c.record_id)
        .where(
            said.c.stage == stage,
            said.c.verdict.in_(list(Verdict) if verdict is None else [verdict]),
            said.c.id.not_in(taken_back),
        )
    )


def _decided(report_id: sa.ColumnElement[int], stage: Stage) -> sa.ColumnElement[bool]:
    """That a decision stands on today's report; asked report by report, through the indexes."""
    member, said, undo = report_member.alias(), decision.alias(), decision.alias()
    return sa.exists().where(
        member.c.report_id == report_id,
        said.c.report_id == member.c.record_id,
        said.c.stage == stage,
        said.c.withdraws.is_(None),
        ~sa.exists().where(undo.c.withdraws == said.c.id),
    )


def _drawn(
    report_id: sa.ColumnElement[int], model: sa.ColumnElement[str]
) -> sa.ColumnElement[bool]:
    member = report_member.alias()
    return sa.exists().where(
        member.c.report_id == report_id,
        audit.c.report_id == member.c.record_id,
        audit.c.model == model,
    )
