"""Whether two records name one journal or conference, whole, abbreviated or by an acronym."""

from __future__ import annotations

from rapidfuzz import fuzz

from identification.fingerprints import Fingerprint

_VOWELS = set("aeiouy")
# Words of a conference's name that are not part of its acronym.
_SERIES = {"proceedings", "annual", "meeting"}


def name_one_journal(a: Fingerprint, b: Fingerprint) -> bool | None:
    """Whether one place is named by both; a library may name the conference as the journal."""
    agree = _journal(a.journal, b.journal)
    if agree is False:
        return any(_journal(x, y) for x, y in ((a.journal, b.meeting), (a.meeting, b.journal)))
    return agree


def _journal(a: tuple[str, ...], b: tuple[str, ...]) -> bool | None:
    if not a or not b:
        return None
    if a == b or fuzz.token_set_ratio(" ".join(a), " ".join(b)) >= 90:
        return True
    shorter, longer = sorted((a, b), key=lambda words: (len(words), words))
    return _abbreviates(shorter, longer) or _abbreviates(longer, shorter) or _is_acronym(a, b)


def _abbreviates(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    """Whether "nat rev nephrol" can be read as "nature reviews nephrology"."""
    place = 0
    for word in short:
        while place < len(long) and not _is_short_for(word, long[place]):
            place += 1
        if place == len(long):
            return False
        place += 1
    return len(short) > 1 or len(long) == 1


def _is_short_for(short: str, long: str) -> bool:
    """Whether a word begins another, or is its consonants ("dtsch", "deutsche")."""
    if long.startswith(short[:8]):
        return True
    rest = iter(long)
    is_left = len(short) > 2 and short[0] == long[0] and not _VOWELS & set(short)
    return is_left and all(letter in rest for letter in short)


def _is_acronym(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whether one is named by the beginnings of the other's words ("amcis 2017 proceedings")."""
    bare = [tuple(w for w in x if w not in _SERIES and not w[0].isdigit()) for x in (a, b)]
    return any(
        len(x) > 0 and len(x[0]) > 2 and len(y) > 1 and _spells(x[0], y)
        for x, y in (bare, bare[::-1])
    )


def _spells(letters: str, words: tuple[str, ...]) -> bool:
    """Whether letters are made of one beginning of each word, in order and of all words."""
    if not words:
        return not letters
    shared = 0
    while shared < min(len(letters), len(words[0])) and letters[shared] == words[0][shared]:
        shared += 1
    return any(_spells(letters[n:], words[1:]) for n in range(1, shared + 1))
