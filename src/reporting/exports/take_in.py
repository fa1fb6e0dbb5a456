"""take in: keep the annotations of a file as those of one reviewer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from reporting.exports.names import guid
from reporting.exports.plain_text import as_plain, plain_text
from reporting.exports.words import Words
from reporting.text import printable
from review.annotations import Annotation, AnnotationVerdict
from review.decisions import Quote, quote_from
from review.protocol import Codebook, Protocol
from review.records import Report
from review.store.annotations import (
    find_annotation_ids,
    find_annotations,
    find_suggestions,
    keep_annotation,
)
from review.store.records import find_members, find_reports
from review.store.session import Session

LANE = "imported"


@dataclass(frozen=True, kw_only=True)
class TakenIn:
    """How many annotations came new, how many were there, and a sentence per one that has no place.

    ``refused`` name the place in the file and the remedy.
    """

    new: int
    known: int
    refused: tuple[str, ...]


def take_in(
    session: Session,
    words: Sequence[Words],
    protocol: Protocol,
    codebook: Codebook,
    *,
    reviewer: str,
    now: datetime,
) -> TakenIn:
    """Keep words as a reviewer's annotations, each once however often the file comes; commits.

    They must stand on the words they name in a report's text of today.
    """
    texts = _Texts(find_reports(session, set(find_members(session).values())))
    mine = [a for a in find_annotations(session) if a.reviewer == reviewer]
    standing = {_saying(a): a.verdict for a in mine}
    ids = {a.annotation_id for a in mine}
    themes = {theme.key for theme in codebook.themes}
    refused: list[str] = []
    made: list[Annotation] = []
    known = 0
    for said in words:
        if said.annotation_id in ids:
            known += 1
            continue
        found = texts.place(said) if said.theme in themes else _no_theme(said)
        if isinstance(found, str):
            refused.append(f"{said.place}: {found}")
            continue
        report, quote = found
        annotation = _annotation(said, report, quote, protocol, codebook, reviewer, now)
        there = standing.get(_saying(annotation))
        if there and (there is AnnotationVerdict.REJECT) is (
            annotation.verdict is AnnotationVerdict.REJECT
        ):
            known += 1
        else:
            made.append(annotation)
    new = _keep(session, made)
    return TakenIn(new=new, known=known + len(made) - new, refused=tuple(refused))


def _keep(session: Session, made: Sequence[Annotation]) -> int:
    """Keep those whose id is not known; how many those are."""
    known = find_annotation_ids(session, [annotation.annotation_id for annotation in made])
    fresh = {a.annotation_id: a for a in made if a.annotation_id not in known}
    suggested = {
        (s.report_id, s.text_hash, s.quote.start, s.quote.end, s.theme)
        for s in find_suggestions(session, report_ids=sorted({a.report_id for a in made}))
    }
    for annotation in fresh.values():
        keep_annotation(session, _as_answer(annotation, suggested))
    session.commit()
    return len(fresh)


def _as_answer(said: Annotation, suggested: set[tuple[int, str, int, int, str]]) -> Annotation:
    """A theme that the machine suggests there is accepted, one it does not is added."""
    place = (said.report_id, said.text_hash, said.quote.start, said.quote.end, said.theme)
    if said.verdict is AnnotationVerdict.ADD and place in suggested:
        return replace(said, verdict=AnnotationVerdict.ACCEPT)
    return said


def _saying(said: Annotation) -> tuple[object, ...]:
    """What is said of which place, but for whether a theme that applies was suggested there."""
    place = (said.text_hash, said.quote.start, said.quote.end)
    return (said.report_id, *place, said.theme, said.direction)


def _no_theme(said: Words) -> str:
    return (
        f"{said.theme!r} is no theme of the codebook; call the code after a theme, or add the theme"
    )


def _annotation(
    said: Words,
    report: Report,
    quote: Quote,
    protocol: Protocol,
    codebook: Codebook,
    reviewer: str,
    now: datetime,
) -> Annotation:
    verdict = said.verdict or AnnotationVerdict.ADD
    where = (report.text_hash, quote.start, quote.end)
    what = (said.theme, said.direction.value, verdict.value, said.said_at)
    return Annotation(
        annotation_id=guid(protocol, "imported", reviewer, report.report_id, *where, *what),
        report_id=report.report_id,
        text_hash=report.text_hash,
        quote=quote,
        theme=said.theme,
        verdict=verdict,
        direction=said.direction,
        reviewer=reviewer,
        annotated_at=now,
        codebook_version=said.codebook_version or codebook.version,
        saw_suggestion=said.saw_suggestion,
        lane=LANE,
    )


class _Texts:
    """Today's reports by their text, as it is and as other programs keep it."""

    def __init__(self, reports: Mapping[int, Report]) -> None:
        self._by_hash: dict[str, list[Report]] = defaultdict(list)
        for report in reports.values():
            self._by_hash[report.text_hash].append(report)
        self._by_plain: dict[str, list[Report]] | None = None

    def place(self, said: Words) -> tuple[Report, Quote] | str:
        """The report a word belongs to and the quote it is on, or why it has no place."""
        there = self._of_plain(said.plain) if said.plain else self._by_hash.get(said.text_hash, [])
        if len(there) != 1:
            return _MANY if there else _NONE
        [report] = there
        start, end = said.start, said.end
        if said.plain:
            text = plain_text(report.text)
            start, end = text.back(*_without_returns(said.plain, start, end))
        if not 0 <= start < end <= len(report.text):
            return f"the positions {said.start} to {said.end} are none of its text; annotate again"
        if said.exact and printable(report.text[start:end]) != printable(said.exact):
            return f"other words stand at {said.start} to {said.end} than it quotes; annotate again"
        return report, quote_from(report.text, start, end)

    def _of_plain(self, plain: str) -> list[Report]:
        if self._by_plain is None:
            self._by_plain = defaultdict(list)
            for reports in self._by_hash.values():
                for report in reports:
                    self._by_plain[as_plain(report.text).rstrip()].append(report)
        return self._by_plain.get(as_plain(plain).rstrip(), [])


_NONE = (
    "no report has the title and abstract that it was made on; import its record, or annotate "
    "again where the text has changed or the passage is of a full text"
)
_MANY = "several reports have the text that it was made on; join them, or annotate in the workbench"


def _without_returns(plain: str, start: int, end: int) -> tuple[int, int]:
    """Positions in a text with line feeds alone, where a program ends lines with two characters."""
    first, last = (len(as_plain(plain[:place])) for place in (max(start, 0), max(end, 0)))
    return (first, last) if 0 <= start < end <= len(plain) else (start, start)
