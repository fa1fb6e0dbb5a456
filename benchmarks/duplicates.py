"""Duplicates on labelled sets: what is found, what is lost, what a person is asked, and how long.

Run from the root of the checkout: ``python -m benchmarks.duplicates``. ``--peer`` runs bib-dedupe
on the same records in the same process (several minutes), ``--speed`` times libraries of 10 000 and
100 000 made-up records, each in a process of its own, and takes their peak memory.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.made_up_library import time_library
from identification.duplicates import PairVote, cluster_records, find_duplicates
from identification.files import read_file
from identification.normalise import normalise_record
from identification.votes import open_questions
from review.decisions import Sameness
from review.records import Record

LABELLED = Path(__file__).resolve().parents[2] / "shared/data/dedup"
_PAIR_FIELDS = {
    "title": "title", "authors": "author", "year": "year", "journal": "journal",
    "volume": "volume", "issue": "number", "pages": "pages", "doi": "doi",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class LabelledSet:
    """Records of which is known which are one report: ``truth`` names the report of each."""

    name: str
    records: tuple[Record, ...]
    ids: tuple[str, ...]
    truth: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Score:
    """Counts on one set, at the level of records.

    ``extra`` copies beyond the first of each group; ``left`` of them not joined; ``lost`` distinct
    records joined to another; ``asked`` questions for a person, ``left_after`` copies left when
    each was answered as labelled.
    """

    records: int
    extra: int
    left: int
    lost: int
    asked: int
    left_after: int
    seconds: float

    def __add__(self, other: Score) -> Score:
        return Score(**{name: value + getattr(other, name) for name, value in vars(self).items()})

    def row(self, name: str) -> str:
        sensitivity, after = (1 - n / max(1, self.extra) for n in (self.left, self.left_after))
        return (
            f"{name:28}{self.records:8}{self.extra:7}{sensitivity:9.4f}{self.lost:6}"
            f"{self.asked:7}{100 * self.asked / max(1, self.records):7.2f}%{after:9.4f}"
            f"{self.seconds:8.2f}"
        )


Find = Callable[[LabelledSet], tuple[Sequence[PairVote], float]]


def read_labelled(path: Path) -> LabelledSet:
    """A labelled set (columns record_id ... group_id)."""
    with path.open(newline="", encoding="utf-8") as file:
        groups = {
            row["record_id"]: row["group_id"] or row["record_id"] for row in csv.DictReader(file)
        }
    entries = read_file(path).records
    return LabelledSet(
        name=path.stem.removeprefix("bibdedupe_"),
        records=tuple(entry.record for entry in entries),
        ids=tuple(entry.record_id for entry in entries),
        truth=tuple(groups[entry.record_id] for entry in entries),
    )


def find_votes(labelled: LabelledSet) -> tuple[Sequence[PairVote], float]:
    """What is said of the pairs of a set, and in how many seconds."""
    start = time.perf_counter()
    votes = find_duplicates(labelled.records).votes
    return votes, time.perf_counter() - start


def score(labelled: LabelledSet, votes: Sequence[PairVote], seconds: float) -> Score:
    """Count what follows from votes, alone and after a person's answers."""
    truth = labelled.truth
    clusters = cluster_records(len(truth), votes)
    asked = open_questions(votes, clusters)
    confirmed = [vote for vote in asked if truth[vote.first] == truth[vote.second]]
    return Score(
        records=len(truth),
        extra=sum(size - 1 for size in Counter(truth).values()),
        left=_spread(truth, clusters),
        lost=_spread(clusters, truth),
        asked=len(asked),
        left_after=_spread(truth, _join(clusters, confirmed)),
        seconds=seconds,
    )


def hold_out(
    name: str, votes: Mapping[str, Sequence[PairVote]], sets: Mapping[str, LabelledSet]
) -> list[PairVote]:
    """The votes on one set, by what the other sets have shown.

    A reason joins records only if it joined some elsewhere and never two reports; else it asks. Of
    that rule are excepted those that rest on a DOI, which four of the five sets hardly know. A
    question is put unless its answer was always no elsewhere, ten times or more.
    """
    right, wrong = count_reasons(votes, sets, [other for other in sets if other != name])
    return [
        replace(vote, verdict=Sameness.ASK, confidence=0.5)
        if vote.verdict is Sameness.SAME
        and (wrong[vote.reason] or not (right[vote.reason] or "DOI" in vote.reason))
        else vote
        for vote in votes[name]
        if vote.verdict is not Sameness.ASK or right[vote.reason] or wrong[vote.reason] < 10
    ]


