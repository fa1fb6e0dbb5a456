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
    ("evidence_pairs", "of those first quotes, the ones that hold two sentences"),
    ("calibration_error", "expected calibration error of the criteria's probabilities"),
)


def write_card(
    protocol: Protocol,
    model: ScreeningModel,
    metrics: Mapping[str, Any],
    origin: str,
    now: datetime,
) -> str:
    """The card as Markdown, from the figures in ``metrics.json`` and nothing else.

    ``origin`` says where the labels come from, in the review's own words. The five headings after
    the figures are those of RAISE (Responsible AI in Evidence Synthesis, 2025) for a tool.
    """
    data, figures = metrics["data"], metrics["figures"]
    by_cues = [f"`{key}`" for key, _ in model.criteria if key not in model.judges]
    return f"""# Screening model {model.version} of the review `{model.review}`

Judges title and abstract of a report by the review's eligibility criteria: `met`, `not_met` or
`unclear` for each, a probability and the quote that decides, and from these a verdict.
Review: {protocol.title}.
Fitted {now:%Y-%m-%d} with seed {metrics["seed"]}.

## Figures

{metrics["method"]}

| figure | mean | 95 % interval |
|---|---|---|
{_figure_rows(figures)}

With 95 % intervals in brackets:

| criterion (reports that meet it) | precision | recall | F1 | F1 without unclear |
|---|---|---|---|---|
{_criterion_rows(metrics["criteria"])}

## Purpose

Orders and judges records beforehand for people who screen: it proposes, a person decides. A
machine exclusion is kept as a state of its own. It needs a criterion that excludes, with a quote,
and a probability of inclusion below {model.cut:.3f}; it is never given for want of an abstract.
Not for full texts, not for another review, not in place of a reviewer.

## Data

{data["reports"]} labelled reports of {data["groups"]} studies, {data["includes"]} of them included.
The {data["known"]} that are in English and have an abstract were learnt from, and
{data["constructed"]} constructed ones, on which nothing is tested. A label is yes, no or unclear
for each criterion, with the words that show a yes.

{origin}

Judged by cues alone, for want of labels: {", ".join(by_cues) or "none"}.

## Validation

The figures come from models that saw no report of the judged report's study: fit, calibration,
cuts and the choice of quotes were repeated within each fold. Two things flatter all the same. The
cues of the protocol and the constructed reports were written with these reports at hand, and the
program's few fixed settings (the weight of words, of vectors and of constructed reports, the limit
on one criterion's say, the margin of the cut, when two sentences are quoted together) were chosen
by such cross-validation. Expect fresh reports to score lower by
0.03 to 0.06. If none of {data["includes"]} includes were lost, that would only show a recall above
{_lower_bound(data["includes"]):.2f} (95 %, one-sided).

## Usability

Cues and models know English. In other languages of the review a criterion is `met` where a cue
stands in the text and `unclear` otherwise, and the verdict is `unsure`. A report without an
abstract is `unsure`. About 200 sentences are embedded per second on two cores, which is nearly
all of the time; no sentence is embedded twice.

## Transparency

For each criterion and answer: a logistic regression on cue counts and sentence vectors (encoder
`{model.encoder}`) and one on TF-IDF of words and word pairs, their sum calibrated by Platt's
method on unseen reports. The probability of inclusion is the calibrated product of the
probabilities that no criterion excludes; below 0.95 none of them counts for more than 0.8, so
that an include survives one error, and none ever for more than 0.95. The cut lies below the 0.02
quantile of unseen includes. Quotes are ranked by a logistic regression on pairs of sentences of
one report, of which a person quoted one; two adjoining sentences that are nearly as good are quoted
together. `model.skops` holds numbers and scikit-learn estimators only; its SHA-256 stands in
`metrics.json`.
"""


def _figure_rows(figures: Mapping[str, Mapping[str, float]]) -> str:
    return "\n".join(
        f"| {words} | {figures[name]['mean']:.3f} | {figures[name]['low']:.3f} to "
        f"{figures[name]['high']:.3f} |"
        for name, words in _FIGURES
    )


def _criterion_rows(criteria: Mapping[str, Mapping[str, float]]) -> str:
    names = ("precision", "recall", "f1", "clear_f1")
    return "\n".join(
        f"| {key} ({round(c['positives'])}) | {' | '.join(_with_interval(c, n) for n in names)} |"
        for key, c in criteria.items()
    )


def _with_interval(criterion: Mapping[str, float], name: str) -> str:
    low, high = criterion[f"{name}_low"], criterion[f"{name}_high"]
    return f"{criterion[name]:.2f} ({low:.2f} to {high:.2f})"


def _lower_bound(successes: int) -> float:
    """Exact lower limit of a share when all of a number of trials succeeded (95 %, one-sided)."""
    return float(0.05 ** (1 / successes)) if successes else 0.0
