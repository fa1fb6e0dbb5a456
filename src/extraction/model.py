"""The fitted model of one codebook: what tagging needs, and how it is kept in a file."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import skops.io
from numpy.typing import NDArray

from extraction.direction import DirectionJudge
from extraction.scorer import Scorer
from extraction.themes import ThemeJudge
from review.errors import ModelError
from review.language import Encoder
from review.models import Folders, find_versions
from review.protocol import Codebook

TASK = "extraction"
MODEL_FILE, METRICS_FILE, CARD_FILE = "model.skops", "metrics.json", "card.md"

# What a model file may hold beside numbers, strings and scikit-learn's own types. Anything else
# in it is refused before it is built.
_TRUSTED = [
    "extraction.direction.DirectionJudge",
    "extraction.calibration.Calibration",
    "extraction.kernel.KernelHeads",
    "extraction.kernel.Rounded",
    "extraction.model.Examples",
    "extraction.model.ExtractionModel",
    "extraction.scorer.Scorer",
    "extraction.themes.ThemeJudge",
    "extraction.words.WordSpace",
]


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Sentences that show the themes: what a suggestion is explained with.

    ``rows`` (sentences,) says which of the rows that taught the scorer each is, whose vector is
    kept there; ``themes`` has shape (sentences, themes).
    """

    texts: tuple[str, ...]
    rows: NDArray[np.intp]
    themes: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class ExtractionModel:
    """Everything that tagging with one codebook and one encoder needs.

    ``name`` is "extraction/<version>", or says that it was never kept. ``dimensions`` is the
    length of the vectors it was fitted on; ``language`` the ISO 639-1 code of what it learnt from,
    empty where that could not be told.
    """

    name: str
    themes: tuple[str, ...]
    codebook_fingerprint: str
    encoder_fingerprint: str
    dimensions: int
    language: str
    scorer: Scorer
    judge: ThemeJudge
    direction_judge: DirectionJudge
    examples: Examples

    def require_encoder(self, encoder: Encoder) -> None:
        """Raise ModelError where the encoder's vectors are not those the model was fitted on."""
        if encoder.dimensions != self.dimensions:
            raise ModelError(
                f"the model {self.name} was fitted on vectors of {self.dimensions} numbers, the "
                f"encoder {encoder.name} gives {encoder.dimensions}; choose the encoder it was "
                "fitted with, or refit the model with this one"
            )
        if encoder.fingerprint != self.encoder_fingerprint:
            raise ModelError(
                f"the model {self.name} was fitted with another encoder than {encoder.name} "
                f"({self.encoder_fingerprint}, not {encoder.fingerprint}); choose the encoder it "
                "was fitted with, or refit the model with this one"
            )

    def require_codebook(self, codebook: Codebook) -> None:
        """Raise ModelError where the codebook is not the one the model was fitted on."""
        if self.codebook_fingerprint != codebook.fingerprint():
            raise ModelError(
                f"the model {self.name} was fitted on another codebook, or on an earlier wording "
                "of this one; refit it"
            )


def keep_model(model: ExtractionModel, metrics: Mapping[str, Any], card: str, folder: Path) -> None:
    """Write model, metrics and card to a new folder; the metrics gain the model's SHA-256.

    Raises FileExistsError where the folder is there already: a kept model never changes.
    """
    folder.mkdir(parents=True)
    skops.io.dump(model, folder / MODEL_FILE, compression=zipfile.ZIP_DEFLATED, compresslevel=9)
    kept = {**metrics, "model_sha256": _sha256(folder / MODEL_FILE)}
    (folder / METRICS_FILE).write_text(
        json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    (folder / CARD_FILE).write_text(card, encoding="utf-8")


def load_model(models: Folders, codebook: Codebook, encoder: Encoder) -> ExtractionModel:
    """The newest model fitted on this codebook and encoder.

    Raises ModelError where there is none, or its file is missing, altered or holds anything that
    such a model does not.
    """
    folder = find_model(models, codebook)
    model = _read_model(folder, str(read_metrics(folder)["model_sha256"]))
    model.require_codebook(codebook)
    model.require_encoder(encoder)
    return model


def find_model(models: Folders, codebook: Codebook) -> Path:
    """The folder of the newest model fitted on this codebook.

    Raises ModelError where there is none.
    """
    versions = find_versions(models, TASK)
    places = ", ".join(str(m / TASK) for m in ([models] if isinstance(models, Path) else models))
    if not versions:
        raise ModelError(
            f"{places}: no fitted model; fit one with `living-review learn tagging`, "
            "or name the folder of models in LIVING_REVIEW_MODELS"
        )
    for folder in versions:
        if read_metrics(folder)["codebook_fingerprint"] == codebook.fingerprint():
            return folder
    raise ModelError(
        f"{places}: none of the {len(versions)} models there was fitted on this "
        f"codebook (version {codebook.version}, fingerprint {codebook.fingerprint()}); it may "
        "have been reworded since: refit the model with `living-review learn tagging`"
    )


def read_metrics(folder: Path) -> dict[str, Any]:
    """What was measured and noted when the model in that folder was fitted.

    Raises ModelError where that is missing or is not what was written.
    """
    path = folder / METRICS_FILE
    try:
        metrics: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if {"codebook_fingerprint", "model_sha256"} <= metrics.keys():
            return metrics
    except (OSError, ValueError, AttributeError):
        pass
    raise ModelError(
        f"{path}: missing or not what was written when the model was fitted; "
        f"restore the folder {folder}, or remove it and refit"
    )


def _read_model(folder: Path, sha256: str) -> ExtractionModel:
    path = folder / MODEL_FILE
    if not path.is_file():
        raise ModelError(f"{path}: missing; restore it, or remove {folder} and refit")
    if _sha256(path) != sha256:
        raise ModelError(
            f"{path}: not the file that was fitted (its SHA-256 is not the one in "
            f"{METRICS_FILE}); restore it, or remove {folder} and refit"
        )
    unknown = sorted(set(skops.io.get_untrusted_types(file=path)) - set(_TRUSTED))
    if any(name.startswith("extraction.") for name in unknown):
        raise ModelError(
            f"{path}: fitted by another version of this program; refit it with "
            "`living-review learn tagging`, which leaves this one where it is"
        )
    if unknown:
        raise ModelError(f"{path}: holds {', '.join(unknown)}, which no such model holds; refused")
    model = skops.io.load(path, trusted=_TRUSTED)
    if not isinstance(model, ExtractionModel):
        raise ModelError(f"{path}: holds something else than a model of themes; refit")
    return model


def _sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