def count_reasons(
    votes: Mapping[str, Sequence[PairVote]],
    sets: Mapping[str, LabelledSet],
    names: Collection[str],
) -> tuple[Counter[str], Counter[str]]:
    """How often each reason stood for one report, and how often for two."""
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for name in names:
        truth = sets[name].truth
        for vote in votes[name]:
            is_one = truth[vote.first] == truth[vote.second]
            (right if is_one else wrong)[vote.reason] += 1
    return right, wrong


def judge_pairs(path: Path) -> Counter[str]:
    """What is said of each pair of a file of pairs (columns title_a, title_b, ...)."""
    verdicts: Counter[str] = Counter()
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            votes = find_duplicates([_pair_record(row, "a"), _pair_record(row, "b")]).votes
            verdicts[votes[0].verdict if votes else "nothing"] += 1
    return verdicts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", action="store_true", help="run bib-dedupe, too")
    parser.add_argument("--speed", action="store_true", help="time large libraries, too")
    asked = parser.parse_args()
    if LABELLED.is_dir():
        _print_sets(with_peer=asked.peer)
    else:
        print(f"skipped: the labelled sets are not at {LABELLED}")
    if asked.speed:
        _print_speed()


def _print_sets(with_peer: bool) -> None:
    sets = {one.name: one for one in map(read_labelled, sorted(LABELLED.glob("bibdedupe_*.csv")))}
    found = {name: find_votes(one) for name, one in sets.items()}
    votes = {name: said for name, (said, _) in found.items()}
    _print_table("all rules", {n: score(sets[n], *found[n]) for n in sets})
    _print_table(
        "by what other sets showed",
        {n: score(sets[n], hold_out(n, votes, sets), found[n][1]) for n in sets},
    )
    if with_peer:
        from benchmarks.duplicates_peer import find_peer_votes

        _print_table(
            "bib-dedupe", {n: score(one, *find_peer_votes(one)) for n, one in sets.items()}
        )
    _print_reasons(votes, sets)
    for pairs in ("hard_negatives", "hard_positives"):
        said = judge_pairs(LABELLED / f"{pairs}.csv")
        print(f"{pairs}: " + ", ".join(f"{count} {name}" for name, count in sorted(said.items())))


def print_head(title: str) -> None:
    print(
        f"{title:28}{'records':>8}{'extra':>7}{'sensit.':>9}{'lost':>6}{'asked':>7}"
        f"{'':8}{'after':>9}{'s':>8}"
    )


def _print_table(title: str, scores: Mapping[str, Score]) -> None:
    print_head(title)
    for name, one in scores.items():
        print(one.row(name))
    first, *others = scores.values()
    print(sum(others, first).row("all") + "\n")


def _print_reasons(
    votes: Mapping[str, Sequence[PairVote]], sets: Mapping[str, LabelledSet]
) -> None:
    right, wrong = count_reasons(votes, sets, sets)
    verdicts = {vote.reason: vote.verdict for said in votes.values() for vote in said}
    print(f"{'verdict':10}{'one report':>11}{'two':>6}  reason")
    for reason in sorted(verdicts, key=lambda r: (verdicts[r], -right[r], r)):
        print(f"{verdicts[reason]:10}{right[reason]:11}{wrong[reason]:6}  {reason}")
    print()


def _print_speed() -> None:
    for count in (10_000, 100_000):
        timed = time_library(count)
        print(
            f"{count:7} records: {timed.seconds:.1f} s ({timed.core_seconds:.1f} s of one core), "
            f"peak {timed.peak_mb:.0f} MB, "
            f"{timed.compared} pairs looked at, {timed.joined} of {timed.copies} copies joined, "
            f"{timed.asked} asked"
        )


def _spread(inner: Sequence[object], outer: Sequence[object]) -> int:
    """Over how many more than one of ``outer`` the members of each of ``inner`` are spread."""
    seen: defaultdict[object, set[object]] = defaultdict(set)
    for one, other in zip(inner, outer, strict=True):
        seen[one].add(other)
    return sum(len(others) - 1 for others in seen.values())


def _join(clusters: Sequence[int], confirmed: Sequence[PairVote]) -> list[int]:
    """Clusters after a person has joined some, whatever the machine said against it."""
    certain = [replace(vote, verdict=Sameness.SAME, confidence=1.0) for vote in confirmed]
    members = [
        PairVote(
            first=min(name, place), second=max(name, place),
            verdict=Sameness.SAME, confidence=1.0, reason="joined",
        )
        for place, name in enumerate(clusters)
        if place != name
    ]  # fmt: skip
    return cluster_records(len(clusters), [*members, *certain])


def _pair_record(row: dict[str, str], side: str) -> Record:
    fields = {name: [row[f"{column}_{side}"]] for name, column in _PAIR_FIELDS.items()}
    return normalise_record(fields, source="pairs")


if __name__ == "__main__":
    main()
