"""What makes two records one report without asking anybody."""

from __future__ import annotations

from identification.fingerprints import Fingerprint
from identification.likeness import Comparison, Judgement
from review.decisions import Sameness

# Regular columns, whose every part bears the same name, have short ones.
_TELLING_TITLE = 40


def find_ground(c: Comparison) -> Judgement | None:
    """What makes two records one report, the strongest first; None where nothing is enough.

    The caller has made sure that nothing speaks against it.
    """
    a, b = c.a, c.b
    if not (a.title and b.title):
        return None
    found = (
        _by_doi(c) or (None if c.author is False else _by_place(c) or _by_text(c)) or _by_issue(c)
    )
    if not found:
        return None
    return Judgement(verdict=Sameness.SAME, confidence=found[0], reason=found[1])


def _by_doi(c: Comparison) -> tuple[float, str] | None:
    # All abstracts of a supplement may share one DOI.
    if not c.doi or (c.first_page is False and c.title < 0.95):
        return None
    if (c.title >= 0.8 and (not c.swapped or c.first_page)) or c.cut:
        return 0.99, "same DOI and title"
    if c.same_place and c.author is not False:
        return 0.97, "same DOI, first page and authors"
    return None


def _by_place(c: Comparison) -> tuple[float, str] | None:
    # Abstracts of one author may share a page of a supplement, whole ranges they do not.
    if c.same_place and (not c.swapped or c.page_range) and not _is_late(c):
        if c.title >= 0.9:
            return 0.98, "same title, authors and first page"
        if c.cut:
            return 0.97, "same beginning of the title, same authors and first page"
        if c.title >= 0.75 and c.volume and c.years == 0 and c.author:
            return 0.95, "similar title, same authors, year, volume and first page"
    is_range = c.page_range and c.volume and c.years == 0 and c.issue is not False
    if is_range and c.journal is not False and (c.author or (c.journal and c.words >= 0.8)):
        return 0.93, "same year, volume and page range, and nothing against it"
    return None


def _is_late(c: Comparison) -> bool:
    """Whether years lie between two records whose place alone is not enough to overlook that."""
    a, b = c.a, c.b
    # Versions of a Cochrane review keep the number that stands for their pages.
    is_numbered = a.first_page.startswith("cd") and b.first_page.startswith("cd")
    return (c.years or 0) > 1 and not (c.doi or c.volume or is_numbered)


def _by_text(c: Comparison) -> tuple[float, str] | None:
    if c.first_page is False or ((c.years or 0) > 1 and not (c.first_page and c.volume)):
        return None
    if c.title >= 0.95 and (c.abstract >= 0.97 or (c.abstract >= 0.9 and not c.swapped)):
        return 0.97, "same title and abstract"
    if c.title >= 0.6 and c.abstract >= 0.95 and c.author:
        return 0.93, "similar title, same authors and abstract"
    if c.swapped or not c.first_author or c.first_page is not None or c.issue is False:
        return None
    if c.title >= 0.95 and c.journal is not False and c.volume is not False:
        if c.volume or (c.journal and (c.years == 0 or _is_one_conference(c))):
            return 0.95, "same title, authors, year and journal"
        if c.years == 0 and c.title >= 0.98:
            return 0.92, "same title, authors and year"
    if c.tail and c.first_author and c.journal and c.volume is not False and c.years == 0:
        return 0.92, "same end of the title, same authors, year and journal"
    return None


def _is_one_conference(c: Comparison) -> bool:
    """Whether a conference in winter may bear two years; what is held every year bears each.

    In a journal an abstract may be followed by its article within a year.
    """
    return c.a.is_conference and c.b.is_conference and not c.a.wording.is_recurring


def _by_issue(c: Comparison) -> tuple[float, str] | None:
    """Whether only the pages differ, which libraries mistype and give provisionally."""
    a, b = c.a, c.b
    if not (c.title >= 0.98 and c.first_author and c.journal and c.years == 0):
        return None
    if c.volume is False or c.doi is False or not _is_telling(a, b):
        return None
    # "Diabetes" is in "Diabetes Care": without a volume the whole name has to agree.
    if c.volume is None and len(a.journal) != len(b.journal):
        return None
    is_elsewhere = c.first_page is False or c.issue is False
    if is_elsewhere and a.wording.is_corrected != b.wording.is_corrected:
        return None
    if a.is_short != b.is_short and _is_marked_abstract(a, b):
        return None
    return 0.9, "same title, first author, journal, volume and year"


def _is_telling(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether the same letters make both titles, and no column of that name appears again."""
    letters = [{t.replace(" ", "") for t in (f.title, *f.other_titles)} for f in (a, b)]
    if not letters[0] & letters[1]:
        return False
    is_one_meeting = bool(a.meeting) and a.meeting == b.meeting
    return is_one_meeting or min(len(a.title), len(b.title)) >= _TELLING_TITLE


def _is_marked_abstract(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether the shorter of two records is marked as a conference abstract, and the other not."""
    short, long = sorted((a, b), key=lambda f: f.page_count)
    return (short.is_supplement or short.is_conference) and not (
        long.is_supplement or long.is_conference
    )
