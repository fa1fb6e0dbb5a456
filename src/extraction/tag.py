"""tag: suggest themes for the passages of reports that are not excluded."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from extraction.model import ExtractionModel, find_model, load_model, read_metrics
from extraction.passages import split_passages
from extraction.tagging import tag_passages, tag_texts
from review.annotations import PassageTags
from review.language import Encoder
from review.models import Folders, ModelFacts
from review.protocol import Codebook
from review.records import Report
from review.store.annotations import count_untagged, find_untagged, keep_suggestions
from review.store.embeddings import StoredVectors
from review.store.runs import count_towards
from review.store.session import Session

log = logging.getLogger(__name__)

_BATCH = 64
_FILE_BATCH = 512
_FIGURES = {
    ("themes", "macro_f1"): "macro-F1 of themes",
    ("themes", "recall_at_3"): "recall in the first three",
    ("direction", "accuracy"): "accuracy of direction",
}


@dataclass(frozen=True, kw_only=True)
class Tagger:
    """Model and encoder that tag together. Made by ``open_tagger``."""

    model: ExtractionModel
    encoder: Encoder
    name: str
    facts: ModelFacts


@dataclass(frozen=True, kw_only=True)
class TaggingSummary:
    """How many reports were tagged, in how many passages, and how many reports are left."""

    tagged: int = 0
    passages: int = 0
    suggestions: int = 0
    remaining: int = 0


def open_tagger(models: Folders, codebook: Codebook, encoder: Encoder) -> Tagger:
    """The newest model fitted on the codebook. Raises ModelError where there is none to use."""
    model = load_model(models, codebook, encoder)
    return Tagger(
        model=model,
        encoder=encoder,
        name=f"{model.name}, codebook {codebook.fingerprint()}",
        facts=describe_tagger(models, codebook),
    )


def describe_tagger(models: Folders, codebook: Codebook) -> ModelFacts:
    """What the codebook's model says of itself, read without loading it.

    Raises ModelError where there is none.
    """
    metrics = read_metrics(find_model(models, codebook))
    tested = {task: metrics[task] for task in ("themes", "direction") if metrics[task]}
    return ModelFacts(
        task="suggested influences and their direction for passages",
        name=metrics["name"],
        version=metrics["name"].rpartition("/")[2],
        fingerprint=metrics["model_sha256"][:16],
        thresholds=tuple(
            (theme, f"{threshold:.3f}") for theme, threshold in metrics["thresholds"].items()
        ),
        figures=tuple(
            (words, f"{tested[task][key]:.2f} ({low:.2f} to {high:.2f})")
            for (task, key), words in _FIGURES.items()
            if task in tested
            for low, high in [tested[task]["intervals"][key]]
        ),
        evaluated=(
            f"Cross-validation grouped by study over {metrics['studies']} studies; intervals by "
            "bootstrap over studies."
            if tested
            else "Not evaluated: no labelled passages of studies."
        ),
    )


def tag_in_batches(texts: Sequence[str], tagger: Tagger) -> Iterator[list[PassageTags]]:
    """Tag texts without a store, some at a time so that the work can be followed."""
    for start in range(0, len(texts), _FILE_BATCH):
        yield tag_texts(texts[start : start + _FILE_BATCH], tagger.model, tagger.encoder)


def tag(
    session: Session,
    tagger: Tagger,
    *,
    run_id: int,
    now: datetime,
    limit: int | None = None,
) -> TaggingSummary:
    """Tag at most ``limit`` reports that are not excluded and that this model has not tagged.

    Commits per batch, so that work stopped half-way goes on where it stopped.
    """
    left = count_untagged(session, tagger.name)
    wanted = left if limit is None else min(limit, left)
    encoder = tagger.encoder.using(StoredVectors(session))
    tagged = passages = suggestions = 0
    while tagged < wanted:
        reports = find_untagged(session, tagger.name, min(_BATCH, wanted - tagged))
        found = _tag_reports(reports, tagger.model, encoder)
        keep_suggestions(session, run_id, tagger.name, list(zip(reports, found, strict=True)), now)
        counts = {
            "tagged": len(reports),
            "passages": sum(len(tags) for tags in found),
            "suggestions": sum(t.suggested for tags in found for p in tags for t in p.themes),
        }
        count_towards(session, run_id, "extraction", counts)
        session.commit()
        tagged += counts["tagged"]
        passages += counts["passages"]
        suggestions += counts["suggestions"]
        log.info("%d of %d reports tagged", tagged, wanted)
    return TaggingSummary(
        tagged=tagged, passages=passages, suggestions=suggestions, remaining=left - tagged
    )


def _tag_reports(
    reports: list[Report], model: ExtractionModel, encoder: Encoder
) -> list[list[PassageTags]]:
    """The tagged passages of each report, judged together so that sentences batch well."""
    split = [split_passages(report.title, report.abstract) for report in reports]
    tags = iter(tag_passages([p for passages in split for p in passages], model, encoder))
    return [[next(tags) for _ in passages] for passages in split]
