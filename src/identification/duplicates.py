"""Records that describe one report: who is compared with whom, and what is said of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from identification.blocking import candidate_pairs, keys_of, whole_of
from identification.fingerprints import Fingerprint, fingerprint
from identification.verdicts import judge
from identification.votes import PairVote, cluster_records
from review.decisions import Sameness
from review.records import Record

__all__ = [
    "DuplicateFindings",
    "PairVote",
    "cluster_records",
    "find_duplicates",
    "mark_of",
    "strongest_votes",
    "vote_on_copy",
    "vote_on_pair",
    "vote_on_versions",
]

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
    title, and likeness field by field. Records without any difference are spoken for by the first
    of them. The reports that follow do not depend on the order of the records.
    """
    records = [*old, *new]
    news = range(len(old), len(records))
    prints = [fingerprint(record) for record in records]
    first_with: dict[int, int] = {}
    speaker = [first_with.setdefault(mark_of(p, place), place) for place, p in enumerate(prints)]
    pairs = candidate_pairs({place: keys_of(prints[place]) for place in first_with.values()}, news)
    votes = [vote_on_copy(speaker[place], place) for place in news if speaker[place] != place]
    votes += filter(None, (vote_on_pair(pair, prints[pair[0]], prints[pair[1]]) for pair in pairs))
    votes += vote_on_versions(
        (speaker[first], speaker[other]) for first, other in _versions(records, news)
    )
    return DuplicateFindings(votes=strongest_votes(votes), compared=len(pairs))


def mark_of(print_: Fingerprint, own: int) -> int:
    """A number that is equal for records which are one report because nothing tells them apart.

    ``own`` is the name of the record, to make a mark of its own where many documents look so.
    Ten copies of a file then cost little more than one: one of the copies is compared.
    """
    return whole_of(print_, None if _is_one_report(print_) else own)


def vote_on_copy(speaker: int, copy: int) -> PairVote:
    """What is said of a record and another without any difference."""
    # Surer than all else, so that copies are together before anything else is weighed.
    return _vote((speaker, copy), Sameness.SAME, 1.0, "no difference in any field")


def vote_on_pair(pair: tuple[int, int], a: Fingerprint, b: Fingerprint) -> PairVote | None:
    """What likeness says of two records; None where it says nothing."""
    judged = judge(a, b)
    return _vote(pair, judged.verdict, judged.confidence, judged.reason) if judged else None


def vote_on_versions(pairs: Iterable[tuple[int, int]]) -> list[PairVote]:
    """What is said of records with the same id at the same source, by those who speak for them."""
    said = "same id at the same source"
    return [_vote(pair, Sameness.SAME, 0.995, said) for pair in pairs if pair[0] != pair[1]]


def strongest_votes(votes: Iterable[PairVote]) -> tuple[PairVote, ...]:
    """One vote on each pair, in ascending order of pairs: the one that was said last.

    The same id at the same source, said after likeness, is stronger than it.
    """
    last = {(vote.first, vote.second): vote for vote in votes}
    return tuple(last[pair] for pair in sorted(last))


def _is_one_report(print_: Fingerprint) -> bool:
    """Whether two records without any difference are one report: not if many look like that."""
    judgement = judge(print_, print_)
    if judgement and judgement.verdict is Sameness.SAME:
        return True
    if print_.is_generic:
        return bool(print_.authors and print_.year and print_.volume and print_.issue)
    return len(print_.title) >= _TELLING_TITLE


def _versions(records: Sequence[Record], new: Container[int]) -> Iterator[tuple[int, int]]:
    """Versions of one record beside the one whose content comes first, one of the two new.

    Ids made from the content are judged by the content.
    """
    versions: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for place, record in enumerate(records):
        if record.source_id and not record.source_id.startswith("sha256:"):
            versions[record.source, record.source_id].append(place)
    for places in versions.values():
        if len(places) > 1:
            first = min(places, key=lambda place: records[place].content_hash())
            yield from ((first, p) for p in places if p != first and (first in new or p in new))


def _vote(pair: tuple[int, int], verdict: Sameness, confidence: float, reason: str) -> PairVote:
    first, second = sorted(pair)
    return PairVote(
        first=first, second=second, verdict=verdict, confidence=confidence, reason=reason
    )
