"""What themes, people, texts and words are called in files for other programs."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

from review.protocol import Protocol


def guid(protocol: Protocol, kind: str, *parts: str | int) -> str:
    """A UUID of version 5 that is the same in every export of this review (RFC 9562, 5.5)."""
    return str(uuid5(NAMESPACE_URL, iri(protocol, kind, *parts)))


def iri(protocol: Protocol, kind: str, *parts: str | int) -> str:
    """The name of a theme, direction, report or annotation wherever names are IRIs."""
    return ":".join(["urn:living-review", protocol.key, kind, *map(str, parts)])


def code_name(theme: str, direction: str) -> str:
    """What a theme in one direction is called where codes are plain names."""
    return f"{theme} › {direction}"
