"""Reading by two people as the store has it: what each still owes, what one has read, disputes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from review.decisions import Stage
from review.reviewers import Assignment, Task
from review.second_reading import Dispute, find_disputes
from review.store.annotations import find_annotations
from review.store.decisions import find_decisions
from review.store.reviewers import find_assignments, find_reviewers
from review.store.schema import annotation, decision, report_member
from review.store.session import Session, batches
from review.store.settlements import find_annotation_consensus
from review.store.views import (
    current_annotation,
    current_annotation_consensus,
    current_consensus,
    current_decision,
    current_suggestion,
)


def find_owed(session: Session, name: str | None = None) -> list[Assignment]:
    """The assignments that are not done, of everyone or of one person, oldest first.

    A report is screened once the person's decision at that stage stands; its passages are read
    once the person has answered a theme of each passage that has a suggestion.
    """
    done = _done(session, name)
    return [
        asked
        for asked in find_assignments(session, name)
        if (asked.report_id, asked.task, asked.reviewer) not in done
    ]


def find_being_read(session: Session) -> dict[tuple[int, Task], set[str]]:
    """The reports, each with its task, that are not settled and still to be read: by whom.

    Until then nobody may learn what was said of them: who reads second could. A person who retired
    is waited for no longer.
    """
    owed = find_owed(session)
    if not owed:
        return {}
    retired = {person.name for person in find_reviewers(session) if person.retired_at}
    query = sa.select(current_consensus.c.report_id, current_consensus.c.stage)
    settled = {(report_id, Task(stage)) for report_id, stage in session.execute(query)}
    waiting: dict[tuple[int, Task], set[str]] = {}
    for asked in owed:
        place = (asked.report_id, asked.task)
        if asked.reviewer not in retired and place not in settled:
            waiting.setdefault(place, set()).add(asked.reviewer)
    return waiting


def find_read_once(
    session: Session, task: Task, read: Mapping[int, str] | None = None
) -> dict[int, str]:
    """The reports that one person alone has read and nobody else is to read, and who that is.

    Whoever is asked to read and retired since is waited for no longer. ``read`` is what
    ``find_read_by_one`` finds, where it is known.
    """
    retired = {person.name for person in find_reviewers(session) if person.retired_at}
    asked: dict[int, set[str]] = {}
    for assignment in find_assignments(session):
        if assignment.task is task and assignment.reviewer not in retired:
            asked.setdefault(assignment.report_id, set()).add(assignment.reviewer)
    return {
        report_id: who
        for report_id, who in (find_read_by_one(session, task) if read is None else read).items()
        if not asked.get(report_id, set()) - {who}
    }


def find_read_by_one(
    session: Session, task: Task, report_ids: Sequence[int] | None = None
) -> dict[int, str]:
    """Reports that one person alone has read and that are not settled, and who that is.

    Among all reports, or among these.
    """
    said = annotation if task is Task.PASSAGES else decision
    settled = current_annotation_consensus if task is Task.PASSAGES else current_consensus
    closed = sa.select(settled.c.report_id).where(*_of_stage(settled, task))
    taken_back = sa.select(said.c.withdraws).where(said.c.withdraws.is_not(None))
    first, last = sa.func.min(said.c.reviewer), sa.func.max(said.c.reviewer)
    # Whose word stands, and not which: the view takes three times as long to tell that, too.
    query = (
        sa.select(report_member.c.report_id, first)
        .join(said, said.c.report_id == report_member.c.record_id)
        .where(
            *_of_stage(said, task),
            said.c.withdraws.is_(None),
            said.c.id.not_in(taken_back),
            report_member.c.report_id.not_in(closed),
        )
        .group_by(report_member.c.report_id)
        .having(first == last)
    )
    if report_ids is not None:
        query = query.where(report_member.c.report_id.in_(report_ids))
    return dict(session.execute(query).tuples().all())


def find_disputed_decisions(
    session: Session, blind: str = "", report_ids: Sequence[int] | None = None
) -> list[tuple[int, Stage]]:
    """The reports, each with its stage, whose standing decisions differ in verdict or reason.

    Of all reports or of these. What a consensus settles is left out, and what the person
    ``blind`` is asked to read, too, and has not answered. By report.
    """
    reason = sa.func.coalesce(current_decision.c.exclusion_reason, "")
    query = (
        sa.select(current_decision.c.report_id, current_decision.c.stage)
        .group_by(current_decision.c.report_id, current_decision.c.stage)
        .having(sa.func.count(sa.distinct(current_decision.c.verdict + ":" + reason)) > 1)
    )
    settled = sa.select(current_consensus.c.report_id, current_consensus.c.stage)
    if report_ids is not None:
        query = query.where(current_decision.c.report_id.in_(report_ids))
        settled = settled.where(current_consensus.c.report_id.in_(report_ids))
    closed = set(session.execute(settled).tuples())
    closed |= {(o.report_id, str(o.task)) for o in (find_owed(session, blind) if blind else ())}
    found = [place for place in session.execute(query).tuples() if place not in closed]
    return sorted((report_id, Stage(stage)) for report_id, stage in found)


def find_disputed_annotations(
    session: Session, blind: str = "", report_ids: Sequence[int] | None = None
) -> list[Dispute]:
    """The themes of passages on which standing annotations differ and no consensus stands.

    On all reports or on these, by report. What the person ``blind`` is asked to read, too, and has
    not answered is left out.
    """
    several = (
        sa.select(current_annotation.c.report_id)
        .group_by(current_annotation.c.report_id)
        .having(sa.func.count(sa.distinct(current_annotation.c.reviewer)) > 1)
    )
    if report_ids is not None:
        several = several.where(current_annotation.c.report_id.in_(report_ids))
    owed = {
        asked.report_id
        for asked in (find_owed(session, blind) if blind else ())
        if asked.task is Task.PASSAGES
    }
    reports = sorted(set(session.execute(several).scalars()) - owed)
    found = [
        dispute
        for some in batches(reports, 1000)
        for dispute in find_disputes(
            find_annotations(session, some), find_annotation_consensus(session, some)
        )
    ]
    return sorted(found, key=lambda dispute: dispute.said[0].report_id)


def _of_stage(view: sa.FromClause, task: Task) -> list[sa.ColumnElement[bool]]:
    return [] if task is Task.PASSAGES else [view.c.stage == task]


def _done(session: Session, name: str | None) -> set[tuple[int, Task, str]]:
    """Which assigned reports are screened or read already, by task and person."""
    asked = find_assignments(session, name)
    screens = [a for a in asked if a.task is not Task.PASSAGES]
    decided = {
        (said.report_id, said.stage.value, said.reviewer)
        for some in batches(sorted({a.report_id for a in screens}), 500)
        for said in find_decisions(session, some)
    }
    done = {
        (a.report_id, a.task, a.reviewer)
        for a in screens
        if (a.report_id, a.task.value, a.reviewer) in decided
    }
    people = {(a.report_id, a.reviewer) for a in asked if a.task is Task.PASSAGES}
    return done | {(report_id, Task.PASSAGES, who) for report_id, who in _read(session, people)}


def _read(session: Session, people: set[tuple[int, str]]) -> set[tuple[int, str]]:
    """Those reports, each with who is asked to read it, of whose passages they answered every one.

    Only passages for which a theme is suggested count.
    """
    read: set[tuple[int, str]] = set()
    for some in batches(sorted({report_id for report_id, _ in people}), 500):
        read |= _read_of(session, some, {pair for pair in people if pair[0] in set(some)})
    return read


def _read_of(
    session: Session, reports: Sequence[int], people: set[tuple[int, str]]
) -> set[tuple[int, str]]:
    suggested, said = (
        sa.select(
            view.c.report_id, view.c.text_hash, view.c.quote_start, view.c.quote_end, *more
        ).where(view.c.report_id.in_(reports), *which)
        for view, more, which in (
            (current_suggestion, (), (current_suggestion.c.suggested,)),
            (current_annotation, (current_annotation.c.reviewer,), ()),
        )
    )
    answered: dict[tuple[int, str, str], list[tuple[int, int]]] = {}
    for report_id, text_hash, start, end, who in session.execute(said):
        answered.setdefault((report_id, text_hash, who), []).append((start, end))
    passages: dict[int, set[tuple[str, int, int]]] = {}
    for report_id, text_hash, start, end in session.execute(suggested.distinct()):
        passages.setdefault(report_id, set()).add((text_hash, start, end))
    return {
        (report_id, who)
        for report_id, who in people
        if all(
            any(a < end and b > start for a, b in answered.get((report_id, text_hash, who), ()))
            for text_hash, start, end in passages.get(report_id, ())
        )
    }
