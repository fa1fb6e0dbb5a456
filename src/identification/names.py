"""Names of authors, from the many ways to write them to "Family, Given"."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from itertools import zip_longest

from identification.cleaning import clean_text

_INITIALS = re.compile(r"(?:[^\W\d_]\.[ -]?){1,5}|[A-ZÀ-Þ]{1,3}\.?|[A-ZÀ-Þ](?:-[A-ZÀ-Þ])+\.?")
_NUMBER = re.compile(r"\s*\(\d+\)")
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv|2nd|3rd)\.?", re.IGNORECASE)
_PARTICLES = {
    "al", "ben", "bin", "da", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "el",
    "la", "le", "ten", "ter", "van", "von", "zu", "zur", "st", "st.",
}  # fmt: skip
_BODIES = {
    "academy", "agency", "association", "board", "center", "centre", "collaboration",
    "collaborators", "college", "commission", "committee", "consortium", "council", "department",
    "editors", "for", "foundation", "group", "hospital", "initiative", "institute",
    "investigators", "ministry", "network", "of", "office", "organisation", "organization",
    "programme", "project", "services", "society", "study", "team", "the", "trial", "university",
    "workshop",
}  # fmt: skip
# Springer's CSV writes "Araz R. AlievNigar T. Ismayilova".
_GLUED = re.compile(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ][^\W\d_]*[.\s])(?<!\bMc)(?<!\bMac)(?<!\bDe)(?<!\bLe)")


def split_names(values: Sequence[str]) -> tuple[str, ...]:
    """All names in the texts, in their order, each as "Family, Given"; bodies as they stand.

    A text may hold one name or many, parted by ``;``, ``|``, " and ", or commas. One that ends in
    a comma is a single name as it stands, as EndNote marks bodies ("Peers in Care,").
    """
    names = (_arrange(name) for value in values for name in _parts(clean_text(value)))
    return tuple(dict.fromkeys(name for name in names if name))


def _parts(value: str) -> list[str]:
    if value.startswith("[") and value.endswith("]"):
        try:
            listed = ast.literal_eval(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            listed = None
        if isinstance(listed, list):
            return [str(name) for name in listed]
    if _is_marked_whole(value):
        return [value]
    if ";" in value or "|" in value:
        return re.split(r"[;|]", value)
    if " and " in value and not _is_body(value):
        return re.split(r",?\s+and\s+", value)
    pieces = value.split(",")
    # "Griffin DK, Larkin DM": every piece is a whole name, so the commas part names.
    if len(pieces) > 1 and all(_family_first(piece.strip()) for piece in pieces):
        return pieces
    # "Smith, J, Jones, K": family names and initials by turns.
    if len(pieces) > 3 and all(_INITIALS.fullmatch(piece.strip()) for piece in pieces[1::2]):
        return [",".join(pair) for pair in zip_longest(pieces[::2], pieces[1::2], fillvalue="")]
    # "John Smith, Mary Ann Jones, Li Wei": more commas than one name can hold.
    if len(pieces) > 2 and all(len(piece.split()) > 1 for piece in pieces):
        return pieces
    return _GLUED.split(value) if len(value.split()) > 3 and not _is_body(value) else [value]


def _is_marked_whole(value: str) -> bool:
    """Whether a comma behind it marks a name as whole, and does not end a list of names."""
    name = value.removesuffix(",").strip()
    if not name or name == value or ";" in name or "|" in name:
        return False
    pieces = [piece.strip() for piece in name.split(",")]
    is_list = all(_family_first(piece) for piece in pieces) or (
        len(pieces) > 1 and all(_INITIALS.fullmatch(piece) for piece in pieces[1::2])
    )
    return not is_list


def _arrange(name: str) -> str:
    if _is_marked_whole(name):
        return name.strip(" ,;")
    # Scopus puts its own number of the author behind the name.
    name = _NUMBER.sub("", name).strip(" ,;")
    if "," in name:
        family, _, given = name.partition(",")
        given = " ".join(part for part in given.split() if part.lower() != "null")
        return f"{family.strip()}, {given}" if given else family.strip()
    words = name.split()
    if len(words) < 2 or _is_body(name):
        return name
    return _family_first(name) or _given_first(words)


def _family_first(name: str) -> str:
    """The parts of "Liu R." or "van der Berg JJ" as "Family, Initials"; else empty."""
    words = name.split()
    cut = len(words)
    while cut > 1 and _INITIALS.fullmatch(words[cut - 1]) and not _SUFFIX.fullmatch(words[cut - 1]):
        cut -= 1
    family = " ".join(words[:cut])
    if cut == len(words) or not any(letter.islower() for letter in family):
        return ""
    if _INITIALS.fullmatch(words[0]):
        return ""
    # In "O'Connor RE." the stop ends PubMed's list of authors, not the name.
    initials = re.sub(r"([A-Z]{2,3})\.$", r"\1", " ".join(words[cut:]))
    return f"{family}, {initials}"


def _given_first(words: list[str]) -> str:
    cut = len(words) - 1
    if cut > 1 and _SUFFIX.fullmatch(words[cut]):
        cut -= 1
    while cut > 1 and words[cut - 1].lower() in _PARTICLES:
        cut -= 1
    return f"{' '.join(words[cut:])}, {' '.join(words[:cut])}"


def _is_body(name: str) -> bool:
    return any(word.strip("().").lower() in _BODIES for word in name.split())
