"""How alike two records are, and whether that makes them one report."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz

from identification.fingerprints import Fingerprint
from review.decisions import Sameness


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What is said of two records; ``confidence`` in [0, 1] is that of the verdict."""

    verdict: Sameness
    confidence: float
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two records field by field: True agrees, False differs, None where one says nothing.

    ``title`` in [0, 1] is the similarity of the titles, ``cut`` says that one is the beginning of
    the other, ``swapped`` that each has a word of its own ("in vitro", "in vivo"), ``numbers``
    that each has a number of its own; ``abstract`` in [0, 1], None where one has none; ``years``
    is their distance.
    """

    title: float
    cut: bool
    swapped: bool
    numbers: bool
    author: bool | None
    years: int | None
    journal: bool | None
    volume: bool | None
    issue: bool | None
    first_page: bool | None
    page_range: bool | None
    doi: bool | None
    pmid: bool | None
    abstract: float | None


def compare(a: Fingerprint, b: Fingerprint) -> Comparison:
    """Two records field by field; the same whichever comes first."""
    return Comparison(
        title=_title(a, b),
        cut=_is_cut(a.title, b.title),
        swapped=_is_swapped(a.title, b.title),
        numbers=bool(a.numbers - b.numbers and b.numbers - a.numbers),
        author=_author(a, b),
        years=abs(a.year - b.year) if a.year and b.year else None,
        journal=_journal(a.journal, b.journal),
        volume=_equal(a.volume, b.volume),
        issue=_equal(a.issue, b.issue),
        first_page=_first_page(a, b),
        page_range=_page_range(a, b),
        doi=_equal(a.doi, b.doi),
        pmid=_equal(a.pmid, b.pmid),
        abstract=_abstract(a, b),
    )


def _equal(a: str, b: str) -> bool | None:
    return a == b if a and b else None


def _title(a: Fingerprint, b: Fingerprint) -> float:
    if not a.title or not b.title:
        return 0.0
    if a.title == b.title:
        return 1.0
    best = max(
        fuzz.ratio(x, y) for x in (a.title, *a.other_titles) for y in (b.title, *b.other_titles)
    )
    if 60 < best < 95:
        best = max(best, 0.98 * fuzz.token_sort_ratio(a.title, b.title))
    return best / 100


def _is_cut(a: str, b: str) -> bool:
    shorter, longer = sorted((a, b), key=lambda title: (len(title), title))
    if len(shorter) < 20 or shorter.count(" ") < 3:
        return False
    return len(longer) > len(shorter) and longer.startswith(f"{shorter} ")


def _is_swapped(a: str, b: str) -> bool:
    """Whether each title has a word that the other has in no spelling."""
    if a == b:
        return False
    own = [set(x.split()) - set(y.split()) for x, y in ((a, b), (b, a))]
    telling = [{word for word in words if len(word) > 3} for words in own]
    return all(
        any(
            word not in other and max((fuzz.ratio(word, w) for w in others), default=0) < 75
            for word in words
        )
        for words, others, other in (
            (telling[0], own[1], b.replace(" ", "")),
            (telling[1], own[0], a.replace(" ", "")),
        )
    )


def _author(a: Fingerprint, b: Fingerprint) -> bool | None:
    if not a.authors or not b.authors:
        return None
    # "Wang, X." of one library is "Xiaoguang, Wang" of another.
    if a.first_author & b.first_author_words or b.first_author & a.first_author_words:
        return True
    shared = len(a.authors & b.authors)
    if shared >= 0.5 * min(len(a.authors), len(b.authors)):
        return True
    first, second = (" ".join(sorted(x.first_author)) for x in (a, b))
    return fuzz.ratio(first, second) >= 80


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
        while place < len(long) and not long[place].startswith(word[:8]):
            place += 1
        if place == len(long):
            return False
        place += 1
    return len(short) > 1 or len(long) == 1


def _is_acronym(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    return any(
        len(x[0]) > 2 and x[0] == "".join(word[0] for word in y) for x, y in ((a, b), (b, a))
    )


def _first_page(a: Fingerprint, b: Fingerprint) -> bool | None:
    """Whether the pages begin alike, or end alike where the beginning was mistyped."""
    if not (a.first_page and b.first_page):
        return None
    if a.first_pages & b.first_pages:
        return True
    ranges = a.first_page != a.last_page and b.first_page != b.last_page
    return ranges and a.last_page == b.last_page


def _page_range(a: Fingerprint, b: Fingerprint) -> bool | None:
    """Whether first and last pages agree; only ranges of several pages tell documents apart."""
    if not (a.first_page and b.first_page):
        return None
    if a.first_page == a.last_page or b.first_page == b.last_page:
        return None
    return (a.first_page, a.last_page) == (b.first_page, b.last_page)


def _abstract(a: Fingerprint, b: Fingerprint) -> float | None:
    if len(a.abstract) < 100 or len(b.abstract) < 100:
        return None
    length = min(len(a.abstract), len(b.abstract))
    return fuzz.ratio(a.abstract[:length], b.abstract[:length]) / 100
