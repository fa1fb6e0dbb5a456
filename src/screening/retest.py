"""Score cues and model of a review on a file of labelled reports, as its protocol now stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from review.language import Encoder
from review.models import Folders
from review.protocol import Protocol, load_protocol
from review.records import join_text
from screening.assess import judge_readings
from screening.classifier import ScreeningModel, cue_fingerprint
from screening.criteria import compile_cues
from screening.evaluate import Evaluation, evaluate_judgements
from screening.features import read_report
from screening.fit import prepare_sheet
from screening.labelled import LabelledReport, read_labelled
from screening.learn import CONSTRUCTED_FILE, LABELLED_FILE, judge_unseen
from screening.model_files import find_screening_model, load_screening_model

_SEED = 0


@dataclass(frozen=True, kw_only=True)
class Retest:
    """How cues alone, and a model, did on the reports of a file.

    ``by_model`` is None where the review has no model. ``model`` names it; ``same_cues`` says
    whether it was fitted with the cues the protocol has now. ``learnt_from`` counts the reports
    of the file that the review learns from: where ``unseen`` is set, each report was judged by a
    model fitted now without the report's study, else by the kept model, which those flatter.
    """

    reports: int
    by_cues: Evaluation
    by_model: Evaluation | None
    model: str
    same_cues: bool
    learnt_from: int
    unseen: bool


def retest_screening(
    protocol_folder: Path,
    models: Folders,
    file: Path,
    encoder: Encoder,
    *,
    unseen: bool = False,
) -> Retest:
    """Judge the labelled reports of a file and compare the answers with their labels.

    The protocol is read afresh: a cue that was just changed counts at once, for cues alone and in
    what the kept model counts. Raises ProtocolError, InputError or ModelError with a sentence.
    """
    protocol = load_protocol(protocol_folder)
    labelled = read_labelled(file, protocol)
    cues = compile_cues(protocol)
    readings = [read_report((r.title, r.abstract, r.language), cues) for r in labelled]
    by_cues = judge_readings(readings, cues, protocol, None, None)
    model = _find_model(models, protocol, encoder)
    if unseen:
        made_up = _constructed(protocol_folder, protocol)
        sheet = prepare_sheet(protocol, [*labelled, *made_up], encoder)
        judged = judge_unseen(protocol, sheet, encoder.fingerprint, _SEED)
    else:
        judged = judge_readings(readings, cues, protocol, model, encoder) if model else []
    return Retest(
        reports=len(labelled),
        by_cues=evaluate_judgements(labelled, by_cues, protocol),
        by_model=evaluate_judgements(labelled, judged, protocol) if judged else None,
        model=model.name if model else "",
        same_cues=model is not None and model.cues == cue_fingerprint(protocol),
        learnt_from=_count_known(protocol_folder, protocol, labelled),
        unseen=unseen,
    )


def _find_model(models: Folders, protocol: Protocol, encoder: Encoder) -> ScreeningModel | None:
    folder = find_screening_model(models, protocol.key)
    return load_screening_model(folder, protocol, encoder.fingerprint) if folder else None


def _constructed(folder: Path, protocol: Protocol) -> list[LabelledReport]:
    file = folder / CONSTRUCTED_FILE
    return read_labelled(file, protocol, constructed=True) if file.exists() else []


def _count_known(folder: Path, protocol: Protocol, labelled: Sequence[LabelledReport]) -> int:
    """How many of the reports stand word for word in the files that the review learns from."""
    known: set[str] = set()
    for name in (LABELLED_FILE, CONSTRUCTED_FILE):
        if (folder / name).exists():
            known.update(_text(r) for r in read_labelled(folder / name, protocol))
    return sum(_text(r) in known for r in labelled)


def _text(report: LabelledReport) -> str:
    return join_text(report.title, report.abstract)
