"""Screening models on disk: written with their figures, and read back only if they are unharmed."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile

import numpy as np
from skops.io import dumps, get_untrusted_types, loads
from skops.io.exceptions import UntrustedTypesFoundException

from review.errors import ModelError
from review.models import Folders, find_versions
from review.protocol import Protocol
from screening.classifier import (
    CriterionModel,
    Scorer,
    ScreeningModel,
    cue_fingerprint,
    text_criteria,
)
from screening.features import LAYOUT

log = logging.getLogger(__name__)

TASK = "screening"
MODEL_FILE = "model.skops"
METRICS_FILE = "metrics.json"
CARD_FILE = "card.md"
# skops refuses whatever is not named here or in its own list of harmless types.
_TRUSTED: tuple[str, ...] = ()
_REFIT = "fit it again with `living-review learn screening`"


def find_screening_model(models: Folders, review: str) -> Path | None:
    """The folder of the newest screening model of a review, None where it has none."""
    folders = find_versions(models, TASK)
    return next((f for f in folders if read_metrics(f).get("review") == review), None)


def keep_screening_model(folder: Path, model: ScreeningModel, metrics: Mapping[str, Any]) -> str:
    """Write the model and its metrics; returns the SHA-256 of the model file.

    ``metrics.json`` also says which review, version and encoder the model belongs to, and holds
    the hash by which a changed file is found out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = dumps(_as_plain(model), compression=ZIP_DEFLATED)
    sha256 = hashlib.sha256(content).hexdigest()
    about = {
        "task": TASK,
        "review": model.review,
        "version": model.version,
        "encoder": model.encoder,
        "model_sha256": sha256,
    }
    (folder / MODEL_FILE).write_bytes(content)
    (folder / METRICS_FILE).write_text(
        json.dumps({**about, **metrics}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return sha256


def load_screening_model(folder: Path, protocol: Protocol, encoder: str) -> ScreeningModel:
    """Read a fitted model for a review and the encoder of that fingerprint.

    Raises ModelError, with the remedy, where a file is missing or was altered, holds types that
    are not trusted or numbers that are none, or where the model belongs to another review, other
    criteria or another encoder. Cues that changed since the fit are only logged: the counts they
    give still mean the same, and a maintainer may look at the effect before fitting again.
    """
    metrics = read_metrics(folder)
    path = folder / MODEL_FILE
    try:
        content = path.read_bytes()
    except OSError as missing:
        raise ModelError(f"{path}: cannot be read ({missing.strerror}); {_REFIT}") from None
    if hashlib.sha256(content).hexdigest() != metrics.get("model_sha256"):
        raise ModelError(
            f"{path}: not the file that {METRICS_FILE} describes (SHA-256 differs); "
            f"restore both from the same version, or {_REFIT}"
        )
    model = _from_plain(path, _loads(path, content))
    _refuse_other(path, model, protocol, encoder)
    if metrics.get("cuts", {}).get("inclusion", model.cut) != model.cut:
        raise ModelError(
            f"{folder / METRICS_FILE}: names another cut of inclusion than {MODEL_FILE} holds and "
            f"was validated with ({model.cut}); restore both from the same version, or {_REFIT}"
        )
    if changed := unvalidated(model, protocol):
        log.warning("%s", changed)
    return model


def unvalidated(model: ScreeningModel, protocol: Protocol) -> str:
    """Why the model's cuts and figures are not those of this protocol; empty where they are.

    A cut is validated for one version of the model with the cues of one version of the protocol.
    """
    if model.cues == cue_fingerprint(protocol):
        return ""
    return (
        f"The cues of the protocol {protocol.key} changed since model {model.version} was fitted: "
        "its figures and the cut below which it excludes were not validated for them"
    )


def read_metrics(folder: Path) -> dict[str, Any]:
    path = folder / METRICS_FILE
    try:
        metrics = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as missing:
        raise ModelError(f"{path}: cannot be read ({missing}); {_REFIT}") from None
    except json.JSONDecodeError as malformed:
        raise ModelError(f"{path}: not JSON ({malformed.msg}); {_REFIT}") from None
    if not isinstance(metrics, dict):
        raise ModelError(f"{path}: expected a JSON object; {_REFIT}")
    return metrics


def _loads(path: Path, content: bytes) -> Any:  # noqa: ANN401 - checked by the caller
    try:
        strange = set(get_untrusted_types(data=content)) - set(_TRUSTED)
        if strange:
            raise ModelError(f"{path}: holds types that are not trusted: {sorted(strange)}")
        return loads(content, trusted=list(_TRUSTED))
    except (
        UntrustedTypesFoundException,
        ValueError,
        KeyError,
        TypeError,
        OSError,
        BadZipFile,
    ) as harmed:
        raise ModelError(f"{path}: not a model that can be read ({harmed}); {_REFIT}") from None


def _as_plain(model: ScreeningModel) -> dict[str, Any]:
    plain = {f.name: getattr(model, f.name) for f in fields(model)}
    plain["judges"] = {
        key: {
            **{f.name: getattr(judge, f.name) for f in fields(judge)},
            "met": _scorer_as_plain(judge.met),
            "broken": _scorer_as_plain(judge.broken),
        }
        for key, judge in model.judges.items()
    }
    return plain


def _scorer_as_plain(scorer: Scorer) -> dict[str, Any]:
    return {f.name: getattr(scorer, f.name) for f in fields(scorer)}


def _from_plain(path: Path, plain: Any) -> ScreeningModel:  # noqa: ANN401
    try:
        judges = {
            key: CriterionModel(
                **{**said, "met": Scorer(**said["met"]), "broken": Scorer(**said["broken"])}
            )
            for key, said in plain["judges"].items()
        }
        criteria = tuple((str(key), str(kind)) for key, kind in plain["criteria"])
        model = ScreeningModel(**{**plain, "judges": judges, "criteria": criteria})
    except (TypeError, KeyError, AttributeError, ValueError) as strange:
        raise ModelError(f"{path}: not a screening model ({strange}); {_REFIT}") from None
    for key, judge in judges.items():
        if not _all_finite(judge):
            raise ModelError(f"{path}: the model of {key} holds numbers that are none; {_REFIT}")
    if not np.isfinite(model.vectorizer.idf_).all():
        raise ModelError(f"{path}: the weights of words hold numbers that are none; {_REFIT}")
    if not np.isfinite([model.cut, model.include_cut, model.slope, model.offset]).all():
        raise ModelError(f"{path}: the cut of inclusion is not a number; {_REFIT}")
    return model


def _all_finite(judge: CriterionModel) -> bool:
    linear = [judge.met.dense, judge.met.words, judge.broken.dense, judge.broken.words]
    linear += [judge.looks] if judge.looks is not None else []
    arrays = [array for model in linear for array in (model.coef_, model.intercept_)]
    arrays.append(judge.question)
    scalars = [judge.met_cut, judge.broken_cut]
    scalars += [x for s in (judge.met, judge.broken) for x in (s.slope, s.offset)]
    return bool(all(np.isfinite(array).all() for array in arrays) and np.isfinite(scalars).all())


def _refuse_other(path: Path, model: ScreeningModel, protocol: Protocol, encoder: str) -> None:
    if model.review != protocol.key:
        raise ModelError(f"{path}: fitted for the review {model.review}, not for {protocol.key}")
    if dict(model.criteria) != dict(text_criteria(protocol)):
        raise ModelError(
            f"{path}: fitted for other criteria ({', '.join(k for k, _ in model.criteria)}) than "
            f"the protocol's; {_REFIT}"
        )
    if model.layout != LAYOUT:
        raise ModelError(
            f"{path}: fitted by another version of this program (columns {model.layout}, now "
            f"{LAYOUT}); {_REFIT}"
        )
    if model.encoder != encoder:
        raise ModelError(
            f"{path}: fitted on vectors of another encoder ({model.encoder}, now {encoder}); "
            f"set LIVING_REVIEW_ENCODER back, or {_REFIT}"
        )
