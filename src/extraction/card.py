"""The card of a fitted model: what it is for, learnt from, how good, for whom, and made of what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from extraction.evaluate import THIN, TaggingFigures, ThemeFigures
from extraction.evaluate_direction import DirectionFigures
from extraction.figures import Interval

_THEME_FIGURES = {
    "macro_f1": "F1 of suggested themes, mean of the themes",
    "micro_f1": "F1 of suggested themes, all pooled",
    "worst_f1": "F1 of the theme found worst",
    "macro_average_precision": "average precision, mean of the themes",
    "recall_at_3": "share of true themes among a passage's three best",
    "gate_auc": "AUC of relevance (a theme or none)",
    "gate_precision": "share with a theme where 95 % of those with one are shown",
    "none_specificity": "passages without a theme that get no suggestion",
    "tags_per_passage": "suggested themes per passage",
    "calibration_error": "expected calibration error of theme scores",
}
_DIRECTION_FIGURES = {
    "accuracy": "accuracy, an abstention counted as wrong",
    "forced_accuracy": "accuracy without abstention",
    "answered": "share answered",
    "answered_accuracy": "accuracy where answered",
    "surest_70_accuracy": "accuracy on the surest 70 %",
    "opposed_accuracy": "accuracy where the passage names the other direction for another theme",
    "auc": "AUC",
    "calibration_error": "expected calibration error",
    "unclear_found": "of passages both or unclear: not called facilitator or barrier",
}


def write_card(
    metrics: Mapping[str, Any],
    themes: TaggingFigures | None,
    direction: DirectionFigures | None,
) -> str:
    """The card in Markdown, under the five headings that RAISE (2025) asks of a tool's maker.

    ``metrics`` holds what ``learn_extraction`` knows of the fit; figures are None where no study
    could be held back.
    """
    parts = [
        f"# Model card: {metrics['name']}",
        _purpose(),
        _data(metrics),
        _validation(metrics, themes, direction),
        _usability(metrics, themes),
        _transparency(metrics),
    ]
    return "\n\n".join(parts) + "\n"


def _purpose() -> str:
    return """## Purpose
Suggests, for a passage of a report, which themes of the codebook it speaks of and whether each
acts as a facilitator or a barrier, so that people who tag can begin with the likeliest passages.
It is meant for sentences of abstracts. Suggestions order the work; they neither replace a person's
reading nor leave a passage out of it. It is not meant for whole texts taken as one passage, for
participants' words without context, or for text in another language than it learnt from."""


def _data(metrics: Mapping[str, Any]) -> str:
    tested_constructed = metrics["passages_tested"] - metrics["passages_of_studies"]
    return f"""## Data
- {metrics["passages_of_studies"]} labelled passages of {metrics["studies"]} studies and other
  published sources (`labelled/themes.jsonl`): findings reworded, labelled by one coder, so that no
  agreement between coders can be stated; {tested_constructed} more in that file are constructed.
- {metrics["passages"] - metrics["passages_tested"]} constructed passages
  (`labelled/themes_*.jsonl`), learnt from and never tested on.
- {metrics["codebook_phrases"]} phrases of the codebook (version {metrics["codebook_version"]}).

{metrics["passages_without_theme"]} of the labelled passages bear no theme. All is in the language
`{metrics["language"] or "unknown"}`. Much of the wording is one hand's, which makes the passages
more alike than passages of abstracts are."""


def _validation(
    metrics: Mapping[str, Any],
    themes: TaggingFigures | None,
    direction: DirectionFigures | None,
) -> str:
    if themes is None or direction is None:
        return """## Validation
**Not validated.** Too few labelled studies to hold some back: scores are not calibrated on
passages of reports, and thresholds are those that tell the codebook's own phrases apart."""
    return f"""## Validation
Five-fold cross-validation with whole studies held back, mean of {metrics["draws_of_folds"]} draws
of the folds; scales, calibration, thresholds and cuts were fitted on other folds than those they
were tested on. {themes.passages} passages in {themes.studies} groups (a study, or one constructed
passage). In brackets the 95 % interval from drawing groups with replacement. On fresh studies
expect about .05 less: so much did cross-validation flatter when models like this one met passages
that had been kept back.

{_figures(themes, _THEME_FIGURES)}

{_per_theme(themes)}

{_thin(themes)}

Direction, facilitator against barrier, over {direction.pairs} pairs of passage and theme,
{direction.opposed} of them in passages that name opposite directions:

{_figures(direction, _DIRECTION_FIGURES)}"""


