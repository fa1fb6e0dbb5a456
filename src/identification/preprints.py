"""Links of preprints and articles that a source tells of, where the store has both."""

from __future__ import annotations

from identification.blocking import LARGEST_BLOCK, keys_of_name
from identification.votes import PairVote
from review.decisions import Sameness
from review.store.duplicates import find_by_source_id, find_named_others, find_with_keys
from review.store.session import Session

_KINDS = ("published", "preprint")
_REASON = "a source says that one is the preprint of the other"


def find_told_links(session: Session) -> list[PairVote]:
    """A vote for each two records that a source calls a preprint and its article.

    Every such notice is looked at again, whichever of the two came later: they are few.
    """
    told = find_named_others(session, _KINDS)
    keys_of = {name: keys_of_name(name) for _, _, name in told}
    with_key: dict[int, list[int]] = {}
    for key, record_id in find_with_keys(session, {k for keys in keys_of.values() for k in keys}):
        with_key.setdefault(key, []).append(record_id)
    bearing = {
        name: [r for key in keys for r in with_key.get(key, [])] for name, keys in keys_of.items()
    }
    # Europe PMC names a preprint as its own records are named.
    for name, record_id in find_by_source_id(
        session, "europepmc", (n for n in bearing if ":" in n)
    ):
        bearing[name].append(record_id)
    pairs = {
        (min(record_id, other), max(record_id, other))
        for record_id, _, name in told
        # A DOI of so many is that of no one document, such as a supplement's.
        if len(bearing[name]) <= LARGEST_BLOCK
        for other in bearing[name]
        if other != record_id
    }
    return [
        PairVote(first=a, second=b, verdict=Sameness.LINKED, confidence=0.99, reason=_REASON)
        for a, b in sorted(pairs)
    ]
