"""Votes on pairs of records, the machine's and people's, and what follows for today's reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from review.decisions import Sameness
from review.store.decisions import keep_vote, keep_withdrawal
from review.store.schema import duplicate_vote, notice, record, record_key, report_member
from review.store.session import Session
from review.store.views import current_duplicate_vote

MACHINE = "machine:"

_PAIR = current_duplicate_vote
_ONE, _OTHER = report_member.alias("one"), report_member.alias("other")
_BY_MACHINE = _PAIR.c.voter.startswith(MACHINE)
# Where the machine put a record, whatever people said since.
_PLACED = sa.func.coalesce(report_member.c.placed_in, report_member.c.report_id)


@dataclass(frozen=True, kw_only=True)
class PairAnswer:
    """A person's word on two records: one report, two, or two of one study; never ASK."""

    vote_id: str
    record_a: int
    record_b: int
    verdict: Sameness
    reviewer: str
    answered_at: datetime


@dataclass(frozen=True, kw_only=True)
class OpenQuestion:
    """Two records of different reports that may be one, and why; ``confidence`` that they are."""

    record_a: int
    record_b: int
    report_a: int
    report_b: int
    confidence: float
    reason: str


@dataclass(frozen=True, kw_only=True)
class StudyLink:
    """Two reports of one study, the earlier first, and why; ``voter`` is a person or a machine."""

    report_a: int
    report_b: int
    reason: str
    voter: str

    @property
    def words(self) -> str:
        """Why, in words."""
        return self.reason if self.voter.startswith(MACHINE) else f"{self.voter} said so"


def keep_duplicate_votes(
    session: Session,
    votes: Sequence[tuple[str, int, int, Sameness, float, str]],
    voter: str,
    now: datetime,
) -> None:
    """Write votes on pairs of records down: (vote id, record, record, verdict, confidence, reason).

    A vote whose id is known is left as it is. The caller commits.
    """
    session.insert_missing(duplicate_vote, [_row(*vote, voter, now) for vote in votes])


def keep_answer(session: Session, said: PairAnswer) -> None:
    """Write a person's answer down; sent again it changes nothing.

    Raises StoreError where the id was used for another vote. The caller commits.
    """
    pair = (said.record_a, said.record_b)
    row = _row(said.vote_id, *pair, said.verdict, 1.0, "", said.reviewer, said.answered_at)
    keep_vote(session, duplicate_vote, row)


def withdraw_answer(
    session: Session, vote_id: str, *, withdrawal_id: str, reviewer: str, now: datetime
) -> bool:
    """Take an answer back by a new row; false where that reviewer gave none of that id.

    The caller commits.
    """
    return keep_withdrawal(
        session, duplicate_vote, vote_id, withdrawal_id, reviewer, {"voted_at": now}
    )


def find_answer(session: Session, vote_id: str) -> PairAnswer | None:
    """The person's answer of that id, whether or not it stands."""
    said = duplicate_vote
    query = sa.select(said).where(said.c.id == vote_id, said.c.verdict.in_(list(Sameness)))
    row = session.execute(query).mappings().first()
    return None if row is None or row["voter"].startswith(MACHINE) else _answer(row)


def find_answers(session: Session, record_ids: Iterable[int]) -> list[PairAnswer]:
    """People's answers that stand on any of these records, oldest first."""
    wanted = set(record_ids)
    either = sa.or_(
        session.one_of(_PAIR.c.record_a, wanted), session.one_of(_PAIR.c.record_b, wanted)
    )
    query = sa.select(_PAIR).where(~_BY_MACHINE, either).order_by(_PAIR.c.seq)
    return [_answer(row) for row in session.execute(query).mappings()]


