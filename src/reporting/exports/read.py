"""Annotations read back from the forms that exports have, whichever program wrote them last."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reporting.exports.read_qdpx import read_qdpx
from reporting.exports.words import Words
from reporting.text import cell_text
from review.annotations import AnnotationVerdict, Direction
from review.errors import InputError
from review.protocol import Codebook, Protocol

_MOST_BYTES = 1 << 30
_REMEDY = "export it anew, or mend that place"
_FORMS = "an export of annotations as CSV, JSON lines, Web Annotations or a REFI-QDA project"
# The columns of a table, and the fields of an event, by what they say.
_CELLS = {
    "annotation_id": "Annotation", "theme": "Theme", "direction": "Direction", "verdict": "Answer",
    "reviewer": "Reviewer", "exact": "Passage", "start": "Passage from", "end": "Passage to",
    "text_hash": "Text hash", "said_at": "Annotated at", "saw": "Saw suggestion",
    "codebook_version": "Codebook version",
}  # fmt: skip
_FIELDS = {
    "annotation_id": "id", "theme": "theme", "direction": "direction", "verdict": "verdict",
    "reviewer": "reviewer", "exact": "quote_exact", "start": "quote_start", "end": "quote_end",
    "text_hash": "text_hash", "said_at": "at", "saw": "saw_suggestion",
    "codebook_version": "codebook_version",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Read:
    """The words of a file, in its order; ``passed_over`` counts what is no person's annotation."""

    words: tuple[Words, ...]
    passed_over: int = 0


def read_annotations(path: Path, protocol: Protocol, codebook: Codebook) -> Read:
    """The annotations in a file, its form recognised by content.

    Raises InputError naming file, line or element, and remedy, where the file is none of the forms
    or a part of it says what cannot be.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path}: is larger than a gigabyte; export fewer annotations")
        content = path.read_bytes()
    except OSError as unreadable:
        raise InputError(f"{path}: cannot be read ({unreadable.strerror})") from None
    if content.startswith(b"PK"):
        return Read(words=read_qdpx(path, content, protocol, codebook))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    if not text.lstrip().startswith("{"):
        return _read_table(path, text)
    if '"@context"' in text[:200]:
        return _read_collection(path, text)
    return _read_events(path, text)


def _read_table(path: Path, text: str) -> Read:
    table = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    missing = [name for name in _CELLS.values() if name not in (table.fieldnames or ())]
    if missing:
        raise InputError(f"{path}: lacks the column '{missing[0]}'; name {_FORMS}")
    words, settled, begins = [], 0, table.line_num + 1
    try:
        for row in table:
            cells = {name: cell_text(row[column] or "") for name, column in _CELLS.items()}
            if cell_text(row.get("Settled") or "") == "yes":
                settled += 1
            else:
                words.append(_words(path, f"line {begins}", cells, _CELLS))
            begins = table.line_num + 1  # a cell may go on over several lines
    except csv.Error as broken:
        raise InputError(f"{path}, line {table.line_num}: {broken}; {_REMEDY}") from None
    return Read(words=tuple(words), passed_over=settled)


def _read_events(path: Path, text: str) -> Read:
    standing: dict[str, Words] = {}
    passed_over = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        event = _object(path, f"line {number}", line)
        if event.get("event") != "annotation":
            passed_over += 1
        elif event.get("withdraws") is not None:
            standing.pop(str(event["withdraws"]), None)
        else:
            fields = {name: event.get(field) for name, field in _FIELDS.items()}
            said = _words(path, f"line {number}", fields, _FIELDS)
            standing[said.annotation_id or f"line {number}"] = said
    last = {(w.reviewer, w.text_hash, w.start, w.end, w.theme): w for w in standing.values()}
    return Read(words=tuple(last.values()), passed_over=passed_over)


def _read_collection(path: Path, text: str) -> Read:
    body = _object(path, "the file", text)
    page = body.get("first")
    items = page.get("items") if isinstance(page, dict) else None
    if not isinstance(items, list):
        raise InputError(f"{path}, first.items: is no list of annotations; name {_FORMS}")
    words, settled = [], 0
    for number, item in enumerate(items, start=1):
        place = f"item {number}"
        if not isinstance(item, dict):
            raise InputError(f"{path}, {place}: is no annotation; {_REMEDY}")
        if item.get("review:settled") is True:
            settled += 1
        else:
            words.append(_words(path, place, _of_item(item), {}))
    return Read(words=tuple(words), passed_over=settled)


def _of_item(item: Mapping[str, Any]) -> dict[str, Any]:
    bodies = item.get("body")
    sources = [b.get("source") for b in bodies if isinstance(b, dict)] if isinstance(bodies, list) else []  # fmt: skip  # noqa: E501
    named = {
        part[-2]: part[-1] for s in sources if isinstance(s, str) and len(part := s.split(":")) > 1
    }
    target = item.get("target")
    selectors = target.get("selector") if isinstance(target, dict) else None
    found = {
        s.get("type"): s for s in (selectors if isinstance(selectors, list) else ())
        if isinstance(s, dict)
    }  # fmt: skip
    quote, position = found.get("TextQuoteSelector", {}), found.get("TextPositionSelector", {})
    creator = item.get("creator")
    rejects = item.get("motivation") == "assessing"
    return {
        "theme": named.get("theme"),
        "direction": named.get("direction"),
        "verdict": item.get("review:answer", "reject" if rejects else "add"),
        "reviewer": creator.get("nickname") if isinstance(creator, dict) else None,
        "exact": quote.get("exact"),
        "start": position.get("start"),
        "end": position.get("end"),
        "text_hash": item.get("review:textHash"),
        "said_at": item.get("created", ""),
        "saw": item.get("review:sawSuggestion", True),
        "codebook_version": item.get("review:codebookVersion", ""),
    }


def _object(path: Path, place: str, text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except ValueError as malformed:
        raise InputError(f"{path}, {place}: is not JSON ({malformed}); {_REMEDY}") from None
    if not isinstance(said, dict):
        raise InputError(f"{path}, {place}: is no JSON object; {_REMEDY}")
    return said


def _words(path: Path, place: str, said: Mapping[str, Any], names: Mapping[str, str]) -> Words:
    def take(name: str, kind: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - of that kind
        try:
            return kind(said[name])
        except (ValueError, TypeError):
            field = names.get(name, name)
            raise InputError(
                f"{path}, {place}, {field}: {said[name]!r} cannot be; {_REMEDY}"
            ) from None

    return Words(
        place=place,
        annotation_id=str(said.get("annotation_id") or ""),
        reviewer=take("reviewer", _text),
        text_hash=take("text_hash", _text),
        start=take("start", int),
        end=take("end", int),
        exact=take("exact", _text),
        theme=take("theme", _text),
        direction=take("direction", Direction),
        verdict=take("verdict", AnnotationVerdict),
        saw_suggestion=said.get("saw") not in (False, "no"),
        codebook_version=str(said.get("codebook_version") or ""),
        said_at=str(said.get("said_at") or ""),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("no text")
    return value
