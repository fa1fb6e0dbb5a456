"""Entries of BibTeX and BibLaTeX files."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence

from bibtexparser import model
from bibtexparser.entrypoint import parse_string
from bibtexparser.exceptions import ParserStateException

from identification.foreign import find_foreign_votes
from identification.latex import latex_to_text, unescape_latex
from identification.normalise import Entry
from review.errors import UnreadableFileError

# What the parser warns of becomes the problem of an entry.
logging.getLogger("bibtexparser").addHandler(logging.NullHandler())
logging.getLogger("pylatexenc").addHandler(logging.NullHandler())

_NO_ENTRY = r"(?!(?:string|comment|preamble)\b)"
# An entry begins a line, or stands behind another with a key of its own; "@" in a text does not.
_MARKER = re.compile(
    rf"^[^\S\n]*@{_NO_ENTRY}\w*[ \t]*(?=[{{(])"
    rf"|(?<=\}})[^\S\n]*@{_NO_ENTRY}\w+[ \t]*(?=\{{\s*[^\s,{{}}=\"]+\s*,)",
    re.MULTILINE | re.IGNORECASE,
)
_DAMAGED = "the BibTeX entry is cut off or its braces do not match; mend it, or export it again"
_TYPES = {
    "article": "Journal Article", "inproceedings": "Conference Paper",
    "conference": "Conference Paper", "proceedings": "Conference Proceedings", "book": "Book",
    "incollection": "Book Chapter", "inbook": "Book Chapter", "phdthesis": "Thesis",
    "mastersthesis": "Thesis", "thesis": "Thesis", "techreport": "Report", "report": "Report",
    "unpublished": "Unpublished", "online": "Web Page", "dataset": "Dataset",
}  # fmt: skip
_SUFFIX = re.compile(r"(?:jr|sr|i{1,3}|iv|2nd|3rd)\.?", re.IGNORECASE)
# One part of a value: in braces, in quotation marks, or a number or name of a macro.
_OUTSIDE = re.compile(r"[^\s#{}\"]+")


def find_bibtex_markers(text: str) -> list[int]:
    """The line, from 1, of every entry a text announces: ``@article{`` and its like."""
    lines, line, before = [], 1, 0
    for match in _MARKER.finditer(text):
        line += text.count("\n", before, match.end())
        before = match.end()
        lines.append(line)
    return lines


def read_bibtex(text: str, name: str) -> list[Entry]:
    """The entries of a BibTeX text with ``\\n`` line ends, in order.

    Macros are put in, accents and formulas become their characters. Entries that share a key are
    all kept; one whose braces do not match is an entry with a problem. Raises UnreadableFileError
    where the text cannot be parted into entries.
    """
    try:
        blocks = parse_string(text, parse_stack=[]).blocks
    except ParserStateException:
        raise UnreadableFileError(
            f"{name}: the BibTeX cannot be parted into entries; export the records again"
        ) from None
    whole = [_unwrap(block) for block in blocks]
    macros = {
        block.key.lower(): str(block.value) for block in whole if isinstance(block, model.String)
    }
    entries = []
    for block in whole:
        line = (block.start_line or 0) + 1
        if isinstance(block, model.Entry):
            values = _values(block, macros)
            votes = find_foreign_votes([unescape_latex(note) for note in values.get("note", ())])
            entries.append(Entry(line=line, fields=_fields(block, values), foreign=votes))
        elif isinstance(block, model.ParsingFailedBlock) and _MARKER.match(block.raw or ""):
            entries.append(Entry(line=line, problem=_DAMAGED))
    return entries


def _unwrap(block: model.Block) -> model.Block:
    """The entry itself where the parser only minds that its key or a field's name repeats."""
    while isinstance(block, model.DuplicateBlockKeyBlock | model.DuplicateFieldKeyBlock):
        inner = block.ignore_error_block
        if inner is None:
            return block
        block = inner
    return block


def _values(entry: model.Entry, macros: Mapping[str, str]) -> dict[str, list[str]]:
    """Every value of every field, under the field's name in lower case."""
    values: dict[str, list[str]] = {}
    for field in entry.fields:
        values.setdefault(field.key.lower(), []).append(_resolve(str(field.value), macros))
    return values


def _fields(entry: model.Entry, raw: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    def texts(*names: str) -> list[str]:
        return [latex_to_text(value) for name in names for value in raw.get(name, ())]

    def plain(*names: str) -> list[str]:
        return [unescape_latex(value) for name in names for value in raw.get(name, ())]

    kind = _TYPES.get(entry.entry_type.lower(), "")
    is_pubmed = any("pubmed" in value.lower() for value in plain("eprinttype", "archiveprefix"))
    return {
        "title": _titles(texts("title"), texts("subtitle")),
        "abstract": texts("abstract"),
        "authors": [name for value in raw.get("author", ()) for name in _names(value)],
        "year": plain("year", "date", "issued"),
        "journal": texts("journal", "journaltitle", "booktitle", "fulljournal"),
        "volume": texts("volume"),
        "issue": texts("number", "issue"),
        "pages": texts("pages", "art_number", "article-number", "eid"),
        "doi": plain("doi", "url", "ee", "link"),
        "pmid": plain("pmid", "pubmed_id", "pubmedid", *(["eprint"] if is_pubmed else [])),
        "language": texts("language", "langid"),
        "keywords": [
            part
            for value in texts("keywords", "keyword", "author_keywords", "keywords-plus")
            for part in _parts(value)
        ],
        "publication_types": [*([kind] if kind else []), *texts("type", "document_type")],
        "url": plain("url", "link"),
    }


def _titles(titles: Sequence[str], subtitles: Sequence[str]) -> list[str]:
    """BibLaTeX parts a title in two."""
    if titles and subtitles and subtitles[0] not in titles[0]:
        return [f"{titles[0]}: {subtitles[0]}", *titles]
    return list(titles)


def _parts(keywords: str) -> list[str]:
    return keywords.split(";" if ";" in keywords else ",")


def _resolve(value: str, macros: Mapping[str, str], depth: int = 0) -> str:
    """A value without what encloses it, its macros put in, its pieces (``a # "b"``) joined."""
    pieces = []
    for piece, is_name in _pieces(value):
        macro = macros.get(piece.lower()) if is_name else None
        # Macros may be made of macros; ten within one another are a circle.
        pieces.append(piece if macro is None or depth > 10 else _resolve(macro, macros, depth + 1))
    return "".join(pieces)


def _pieces(value: str) -> Iterator[tuple[str, bool]]:
    """The pieces of a value, each with whether it may be the name of a macro."""
    place = 0
    while place < len(value):
        letter = value[place]
        if letter in '{"':
            end = _closing(value, place)
            yield value[place + 1 : end], False
            place = end + 1
        elif match := _OUTSIDE.match(value, place):
            yield match.group(), True
            place = match.end()
        else:
            place += 1


def _closing(value: str, start: int) -> int:
    """Where what opens at ``start`` closes; the end of the value where it does not."""
    depth, place = 0, start + 1
    while place < len(value):
        letter = value[place]
        if letter == "\\":
            place += 1
        elif letter == "{":
            depth += 1
        elif letter == "}" and depth > 0:
            depth -= 1
        elif depth == 0 and letter == ("}" if value[start] == "{" else '"'):
            return place
        place += 1
    return len(value)


def _names(value: str) -> Iterator[str]:
    """Each author; a comma marks a name in braces as whole, and "and others" names nobody."""
    for name in _split_outside_braces(" ".join(value.split())):
        if name.lower() == "others":
            continue
        text = " ".join(latex_to_text(name).split())
        if name.startswith("{") and _closing(name, 0) == len(name) - 1:
            yield f"{text},"
        elif text:
            yield _with_suffix_last(text)


def _with_suffix_last(name: str) -> str:
    """ "Doe, Jr, John" as "Doe, John Jr"; any other text as it stands."""
    parts = [part.strip() for part in name.split(",")]
    if len(parts) == 3 and _SUFFIX.fullmatch(parts[1]):
        return f"{parts[0]}, {parts[2]} {parts[1]}"
    return name


def _split_outside_braces(value: str) -> Iterator[str]:
    depth = start = 0
    for match in re.finditer(r"\\.|[{}]|(?<=\s)and(?=\s)", value):
        if match.group() == "and" and depth == 0:
            yield value[start : match.start()].strip()
            start = match.end()
        depth += {"{": 1, "}": -1}.get(match.group(), 0)
    yield value[start:].strip()
