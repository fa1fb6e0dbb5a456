"""compare: say of every pair of a store's records worth a word, one of them new, what they are."""

from __future__ import annotations

import logging
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence, Set

from identification.blocking import LARGEST_BLOCK, RULES, keys_of, pairs_in
from identification.duplicates import (
    mark_of,
    strongest_votes,
    vote_on_copy,
    vote_on_pair,
    vote_on_versions,
)
from identification.fingerprints import Fingerprint, fingerprint
from identification.votes import PairVote
from review.decisions import Sameness
from review.store.keys import (
    drop_other_keys,
    find_blocks,
    find_known_marks,
    find_speakers,
    find_unmarked,
    find_versions,
    keep_keys,
)
from review.store.records import find_records
from review.store.session import Session

log = logging.getLogger(__name__)

# Fingerprints at hand, in batches: a partner of today's record is often one of tomorrow's.
_REMEMBERED = 20


def keep_marks(session: Session, batch: int) -> None:
    """Keep the mark and the keys of every record that has none of today's rules.

    Commits per batch: stopped at any moment and begun again, it ends as if it had not been.
    """
    if drop_other_keys(session, RULES):
        session.commit()
        log.info("the rules by which records are compared have changed; making all keys anew")
    unmarked = find_unmarked(session)
    for start in range(0, len(unmarked), batch):
        ids = unmarked[start : start + batch]
        prints = {r: fingerprint(found) for r, found in find_records(session, ids).items()}
        marks = {record_id: mark_of(prints[record_id], record_id) for record_id in ids}
        spoken_for = find_known_marks(session, marks.values())
        keys = {}
        for record_id, mark in marks.items():
            if mark not in spoken_for:
                spoken_for.add(mark)
                keys[record_id] = keys_of(prints[record_id])
        keep_keys(session, RULES, marks, keys)
        session.commit()
        log.info("%d of %d records made ready to be compared", start + len(ids), len(unmarked))


def find_votes(session: Session, fresh: Sequence[int], batch: int) -> tuple[PairVote, ...]:
    """Votes on pairs of records by their ids, each with one of ``fresh``, in ascending order.

    ``fresh`` are in ascending order and later than all other records; marks are kept already.
    The same as ``find_duplicates`` says of all records at once, but for votes for different that
    keep nothing apart, which are left out. Memory grows with what is said, not with the store.
    """
    prints = _Prints(session, _REMEMBERED * batch)
    said: list[PairVote] = []
    on_versions: list[PairVote] = []
    # Most votes are for different: as two numbers each they are small.
    apart = array("q")
    for start in range(0, len(fresh), batch):
        ids = fresh[start : start + batch]
        versions = find_versions(session, ids)
        speakers = find_speakers(session, [*ids, *(r for pair in versions for r in pair)])
        said += [vote_on_copy(speakers[r], r) for r in ids if speakers[r] != r]
        on_versions += vote_on_versions((speakers[a], speakers[b]) for a, b in versions)
        for vote in _judge(session, {r for r in ids if speakers[r] == r}, prints, batch):
            if vote.verdict is Sameness.DIFFERENT:
                apart.extend((vote.first, vote.second))
            else:
                said.append(vote)
        log.info("%d of %d new records compared", start + len(ids), len(fresh))
    said += on_versions
    return strongest_votes([*_telling(apart, said, fresh), *said])


class _Prints:
    """Fingerprints of records, read from the store when asked for, the last of them remembered."""

    def __init__(self, session: Session, remembered: int) -> None:
        self._session = session
        self._remembered = remembered
        self._known: OrderedDict[int, Fingerprint] = OrderedDict()

    def of(self, record_ids: Iterable[int]) -> dict[int, Fingerprint]:
        """The fingerprints of these records."""
        wanted = set(record_ids)
        found = {r: self._known[r] for r in wanted if r in self._known}
        for r in found:
            self._known.move_to_end(r)
        missing = find_records(self._session, wanted - found.keys())
        made = {r: fingerprint(record) for r, record in missing.items()}
        self._known |= made
        while len(self._known) > self._remembered:
            self._known.popitem(last=False)
        return found | made


def _judge(session: Session, ids: Set[int], prints: _Prints, batch: int) -> Iterator[PairVote]:
    """What likeness says of these records and earlier ones."""
    keys = {key for print_ in prints.of(ids).values() for key in keys_of(print_)}
    pairs = pairs_in(find_blocks(session, keys, LARGEST_BLOCK), ids)
    for start in range(0, len(pairs), 2 * batch):
        some = pairs[start : start + 2 * batch]
        known = prints.of(record_id for pair in some for record_id in pair)
        judged = (vote_on_pair(pair, known[pair[0]], known[pair[1]]) for pair in some)
        yield from filter(None, judged)


def _telling(
    apart: array[int], said: Iterable[PairVote], fresh: Sequence[int]
) -> Iterator[PairVote]:
    """The votes for different on two records that might be brought together.

    Those are records with a vote for same, and old ones, which are in a report already.
    """
    joined = {
        r for vote in said if vote.verdict is Sameness.SAME for r in (vote.first, vote.second)
    }
    new = set(fresh)
    for pair in zip(apart[::2], apart[1::2], strict=True):
        if all(r in joined or r not in new for r in pair):
            yield PairVote(
                first=pair[0],
                second=pair[1],
                verdict=Sameness.DIFFERENT,
                confidence=1.0,
                reason="",
            )
