"""Whether the reports of a run are unlike those judged before: alarms, in a sentence each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import fisher_exact, ks_2samp

from review.store.assessments import Judged

# One run in a hundred raises a false alarm: one in two years of weekly runs.
_FALSE_ALARMS = 0.01
# Fewer reports cannot tell a real shift from chance (at 20, a share must move by some 35 points).
FEWEST_COMPARED = 20
# A shift that many reports make certain and that changes nothing is no alarm.
_SMALLEST_SHIFT = 0.1
_SMALLEST_DISTANCE = 0.15


@dataclass(frozen=True, kw_only=True)
class _Comparison:
    sentence: str
    p: float
    is_large: bool


def find_drift(new: Judged, before: Judged) -> tuple[str, ...]:
    """What is unlike before about a run's new reports; empty where nothing is, or none can be told.

    Compared are the probabilities of inclusion (two-sample Kolmogorov-Smirnov test), and by
    Fisher's exact test the share of unclear answers to each criterion, of reports without an
    abstract and of each stated language. An alarm takes a p value below 0.01 after Holm's
    correction for the number of comparisons, and a shift of at least 10 points (for the
    probabilities: a distance of at least 0.15). With fewer than 20 reports on either side nothing
    is compared. The reports a model was fitted on are no base: they were chosen so that each
    criterion is met often, as the reports of a week are not.
    """
    if min(len(new.probabilities), len(before.probabilities)) < FEWEST_COMPARED:
        return ()
    comparisons = sorted(_compare(new, before), key=lambda c: c.p)
    alarms = []
    for done, comparison in enumerate(comparisons):
        if comparison.p >= _FALSE_ALARMS / (len(comparisons) - done):
            break
        if comparison.is_large:
            alarms.append(comparison.sentence)
    return tuple(alarms)


def _compare(new: Judged, before: Judged) -> Iterator[_Comparison]:
    yield _compare_probabilities(new, before)
    sizes = len(new.probabilities), len(before.probabilities)
    yield _compare_shares(
        "without an abstract", (new.without_abstract, before.without_abstract), sizes
    )
    for criterion in sorted({*new.unclear, *before.unclear}):
        counts = new.unclear.get(criterion, 0), before.unclear.get(criterion, 0)
        yield _compare_shares(f"unclear by the criterion {criterion}", counts, sizes)
    for language in sorted({*new.languages, *before.languages}):
        counts = new.languages.get(language, 0), before.languages.get(language, 0)
        words = f"stated to be in the language {language}" if language else "of no stated language"
        yield _compare_shares(words, counts, sizes)


def _compare_probabilities(new: Judged, before: Judged) -> _Comparison:
    # The asymptotic p is close at 20 and more, and does not grow slow with thousands before.
    tested = ks_2samp(new.probabilities, before.probabilities, method="asymp")
    return _Comparison(
        sentence=(
            "The probabilities of inclusion are unlike those of earlier runs: the mean is "
            f"{_mean(new):.2f}, before {_mean(before):.2f} (distance {tested.statistic:.2f}, "
            f"p = {tested.pvalue:.1g})"
        ),
        p=float(tested.pvalue),
        is_large=float(tested.statistic) >= _SMALLEST_DISTANCE,
    )


def _compare_shares(words: str, counts: tuple[int, int], sizes: tuple[int, int]) -> _Comparison:
    now, then = (count / size for count, size in zip(counts, sizes, strict=True))
    others = [size - count for count, size in zip(counts, sizes, strict=True)]
    p = float(fisher_exact(np.array([counts, others])).pvalue)
    return _Comparison(
        sentence=(
            f"{now:.0%} of the run's {sizes[0]} new reports are {words}, "
            f"{then:.0%} of the {sizes[1]} before (p = {p:.1g})"
        ),
        p=p,
        is_large=abs(now - then) >= _SMALLEST_SHIFT,
    )


def _mean(judged: Judged) -> float:
    return sum(judged.probabilities) / len(judged.probabilities)
