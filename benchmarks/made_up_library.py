"""A library of made-up records with duplicates among them, and how long finding them takes."""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

from identification.duplicates import cluster_records, find_duplicates
from identification.votes import open_questions
from review.records import Record

# A title is put together from these, so that many share their beginnings and their words.
_DESIGNS = (
    "A randomised controlled trial of", "A qualitative study of", "Barriers to", "Effects of",
    "Implementing", "The cost of", "A systematic review of", "Experiences with", "Predictors of",
    "A mixed methods evaluation of", "Training for", "Feasibility of", "A pilot study of",
)  # fmt: skip
_TOPICS = (
    "peer support work", "supported employment", "shared decision making", "crisis planning",
    "cognitive remediation", "family psychoeducation", "recovery colleges", "housing first",
    "assertive community treatment", "mental health advocacy", "self-help groups", "open dialogue",
)  # fmt: skip
_PEOPLE = (
    "adults with schizophrenia", "people with bipolar disorder", "veterans", "young adults",
    "women after childbirth", "older people", "people leaving hospital", "refugees", "students",
    "adults with depression", "people with severe mental illness", "homeless people",
)  # fmt: skip
_PLACES = (
    "Uganda", "Germany", "Israel", "India", "the north of England", "rural Tanzania", "Ontario",
    "Brazil", "Hong Kong", "New York", "Hamburg", "Norway", "Scotland", "Kerala", "Victoria",
)  # fmt: skip
_JOURNALS = (
    ("Journal of Mental Health", "J Ment Health"), ("BMC Psychiatry", "BMC Psychiatry"),
    ("Psychiatric Services", "Psychiatr Serv"), ("Schizophrenia Bulletin", "Schizophr Bull"),
    ("Community Mental Health Journal", "Community Ment Health J"),
    ("Social Psychiatry and Psychiatric Epidemiology", "Soc Psychiatry Psychiatr Epidemiol"),
)  # fmt: skip
_COPIES = 0.25
_SYLLABLES = ("ba", "cor", "den", "el", "fi", "gar", "hol", "in", "ka", "lund", "mer", "no", "ster")


@dataclass(frozen=True, kw_only=True)
class TimedLibrary:
    """How long it took to find duplicates, by the clock and on its core.

    ``peak_mb`` is that of the whole process.
    """

    seconds: float
    core_seconds: float
    peak_mb: float
    compared: int
    copies: int
    joined: int
    asked: int


def made_up_records(count: int, seed: int = 1) -> Iterator[Record]:
    """Records of which a quarter are another database's copy of the one before.

    Copies have other ids, initials for names, a short name of the journal, and sometimes lack a
    DOI, pages or the abstract.
    """
    chance = random.Random(seed)
    made = 0
    while made < count:
        original = _record(chance, made)
        yield original
        made += 1
        if made < count and chance.random() < _COPIES / (1 - _COPIES):
            yield _copy(chance, original, made)
            made += 1


def time_library(count: int) -> TimedLibrary:
    """Find the duplicates of so many records in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.made_up_library", str(count)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return TimedLibrary(**json.loads(done.stdout))


def main() -> None:
    records = list(made_up_records(int(sys.argv[1])))
    start, core_start = time.perf_counter(), time.process_time()
    found = find_duplicates(records)
    clusters = cluster_records(len(records), found.votes)
    seconds = time.perf_counter() - start
    timed = TimedLibrary(
        seconds=seconds,
        core_seconds=time.process_time() - core_start,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        compared=found.compared,
        copies=sum(record.source == "b" for record in records),
        joined=len(records) - len(set(clusters)),
        asked=len(open_questions(found.votes, clusters)),
    )
    print(json.dumps(asdict(timed)))


def _record(chance: random.Random, number: int) -> Record:
    journal = chance.choice(_JOURNALS)[0]
    first_page = chance.randrange(1, 1800)
    year = chance.randrange(1990, 2026)
    title = " ".join(
        (chance.choice(_DESIGNS), chance.choice(_TOPICS), "for", chance.choice(_PEOPLE), "in",
         chance.choice(_PLACES))
    )  # fmt: skip
    return Record(
        source="a",
        source_id=f"sha256:{number}",
        title=f"{title}: {_name(chance)} and {_name(chance)} compared",
        authors=tuple(f"{_name(chance)}, {_name(chance)}" for _ in range(chance.randrange(1, 9))),
        year=year,
        journal=journal,
        volume=str(year - 1970),
        issue=str(chance.randrange(1, 13)),
        pages=f"{first_page}-{first_page + chance.randrange(4, 14)}",
        doi=f"10.1000/{number}",
        abstract=" ".join(_name(chance) for _ in range(120)),
    )


def _copy(chance: random.Random, original: Record, number: int) -> Record:
    return replace(
        original,
        source="b",
        source_id=f"sha256:{number}",
        title=original.title.upper() if chance.random() < 0.3 else f"{original.title}.",
        authors=tuple(f"{a.split(',')[0]}, {a.split(', ')[1][0]}." for a in original.authors),
        journal=dict(_JOURNALS)[original.journal],
        doi="" if chance.random() < 0.5 else original.doi,
        pages=original.pages if chance.random() < 0.8 else original.pages.partition("-")[0],
        abstract="" if chance.random() < 0.5 else original.abstract,
    )


def _name(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=chance.randrange(2, 5))).capitalize()


if __name__ == "__main__":
    main()