def find_machine_joins(session: Session, record_ids: Iterable[int]) -> list[tuple[int, int]]:
    """Pairs of these records that the machine says are one report, the surest first."""
    wanted = set(record_ids)
    query = (
        sa.select(_PAIR.c.record_a, _PAIR.c.record_b)
        .where(
            _BY_MACHINE,
            _PAIR.c.verdict == Sameness.SAME,
            # Named one by one, and the second looked at below: else SQLite reads every vote.
            _PAIR.c.record_a.in_(sorted(wanted)),
        )
        .order_by(_PAIR.c.confidence.desc(), _PAIR.c.record_a, _PAIR.c.record_b)
    )
    return [pair for pair in session.execute(query).tuples() if pair[1] in wanted]


def find_companions(session: Session, record_ids: Iterable[int]) -> dict[int, int]:
    """All records whose reports an answer on these can change, with where the machine put each.

    They are of one report with these today, by the machine's first word or by people's.
    """
    known: dict[int, int] = {}
    more = set(record_ids)
    while more:
        said = [a for a in find_answers(session, more) if a.verdict is Sameness.SAME]
        near = more | {r for a in said for r in (a.record_a, a.record_b)}
        names = sa.select(report_member.c.report_id, _PLACED).where(
            session.one_of(report_member.c.record_id, near)
        )
        rows = session.execute(names).tuples().all()
        today, placed = {report_id for report_id, _ in rows}, {first for _, first in rows}
        query = sa.select(report_member.c.record_id, _PLACED).where(
            sa.or_(
                session.one_of(report_member.c.report_id, today | placed),
                session.one_of(report_member.c.placed_in, placed),
            )
        )
        found = dict(session.execute(query).tuples().all())
        more = found.keys() - known.keys()
        known |= found
    return known


def find_moved(session: Session, record_ids: Iterable[int]) -> dict[int, int]:
    """Of these records those that people moved, with the report the machine put each into."""
    query = sa.select(report_member.c.record_id, report_member.c.placed_in).where(
        session.one_of(report_member.c.record_id, record_ids),
        report_member.c.placed_in.is_not(None),
    )
    return dict(session.execute(query).tuples().all())


def find_parted(session: Session) -> set[tuple[int, int]]:
    """Pairs of today's reports, the earlier first, that a person told apart or linked."""
    return set(_answered(session))


def find_open_questions(session: Session) -> list[OpenQuestion]:
    """What a person should look at: each pair of reports once, the likeliest first.

    A person's answer settles what was asked of the two reports before it.
    """
    answered = _answered(session)
    query = _of_today(_PAIR.c.verdict == Sameness.ASK).order_by(
        _PAIR.c.confidence.desc(), _PAIR.c.record_a, _PAIR.c.record_b
    )
    open_: dict[tuple[int, int], OpenQuestion] = {}
    for row in session.execute(query).mappings():
        pair = _reports(row)
        if pair not in answered or answered[pair]["seq"] < row["seq"]:
            question = OpenQuestion(
                record_a=row["record_a"],
                record_b=row["record_b"],
                report_a=row["report_a"],
                report_b=row["report_b"],
                confidence=row["confidence"],
                reason=row["reason"],
            )
            open_.setdefault(pair, question)
    return list(open_.values())


def find_study_links(session: Session) -> list[StudyLink]:
    """Pairs of today's reports that are of one study, by people's last word or the machine's."""
    linked: dict[tuple[int, int], sa.RowMapping] = {}
    query = _of_today(_PAIR.c.verdict == Sameness.LINKED, _BY_MACHINE).order_by(
        _PAIR.c.confidence.desc(), _PAIR.c.seq
    )
    for row in session.execute(query).mappings():
        linked.setdefault(_reports(row), row)
    linked |= _answered(session)
    return [
        StudyLink(report_a=a, report_b=b, reason=row["reason"], voter=row["voter"])
        for (a, b), row in sorted(linked.items())
        if row["verdict"] == Sameness.LINKED
    ]


def find_studies(session: Session) -> dict[int, int]:
    """The study of each report that shares one with another, named by its earliest report."""
    return group_studies(find_study_links(session))


