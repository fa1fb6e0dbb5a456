"""evaluate: what a review's cues and model make of labelled reports, before any refit."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from review.settings import Settings
from workbench.commands.opening import open_encoder

if TYPE_CHECKING:
    from screening.evaluate import Evaluation
    from screening.retest import Retest

_FIGURES = (
    ("include_recall", "true includes not excluded"),
    ("specificity", "true excludes excluded"),
    ("exclusion_macro_f1", "mean F1 of the exclusion criteria"),
    ("evidence_first", "labelled words in the first quote"),
    ("calibration_error", "calibration error"),
)


@click.command()
@click.argument("task", type=click.Choice(["screening"]))
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--unseen",
    is_flag=True,
    help="Fit afresh on the file, without the study of each report it judges: takes a minute.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def evaluate(task: str, file: Path, unseen: bool, as_json: bool) -> None:
    """Show how well the criteria are answered on a file of labelled reports.

    Precision and recall of every criterion, by its cues alone and by the fitted model. The cues
    are those that protocol.yaml has now: change a phrase, run this, and see what it did.

    \b
    Example:  living-review evaluate screening data/protocol/peer-support/labelled/criteria.jsonl
    """
    from screening.retest import retest_screening

    settings = Settings.from_env()
    done = retest_screening(
        settings.protocol, settings.model_folders, file, open_encoder(settings), unseen=unseen
    )
    if as_json:
        click.echo(json.dumps(asdict(done), indent=2))
        return
    click.echo("\n".join([*_about(done), "", *_criteria(done), "", *_overall(done)]))


def _about(done: Retest) -> list[str]:
    lines = [f"{done.reports} labelled reports, {done.by_cues.includes} of them included."]
    if done.unseen:
        lines.append("Model: fitted now, for each report without the reports of its study.")
    elif not done.model:
        lines.append("No model was fitted for this review: its cues alone judge.")
    else:
        cues = "the cues the protocol has now" if done.same_cues else "other cues than it has now"
        lines.append(f"Model: {done.model}, fitted with {cues}.")
        if not done.same_cues:
            lines.append("Fit it again with: living-review learn screening")
    if done.learnt_from and done.model and not done.unseen:
        lines.append(
            f"It learnt from {done.learnt_from} of these reports, which flatters it: see --unseen."
        )
    return lines


def _criteria(done: Retest) -> list[str]:
    wide = max(len(key) for key in done.by_cues.criteria)
    head = f"{'criterion':{wide}}   yes   cues: precision recall"
    lines = [head + ("   model: precision recall" if done.by_model else "")]
    for key, cues in done.by_cues.criteria.items():
        line = f"{key:{wide}} {cues.positives:5d} {cues.precision:15.2f} {cues.recall:6.2f}"
        if done.by_model:
            model = done.by_model.criteria[key]
            line += f" {model.precision:18.2f} {model.recall:6.2f}"
        lines.append(line)
    return lines


def _overall(done: Retest) -> list[str]:
    wide = max(len(words) for _, words in _FIGURES)
    lines = []
    for name, words in _FIGURES:
        said: list[Evaluation] = [done.by_cues, *([done.by_model] if done.by_model else [])]
        lines.append(f"{words:{wide}}  " + "  ".join(f"{getattr(e, name):.3f}" for e in said))
    return [f"{'':{wide}}   cues" + ("  model" if done.by_model else ""), *lines]
