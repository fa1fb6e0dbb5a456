"""Records and reports: what a search brings in, and the documents behind it (PRISMA 2020)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

# A field that another member may fill when the leading record of a report leaves it empty.
_FILLABLE = ("authors", "year", "journal", "volume", "issue", "pages", "doi", "pmid", "language")
# Where an abstract breaks off: MEDLINE's words for it (until 2000 at 250 words), or three dots.
CUT = re.compile(
    r"\s*(?:\(?abstract truncated(?: at \d+ words)?\)?\.?|\[?(?:\u2026|\.\s?\.\s?\.)\]?)\s*$",
    re.IGNORECASE,
)


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
        content = {k: v for k, v in vars(self).items() if k not in ("source", "source_id")}
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

    ``members`` are (store id, record) pairs, at least one. Title and abstract come from the first
    entry of a source that had an abstract, in that source's newest words: another source's copy
    does not replace them, for it is often the worse one, and what people read would change without
    cause. Where a source changed its words, the last change leads, since a later version corrects
    an earlier one; words known before that come again later are no change. An abstract that is cut
    short gives way to one that goes on. The other fields come from the same record, and what it
    leaves empty from the others, newest first.
    """
    newest_first = sorted(members, key=lambda member: member[0], reverse=True)
    lead = _leading([m for m in newest_first if m[1].abstract] or newest_first)
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


def _leading(newest_first: Sequence[tuple[int, Record]]) -> Record:
    # Per entry of a source its texts with the id they first came with; the last key is the newest.
    first_seen: dict[tuple[str, str], dict[str, int]] = {}
    newest: dict[tuple[str, str, str], Record] = {}
    for record_id, record in reversed(newest_first):
        text = join_text(record.title, record.abstract)
        first_seen.setdefault((record.source, record.source_id), {}).setdefault(text, record_id)
        newest[(record.source, record.source_id, text)] = record
    changed = {entry: texts for entry, texts in first_seen.items() if len(texts) > 1}
    if changed:
        entry = max(changed, key=lambda e: max(changed[e].values()))
    else:
        entry = min(first_seen, key=lambda e: min(first_seen[e].values()))
    text = list(first_seen[entry])[-1]
    return _go_on(newest[(*entry, text)], [record for _, record in newest_first])


def _go_on(lead: Record, others: Sequence[Record]) -> Record:
    """The record whose abstract has the lead's words and goes on where the lead's is cut short."""
    if not CUT.search(lead.abstract):
        return lead
    begins = _letters(CUT.sub("", lead.abstract))
    longer = [r for r in others if _letters(r.abstract).startswith(begins)]
    return max([lead, *longer], key=lambda r: len(_letters(CUT.sub("", r.abstract))))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
