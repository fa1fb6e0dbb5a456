"""Which pairs of records are worth comparing: those that share a rare key."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import fields

from identification.fingerprints import Fingerprint
from identification.titles import Title

# Names the rules of fingerprints and keys. Raise it whenever either changes: a store whose keys
# were made by other rules makes them anew.
RULES = "4"

# A key that more records share is not rare: "Editorial" alone would make fifty million pairs of
# ten thousand records. Every key below is tried, so their pairs are met under a rarer one.
LARGEST_BLOCK = 60


def candidate_pairs(
    keys: Mapping[int, Iterable[int]], new: Container[int]
) -> list[tuple[int, int]]:
    """Pairs (smaller, larger) of records that share a key, the larger of them new.

    ``keys`` gives those of each record. In ascending order, each pair once.
    """
    blocks: defaultdict[int, list[int]] = defaultdict(list)
    for name, its_keys in keys.items():
        for key in its_keys:
            blocks[key].append(name)
    return pairs_in(blocks.values(), new)


def pairs_in(blocks: Iterable[Iterable[int]], new: Container[int]) -> list[tuple[int, int]]:
    """Pairs of records that share one of these blocks, as ``candidate_pairs`` gives them."""
    pairs: set[tuple[int, int]] = set()
    for block in blocks:
        names = sorted(block)
        if len(names) <= LARGEST_BLOCK:
            pairs.update((a, b) for n, b in enumerate(names) if b in new for a in names[:n])
    return sorted(pairs)


def keys_of(fingerprint: Fingerprint) -> set[int]:
    """The keys of a record as whole numbers of 64 bits with a sign, the same on every machine."""
    return {_number(repr(key)) for key in _keys(fingerprint)}


def keys_of_name(name: str) -> set[int]:
    """The keys that a record with this DOI or PubMed id has for it."""
    return {_number(repr(("doi", name))), _number(repr(("pmid", name)))}


def whole_of(fingerprint: Fingerprint, own: int | None = None) -> int:
    """A whole number, of 64 bits with a sign, that is equal for equal fingerprints.

    With ``own``, the name of its record, it is that record's alone.
    """
    said = _ordered(fingerprint)
    return _number(repr(said if own is None else [own, said]))


def _ordered(value: object) -> object:
    """The same for equal values; sets come in another order in every process."""
    if isinstance(value, Fingerprint | Title):
        return [_ordered(getattr(value, field.name)) for field in fields(value)]
    return sorted(value) if isinstance(value, frozenset) else value


def _number(text: str) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _keys(f: Fingerprint) -> Iterator[tuple[str, ...]]:
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
