"""Records that describe one report: who is compared with whom, and what is said of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from identification.blocking import candidate_pairs
from identification.fingerprints import Fingerprint, fingerprint
from identification.likeness import Judgement
from identification.verdicts import judge
from identification.votes import PairVote, cluster_records
from review.decisions import Sameness
from review.records import Record

__all__ = ["DuplicateFindings", "PairVote", "cluster_records", "find_duplicates"]

# So long a title, borne twice with nothing to tell the two apart, is one document's.
_TELLING_TITLE = 40


@dataclass(frozen=True, kw_only=True)
class DuplicateFindings:
    """Votes on pairs of ``[*old, *new]``, by places, each pair once and in ascending order.

    ``compared`` counts the pairs that were looked at.
    """

    votes: tuple[PairVote, ...]
    compared: int

    @property
    def asked(self) -> tuple[PairVote, ...]:
        """The pairs a person should look at."""
        return tuple(vote for vote in self.votes if vote.verdict is Sameness.ASK)


def find_duplicates(new: Sequence[Record], old: Sequence[Record] = ()) -> DuplicateFindings:
    """Say of pairs of records, at least one of them new, whether they are one report.

    The same id at the same source is one record in two versions; then the same PubMed id, DOI and
    title, and likeness field by field. Records without any difference are compared once for all
    of them. What is said does not depend on the order of the records.
    """
    records = [*old, *new]
    alike = _Alike(records, first_new=len(old))
    votes = alike.votes_within()
    pairs = alike.candidate_pairs()
    for first, second in pairs:
        judgement = judge(alike.prints[first], alike.prints[second])
        if judgement:
            votes.append(_vote(*alike.spokesmen(first, second), judgement))
    votes += _same_source_id(records, len(old))
    # The same id at the same source, said last, is stronger than any likeness.
    strongest = {(vote.first, vote.second): vote for vote in votes}
    return DuplicateFindings(
        votes=tuple(strongest[pair] for pair in sorted(strongest)), compared=len(pairs)
    )


class _Alike:
    """Records in groups that are one report because nothing tells them apart.

    Ten copies of a file then cost little more than one. A group is spoken for by a record that is
    chosen for what it says, so that the order of the records does not matter.
    """

    def __init__(self, records: Sequence[Record], first_new: int) -> None:
        self._first_new = first_new
        equal: defaultdict[Fingerprint, list[int]] = defaultdict(list)
        for place, record in enumerate(records):
            equal[fingerprint(record)].append(place)
        self.prints: list[Fingerprint] = []
        self._places: list[list[int]] = []
        for print_, places in equal.items():
            is_one = len(places) == 1 or _is_one_report(print_)
            groups = [_in_fixed_order(records, places)] if is_one else [[p] for p in places]
            self._places += groups
            self.prints += [print_] * len(groups)

    def votes_within(self) -> list[PairVote]:
        """Votes that join each group to its spokesman."""
        judgement = Judgement(
            verdict=Sameness.SAME, confidence=1.0, reason="no difference in any field"
        )
        return [
            _vote(places[0], other, judgement)
            for places in self._places
            for other in places[1:]
            if max(places[0], other) >= self._first_new
        ]

    def candidate_pairs(self) -> list[tuple[int, int]]:
        """Pairs of groups worth comparing, a new record in one of them."""
        return candidate_pairs(
            self.prints, [max(places) >= self._first_new for places in self._places]
        )

    def spokesmen(self, first: int, second: int) -> tuple[int, int]:
        """One record of each group, at least one of them new."""
        a, b = self._places[first], self._places[second]
        if max(a[0], b[0]) >= self._first_new:
            return a[0], b[0]
        newest = next(place for place in (*a, *b) if place >= self._first_new)
        return (newest, b[0]) if newest in a else (a[0], newest)


def _in_fixed_order(records: Sequence[Record], places: Sequence[int]) -> list[int]:
    """The places of records in an order that depends on what they say alone."""
    if len(places) == 1:
        return list(places)
    said = {place: records[place] for place in places}
    return sorted(places, key=lambda p: (said[p].source, said[p].source_id, said[p].content_hash()))


def _is_one_report(print_: Fingerprint) -> bool:
    """Whether two records without any difference are one report: not if many look like that."""
    judgement = judge(print_, print_)
    if judgement and judgement.verdict is Sameness.SAME:
        return True
    if print_.is_generic:
        return bool(print_.authors and print_.year and print_.volume and print_.issue)
    return len(print_.title) >= _TELLING_TITLE


def _same_source_id(records: Sequence[Record], first_new: int) -> list[PairVote]:
    """Versions of one record; ids made from the content are judged by the content."""
    versions: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for place, record in enumerate(records):
        if record.source_id and not record.source_id.startswith("sha256:"):
            versions[record.source, record.source_id].append(place)
    judgement = Judgement(
        verdict=Sameness.SAME, confidence=1.0, reason="same id at the same source"
    )
    return [
        _vote(first, other, judgement)
        for places in versions.values()
        for first, *others in [_in_fixed_order(records, places)]
        for other in others
        if max(first, other) >= first_new
    ]


def _vote(one: int, other: int, judgement: Judgement) -> PairVote:
    return PairVote(
        first=min(one, other),
        second=max(one, other),
        verdict=judgement.verdict,
        confidence=judgement.confidence,
        reason=judgement.reason,
    )
