"""Codings read from a REFI-QDA project, whichever program wrote it last."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from reporting.exports.codes import code_guid
from reporting.exports.names import code_name, guid
from reporting.exports.qdpx import NAMESPACE, PROJECT
from reporting.exports.words import Words
from review.annotations import Direction
from review.errors import InputError
from review.protocol import Codebook, Protocol

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_Q = f"{{{NAMESPACE}}}"
_INTERNAL = "internal://"
_MOST_BYTES = 1 << 30
_REMEDY = "export it from that program again as a REFI-QDA project"
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


@dataclass(frozen=True, kw_only=True)
class _Code:
    theme: str  # its name, where the codebook knows no such theme
    direction: Direction


def read_qdpx(
    path: Path, content: bytes, protocol: Protocol, codebook: Codebook
) -> tuple[Words, ...]:
    """Every coding of a stretch of text, in the order of the project.

    A code is known by its id in our own exports, or by the name of a theme, alone or with a
    direction; without one the direction is unclear. Positions count code points of the text as it
    lies in the project. Raises InputError naming the element and the remedy.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > _MOST_BYTES:
                raise InputError(f"{path}: unfolds to more than a gigabyte; {_REMEDY}")
            parts = {
                part.filename.lower(): archive.read(part)
                for part in archive.infolist()
                if part.filename == PROJECT or part.filename.lower().endswith(".txt")
            }
    except _DAMAGE:
        raise InputError(f"{path}: is a damaged or locked zip archive; {_REMEDY}") from None
    if PROJECT not in parts:
        raise InputError(f"{path}: holds no {PROJECT}, so it is no REFI-QDA project; {_REMEDY}")
    try:
        root = fromstring(parts[PROJECT])
    except (ParseError, DefusedXmlException, ValueError) as wrong:
        raise InputError(f"{path}, {PROJECT}: is not XML that can be read ({wrong})") from None
    known = _known_codes(protocol, codebook)
    codes: dict[str, _Code] = {}
    for book in root.iterfind(f"{_Q}CodeBook/{_Q}Codes"):
        codes.update(_codes(book, known, ""))
    users = {u.get("guid", ""): u.get("name") or "" for u in root.iter(f"{_Q}User")}
    return tuple(
        words
        for source in root.iter(f"{_Q}TextSource")
        for words in _codings(path, source, parts, codes, users)
    )


def _known_codes(protocol: Protocol, codebook: Codebook) -> dict[str, _Code]:
    known: dict[str, _Code] = {}
    for theme in codebook.themes:
        bare = _Code(theme=theme.key, direction=Direction.UNCLEAR)
        for name in (guid(protocol, "theme", theme.key), theme.key, theme.name, theme.code):
            known[name.casefold()] = bare
        for direction in Direction:
            code = _Code(theme=theme.key, direction=direction)
            known[code_guid(protocol, theme.key, direction)] = code
            known[code_name(theme.name, direction).casefold()] = code
            known[f"{theme.key}/{direction}"] = code
    return known


def _codes(parent: Element, known: Mapping[str, _Code], above: str) -> dict[str, _Code]:
    codes: dict[str, _Code] = {}
    for code in parent.iterfind(f"{_Q}Code"):
        code_id, name = code.get("guid", ""), (code.get("name") or "").strip()
        # A child that bears a direction's name alone belongs to the theme above it.
        found = (
            known.get(code_id.casefold())
            or known.get(name.casefold())
            or known.get(f"{above}/{name.casefold()}")
        )
        codes[code_id] = found or _Code(theme=name, direction=Direction.UNCLEAR)
        codes.update(_codes(code, known, codes[code_id].theme))
    return codes


def _codings(
    path: Path,
    source: Element,
    parts: Mapping[str, bytes],
    codes: Mapping[str, _Code],
    users: Mapping[str, str],
) -> Iterator[Words]:
    selections = source.findall(f"{_Q}PlainTextSelection")
    text = _text_of(path, source, parts) if selections else ""
    for selection in selections:
        place = f"PlainTextSelection {selection.get('guid')}"
        try:
            start, end = (int(selection.get(n, "")) for n in ("startPosition", "endPosition"))
        except ValueError:
            raise InputError(
                f"{path}, {place}: its startPosition or endPosition is no whole number; {_REMEDY}"
            ) from None
        for coding in selection.iterfind(f"{_Q}Coding"):
            target = coding.find(f"{_Q}CodeRef")
            code = codes.get(target.get("targetGUID", "")) if target is not None else None
            if code is None:
                raise InputError(
                    f"{path}, Coding {coding.get('guid')}: names no code of the codebook; {_REMEDY}"
                )
            by = coding.get("creatingUser") or selection.get("creatingUser") or ""
            yield Words(
                place=f"Coding {coding.get('guid')}",
                reviewer=users.get(by, ""),
                start=start,
                end=end,
                plain=text,
                theme=code.theme,
                direction=code.direction,
                said_at=coding.get("creationDateTime") or selection.get("creationDateTime") or "",
            )


def _text_of(path: Path, source: Element, parts: Mapping[str, bytes]) -> str:
    inside = source.findtext(f"{_Q}PlainTextContent")
    if inside is not None:
        return inside
    name = source.get("plainTextPath", "").removeprefix(_INTERNAL).lower()
    try:
        return parts[f"sources/{name}"].decode("utf-8-sig")
    except (KeyError, UnicodeDecodeError):
        raise InputError(
            f"{path}, TextSource {source.get('guid')}: its text is not in the project as UTF-8; "
            f"{_REMEDY}"
        ) from None
