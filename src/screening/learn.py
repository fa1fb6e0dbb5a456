"""Learn a review's screening model from its labelled reports, with honest figures and a card."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from review.language import Encoder
from review.models import next_version, write_version
from review.protocol import Protocol, load_protocol
from screening.assess import Judgement, judge_described
from screening.card import write_card
from screening.classifier import ScreeningModel
from screening.evaluate import Evaluation, evaluate_judgements
from screening.fit import Sheet, fit_sheet, group_folds, prepare_sheet
from screening.labelled import LabelledReport, read_labelled
from screening.model_files import (
    CARD_FILE,
    TASK,
    find_screening_model,
    keep_screening_model,
    read_metrics,
)

log = logging.getLogger(__name__)

LABELLED_FILE = "labelled/criteria.jsonl"
# Made-up reports, for learning only; a review need not have any.
CONSTRUCTED_FILE = "labelled/criteria_written.jsonl"
# Where the labels come from, in words for the card.
NOTE_FILE = "labelled/criteria.md"
_SEED = 0
_REPEATS = 3
_RESAMPLES = 1000


@dataclass(frozen=True, kw_only=True)
class ScreeningModelSummary:
    """What was learnt, where it lies, and how it did on reports it had not seen.

    ``before`` holds the same figures of the version before, empty where there was none.
    """

    folder: Path
    version: str
    reports: int
    learnt: tuple[str, ...]
    figures: Mapping[str, Mapping[str, float]]
    before: Mapping[str, Mapping[str, float]]


def learn_screening(
    protocol_folder: Path,
    models_folder: Path,
    encoder: Encoder,
    now: datetime,
    *,
    beside: Sequence[Path] = (),
) -> ScreeningModelSummary:
    """Fit the model of a review, and write it with metrics and card as its next version.

    Reads ``protocol.yaml`` and ``labelled/criteria.jsonl`` of the review's folder; writes
    ``screening/<version>/`` below ``models_folder``, where versions count from 1, higher than any
    in the folders ``beside``. The same input gives the same model. Raises ProtocolError,
    InputError or ModelError with a sentence.
    """
    protocol = load_protocol(protocol_folder)
    labelled = read_examples(protocol_folder, protocol)
    folders = (models_folder, *beside)
    version = next_version(folders, TASK)
    before = find_screening_model(folders, protocol.key)
    model, metrics = fit_screening(protocol, labelled, encoder, version=version)
    folder = models_folder / TASK / version
    card = write_card(protocol, model, metrics, read_origin(protocol_folder), now)
    keep_version(folder, model, metrics, card)
    log.info("screening model %s learnt from %d reports", version, len(labelled))
    return ScreeningModelSummary(
        folder=folder,
        version=version,
        reports=len(labelled),
        learnt=tuple(model.judges),
        figures=metrics["figures"],
        before=read_metrics(before)["figures"] if before else {},
    )


def read_examples(protocol_folder: Path, protocol: Protocol) -> list[LabelledReport]:
    """The review's labelled reports, then those made up for it.

    Raises InputError where there is no file of labelled reports or one cannot be used.
    """
    labelled = read_labelled(protocol_folder / LABELLED_FILE, protocol)
    if (constructed := protocol_folder / CONSTRUCTED_FILE).exists():
        labelled += read_labelled(constructed, protocol, constructed=True)
    return labelled


def read_origin(protocol_folder: Path) -> str:
    """Where the labelled reports come from, in the review's own words; empty where it says none."""
    note = protocol_folder / NOTE_FILE
    return note.read_text(encoding="utf-8").strip() if note.exists() else ""


def keep_version(
    folder: Path, model: ScreeningModel, metrics: Mapping[str, Any], card: str
) -> None:
    """Write model, metrics and card to a new folder: all of them or nothing."""
    with write_version(folder) as half:
        keep_screening_model(half, model, metrics)
        (half / CARD_FILE).write_text(card, encoding="utf-8")


def fit_screening(
    protocol: Protocol,
    labelled: Sequence[LabelledReport],
    encoder: Encoder,
    *,
    version: str,
    seed: int = _SEED,
    repeats: int = _REPEATS,
) -> tuple[ScreeningModel, dict[str, Any]]:
    """A model fitted to all labelled reports, and its figures from repeated grouped folds.

    Raises InputError where there are too few labels to learn any criterion.
    """
    sheet = prepare_sheet(protocol, labelled, encoder)
    model = fit_sheet(protocol, sheet, encoder.fingerprint, version, seed)
    runs = [
        judge_unseen(protocol, sheet, encoder.fingerprint, seed + repeat)
        for repeat in range(repeats)
    ]
    return model, _metrics(protocol, sheet, model, runs, seed)


