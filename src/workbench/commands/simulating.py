"""The verb that replays screening on labelled files and says how early the relevant were found."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import click

from review.errors import InputError
from review.settings import Settings
from workbench.commands.opening import open_encoder, read_review
from workbench.commands.output import write_whole

if TYPE_CHECKING:
    from review.language import Encoder
    from screening.discovery import Discovery
    from screening.ranking import Question
    from screening.simulate import Priors

_NO_PRIORS = "none"
_FIGURES = (
    *("time_to_discovery", "loss", "wss_95", "wss_100"),
    *("recall_at_10_percent", "first_found_after", "last_found_at"),
)


@dataclass(frozen=True, kw_only=True)
class Run:
    """One replay of a file with its figures, as a row of ``runs.csv`` holds it.

    ``records`` and ``relevant`` count those screened, the records labelled before left out;
    ``unlabelled`` those of the file that no label was given to, which are never shown.
    """

    file: str
    learner: str
    seed: int
    records: int
    relevant: int
    unlabelled: int
    time_to_discovery: float
    loss: float
    wss_95: float
    wss_100: float
    recall_at_10_percent: float
    first_found_after: int
    last_found_at: float


@dataclass(frozen=True, kw_only=True)
class _Labelled:
    """What a labelled file holds: (title, abstract) pairs, and what was decided on each."""

    path: Path
    texts: tuple[tuple[str, str], ...]
    labels: tuple[bool | None, ...]


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--question", default="", help="What the review asks, or @FILE that says it.")
@click.option(
    "--priors", default="1+10", show_default=True, help="Labelled before: R+I records, or none."
)
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1, 100))
@click.option(
    "--learner",
    "learners",
    multiple=True,
    type=click.Choice(["ours", "words", "vectors", "u4", "random"]),
    default=["ours", "u4"],
    show_default=True,
    help="What orders the records; may be given several times.",
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="For CSV and SVG.")
@click.option("--json", "as_json", is_flag=True, help="Print what a program can read.")
def simulate(
    files: tuple[Path, ...],
    question: str,
    priors: str,
    seeds: int,
    learners: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """Replay the screening of labelled FILES: how early would the relevant have been found?

    A column label_included, included or label says which records were (1, 0; empty or -1 where
    nobody decided: such a record is never shown). ours learns from words, sentence vectors and
    the question (by default the review's); words and vectors are its halves; u4 is ASReview's
    ELAS u4; random learns nothing. With --priors none nothing is labelled before.

    \b
    atd   mean share of the records screened when a relevant one is found: less is better
    wss   work saved over random order at 95 and at 100 % recall: more is better
    r10   recall after 10 % of the records; loss is ASReview's, 0 is best

    \b
    Example:  living-review simulate labelled.csv --question "Does X help Y?" --out replayed
    """
    from reporting.curves import draw_recall

    wanted = _read_priors(priors)
    settings = Settings.from_env()
    read = [_read(path) for path in files]
    _refuse_equal_names(files, out)
    encoder = open_encoder(settings)
    asked = _ask(question, settings, encoder)
    runs: list[tuple[Run, Discovery]] = []
    for labelled in read:
        done = list(_replay(labelled, asked, encoder, wanted, seeds, learners))
        runs += done
        if out is not None:
            curves = {name: [d.curve() for r, d in done if r.learner == name] for name in learners}
            with write_whole(_within(out) / f"{labelled.path.stem}.svg") as drawing:
                drawing.write(draw_recall(labelled.path.name, curves))
    if out is not None:
        _write(out, runs)
    if as_json:
        click.echo(json.dumps([asdict(run) for run, _ in runs]))
    else:
        _tell([run for run, _ in runs], files, learners)


def _replay(
    labelled: _Labelled,
    question: Question,
    encoder: Encoder,
    priors: Priors,
    seeds: int,
    learners: Sequence[str],
) -> Any:  # noqa: ANN401 - an iterator of (Run, Discovery)
    from review.language import MemoryCache
    from screening.discovery import discover
    from screening.learners import LearnerName, make_learner, no_portraits
    from screening.report_vectors import describe_reports
    from screening.simulate import draw_priors, replay

    drawn = [_draw(labelled, priors, seed, draw_priors) for seed in range(seeds)]
    needs_vectors = {"ours", "vectors"} & set(learners)
    described = no_portraits(len(labelled.texts))
    if needs_vectors:
        described = describe_reports(labelled.texts, question, encoder, MemoryCache())
    texts = [f"{title}\n{abstract}" for title, abstract in labelled.texts]
    for name in learners:
        for seed, before in enumerate(drawn):
            click.echo(f"{labelled.path}: {name}, seed {seed}", err=True)
            learner = make_learner(LearnerName(name), texts, described, question, seed)
            found = discover(replay(learner, labelled.labels, priors=before).relevant)
            assert found is not None  # draw_priors leaves a relevant record to find
            yield _measure(labelled, name, seed, found), found


def _draw(labelled: _Labelled, priors: Priors, seed: int, draw: Any) -> tuple[int, ...]:  # noqa: ANN401
    try:
        places: tuple[int, ...] = draw(labelled.labels, priors, seed)
    except InputError as few:
        raise InputError(f"{labelled.path}: {few}") from None
    return places


def _measure(labelled: _Labelled, name: str, seed: int, found: Discovery) -> Run:
    return Run(
        file=str(labelled.path),
        learner=name,
        seed=seed,
        records=found.records,
        relevant=len(found.places),
        unlabelled=sum(label is None for label in labelled.labels),
        time_to_discovery=found.time_to_discovery,
        loss=found.loss,
        wss_95=found.work_saved(0.95),
        wss_100=found.work_saved(1.0),
        recall_at_10_percent=found.recall_at(0.10),
        first_found_after=found.first,
        last_found_at=found.last,
    )


def _read(path: Path) -> _Labelled:
    from identification.files import read_file

    contents = read_file(path)
    for refusal in contents.refused:
        click.echo(f"{path}, line {refusal.line}: left out, {refusal.reason}", err=True)
    labels = tuple(entry.included for entry in contents.records)
    if not any(label is not None for label in labels):
        raise InputError(f"{path}: no record has a label; add a column label_included with 1 or 0")
    if not any(labels):
        raise InputError(f"{path}: no record is labelled as relevant, so there is none to find")
    return _Labelled(
        path=path,
        texts=tuple((e.record.title, e.record.abstract) for e in contents.records),
        labels=labels,
    )


def _ask(question: str, settings: Settings, encoder: Encoder) -> Question:
    from review.sentences import split_sentences
    from screening.report_vectors import ask, ask_as_protocol

    if not question:
        protocol, _ = read_review(settings)
        return ask_as_protocol(protocol, encoder)
    if question.startswith("@"):
        path = Path(question[1:])
        try:
            question = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as unreadable:
            raise InputError(f"{path}: cannot be read as UTF-8 text ({unreadable})") from None
    if not question.strip():
        raise InputError("the question is empty; say in a sentence what the review asks")
    sentences = split_sentences(" ".join(question.split()))
    return ask([sentence.text for sentence in sentences], encoder)


def _read_priors(said: str) -> Priors:
    from screening.simulate import Priors

    if said == _NO_PRIORS:
        return Priors()
    relevant, plus, irrelevant = said.partition("+")
    if not (plus and relevant.isdecimal() and irrelevant.isdecimal()):
        raise InputError(f"--priors {said}: write two numbers such as 1+10, or none")
    return Priors(relevant=int(relevant), irrelevant=int(irrelevant))


def _refuse_equal_names(files: Sequence[Path], out: Path | None) -> None:
    stems = [path.stem for path in files]
    twice = next((stem for stem in stems if stems.count(stem) > 1), None)
    if out is not None and twice is not None:
        raise InputError(f"two files are called {twice}: their drawings would be one; rename one")


def _within(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as impossible:
        raise InputError(f"{folder}: cannot be made ({impossible.strerror})") from None
    return folder


def _write(out: Path, runs: Sequence[tuple[Run, Discovery]]) -> None:
    with write_whole(_within(out) / "runs.csv") as table:
        rows = csv.DictWriter(table, list(Run.__dataclass_fields__), lineterminator="\n")
        rows.writeheader()
        rows.writerows(asdict(run) for run, _ in runs)
    with write_whole(out / "curves.csv") as table:
        points = csv.writer(table, lineterminator="\n")
        points.writerow(["file", "learner", "seed", "screened", "recall"])
        for run, found in runs:
            points.writerows([run.file, run.learner, run.seed, *p] for p in found.curve())


def _tell(runs: Sequence[Run], files: Sequence[Path], learners: Sequence[str]) -> None:
    """Per file and learner the means over the seeds, then the means over the files."""
    click.echo(
        f"{'':<40} {'atd':>6} {'loss':>6} {'wss95':>6} {'wss100':>6} {'r10':>6} {'first':>6} "
        f"{'last':>6}"
    )
    for path in files:
        own = [run for run in runs if run.file == str(path)]
        some = own[0]
        left = f", {some.unlabelled} unlabelled" if some.unlabelled else ""
        click.echo(f"{path.name}: {some.relevant} relevant of {some.records}{left}")
        for name in learners:
            _tell_means(name, [run for run in own if run.learner == name])
    if len(files) > 1:
        click.echo(f"mean of {len(files)} files")
        for name in learners:
            _tell_means(name, [run for run in runs if run.learner == name])


def _tell_means(name: str, runs: Sequence[Run]) -> None:
    means = [fmean(getattr(run, figure) for run in runs) for figure in _FIGURES]
    shown = [
        f"{m:6.1f}" if f == "first_found_after" else f"{m:6.3f}"
        for f, m in zip(_FIGURES, means, strict=True)
    ]
    click.echo(f"  {name:<38} " + " ".join(shown))
