"""When rules stop screening on labelled reviews, what they save, and whether their claim holds.

Run from the checkout's root:  .venv/bin/python -m benchmarks.stopping [--sets NAME …]
Replays our ranking (benchmarks/screening.py says on what data, and what --vectors is) with one
relevant and ten irrelevant records known, asks each rule after every fortieth of the records, and
prints for it the share of records saved, the recall where it stopped, and in how many runs that was
at least 95 %. Intervals are 95 % bootstrap intervals over sets.

Our rule stops where both say so: the urns with its odds, and the ranking, which may expect no more
relevant records among the others than the target lets one miss. Its constants were chosen on these
sets. What such a choice is worth on a review not seen is told by the line "chosen without the
set": for each set they are chosen anew on the others, of those printed by --grid the ones that save
most while 95 % of the runs hold and none finds less than 93 %.

Tried and left, with the ranking before this one (saved, runs that hold, least recall): the urns
alone, odds 2.5 (0.37, 0.90, 0.90); a lognormal prior over the odds in place of a number (0.38,
0.90, 0.90); odds that follow those of the finds so far (0.38, 0.92, 0.90); urns in which relevant
records differ in their odds, fitted to the run (0.14, 0.95, 0.78). An order of finds that ends
looks alike whether or not more follow: only what the ranking makes of the open records tells.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.screening import DATA, PRIORS, Labelled, load
from screening.ranking import Ranker
from screening.remaining import expect_relevant
from screening.simulate import Learner, draw_priors, replay
from screening.stopping import (
    CONFIDENCE,
    FEWEST_FOUND,
    ODDS,
    RECALL,
    check_stop,
    miss_probability,
)

_LOOKS = 40
_RESAMPLES = 2000
_OURS = f"ours: odds {ODDS:g}, confidence {CONFIDENCE:.0%}"
_BEST = "as soon as 95 % are found"
# Of these the constants were chosen: the odds, and how many records more than may be missed the
# ranking may expect.
_GRID = tuple(product((2.0, 2.5, 3.0, 3.5, 4.0), (0.0, 0.5, 1.0)))
_HOLDS = 0.95
_LEAST = 0.93


class Run:
    """One replay: whether each record was relevant, in the order of screening."""

    def __init__(self, review: Labelled, seed: int, learner: Learner) -> None:
        self.name, self.seed = review.name, seed
        self._labels, self._learner = review.labels, learner
        done = replay(learner, review.labels, priors=draw_priors(review.labels, PRIORS, seed))
        self._priors, self._order, self.relevant = done.priors, done.order, done.relevant
        self._p: dict[tuple[int, float], float] = {}
        self._expected: dict[int, float] = {}

    def p(self, screened: int, odds: float) -> float:
        """The p value of the urns after so many records."""
        if (screened, odds) not in self._p:
            found, records = self.relevant[:screened], len(self.relevant)
            self._p[screened, odds] = miss_probability(found, records, odds=odds)
        return self._p[screened, odds]

    def expected(self, screened: int) -> float:
        """How many more relevant records the ranking expects after so many."""
        if screened not in self._expected:
            known = (*self._priors, *self._order[:screened])
            labels = {place: self._labels[place] for place in known}
            self._expected[screened] = expect_relevant(self._score, labels, self._order[screened:])
        return self._expected[screened]

    def _score(self, labels: Mapping[int, bool], places: Collection[int]) -> dict[int, float]:
        ranked = self._learner.rank(labels)
        return dict(zip(ranked.places.tolist(), ranked.scores.tolist(), strict=True))


Rule = Callable[[Run, int], bool]


def main(arguments: Sequence[str]) -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sets", nargs="+", default=["all"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[42, 1, 2])
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--grid", action="store_true", help="what the constants were chosen of")
    asked = parser.parse_args(arguments)
    if not DATA.is_dir():
        sys.exit(f"{DATA}: not there; labelled reviews are no part of this project")
    names = asked.sets
    if list(names) == ["all"]:
        names = sorted((p.stem for p in DATA.glob("*.csv") if p.stem != "questions"), key=str.lower)
    tables, tried = [], []
    for name in names:
        for run in _replay(name, asked.seeds, asked.vectors):
            tables.append(_stop(run, rules()))
            tried.append(_stop(run, {_words(*one): partial(_may_stop, one) for one in _GRID}))
        print(f"  {name} done", file=sys.stderr)
    told, grid = pd.concat(tables), pd.concat(tried)
    if len(names) > 1:
        told = pd.concat([told, _choose_without(grid)])
    for words, part in (("all", names), ("one half", names[::2]), ("the other", names[1::2])):
        _tell(f"{words}: {len(part)} sets", told[told.set.isin(part)])
    _tell_sets(told)
    if asked.grid:
        _tell("what the constants were chosen of", grid)


def rules() -> dict[str, Rule]:
    """Each rule by the words it is printed with."""
    urns: dict[str, Rule] = {
        f"urns, odds {odds:g}, confidence {1 - level:.0%}": partial(_has_small_p, odds, level)
        for odds, level in (
            *((1.0, 0.05), (1.0, 0.1), (1.5, 0.1), (2.0, 0.05), (2.0, 0.1), (2.5, 0.1)),
            *((3.0, 0.1), (ODDS, 0.1)),
        )
    }
    tails: dict[str, Rule] = {
        f"{n} irrelevant in a row": partial(_has_tail, n) for n in (50, 100, 200)
    }
    return {
        _OURS: lambda run, k: (
            check_stop(run.relevant[:k], len(run.relevant), lambda: run.expected(k)).may_stop
        ),
        **urns,
        **tails,
    }


def _has_small_p(odds: float, level: float, run: Run, screened: int) -> bool:
    return run.p(screened, odds) < level


def _has_tail(length: int, run: Run, screened: int) -> bool:
    found = run.relevant[:screened]
    return screened >= length and any(found) and not any(found[-length:])


def _may_stop(constants: tuple[float, float], run: Run, screened: int) -> bool:
    """Our rule with other constants."""
    odds, more = constants
    found = sum(run.relevant[:screened])
    return (
        found >= FEWEST_FOUND
        and run.p(screened, odds) < 1 - CONFIDENCE
        and run.expected(screened) <= found * (1 / RECALL - 1) + more
    )


def _words(odds: float, more: float) -> str:
    return f"odds {odds:g}, expects {more:g} more"


def _replay(name: str, seeds: Sequence[int], vectors: Path | None) -> Iterator[Run]:
    review = load(name, vectors)
    learner = Ranker(review.texts, review.portraits, review.question)
    for seed in seeds:
        yield Run(review, seed, learner)


def _stop(run: Run, asked: Mapping[str, Rule]) -> pd.DataFrame:
    """Where each rule stops this run; at the end where it never does."""
    records, relevant = len(run.relevant), sum(run.relevant)
    looks = range(max(5, records // _LOOKS), records, max(5, records // _LOOKS))
    needed = int(np.ceil(RECALL * relevant - 1e-9))
    best = int(np.flatnonzero(np.cumsum(run.relevant) >= needed)[0]) + 1
    stops = {_BEST: best} | {
        words: next((k for k in looks if rule(run, k)), records) for words, rule in asked.items()
    }
    rows = [
        {
            "set": run.name,
            "seed": run.seed,
            "records": records,
            "relevant": relevant,
            "rule": words,
            "saved": 1 - stopped / records,
            "recall": (recall := sum(run.relevant[:stopped]) / relevant),
            "ok": recall >= RECALL,
        }
        for words, stopped in stops.items()
    ]
    return pd.DataFrame(rows)


def _choose_without(grid: pd.DataFrame) -> pd.DataFrame:
    """Each set stopped by the constants that do best on the others."""
    rows = []
    for name in grid.set.unique():
        others = grid[(grid.set != name) & (grid.rule != _BEST)].groupby("rule")
        found = pd.DataFrame(
            {"ok": others.ok.mean(), "least": others.recall.min(), "saved": others.saved.mean()}
        )
        sound = found[(found.ok >= _HOLDS) & (found.least >= _LEAST)]
        # Where no constants hold, none may be relied on: all is screened.
        chosen = str(sound.saved.idxmax()) if len(sound) else ""
        own = grid[(grid.set == name) & (grid.rule == (chosen or _BEST))]
        rows.append(own if chosen else own.assign(saved=0.0, recall=1.0, ok=True))
    return pd.concat(rows).assign(rule="ours, chosen without the set")


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
    best = told[told.rule == _BEST].groupby("set").saved.mean()
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
