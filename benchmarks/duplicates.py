"""Duplicates on labelled sets: what is found, what is lost, what a person is asked, and how long.

Run from the root of the checkout: ``python -m benchmarks.duplicates``.
"""

from __future__ import annotations

import csv
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from identification.duplicates import PairVote, cluster_records, find_duplicates
from identification.files import read_file
from identification.normalise import normalise_record
from review.decisions import Sameness
from review.records import Record

LABELLED = Path(__file__).resolve().parents[2] / "shared/data/dedup"
_PAIR_FIELDS = {
    "title": "title", "authors": "author", "year": "year", "journal": "journal",
    "volume": "volume", "issue": "number", "pages": "pages", "doi": "doi",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Score:
    """Counts on one set, at the level of records.

    ``extra`` copies beyond the first of each group; ``left`` of them not joined; ``lost`` distinct
    records joined to another; ``asked`` pairs for a person, ``left_after`` copies left when each
    was answered as labelled.
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


def score(path: Path) -> Score:
    """Find the duplicates of one labelled set (columns record_id ... group_id) and count."""
    with path.open(newline="", encoding="utf-8") as file:
        groups = {
            row["record_id"]: row["group_id"] or row["record_id"] for row in csv.DictReader(file)
        }
    entries = read_file(path).records
    truth = [groups[entry.record_id] for entry in entries]
    start = time.perf_counter()
    findings = find_duplicates([entry.record for entry in entries])
    clusters = cluster_records(len(entries), findings.votes)
    seconds = time.perf_counter() - start
    asked = [v for v in findings.asked if clusters[v.first] != clusters[v.second]]
    answered = [_answer(vote, truth) for vote in asked]
    settled = [vote for vote in findings.votes if vote.verdict is not Sameness.ASK]
    after = cluster_records(len(entries), [*settled, *answered])
    return Score(
        records=len(entries),
        extra=sum(size - 1 for size in Counter(truth).values()),
        left=_spread(truth, clusters),
        lost=_spread(clusters, truth),
        asked=len(asked),
        left_after=_spread(truth, after),
        seconds=seconds,
    )


def judge_pairs(path: Path) -> Counter[str]:
    """What is said of each pair of a file of pairs (columns title_a, title_b, ...)."""
    verdicts: Counter[str] = Counter()
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            votes = find_duplicates([_pair_record(row, "a"), _pair_record(row, "b")]).votes
            verdicts[votes[0].verdict if votes else "nothing"] += 1
    return verdicts


def main() -> None:
    if not LABELLED.is_dir():
        print(f"skipped: the labelled sets are not at {LABELLED}")
        return
    print(
        f"{'set':28}{'records':>8}{'extra':>7}{'sensit.':>9}{'lost':>6}{'asked':>7}{'':8}{'after':>9}{'s':>8}"
    )
    scores = {path.stem: score(path) for path in sorted(LABELLED.glob("bibdedupe_*.csv"))}
    for name, one in scores.items():
        print(one.row(name))
    first, *others = scores.values()
    print(sum(others, first).row("all"))
    for pairs in ("hard_negatives", "hard_positives"):
        said = judge_pairs(LABELLED / f"{pairs}.csv")
        print(f"{pairs}: " + ", ".join(f"{count} {name}" for name, count in sorted(said.items())))


def _spread(inner: Sequence[object], outer: Sequence[object]) -> int:
    """Over how many more than one of ``outer`` the members of each of ``inner`` are spread."""
    seen: defaultdict[object, set[object]] = defaultdict(set)
    for one, other in zip(inner, outer, strict=True):
        seen[one].add(other)
    return sum(len(others) - 1 for others in seen.values())


def _answer(vote: PairVote, truth: Sequence[str]) -> PairVote:
    said = Sameness.SAME if truth[vote.first] == truth[vote.second] else Sameness.DIFFERENT
    return PairVote(
        first=vote.first, second=vote.second, verdict=said, confidence=1.0, reason="as labelled"
    )


def _pair_record(row: dict[str, str], side: str) -> Record:
    fields = {name: [row[f"{column}_{side}"]] for name, column in _PAIR_FIELDS.items()}
    return normalise_record(fields, source="pairs")


if __name__ == "__main__":
    main()
