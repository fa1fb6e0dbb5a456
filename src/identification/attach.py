"""attach: put the full text that a person has on file, as it came."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from review.errors import InputError
from review.records import Report
from review.store.full_texts import FullTextRow, FullTextState, keep_full_text
from review.store.raw import keep_raw
from review.store.records import find_reports
from review.store.session import Session

# Names what a person gave, where the name of a source stands.
BY_HAND = "by hand"


def attach(
    session: Session,
    report_id: int,
    content: bytes,
    *,
    name: str,
    media_type: str,
    run_id: int,
    raw: Path,
    now: datetime,
) -> Report:
    """Keep a full text of a report in ``raw``; from then on it is the one that is read.

    ``name`` is what the file was called. Returns the report. Raises InputError where there is none
    of that number. The caller commits.
    """
    report = find_reports(session, [report_id]).get(report_id)
    if report is None:
        raise InputError(
            f"there is no report {report_id}; its number stands in decisions.csv and reports.csv "
            "of an edition, and in the workbench"
        )
    row = FullTextRow(
        report_id=report_id,
        source=BY_HAND,
        source_id=name,
        state=FullTextState.RETRIEVED,
        media_type=media_type,
        sha256=keep_raw(content, raw),
    )
    keep_full_text(session, row, run_id, now)
    return report
