"""What the world has published as of one day: plain dicts, seen by each source its own way.

A record is a dict with the fields of a bibliographic record (``title abstract authors year journal
volume issue pages doi pmid language types keywords``; authors as "Family, Given") and

    in       {source: {"id": ..., "entered": day, ...}}   the sources it is in, and since when
    changes  [{"on": day, field: new value, ...}]         what becomes of it later
    pmcid    "PMC123" where it is in PubMed Central, full_text its JATS where that is open
    notices  [{"kind": "retraction", "pmid": ..., "doi": ..., "dated": day}]
    article  {"pmid": ..., "doi": ..., "reference": ...}   of a preprint: what it came out as
    preprint {"ppr": ..., "doi": ..., "reference": ...}    of an article: what it came from
    deleted  day

Days are ISO texts. A stand-in shows what had entered its source by ``today``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Seen = dict[str, Any]

_EMPTY: Seen = {
    "title": "",
    "abstract": "",
    "authors": [],
    "year": None,
    "journal": "",
    "volume": "",
    "issue": "",
    "pages": "",
    "doi": "",
    "pmid": "",
    "language": "en",
    "types": ["Journal Article"],
    "keywords": [],
    "notices": [],
    "pmcid": "",
    "full_text": "",
}
_TOKEN = re.compile(
    r'[()]|[A-Za-z_]+:\[[^\]]*\]|(?:[A-Za-z_]+:)?"[^"]*"(?:\[[^\]]*\])?|[^\s()\[\]]+(?:\[[^\]]*\])?'
)


@dataclass
class World:
    """All records there ever will be, and the day it is."""

    records: list[Seen]
    today: str = "9999-12-31"

    def seen_in(self, source: str) -> list[Seen]:
        """What a source holds today, by id; with ``id``, ``entered`` and ``changed``."""
        return sorted(self._seen(source), key=lambda seen: seen["id"])

    def _seen(self, source: str) -> Iterator[Seen]:
        for record in self.records:
            place = record.get("in", {}).get(source)
            if not place or place["entered"] > self.today:
                continue
            if record.get("deleted", "9999-99") <= self.today:
                continue
            seen = {**_EMPTY, **record, **place, "changed": place["entered"]}
            for change in record.get("changes", []):
                if change["on"] <= self.today:
                    seen |= {name: value for name, value in change.items() if name != "on"}
                    seen["changed"] = max(seen["changed"], change["on"])
            yield seen


def text_of(record: Seen) -> str:
    """What a word is sought in."""
    return " ".join([record["title"], record["abstract"], *record["keywords"]]).lower()


def has_words(record: Seen, words: str) -> bool:
    """Whether the words stand in the record in this order; ``*`` at the end goes on."""
    plain = words.strip().strip('"').lower()
    pattern = r"\b" + re.escape(plain.rstrip("*")).replace(r"\ ", r"\s+")
    return re.search(pattern + ("" if plain.endswith("*") else r"\b"), text_of(record)) is not None


def select(query: str, records: list[Seen], matches: Callable[[Seen, str], bool]) -> list[Seen]:
    """The records a query with AND, OR, NOT and brackets finds; AND binds more than OR.

    ``matches`` says whether a record meets one term as it stands in the query. Raises ValueError
    where the brackets do not close, as a source would.
    """
    tokens = _TOKEN.findall(query)
    test, rest = _either(tokens, matches)
    if rest:
        raise ValueError(f"unexpected {rest[0]!r}")
    return [record for record in records if test(record)]


Test = Callable[[Seen], bool]


def _either(tokens: list[str], matches: Callable[[Seen, str], bool]) -> tuple[Test, list[str]]:
    left, rest = _both(tokens, matches)
    while rest and rest[0] == "OR":
        right, rest = _both(rest[1:], matches)
        left = (lambda a, b: lambda record: a(record) or b(record))(left, right)
    return left, rest


def _both(tokens: list[str], matches: Callable[[Seen, str], bool]) -> tuple[Test, list[str]]:
    left, rest = _one(tokens, matches)
    while rest and rest[0] not in ("OR", ")"):
        if rest[0] == "NOT":
            right, rest = _one(rest[1:], matches)
            left = (lambda a, b: lambda record: a(record) and not b(record))(left, right)
            continue
        right, rest = _one(rest[1:] if rest[0] == "AND" else rest, matches)
        left = (lambda a, b: lambda record: a(record) and b(record))(left, right)
    return left, rest


def _one(tokens: list[str], matches: Callable[[Seen, str], bool]) -> tuple[Test, list[str]]:
    if not tokens:
        raise ValueError("the query ends too early")
    if tokens[0] == "(":
        test, rest = _either(tokens[1:], matches)
        if not rest or rest[0] != ")":
            raise ValueError("a bracket is not closed")
        return test, rest[1:]
    term = tokens[0]
    return (lambda record: matches(record, term)), tokens[1:]
