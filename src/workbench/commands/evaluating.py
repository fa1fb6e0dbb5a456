"""evaluate: what a review's models make of labelled reports and passages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from review.errors import InputError
from review.settings import Settings
from workbench.commands.opening import open_encoder, open_session, read_review
from workbench.commands.output import write_whole

if TYPE_CHECKING:
    from extraction.evaluate import TaggingFigures
    from extraction.evaluate_direction import DirectionFigures
    from extraction.figures import Interval
    from extraction.retest import Retest as TaggingRetest
    from screening.evaluate import Agreement, Evaluation
    from screening.retest import Retest

_FIGURES = (
    ("include_recall", "true includes not excluded"),
    ("specificity", "true excludes excluded"),
    ("exclusion_macro_f1", "mean F1 of the exclusion criteria"),
    ("evidence_first", "labelled words in the first quote"),
    ("calibration_error", "calibration error"),
)


_THEME_FIGURES = (
    ("macro_f1", "mean F1 of the themes"),
    ("worst_f1", "F1 of the theme found worst"),
    ("macro_average_precision", "mean average precision"),
    ("recall_at_3", "true themes among the first three"),
    ("gate_auc", "a theme told from none, AUC"),
    ("gate_precision", "share with a theme where 95 % are shown"),
    ("none_specificity", "passages of no theme left alone"),
    ("calibration_error", "calibration error"),
)
_DIRECTION_FIGURES = (
    ("accuracy", "direction right"),
    ("surest_70_accuracy", "direction right, surest 70 %"),
    ("opposed_accuracy", "direction right, opposed in one passage"),
)


@click.command()
@click.argument("task", type=click.Choice(["screening", "tagging"]))
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--blind",
    is_flag=True,
    help="tagging: on what people answered before they saw a suggestion, instead of a file.",
)
@click.option(
    "--unseen",
    is_flag=True,
    help="Fit afresh on the file, without the study of each report or passage: takes a minute.",
)
@click.option("--curves", type=click.Path(path_type=Path), help="tagging: an SVG to draw them in.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def evaluate(
    task: str, file: Path | None, blind: bool, unseen: bool, curves: Path | None, as_json: bool
) -> None:
    """Show how well a review's models do on a file of labelled reports or passages.

    screening: precision and recall of every criterion, by its cues alone and by the fitted model.
    The cues are those that protocol.yaml has now: change a phrase, run this, and see what it did.

    tagging: precision, recall and F1 of every theme with 95 % intervals over studies, the themes
    taken for each other, what share of the tags of a score people gave, and with --curves the
    precision by recall of every theme. With --blind, and no file, what was suggested is compared
    with what people said before they saw it: precision and recall without their influence.

    \b
    Example:  living-review evaluate screening data/protocol/peer-support/labelled/criteria.jsonl
    """
    if blind:
        if task != "tagging" or file or unseen or curves:
            raise InputError(
                "--blind: goes with tagging alone, and with no file; leave the rest out"
            )
        _evaluate_blind(as_json)
        return
    if file is None:
        raise InputError("no file to evaluate on: name one, or say `evaluate tagging --blind`")
    if task == "tagging":
        _evaluate_tagging(file, unseen, curves, as_json)
        return
    from screening.retest import retest_screening

    if curves is not None:
        raise InputError("--curves: only tagging has curves; leave it out")
    settings = Settings.from_env()
    done = retest_screening(
        settings.protocol, settings.model_folders, file, open_encoder(settings), unseen=unseen
    )
    if as_json:
        click.echo(json.dumps(asdict(done), indent=2))
        return
    click.echo("\n".join([*_about(done), "", *_criteria(done), "", *_overall(done)]))


def _evaluate_tagging(file: Path, unseen: bool, curves: Path | None, as_json: bool) -> None:
    from extraction.learn import without_nan
    from extraction.retest import retest_tagging

    settings = Settings.from_env()
    done = retest_tagging(
        settings.protocol, settings.model_folders, file, open_encoder(settings), unseen=unseen
    )
    if curves is not None:
        with write_whole(curves) as drawing:
            drawing.write(_draw_curves(file.name, done))
    if as_json:
        click.echo(json.dumps(without_nan(asdict(done)), indent=2))
        return
    parts = (_about_tagging(done), _themes(done.themes), _all_figures(done), _closer(done))
    click.echo("\n".join(line for part in parts for line in (*part, "")).rstrip())


def _evaluate_blind(as_json: bool) -> None:
    from extraction.blind import measure_blind
    from extraction.learn import without_nan

    with open_session() as session:
        _, codebook = read_review(Settings.from_env())
        done = measure_blind(session, codebook)
    if as_json:
        click.echo(json.dumps(without_nan(asdict(done)), indent=2))
    elif done.figures is None:
        click.echo(f"{done.why}.")
    else:
        click.echo(
            f"{done.passages} passages of {done.studies} studies, answered before the machine's "
            "view was shown.\n"
        )
        click.echo("\n".join([*_themes(done.figures), "", *_lines(done.figures, _THEME_FIGURES)]))


def _draw_curves(name: str, done: TaggingRetest) -> str:
    from reporting.precision import Panel, draw_precision

    return draw_precision(
        name,
        [
            Panel(
                name=theme.theme,
                told=f"{theme.passages} passages, average precision {theme.average_precision:.2f}"
                if theme.passages
                else "no passage bears it",
                base=theme.passages / done.themes.passages,
                points=done.curves[theme.theme],
            )
            for theme in done.themes.themes
        ],
    )


def _about_tagging(done: TaggingRetest) -> list[str]:
    lines = [
        f"{done.themes.passages} labelled passages of {done.themes.studies} studies.",
        f"Model: {done.model}.",
    ]
    if done.learnt_from and not done.unseen:
        lines.append(
            f"It learnt from {done.learnt_from} of these passages, which flatters it: see --unseen."
        )
    return lines


def _themes(figures: TaggingFigures) -> list[str]:
    wide = max(len(theme.theme) for theme in figures.themes)
    lines = [f"{'theme':{wide}}  passages precision recall    F1              average precision"]
    for theme in figures.themes:
        f1, average = (theme.intervals.get(name) for name in ("f1", "average_precision"))
        thin = "  thin: may change by .1" if theme.thin else ""
        lines.append(
            f"{theme.theme:{wide}} {theme.passages:9d} {theme.precision:9.2f} {theme.recall:6.2f}"
            f"    {theme.f1:.2f}{_interval(f1)} {theme.average_precision:.2f}"
            f"{_interval(average)}{thin}"
        )
    return lines


def _all_figures(done: TaggingRetest) -> list[str]:
    return _lines(done.themes, _THEME_FIGURES) + _lines(done.direction, _DIRECTION_FIGURES)


def _lines(
    figures: TaggingFigures | DirectionFigures, named: Sequence[tuple[str, str]]
) -> list[str]:
    wide = max(len(words) for _, words in (*_THEME_FIGURES, *_DIRECTION_FIGURES))
    return [
        f"{words:{wide}}  {getattr(figures, name):.3f}{_interval(figures.intervals.get(name), 3)}"
        for name, words in named
    ]


def _closer(done: TaggingRetest) -> list[str]:
    lines = ["score         tags  given by people"]
    lines += [
        f"{band.low:.1f} to {band.high:.1f} {band.tags:8d}  {band.given:.0%}"
        for band in done.bands
        if band.tags
    ]
    if done.confusions:
        lines += ["", "missed, and the other suggested in its place"]
    lines += [f"{c.passages:4d}  {c.true} <- {c.suggested}" for c in done.confusions]
    if done.doubts:
        lines += ["", "labels worth a second look: passage of the file, score"]
    return lines + [
        f"{doubt.passage + 1:4d}  {doubt.score:.2f}  {doubt.theme}"
        f"{' is given' if doubt.given else ' is not given'}"
        for doubt in done.doubts
    ]


def _interval(interval: Interval | None, digits: int = 2) -> str:
    if interval is None:
        return ""
    return f" ({interval[0]:.{digits}f} to {interval[1]:.{digits}f})"


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
    """Precision and recall by criterion; a dash where no report of the file meets it."""
    wide = max(len(key) for key in done.by_cues.criteria)
    head = f"{'criterion':{wide}}   yes   cues: precision recall"
    lines = [head + ("   model: precision recall" if done.by_model else "")]
    for key, cues in done.by_cues.criteria.items():
        line = f"{key:{wide}} {cues.positives:5d} {_shown(cues, 15)}"
        if done.by_model:
            line += f" {_shown(done.by_model.criteria[key], 18)}"
        lines.append(line)
    return lines


def _shown(agreement: Agreement, wide: int) -> str:
    if not agreement.positives:
        return f"{'-':>{wide}} {'-':>6}"
    return f"{agreement.precision:{wide}.2f} {agreement.recall:6.2f}"


def _overall(done: Retest) -> list[str]:
    """The figures over all criteria; a dash where nothing in the file speaks to one."""
    wide = max(len(words) for _, words in _FIGURES)
    lines = []
    for name, words in _FIGURES:
        said: list[Evaluation] = [done.by_cues, *([done.by_model] if done.by_model else [])]
        figures = [f"{getattr(e, name):.3f}" if e.rests_on[name] else "    -" for e in said]
        lines.append(f"{words:{wide}}  " + "  ".join(figures))
    return [f"{'':{wide}}   cues" + ("  model" if done.by_model else ""), *lines]
