"""Find a quote again in a text that has changed, and say how sure that is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from review.decisions import Quote, quote_from
from review.sentences import split_sentences

# How much the quote, what stands before and behind it, and its place weigh: as in Hypothesis'
# client (src/annotator/anchoring/match-quote.ts), where they were found to hold.
_QUOTE, _PREFIX, _SUFFIX, _PLACE = 50, 20, 20, 2
# Under this likeness in [0, 1] another sentence is as like.
_LOST_UNDER = 0.5
# The same words at several places are told apart by what stands around them, if that is as like.
_SURE_AROUND = 0.5
# A quote is mostly a sentence; one that became longer than this is found in part.
_NEAR = 600
_WORD = re.compile(r"\S+")


class Found(StrEnum):
    """Whether a quote stands in a text.

    ``same``: the same words, at whatever place. ``changed``: words like them, which a person must
    look at, since one word may turn the sense. ``lost``: nothing like them.
    """

    SAME = "same"
    CHANGED = "changed"
    LOST = "lost"


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """Where a quote stands in a text now.

    ``quote`` is that place with its words of today, the old one where it is lost; ``likeness`` in
    [0, 1] weighs words, surroundings and place.
    """

    found: Found
    quote: Quote
    likeness: float


def anchor_quote(quote: Quote, text: str) -> Anchor:
    """Where the quote stands in the text, the likeliest place where there are several.

    Words are the same where their letters and digits are: another hyphen, blank, mark or capital
    changes nothing.
    """
    wanted = letters_of(quote.exact)
    if text[quote.start : quote.end] == quote.exact and text.count(quote.exact) == 1:
        return Anchor(
            found=Found.SAME, quote=quote_from(text, quote.start, quote.end), likeness=1.0
        )
    places = set(_same_words(wanted, text)) if wanted else set()
    several = len(places) > 1
    start, end = max(
        places or {place for place in _alike(quote, text) if place[0] < place[1]},
        key=lambda place: (_likeness(quote, text, *place), -place[0]),
        default=(0, 0),
    )
    if start == end:
        return Anchor(found=Found.LOST, quote=quote, likeness=0.0)
    likeness = _likeness(quote, text, start, end)
    if places:
        sure = not several or _around(quote, text, start, end) >= _SURE_AROUND
        found = Found.SAME if sure else Found.CHANGED
    else:
        found = Found.CHANGED if likeness >= _LOST_UNDER else Found.LOST
    return Anchor(
        found=found,
        quote=quote if found is Found.LOST else quote_from(text, start, end),
        likeness=likeness,
    )


def anchor_in_any(quote: Quote, texts: Iterable[tuple[str, str]]) -> tuple[Anchor, str]:
    """The best anchor in several texts, each with its hash, and the hash of that text.

    The hash is empty where the quote is lost in all of them.
    """
    order = list(Found)
    anchors = [(anchor_quote(quote, text), text_hash) for text_hash, text in texts]
    anchor, text_hash = min(
        anchors,
        key=lambda found: (order.index(found[0].found), -found[0].likeness),
        default=(Anchor(found=Found.LOST, quote=quote, likeness=0.0), ""),
    )
    return anchor, "" if anchor.found is Found.LOST else text_hash


def letters_of(text: str) -> str:
    """The letters and digits of a text in small: equal where two texts have the same words."""
    return "".join(filter(str.isalnum, text.casefold()))


def _same_words(wanted: str, text: str) -> Iterator[tuple[int, int]]:
    """Every place where exactly these letters stand, from its first letter to its last mark."""
    letters: list[str] = []
    origins: list[int] = []
    for place, character in enumerate(text):
        for letter in filter(str.isalnum, character.casefold()):
            letters.append(letter)
            origins.append(place)
    folded = "".join(letters)
    at = folded.find(wanted)
    while at >= 0:
        yield origins[at], _with_marks(text, origins[at + len(wanted) - 1] + 1)
        at = folded.find(wanted, at + 1)


def _with_marks(text: str, end: int) -> int:
    """The end behind the marks that close a sentence."""
    while end < len(text) and not text[end].isalnum() and not text[end].isspace():
        end += 1
    return end


def _alike(quote: Quote, text: str) -> Iterator[tuple[int, int]]:
    """Places like the quote: in the whole text, and around where it stood."""
    length = len(quote.exact)
    nearby = max(0, min(quote.start, len(text)) - 2 * length), quote.end + 2 * length
    for begin, part in ((0, text), (nearby[0], text[nearby[0] : nearby[1]])):
        aligned = fuzz.partial_ratio_alignment(quote.exact, part) if part.strip() else None
        if aligned is not None and aligned.dest_end > aligned.dest_start:
            start, end = begin + aligned.dest_start, begin + aligned.dest_end
            yield _whole_words(text, start, end)
            yield from _sentences_at(text, start, end)


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The range with the words at its edges whole, without blanks around it."""
    while start > 0 and not text[start - 1].isspace() and not text[start].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace() and not text[end - 1].isspace():
        end += 1
    words = list(_WORD.finditer(text, start, end))
    return (words[0].start(), words[-1].end()) if words else (0, 0)


def _sentences_at(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Each sentence that a range touches, and all of them, as far as they are near."""
    begin = max(0, start - _NEAR)
    near = [(begin + s.start, begin + s.end) for s in split_sentences(text[begin : end + _NEAR])]
    touched = [(first, last) for first, last in near if first < end and start < last]
    yield from touched
    if touched:
        yield touched[0][0], touched[-1][1]


def _likeness(quote: Quote, text: str, start: int, end: int) -> float:
    words = Levenshtein.normalized_similarity(quote.exact, text[start:end])
    before, behind = _surroundings(quote, text, start, end)
    place = 1.0 - abs(start - quote.start) / max(len(text), quote.start, 1)
    total = _QUOTE * words + _PREFIX * before + _SUFFIX * behind + _PLACE * place
    return total / (_QUOTE + _PREFIX + _SUFFIX + _PLACE)


def _around(quote: Quote, text: str, start: int, end: int) -> float:
    return sum(_surroundings(quote, text, start, end)) / 2


def _surroundings(quote: Quote, text: str, start: int, end: int) -> tuple[float, float]:
    """How like what stands before and behind is, each in [0, 1]; nothing is like nothing."""
    # A quote that began or ended its text is compared with the letter there is now, if any.
    before = text[max(0, start - max(len(quote.prefix), 1)) : start]
    return (
        Levenshtein.normalized_similarity(quote.prefix, before),
        Levenshtein.normalized_similarity(
            quote.suffix, text[end : end + max(len(quote.suffix), 1)]
        ),
    )
