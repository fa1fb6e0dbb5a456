"""Entries of Ovid's tagged text (``<1>``, then names of fields with their values below)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from identification.normalise import Entry

_MARKER = re.compile(r"^<\d+>[^\S\n]*$", re.MULTILINE)
_KIND = re.compile(r"\.?\s*\[(?:[\w\s,:&/-]{3,40})\]\s*$")
# Marks of affiliations and academic degrees stand behind names: "Verbeek, Jan MD *".
_MARKS = re.compile(r"(?:\s+[*+#\d.,]+|\s*\[Eds?\.?\])+\s*$")
# "MD" behind "Jane" is a degree, behind a comma it is two given names.
_DEGREES = re.compile(
    r"(?:,?\s+(?:PhD|MSc|BSc|PsyD|EdD|DrPH|DPhil)\b\.?"
    r"|(?<=[a-z.]),?\s+(?:MD|MPH|RN|MBBS)\b\.?)+\s*$"
)
# "Ecohydrology.   8(6):1048-1064, September 2015."
_ISSUE = re.compile(r"\s(?P<volume>[\w.]*\d)?(?:\((?P<issue>[^)]+)\))?:\s?(?P<pages>\w+(?:-\w+)?)")
# "Title of a journal. Vol 28(2) April 2015, 103-106."
_VOLUME = re.compile(
    r"\bVol\.?\s?(?P<volume>\w+)(?:\((?P<issue>[^)]+)\))?,?[^,]*,\s*(?P<pages>\w+-\w+)"
)

Values = dict[str, list[str]]


def count_ovid_markers(text: str) -> int:
    """How many records an Ovid text announces: its lines of a number in angle brackets."""
    return len(_MARKER.findall(text))


def read_ovid(text: str) -> list[Entry]:
    """The entries of an Ovid text with ``\\n`` line ends, in order."""
    return [Entry(line=line, fields=_fields(values)) for line, values in _split_blocks(text)]


def _split_blocks(text: str) -> Iterator[tuple[int, Values]]:
    values: Values | None = None
    start, name = 0, ""
    for number, line in enumerate(text.split("\n"), start=1):
        if _MARKER.fullmatch(line):
            if values is not None:
                yield start, values
            values, start, name = {}, number, ""
        elif values is None or not line.strip():
            continue
        elif not line.startswith(" "):
            name = line.strip().lower()
            values.setdefault(name, [])
        elif name:
            values[name].append(line.strip())
    if values is not None:
        yield start, values


def _fields(record: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    def values(*names: str) -> list[str]:
        """The fields of these names, each as one text."""
        return [" ".join(record[name]) for name in names if record.get(name)]

    source = next(iter(values("source")), "")
    place = _ISSUE.search(source) or _VOLUME.search(source)
    parts = place.groupdict("") if place else {}
    return {
        "title": [_KIND.sub("", title) for title in values("title", "chapter title")],
        "abstract": values("abstract"),
        "authors": [
            name
            for value in values("author", "authors", "authors full name")[:1]
            for name in map(_name, value.split(";"))
            if name
        ],
        "year": [
            *values("year of publication", "publication year", "date of publication"),
            # Pages may look like years.
            source.replace(parts.get("pages") or "-", " "),
            *values("status"),
        ],
        "journal": [*values("journal name", "journal"), source.split(".")[0]],
        "volume": [parts.get("volume", "")],
        "issue": [parts.get("issue", "")],
        "pages": [parts.get("pages", "")],
        "doi": values("doi number", "digital object identifier", "doi"),
        "pmid": values("pmid", "pubmed id"),
        "language": [value.rstrip(".") for value in values("language")],
        "keywords": [value.rstrip(".") for value in values("author keywords", "keyword heading")],
        "publication_types": [
            value for value in values("publication type", "document type") if value != "-"
        ],
        "url": values("link to the ovid full text or citation"),
    }


def _name(name: str) -> str:
    return _DEGREES.sub("", _MARKS.sub("", name.strip())).strip()
