"""Whether two records are one report: vetoes first, then what speaks for it, else a person."""

from __future__ import annotations

from identification.fingerprints import Fingerprint
from identification.grounds import find_ground
from identification.likeness import Comparison, Judgement
from identification.links import find_link
from identification.questions import find_question
from review.decisions import Sameness

# Below this similarity of titles two records are not worth a word.
_LOOKALIKE = 0.85


def judge(a: Fingerprint, b: Fingerprint) -> Judgement | None:
    """What is said of two records, the same whichever comes first; None where nothing is.

    SAME is one report; ASK is a pair that a person should look at, with the probability that it is
    one report as its confidence; LINKED are two reports of one study; DIFFERENT are two reports
    that look alike.

    The definition is that of a bibliographic record (Rathbone et al. 2015,
    doi 10.1186/2046-4053-4-6): a conference abstract and the article, a protocol and its results,
    a reprint are different; a translated title or a new version of a Cochrane review is not.
    """
    c = Comparison(a=a, b=b)
    if c.pmid is True:
        return _judge_same_pmid(c)
    if veto := _final_veto(c):
        return _different(veto) if c.title >= _LOOKALIKE else None
    veto = _veto(c)
    if not veto and (ground := find_ground(c)):
        return ground
    if question := find_question(c, veto):
        return question
    if not veto:
        return None
    return find_link(c) or (_different(veto) if c.title >= _LOOKALIKE else None)


def _judge_same_pmid(c: Comparison) -> Judgement:
    if c.title >= 0.5 or c.page_range:
        return Judgement(verdict=Sameness.SAME, confidence=0.99, reason="same PubMed id")
    return Judgement(
        verdict=Sameness.ASK,
        confidence=0.5,
        reason="same PubMed id, but the titles have little in common",
    )


def _different(veto: str) -> Judgement:
    return Judgement(verdict=Sameness.DIFFERENT, confidence=0.95, reason=veto)


def _final_veto(c: Comparison) -> str:
    """Why two records are two reports without asking anybody; empty where nothing says so."""
    a, b = c.a, c.b
    if (a.is_generic or b.is_generic) and not _is_same_piece(c):
        return "a title that many documents bear, at different places"
    if not c.same_place:
        if a.wording.part != b.wording.part and a.wording.part and b.wording.part:
            return "different parts of a series"
        if c.numbers:
            return "different numbers in the title"
        if a.registrations and b.registrations and not a.registrations & b.registrations:
            return "different registered trials"
    return ""


def _veto(c: Comparison) -> str:
    """Why two records that look alike are most likely two reports; empty where nothing says so."""
    a, b = c.a, c.b
    if c.pmid is False:
        return "different PubMed ids"
    if _is_notice(c):
        return f"one is a notice ({a.wording.notice or b.wording.notice}) about the other"
    if c.corrected:
        return "one stands where an erratum to the other appeared"
    if not (c.same_place or c.doi):
        if a.is_preprint != b.is_preprint and not c.journal:
            return "a preprint and an article"
        if bool(a.wording.protocol_of) != bool(b.wording.protocol_of):
            return "a protocol and its results"
        if a.is_conference != b.is_conference and c.journal is False:
            return "a conference contribution and an article elsewhere"
    return _veto_by_place(c)


def _is_notice(c: Comparison) -> bool:
    a, b = c.a, c.b
    if a.wording.notice == b.wording.notice or (c.page_range and c.volume):
        return False
    # A letter and the reply to it may share a page; an article and its erratum do not, and some
    # libraries write "Retracted:" before the title of the article itself.
    kinds = {a.wording.notice, b.wording.notice}
    if kinds & {"reply", "comment"}:
        return True
    return not ((c.first_page and c.volume) or (c.doi and kinds == {"", "retraction"}))


def _veto_by_place(c: Comparison) -> str:
    if c.volume is False and c.first_page is False:
        return "different volume and pages"
    if c.volume is False and c.journal is False:
        return "different journal and volume"
    if c.first_page is False and (c.journal is False or (c.years or 0) > 0):
        return "different pages"
    if c.doi is False and not (c.same_place and c.volume and c.title >= 0.95):
        return "different DOIs"
    return ""


def _is_same_piece(c: Comparison) -> bool:
    """Whether two editorials stand in the same issue on the same page."""
    if c.issue is False or c.author is False or not (c.author or c.journal):
        return False
    if c.doi is True and c.first_page is not False:
        return True
    return c.first_page is True and c.volume is True and c.years == 0
