"""Notices on a report: retractions, what comes near them, and links of preprints and articles.

A notice is a document of its own, and sources mix the two up: only what is said *on the report*
counts here, never what a notice says of the report it is about. Nothing here decides anything; a
report with a new notice is shown to a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from xml.etree.ElementTree import Element

from identification.identifiers import find_doi


class NoticeKind(StrEnum):
    """What a notice says of the report.

    PUBLISHED stands on a preprint and names the article it came out as; PREPRINT stands on an
    article and names its preprint. They link two reports of one study and speak against neither.
    """

    RETRACTION = "retraction"
    PARTIAL_RETRACTION = "partial_retraction"
    WITHDRAWAL = "withdrawal"
    EXPRESSION_OF_CONCERN = "expression_of_concern"
    CORRECTION = "correction"
    REINSTATEMENT = "reinstatement"
    PUBLISHED = "published"
    PREPRINT = "preprint"


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One notice on a report.

    ``notice_id`` is the notice's DOI or PMID (of PUBLISHED and PREPRINT the other document's), or
    Europe PMC's name for it ("PPR:PPR77"), in words where it has none, and empty where the source
    only marks the report; ``source`` is the database that says so; ``dated`` is the day the
    notice carries, None where only a month or nothing is known.
    """

    kind: NoticeKind
    notice_id: str
    source: str
    dated: date | None = None


