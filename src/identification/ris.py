"""Entries of RIS files in all their dialects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import rispy

from identification.foreign import find_foreign_votes
from identification.identifiers import DOI_ALONE
from identification.normalise import Entry

_MARKER = re.compile(r"^[^\S\n]*(?:\d+\.[^\S\n]*)?TY[^\S\n]*-", re.MULTILINE)
_LINE = re.compile(r"\s*(?:\d+\.\s*(?=TY))?([A-Z][A-Z0-9]|PMID)(\s*)-(.*)", re.DOTALL)
_TAG = re.compile(r"[A-Z][A-Z0-9]")
_KNOWN_TAGS = {*rispy.TAG_KEY_MAPPING, "LK", "PD", "PP", "U2", "U3", "U4", "VO", "PMID"}
# A line without a tag goes on with a text, is one more of a list, and is a note after the rest.
_TEXTS = {"AB", "N2", "TI", "T1", "CT", "BT", "T2", "JF", "JO", "AD", "C1"}
_LISTS = {"KW", "AU", "A1", "N1"}
# Only these show that lines outside any record are a record whose TY line is missing.
_TELLING = {"TI", "T1", "AB", "N2", "AU", "A1", "DO"}

_TYPES = {
    "JOUR": "Journal Article", "JFULL": "Journal", "MGZN": "Magazine Article",
    "NEWS": "Newspaper Article", "EJOUR": "Journal Article", "ABST": "Abstract",
    "CONF": "Conference Proceedings", "CPAPER": "Conference Paper", "BOOK": "Book",
    "CHAP": "Book Chapter", "THES": "Thesis", "RPRT": "Report", "UNPB": "Unpublished",
    "PAT": "Patent", "DATA": "Dataset", "ELEC": "Web Page", "GEN": "Generic",
}  # fmt: skip


def count_ris_markers(text: str) -> int:
    """How many records a RIS text announces: its TY lines."""
    return len(_MARKER.findall(text))


def read_ris(text: str) -> list[Entry]:
    """The entries of a RIS text with ``\\n`` line ends, in order.

    A new TY begins a new entry whether or not the last one was ended. Tagged lines outside any
    record are an entry with a problem where they show that a TY line is missing.
    """
    return [_entry(block) for block in _split_blocks(text)]


@dataclass
class _Block:
    """The lines of one record, each as [tag, value]."""

    line: int
    lines: list[list[str]] = field(default_factory=list)
    has_start: bool = True


def _split_blocks(text: str) -> Iterator[_Block]:
    block: _Block | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        tag, value = _split_line(line)
        if tag == "TY" or (tag == "ER" and block):
            if block and _is_whole(block):
                yield block
            block = _Block(line=number) if tag == "TY" else None
        elif tag and tag != "ER" and block is None:
            block = _Block(line=number, has_start=False)
        if block and tag:
            block.lines.append([tag, value])
        elif block and value:
            _continue(block.lines, value)
    if block and _is_whole(block):
        yield block


def _is_whole(block: _Block) -> bool:
    return block.has_start or any(tag in _TELLING for tag, _ in block.lines)


def _split_line(line: str) -> tuple[str, str]:
    # Nearly every line is written as it should be.
    if line[2:6] == "  - " and _TAG.fullmatch(line, 0, 2):
        return line[:2], line[6:].strip()
    match = _LINE.fullmatch(line)
    if match:
        tag, gap, value = match.groups()
        if gap == "  " or (tag in _KNOWN_TAGS and (gap or tag in ("TY", "ER"))):
            return tag, value.strip()
    return "", line.strip()


def _continue(lines: list[list[str]], value: str) -> None:
    last = lines[-1]
    if last[0] in _TEXTS:
        last[1] = f"{last[1]} {value}".strip()
    else:
        lines.append([last[0] if last[0] in _LISTS else "N1", value])


def _entry(block: _Block) -> Entry:
    if not block.has_start:
        return Entry(
            line=block.line,
            problem="tagged lines outside any record; begin the record with a 'TY  - ' line",
        )
    tags = _parse(block.lines)
    notes = tags.get("N1", ())
    return Entry(
        line=block.line,
        fields=_fields(tags),
        included=_included(notes),
        foreign=find_foreign_votes(notes),
    )


def _parse(lines: Sequence[Sequence[str]]) -> Mapping[str, list[str]]:
    """All values of every tag, read by rispy from lines it cannot misread."""
    names = {tag: tag for tag, _ in lines} | {"TY": "TY", "ER": "ER"}
    canonical = "\n".join(f"{tag[:2]}  - {value}" for tag, value in lines if tag != "PMID")
    parsed = rispy.loads(
        f"{canonical}\nER  - ",
        mapping=names,
        list_tags=[name for name in names if name != "TY"],
        delimiter_tags_mapping={},
    )
    tags: dict[str, list[str]] = {}
    for tag, value in parsed[0].items():
        values = value if isinstance(value, list) else [value]
        tags[tag] = [text for text in values if text]
    tags["PMID"] = [value for tag, value in lines if tag == "PMID"]
    return tags


def _fields(tags: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    def values(*names: str) -> list[str]:
        return [value for name in names for value in tags.get(name, ())]

    return {
        "title": values("TI", "T1", "CT", "BT", "TT", "ST"),
        "abstract": values("AB", "N2"),
        "authors": values("AU", "A1"),
        "year": values("PY", "Y1", "DA"),
        "journal": values("JF", "T2", "JO", "JA", "J2"),
        "volume": values("VL", "VO"),
        "issue": values("IS"),
        "pages": _pages(tags),
        "doi": _dois(tags),
        "pmid": _pmids(tags),
        "language": values("LA"),
        "keywords": values("KW"),
        "publication_types": [
            *(_TYPES.get(code, code) for code in values("TY")),
            *(kind for kind in values("M3") if not DOI_ALONE.fullmatch(kind)),
        ],
        "url": values("UR", "LK", "L2"),
    }


def _pages(tags: Mapping[str, Sequence[str]]) -> list[str]:
    first, last = (next(iter(tags.get(tag, ())), "") for tag in ("SP", "EP"))
    # EndNote and Scopus put the number of an article without pages into C7.
    return [f"{first}-{last}" if first and last else first or last, *tags.get("C7", ())]


def _dois(tags: Mapping[str, Sequence[str]]) -> list[str]:
    """DO, and where it is empty what EBSCO (L3), EndNote (M3) and ProQuest (N1) use for it."""
    hidden = [v for tag in ("L3", "M3", "N1", "C1") for v in tags.get(tag, ())]
    hidden = [value for value in hidden if DOI_ALONE.fullmatch(value)]
    links = [v for tag in ("UR", "L2", "LK") for v in tags.get(tag, ()) if "doi.org/" in v]
    return [*tags.get("DO", ()), *hidden, *links]


def _pmids(tags: Mapping[str, Sequence[str]]) -> list[str]:
    marked = [
        value
        for tag in ("C3", "N1", "AN")
        for value in tags.get(tag, ())
        if re.match(r"(?:pmid|pubmed)\b", value, re.IGNORECASE)
    ]
    databases = " ".join([*tags.get("DB", ()), *tags.get("DP", ())]).lower()
    # An accession number is a PubMed id only in MEDLINE itself.
    if "medline" in databases or "pubmed" in databases:
        marked += [value for value in tags.get("AN", ()) if re.fullmatch(r"\d{7,8}", value)]
    links = [value for value in tags.get("UR", ()) if "pubmed" in value]
    return [*tags["PMID"], *marked, *links]


def _included(notes: Sequence[str]) -> bool | None:
    """What ASReview writes into the notes of the RIS files it exports."""
    text = " ".join(notes)
    if "ASReview_relevant" in text:
        return True
    return False if "ASReview_irrelevant" in text else None
