"""Entries of the Refer format, in which EndNote writes ``.enw`` files (``%0``, ``%T``)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from identification.foreign import find_foreign_votes
from identification.normalise import Entry

_LINE = re.compile(r"%(\S)(?:\s(.*)|\s*)")
# A line that goes on is one more of a list; elsewhere it goes on with the text.
_LISTS = {"A", "K"}
_OWN_DATABASE = re.compile(r"\b(?:nlm|medline|pubmed)\b", re.IGNORECASE)

Tags = dict[str, list[str]]


def count_refer_markers(text: str) -> int:
    """How many records a Refer text announces: types (%0) or titles (%T), whichever are more.

    EndNote begins each record with its type; other programs begin with the title and know the
    type of some.
    """
    return max(len(re.findall(rf"^%{tag}(?:\s|$)", text, re.MULTILINE)) for tag in "0T")


def read_refer(text: str) -> list[Entry]:
    """The entries of a Refer text with ``\\n`` line ends, in order.

    A second type or title begins a new entry, with or without an empty line before it.
    """
    return [
        Entry(line=line, fields=_fields(tags), foreign=find_foreign_votes(tags.get("Z", ())))
        for line, tags in _split_blocks(text)
    ]


def _split_blocks(text: str) -> Iterator[tuple[int, Tags]]:
    tags: Tags = {}
    start, tag, is_apart = 0, "", False
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            is_apart = True
        elif match := _LINE.fullmatch(line.rstrip()):
            tag = match.group(1)
            if _begins_record(tag, tags, is_apart):
                if tags:
                    yield start, tags
                tags, start = {}, number
            if tags or tag in "0T":
                tags.setdefault(tag, []).append((match.group(2) or "").strip())
            is_apart = False
        elif tags and tag in _LISTS:
            tags[tag].append(line.strip())
        elif tags:
            tags[tag][-1] = f"{tags[tag][-1]} {line.strip()}".strip()
    if tags:
        yield start, tags


def _begins_record(tag: str, tags: Tags, is_apart: bool) -> bool:
    if tag not in "0T":
        return False
    return tag in tags or not tags or (is_apart and set(tags) != {"0"})


def _fields(tags: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    def values(*names: str) -> list[str]:
        return [value for name in names for value in tags.get(name, ()) if value]

    links = [link for value in values("U") for link in value.split()]
    is_pubmed = any(_OWN_DATABASE.search(value) for value in values("W", "~"))
    return {
        "title": values("T", "!"),
        "abstract": values("X"),
        "authors": values("A"),
        "year": values("D", "8"),
        "journal": values("J", "B"),
        "volume": values("V"),
        "issue": values("N"),
        "pages": values("P"),
        "doi": [*values("R"), *(link for link in links if "doi.org/" in link)],
        "pmid": [
            *(values("M") if is_pubmed else []),
            *(link for link in links if "pubmed" in link),
        ],
        "language": values("G"),
        "keywords": values("K"),
        "publication_types": values("0", "9"),
        "url": links,
    }
