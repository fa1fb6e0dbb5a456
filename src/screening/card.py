"""The card of a screening model: its purpose, its data, its figures and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from review.protocol import Protocol
from screening.classifier import ScreeningModel

_FIGURES = (
    ("include_recall", "true includes not excluded"),
    ("specificity", "true excludes excluded"),
    ("included_sure", "true includes answered with include, not unsure"),
    ("right_reason", "main exclusion reason agrees, of those excluded"),
    ("exclusion_macro_f1", "mean F1 of the exclusion criteria"),
    ("exclusion_macro_clear_f1", "the same without records labelled unclear"),
    ("macro_f1", "mean F1 of all text criteria"),
    ("evidence_first", "labelled words are in the first quote"),
    ("evidence_in_three", "labelled words are in the first three quotes"),
    ("calibration_error", "expected calibration error of the criteria's probabilities"),
)


def write_card(
    protocol: Protocol, model: ScreeningModel, metrics: Mapping[str, Any], now: datetime
) -> str:
    """The card as Markdown, from the figures in ``metrics.json`` and nothing else.

    Its five headings after the figures are those of RAISE (Responsible AI in Evidence Synthesis,
    2025) for reporting a tool: purpose, data, validation, usability, transparency.
    """
    data, figures = metrics["data"], metrics["figures"]
    learnt = ", ".join(f"`{key}`" for key in model.judges)
    by_cues = [key for key, _ in model.criteria if key not in model.judges]
    return f"""# Screening model {model.version} of the review `{model.review}`

Judges title and abstract of a report by the review's eligibility criteria: `met`, `not_met` or
`unclear` for each, a probability and the quote that decides, and from these a verdict.
Fitted {now:%Y-%m-%d} with seed {metrics["seed"]}. Review: {protocol.title}.

## Figures

{metrics["method"]}

| figure | mean | 95 % interval |
|---|---|---|
{_figure_rows(figures)}

| criterion (positives) | precision | recall | F1 | F1 without unclear |
|---|---|---|---|---|
{_criterion_rows(metrics["criteria"])}

## Purpose

Orders and pre-judges records for people who screen. It proposes; a person decides. A machine
exclusion is kept as its own state, needs a quote and a probability of inclusion below
{model.cut:.3f}, and is never given for want of an abstract. Not for full texts, not for another
review, not as a reviewer's replacement.

## Data

{data["reports"]} labelled reports of {data["groups"]} studies ({data["includes"]} included), of
which {data["known"]} in English with an abstract were used for fitting, with {data["constructed"]}
constructed reports that teach and are never tested on. Labels: yes, no or unclear
per criterion, with the words that show a yes. {data["note"]}

Learnt criteria: {learnt}. Judged by cues alone, for want of labels: \
{", ".join(f"`{key}`" for key in by_cues) or "none"}.

## Validation

The figures above are from models that saw no report of the judged report's study: fit,
calibration, cuts and the choice of quotes were all repeated within each fold. The cues of the
protocol were written with these same reports at hand, so expect fresh reports to score lower, by
some 0.03 to 0.06. With {data["includes"]} includes, losing none would still only show a recall
above {_lower_bound(data["includes"]):.2f} (95 %, one-sided).

## Usability

Cues and models know English. In other languages of the review a criterion is `met` where a cue
stands in the text and `unclear` otherwise, and the verdict is at most `unsure`. A report without
an abstract is `unsure`. Some 200 sentences are embedded per second on two cores; nothing is
embedded twice.

## Transparency

For each criterion and answer: a logistic regression on cue counts and sentence vectors (encoder
`{model.encoder}`), plus one on TF-IDF of words and word pairs, calibrated by Platt's method on
unseen reports. The probability of inclusion is the product of the probabilities that no criterion
excludes. Cuts were set on unseen reports so that 98 % of includes stay, with a margin. The file
`model.skops` holds numbers and scikit-learn estimators only; its SHA-256 stands in `metrics.json`.
"""


def _figure_rows(figures: Mapping[str, Mapping[str, float]]) -> str:
    return "\n".join(
        f"| {words} | {figures[name]['mean']:.3f} | {figures[name]['low']:.3f} to "
        f"{figures[name]['high']:.3f} |"
        for name, words in _FIGURES
    )


def _criterion_rows(criteria: Mapping[str, Mapping[str, float]]) -> str:
    return "\n".join(
        f"| {key} ({round(c['positives'])}) | {c['precision']:.2f} | {c['recall']:.2f} | "
        f"{c['f1']:.2f} | {c['clear_f1']:.2f} |"
        for key, c in criteria.items()
    )


def _lower_bound(successes: int) -> float:
    """Exact lower limit of a share when all of a number of trials succeeded (95 %, one-sided)."""
    return float(0.05 ** (1 / successes)) if successes else 0.0
