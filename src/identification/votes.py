"""What is said of pairs of records, and the reports that follow from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from review.decisions import Sameness

_APART = {Sameness.DIFFERENT, Sameness.LINKED}


@dataclass(frozen=True, kw_only=True)
class PairVote:
    """What is said of the records at places ``first`` < ``second``.

    ``confidence`` in [0, 1] is that of the verdict, and for ASK the probability that they are one
    report; ``reason`` is a few words for a person.
    """

    first: int
    second: int
    verdict: Sameness
    confidence: float
    reason: str


def cluster_records(count: int, votes: Sequence[PairVote]) -> list[int]:
    """The report each of ``count`` records belongs to, named by its record of smallest place.

    Votes for SAME join records, the most confident first. No two records with a vote for
    DIFFERENT or LINKED end up together: where votes of one confidence would bring them there,
    those between the neighbourhoods that disagree are passed over, and if that is not enough all
    of them. ASK joins nothing. The result depends on what was said, not on its order nor on that
    of the records.

    Raises ValueError where a vote names a record that is not there.
    """
    if any(not 0 <= place < count for vote in votes for place in (vote.first, vote.second)):
        raise ValueError(f"a vote names a record outside 0..{count - 1}")
    apart = _neighbours(v for v in votes if v.verdict in _APART)
    cluster = list(range(count))
    levels: defaultdict[float, list[tuple[int, int]]] = defaultdict(list)
    for vote in votes:
        if vote.verdict is Sameness.SAME:
            levels[vote.confidence].append((vote.first, vote.second))
    for confidence in sorted(levels, reverse=True):
        cluster = _join(cluster, levels[confidence], apart)
    return cluster


def open_questions(
    votes: Iterable[PairVote], clusters: Sequence[int] | Mapping[int, int]
) -> list[PairVote]:
    """What a person should be asked, the likeliest duplicates first.

    ``clusters`` gives the report of each record that the votes name.
    A pair that other votes have joined is settled, and of two reports it is asked but once, about
    the likeliest pair of their records.
    """
    likeliest: dict[tuple[int, int], PairVote] = {}
    asked = [vote for vote in votes if vote.verdict is Sameness.ASK]
    for vote in sorted(asked, key=lambda v: (-v.confidence, v.first, v.second)):
        low, high = sorted((clusters[vote.first], clusters[vote.second]))
        if low != high:
            likeliest.setdefault((low, high), vote)
    return list(likeliest.values())


def _neighbours(votes: Iterable[PairVote]) -> dict[int, set[int]]:
    neighbours: defaultdict[int, set[int]] = defaultdict(set)
    for vote in votes:
        neighbours[vote.first].add(vote.second)
        neighbours[vote.second].add(vote.first)
    return dict(neighbours)


def _join(
    cluster: list[int], edges: Sequence[tuple[int, int]], apart: dict[int, set[int]]
) -> list[int]:
    """Join clusters along all edges at once, except where that brings together what is apart."""
    joined = _components(cluster, edges)
    torn = _torn(joined, apart)
    if not torn:
        return joined
    calm = [edge for edge in edges if joined[edge[0]] not in torn]
    disputed = [edge for edge in edges if joined[edge[0]] in torn]
    near = _neighbourhoods(cluster, disputed)
    agreed = [
        (first, second)
        for first, second in disputed
        if not any(apart.get(place, set()) & near[second] for place in near[first])
    ]
    tentative = _components(cluster, [*calm, *agreed])
    torn = _torn(tentative, apart)
    return _components(
        cluster, [*calm, *(edge for edge in agreed if tentative[edge[0]] not in torn)]
    )


def _components(cluster: Sequence[int], edges: Sequence[tuple[int, int]]) -> list[int]:
    root = list(cluster)

    def find(place: int) -> int:
        while root[place] != place:
            root[place] = root[root[place]]
            place = root[place]
        return place

    for first, second in edges:
        low, high = sorted((find(first), find(second)))
        root[high] = low
    return [find(place) for place in range(len(root))]


def _torn(cluster: Sequence[int], apart: dict[int, set[int]]) -> set[int]:
    """The clusters that hold two records said to be apart."""
    return {
        cluster[place]
        for place, others in apart.items()
        if any(cluster[place] == cluster[other] for other in others)
    }


def _neighbourhoods(
    cluster: Sequence[int], edges: Sequence[tuple[int, int]]
) -> dict[int, set[int]]:
    """For each end of an edge, all records in its own cluster and in those one edge away."""
    members: defaultdict[int, set[int]] = defaultdict(set)
    for place, name in enumerate(cluster):
        members[name].add(place)
    near: defaultdict[int, set[int]] = defaultdict(set)
    for first, second in edges:
        both = members[cluster[first]] | members[cluster[second]]
        near[first] |= both
        near[second] |= both
    return dict(near)
