"""The verdict that follows from a person's answers to the criteria, in the protocol's order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from review.decisions import Answer, Stage, Verdict
from review.protocol import Criterion


def criteria_of(criteria: Iterable[Criterion], stage: Stage) -> list[Criterion]:
    """The criteria a report is held against at a stage, in order.

    On title and abstract those that can be told from them; on the full text all.
    """
    of_stage = [c for c in criteria if stage is Stage.FULL_TEXT or c.stage is stage]
    return sorted(of_stage, key=lambda c: c.order)


def excluding_answer(criterion: Criterion) -> Answer:
    """The answer to a criterion that excludes: "no" for what is wanted, "yes" for what is not."""
    return Answer.NOT_MET if criterion.kind == "inclusion" else Answer.MET


def follow_answers(
    criteria: Iterable[Criterion], answers: Mapping[str, Answer]
) -> tuple[Verdict, str | None]:
    """The verdict on a report, and the main reason where it excludes.

    ``answers`` are by the criterion's key; one that is missing was not answered. The first
    criterion that fails in the protocol's order gives the reason (PRISMA 2020, item 16b); where
    none fails and one is unclear or not answered, nobody can be sure.
    """
    in_order = sorted(criteria, key=lambda c: c.order)
    for criterion in in_order:
        if answers.get(criterion.key) is excluding_answer(criterion):
            return Verdict.EXCLUDE, criterion.exclusion_reason
    said = {answers.get(criterion.key, Answer.UNCLEAR) for criterion in in_order}
    return (Verdict.UNSURE if Answer.UNCLEAR in said or not said else Verdict.INCLUDE), None
