"""Ranking beside the ELAS u4 of ASReview on labelled reviews: same priors, same seeds, and cost.

Run from the checkout's root:  .venv/bin/python -m benchmarks.screening [--sets NAME …]
Reads ../shared/data/screening (CSV files with title, abstract and label_included, and
questions.csv). The peer is the `asreview` on PATH or in ASREVIEW (pip install asreview==2.2, in an
environment of its own), else this project's copy of u4; the output says which. With --vectors
FOLDER the vectors of a set are kept there and found again. Prints the means over seeds per set
(less atd is better, more wss95 and r10), the means over the sets on which variants were chosen and
over those on which they were not, the start without labels, and what a ranking costs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from review.language import Encoder, MemoryCache
from review.sentences import split_sentences
from screening.discovery import Discovery, discover
from screening.learners import LearnerName, make_learner
from screening.ranking import Portraits, Question, Ranker
from screening.report_vectors import ask, describe_reports
from screening.simulate import Priors, draw_priors, replay

DATA = Path(__file__).resolve().parents[2] / "shared/data/screening"
# The variants were chosen on these sets; on the others only what had been chosen was run.
CHOSEN_ON = (
    *("BrethPetersen_2023_solastalgia", "Cohen_UrinaryIncontinence", "Cohen_ADHD"),
    *("Manchini_2022_teachers_softskills", "Cohen_Triptans", "Cohen_Estrogens"),
    "CAIM_COVID_socialmedia",
)
DEFAULT = (
    *("BrethPetersen_2023_solastalgia", "Cohen_UrinaryIncontinence"),
    *("Cohen_Antihistamines", "Cohen_NSAIDS", "Cohen_OralHypoglycemics"),
)
PRIORS = Priors(relevant=1, irrelevant=10)
# (records, labels) of the cost table.
COSTS = ((6_000, 50), (6_000, 500), (9_000, 500), (9_000, 3_000))


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """One review: its texts, what was decided, and what is asked of them."""

    name: str
    path: Path
    texts: list[str]
    labels: list[bool]
    portraits: Portraits
    question: Question


def main(arguments: Sequence[str]) -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sets", nargs="+", default=DEFAULT, help="or: all")
    parser.add_argument("--seeds", nargs="+", type=int, default=[42, 1, 2])
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--cost-only", action="store_true")
    parser.add_argument("--no-cost", action="store_true")
    asked = parser.parse_args(arguments)
    if not DATA.is_dir():
        sys.exit(f"{DATA}: not there; labelled reviews are no part of this project")
    if not asked.cost_only:
        names = asked.sets
        if list(names) == ["all"]:
            names = sorted(p.stem for p in DATA.glob("*.csv") if p.stem != "questions")
        sets = [load(name, asked.vectors) for name in names]
        compare(sets, asked.seeds)
        compare_cold(sets, asked.seeds)
    if not asked.no_cost:
        tell_cost()


def load(name: str, kept: Path | None = None) -> Labelled:
    """A labelled review by the name of its file, its vectors made or found."""
    path = DATA / f"{name}.csv"
    table = pd.read_csv(path).fillna("")
    questions = pd.read_csv(DATA / "questions.csv").set_index("dataset").question
    pairs = list(zip(table.title.astype(str), table.abstract.astype(str), strict=True))
    encoder = Encoder()
    question = ask([s.text for s in split_sentences(questions[name])], encoder)
    file = kept / f"{name}-{encoder.fingerprint[:16]}.npz" if kept else None
    if file and file.exists():
        portraits = Portraits(**np.load(file))
    else:
        print(f"making the sentence vectors of {name}", file=sys.stderr)
        portraits = describe_reports(pairs, question, encoder, MemoryCache())
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            np.savez(file, vectors=portraits.vectors, nearness=portraits.nearness)
    return Labelled(
        name=name,
        path=path,
        texts=[f"{title}\n{abstract}" for title, abstract in pairs],
        labels=[bool(label) for label in table.label_included.astype(int)],
        portraits=portraits,
        question=question,
    )


def run_ours(review: Labelled, seed: int, priors: Sequence[int]) -> Discovery:
    """Our ranker on one review."""
    return _run(LearnerName.OURS, review, seed, priors)


def run_copy(review: Labelled, seed: int, priors: Sequence[int]) -> Discovery:
    """This project's copy of u4 on one review."""
    return _run(LearnerName.U4, review, seed, priors)


