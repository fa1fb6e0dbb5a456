"""What a person sent in a screening form: answers to criteria, a verdict, and its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from review.decisions import Answer, Verdict
from review.errors import InputError
from review.protocol import Criterion
from review.verdicts import follow_answers


def read_answers(sent: Mapping[str, object], criteria: Sequence[Criterion]) -> dict[str, Answer]:
    """The answers in a form, by criterion, each in a field such as ``answer-design``.

    Raises InputError where one is not an answer.
    """
    answers: dict[str, Answer] = {}
    for criterion in criteria:
        word = sent.get(f"answer-{criterion.key}", "")
        if word == "":
            continue
        try:
            answers[criterion.key] = Answer(str(word))
        except ValueError:
            raise InputError(
                f"'{word}' answers no criterion: the answers are {', '.join(Answer)}"
            ) from None
    return answers


def settle_verdict(
    wanted: Verdict | None,
    reason: str,
    answers: Mapping[str, Answer],
    criteria: Sequence[Criterion],
) -> tuple[Verdict, str | None]:
    """The verdict a person gives with its reason: the one they chose, else what follows.

    An exclusion takes the reason they chose, else that of the first criterion that fails. Raises
    InputError where nothing is said, and where an exclusion has no reason of this protocol.
    """
    follows, failing = follow_answers(criteria, answers)
    if wanted is None and not answers:
        raise InputError("Answer at least one criterion, or choose a verdict. Nothing was kept.")
    verdict = wanted or follows
    if verdict is not Verdict.EXCLUDE:
        return verdict, None
    named = reason or failing
    if named is None or named not in {criterion.exclusion_reason for criterion in criteria}:
        raise InputError(
            "An exclusion needs a reason: answer the criterion that fails, or choose a reason from "
            "the list. Nothing was kept."
        )
    return verdict, named
