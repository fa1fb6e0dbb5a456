"""Lanes: in which order reports come before a person who screens, and why each one does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from review.blindness import is_drawn
from review.decisions import Assessment, Decision, Stage, Verdict
from review.reopenings import CAUSE_TEXT
from review.reviewers import Role
from review.store.assessments import find_assessments
from review.store.decisions import find_decisions
from review.store.queues import (
    count_decisions,
    find_last_decisions,
    find_machine_exclusions,
    find_open_audits,
    find_open_full_texts,
    find_open_ranked,
    find_rank,
    has_ever_decided,
)
from review.store.reopenings import find_open_reopenings
from review.store.reviewers import find_assignments, find_reviewers
from review.store.session import Session
from workbench.pages.desk import Desk

# What a page looks ahead; who skips all of it begins again with the first.
_AHEAD = 50
# Of so many reports one is of the audit, as long as there are any, and nobody can tell which.
_AUDIT_EVERY = 5


class Lane(StrEnum):
    """What a person goes through."""

    QUEUE = "queue"
    SECOND = "second"
    CHANGED = "changed"
    EXCLUDED = "excluded"


class Origin(StrEnum):
    """How a report came before a person; kept with the decision."""

    RANKED = "ranked"
    AUDIT = "audit"
    SECOND_READING = "second_reading"
    REOPENED = "reopened"
    EXCLUDED = "excluded"
    INCLUDED = "included"
    FOUND = "found"


@dataclass(frozen=True, kw_only=True)
class Coming:
    """How a report comes before a person, in a sentence, and what of the machine they may see.

    ``is_blind`` says that the machine's view is kept back until the person has answered, and
    ``has_seen`` that they may have seen it before they answer; ``machine`` is that view, None where
    it is kept back or where there is none.
    """

    origin: Origin
    why: str
    is_blind: bool
    has_seen: bool
    machine: Assessment | None


def find_lane(session: Session, desk: Desk, stage: Stage, lane: Lane) -> list[int]:
    """The reports that come next in a lane, the first first, none this person has decided on."""
    if lane is Lane.EXCLUDED:
        return find_machine_exclusions(session, _AHEAD)
    if lane is Lane.SECOND:
        return find_owed_readings(session, desk.reviewer, stage)
    if lane is Lane.CHANGED:
        return _find_changed(session, stage)
    if stage is Stage.FULL_TEXT:
        return find_open_full_texts(session, _AHEAD)
    ranked = _share_out(find_open_ranked(session, _AHEAD), *_place_among(session, desk.reviewer))
    audits = find_open_audits(session, _AHEAD // _AUDIT_EVERY)
    done = count_decisions(session, desk.reviewer, stage)
    return list(interleave(ranked, audits, done))


def find_neighbours(
    session: Session,
    desk: Desk,
    stage: Stage,
    lane: Lane,
    report_id: int,
    ahead: Sequence[int] | None = None,
) -> tuple[int | None, int | None]:
    """The report before and the one after in a lane; before the first is what was decided last.

    ``ahead`` is what ``find_lane`` gave, where it was asked already.
    """
    if lane is Lane.EXCLUDED:
        after = find_machine_exclusions(session, 1, below=report_id)
        before = find_machine_exclusions(session, 1, above=report_id)
        return _first(before), _first(after)
    if ahead is None:
        ahead = find_lane(session, desk, stage, lane)
    if report_id in ahead and ahead.index(report_id) > 0:
        place = ahead.index(report_id)
        return ahead[place - 1], ahead[(place + 1) % len(ahead)]
    done = [d.report_id for d in find_last_decisions(session, desk.reviewer, stage, _AHEAD)]
    if report_id in done:
        place = done.index(report_id)
        before_it = done[place + 1 : place + 2]
        after_it = done[place - 1 : place] if place else ahead[:1]
        return _first(before_it), _first(after_it)
    others = [other for other in ahead if other != report_id]
    return _first(done), _first(others)


def find_owed_readings(session: Session, reviewer: str, stage: Stage) -> list[int]:
    """What a person is asked to read as well at a stage and has not decided on, oldest first."""
    asked = [
        a.report_id for a in find_assignments(session, reviewer) if a.task.value == stage.value
    ]
    decided = {
        d.report_id
        for d in find_decisions(session, asked, reader=reviewer)
        if d.stage is stage and d.reviewer == reviewer
    }
    return [report_id for report_id in asked if report_id not in decided]


def find_coming(
    session: Session, desk: Desk, report_id: int, stage: Stage, own: Decision | None
) -> Coming:
    """How a report comes before this person, whose standing decision is ``own``."""
    machine = find_assessments(session, [report_id]).get(report_id)
    is_audited = bool(find_open_audits(session, only=report_id))
    excluded = machine is not None and machine.verdict is Verdict.EXCLUDE and not is_audited
    knows = has_ever_decided(session, desk.reviewer, report_id)
    drawn = is_audited or is_drawn(
        desk.settings.blind_share, desk.reviewer, "report", stage, report_id
    )
    # An exclusion stands in a lane that says so: it is blind to nobody, unless it is of the audit.
    is_blind = own is None and not knows and drawn and not excluded and desk.may(Role.REVIEWER)
    origin, why = _tell_why(session, desk, report_id, stage, own, is_audited, excluded, is_blind)
    if is_blind:
        why += " What the machine says of it is kept back until you have answered."
    return Coming(
        origin=origin,
        why=why,
        is_blind=is_blind,
        has_seen=not is_blind,
        machine=None if is_blind else machine,
    )


def interleave(ranked: Sequence[int], audits: Sequence[int], done: int) -> Iterator[int]:
    """Both in one order: each fifth report a person decides on is of the audit.

    ``done`` is how many they have decided on. Where one of both runs out the other goes on.
    """
    left, drawn = list(ranked), list(audits)
    while left or drawn:
        is_turn = done % _AUDIT_EVERY == _AUDIT_EVERY - 1
        yield (drawn if drawn and (is_turn or not left) else left).pop(0)
        done += 1


def _tell_why(
    session: Session,
    desk: Desk,
    report_id: int,
    stage: Stage,
    own: Decision | None,
    is_audited: bool,
    excluded: bool,
    is_blind: bool,
) -> tuple[Origin, str]:
    asked = [a for a in find_assignments(session, desk.reviewer) if a.task.value == stage.value]
    for one in asked:
        if one.report_id == report_id:
            return Origin.SECOND_READING, (
                f"{one.assigned_by} asked you on {one.assigned_at:%-d %B %Y} to read it as well."
                + ("" if own else " What others said of it is kept back until you have answered.")
            )
    causes = find_open_reopenings(session, [report_id]).get(report_id)
    if causes:
        told = ", and ".join(dict.fromkeys(CAUSE_TEXT[c.cause] for c in causes))
        return Origin.REOPENED, f"It is not what it was when people decided on it: {told}."
    if own is not None and own.lane == Origin.AUDIT:
        return Origin.AUDIT, (
            "It was drawn at random from what the machine excludes, to see how often it is wrong."
        )
    if stage is Stage.FULL_TEXT:
        return Origin.INCLUDED, (
            "It was included on title and abstract; now its full text decides."
        )
    if is_audited:
        return Origin.AUDIT, _NEXT
    if excluded:
        return Origin.EXCLUDED, (
            "The machine excludes it and no person has decided on it: you can overrule the machine."
        )
    found = find_rank(session, report_id)
    if found is None:
        return Origin.FOUND, "You opened it yourself; it is in no queue."
    rank, ranked = found
    if is_blind:
        return Origin.RANKED, _NEXT
    return Origin.RANKED, (
        f"It is number {rank.position:,} of {ranked:,} in the ranking of what awaits a person, by "
        f"how much it is like what was included (score {rank.score:.2f})."
    )


_NEXT = "It is one of the reports that come next in your queue."


def _first(ids: Sequence[int]) -> int | None:
    return ids[0] if ids else None


def _find_changed(session: Session, stage: Stage) -> list[int]:
    """The re-opened reports on which people decided at this stage last, the latest first."""
    opened = find_open_reopenings(session)
    latest: dict[int, Stage] = {}
    for said in find_decisions(session, sorted(opened)):
        stages = [said.stage, latest.get(said.report_id, said.stage)]
        latest[said.report_id] = max(stages, key=list(Stage).index)
    changed = [report_id for report_id in opened if latest.get(report_id) is stage]
    return sorted(changed, key=lambda report_id: opened[report_id][-1].opened_at)[::-1]


def _place_among(session: Session, reviewer: str) -> tuple[int, int]:
    """Which of the people who screen this person is, counted from 0, and how many they are."""
    names = [
        one.name
        for one in find_reviewers(session)
        if one.retired_at is None and one.role.covers(Role.REVIEWER)
    ]
    return (names.index(reviewer), len(names)) if reviewer in names else (0, 1)


def _share_out(ranked: Sequence[int], place: int, people: int) -> list[int]:
    """The order for one of several people, so that two who begin together read two reports."""
    first = list(ranked[:people])
    turn = place % len(first) if first else 0
    return [*first[turn:], *first[:turn], *ranked[people:]]
