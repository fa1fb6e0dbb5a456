"""Annotations where they stand today: found again by their words where a text has changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from review.anchors import Found, anchor_in_any
from review.annotations import Annotation
from review.decisions import Quote
from review.store.annotations import find_annotations
from review.store.readings import find_readings, load_reading
from review.store.records import find_reports
from review.store.schema import report
from review.store.session import Session
from review.store.views import current_annotation


@dataclass(frozen=True, kw_only=True)
class StandingAnnotation:
    """A person's word, and where it stands in today's texts of its report.

    ``said`` is as it was written and is never changed. ``quote`` and ``text_hash`` are its place
    today, those of ``said`` where it is lost; only what is ``same`` holds without another look.
    ``is_answered`` says that its reviewer has answered later on the text of today at this place.
    """

    said: Annotation
    found: Found
    quote: Quote
    text_hash: str
    is_answered: bool = False

    @property
    def today(self) -> Annotation:
        """The annotation as if it had been made at its place of today."""
        return replace(self.said, quote=self.quote, text_hash=self.text_hash)


def find_standing_annotations(
    session: Session, raw: Path, report_ids: Sequence[int] | None = None
) -> list[StandingAnnotation]:
    """Every annotation that stands, on all of today's reports or on these, oldest first.

    None is left out, whatever became of its text. ``raw`` holds the full texts. Raises InputError
    where one is missing.
    """
    said = find_annotations(session, report_ids)
    texts = _TextsOfToday(session, raw, {annotation.report_id for annotation in said})
    later: dict[tuple[int, str, str], list[Annotation]] = defaultdict(list)
    standing = []
    for annotation in reversed(said):
        placed = texts.place(annotation)
        answers = later[_voice(annotation)]
        if texts.has(annotation):
            answers.append(annotation)
        elif any(_is_at(placed, answer) for answer in answers):
            placed = replace(placed, is_answered=True)
        standing.append(placed)
    return standing[::-1]


def find_unsure_annotations(
    session: Session, raw: Path, report_ids: Sequence[int] | None = None
) -> list[StandingAnnotation]:
    """Annotations whose words are not in today's texts as they were, and not answered anew."""
    return [
        placed
        for placed in find_standing_annotations(session, raw, report_ids)
        if placed.found is not Found.SAME and not placed.is_answered
    ]


def find_own_unsure(session: Session, raw: Path, reviewer: str) -> list[StandingAnnotation]:
    """Those of them that this reviewer said, oldest first.

    Only reports whose abstract is another than the one answered are looked at, and full texts.
    """
    said = current_annotation.c
    query = (
        sa.select(said.report_id)
        .join(report, report.c.report_id == said.report_id)
        .where(said.reviewer == reviewer, said.text_hash != report.c.text_hash)
        .distinct()
    )
    moved = sorted(session.execute(query).scalars())
    found = find_unsure_annotations(session, raw, moved) if moved else []
    return [placed for placed in found if placed.said.reviewer == reviewer]


class _TextsOfToday:
    """The texts of reports, read from ``raw`` only where an annotation must be found in them."""

    def __init__(self, session: Session, raw: Path, report_ids: set[int]) -> None:
        self._reports = find_reports(session, sorted(report_ids))
        self._readings = find_readings(session)
        self._raw = raw
        self._loaded: dict[int, list[tuple[str, str]]] = {}

    def has(self, annotation: Annotation) -> bool:
        """Whether the text that the annotation was made on is one of today's."""
        return annotation.text_hash in self._hashes(annotation.report_id)

    def place(self, annotation: Annotation) -> StandingAnnotation:
        """Where the annotation stands."""
        if self.has(annotation):
            return StandingAnnotation(
                said=annotation,
                found=Found.SAME,
                quote=annotation.quote,
                text_hash=annotation.text_hash,
            )
        anchor, text_hash = anchor_in_any(annotation.quote, self._texts(annotation.report_id))
        return StandingAnnotation(
            said=annotation,
            found=anchor.found,
            quote=anchor.quote,
            text_hash=text_hash or annotation.text_hash,
        )

    def _hashes(self, report_id: int) -> set[str]:
        report, reading = self._reports.get(report_id), self._readings.get(report_id)
        return {item.text_hash for item in (report, reading) if item is not None}

    def _texts(self, report_id: int) -> list[tuple[str, str]]:
        if report_id not in self._loaded:
            report, reading = self._reports.get(report_id), self._readings.get(report_id)
            texts = [(report.text_hash, report.text)] if report else []
            if reading is not None:
                texts.append((reading.text_hash, load_reading(reading, self._raw)))
            self._loaded[report_id] = texts
        return self._loaded[report_id]


def _voice(annotation: Annotation) -> tuple[int, str, str]:
    return annotation.report_id, annotation.theme, annotation.reviewer


def _is_at(placed: StandingAnnotation, answer: Annotation) -> bool:
    return (
        placed.found is not Found.LOST
        and placed.text_hash == answer.text_hash
        and placed.quote.start < answer.quote.end
        and answer.quote.start < placed.quote.end
    )
