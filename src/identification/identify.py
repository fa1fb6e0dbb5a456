"""identify: read exported files into the store and find out which records describe one report."""

from __future__ import annotations

import gzip
import hashlib
import logging
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from identification.duplicates import PairVote, cluster_records, find_duplicates
from identification.files import FileContents, read_file
from review.decisions import Sameness
from review.errors import InputError, UnreadableFileError
from review.records import Record
from review.store.decisions import keep_duplicate_votes
from review.store.records import find_members, find_records, keep_members, keep_records
from review.store.runs import (
    RunState,
    close_search,
    count_towards,
    open_search,
    was_completed,
)
from review.store.session import Session

log = logging.getLogger(__name__)

_BATCH = 500
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
class IdentificationSummary:
    """What a run received: entries read and refused, records new and known, and their reports.

    ``duplicates`` counts the new records that describe a report already there; ``asked`` the pairs
    a person should look at; ``refusals`` holds a sentence per entry that is no record, ``failed``
    one per file that could not be read.
    """

    read: int = 0
    refused: int = 0
    new: int = 0
    known: int = 0
    duplicates: int = 0
    reports: int = 0
    asked: int = 0
    refusals: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


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


def identify(
    session: Session,
    files: Sequence[Path],
    *,
    run_id: int,
    raw: Path,
    now: datetime,
    source: str = "",
    all_or_nothing: bool = False,
    skip_known_files: bool = False,
) -> IdentificationSummary:
    """Read exported files, keep every record with its hit, and join those of one report.

    Every file is put in ``raw`` before it is read. A file that cannot be read fails its own search
    and no other; with ``all_or_nothing`` it raises UnreadableFileError before anything is written.
    ``skip_known_files`` passes over a file whose bytes were read to the end before. Commits per
    batch: stopped at any moment and run again, it ends as if it had not been stopped.
    """
    if all_or_nothing:
        for file in files:
            read_file(file)
    summary = IdentificationSummary()
    for file in files:
        summary = _add(summary, _import(session, file, run_id, raw, now, source, skip_known_files))
    summary = _add(summary, _join(session, now))
    counts = {name: value for name, value in asdict(summary).items() if isinstance(value, int)}
    count_towards(session, run_id, "identification", counts)
    session.commit()
    return summary


def _import(
    session: Session,
    file: Path,
    run_id: int,
    raw: Path,
    now: datetime,
    source: str,
    skip_known_files: bool,
) -> IdentificationSummary:
    kept_as = _keep_raw(file, raw)
    if skip_known_files and was_completed(session, kept_as):
        return IdentificationSummary()
    try:
        contents = read_file(file, source=source)
    except UnreadableFileError as unreadable:
        search_id = open_search(
            session, run_id, source=source, address=file.name, sha256=kept_as, now=now
        )
        refused = [{"line": 0, "reason": str(unreadable)}]
        close_search(session, search_id, state=RunState.FAILED, refused=refused, now=now)
        session.commit()
        return IdentificationSummary(failed=(str(unreadable),))
    return _keep(session, contents, run_id, kept_as, now, source)


def _keep(
    session: Session,
    contents: FileContents,
    run_id: int,
    sha256: str,
    now: datetime,
    source: str,
) -> IdentificationSummary:
    name = contents.path.name
    search_id = open_search(
        session,
        run_id,
        source=source or contents.source,
        address=name,
        sha256=sha256,
        expected=len(contents.records) + len(contents.refused),
        now=now,
    )
    positioned = list(enumerate((entry.record for entry in contents.records), start=1))
    new = known = 0
    for start in range(0, len(positioned), _BATCH):
        kept = keep_records(session, search_id, positioned[start : start + _BATCH], now)
        session.commit()
        new, known = new + kept.new, known + kept.known
    refused = [{"line": r.line, "reason": r.reason} for r in contents.refused]
    close_search(session, search_id, state=RunState.COMPLETED, refused=refused, now=now)
    session.commit()
    log.info("%s: %d read, %d refused, %d new", name, len(positioned), len(refused), new)
    return IdentificationSummary(
        read=len(positioned),
        refused=len(refused),
        new=new,
        known=known,
        refusals=tuple(f"{name}, line {r.line}: {r.reason}" for r in contents.refused),
    )


def _join(session: Session, now: datetime) -> IdentificationSummary:
    """Put every record that has no report yet into one, old or new."""
    fresh = find_records(session, in_report=False)
    if not fresh:
        return IdentificationSummary()
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
    keep_members(session, report_of)
    session.commit()
    reports = sum(1 for key, report_id in report_of.items() if key == report_id)
    log.info("%d records describe %d new reports", len(report_of), reports)
    return IdentificationSummary(
        duplicates=len(report_of) - reports, reports=reports, asked=len(questions) + len(asked)
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


def _keep_raw(file: Path, raw: Path) -> str:
    """Put the file's bytes away under their SHA-256, compressed; return the hash."""
    try:
        content = file.read_bytes()
    except OSError as unreadable:
        raise InputError(f"{file}: cannot be read ({unreadable.strerror})") from None
    sha256 = hashlib.sha256(content).hexdigest()
    place = raw / sha256[:2] / f"{sha256}.gz"
    if place.exists():
        return sha256
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        half = place.with_suffix(".half")
        half.write_bytes(gzip.compress(content, mtime=0))
        half.replace(place)
    except OSError as full:
        raise InputError(
            f"{place}: cannot be written ({full.strerror}); free some space and run again"
        ) from None
    return sha256


def _add(one: IdentificationSummary, other: IdentificationSummary) -> IdentificationSummary:
    return IdentificationSummary(
        read=one.read + other.read,
        refused=one.refused + other.refused,
        new=one.new + other.new,
        known=one.known + other.known,
        duplicates=one.duplicates + other.duplicates,
        reports=one.reports + other.reports,
        asked=one.asked + other.asked,
        refusals=(*one.refusals, *other.refusals),
        failed=(*one.failed, *other.failed),
    )
