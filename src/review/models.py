"""What a fitted model says of itself, for the people who answer for its use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """One model a run used.

    ``task`` says in words what it did; ``thresholds`` and ``figures`` are (name, value as printed)
    pairs, the figures those of the model's own evaluation with their method in ``evaluated``.
    """

    task: str
    name: str
    version: str
    fingerprint: str
    thresholds: tuple[tuple[str, str], ...] = ()
    figures: tuple[tuple[str, str], ...] = ()
    evaluated: str = ""
