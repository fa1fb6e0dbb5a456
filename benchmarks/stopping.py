"""When rules stop screening on labelled reviews, what they save, and whether their claim holds.

Run from the checkout's root:  .venv/bin/python -m benchmarks.stopping [--sets NAME …]
Replays our ranking (benchmarks/screening.py says on what data, and what --vectors is) with one
relevant and ten irrelevant records known, asks each rule after every fortieth of the records, and
prints for it the share of records saved, the recall where it stopped, and in how many runs that was
at least 95 %. Intervals are 95 % bootstrap intervals over sets.

The odds of our rule were chosen among those printed, with a ranker much like ours: the most that
held in nine of ten runs over all sets, with a recall of 0.90 at least. The two halves of the sets
show how much the choice hangs on eight of them: the first alone would have chosen odds of 1.5, the
second 2.5.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.screening import DATA, PRIORS, load
from screening.learners import LearnerName, make_learner
from screening.simulate import draw_priors, replay
from screening.stopping import CONFIDENCE, ODDS, RECALL, check_stop, miss_probability

Rule = Callable[[Sequence[bool], int], bool]
_LOOKS = 40
_RESAMPLES = 2000


@dataclass(frozen=True, kw_only=True)
class Run:
    """One replay: whether each record was relevant, in the order of screening."""

    name: str
    seed: int
    relevant: tuple[bool, ...]


def main(arguments: Sequence[str]) -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sets", nargs="+", default=["all"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[42, 1, 2])
    parser.add_argument("--vectors", type=Path)
    parser.add_argument(
        "--learner", choices=[*LearnerName], type=LearnerName, default=LearnerName.OURS
    )
    asked = parser.parse_args(arguments)
    if not DATA.is_dir():
        sys.exit(f"{DATA}: not there; labelled reviews are no part of this project")
    names = asked.sets
    if list(names) == ["all"]:
        names = sorted((p.stem for p in DATA.glob("*.csv") if p.stem != "questions"), key=str.lower)
    runs = [
        run for name in names for run in _replay(name, asked.seeds, asked.vectors, asked.learner)
    ]
    told = pd.DataFrame(row for run in runs for row in _stop(run))
    for words, part in (("all", names), ("one half", names[::2]), ("the other", names[1::2])):
        _tell(f"{words}: {len(part)} sets", told[told.set.isin(part)])
    _tell_sets(told)


def rules() -> dict[str, Rule]:
    """Each rule by the words it is printed with."""
    urns: dict[str, Rule] = {
        f"urns, odds {odds:g}, confidence {confidence:.0%}": partial(
            _has_small_p, odds=odds, level=1 - confidence
        )
        for odds, confidence in (
            *((1.0, 0.95), (1.0, 0.9), (1.5, 0.9), (2.0, 0.95), (2.0, 0.9), (2.5, 0.9), (3.0, 0.9)),
        )
    }
    tails: dict[str, Rule] = {
        f"{n} irrelevant in a row": partial(_has_tail, length=n) for n in (50, 100, 200)
    }
    return {_OURS: lambda found, n: check_stop(found, n).may_stop, **urns, **tails}


_OURS = f"ours: odds {ODDS:g}, confidence {CONFIDENCE:.0%}, minima"


def _has_small_p(found: Sequence[bool], records: int, odds: float, level: float) -> bool:
    return miss_probability(found, records, odds=odds) < level


def _has_tail(found: Sequence[bool], records: int, length: int) -> bool:
    return len(found) >= length and any(found) and not any(found[-length:])


def _replay(
    name: str, seeds: Sequence[int], vectors: Path | None, learner: LearnerName
) -> Iterator[Run]:
    review = load(name, vectors)
    for seed in seeds:
        made = make_learner(learner, review.texts, review.portraits, review.question, seed)
        done = replay(made, review.labels, priors=draw_priors(review.labels, PRIORS, seed))
        yield Run(name=name, seed=seed, relevant=done.relevant)


def _stop(run: Run) -> Iterator[dict[str, object]]:
    """Where each rule stops this run; at the end where it never does."""
    records, relevant = len(run.relevant), sum(run.relevant)
    looks = range(max(5, records // _LOOKS), records, max(5, records // _LOOKS))
    needed = int(np.ceil(RECALL * relevant - 1e-9))
    at = {
        words: next((k for k in looks if rule(run.relevant[:k], records)), records)
        for words, rule in rules().items()
    }
    best = int(np.flatnonzero(np.cumsum(run.relevant) >= needed)[0]) + 1
    for words, stopped in {"as soon as 95 % are found": best, **at}.items():
        recall = sum(run.relevant[:stopped]) / relevant
        yield {
            "set": run.name,
            "seed": run.seed,
            "records": records,
            "relevant": relevant,
            "rule": words,
            "saved": 1 - stopped / records,
            "recall": recall,
            "ok": recall >= RECALL,
        }


def _tell(title: str, told: pd.DataFrame) -> None:
    print(f"\n{title}, {told.groupby(['set', 'seed']).ngroups} runs")
    print(f"{'rule':36s} {'saved (mean)':>20s} {'median':>7s} {'recall':>7s} {'least':>6s}", end="")
    print(f" {'at least 95 %':>20s}")
    for words, part in told.groupby("rule", sort=False):
        print(
            f"{words:36s} {_with_interval(part, 'saved')} {part.saved.median():7.3f} "
            f"{part.recall.mean():7.3f} {part.recall.min():6.3f} {_with_interval(part, 'ok')}"
        )


def _with_interval(part: pd.DataFrame, column: str) -> str:
    means = part.groupby("set")[column].mean().to_numpy(dtype=float)
    drawn = np.random.default_rng(0).choice(means, (_RESAMPLES, len(means))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{means.mean():6.3f} ({low:.2f} to {high:.2f})"


def _tell_sets(told: pd.DataFrame) -> None:
    """What our rule does set by set: the worst recall of the seeds, and what could be saved."""
    ours = told[told.rule == _OURS].groupby("set")
    best = told[told.rule == "as soon as 95 % are found"].groupby("set").saved.mean()
    table = pd.DataFrame(
        {
            "records": ours.records.first(),
            "relevant": ours.relevant.first(),
            "could save": best,
            "saves": ours.saved.mean(),
            "least recall": ours.recall.min(),
            "ok": ours.ok.mean(),
        }
    )
    print(f"\n{_OURS}, set by set")
    print(table.round(3).to_string())


if __name__ == "__main__":
    main(sys.argv[1:])
