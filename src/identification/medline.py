"""Entries of PubMed/MEDLINE text, the format of ``.nbib`` files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from Bio import Medline

from identification.identifiers import find_pmid
from identification.normalise import Entry
from identification.sources.notices import find_medline_notices

_PMID_LINE = re.compile(r"PMID\s?-\s*(\S.*)")
_TAG_LINE = re.compile(r"([A-Z][A-Z0-9 ]{3})-(?: (.*)|$)")
# Records of other owners than NLM, such as ERIC, carry no PMID.
_OWNER_LINE = re.compile(r"OWN -")
_DOI = re.compile(r"(?:doi:\s*)?(10\.\d{4,9}/\S+)(?:\s*\[doi\])?", re.IGNORECASE)

Line = tuple[int, str]


def count_medline_markers(text: str) -> int:
    """How many records a MEDLINE text announces: PMID lines, or OWN lines where it has none."""
    marker = _marker(text)
    return sum(1 for line in text.split("\n") if marker.match(line))


def read_medline(text: str) -> list[Entry]:
    """The entries of a MEDLINE text with ``\\n`` line ends, in order.

    A second PMID begins a new entry even where the empty line between two is missing.
    """
    return [_entry(block) for block in _split_blocks(text, _marker(text))]


def _entry(block: Sequence[Line]) -> Entry:
    tags = _parse(block)
    fields = _fields(tags)
    pmid = find_pmid(fields["pmid"])
    return Entry(
        line=block[0][0],
        fields=fields,
        source="pubmed" if pmid else "",
        source_id=pmid,
        notices=find_medline_notices(tags),
    )


def _marker(text: str) -> re.Pattern[str]:
    has_pmid = re.search(r"^PMID\s?-[^\S\n]*\S", text, re.MULTILINE) is not None
    return _PMID_LINE if has_pmid else _OWNER_LINE


def _split_blocks(text: str, marker: re.Pattern[str]) -> Iterator[list[Line]]:
    """Records by empty lines and markers; lines without a marker belong to the record before.

    PMC puts its own number above the PMID, so lines before the first marker of a paragraph are
    that record's, too.
    """
    current: list[Line] = []
    is_marked = False
    for paragraph in _paragraphs(text):
        starts = [n for n, (_, line) in enumerate(paragraph) if marker.match(line)]
        if not starts:
            current += paragraph
            continue
        for start, end in zip([0, *starts[1:]], [*starts[1:], len(paragraph)], strict=True):
            if is_marked:
                yield current
                current = []
            current = current + paragraph[start:end]
            is_marked = True
    if is_marked:
        yield current


def _paragraphs(text: str) -> Iterator[list[Line]]:
    paragraph: list[Line] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line:
            paragraph.append((number, line))
        elif paragraph:
            yield paragraph
            paragraph = []
    if paragraph:
        yield paragraph


def _parse(block: Sequence[Line]) -> Mapping[str, Sequence[str]]:
    """All values of every tag, read by Bio.Medline from lines it cannot misread.

    It takes six characters for the tag, so "PMID-22664220" would lose a digit; and it keeps the
    second line of a wrapped list value as a value of its own.
    """
    lines: list[str] = []
    for _, line in block:
        if line.startswith(" "):
            if lines:
                lines[-1] = f"{lines[-1].rstrip()} {line.strip()}"
        elif line.startswith("PMID") and (match := _PMID_LINE.match(line)):
            lines.append(f"PMID- {match.group(1)}")
        elif match := _TAG_LINE.fullmatch(line.rstrip()):
            lines.append(f"{match.group(1)}- {match.group(2) or ''}")
    parsed: Mapping[str, str | list[str]] = next(Medline.parse(lines), {})  # type: ignore[no-untyped-call]
    return {
        tag: [value] if isinstance(value, str) else list(value) for tag, value in parsed.items()
    }


def _fields(tags: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    def values(*names: str) -> list[str]:
        return [value for name in names for value in tags.get(name, ())]

    return {
        "title": values("TI", "BTI", "CTI", "TT"),
        "abstract": values("AB"),
        "authors": [*(values("FAU") or values("AU")), *values("CN")],
        "year": values("DP", "DEP", "EDAT"),
        "journal": values("JT", "TA", "BTI"),
        "volume": values("VI"),
        "issue": values("IP"),
        "pages": values("PG"),
        "doi": [m.group(1) for value in values("LID", "AID") for m in _DOI.finditer(value)],
        "pmid": values("PMID"),
        "language": values("LA"),
        "keywords": values("OT", "MH"),
        "publication_types": values("PT"),
    }
