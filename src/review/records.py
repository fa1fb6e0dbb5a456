"""Records and reports: what a search brings in, and the documents behind it (PRISMA 2020)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

# A field that another member may fill when the leading record of a report leaves it empty.
_FILLABLE = ("authors", "year", "journal", "volume", "issue", "pages", "doi", "pmid", "language")


@dataclass(frozen=True, kw_only=True)
class Record:
    """One entry in one database or file, as it was received and normalised.

    ``authors`` are "Family, Given"; ``doi`` is bare and lower case; ``language`` is an ISO 639-1
    code where the source states one, else empty; ``abstract`` is empty where the source has none.
    """

    source: str
    source_id: str
    title: str
    abstract: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None
    journal: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    doi: str = ""
    pmid: str = ""
    language: str = ""
    keywords: tuple[str, ...] = ()
    publication_types: tuple[str, ...] = ()
    url: str = ""

    def content_hash(self) -> str:
        """SHA-256 of everything but where the record was found: equal content, equal hash."""
        content = {k: v for k, v in asdict(self).items() if k not in ("source", "source_id")}
        encoded = json.dumps(content, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(encoded.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Report:
    """One document: the records that describe it, merged into one view.

    A report is named by the store's id of its earliest record, so that splitting or joining
    records never leaves a decision without the report it was made on.
    """

    report_id: int
    record_ids: tuple[int, ...]
    title: str
    abstract: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None
    journal: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    doi: str = ""
    pmid: str = ""
    language: str = ""

    @property
    def text(self) -> str:
        """The text that quotes and passages are anchored in: title, a line break, abstract."""
        return join_text(self.title, self.abstract)

    @property
    def text_hash(self) -> str:
        """SHA-256 of ``text``: an assessment or a suggestion belongs to one such text."""
        return hash_text(self.text)


def join_text(title: str, abstract: str) -> str:
    """The text of a report in which offsets count code points from 0."""
    return f"{title}\n{abstract}"


def hash_text(text: str) -> str:
    """SHA-256 of the text as UTF-8, in hexadecimal; lone surrogates are kept apart, not refused."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def merge_records(members: Sequence[tuple[int, Record]]) -> Report:
    """One view of the records of one report.

    ``members`` are (store id, record) pairs, at least one. Title and abstract come from the
    newest record with an abstract (a later version corrects an earlier one), the other fields
    from the same record, and what it leaves empty from the others, newest first.
    """
    newest_first = sorted(members, key=lambda member: member[0], reverse=True)
    with_abstract = [record for _, record in newest_first if record.abstract]
    lead = with_abstract[0] if with_abstract else newest_first[0][1]
    filled = {
        name: next(
            (v for r in [lead, *(r for _, r in newest_first)] if (v := getattr(r, name))),
            getattr(lead, name),
        )
        for name in _FILLABLE
    }
    title = lead.title or next((r.title for _, r in newest_first if r.title), "")
    return Report(
        report_id=newest_first[-1][0],
        record_ids=tuple(sorted(record_id for record_id, _ in members)),
        title=title,
        abstract=lead.abstract,
        **filled,
    )
