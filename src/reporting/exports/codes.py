"""The codebook as codes of REFI-QDA: a code for each theme, a child code for each direction."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from reporting.exports.names import code_name, guid
from reporting.text import printable
from review.annotations import Direction
from review.protocol import Codebook, Protocol, Theme

ORIGIN = "Living Review"
_NAMESPACE = "urn:QDA-XML:codebook:1.0"
_MEANINGS = {
    Direction.FACILITATOR: "helps",
    Direction.BARRIER: "hinders",
    Direction.BOTH: "helps and hinders",
    Direction.UNCLEAR: "matters, in a way the passage does not say",
}


def qdc_of(protocol: Protocol, codebook: Codebook) -> bytes:
    """The codebook as a REFI-QDA codebook file (``.qdc``), UTF-8 without a byte order mark."""
    root = ET.Element("CodeBook", {"xmlns": _NAMESPACE, "origin": ORIGIN})
    root.append(codes_element(protocol, codebook))
    return xml_bytes(root)


def codes_element(
    protocol: Protocol, codebook: Codebook, also: frozenset[str] = frozenset()
) -> ET.Element:
    """The element ``Codes``; ``also`` are keys of themes of older codebooks that are still used."""
    codes = ET.Element("Codes")
    for theme in codebook.themes:
        _append(codes, protocol, theme.key, theme.name, "\n".join(_described(theme)), codebook)
    for key in sorted(also - {theme.key for theme in codebook.themes}):
        _append(codes, protocol, key, key, "A theme of an older codebook.", codebook)
    return codes


def code_guid(protocol: Protocol, theme: str, direction: Direction) -> str:
    """The GUID of a theme's child code."""
    return guid(protocol, "theme", theme, direction.value)


def xml_bytes(root: ET.Element) -> bytes:
    """A document as UTF-8 without a byte order mark, lines ended by a line feed."""
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written + b"\n"


def _append(
    codes: ET.Element, protocol: Protocol, key: str, name: str, meaning: str, codebook: Codebook
) -> None:
    code = _code(codes, guid(protocol, "theme", key), name, meaning)
    for direction, words in _MEANINGS.items():
        rule = codebook.direction_rules.get(direction.value, words)
        _code(code, code_guid(protocol, key, direction), code_name(name, direction), rule)


def _code(parent: ET.Element, code_id: str, name: str, meaning: str) -> ET.Element:
    fields = {"guid": code_id, "name": printable(name), "isCodable": "true"}
    code = ET.SubElement(parent, "Code", fields)
    ET.SubElement(code, "Description").text = printable(meaning)
    return code


def _described(theme: Theme) -> Iterator[str]:
    yield theme.definition
    if theme.includes:
        yield "Includes: " + "; ".join(theme.includes)
    if theme.excludes:
        yield "Belongs elsewhere: " + "; ".join(
            f"{what} ({where})" for where, what in theme.excludes.items()
        )
