"""Entries of Web of Science's tagged text (``PT`` to ``ER``)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from identification.normalise import Entry

_MARKER = re.compile(r"^PT(?: .*)?[^\S\n]*$", re.MULTILINE)
_LINE = re.compile(r"([A-Z][A-Z0-9])(?: (.*))?")
_FRAME = {"FN", "VR", "EF"}
# A line that goes on is one more of a list; elsewhere it goes on with the text.
_LISTS = {"AU", "AF", "BA", "CR"}

Tags = dict[str, list[str]]


def count_wos_markers(text: str) -> int:
    """How many records a Web of Science text announces: its PT lines."""
    return len(_MARKER.findall(text))


def read_wos(text: str) -> list[Entry]:
    """The entries of a Web of Science text with ``\\n`` line ends, in order.

    A new PT begins a new entry whether or not the last one was ended.
    """
    return [Entry(line=line, fields=_fields(tags)) for line, tags in _split_blocks(text)]


def _split_blocks(text: str) -> Iterator[tuple[int, Tags]]:
    tags: Tags | None = None
    start, tag = 0, ""
    for number, line in enumerate(text.split("\n"), start=1):
        match = _LINE.fullmatch(line.rstrip())
        if match and match.group(1) == "PT":
            if tags is not None:
                yield start, tags
            tags, start = {}, number
        if match and match.group(1) in {"ER", *_FRAME}:
            if tags is not None:
                yield start, tags
            tags = None
        if tags is None:
            continue
        if match:
            tag = match.group(1)
            tags.setdefault(tag, []).append((match.group(2) or "").strip())
        elif line.startswith(" ") and tag in _LISTS:
            tags[tag].append(line.strip())
        elif line.strip():
            tags[tag][-1] = f"{tags[tag][-1]} {line.strip()}".strip()
    if tags is not None:
        yield start, tags


def _fields(tags: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    def values(*names: str) -> list[str]:
        return [value for name in names for value in tags.get(name, ()) if value]

    first, last = (next(iter(values(name)), "") for name in ("BP", "EP"))
    return {
        "title": values("TI"),
        "abstract": values("AB"),
        "authors": values("AF") or values("AU", "CA"),
        "year": values("PY", "EY", "PD"),
        "journal": values("SO", "JI", "J9"),
        "volume": values("VL"),
        "issue": values("IS"),
        "pages": [f"{first}-{last}" if first and last else first or last, *values("PS", "AR")],
        "doi": values("DI", "D2"),
        "pmid": values("PM"),
        "language": values("LA"),
        "keywords": values("DE", "ID"),
        "publication_types": values("DT"),
    }
