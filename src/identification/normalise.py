"""From the fields of an exported entry to a record: clean text, bare identifiers, one spelling."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from identification.abstracts import clean_abstract
from identification.cleaning import clean_text
from identification.foreign import ForeignVote
from identification.identifiers import find_doi, find_pmid
from identification.languages import language_code
from identification.names import split_names
from identification.sources.notices import Notice
from review.records import Record

# What programs write into a cell that is empty.
_NOTHING = {"nan", "none", "null", "n/a", "<na>", "unknown"}
_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")
_COMPACT_DATE = re.compile(r"((?:1[5-9]|20)\d\d)(?:0\d|1[0-2])[0-3]\d")
_SEPARATOR = re.compile(r"[;|]")
_DASHES = re.compile(r"\s*(?:[\u2010-\u2015\u2212]|-+)\s*")
_NO_PAGES = re.compile(r"\(?no pagination\)?|n\.? ?pag\.?|np", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry of a file before it is a record.

    ``fields`` holds, under the names of ``Record``, every text the file offers for that field,
    best first; ``line`` counts from 1; ``problem`` is a sentence where the entry cannot be read.
    ``source`` and ``source_id`` are set where the entry bears the id of a database of its own;
    ``foreign`` are votes that another program wrote into it, ``notices`` those on its report.
    """

    line: int
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    source: str = ""
    source_id: str = ""
    record_id: str = ""
    included: bool | None = None
    foreign: tuple[ForeignVote, ...] = ()
    notices: tuple[Notice, ...] = ()
    problem: str = ""


def normalise_entry(entry: Entry, source: str) -> Record:
    """The record an entry describes: of its own database where it bears its id, else ``source``."""
    if entry.source and entry.source_id:
        return normalise_record(entry.fields, entry.source, entry.source_id)
    return normalise_record(entry.fields, source)


def normalise_record(
    fields: Mapping[str, Sequence[str]], source: str, source_id: str = ""
) -> Record:
    """The record that an entry's fields describe, found in ``source``.

    Give ``source_id`` where the source has a trustworthy one. Ids inside exported libraries
    repeat, so without one it is made from the content.
    """
    record = Record(
        source=source,
        source_id=source_id,
        title=_first_text(fields, "title"),
        abstract=_abstract(fields.get("abstract", ())),
        authors=split_names(fields.get("authors", ())),
        year=_year(fields.get("year", ())),
        journal=_first_text(fields, "journal"),
        volume=_first_text(fields, "volume"),
        issue=_first_text(fields, "issue"),
        pages=_pages(fields.get("pages", ())),
        doi=find_doi(fields.get("doi", ())),
        pmid=find_pmid(fields.get("pmid", ())),
        language=_language(fields.get("language", ())),
        keywords=_list(fields.get("keywords", ())),
        publication_types=_list(fields.get("publication_types", ())),
        url=_first_text(fields, "url").partition(" ")[0],
    )
    return record if source_id else replace(record, source_id=_made_id(record))


def says_something(record: Record) -> bool:
    """Whether a record can be told from any other.

    It has a title, abstract, DOI or PMID, or says where the document stands: journal and pages.
    """
    named = record.title or record.abstract or record.doi or record.pmid
    return bool(named or (record.journal and record.pages and record.authors))


def slug(name: str) -> str:
    """A name in lower case, with everything but letters and digits as single hyphens."""
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-") or "file"


def split_list(value: str) -> list[str]:
    """The parts of a list written into one text: a Python list, or parted by ``;`` or ``|``."""
    value = value.strip()
    if value.startswith("[") and value.endswith("]"):
        try:
            parts = ast.literal_eval(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            parts = None
        if isinstance(parts, list) and all(isinstance(part, str) for part in parts):
            return [part.strip() for part in parts if part.strip()]
    return [part for piece in _SEPARATOR.split(value) if (part := piece.strip())]


def _made_id(record: Record) -> str:
    return f"sha256:{record.content_hash()[:16]}"


def _first_text(fields: Mapping[str, Sequence[str]], name: str) -> str:
    for value in fields.get(name, ()):
        cleaned = clean_text(value)
        # A title may well be "Unknown"; a volume of that name is an empty cell.
        if cleaned and (name == "title" or cleaned.lower() not in _NOTHING):
            return cleaned
    return ""


def _abstract(values: Sequence[str]) -> str:
    for value in values:
        cleaned = clean_abstract(value)
        if cleaned and cleaned.lower() not in _NOTHING:
            return cleaned
    return ""


def _year(values: Sequence[str]) -> int | None:
    for value in values:
        if match := _COMPACT_DATE.fullmatch(value.strip()) or _YEAR.search(value):
            return int(match.group(1))
    return None


def _pages(values: Sequence[str]) -> str:
    for value in values:
        pages = _DASHES.sub("-", clean_text(value)).strip("-")
        first, _, last = pages.partition("-")
        if first == last:
            pages = first
        if pages and pages.lower() not in _NOTHING and not _NO_PAGES.fullmatch(pages):
            return pages
    return ""


def _language(values: Sequence[str]) -> str:
    for value in values:
        for part in re.split(r"[;,/|]", value):
            if code := language_code(part):
                return code
    return ""


def _list(values: Sequence[str]) -> tuple[str, ...]:
    parts = (
        clean_text(part).replace("*", "").strip() for value in values for part in split_list(value)
    )
    return tuple(dict.fromkeys(p for p in parts if p and p.lower() not in _NOTHING))
