"""Which pairs of records are worth comparing: those that share a rare key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from identification.fingerprints import Fingerprint

# A key that more records share is not rare: "Editorial" alone would make fifty million pairs of
# ten thousand records. Every key below is tried, so their pairs are met under a rarer one.
_LARGEST_BLOCK = 60


def candidate_pairs(
    fingerprints: Sequence[Fingerprint], is_new: Sequence[bool]
) -> list[tuple[int, int]]:
    """Pairs (smaller, larger) of places that share a key, at least one of them new.

    In ascending order, each once.
    """
    blocks: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, fingerprint in enumerate(fingerprints):
        for key in set(_keys(fingerprint)):
            blocks[key].append(place)
    pairs: set[tuple[int, int]] = set()
    for block in blocks.values():
        if len(block) <= _LARGEST_BLOCK:
            pairs.update(_pairs(block, is_new))
    return sorted(pairs)


def _pairs(block: Sequence[int], is_new: Sequence[bool]) -> Iterator[tuple[int, int]]:
    return ((a, b) for a, b in combinations(block, 2) if is_new[a] or is_new[b])


def _keys(f: Fingerprint) -> Iterable[tuple[str, ...]]:
    year = str(f.year or "")
    author = min(f.first_author, default="")
    if f.doi:
        yield "doi", f.doi
    if f.pmid:
        yield "pmid", f.pmid
    for title in (f.title, *f.other_titles):
        letters = title.replace(" ", "")
        if letters:
            yield "title", letters[:24]
            yield "title end", letters[-24:]
            yield "title year", letters[:12], year
            yield "title author", letters[:16], author
            if f.first_page:
                yield "title page", letters[:16], f.first_page
    if f.first_page:
        if f.volume:
            yield "place", f.volume, f.first_page, year
        if author:
            yield "author page", author, f.first_page
    if author and year and f.volume:
        yield "author volume", author, year, f.volume
