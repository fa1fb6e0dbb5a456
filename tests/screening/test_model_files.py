"""A model is read back as it was kept, or refused with a sentence."""

from __future__ import annotations

import hashlib
import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from skops.io import dumps

from review.errors import ModelError
from review.language import Encoder
from review.protocol import Protocol
from screening.assess import assess_reports
from screening.classifier import ScreeningModel
from screening.model_files import (
    find_screening_model,
    keep_screening_model,
    load_screening_model,
    unvalidated,
)

TEXTS = [
    ("A school garden", "The school garden was dug by pupils.", "en"),
    ("A farm", "The farm was large. It had cows.", "en"),
]


@pytest.fixture
def models(tmp_path: Path, garden_model: ScreeningModel) -> Path:
    keep_screening_model(tmp_path / "screening/1", garden_model, {"figures": {}})
    return tmp_path


def test_a_kept_model_judges_as_before(
    models: Path, gardens: Protocol, garden_model: ScreeningModel, encoder: Encoder
):
    folder = find_screening_model(models, "gardens")
    assert folder == models / "screening/1"
    loaded = load_screening_model(folder, gardens, encoder.fingerprint)
    before = assess_reports(TEXTS, gardens, garden_model, encoder)
    assert assess_reports(TEXTS, gardens, loaded, encoder) == before


# The newest version of a review's own is found, and 10 is newer than 1.
def test_the_newest_version_is_found(models: Path, garden_model: ScreeningModel):
    keep_screening_model(models / "screening/10", garden_model, {})
    assert find_screening_model(models, "gardens") == models / "screening/10"
    assert find_screening_model(models, "another") is None
    assert find_screening_model(models / "nowhere", "gardens") is None


def refused(models: Path, protocol: Protocol, encoder: str) -> str:
    with pytest.raises(ModelError) as error:
        load_screening_model(models / "screening/1", protocol, encoder)
    return str(error.value)


def test_a_changed_file_is_refused(models: Path, gardens: Protocol, encoder: Encoder):
    path = models / "screening/1/model.skops"
    path.write_bytes(path.read_bytes() + b" ")
    assert "SHA-256 differs" in refused(models, gardens, encoder.fingerprint)
    path.unlink()
    assert "cannot be read" in refused(models, gardens, encoder.fingerprint)


def rewrite(models: Path, content: bytes) -> None:
    """Put other content in the model's place, with the hash that vouches for it."""
    folder = models / "screening/1"
    (folder / "model.skops").write_bytes(content)
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics["model_sha256"] = hashlib.sha256(content).hexdigest()
    (folder / "metrics.json").write_text(json.dumps(metrics))


# Even with a hash that vouches for it, what is no model is refused.
@pytest.mark.parametrize("content", [b"", b"PK", b"no model", dumps({"a": 1}), dumps([1])])
def test_what_is_no_model_is_refused(
    models: Path, gardens: Protocol, encoder: Encoder, content: bytes
):
    rewrite(models, content)
    assert "model.skops" in refused(models, gardens, encoder.fingerprint)


# A file that would run code of a type nobody named is not loaded.
def test_strange_types_are_refused(models: Path, gardens: Protocol, encoder: Encoder):
    rewrite(models, dumps({"a": Strange()}))
    assert "not trusted" in refused(models, gardens, encoder.fingerprint)


class Strange:
    """A type that no model needs."""

    def __init__(self) -> None:
        self.value = 1


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_broken_metrics_are_refused(models: Path, gardens: Protocol, encoder: Encoder, text: str):
    (models / "screening/1/metrics.json").write_text(text)
    assert "metrics.json" in refused(models, gardens, encoder.fingerprint)


# Scores that are no numbers never reach a verdict.
def test_numbers_that_are_none_are_refused(
    models: Path, gardens: Protocol, garden_model: ScreeningModel, encoder: Encoder
):
    judge = garden_model.judges["garden"]
    broken = replace(judge, met=replace(judge.met, slope=float("nan")))
    damaged = replace(garden_model, judges={**garden_model.judges, "garden": broken})
    keep_screening_model(models / "screening/1", damaged, {})
    assert "garden holds numbers that are none" in refused(models, gardens, encoder.fingerprint)
    broken = replace(judge, question=judge.question * np.nan)
    damaged = replace(garden_model, judges={**garden_model.judges, "garden": broken})
    keep_screening_model(models / "screening/1", damaged, {})
    assert "garden holds numbers that are none" in refused(models, gardens, encoder.fingerprint)
    keep_screening_model(models / "screening/1", replace(garden_model, cut=float(np.nan)), {})
    assert "not a number" in refused(models, gardens, encoder.fingerprint)


