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
    strongest: dict[tuple[int, int], PairVote] = {}
    for vote in votes:
        # The same id at the same source, said last, is stronger than any likeness.
        strongest[vote.first, vote.second] = vote
    return DuplicateFindings(
        votes=tuple(strongest[pair] for pair in sorted(strongest)), compared=len(pairs)
    )


class _Alike:
    """Records in groups without any difference: ten copies of a file cost little more than one."""

    def __init__(self, records: Sequence[Record], first_new: int) -> None:
        self._first_new = first_new
        groups: dict[Fingerprint, list[int]] = {}
        for place, record in enumerate(records):
            groups.setdefault(fingerprint(record), []).append(place)
        self.prints = list(groups)
        self._places = list(groups.values())

    def votes_within(self) -> list[PairVote]:
        """Votes that join each group to its first record, where its content is worth anything."""
        votes: list[PairVote] = []
        for print_, places in zip(self.prints, self._places, strict=True):
            judgement = _judge_equal(print_) if len(places) > 1 else None
            if judgement:
                first, *others = places
                votes += [_vote(first, p, judgement) for p in others if p >= self._first_new]
        return votes

    def candidate_pairs(self) -> list[tuple[int, int]]:
        """Pairs of groups worth comparing, a new record in one of them."""
        return candidate_pairs(
            self.prints, [places[-1] >= self._first_new for places in self._places]
        )

    def spokesmen(self, first: int, second: int) -> tuple[int, int]:
        """One record of each group, at least one of them new."""
        a, b = self._places[first], self._places[second]
        if a[0] >= self._first_new or b[0] >= self._first_new:
            return a[0], b[0]
        return (a[-1], b[0]) if a[-1] >= self._first_new else (a[0], b[-1])


def _judge_equal(print_: Fingerprint) -> Judgement | None:
    """Two records without any difference: one report, unless many documents look like that."""
    judgement = judge(print_, print_)
    if judgement is None or judgement.verdict is Sameness.DIFFERENT:
        return None
    says_enough = judgement.verdict is Sameness.SAME or len(print_.title) >= _TELLING_TITLE
    if not says_enough:
        return judgement
    return Judgement(verdict=Sameness.SAME, confidence=1.0, reason="no difference in any field")


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
        _vote(places[0], place, judgement)
        for places in versions.values()
        for place in places[1:]
        if place >= first_new
    ]


def _vote(one: int, other: int, judgement: Judgement) -> PairVote:
    return PairVote(
        first=min(one, other),
        second=max(one, other),
        verdict=judgement.verdict,
        confidence=judgement.confidence,
        reason=judgement.reason,
    )
