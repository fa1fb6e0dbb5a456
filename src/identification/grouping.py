"""Which records are of one report, once people have answered what the machine could not tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from review.decisions import Sameness


class Grouping:
    """Records put together pair by pair; what comes first holds.

    Joining passes over a pair that would bring together two records said to be apart, and parting
    one that is together already.
    """

    def __init__(self, records: Iterable[int]) -> None:
        self._group_of = {record: {record} for record in records}
        self._apart: defaultdict[int, set[int]] = defaultdict(set)

    def join(self, one: int, other: int) -> None:
        """Put the groups of two records together, unless anything keeps them apart."""
        kept, gone = self._group_of[one], self._group_of[other]
        if kept is gone or any(self._apart[record] & gone for record in kept):
            return
        kept |= gone
        for record in gone:
            self._group_of[record] = kept

    def part(self, one: int, other: int) -> None:
        """Keep two records apart from now on."""
        if self._group_of[one] is not self._group_of[other]:
            self._apart[one].add(other)
            self._apart[other].add(one)

    def with_(self, record: int) -> frozenset[int]:
        """All records of one's group, that record among them."""
        return frozenset(self._group_of[record])


def regroup(
    placed_in: Mapping[int, int],
    answers: Sequence[tuple[int, int, Sameness]],
    joins: Sequence[tuple[int, int]],
) -> dict[int, int]:
    """The report of each record: the machine's, changed by people's answers one after the other.

    ``placed_in`` is the report the machine put each record into; ``answers`` are (record, record,
    verdict), oldest first, so that the last word holds; ``joins`` are the pairs that the machine
    says are one report, the surest first. SAME joins two reports whole. DIFFERENT and LINKED part
    a report in two: what goes with which follows from earlier answers, then from the surest
    votes, then from where the machine had put a record. Each report is named by its earliest
    record. With no answer, all is as the machine has it.
    """
    group_of: dict[int, frozenset[int]] = {}
    blocks: defaultdict[int, set[int]] = defaultdict(set)
    for record, placed in placed_in.items():
        blocks[placed].add(record)
    for block in blocks.values():
        group_of.update(dict.fromkeys(block, frozenset(block)))
    for n, (one, other, verdict) in enumerate(answers):
        first, second = group_of[one], group_of[other]
        if verdict is Sameness.SAME:
            groups = [first | second]
        elif first == second:
            said = [(a, b) for a, b, earlier in reversed(answers[:n]) if earlier is Sameness.SAME]
            groups = _part(first, (one, other), said, joins, placed_in)
        else:
            continue
        for group in groups:
            group_of.update(dict.fromkeys(group, group))
    return {record: min(group) for record, group in group_of.items()}


def _part(
    group: frozenset[int],
    apart: tuple[int, int],
    said: Iterable[tuple[int, int]],
    joins: Iterable[tuple[int, int]],
    placed_in: Mapping[int, int],
) -> list[frozenset[int]]:
    """The two parts of a group, one with each of two records that are apart."""
    parts = Grouping(sorted(group))
    parts.part(*apart)
    inside = [pair for pair in joins if placed_in[pair[0]] == placed_in[pair[1]]]
    ordered = sorted(group)
    beside = [
        (a, b) for n, b in enumerate(ordered) for a in ordered[:n] if placed_in[a] == placed_in[b]
    ]
    for one, other in (*said, *inside, *beside):
        if one in group and other in group:
            parts.join(one, other)
    return [parts.with_(record) for record in apart]
