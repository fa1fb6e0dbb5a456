"""What was read from full texts: the text in which their passages are anchored, kept in raw/."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from review.decisions import Stage, Verdict, agree
from review.records import Report, hash_text
from review.store.editions import find_said
from review.store.full_texts import FullTextRow, FullTextState, find_full_texts, keep_full_text
from review.store.raw import keep_raw, load_raw
from review.store.records import find_reports
from review.store.schema import full_text, report_member, tagging
from review.store.session import Session
from review.store.views import current_text

# Names the rows that were read here, beside those that a source or a person sent.
_SOURCE = "reading"


@dataclass(frozen=True, kw_only=True)
class UntaggedFullText:
    """A report whose full text is on file, under ``sha256`` in raw/, and not tagged."""

    report: Report
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The text read from a full text, by the hash it is kept under in raw/."""

    report_id: int
    text_hash: str


def find_untagged_full_texts(session: Session, model: str, reader: str) -> list[UntaggedFullText]:
    """Reports whose full text on file this model has not tagged as ``reader`` reads it.

    The oldest first; without those that people excluded at either stage.
    """
    tagged = set(
        session.execute(
            sa.select(tagging.c.report_id, tagging.c.text_hash).where(tagging.c.model == model)
        ).tuples()
    )
    readings = _find_readings(session, reader)
    excluded = _find_excluded(session)
    waiting = {
        report_id: row.sha256
        for report_id, row in find_full_texts(session).items()
        if report_id not in excluded
        and (report_id, readings.get((report_id, row.sha256))) not in tagged
    }
    reports = find_reports(session, sorted(waiting))
    return [
        UntaggedFullText(report=reports[report_id], sha256=waiting[report_id])
        for report_id in sorted(waiting)
    ]


def keep_reading(
    session: Session,
    on_file: UntaggedFullText,
    reader: str,
    text: str,
    *,
    raw: Path,
    run_id: int,
    now: datetime,
) -> Reading:
    """Keep the text that ``reader`` read from a file; the same is kept once. The caller commits."""
    report_id = on_file.report.report_id
    text_hash = keep_raw(text.encode("utf-8", "surrogatepass"), raw)
    assert text_hash == hash_text(text)
    if _find_readings(session, reader).get((report_id, on_file.sha256)) != text_hash:
        row = FullTextRow(
            report_id=report_id,
            source=_SOURCE,
            source_id=on_file.sha256,
            state=FullTextState.READ,
            address=reader,
            media_type="text/plain",
            sha256=text_hash,
        )
        keep_full_text(session, row, run_id, now)
    return Reading(report_id=report_id, text_hash=text_hash)


def find_readings(session: Session, report_ids: Sequence[int] | None = None) -> dict[int, Reading]:
    """The text last read from the full text of each of today's reports that has one.

    Of all reports, or of these.
    """
    query = sa.select(current_text.c.report_id, current_text.c.text_hash).where(
        current_text.c.is_full_text
    )
    if report_ids is not None:
        query = query.where(current_text.c.report_id.in_(report_ids))
    return {
        report_id: Reading(report_id=report_id, text_hash=text_hash)
        for report_id, text_hash in session.execute(query)
    }


def load_reading(reading: Reading, raw: Path) -> str:
    """The text itself. Raises InputError where its file is missing or was altered."""
    return load_raw(reading.text_hash, raw).decode("utf-8", "surrogatepass")


def _find_readings(session: Session, reader: str) -> dict[tuple[int, str], str]:
    """The hash of the text read from a file, by today's report and the file's hash."""
    query = (
        sa.select(report_member.c.report_id, full_text.c.source_id, full_text.c.sha256)
        .join(report_member, report_member.c.record_id == full_text.c.report_id)
        .where(full_text.c.state == FullTextState.READ, full_text.c.address == reader)
        .order_by(full_text.c.id)
    )
    return {(report_id, file): text for report_id, file, text in session.execute(query)}


def _find_excluded(session: Session) -> set[int]:
    """Reports that people excluded, at whatever stage."""
    return {
        report_id
        for report_id, people in find_said(session).items()
        for stage in Stage
        if stage in people and agree(verdict for verdict, _ in people[stage]) is Verdict.EXCLUDE
    }