def test_weights_of_words_that_are_no_numbers_are_refused(
    models: Path, gardens: Protocol, garden_model: ScreeningModel, encoder: Encoder
):
    harmed = deepcopy(garden_model.vectorizer)
    harmed.idf_ = harmed.idf_ * np.nan
    keep_screening_model(models / "screening/1", replace(garden_model, vectorizer=harmed), {})
    assert "weights of words" in refused(models, gardens, encoder.fingerprint)


# A model knows what it was fitted for.
def test_a_model_of_another_review_is_refused(
    models: Path, gardens: Protocol, protocol: Protocol, encoder: Encoder, checkout: Path
):
    assert "fitted for the review gardens" in refused(models, protocol, encoder.fingerprint)
    assert "another encoder" in refused(models, gardens, "other-encoder")
    fewer = gardens.model_copy(update={"criteria": gardens.criteria[:1]})
    assert "other criteria" in refused(models, fewer, encoder.fingerprint)
    with pytest.raises(ModelError, match="not for gardens"):
        load_screening_model(checkout / "models/screening/1", gardens, encoder.fingerprint)


def test_a_model_of_other_columns_is_refused(
    models: Path, gardens: Protocol, garden_model: ScreeningModel, encoder: Encoder
):
    keep_screening_model(models / "screening/1", replace(garden_model, layout="0"), {})
    assert "another version of this program" in refused(models, gardens, encoder.fingerprint)


# A cue may be changed and its effect seen before fitting again: it is said, not refused.
def test_changed_cues_are_said_aloud(
    models: Path, gardens: Protocol, encoder: Encoder, caplog: pytest.LogCaptureFixture
):
    first, *rest = gardens.criteria
    changed = first.model_copy(update={"cues": (*first.cues, "vegetable patch*")})
    other = gardens.model_copy(update={"criteria": (changed, *rest)})
    load_screening_model(models / "screening/1", other, encoder.fingerprint)
    assert "changed since model 1 was fitted" in caplog.text


# The shipped model is a few megabytes and agrees with what it says of itself.
def test_the_shipped_model_is_what_its_metrics_say(
    checkout: Path, protocol: Protocol, shipped: ScreeningModel
):
    folder = checkout / "models/screening" / shipped.version
    metrics = json.loads((folder / "metrics.json").read_text())
    assert (folder / "model.skops").stat().st_size < 5_000_000
    assert metrics["cuts"]["inclusion"] == shipped.cut
    assert metrics["figures"]["include_recall"]["mean"] >= 0.95
    assert metrics["figures"]["specificity"]["mean"] >= 0.78
    card = (folder / "card.md").read_text()
    for heading in ("Purpose", "Data", "Validation", "Usability", "Transparency"):
        assert f"## {heading}" in card
    assert f"{metrics['figures']['include_recall']['mean']:.3f}" in card


# The cut belongs to the version that was validated: nobody moves it in the metrics alone.
def test_another_cut_in_the_metrics_is_refused(models: Path, gardens: Protocol, encoder: Encoder):
    path = models / "screening/1/metrics.json"
    metrics = json.loads(path.read_text())
    path.write_text(json.dumps({**metrics, "cuts": {"inclusion": 0.9}}))
    assert "another cut" in refused(models, gardens, encoder.fingerprint)


# A model that meets other cues than it was validated with says so wherever its verdicts are told.
def test_a_cut_not_validated_for_the_protocol_is_told(
    gardens: Protocol, garden_model: ScreeningModel
):
    assert unvalidated(garden_model, gardens) == ""
    garden = gardens.criteria[0].model_copy(update={"cues": ("allotment*",)})
    changed = gardens.model_copy(update={"criteria": (garden, *gardens.criteria[1:])})
    assert "not validated" in unvalidated(garden_model, changed)