def _run(name: LearnerName, review: Labelled, seed: int, priors: Sequence[int]) -> Discovery:
    learner = make_learner(name, review.texts, review.portraits, review.question, seed)
    found = discover(replay(learner, review.labels, priors=priors).relevant)
    assert found is not None
    return found


def find_asreview() -> str | None:
    """The program of the peer, where there is one."""
    return os.environ.get("ASREVIEW") or shutil.which("asreview")


def run_asreview(program: str, review: Labelled, seed: int, priors: Sequence[int]) -> Discovery:
    """`asreview simulate` on one review, to its last relevant record."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "replay.asreview"
        command = [program, "simulate", str(review.path), "--seed", str(seed), "-o", str(out)]
        if priors:
            command += ["--prior-idx", *map(str, priors)]
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
        with zipfile.ZipFile(out) as project:
            name = next(n for n in project.namelist() if n.endswith("results.db"))
            project.extract(name, folder)
        with sqlite3.connect(Path(folder) / name) as results:
            labels = pd.read_sql("SELECT label, querier FROM results", results)
    screened = labels[labels.querier.notna()] if priors else labels
    places = np.flatnonzero(screened.label == 1) + 1
    return Discovery(records=len(review.labels) - len(priors), places=tuple(int(p) for p in places))


def compare(sets: Sequence[Labelled], seeds: Sequence[int]) -> None:
    """With one relevant and ten irrelevant records labelled before."""
    program = find_asreview()
    print(f"peer: {program or 'a copy of ELAS u4 (no asreview on PATH or in ASREVIEW)'}")
    print(f"priors: 1 relevant and 10 irrelevant; means over the seeds {list(seeds)}\n")

    def peer(review: Labelled, seed: int, priors: Sequence[int]) -> Discovery:
        if program:
            return run_asreview(program, review, seed, priors)
        return run_copy(review, seed, priors)

    rows = []
    for review in sets:
        drawn = [draw_priors(review.labels, PRIORS, seed) for seed in seeds]
        row: dict[str, float | str] = {
            "set": review.name,
            "records": len(review.labels),
            "relevant": sum(review.labels),
        }
        for name, run in (("u4", peer), ("ours", run_ours)):
            found = [run(review, s, p) for s, p in zip(seeds, drawn, strict=True)]
            row |= {
                f"{name} atd": float(np.mean([f.time_to_discovery for f in found])),
                f"{name} wss95": float(np.mean([f.work_saved(0.95) for f in found])),
                f"{name} r10": float(np.mean([f.recall_at(0.1) for f in found])),
            }
        rows.append(row)
        print(f"  {review.name} done", file=sys.stderr)
    table = pd.DataFrame(rows)
    table["atd change"] = table["ours atd"] / table["u4 atd"] - 1
    print(table.round(3).to_string(index=False))
    chosen = table.set.isin(CHOSEN_ON)
    for words, part in (
        ("sets chosen on", table[chosen]),
        ("other sets", table[~chosen]),
        ("all", table),
    ):
        if len(part):
            _tell_means(words, part)


def _tell_means(words: str, part: pd.DataFrame) -> None:
    means = part.mean(numeric_only=True)
    change = part["atd change"]
    print(
        f"{words:<15} {len(part):2} sets: atd {means['u4 atd']:.3f} -> {means['ours atd']:.3f} "
        f"({means['ours atd'] / means['u4 atd'] - 1:+.1%}), "
        f"wss95 {means['ours wss95'] - means['u4 wss95']:+.3f}, "
        f"r10 {means['ours r10'] - means['u4 r10']:+.3f}, "
        f"better on {(change < 0).sum()}, worst {change.max():+.1%}"
    )


def compare_cold(sets: Sequence[Labelled], seeds: Sequence[int]) -> None:
    """Without any label: our start from the question beside u4 after a random start."""
    print("\nno labels before: ours from the question, the copy of u4 from a random start\n")
    rows = []
    for review in sets:
        ours = run_ours(review, 0, ())
        peer = [run_copy(review, seed, ()) for seed in seeds]
        rows.append(
            {
                "set": review.name,
                "u4 atd": np.mean([f.time_to_discovery for f in peer]),
                "ours atd": ours.time_to_discovery,
                "u4 first": np.mean([f.first for f in peer]),
                "ours first": ours.first,
                "u4 r10": np.mean([f.recall_at(0.1) for f in peer]),
                "ours r10": ours.recall_at(0.1),
            }
        )
    table = pd.DataFrame(rows)
    print(table.round(3).to_string(index=False))
    chosen = table.set.isin(CHOSEN_ON)
    for words, part in (("sets chosen on", table[chosen]), ("other sets", table[~chosen])):
        if len(part):
            print(
                f"{words:<15} {len(part):2} sets: atd {part['u4 atd'].mean():.3f} -> "
                f"{part['ours atd'].mean():.3f} "
                f"({part['ours atd'].mean() / part['u4 atd'].mean() - 1:+.1%}), first relevant "
                f"within five on {(part['ours first'] <= 5).mean():.0%}"
            )


def tell_cost() -> None:
    """CPU time of a ranking after a label, and of a hundred thousand records ranked afresh."""
    tables = [pd.read_csv(p).fillna("") for p in sorted(DATA.glob("*_*.csv"))]
    table = pd.concat(tables).sample(frac=1, random_state=0)
    texts = [f"{t}\n{a}" for t, a in zip(table.title, table.abstract, strict=True)]
    labels = table.label_included.astype(int).to_numpy()
    print("\nCPU time; texts of all sets, vectors made up around two topics\n")
    for records, labelled in COSTS:
        ranker, known = _made_up(texts[:records], labels[:records], labelled)
        seconds = min(_cpu(lambda r=ranker, k=known: r.rank(k)) for _ in range(3))
        print(f"{records:>9,} records, {labelled:>5,} labels: {seconds * 1000:6.0f} ms a ranking")
    many = (texts * 6)[:100_000]
    begun = time.process_time()
    ranker, known = _made_up(many, np.tile(labels, 6)[:100_000], 1_000)
    ranker.rank(known)
    print(f"  100,000 records ranked afresh, 1,000 labels: {time.process_time() - begun:6.1f} s")
    learned = ranker.learn(known)
    blank = Portraits(
        vectors=np.zeros((2_000, 1_152), dtype=np.float32),
        nearness=np.zeros(2_000, dtype=np.float32),
    )
    seconds = _cpu(lambda: learned.score_texts(many[:2_000], blank))
    print(f"1,000,000 records scored, 2,000 at a time:   {seconds * 500:6.1f} s")


def _made_up(
    texts: Sequence[str], labels: np.ndarray, labelled: int
) -> tuple[Ranker, dict[int, bool]]:
    draw = np.random.default_rng(0)
    topic = draw.normal(size=(2, 1_152)).astype(np.float32)
    vectors = draw.normal(size=(len(texts), 1_152)).astype(np.float32) + 0.5 * topic[labels]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    question = Question(words="randomised trials of treatments", vectors=vectors[:1, :384])
    portraits = Portraits(vectors=vectors, nearness=vectors[:, 0])
    known = {int(p): bool(labels[p]) for p in draw.choice(len(texts), labelled, replace=False)}
    return Ranker(texts, portraits, question), known


def _cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


if __name__ == "__main__":
    main(sys.argv[1:])
