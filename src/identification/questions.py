"""What a person should be asked about two records, in words, the likeliest duplicates first."""

from __future__ import annotations

from collections.abc import Callable

from identification.likeness import Comparison, Judgement
from review.decisions import Sameness

# A list of so many names is hardly that of another work.
_TEAM = 4


def find_question(c: Comparison, veto: str) -> Judgement | None:
    """What a person should look at; None where nothing is worth it.

    ``veto`` is what speaks against one report, empty where nothing does.
    """
    for confidence, reason, is_open in _DESPITE_VETO if veto else _UNDECIDED:
        if is_open(c):
            return Judgement(
                verdict=Sameness.ASK, confidence=confidence, reason=reason.format(veto=veto)
            )
    return None


def _has_no_title(c: Comparison) -> bool:
    a, b = c.a, c.b
    if a.title and b.title:
        return False
    return c.doi is True or (c.page_range is True and c.volume is True and c.author is not False)


def _has_same_doi(c: Comparison) -> bool:
    return c.doi is True and c.title >= 0.5 and c.author is not False and c.first_page is not False


def _has_same_title(c: Comparison) -> bool:
    return c.title >= 0.95 and c.author is not False and (c.years or 0) <= 1


def _is_late(c: Comparison) -> bool:
    return c.same_place and c.title >= 0.9 and c.author is True


def _has_other_authors(c: Comparison) -> bool:
    return c.title >= 0.95 and c.page_range is True and c.volume is True and c.author is False


def _has_no_place(c: Comparison) -> bool:
    a, b = c.a, c.b
    if a.first_page or b.first_page or a.volume or b.volume or c.author is False or c.journal:
        return False
    return c.years == 0 and (c.title >= 0.9 or (c.words >= 0.93 and c.first_author is True))


def _is_renamed(c: Comparison) -> bool:
    a, b = c.a, c.b
    if c.first_page is not None or c.volume is not None or not (c.journal and c.first_author):
        return False
    # Some libraries list the first six authors and no more.
    shared = len(a.authors & b.authors)
    return shared >= max(_TEAM, 0.8 * min(len(a.authors), len(b.authors))) and c.words >= 0.8


def _is_part_of(c: Comparison) -> bool:
    return c.inside and c.title >= 0.85 and bool(c.journal and c.volume and c.author)


def _is_erratum(c: Comparison) -> bool:
    a, b = c.a, c.b
    if not (c.corrected or {a.wording.notice, b.wording.notice} == {"", "erratum"}):
        return False
    return c.title >= 0.95 and bool(c.journal and c.volume and c.author)


def _has_same_abstract(c: Comparison) -> bool:
    return c.title >= 0.98 and c.abstract >= 0.97 and bool(c.first_author and c.journal)


def _is_unplaced(c: Comparison) -> bool:
    """Whether one is a thesis or a registration that does not say where it appeared."""
    return c.title >= 0.98 and c.first_author is True and c.journal is None and _is_near(c)


def _is_elsewhere(c: Comparison) -> bool:
    a, b = c.a, c.b
    if c.title < 0.98 or not c.first_author or c.years != 0 or c.journal is not False:
        return False
    is_open = c.first_page is None or c.volume is True
    return is_open and not (a.is_conference or b.is_conference)


def _is_near(c: Comparison) -> bool:
    return (c.years or 0) <= 1


_Question = tuple[float, str, Callable[[Comparison], bool]]
# The numbers are the probabilities that the answer is yes: (yes + 1) / (asked + 2), as counted on
# the labelled sets by benchmarks/duplicates.py; few were asked there, so they only give an order.
# {veto} stands for what speaks against one report.
_UNDECIDED: tuple[_Question, ...] = (
    (0.33, "same DOI or place, but one of them has no title", _has_no_title),
    (0.5, "same DOI, but different titles", _has_same_doi),
    (0.56, "same title, but little else to tell them by", _has_same_title),
    (0.5, "same title, authors and first page, but years lie between them", _is_late),
    (0.75, "same title and pages, but other authors", _has_other_authors),
    (0.71, "similar title and year, but nothing says where they appeared", _has_no_place),
    (0.75, "same authors and journal, but other words in the title", _is_renamed),
    (0.75, "similar title and authors, but one begins within the pages of the other", _is_part_of),
)
_DESPITE_VETO: tuple[_Question, ...] = (
    (0.63, "an erratum and what it may correct", _is_erratum),
    (0.75, "similar title and authors, but one begins within the pages of the other", _is_part_of),
    (0.67, "same title, authors, journal and abstract, but {veto}", _has_same_abstract),
    (0.5, "same title and author, one does not say where, but {veto}", _is_unplaced),
    (0.57, "same title, authors and year, but {veto}", _is_elsewhere),
)
