"""tag: suggest themes for the passages of reports that are not excluded, and of full texts."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from extraction.fulltext import READER, FullText, read_full_text
from extraction.model import ExtractionModel, find_model, load_model, read_metrics
from extraction.passages import split_full_text, split_passages
from extraction.tagging import tag_passages, tag_texts
from review.annotations import PassageTags
from review.errors import InputError
from review.language import Encoder, detect_language
from review.models import Folders, ModelFacts
from review.protocol import Codebook
from review.records import Report
from review.store.annotations import count_untagged, find_untagged, keep_suggestions
from review.store.embeddings import StoredVectors
from review.store.raw import load_raw
from review.store.readings import Reading, UntaggedFullText, find_untagged_full_texts, keep_reading
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
    """How many reports and full texts were tagged, in how many passages, and how many are left.

    ``other_language`` counts the reports in another language than the model learnt from, in which
    nothing is suggested; ``refused`` holds a sentence per full text in which there is no text.
    """

    tagged: int = 0
    full_texts: int = 0
    passages: int = 0
    suggestions: int = 0
    other_language: int = 0
    remaining: int = 0
    refused: tuple[str, ...] = ()


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
    raw: Path,
    now: datetime,
    limit: int | None = None,
) -> TaggingSummary:
    """Tag at most ``limit`` reports that are not excluded and that this model has not tagged.

    First their titles and abstracts, then the full texts on file in ``raw``. Commits per batch, so
    that work stopped half-way goes on where it stopped. Raises InputError where what was received
    is missing from ``raw``.
    """
    work = _Work(session, tagger, run_id, raw, now)
    waiting = find_untagged_full_texts(session, tagger.name, READER)
    left = count_untagged(session, tagger.name)
    wanted = left + len(waiting) if limit is None else min(limit, left + len(waiting))
    parts: list[TaggingSummary] = []
    while (done := sum(part.tagged for part in parts)) < min(wanted, left):
        parts.append(work.tag_abstracts(min(_BATCH, wanted - done)))
        log.info("%d of %d reports tagged", done + parts[-1].tagged, min(wanted, left))
    for number, on_file in enumerate(waiting[: max(0, wanted - left)], start=1):
        parts.append(work.tag_full_text(on_file))
        log.info("%d full texts tagged", number)
    return TaggingSummary(
        tagged=sum(part.tagged for part in parts),
        full_texts=sum(part.full_texts for part in parts),
        passages=sum(part.passages for part in parts),
        suggestions=sum(part.suggestions for part in parts),
        other_language=sum(part.other_language for part in parts),
        remaining=left + len(waiting) - wanted,
        refused=tuple(sentence for part in parts for sentence in part.refused),
    )


class _Work:
    """What is tagged in one call of the verb, batch by batch."""

    def __init__(
        self, session: Session, tagger: Tagger, run_id: int, raw: Path, now: datetime
    ) -> None:
        self._session, self._tagger = session, tagger
        self._run_id, self._raw, self._now = run_id, raw, now
        self._encoder = tagger.encoder.using(StoredVectors(session))

    def tag_abstracts(self, size: int) -> TaggingSummary:
        """Tag the titles and abstracts of the next reports."""
        reports = find_untagged(self._session, self._tagger.name, size)
        found = _tag_reports(reports, self._tagger.model, self._encoder)
        return self._keep(
            list(zip(reports, found, strict=True)),
            tagged=len(reports),
            other_language=sum(self._is_foreign(report.text) for report in reports),
        )

    def tag_full_text(self, on_file: UntaggedFullText) -> TaggingSummary:
        """Tag one full text; where it cannot be read that is kept, too, and not tried again."""
        refused: tuple[str, ...] = ()
        content = load_raw(on_file.sha256, self._raw)
        try:
            full_text = read_full_text(content)
        except InputError as unreadable:
            full_text = FullText(text="")
            refused = (f"the full text of report {on_file.report.report_id}: {unreadable}",)
        passages = split_full_text(full_text, on_file.report.abstract)
        reading = keep_reading(
            self._session,
            on_file,
            READER,
            full_text.text,
            raw=self._raw,
            run_id=self._run_id,
            now=self._now,
        )
        return self._keep(
            [(reading, tag_passages(passages, self._tagger.model, self._encoder))],
            full_texts=1,
            other_language=int(self._is_foreign(full_text.text)),
            refused=refused,
        )

    def _keep(
        self,
        texts: Sequence[tuple[Report | Reading, Sequence[PassageTags]]],
        **counts: Any,  # noqa: ANN401 - those of a summary
    ) -> TaggingSummary:
        keep_suggestions(self._session, self._run_id, self._tagger.name, texts, self._now)
        found = [tags for _, passages in texts for tags in passages]
        summary = TaggingSummary(
            passages=len(found),
            suggestions=sum(theme.suggested for tags in found for theme in tags.themes),
            **counts,
        )
        kept = ("tagged", "full_texts", "passages", "suggestions")
        count_towards(
            self._session, self._run_id, "extraction", {n: getattr(summary, n) for n in kept}
        )
        self._session.commit()
        return summary

    def _is_foreign(self, text: str) -> bool:
        learnt_from = self._tagger.model.language
        return bool(learnt_from) and detect_language(text) not in ("", learnt_from)


def _tag_reports(
    reports: list[Report], model: ExtractionModel, encoder: Encoder
) -> list[list[PassageTags]]:
    """The tagged passages of each report, judged together so that sentences batch well."""
    split = [split_passages(report.title, report.abstract) for report in reports]
    tags = iter(tag_passages([p for passages in split for p in passages], model, encoder))
    return [[next(tags) for _ in passages] for passages in split]
