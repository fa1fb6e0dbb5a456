"""Whether two records are one report: vetoes first, then what speaks for it, else a person."""

from __future__ import annotations

from identification.fingerprints import Fingerprint
from identification.likeness import Comparison, Judgement, compare
from review.decisions import Sameness

# Below this similarity of titles two records are not worth a person's look.
_LOOKALIKE = 0.85


def judge(a: Fingerprint, b: Fingerprint) -> Judgement | None:
    """What is said of two records, the same whichever comes first; None where nothing is.

    The definition is that of a bibliographic record (Rathbone et al. 2015,
    doi 10.1186/2046-4053-4-6): a conference abstract and the article, a protocol and its results,
    a reprint are different; a translated title or a new version of a Cochrane review is not.
    """
    c = compare(a, b)
    if c.pmid is True:
        return _judge_same_pmid(c)
    if veto := _veto(a, b, c):
        return _different(veto) if c.title >= _LOOKALIKE else None
    if support := _support(c):
        doubt = _doubt(a, b, c)
        return _ask(f"{support[1]}, but {doubt}") if doubt else _same(*support)
    question = _question(c)
    return _ask(question) if question else None


def _judge_same_pmid(c: Comparison) -> Judgement:
    if c.title >= 0.5 or c.page_range:
        return _same(0.99, "same PubMed id")
    return _ask("same PubMed id, but the titles have little in common")


def _veto(a: Fingerprint, b: Fingerprint, c: Comparison) -> str:
    """Why two records that look alike are two reports; empty where nothing says so."""
    if c.pmid is False:
        return "different PubMed ids"
    if a.notice != b.notice and not (c.page_range and c.volume):
        return f"one is a notice ({a.notice or b.notice}) about the other"
    if (a.is_generic or b.is_generic) and not _is_same_piece(c):
        return "a title that many documents bear, at different places"
    if not _is_same_place(c):
        if a.part != b.part and a.part and b.part:
            return "different parts of a series"
        if c.numbers:
            return "different numbers in the title"
        if a.is_conference != b.is_conference and c.journal is False:
            return "a conference contribution and an article elsewhere"
    return _veto_by_place(c)


def _veto_by_place(c: Comparison) -> str:
    if c.volume is False and c.first_page is False:
        return "different volume and pages"
    if c.volume is False and c.journal is False:
        return "different journal and volume"
    if c.first_page is False and (c.journal is False or (c.years or 0) > 0):
        return "different pages"
    if c.doi is False and not (_is_same_place(c) and c.volume and c.title >= 0.95):
        return "different DOIs"
    return ""


def _is_same_place(c: Comparison) -> bool:
    return c.first_page is True and c.volume is not False


def _is_same_piece(c: Comparison) -> bool:
    """Whether two editorials stand in the same issue on the same page."""
    if c.issue is False or c.author is False:
        return False
    if c.doi is True and c.first_page is not False:
        return True
    return c.first_page is True and c.volume is True and c.years == 0


def _support(c: Comparison) -> tuple[float, str] | None:
    """What makes two records one report, with the confidence in it; the strongest first."""
    if c.author is False and not c.doi:
        return None
    return _support_by_doi(c) or _support_by_place(c) or _support_by_text(c)


def _support_by_doi(c: Comparison) -> tuple[float, str] | None:
    # All abstracts of a supplement may share one DOI.
    if not c.doi or (c.first_page is False and c.title < 0.95):
        return None
    if (c.title >= 0.8 and (not c.swapped or c.first_page)) or c.cut:
        return 0.99, "same DOI and title"
    if _is_same_place(c) and c.author is not False:
        return 0.97, "same DOI, first page and authors"
    return None


def _support_by_place(c: Comparison) -> tuple[float, str] | None:
    # Abstracts of one author may share a page of a supplement, whole ranges they do not.
    if _is_same_place(c) and (not c.swapped or c.page_range):
        if c.title >= 0.9:
            return 0.98, "same title, authors and first page"
        if c.cut:
            return 0.97, "same beginning of the title, same authors and first page"
        if c.title >= 0.75 and c.volume and c.years == 0 and c.author:
            return 0.95, "similar title, same authors, year, volume and first page"
    is_same_issue = c.volume and c.years == 0 and c.journal is not False and c.issue is not False
    if c.page_range and is_same_issue and c.author:
        return 0.93, "same authors, year, volume and page range"
    return None


def _support_by_text(c: Comparison) -> tuple[float, str] | None:
    abstract = c.abstract or 0.0
    if c.title >= 0.95 and (abstract >= 0.97 or (abstract >= 0.9 and not c.swapped)):
        return 0.97, "same title and abstract"
    if c.title >= 0.6 and abstract >= 0.95 and c.author:
        return 0.93, "similar title, same authors and abstract"
    if c.title < 0.95 or c.swapped or not c.author or c.first_page is not None:
        return None
    if c.journal is not False and c.volume is not False and (c.years or 0) <= 1:
        if c.journal or c.volume:
            return 0.95, "same title, authors, year and journal"
        if c.years == 0 and c.title >= 0.98:
            return 0.92, "same title, authors and year"
    return None


def _doubt(a: Fingerprint, b: Fingerprint, c: Comparison) -> str:
    """What keeps strong support from being enough."""
    if not (a.title and b.title):
        return "one of them has no title"
    # Versions of a Cochrane review keep the number that stands for their pages.
    is_numbered = a.first_page.startswith("cd") and b.first_page.startswith("cd")
    is_place_certain = c.first_page and (c.volume or is_numbered)
    if c.years is not None and c.years > 1 and not (c.doi or is_place_certain):
        return f"the years are {c.years} apart"
    if c.first_page is False and not c.doi:
        return "the pages differ"
    return ""


def _question(c: Comparison) -> str:
    """What a person should look at; empty where nothing is worth it."""
    if c.doi and c.title >= 0.5 and c.author is not False and c.first_page is not False:
        return "same DOI, but different titles"
    if c.title >= 0.95 and c.author is not False and (c.years or 0) <= 1:
        return "same title, but little else to tell them by"
    return ""


def _same(confidence: float, reason: str) -> Judgement:
    return Judgement(verdict=Sameness.SAME, confidence=confidence, reason=reason)


def _different(reason: str) -> Judgement:
    return Judgement(verdict=Sameness.DIFFERENT, confidence=0.95, reason=reason)


def _ask(reason: str) -> Judgement:
    return Judgement(verdict=Sameness.ASK, confidence=0.5, reason=reason)