def group_studies(links: Iterable[StudyLink]) -> dict[int, int]:
    """For every report of these links its study: the earliest report that links lead to."""
    study_of: dict[int, set[int]] = {}
    for link in links:
        both = (study_of.setdefault(r, {r}) for r in (link.report_a, link.report_b))
        smaller, larger = sorted(both, key=len)
        if smaller is not larger:
            larger |= smaller
            study_of.update(dict.fromkeys(smaller, larger))
    return {report_id: min(study) for report_id, study in study_of.items()}


def find_joined(session: Session, limit: int) -> list[tuple[int, int]]:
    """Reports of several records and how many, the one a record came to last first."""
    query = (
        sa.select(report_member.c.report_id, sa.func.count())
        .group_by(report_member.c.report_id)
        .having(sa.func.count() > 1)
        .order_by(sa.func.max(report_member.c.record_id).desc())
        .limit(limit)
    )
    return list(session.execute(query).tuples())


def find_named_others(session: Session, kinds: Sequence[str]) -> list[tuple[int, str, str]]:
    """Notices of these kinds that name another document: (record, kind, name), each once."""
    query = (
        sa.select(notice.c.record_id, notice.c.kind, notice.c.notice_id)
        .where(notice.c.kind.in_(kinds), notice.c.notice_id != "")
        .distinct()
        .order_by(notice.c.record_id, notice.c.kind, notice.c.notice_id)
    )
    return list(session.execute(query).tuples())


def find_with_keys(session: Session, keys: Iterable[int]) -> list[tuple[int, int]]:
    """Every (key, record) of these keys, in ascending order."""
    query = sa.select(record_key.c.key, record_key.c.record_id).where(
        session.one_of(record_key.c.key, keys)
    )
    return sorted(session.execute(query).tuples())


def find_by_source_id(
    session: Session, source: str, source_ids: Iterable[str]
) -> list[tuple[str, int]]:
    """Every (id at that source, record) of these ids, in ascending order."""
    query = sa.select(record.c.source_id, record.c.id).where(
        record.c.source == source, record.c.source_id.in_(sorted(set(source_ids)))
    )
    return sorted(session.execute(query).tuples())


def _row(
    vote_id: str,
    first: int,
    second: int,
    verdict: Sameness,
    confidence: float,
    reason: str,
    voter: str,
    now: datetime,
) -> dict[str, object]:
    return {
        "id": vote_id,
        "record_a": min(first, second),
        "record_b": max(first, second),
        "verdict": verdict,
        "confidence": confidence,
        "reason": reason,
        "voter": voter,
        "voted_at": now,
    }


def _answer(row: sa.RowMapping) -> PairAnswer:
    return PairAnswer(
        vote_id=row["id"],
        record_a=row["record_a"],
        record_b=row["record_b"],
        verdict=Sameness(row["verdict"]),
        reviewer=row["voter"],
        answered_at=row["voted_at"],
    )


def _of_today(*which: sa.ColumnElement[bool]) -> sa.Select[tuple[object, ...]]:
    """The votes that stand on records of two different reports, with those reports."""
    return (
        sa.select(_PAIR, _ONE.c.report_id.label("report_a"), _OTHER.c.report_id.label("report_b"))
        .join(_ONE, _ONE.c.record_id == _PAIR.c.record_a)
        .join(_OTHER, _OTHER.c.record_id == _PAIR.c.record_b)
        .where(_ONE.c.report_id != _OTHER.c.report_id, *which)
    )


def _answered(session: Session) -> Mapping[tuple[int, int], sa.RowMapping]:
    """People's last word on each pair of today's reports, where it keeps them apart."""
    query = _of_today(~_BY_MACHINE, _PAIR.c.verdict != Sameness.SAME).order_by(_PAIR.c.seq)
    return {_reports(row): row for row in session.execute(query).mappings()}


def _reports(row: sa.RowMapping) -> tuple[int, int]:
    low, high = sorted((row["report_a"], row["report_b"]))
    return low, high
