"""Learn to tag with a codebook: fit on all that is labelled, test on studies held back, keep."""

from __future__ import annotations

import importlib.metadata
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from extraction.card import write_card
from extraction.evaluate import TaggingFigures
from extraction.evaluate_direction import DirectionFigures
from extraction.fit import fit_rows
from extraction.labelled import LabelledPassage, TrainingRows, read_labelled, training_rows
from extraction.model import TASK, ExtractionModel, keep_model
from extraction.trial import DRAWS_OF_FOLDS, cross_validate
from review.language import Encoder
from review.models import next_version, write_version
from review.protocol import Codebook, load_codebook

log = logging.getLogger(__name__)

_LIBRARIES = ("numpy", "scikit-learn", "skops", "sentence-transformers", "torch")


@dataclass(frozen=True, kw_only=True)
class LearningSummary:
    """What was learnt, where it is kept, and how well it does.

    The figures are None where too few studies are labelled to test on.
    """

    name: str
    folder: Path
    passages: int
    studies: int
    themes: TaggingFigures | None
    direction: DirectionFigures | None


def learn_extraction(
    protocol_folder: Path,
    models_folder: Path,
    encoder: Encoder,
    now: datetime,
    seed: int = 0,
    *,
    beside: Sequence[Path] = (),
) -> LearningSummary:
    """Fit a model to a review's codebook and labelled passages, and keep it with its card.

    Reads ``codebook.yaml``, ``labelled/themes.jsonl`` (passages of studies, learnt from and tested
    on) and every ``labelled/themes_*.jsonl`` (learnt from only). A review without labelled passages
    gets a model of its codebook alone. The model goes to a new folder
    ``models_folder/extraction/<version>``, a higher number than any there or in the folders
    ``beside``. The same files and seed give the same model.

    Raises ProtocolError or InputError where a file cannot be used.
    """
    codebook = load_codebook(protocol_folder)
    labelled = read_labelled_folder(protocol_folder / "labelled", codebook)
    version = next_version((models_folder, *beside), TASK)
    return fit_version(
        codebook, labelled, encoder, now, folder=models_folder / TASK / version, seed=seed
    )


def fit_version(
    codebook: Codebook,
    labelled: Sequence[LabelledPassage],
    encoder: Encoder,
    now: datetime,
    *,
    folder: Path,
    seed: int = 0,
    noted: Mapping[str, Any] | None = None,
    told: str = "",
) -> LearningSummary:
    """Fit a model, test it by cross-validation, and write it whole to ``folder``, a new version.

    ``noted`` goes into its metrics and ``told``, in Markdown, to the end of its card.
    """
    rows = training_rows(codebook, labelled, encoder)
    model = fit_rows(codebook, rows, encoder, name=f"{TASK}/{folder.name}", seed=seed)
    tested = cross_validate(rows, model.themes, encoder, seed=seed)
    themes, direction = tested if tested else (None, None)
    metrics = {
        **_provenance(model, codebook, encoder, rows, labelled),
        "fitted_at": now.isoformat(),
        "seed": seed,
        "themes": asdict(themes) if themes else None,
        "direction": asdict(direction) if direction else None,
        **(noted or {}),
    }
    card = "\n".join(filter(None, (write_card(metrics, themes, direction), told)))
    with write_version(folder) as half:
        keep_model(model, without_nan(metrics), card, half)
    log.info("fitted %s on %d passages", model.name, metrics["passages"])
    return LearningSummary(
        name=model.name,
        folder=folder,
        passages=metrics["passages"],
        studies=metrics["studies"],
        themes=themes,
        direction=direction,
    )


def read_labelled_folder(folder: Path, codebook: Codebook) -> list[LabelledPassage]:
    """The passages of ``themes.jsonl``, then those of every ``themes_*.jsonl``, for learning only.

    An empty list where there are no such files. Raises InputError as ``read_labelled`` does.
    """
    tested = folder / "themes.jsonl"
    passages = read_labelled(tested, codebook) if tested.is_file() else []
    for path in sorted(folder.glob("themes_*.jsonl")):
        passages.extend(replace(p, learnt_only=True) for p in read_labelled(path, codebook))
    return passages


def without_nan(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    """The value with null where a figure is undefined: NaN is no JSON."""
    if isinstance(value, dict):
        return {key: without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _provenance(
    model: ExtractionModel,
    codebook: Codebook,
    encoder: Encoder,
    rows: TrainingRows,
    labelled: Sequence[LabelledPassage],
) -> dict[str, Any]:
    real = [p for p in labelled if p.study_group and not (p.constructed or p.learnt_only)]
    return {
        "name": model.name,
        "codebook_version": codebook.version,
        "codebook_fingerprint": model.codebook_fingerprint,
        "encoder": encoder.name,
        "encoder_fingerprint": model.encoder_fingerprint,
        "language": model.language,
        "passages": len(labelled),
        "passages_tested": int(rows.tested.sum()),
        "passages_of_studies": len(real),
        "passages_without_theme": sum(not passage.themes for passage in labelled),
        "studies": len({passage.study_group for passage in real}),
        "codebook_phrases": int((~rows.judged).sum()),
        "draws_of_folds": DRAWS_OF_FOLDS,
        "thresholds": {
            theme: round(float(threshold), 4)
            for theme, threshold in zip(model.themes, model.judge.thresholds, strict=True)
        },
        "direction_cut": model.direction_judge.cut,
        "libraries": {name: importlib.metadata.version(name) for name in _LIBRARIES},
    }