# PubMed DTD of 2025: the names ending in "In" stand on the report, "Of" and "For" on the notice.
_PUBMED = {
    "RetractionIn": NoticeKind.RETRACTION,
    "RetractedandRepublishedIn": NoticeKind.RETRACTION,
    "PartialRetractionIn": NoticeKind.PARTIAL_RETRACTION,
    "ExpressionOfConcernIn": NoticeKind.EXPRESSION_OF_CONCERN,
    "ErratumIn": NoticeKind.CORRECTION,
    "CorrectedandRepublishedIn": NoticeKind.CORRECTION,
}
# The same links in MEDLINE text.
_MEDLINE = {
    "RIN": "RetractionIn",
    "RRI": "RetractedandRepublishedIn",
    "PRIN": "PartialRetractionIn",
    "ECI": "ExpressionOfConcernIn",
    "EIN": "ErratumIn",
    "CRI": "CorrectedandRepublishedIn",
    "UIN": "UpdateIn",
    "UOF": "UpdateOf",
}
_EUROPEPMC = {
    "retraction in": NoticeKind.RETRACTION,
    "retracted and republished in": NoticeKind.RETRACTION,
    "partial retraction in": NoticeKind.PARTIAL_RETRACTION,
    "expression of concern in": NoticeKind.EXPRESSION_OF_CONCERN,
    "erratum in": NoticeKind.CORRECTION,
    "corrected and republished in": NoticeKind.CORRECTION,
    "preprint of": NoticeKind.PUBLISHED,
    "preprint in": NoticeKind.PREPRINT,
}
_CROSSREF = {
    "retraction": NoticeKind.RETRACTION,
    "partial_retraction": NoticeKind.PARTIAL_RETRACTION,
    "withdrawal": NoticeKind.WITHDRAWAL,
    "removal": NoticeKind.WITHDRAWAL,
    "expression_of_concern": NoticeKind.EXPRESSION_OF_CONCERN,
    "correction": NoticeKind.CORRECTION,
    "corrigendum": NoticeKind.CORRECTION,
    "erratum": NoticeKind.CORRECTION,
    "addendum": NoticeKind.CORRECTION,
    "clarification": NoticeKind.CORRECTION,
    "reinstatement": NoticeKind.REINSTATEMENT,
}
_CROSSREF_RELATIONS = {
    "is-preprint-of": NoticeKind.PUBLISHED,
    "has-preprint": NoticeKind.PREPRINT,
}
# Types that mark the report itself; Europe PMC has those of preprints.
_MARKS = {
    "retracted publication": NoticeKind.RETRACTION,
    "preprint-withdrawal": NoticeKind.WITHDRAWAL,
    "preprint-removal": NoticeKind.WITHDRAWAL,
}
# How PubMed's references name the servers of preprints.
_SERVER = re.compile(
    r"(?:\w*rxiv|res(?:earch)? sq(?:uare)?|ssrn|(?:\w+ )?preprints?)\b", re.IGNORECASE
)
_NOTICE_TITLE = re.compile(
    r"(?:notice of |statement of )?(?:partial )?"
    r"(?:retraction|withdrawal|expression of concern|correction|corrigendum|erratum)\b",
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# "Lancet. 2010 Feb 6;375(9713):445"
_DAY_IN_REFERENCE = re.compile(r"\b((?:19|20)\d\d) ([A-Z][a-z]{2})[a-z]* (\d{1,2})\b")


def find_pubmed_notices(article: Element) -> tuple[Notice, ...]:
    """Notices on the report of one PubmedArticle element (CommentsCorrections, types)."""
    elements = article.iterfind("./MedlineCitation/Article/PublicationTypeList/PublicationType")
    types = _plain("".join(kind.itertext()) for kind in elements)
    found = []
    for link in article.iterfind("./MedlineCitation/CommentsCorrectionsList/CommentsCorrections"):
        reference, pmid = (link.findtext(name) or "" for name in ("RefSource", "PMID"))
        said = link.get("RefType", "")
        if notice := _pubmed_notice(said, reference.strip(), pmid.strip(), types):
            found.append(notice)
    return _with_marks(found, "pubmed", types)


def find_medline_notices(tags: Mapping[str, Sequence[str]]) -> tuple[Notice, ...]:
    """Notices on the report of one record of MEDLINE text, from all values of its tags."""
    types = _plain(tags.get("PT", ()))
    found = []
    for tag, said in _MEDLINE.items():
        for value in tags.get(tag, ()):
            reference, _, pmid = value.partition("PMID:")
            if notice := _pubmed_notice(said, reference.strip(), pmid.strip(), types):
                found.append(notice)
    return _with_marks(found, "pubmed", types)


def find_europepmc_notices(result: Mapping[str, Any]) -> tuple[Notice, ...]:
    """Notices on the report of one result of Europe PMC's ``core`` form."""
    kinds = (result.get("pubTypeList") or {}).get("pubType") or []
    types = _plain(map(str, kinds if isinstance(kinds, list) else [kinds]))
    listed = (result.get("commentCorrectionList") or {}).get("commentCorrection") or []
    found = []
    # A single link may come bare, without its list.
    for link in listed if isinstance(listed, list) else [listed]:
        reference = str(link.get("reference") or "").strip()
        said = str(link.get("type") or "").strip().lower()
        kind = _EUROPEPMC.get(said) or _update_kind(said.removeprefix("update "), reference, types)
        if kind:
            name = _europepmc_name(link) or find_doi([reference]) or reference
            day = _day_in(reference)
            found.append(Notice(kind=kind, notice_id=name, source="europepmc", dated=day))
    return _with_marks(found, "europepmc", types)


def find_crossref_notices(work: Mapping[str, Any]) -> tuple[Notice, ...]:
    """Notices on the report of one Crossref work: its ``updated-by`` and its preprints.

    Publishers deposit both directions on both documents. Where a work says of the same document
    that it updates it and is updated by it, it is the notice if Retraction Watch says that it
    updates, or if its title is a notice's.
    """
    updates = _updates(work, "update-to")
    title = " ".join(work.get("title") or [])
    found: dict[tuple[NoticeKind, str], Notice] = {}
    for update in _updates(work, "updated-by"):
        kind = _CROSSREF.get(str(update.get("type") or "").lower().replace("-", "_"))
        if kind is None or _is_reverse(update, updates, title):
            continue
        name = find_doi([str(update.get("DOI") or "")])
        day = read_date_parts(update.get("updated"))
        # Publisher and Retraction Watch may both name one notice; keep the one with a day.
        known = found.get((kind, name))
        if known is None or known.dated is None:
            found[(kind, name)] = Notice(kind=kind, notice_id=name, source="crossref", dated=day)
    return (*found.values(), *dict.fromkeys(_crossref_preprints(work)))


def find_openalex_notices(work: Mapping[str, Any]) -> tuple[Notice, ...]:
    """OpenAlex marks a retracted work and says no more."""
    if work.get("is_retracted") is not True:
        return ()
    return (Notice(kind=NoticeKind.RETRACTION, notice_id="", source="openalex"),)


def find_marks(types: Iterable[str], source: str) -> tuple[Notice, ...]:
    """Notices that publication types alone give: a report marked as retracted, in any file."""
    return _with_marks((), source, _plain(types))


def read_date_parts(value: object) -> date | None:
    """The day of ``{"date-parts": [[2010, 2, 6]]}``; None where it names less than a day."""
    parts = value.get("date-parts") if isinstance(value, Mapping) else None
    first = parts[0] if isinstance(parts, list) and parts and isinstance(parts[0], list) else []
    if len(first) < 3 or not all(isinstance(part, int) for part in first):
        return None
    return _day(*first[:3])


def _pubmed_notice(said: str, reference: str, pmid: str, types: Sequence[str]) -> Notice | None:
    kind = _PUBMED.get(said) or _update_kind(said.removeprefix("Update"), reference, types)
    if kind is None:
        return None
    doi = find_doi([reference])
    # Every source knows a preprint by its DOI, PubMed alone by a PMID.
    named = doi or pmid if kind is NoticeKind.PREPRINT else pmid or doi
    day = _day_in(reference)
    return Notice(kind=kind, notice_id=named or reference, source="pubmed", dated=day)


def _plain(types: Iterable[str]) -> list[str]:
    return [kind.strip().lower() for kind in types]


def _update_kind(which: str, reference: str, types: Sequence[str]) -> NoticeKind | None:
    """What an update is, "In" another document or "Of" another.

    PubMed calls so both the next version of a Cochrane review, which is no news of the report,
    and the article that a preprint came out as.
    """
    if which.lower() == "in" and "preprint" in types:
        return NoticeKind.PUBLISHED
    if which.lower() == "of" and _SERVER.match(reference):
        return NoticeKind.PREPRINT
    return None


def _europepmc_name(link: Mapping[str, Any]) -> str:
    """The PMID of a linked document, or the name that Europe PMC's records have here."""
    number, source = str(link.get("id") or ""), str(link.get("source") or "MED")
    return number if source == "MED" or not number else f"{source}:{number}"


def _with_marks(found: Sequence[Notice], source: str, types: Sequence[str]) -> tuple[Notice, ...]:
    """A report marked as retracted without a link to the notice is retracted all the same."""
    linked = {notice.kind for notice in found}
    marks = [kind for mark, kind in _MARKS.items() if mark in types and kind not in linked]
    marked = [Notice(kind=kind, notice_id="", source=source) for kind in marks]
    return tuple(dict.fromkeys([*marked, *found]))


def _crossref_preprints(work: Mapping[str, Any]) -> Iterator[Notice]:
    relations = work.get("relation") or {}
    own = find_doi([str(work.get("DOI") or "")])
    for relation, kind in _CROSSREF_RELATIONS.items():
        for other in relations.get(relation) or []:
            named = str(other.get("id") or "").strip()
            name = find_doi([named]) or named
            if name and name != own:
                yield Notice(kind=kind, notice_id=name, source="crossref")


def _updates(work: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return [update for update in work.get(name) or [] if isinstance(update, Mapping)]


def _is_reverse(
    update: Mapping[str, Any], updates: Sequence[Mapping[str, Any]], title: str
) -> bool:
    """Whether an ``updated-by`` is the mirror image of what this work, a notice, says itself."""
    own = find_doi([str(update.get("DOI") or "")])
    mirrored = [other for other in updates if find_doi([str(other.get("DOI") or "")]) == own]
    if not mirrored or update.get("source") == "retraction-watch":
        return False
    by_watch = any(other.get("source") == "retraction-watch" for other in mirrored)
    return by_watch or _NOTICE_TITLE.match(title) is not None


def _day_in(reference: str) -> date | None:
    for match in _DAY_IN_REFERENCE.finditer(reference):
        year, month, day = match.groups()
        if month.lower() in _MONTHS:
            return _day(int(year), _MONTHS.index(month.lower()) + 1, int(day))
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
