"""A table of an edition: one description, from which the page and the CSV are both made."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from reporting.text import csv_cell
from review.records import Report

Cell = str | int | float | None

BIBLIOGRAPHY = ("Report", "Authors", "Year", "Title", "Journal", "DOI", "PMID")


def bibliography(report: Report) -> tuple[Cell, ...]:
    """The cells under ``BIBLIOGRAPHY``, with which a row about a report begins."""
    return (
        report.report_id,
        "; ".join(report.authors),
        report.year,
        report.title,
        report.journal,
        report.doi,
        report.pmid,
    )


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with a caption; ``key`` names its CSV, ``numeric`` the columns set to the right."""

    key: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def file_name(self) -> str:
        """The CSV beside the page."""
        return f"{self.key}.csv"

    @property
    def numeric(self) -> frozenset[int]:
        """Columns, counted from 0, that hold numbers and nothing else."""
        return frozenset(
            number
            for number in range(len(self.columns))
            if self.rows
            and all(
                row[number] is None or isinstance(row[number], int | float) for row in self.rows
            )
        )

    def csv(self) -> str:
        """The table as CSV, lines ended by a line feed, with nothing a spreadsheet would run."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([csv_cell(cell) for cell in row] for row in self.rows)
        return out.getvalue()
