"""Whether a model refitted from what people decided is better than the present one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]
# Figures by name of some of the rows held back, NaN where undefined.
Figures = Callable[[Rows], Mapping[str, float]]

# Fewer new answers than this say more of chance than of the review.
FEWEST = 50
_RESAMPLES = 300


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a candidate must show on rows held back.

    ``main`` must be higher, and its interval must exclude a loss. The interval of each figure in
    ``floors`` must exclude a loss of that much or more. ``words`` says what each figure is.
    """

    main: str
    floors: Mapping[str, float]
    words: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One figure of both models; ``low`` and ``high`` hold 95 % of the candidate's difference."""

    figure: str
    present: float
    candidate: float
    low: float
    high: float

    @property
    def change(self) -> float:
        """By how much the candidate's figure is higher."""
        return self.candidate - self.present

    def __str__(self) -> str:
        return (
            f"{self.figure} {self.present:.3f}, then {self.candidate:.3f} "
            f"({self.change:+.3f}, 95 % {self.low:+.3f} to {self.high:+.3f})"
        )


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The present recipe and the candidate on the same rows, which neither had seen."""

    rows: int
    studies: int
    better: bool
    why: str
    differences: tuple[Difference, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a file; an undefined figure is None, for NaN is no JSON."""
        plain = asdict(self)
        plain["differences"] = [
            {name: None if value != value else value for name, value in asdict(d).items()}
            for d in self.differences
        ]
        return plain


@dataclass(frozen=True, kw_only=True)
class Relearnt:
    """What became of one task's model.

    ``answers`` is how many of people's answers teach, ``new`` how many of them the ``present``
    model has not learnt from, ``blind`` how many were given before the machine's view was shown;
    ``left_out`` says why others do not teach, and how many. ``compared`` is None where there was
    nothing to compare yet, ``why`` then says so; ``folder`` is the version that was written.
    """

    task: str
    present: str
    answers: int
    new: int
    blind: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    why: str = ""
    compared: Comparison | None = None
    folder: Path | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a program."""
        plain = asdict(self)
        plain["folder"] = str(self.folder) if self.folder else None
        if self.compared:
            plain["compared"] = self.compared.as_dict()
        return plain

    def as_markdown(self) -> str:
        """The comparison for a person: a sentence, the figures, and what did not teach."""
        lines = [f"{self.task.capitalize()}: {self.why}", ""]
        if self.compared:
            lines += [
                f"{self.answers} answers of people taught, {self.new} of them new to "
                f"{self.present}. {self._how_held_back()}",
                "",
                "| figure | present | candidate | difference (95 %) |",
                "|---|---|---|---|",
                *(
                    f"| {d.figure} | {d.present:.3f} | {d.candidate:.3f} | {d.change:+.3f} "
                    f"({d.low:+.3f} to {d.high:+.3f}) |"
                    for d in self.compared.differences
                ),
                "",
            ]
        if self.left_out:
            said = "; ".join(f"{reason}: {number}" for reason, number in self.left_out.items())
            lines += [f"Not learnt from: {said}.", ""]
        return "\n".join(lines)

    def _how_held_back(self) -> str:
        assert self.compared is not None
        led = (
            f"Of people's answers only the {self.blind} given before the machine's view was shown "
            "were tested on."
            if self.blind
            else "No answer was given before the machine's view was shown: all were tested on, "
            "which may favour the present model."
        )
        return (
            f"Both were tested on the same {self.compared.rows} held back, of "
            f"{self.compared.studies} studies. {led}"
        )


def compare_figures(
    groups: Sequence[str], present: Figures, candidate: Figures, rule: Rule, *, seed: int = 0
) -> Comparison:
    """Both models' figures, and the intervals of their differences from drawing whole studies.

    ``groups`` names the study of each row held back. The intervals are percentiles of a paired
    bootstrap (Efron 1979): in each draw both models are judged on the same studies.
    """
    rows = np.arange(len(groups))
    names, places = np.unique(np.array(groups, dtype=str), return_inverse=True)
    members = [np.flatnonzero(places == number) for number in range(len(names))]
    random = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {name: [] for name in rule.words}
    for _ in range(_RESAMPLES):
        chosen = random.integers(len(names), size=len(names))
        sample = np.concatenate([members[number] for number in chosen])
        before, after = present(sample), candidate(sample)
        for name, values in drawn.items():
            values.append(after[name] - before[name])
    before, after = present(rows), candidate(rows)
    differences = {
        name: Difference(
            figure=words,
            present=before[name],
            candidate=after[name],
            **_interval(drawn[name]),
        )
        for name, words in rule.words.items()
    }
    lost = _lost(differences, rule)
    return Comparison(
        rows=len(rows),
        studies=len(names),
        better=not lost,
        why=lost or f"the candidate is better: {differences[rule.main]}",
        differences=tuple(differences.values()),
    )


def _lost(differences: Mapping[str, Difference], rule: Rule) -> str:
    """Why the present model stays; empty where it does not. NaN is never better."""
    main = differences[rule.main]
    if not (main.change > 0 and main.low >= 0):
        return f"the present model stays, since the candidate is not surely better: {main}"
    for name, floor in rule.floors.items():
        # What neither model was asked, neither can have lost.
        asked = not np.isnan([differences[name].present, differences[name].candidate]).all()
        if asked and not differences[name].low > -floor:
            return (
                f"the present model stays, since a loss of {floor:g} or more cannot be ruled out: "
                f"{differences[name]}"
            )
    return ""


def _interval(values: Sequence[float]) -> dict[str, float]:
    known = np.array(values)[~np.isnan(values)]
    low, high = np.quantile(known, [0.025, 0.975]) if len(known) else (np.nan, np.nan)
    return {"low": float(low), "high": float(high)}
