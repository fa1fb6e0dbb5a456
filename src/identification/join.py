"""join: find out which records describe one report, and put each into its report."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from identification.duplicates import PairVote, cluster_records, find_duplicates
from identification.reopen import ReopenedReport, reopen_reports
from review.decisions import Sameness
from review.records import Record
from review.store.decisions import keep_duplicate_votes
from review.store.records import find_members, find_records, keep_members
from review.store.session import Session

log = logging.getLogger(__name__)

_VOTER = "machine:duplicates-1"
_VOTE_NAMES = uuid.UUID("5f0c6d0e-3d0b-5c0c-9d8e-5a3f7d1f6b11")


@dataclass(frozen=True, kw_only=True)
class PlacedRecord:
    """The report of one record of a file, named by its first record's place, and why.

    ``confidence`` is that of the surest vote which joins it to another record of the report, None
    for a record that stands alone.
    """

    cluster: int
    confidence: float | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class GroupedRecords:
    """A file's records by report, and the pairs a person should look at."""

    placed: tuple[PlacedRecord, ...]
    questions: tuple[PairVote, ...]


@dataclass(frozen=True, kw_only=True)
class JoinedRecords:
    """How many new records describe a report already there, how many reports are new.

    ``asked`` counts the pairs a person should look at; ``reopened`` are the reports people should
    look at again.
    """

    duplicates: int = 0
    reports: int = 0
    asked: int = 0
    reopened: tuple[ReopenedReport, ...] = ()


def group_duplicates(records: Sequence[Record]) -> GroupedRecords:
    """Which of these records describe one report, without a store."""
    found = find_duplicates(records)
    clusters = cluster_records(len(records), found.votes)
    surest: dict[int, PairVote] = {}
    for vote in sorted(found.votes, key=lambda v: v.confidence):
        if vote.verdict is Sameness.SAME and clusters[vote.first] == clusters[vote.second]:
            surest[vote.first] = surest[vote.second] = vote
    return GroupedRecords(
        placed=tuple(
            PlacedRecord(
                cluster=cluster,
                confidence=surest[place].confidence if place in surest else None,
                reason=surest[place].reason if place in surest else "",
            )
            for place, cluster in enumerate(clusters)
        ),
        questions=tuple(_open_questions(found.votes, clusters)),
    )


def join_duplicates(session: Session, *, run_id: int, now: datetime) -> JoinedRecords:
    """Put every record that has no report yet into one, old or new, and commit.

    Only new records are compared, with each other and with the old ones. Reports with a decision
    that changed by it, or on which a new notice was told, are re-opened in the same commit.
    """
    fresh = find_records(session, in_report=False)
    if not fresh:
        reopened = reopen_reports(session, (), run_id=run_id, now=now)
        session.commit()
        return JoinedRecords(reopened=reopened)
    settled = find_records(session, in_report=True)
    keys = [key for key, _ in [*settled, *fresh]]
    found = find_duplicates([r for _, r in fresh], [r for _, r in settled])
    clusters = cluster_records(len(keys), found.votes)
    report_of, asked = _assign(keys, clusters, find_members(session))
    questions = _open_questions(found.votes, clusters)
    answers = [vote for vote in found.votes if vote.verdict is Sameness.SAME]
    # Votes for "different" only keep look-alikes apart while clustering: nobody would read them.
    votes = [
        _vote(keys[v.first], keys[v.second], v.verdict, v.confidence, v.reason)
        for v in [*answers, *questions]
    ]
    votes += [
        _vote(first, second, Sameness.ASK, 0.5, "one new record matches both reports")
        for first, second in asked
    ]
    keep_duplicate_votes(session, votes, _VOTER, now)
    changed = keep_members(session, report_of)
    reopened = reopen_reports(session, changed, run_id=run_id, now=now)
    session.commit()
    reports = sum(1 for key, report_id in report_of.items() if key == report_id)
    log.info("%d records describe %d new reports", len(report_of), reports)
    return JoinedRecords(
        duplicates=len(report_of) - reports,
        reports=reports,
        asked=len(questions) + len(asked),
        reopened=reopened,
    )


def _open_questions(votes: Iterable[PairVote], clusters: Sequence[int]) -> list[PairVote]:
    """What a person should be asked; a pair that other votes have joined is settled."""
    return [
        vote
        for vote in votes
        if vote.verdict is Sameness.ASK and clusters[vote.first] != clusters[vote.second]
    ]


def _assign(
    keys: Sequence[int], clusters: Sequence[int], members: dict[int, int]
) -> tuple[dict[int, int], list[tuple[int, int]]]:
    """For every record without a report its report, and the pairs of reports to ask about.

    Two reports that people may already have decided on are never joined by the machine.
    """
    grouped: dict[int, list[int]] = {}
    for key, cluster in zip(keys, clusters, strict=True):
        grouped.setdefault(cluster, []).append(key)
    report_of: dict[int, int] = {}
    asked: list[tuple[int, int]] = []
    for group in grouped.values():
        known = sorted({members[key] for key in group if key in members})
        report_id = known[0] if known else min(group)
        report_of.update({key: report_id for key in group if key not in members})
        asked += [(report_id, other) for other in known[1:]]
    return report_of, asked


def _vote(
    first: int, second: int, verdict: Sameness, confidence: float, reason: str
) -> tuple[str, int, int, Sameness, float, str]:
    pair = f"{_VOTER}:{min(first, second)}:{max(first, second)}:{verdict}"
    vote_id = str(uuid.uuid5(_VOTE_NAMES, pair))
    return vote_id, first, second, verdict, confidence, reason
