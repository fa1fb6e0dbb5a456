"""Two reports of one study: an abstract and its article, a preprint, a protocol."""

from __future__ import annotations

from rapidfuzz import fuzz

from identification.fingerprints import Fingerprint
from identification.likeness import Comparison, Judgement
from review.decisions import Sameness

# Years from an abstract or a preprint to the article, and from a protocol to its results.
_TO_ARTICLE = 4
_TO_RESULTS = 8
_ARTICLE_PAGES = 4
# Regular columns have shorter ones.
_TELLING_TITLE = 40


def find_link(c: Comparison) -> Judgement | None:
    """Why two reports are of one study; None where the evidence is not good.

    It takes nearly the same title and the same first author.
    """
    a, b = c.a, c.b
    if a.is_generic or b.is_generic or not c.first_author:
        return None
    if (a.wording.notice, a.wording.part) != (b.wording.notice, b.wording.part):
        return None
    reason = _protocol_and_results(c) or _two_reports(c)
    return Judgement(verdict=Sameness.LINKED, confidence=0.9, reason=reason) if reason else None


def _protocol_and_results(c: Comparison) -> str:
    a, b = c.a, c.b
    plan, results = (a, b) if a.wording.protocol_of else (b, a)
    if results.wording.protocol_of or not plan.wording.protocol_of:
        return ""
    if (c.years or 0) > _TO_RESULTS or (plan.year or 0) > (results.year or 9999):
        return ""
    likeness = fuzz.ratio(plan.wording.protocol_of, results.title)
    return "a protocol and its results" if likeness >= 90 else ""


def _two_reports(c: Comparison) -> str:
    a, b = c.a, c.b
    if c.title < 0.9 or c.swapped or (c.years or 0) > _TO_ARTICLE:
        return ""
    if a.is_preprint != b.is_preprint:
        return "a preprint and its article"
    abstract, article = sorted((a, b), key=lambda f: not _is_abstract(f))
    if not _is_abstract(abstract):
        return _two_lengths(c)
    if _is_abstract(article) or (article.first_page and article.is_short):
        return "two abstracts of one study"
    return "a conference abstract and its article"


def _is_abstract(f: Fingerprint) -> bool:
    return f.is_conference or (f.is_supplement and f.is_short)


def _two_lengths(c: Comparison) -> str:
    """The two reports by their pages alone: what has a page or two is mostly an abstract."""
    short, long = sorted((c.a, c.b), key=lambda f: f.page_count)
    if c.title < 0.95 or len(short.title) < _TELLING_TITLE or not short.page_count:
        return ""
    if long.page_count == 1:
        return "two short reports of one study"
    is_followed = (short.year or 9999) <= (long.year or 0)
    is_article = short.is_short and long.page_count >= _ARTICLE_PAGES
    return "a short report and its article" if is_article and is_followed else ""
