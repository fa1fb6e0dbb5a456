"""A kept model is found again unchanged, or refused with a sentence."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

import pytest
import skops.io

from extraction.evaluate import TaggingFigures
from extraction.labelled import LabelledPassage
from extraction.learn import learn_extraction
from extraction.model import ExtractionModel, keep_model, load_model
from extraction.tagging import tag_texts
from review.errors import InputError, ModelError, ProtocolError
from review.language import Encoder
from review.models import next_version
from review.protocol import Codebook

_CODEBOOK = """\
version: '1'
themes:
  - {key: water, code: WA, name: Water, definition: Whether plants can be watered.}
  - {key: teachers, code: TE, name: Teachers, definition: Whether teachers want to garden.}
"""


@pytest.fixture
def models(tmp_path: Path, gardens: Codebook, garden_model: ExtractionModel) -> Path:
    """A folder of models with one model of gardens in it."""
    metrics = {"codebook_fingerprint": gardens.fingerprint()}
    keep_model(garden_model, metrics, "A card.\n", tmp_path / "extraction" / "1")
    return tmp_path


# What is loaded says exactly what was said before it was kept.
def test_a_kept_model_says_the_same(
    models: Path, gardens: Codebook, garden_model: ExtractionModel, encoder: Encoder
) -> None:
    loaded = load_model(models, gardens, encoder)
    text = ["A broken tap and a keen teacher."]
    assert tag_texts(text, loaded, encoder) == tag_texts(text, garden_model, encoder)


# A kept model never changes: a second one of the same name is refused, a new one gets a number.
def test_a_kept_model_is_never_overwritten(models: Path, garden_model: ExtractionModel) -> None:
    with pytest.raises(FileExistsError):
        keep_model(garden_model, {}, "", models / "extraction" / "1")
    assert next_version(models, "extraction") == "2"
    (models / "extraction" / "10").mkdir()
    (models / "extraction" / "draft").mkdir()
    assert next_version(models, "extraction") == "11"
    assert next_version(models / "elsewhere", "extraction") == "1"


# Nothing there, or nothing of this review: the sentence says what to do.
def test_a_missing_model_is_told(
    tmp_path: Path, models: Path, gardens: Codebook, codebook: Codebook, encoder: Encoder
) -> None:
    with pytest.raises(ModelError, match="no fitted model; fit one"):
        load_model(tmp_path / "nowhere", gardens, encoder)
    with pytest.raises(ModelError, match="none of the 1 models there was fitted on this codebook"):
        load_model(models, codebook, encoder)


# Of several models the newest of this codebook is taken; another review's are passed over.
def test_the_newest_of_this_codebook_is_taken(
    models: Path, gardens: Codebook, encoder: Encoder
) -> None:
    shutil.copytree(models / "extraction/1", models / "extraction/9")
    shutil.copytree(models / "extraction/1", models / "extraction/10")
    metrics = models / "extraction/10/metrics.json"
    told = json.loads(metrics.read_text()) | {"codebook_fingerprint": "of another review"}
    metrics.write_text(json.dumps(told))
    (models / "extraction/1/model.skops").unlink()
    assert load_model(models, gardens, encoder).themes == ("water", "teachers")


# A model file that was exchanged, cut or lost is refused before anything in it is built.
@pytest.mark.parametrize("harm", ["cut", "lost", "no metrics", "bad metrics"])
def test_an_altered_model_is_refused(
    models: Path, gardens: Codebook, encoder: Encoder, harm: str
) -> None:
    folder = models / "extraction" / "1"
    match harm:
        case "cut":
            content = (folder / "model.skops").read_bytes()
            (folder / "model.skops").write_bytes(content[:-100])
        case "lost":
            (folder / "model.skops").unlink()
        case "no metrics":
            (folder / "metrics.json").unlink()
        case "bad metrics":
            (folder / "metrics.json").write_text('{"codebook_fingerprint": 3}')
    with pytest.raises(ModelError, match="restore"):
        load_model(models, gardens, encoder)


# A file made to look fitted, holding what no model holds, is refused by type.
def test_a_model_that_holds_something_else_is_refused(
    tmp_path: Path, gardens: Codebook, garden_model: ExtractionModel, encoder: Encoder
) -> None:
    folder = tmp_path / "extraction" / "1"
    told = {"codebook_fingerprint": gardens.fingerprint()}
    keep_model(Path("/etc"), told, "", folder)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="which no such model holds; refused"):
        load_model(tmp_path, gardens, encoder)
    assert skops.io.get_untrusted_types(file=folder / "model.skops")


# A review with a codebook and nothing else gets a model, whose card says it is not validated.
def test_a_review_without_labels_learns_from_its_codebook(
    tmp_path: Path, encoder: Encoder, now: datetime
) -> None:
    (tmp_path / "codebook.yaml").write_text(_CODEBOOK)
    summary = learn_extraction(tmp_path, tmp_path / "models", encoder, now)
    assert (summary.name, summary.passages, summary.themes) == ("extraction/1", 0, None)
    assert "**Not validated.**" in (summary.folder / "card.md").read_text()
    metrics = json.loads((summary.folder / "metrics.json").read_text())
    assert metrics["fitted_at"] == now.isoformat()
    assert metrics["themes"] is None


# A codebook or a labelled file that cannot be used stops the fit, and nothing is kept.
def test_nothing_is_kept_of_a_fit_that_failed(
    tmp_path: Path, encoder: Encoder, now: datetime
) -> None:
    with pytest.raises(ProtocolError):
        learn_extraction(tmp_path, tmp_path / "models", encoder, now)
    (tmp_path / "codebook.yaml").write_text(_CODEBOOK)
    (tmp_path / "labelled").mkdir()
    (tmp_path / "labelled/themes.jsonl").write_text('{"id": "a", "text": "x", "themes": ["sun"]}')
    with pytest.raises(InputError, match="unknown theme 'sun'"):
        learn_extraction(tmp_path, tmp_path / "models", encoder, now)
    assert not (tmp_path / "models").exists()


# With studies to hold back, figures are measured, kept as valid JSON and printed on the card.
def test_labelled_studies_give_figures(
    tmp_path: Path, encoder: Encoder, now: datetime, garden_passages: list[LabelledPassage]
) -> None:
    (tmp_path / "codebook.yaml").write_text(_CODEBOOK)
    (tmp_path / "labelled").mkdir()
    rows = [
        {
            "id": p.passage_id,
            "text": p.text,
            "themes": p.themes,
            "direction": p.directions,
            "study_group": p.study_group,
        }
        for p in garden_passages
    ]
    lines = "\n".join(json.dumps(row) for row in rows)
    (tmp_path / "labelled/themes.jsonl").write_text(lines)
    summary = learn_extraction(tmp_path, tmp_path / "models", encoder, now)
    assert isinstance(summary.themes, TaggingFigures)
    assert summary.themes.passages == len(garden_passages) == summary.studies
    assert summary.themes.macro_average_precision > 0.6
    assert summary.direction is not None
    assert summary.direction.pairs == 16
    card = (summary.folder / "card.md").read_text()
    assert f"{summary.themes.macro_f1:.3f}" in card
    assert "water (thin)" in card

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    json.loads((summary.folder / "metrics.json").read_text(), parse_constant=refuse)
