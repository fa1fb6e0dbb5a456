"""How well methods and aims are told from what a study found, where no heading says it.

On structured abstracts of published reviews, their headings hidden, and on the labelled passages of
this review, where a passage that bears a theme must not be taken for a method or an aim. The words
were chosen with the labelled passages in view; of the abstracts only these shares were seen.
Run it from the root of the checkout: `python -m benchmarks.sections`.
"""

from __future__ import annotations

import csv
import json
import random
import sys
from collections import Counter
from pathlib import Path

from extraction.cues import kind_of_words
from extraction.passages import split_passages
from extraction.sections import SectionKind, kind_of_section

_DATA = Path(__file__).resolve().parents[2] / "shared/data"
_PER_REVIEW = 60


def main() -> None:
    """Print, per true part of a report, what the words say, and what labelled passages say."""
    if not _DATA.is_dir():
        sys.exit(f"{_DATA}: the labelled data for development are not beside this checkout")
    csv.field_size_limit(10**8)
    told: Counter[tuple[SectionKind, SectionKind]] = Counter()
    for file in sorted((_DATA / "screening").glob("*_*.csv")):
        told += _compare(file)
    for kind in SectionKind:
        whole = sum(count for (true, _), count in told.items() if true is kind)
        if whole and kind is not SectionKind.OTHER:
            shares = {said: told[kind, said] / whole for said in SectionKind if told[kind, said]}
            words = ", ".join(f"{share:.2f} {said}" for said, share in shares.items())
            print(f"{kind:11} {whole:5} sentences: {words}")
    _tell_labelled()


def _compare(file: Path) -> Counter[tuple[SectionKind, SectionKind]]:
    with file.open(encoding="utf-8", newline="") as opened:
        abstracts = [row["abstract"] for row in csv.DictReader(opened)]
    structured = [abstract for abstract in abstracts if "METHODS:" in abstract.upper()]
    chosen = random.Random(0).sample(structured, min(_PER_REVIEW, len(structured)))
    return Counter(
        (kind_of_section(passage.section), kind_of_words(passage.quote.exact))
        for abstract in chosen
        for passage in split_passages("", abstract)
    )


def _tell_labelled() -> None:
    lines = (_DATA / "gold/themes.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    for name, chosen in (
        ("themed passages", [r for r in rows if r["themes"]]),
        ("methods", [r for r in rows if r["negative_type"] == "method"]),
        ("aims", [r for r in rows if r["negative_type"] == "aim"]),
    ):
        found = sum(kind_of_words(row["text"]) is not SectionKind.OTHER for row in chosen)
        print(f"labelled {name}: {found} of {len(chosen)} taken for methods or aims")


if __name__ == "__main__":
    main()
