"""Crossref: works ranked by words, by the day they were indexed, paged by cursor.

https://www.crossref.org/documentation/retrieve-metadata/rest-api/. Crossref finds every work that
has one of the words. A strategy of groups, "(peer support OR peer worker) AND (mental health OR
psychiatric)", is sent as its words, and a work is kept if it has a term of each group in title
or abstract; one without an abstract, as most are, if its title has a term of the first group.
A strategy without AND keeps whatever comes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from identification.sources.answers import (
    find_record,
    read_entries,
    read_json,
    refuse_status,
    require,
    texts,
)
from identification.sources.base import Answer, Change, FoundRecord, Page, Request, Walk, Window
from identification.sources.notices import find_crossref_notices, read_date_parts
from identification.sources.walks import CursorExpired, CursorPage, CursorWalk, SerialWalk

Groups = tuple[tuple[re.Pattern[str], ...], ...]

_SELECT = (
    "DOI,title,subtitle,abstract,author,issued,published,container-title,volume,issue,page,"
    "article-number,type,created,updated-by,update-to,relation"
)
_KNOWN_AT_ONCE = 20
# Its cursor lives five minutes and moves on with an answer that was lost.
_RESTARTS = 3
_HEADING = re.compile(r"^\s*<(?:jats:)?title>\s*(?:abstract|summary)\s*</(?:jats:)?title>", re.I)
_RARE_TAG = re.compile(
    r"</?jats:(?!(?:p|title|sec|italic|bold|sub|sup|sc|underline)\b)[^<>]*>", re.IGNORECASE
)


class Crossref:
    """Searches Crossref; ``mailto`` leads to its polite, faster pool. ``rows`` is 1 to 1000."""

    name = "crossref"
    title = "Crossref"
    # Of the public pool; answers tell the true limit.
    spacing = 0.2
    # The day of indexing is the only one that is sure to move, and it moves for both.
    tells_changes = False

    def __init__(
        self, *, address: str = "https://api.crossref.org", mailto: str = "", rows: int = 500
    ) -> None:
        self.address = address.rstrip("/")
        self._mailto = mailto
        self._rows = rows

    def walk(self, query: str, window: Window, change: Change) -> Walk:
        """All records of the query that were indexed, or indexed again, within the window."""
        since, until = window.since.isoformat(), window.until.isoformat()
        return self._begin(query, f"from-index-date:{since},until-index-date:{until}")

    def find_known(self, query: str, ids: tuple[str, ...]) -> Walk:
        """Those of the works with these DOIs that the query finds, without a window."""
        batches = [ids[n : n + _KNOWN_AT_ONCE] for n in range(0, len(ids), _KNOWN_AT_ONCE)]
        conditions = [",".join(f"doi:{doi}" for doi in batch) for batch in batches]
        return SerialWalk([self._begin(query, condition) for condition in conditions])

    def _begin(self, query: str, condition: str) -> Walk:
        words, groups = read_groups(query)
        return CursorWalk(
            lambda cursor: self._ask(words, condition, cursor),
            lambda answer, _: self._read(answer, groups),
            restarts=_RESTARTS,
        )

    def _ask(self, words: str, condition: str, cursor: str) -> Request:
        params = {
            "query.bibliographic": words,
            "filter": condition,
            "select": _SELECT,
            "rows": str(self._rows),
            "cursor": cursor,
        }
        if self._mailto:
            params["mailto"] = self._mailto
        return Request(address=f"{self.address}/works", params=params)

    def _read(self, answer: Answer, groups: Groups) -> CursorPage:
        if answer.status == 404 and b'"cursor-invalid"' in answer.body:
            raise CursorExpired("Crossref's cursor has expired")
        refuse_status(answer, self.title)
        message = require(read_json(answer, self.title), "message", dict, self.title)
        works = require(message, "items", list, self.title)
        # A next cursor is there even behind the last page.
        ended = len(works) < self._rows
        cursor = "" if ended else require(message, "next-cursor", str, self.title)
        found, refused = read_entries(works, _read_work, self.name)
        kept = [record for record in found if _meets(record, groups)]
        passed = {record.record.source_id for record in found}
        return CursorPage(
            total=require(message, "total-results", int, self.title),
            next_cursor=cursor,
            page=Page(records=tuple(kept), refused=refused),
            passed_over=tuple(passed - {record.record.source_id for record in kept}),
        )


def read_groups(query: str) -> tuple[str, Groups]:
    """The words of a strategy, each once, and the terms of its groups; no group without AND."""
    if not re.search(r"\sAND\s", query):
        return query, ()
    groups = [
        [term.strip(' ()"') for term in re.split(r"\sOR\s", group)]
        for group in re.split(r"\sAND\s", query)
    ]
    words = " ".join(term.rstrip("*") for group in groups for term in group).split()
    return " ".join(dict.fromkeys(words)), tuple(
        tuple(_pattern(term) for term in group if term) for group in groups
    )


def _pattern(term: str) -> re.Pattern[str]:
    words = r"[\s-]+".join(re.escape(word) for word in re.split(r"[\s-]+", term.rstrip("*")))
    return re.compile(rf"\b{words}" + ("" if term.endswith("*") else r"s?\b"), re.IGNORECASE)


def _meets(found: FoundRecord, groups: Groups) -> bool:
    record = found.record
    needed = groups if record.abstract else groups[:1]
    text = f"{record.title}\n{record.abstract}"
    return all(any(term.search(text) for term in group) for group in needed)


def _read_work(work: Mapping[str, Any]) -> FoundRecord | str:
    issued = work.get("issued") or work.get("published")
    fields = {
        "title": [_title(work)],
        "abstract": [_abstract(text) for text in texts(work.get("abstract"))],
        "authors": _authors(work),
        "year": _year(issued),
        "journal": texts(work.get("container-title")),
        "volume": texts(work.get("volume")),
        "issue": texts(work.get("issue")),
        "pages": texts(work.get("page"), work.get("article-number")),
        "doi": texts(work.get("DOI")),
        "language": texts(work.get("language")),
        "publication_types": texts(work.get("type")),
    }
    return find_record(
        fields,
        "crossref",
        str(work.get("DOI") or "").lower(),
        entered_on=read_date_parts(work.get("created")),
        notices=find_crossref_notices(work),
    )


def _title(work: Mapping[str, Any]) -> str:
    title = next(iter(texts(work.get("title"))), "")
    subtitle = next(iter(texts(work.get("subtitle"))), "")
    if not subtitle or subtitle.lower() in title.lower():
        return title
    return f"{title}: {subtitle}" if title else subtitle


def _abstract(text: str) -> str:
    return _RARE_TAG.sub(" ", _HEADING.sub("", text))


def _year(issued: object) -> list[str]:
    parts = issued.get("date-parts") if isinstance(issued, Mapping) else None
    first = parts[0] if isinstance(parts, list) and parts else None
    return texts(first[0]) if isinstance(first, list) and first else []


def _authors(work: Mapping[str, Any]) -> list[str]:
    names = []
    for author in work.get("author") or []:
        family, given = author.get("family"), author.get("given")
        if family:
            names.append(f"{family}, {given}" if given else f"{family},")
        elif body := author.get("name") or given:
            names.append(f"{body},")
    return names
