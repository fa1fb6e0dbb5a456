"""What becomes of duplicates where libraries leave fields out: nobody should be lost, only asked.

Run from the root of the checkout: ``python -m benchmarks.duplicates_missing``. Each row is all
labelled sets with one field taken out of all records, or out of every second one by lot.
"""

from __future__ import annotations

import random
from dataclasses import replace

from benchmarks.duplicates import LABELLED, Score, find_votes, print_head, read_labelled, score
from review.records import Record

_EMPTY: dict[str, dict[str, object]] = {
    "pages": {"pages": ""},
    "volume and issue": {"volume": "", "issue": ""},
    "volume, issue, pages": {"volume": "", "issue": "", "pages": ""},
    "DOI": {"doi": ""},
    "journal": {"journal": ""},
    "authors": {"authors": ()},
    "year": {"year": None},
    "abstract": {"abstract": ""},
}


def main() -> None:
    if not LABELLED.is_dir():
        print(f"skipped: the labelled sets are not at {LABELLED}")
        return
    print_head("all sets without")
    print(_score_without({}, 0).row("nothing"))
    for name, empty in _EMPTY.items():
        print(_score_without(empty, 1).row(name))
        print(_score_without(empty, 0.5).row(f"half of {name}"))


def _score_without(empty: dict[str, object], share: float) -> Score:
    chance = random.Random(3)
    scores = []
    for path in sorted(LABELLED.glob("bibdedupe_*.csv")):
        labelled = read_labelled(path)
        records = tuple(
            _without(record, empty) if chance.random() < share else record
            for record in labelled.records
        )
        labelled = replace(labelled, records=records)
        scores.append(score(labelled, *find_votes(labelled)))
    first, *others = scores
    return sum(others, first)


def _without(record: Record, empty: dict[str, object]) -> Record:
    return replace(record, **empty)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
