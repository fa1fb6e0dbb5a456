"""How well directions are named: facilitator against barrier, with intervals over studies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extraction.calibration import Floats, Truth
from extraction.figures import (
    DRAWS,
    Interval,
    area_under_curve,
    calibration_error,
    intervals_over_studies,
    share,
)
from extraction.labelled import DIRECTION_CODES, FACILITATES, HINDERS, LabelledPassage
from review.annotations import Direction, PassageTags


@dataclass(frozen=True, kw_only=True)
class DirectionFigures:
    """Facilitator against barrier over passages and themes where a person said one of them.

    ``forced_accuracy`` takes the likelier of the two always; ``accuracy`` counts ``unclear`` and
    ``both`` as wrong; ``answered_accuracy`` is that of the ``answered`` share.
    ``surest_70_accuracy`` is the forced accuracy on the surest 70 %, ``opposed_accuracy`` that on
    the ``opposed`` pairs, whose passage names the other direction for another theme.
    ``unclear_found`` is the share of those a person called unclear or both that were not called
    facilitator or barrier.
    """

    pairs: int
    opposed: int
    forced_accuracy: float
    accuracy: float
    answered: float
    answered_accuracy: float
    surest_70_accuracy: float
    opposed_accuracy: float
    auc: float
    calibration_error: float
    unclear_found: float
    intervals: Mapping[str, Interval]


@dataclass(frozen=True, kw_only=True)
class DirectionOutcome:
    """Per passage and theme: the direction a person gave, the machine's, and its probability.

    ``passages`` numbers the passage of each pair. ``truth`` and ``named`` are 1 facilitator, -1
    barrier, 2 both or unclear; ``facilitating`` is the probability of facilitator, given
    facilitator or barrier.
    """

    passages: NDArray[np.integer[Any]]
    truth: NDArray[np.integer[Any]]
    named: NDArray[np.integer[Any]]
    facilitating: Floats
    groups: tuple[str, ...]

    def opposed(self) -> Truth:
        """The pairs whose passage helps by one theme and hinders by another, shape (pairs,)."""
        helped, hindered = (
            set(self.passages[self.truth == d].tolist()) for d in (FACILITATES, HINDERS)
        )
        both = np.isin(self.passages, sorted(helped & hindered))
        return np.asarray(both & (np.abs(self.truth) == 1), dtype=np.bool_)


def evaluate_direction(
    outcome: DirectionOutcome, *, seed: int = 0, draws: int = DRAWS
) -> DirectionFigures:
    """All figures of an outcome, with bootstrap intervals over studies. NaN where undefined."""
    truth, named = outcome.truth, outcome.named
    clear, called = np.abs(truth) == 1, np.abs(named) == 1
    opposed = outcome.opposed()

    def overall(rows: NDArray[np.intp]) -> dict[str, float]:
        chosen = rows[clear[rows]]
        facilitates = truth[chosen] == FACILITATES
        probability = outcome.facilitating[chosen]
        forced = (probability >= 0.5) == facilitates
        surest = np.argsort(-np.abs(probability - 0.5), kind="stable")
        right = named[chosen] == truth[chosen]
        return {
            "forced_accuracy": share(forced),
            "accuracy": share(right),
            "answered": share(called[chosen]),
            "answered_accuracy": share(right[called[chosen]]),
            "surest_70_accuracy": share(forced[surest[: round(0.7 * len(surest))]]),
            "opposed_accuracy": share(forced[opposed[chosen]]),
            "auc": area_under_curve(facilitates, probability),
            "calibration_error": calibration_error(facilitates, probability),
            "unclear_found": share(~called[rows[~clear[rows]]]),
        }

    return DirectionFigures(
        pairs=int(clear.sum()),
        opposed=int(opposed.sum()),
        **overall(np.arange(len(truth))),
        intervals=intervals_over_studies(outcome.groups, overall, seed=seed, draws=draws),
    )


def direction_outcome(
    tags: Sequence[PassageTags], labelled: Sequence[LabelledPassage]
) -> DirectionOutcome:
    """What the machine's directions of the true themes of labelled passages came to.

    Where it names both or neither, the likelier of the two is not told, and counts as a coin's
    throw.
    """
    found = [
        (number, passage.directions[score.theme], score, passage.study_group)
        for number, (tag, passage) in enumerate(zip(tags, labelled, strict=True))
        for score in tag.themes
        if score.theme in passage.directions
    ]
    surer = {Direction.FACILITATOR: 1.0, Direction.BARRIER: -1.0}
    return DirectionOutcome(
        passages=np.array([number for number, *_ in found], dtype=np.intp),
        truth=np.array([DIRECTION_CODES[said] for _, said, _, _ in found], dtype=np.int8),
        named=np.array([DIRECTION_CODES[s.direction] for *_, s, _ in found], dtype=np.int8),
        facilitating=np.array(
            [0.5 + surer.get(s.direction, 0.0) * (s.direction_score - 0.5) for *_, s, _ in found]
        ),
        groups=tuple(group for *_, group in found),
    )
