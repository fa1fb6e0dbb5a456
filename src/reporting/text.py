"""Text made safe to print: what stands in a record may not act in a page, a drawing or a table."""

from __future__ import annotations

import re
from urllib.parse import quote

from review.records import Report

# Characters that XML 1.0 forbids, lone surrogates (no UTF-8 file can hold them), and C1 controls.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Characters that turn around the order in which the words after them are shown (Unicode's "Trojan
# Source" report, UTS #55); texts written from right to left do without.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_NEWLINES = re.compile(r"\r\n?|\u2028|\u2029")
# What a spreadsheet reads as a formula, also in its full-width forms and behind blanks
# (OWASP, "CSV Injection").
# An apostrophe before one is led by another, so that whoever reads the cell can take one away.
_FORMULA = re.compile(r"^'*\s*[=+\-@＝＋－＠]")
_DOI = re.compile(r"^10\.\d{4,9}/\S+$")
_PMID = re.compile(r"^\d{1,8}$", re.ASCII)
_FIRST_WORDS = 5
_MANY_AUTHORS = 3


def printable(text: str) -> str:
    """The text with line breaks as ``\\n`` and each unprintable character as U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", _NEWLINES.sub("\n", text))


def unturned(text: str) -> str:
    """The text, as long as it was, with U+FFFD for what turns around the words after it."""
    return _TURNING.sub("\ufffd", text)


def csv_cell(value: str | int | float | None) -> str | int | float:
    """A value for a CSV cell: text that a spreadsheet would run is led by an apostrophe."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if _FORMULA.match(text) else text


def cell_text(cell: str) -> str:
    """The text of a CSV cell, without the apostrophe that ``csv_cell`` led it by."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def doi_address(doi: str) -> str:
    """Where the DOI leads, empty where the text is no DOI."""
    return f"https://doi.org/{quote(doi, safe='/:;().-_')}" if _DOI.match(doi) else ""


def notice_address(notice_id: str) -> str:
    """Where a notice can be read, by its DOI or PMID; empty where it is neither."""
    if _PMID.match(notice_id):
        return f"https://pubmed.ncbi.nlm.nih.gov/{notice_id}/"
    return doi_address(notice_id)


def cite_authors(report: Report) -> str:
    """Family names of up to three authors, "et al." for more, empty where none is known."""
    families = [author.split(",")[0].strip() for author in report.authors]
    if len(families) > _MANY_AUTHORS:
        return f"{families[0]} et al."
    return ", ".join(families)


def short_citation(report: Report) -> str:
    """Author and year, as a row of a table is headed: "Ibrahim et al. 2020".

    Where no author is known the title's first words stand for them, without a title "Report 7".
    """
    who = cite_authors(report).split(",")
    name = who[0] if len(who) == 1 else f"{who[0]} et al."
    words = report.title.split()
    if not name and words:
        name = " ".join(words[:_FIRST_WORDS]) + ("…" if len(words) > _FIRST_WORDS else "")
    return f"{name} {report.year or 'no year'}" if name else f"Report {report.report_id}"


def citation_source(report: Report) -> str:
    """Where the report appeared: "J Ment Health 2020;29(1):12-20", as far as it is known."""
    volume = report.volume + (f"({report.issue})" if report.issue else "")
    place = f"{volume}:{report.pages}" if volume and report.pages else volume or report.pages
    dated = f"{report.journal} {report.year or ''}".strip()
    return f"{dated};{place}" if dated and place else dated or place
