"""join: find out which records describe one report, and put each into its report."""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from identification.compare import find_votes, keep_marks
from identification.duplicates import (
    PairVote,
    cluster_records,
    find_duplicates,
    strongest_votes,
)
from identification.grouping import Grouping
from identification.preprints import find_told_links
from identification.reopen import ReopenedReport, reopen_reports
from identification.votes import open_questions
from review.decisions import Sameness
from review.records import Record
from review.store.duplicates import MACHINE, find_moved, find_parted, keep_duplicate_votes
from review.store.records import find_members, find_unplaced, hold_members, keep_members
from review.store.session import Session

log = logging.getLogger(__name__)

_VOTER = f"{MACHINE}duplicates-2"
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
    """A file's records by report, and pairs: to be looked at by a person, and of one study."""

    placed: tuple[PlacedRecord, ...]
    questions: tuple[PairVote, ...]
    linked: tuple[PairVote, ...]


@dataclass(frozen=True, kw_only=True)
class Placement:
    """For every new record its report, and the votes worth keeping: answers and open questions.

    Links between two reports of one study are among the answers. ``placed_in`` names, for records
    that come to a report people have joined or parted, the one the machine knows it by.
    """

    report_of: dict[int, int]
    placed_in: dict[int, int]
    votes: tuple[PairVote, ...]


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
        questions=tuple(open_questions(found.votes, clusters)),
        linked=tuple(vote for vote in found.votes if vote.verdict is Sameness.LINKED),
    )


def join_duplicates(
    session: Session, *, run_id: int, now: datetime, batch: int = 1000
) -> JoinedRecords:
    """Put every record that has no report yet into one, old or new, and commit.

    Only new records are compared, with each other and with the old ones, ``batch`` at a time: time
    and memory grow with what is new, not with the store. What comes out does not depend on
    ``batch``. Stopped at any moment and begun again, it ends as if it had not been stopped.
    Reports with a decision that changed by it, or on which a new notice was told, are re-opened in
    the same commit.
    """
    keep_marks(session, batch)
    fresh = find_unplaced(session)
    told = find_told_links(session)
    if not fresh:
        _keep(session, told, now, batch)
        reopened = reopen_reports(session, (), run_id=run_id, now=now)
        session.commit()
        return JoinedRecords(reopened=reopened)
    new = set(fresh)
    votes = strongest_votes(
        [*find_votes(session, fresh, batch), *(v for v in told if {v.first, v.second} & new)]
    )
    placed = _place(session, fresh, votes)
    _keep(session, [*told, *placed.votes], now, batch)
    changed = keep_members(session, placed.report_of, placed.placed_in)
    reopened = reopen_reports(session, changed, run_id=run_id, now=now)
    session.commit()
    reports = sum(1 for key, report_id in placed.report_of.items() if key == report_id)
    log.info("%d records describe %d new reports", len(fresh), reports)
    return JoinedRecords(
        duplicates=len(fresh) - reports,
        reports=reports,
        asked=sum(1 for vote in placed.votes if vote.verdict is Sameness.ASK),
        reopened=reopened,
    )


def place_records(
    fresh: Iterable[int],
    votes: Sequence[PairVote],
    members: Mapping[int, int],
    *,
    moved: Mapping[int, int] | None = None,
    parted: Collection[tuple[int, int]] = (),
) -> Placement:
    """Which report each new record belongs to, by votes on records and the old ones' reports.

    Old records of one report stay together, so that a vote for different on any of them holds.
    Two old reports, on which people may have decided, are never joined by the machine: a new
    record that matches both goes to the one it is likest, to the older one where it is as like
    both, and a person is asked. ``moved`` are old records that people moved, with the report the
    machine had put each into; ``parted`` are pairs of reports, the earlier first, that people told
    apart: of those nothing is asked again, but of a new record that matches both.
    """
    moved = moved or {}
    piece_of = {r: (report_id, moved.get(r, report_id)) for r, report_id in members.items()}
    ids = sorted({record_id for vote in votes for record_id in (vote.first, vote.second)})
    cluster_of = _cluster(ids, [*_together(ids, members), *votes])
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for record_id, cluster in cluster_of.items():
        groups[cluster].append(record_id)
    same = defaultdict(list)
    for vote in votes:
        if vote.verdict is Sameness.SAME and cluster_of[vote.first] == cluster_of[vote.second]:
            same[cluster_of[vote.first]].append(vote)
    new_piece = {record_id: (record_id, record_id) for record_id in fresh}
    asked: list[PairVote] = []
    for cluster, group in groups.items():
        known = {piece_of[r] for r in group if r in piece_of}
        if len(known) > 1:
            new_piece |= _nearest(group, same[cluster], piece_of)
            asked += _between(same[cluster], {**piece_of, **new_piece}, parted)
        else:
            piece = min(known, default=(group[0], group[0]))
            new_piece |= {r: piece for r in group if r not in piece_of}
    report_of = {record_id: piece[0] for record_id, piece in new_piece.items()}
    # Votes for "different" only keep look-alikes apart while clustering: nobody would read them.
    telling = [vote for vote in votes if vote.verdict in (Sameness.SAME, Sameness.LINKED)]
    today = {**cluster_of, **members, **report_of}
    questions = [q for q in open_questions(votes, today) if _pair(q, today) not in parted]
    return Placement(
        report_of=report_of,
        placed_in={r: piece[1] for r, piece in new_piece.items() if piece[1] != piece[0]},
        votes=(*telling, *questions, *asked),
    )