def judge_unseen(protocol: Protocol, sheet: Sheet, encoder: str, seed: int) -> list[Judgement]:
    """Judge each real report, in order, by a model that saw none of its group.

    Grouped, stratified five-fold cross-validation; within each fold the model is fitted as for
    use, cuts and calibration included, with a cross-validation of its own.
    """
    judged: dict[int, Judgement] = {}
    for train, test in group_folds(sheet.labelled, seed):
        model = fit_sheet(protocol, sheet.take(train), encoder, "test", seed)
        held = sheet.take(test)
        judgements = judge_described(held.readings, held.known, held.described, protocol, model)
        judged.update(zip(test, judgements, strict=True))
    return [judged[n] for n in sorted(judged)]


def _metrics(
    protocol: Protocol,
    sheet: Sheet,
    model: ScreeningModel,
    runs: Sequence[Sequence[Judgement]],
    seed: int,
) -> dict[str, Any]:
    labelled = [r for r in sheet.labelled if not r.constructed]
    evaluations = [evaluate_judgements(labelled, run, protocol) for run in runs]
    groups = sorted({r.group for r in labelled})
    samples = _resampled(protocol, labelled, runs, groups, seed)
    return {
        "seed": seed,
        "method": (
            f"Grouped, stratified five-fold cross-validation, {len(runs)} times with other folds, "
            "each fold fitted, calibrated and cut without its test reports. Intervals: "
            f"{_RESAMPLES} bootstrap samples of studies, from the runs in turn."
        ),
        "data": {
            "reports": len(labelled),
            "known": sum(not sheet.labelled[n].constructed for n in sheet.known),
            "groups": len(groups),
            "includes": sum(r.included for r in labelled),
            "constructed": len(sheet.labelled) - len(labelled),
        },
        "figures": _figures(evaluations, samples),
        "criteria": _criteria(evaluations, samples),
        "cuts": {
            "inclusion": model.cut,
            "criteria": {
                key: {"met": judge.met_cut, "broken": judge.broken_cut}
                for key, judge in model.judges.items()
            },
        },
        "runs": [e.as_dict() for e in evaluations],
    }


def _resampled(
    protocol: Protocol,
    labelled: Sequence[LabelledReport],
    runs: Sequence[Sequence[Judgement]],
    groups: Sequence[str],
    seed: int,
) -> list[Evaluation]:
    """Evaluations of bootstrap samples of studies, all reports of a study together.

    The runs take turns: one of them alone may happen to lose nothing, and would show no spread.
    """
    members = {group: [n for n, r in enumerate(labelled) if r.group == group] for group in groups}
    random = np.random.default_rng(seed)
    samples = []
    for number in range(_RESAMPLES):
        judgements = runs[number % len(runs)]
        drawn = random.choice(len(groups), len(groups))
        rows = [n for index in drawn for n in members[groups[index]]]
        samples.append(
            evaluate_judgements(
                [labelled[n] for n in rows], [judgements[n] for n in rows], protocol
            )
        )
    return samples


def _figures(
    evaluations: Sequence[Evaluation], samples: Sequence[Evaluation]
) -> dict[str, dict[str, float]]:
    """Mean of the runs, and the bootstrap interval, of each single figure."""
    plain, drawn = [e.as_dict() for e in evaluations], [e.as_dict() for e in samples]
    names = [name for name, value in plain[0].items() if isinstance(value, float)]
    return {
        name: {
            "mean": round(float(np.mean([e[name] for e in plain])), 4),
            **_interval([e[name] for e in drawn]),
        }
        for name in names
    }


def _criteria(
    evaluations: Sequence[Evaluation], samples: Sequence[Evaluation]
) -> dict[str, dict[str, float]]:
    """The same per criterion; samples in which no report meets it tell nothing of it."""
    figures: dict[str, dict[str, float]] = {}
    for key, first in evaluations[0].criteria.items():
        figures[key] = {"positives": first.positives}
        drawn = [e.criteria[key] for e in samples if e.criteria[key].positives]
        for name in ("precision", "recall", "f1", "clear_f1"):
            values = [getattr(e.criteria[key], name) for e in evaluations]
            figures[key][name] = round(float(np.mean(values)), 4)
            interval = _interval([getattr(sample, name) for sample in drawn])
            figures[key] |= {f"{name}_{end}": value for end, value in interval.items()}
    return figures


def _interval(values: Sequence[float]) -> dict[str, float]:
    low, high = np.quantile(values, [0.025, 0.975]) if values else (0.0, 0.0)
    return {"low": round(float(low), 4), "high": round(float(high), 4)}
