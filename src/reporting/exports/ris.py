"""Reports as RIS, with what people decided on each as its notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, TextIO

import rispy

from reporting.exports.said import Said
from reporting.text import printable
from review.decisions import Decision
from review.records import Report


class _WithoutNumbers(rispy.RisWriter):  # type: ignore[misc]
    """Writes no number above each entry: not every reference manager passes over it."""

    def set_header(self, count: int) -> str:
        return ""


def write_ris(out: TextIO, said: Said) -> None:
    """Write every report as an entry, oldest first, its decisions as notes in a sentence each."""
    reasons = {c.exclusion_reason: c.reason_text for c in said.protocol.criteria}
    notes: dict[int, list[str]] = defaultdict(list)
    for word, is_settled in said.verdicts:
        notes[word.report_id].append(_note(word, is_settled, reasons))
    entries = [_entry(report, notes[number]) for number, report in sorted(said.reports.items())]
    rispy.dump(entries, out, implementation=_WithoutNumbers)


def _entry(report: Report, notes: list[str]) -> dict[str, Any]:
    start, _, end = report.pages.partition("-")
    fields: dict[str, Any] = {
        "type_of_reference": "JOUR" if report.journal else "GEN",
        "id": str(report.report_id),
        "title": _line(report.title),
        "abstract": _line(report.abstract),
        "authors": [_line(author) for author in report.authors],
        "year": str(report.year or ""),
        "secondary_title": _line(report.journal),
        "volume": _line(report.volume),
        "number": _line(report.issue),
        "start_page": _line(start),
        "end_page": _line(end),
        "doi": _line(report.doi),
        "accession_number": f"PMID:{_line(report.pmid)}" if report.pmid else "",
        "language": _line(report.language),
        "notes": [_line(note) for note in notes],
    }
    return {name: value for name, value in fields.items() if value}


def _note(said: Decision, is_settled: bool, reasons: Mapping[str, str]) -> str:
    reason = reasons.get(said.exclusion_reason or "", said.exclusion_reason)
    how = "settled" if is_settled else "decided"
    stage = said.stage.value.replace("_", " ")
    why = f" ({reason})" if reason else ""
    return f"{stage}: {said.verdict.value}{why}, {how} by {said.reviewer} on {said.decided_at:%F}"


def _line(text: str) -> str:
    """One line: what stands after a line break would be read as another field."""
    return " ".join(printable(text).split())