def _place(session: Session, fresh: Sequence[int], votes: Sequence[PairVote]) -> Placement:
    # People answer while a long run compares: only from here on nobody else moves a record.
    hold_members(session)
    named = {record_id for vote in votes for record_id in (vote.first, vote.second)}
    members, moved = find_members(session, named), find_moved(session, named)
    return place_records(fresh, votes, members, moved=moved, parted=find_parted(session))


def _nearest(
    group: Sequence[int], same: Iterable[PairVote], piece_of: Mapping[int, tuple[int, int]]
) -> dict[int, tuple[int, int]]:
    """For each new record of a group the old piece it is joined to along the surest votes."""
    first_of: dict[tuple[int, int], int] = {}
    together = Grouping(group)
    for record_id in group:
        if record_id in piece_of:
            together.join(first_of.setdefault(piece_of[record_id], record_id), record_id)
    firsts = list(first_of.values())
    for n, one in enumerate(firsts):
        for other in firsts[:n]:
            together.part(one, other)
    for vote in sorted(same, key=lambda v: (-v.confidence, v.first, v.second)):
        together.join(vote.first, vote.second)
    found = {r: piece for piece, first in first_of.items() for r in together.with_(first)}
    return {r: piece for r, piece in found.items() if r not in piece_of}


def _between(
    same: Iterable[PairVote],
    piece_of: Mapping[int, tuple[int, int]],
    parted: Collection[tuple[int, int]],
) -> Iterator[PairVote]:
    """What to ask where votes for same lead from one old report to another."""
    report_of = {r: piece[0] for r, piece in piece_of.items()}
    seen: set[tuple[int, int]] = set()
    for vote in sorted(same, key=lambda v: (-v.confidence, v.first, v.second)):
        low, high = pair = _pair(vote, report_of)
        if low == high or pair in seen:
            continue
        seen.add(pair)
        if pair in parted:
            reason = "it matches a report that a person told apart from its own, too"
            yield _vote(vote.first, vote.second, Sameness.ASK, 0.5, reason)
        else:
            yield _vote(low, high, Sameness.ASK, 0.5, "one new record matches both reports")


def _pair(vote: PairVote, report_of: Mapping[int, int]) -> tuple[int, int]:
    low, high = sorted((report_of[vote.first], report_of[vote.second]))
    return low, high


def _keep(session: Session, votes: Sequence[PairVote], now: datetime, batch: int) -> None:
    for start in range(0, len(votes), batch):
        some = [_named(vote) for vote in votes[start : start + batch]]
        keep_duplicate_votes(session, some, _VOTER, now)


def _cluster(ids: Sequence[int], votes: Iterable[PairVote]) -> dict[int, int]:
    """The cluster of each of these records, ids being in ascending order."""
    place = {record_id: n for n, record_id in enumerate(ids)}
    by_place = [replace(v, first=place[v.first], second=place[v.second]) for v in votes]
    return dict(zip(ids, cluster_records(len(ids), by_place), strict=True))


def _together(ids: Iterable[int], members: Mapping[int, int]) -> Iterator[PairVote]:
    """What keeps old records of one report together."""
    first_of: dict[int, int] = {}
    for record_id in ids:
        if record_id in members:
            first = first_of.setdefault(members[record_id], record_id)
            if first != record_id:
                yield _vote(first, record_id, Sameness.SAME, 1.0, "in one report already")


def _vote(first: int, second: int, verdict: Sameness, confidence: float, reason: str) -> PairVote:
    return PairVote(
        first=first, second=second, verdict=verdict, confidence=confidence, reason=reason
    )


def _named(vote: PairVote) -> tuple[str, int, int, Sameness, float, str]:
    """A vote as it is kept: said again of the same pair, it is the same vote."""
    pair = f"{_VOTER}:{vote.first}:{vote.second}:{vote.verdict}"
    vote_id = str(uuid.uuid5(_VOTE_NAMES, pair))
    return vote_id, vote.first, vote.second, vote.verdict, vote.confidence, vote.reason