def _usability(metrics: Mapping[str, Any], themes: TaggingFigures | None) -> str:
    missed = errors = ""
    if themes is not None:
        worst = min(
            (theme for theme in themes.themes if theme.f1 == theme.f1), key=lambda theme: theme.f1
        )
        true = sum(theme.passages for theme in themes.themes)
        found = sum(theme.recall * theme.passages for theme in themes.themes if theme.passages)
        missed = f"Of all true tags {1 - found / true:.0%} are not suggested: read"
        errors = f"""
Weakest is `{worst.theme}` (F1 {worst.f1:.2f}). A passage that names opposite directions for two
themes is at times given one direction for both."""
    return f"""## Usability
For people who know the codebook. Each suggestion comes with the labelled or codebook sentence of
its theme that is most like the passage: read both. A score is the probability that the coder of the
training passages would have given the theme; {_abstention(metrics["direction_cut"])}
{missed or "Read"} passages without a suggestion too, and do not
accept suggestions in bulk.{errors}"""


def _abstention(cut: float) -> str:
    if cut > 0.5:
        return f"direction is left `unclear` below a probability of {cut:.3f}."
    return (
        "a direction is always named, also\nwhere it is near a coin's throw: leaving out the least "
        "sure lost more right answers than it spared wrong\nones. Heed its probability."
    )


def _transparency(metrics: Mapping[str, Any]) -> str:
    libraries = ", ".join(f"{name} {version}" for name, version in metrics["libraries"].items())
    return f"""## Transparency
Per theme, and for relevance, a kernel ridge regression (the mean of a Gaussian process) on
likeness of sentence vectors and of words and strings of characters; Platt calibration; thresholds
half-way between one for all and one for each. Relevance is less where a passage is like one kind
of passage without a theme, such as methods or another field. Direction: the same regression, one
for all themes, in which what was said of another theme counts for less. A sentence with two themes
that turns ("but", "although") is read mostly by the clause nearest each theme: in use, of the
themes suggested; for the figures above, of those the coder gave. Numbers are kept at eight bits,
in the figures too.

- encoder `{metrics["encoder"]}`, fingerprint `{metrics["encoder_fingerprint"]}`
- codebook fingerprint `{metrics["codebook_fingerprint"]}`
- fitted at {metrics["fitted_at"]}, seed {metrics["seed"]}, with {libraries}
- figures in `metrics.json`, whose `model_sha256` is that of `model.skops`
- licence: that of this project; code and labelled passages are in the repository"""


def _figures(figures: TaggingFigures | DirectionFigures, named: Mapping[str, str]) -> str:
    lines = ["| figure | value |", "|---|---|"]
    lines += [
        f"| {text} | {_number(getattr(figures, name))}{_brackets(figures.intervals.get(name))} |"
        for name, text in named.items()
    ]
    return "\n".join(lines)


def _per_theme(themes: TaggingFigures) -> str:
    lines = [
        "| theme | passages | precision | recall | F1 | average precision |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {theme.theme}{' (thin)' if theme.thin else ''} | {theme.passages} "
        f"| {_number(theme.precision)} | {_number(theme.recall)} "
        f"| {_bracketed(theme, 'f1')} | {_bracketed(theme, 'average_precision')} |"
        for theme in themes.themes
    ]
    return "\n".join(lines)


def _bracketed(theme: ThemeFigures, name: str) -> str:
    return f"{_number(getattr(theme, name))}{_brackets(theme.intervals.get(name))}"


def _thin(themes: TaggingFigures) -> str:
    thin = [theme.theme for theme in themes.themes if theme.thin]
    if not thin:
        return f"Every theme has {THIN} labelled passages or more."
    return (
        f"Thin themes, with fewer than {THIN} labelled passages of studies, whose figures may "
        f"change by .1 and more:\n{', '.join(thin)}."
    )


def _number(value: float) -> str:
    return "undefined" if value != value else f"{value:.3f}"


def _brackets(interval: Interval | None) -> str:
    return f" ({interval[0]:.3f} to {interval[1]:.3f})" if interval else ""
