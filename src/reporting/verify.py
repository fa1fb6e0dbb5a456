"""verify: recompute every number that a run and its edition reported, and say which differ."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from reporting.compile import compile_edition
from reporting.publish import PAGE, flow_counts
from reporting.tables import tables_csv
from review.errors import ConservationError, InputError
from review.protocol import Codebook
from review.store.earlier import (
    RunCounts,
    copy_as_of,
    count_answers_since,
    count_of_run,
    find_edition_of,
    find_kept_hashes,
    find_protocol,
)
from review.store.editions import EditionRow
from review.store.raw import load_raw
from review.store.runs import RunRow, RunState, find_run, find_searches
from review.store.session import Session

# Told by the models' own cards and not by the store.
_NOT_RECOMPUTED = "models.csv"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A number, or a file, that is not what was reported; ``found`` is what the store gives."""

    place: str
    reported: str
    found: str


@dataclass(frozen=True, kw_only=True)
class Verification:
    """How much was recomputed, what of it differs, and what to know about it.

    ``edition`` is the number of the edition the run published, None where it published none.
    """

    run_id: int
    edition: int | None
    compared: int
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]


def verify_run(
    session: Session, copy: Session, codebook: Codebook, *, run_id: int, raw: Path
) -> Verification:
    """Count a run's rows, hash what it received, and make its edition anew from what was said then.

    ``copy`` is a session in an empty store, which is filled. Nothing else is written. Raises
    InputError where there is no such run.
    """
    run = find_run(session, run_id)
    if run is None:
        raise InputError(f"there is no run {run_id}; the workbench's first page names the latest")
    work = _Work()
    _compare_run(session, run, count_of_run(session, run_id), work)
    _compare_raw(session, run_id, raw, work)
    made = find_edition_of(session, run_id)
    notes = []
    if made is not None:
        answers = count_answers_since(session, made.published_at)
        if answers:
            notes.append(
                f"People answered {answers} times about duplicates since; reports that were joined "
                "or parted by that are counted as they stand today."
            )
        copy_as_of(session, copy, made)
        _compare_edition(session, copy, codebook, run, made, work)
    return Verification(
        run_id=run_id,
        edition=made.number if made else None,
        compared=work.compared,
        differences=tuple(work.differences),
        notes=tuple(notes),
    )


class _Work:
    """What is compared, one by one."""

    def __init__(self) -> None:
        self.compared = 0
        self.differences: list[Difference] = []

    def compare(self, place: str, reported: object, found: object) -> None:
        self.compared += 1
        if reported != found:
            said = Difference(place=place, reported=str(reported), found=str(found))
            self.differences.append(said)


def _compare_run(session: Session, run: RunRow, counts: RunCounts, work: _Work) -> None:
    for stage, found in vars(counts).items():
        for name, reported in run.summary.get(stage, {}).items() if stage != "hits" else ():
            if stage == "screening" or name in found:
                work.compare(f"run {run.run_id}, {stage}, {name}", reported, found.get(name, 0))
    for search in find_searches(session, run.run_id):
        if search.state is RunState.COMPLETED:
            place = f"search {search.search_id} of {search.source}, received"
            work.compare(place, search.received, counts.hits.get(search.search_id, 0))


def _compare_raw(session: Session, run_id: int, raw: Path, work: _Work) -> None:
    for sha256 in find_kept_hashes(session, run_id):
        try:
            load_raw(sha256, raw)
            found = "whole"
        except InputError as lost:
            found = str(lost)
        work.compare(f"what was received as {sha256[:12]}", "whole", found)


def _compare_edition(
    session: Session,
    copy: Session,
    codebook: Codebook,
    run: RunRow,
    made: EditionRow,
    work: _Work,
) -> None:
    protocol = find_protocol(session, run.protocol)
    assert protocol is not None, "a run names a protocol that is kept"
    folder = Path(made.folder)
    name = f"edition {made.number}"
    work.compare(f"{name}, {PAGE}, SHA-256", made.sha256, _sha256(folder / PAGE))
    try:
        edition = compile_edition(
            copy, protocol, codebook, models=(), run_id=run.run_id, now=made.published_at
        )
    except ConservationError as lost:
        work.compare(f"{name}, the flow", "adds up", str(lost))
        return
    for key, reported in made.counts.get("flow", {}).items():
        work.compare(f"{name}, flow, {key}", reported, flow_counts(edition.counts)[key])
    included = [listed.report.report_id for listed in edition.included]
    work.compare(f"{name}, included reports", made.counts.get("included_reports"), included)
    for file, text in tables_csv(edition).items():
        if file != _NOT_RECOMPUTED:
            _compare_table(f"{name}, {file}", _rows(_read(folder / file)), _rows(text), work)


def _compare_table(
    place: str, reported: Sequence[Sequence[str]], found: Sequence[Sequence[str]], work: _Work
) -> None:
    if len(reported) != len(found):
        work.compare(f"{place}, rows", max(len(reported) - 1, 0), len(found) - 1)
        return
    columns = found[0] if found else []
    for line, (old, new) in enumerate(zip(reported, found, strict=True), start=1):
        for column, was, now in zip_longest(columns, old, new):
            work.compare(f"{place}, line {line}, {column or 'more'}", was, now)


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as missing:
        return f"{path} cannot be read ({missing.strerror})"
