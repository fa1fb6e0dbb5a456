"""How alike two records are, field by field."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz

from identification.fingerprints import Fingerprint
from identification.journals import name_one_journal
from review.decisions import Sameness


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What is said of two records, and why.

    ``confidence`` in [0, 1] is that of the verdict, and for ASK the probability that they are one
    report.
    """

    verdict: Sameness
    confidence: float
    reason: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two records field by field, each compared when it is first asked for.

    A field is True where the records agree, False where they differ, None where one says nothing.
    The answers are the same whichever record comes first.
    """

    a: Fingerprint
    b: Fingerprint

    @cached_property
    def title(self) -> float:
        """How similar the titles are, in [0, 1]."""
        return _title(self.a, self.b)

    @cached_property
    def words(self) -> float:
        """How similar the words that the titles share are to the shorter title, in [0, 1]."""
        return fuzz.token_set_ratio(self.a.title, self.b.title) / 100

    @cached_property
    def cut(self) -> bool:
        """Whether one title is the beginning of the other."""
        return _is_cut(self.a.title, self.b.title)

    @cached_property
    def tail(self) -> bool:
        """Whether one title is the end of the other."""
        return _is_tail(self.a.title, self.b.title)

    @cached_property
    def swapped(self) -> bool:
        """Whether each title has a word of its own ("in vitro", "in vivo")."""
        return _is_swapped(self.a.title, self.b.title)

    @cached_property
    def numbers(self) -> bool:
        """Whether each title has a number of its own."""
        a, b = self.a.wording.numbers, self.b.wording.numbers
        return bool(a - b and b - a)

    @cached_property
    def author(self) -> bool | None:
        """Whether they have a first author or half of the authors in common."""
        return _author(self.a, self.b)

    @cached_property
    def first_author(self) -> bool | None:
        """Whether they have the first author in common, or all authors in another order."""
        return _first_author(self.a, self.b)

    @cached_property
    def years(self) -> int | None:
        """How many years lie between them."""
        return abs(self.a.year - self.b.year) if self.a.year and self.b.year else None

    @cached_property
    def journal(self) -> bool | None:
        """Whether they name one journal or one conference."""
        return name_one_journal(self.a, self.b)

    @cached_property
    def volume(self) -> bool | None:
        """Whether they name one volume."""
        return _equal(self.a.volume, self.b.volume)

    @cached_property
    def issue(self) -> bool | None:
        """Whether they name one issue."""
        return _equal(self.a.issue, self.b.issue)

    @cached_property
    def first_page(self) -> bool | None:
        """Whether the pages begin alike, or end alike where the beginning was mistyped."""
        return _first_page(self.a, self.b)

    @cached_property
    def page_range(self) -> bool | None:
        """Whether first and last pages agree; only ranges of several pages tell records apart."""
        return _page_range(self.a, self.b)

    @cached_property
    def inside(self) -> bool:
        """Whether one begins on a later page of the other."""
        return _is_inside(self.a, self.b) or _is_inside(self.b, self.a)

    @cached_property
    def corrected(self) -> bool:
        """Whether one stands where the title of the other says that its erratum appeared."""
        return _is_erratum(self.a, self.b) or _is_erratum(self.b, self.a)

    @cached_property
    def doi(self) -> bool | None:
        """Whether they have one DOI."""
        return _equal(self.a.doi, self.b.doi)

    @cached_property
    def pmid(self) -> bool | None:
        """Whether they have one PubMed id."""
        return _equal(self.a.pmid, self.b.pmid)

    @cached_property
    def abstract(self) -> float:
        """How similar the abstracts are, in [0, 1]; 0 where one has none worth comparing."""
        return _abstract(self.a, self.b)

    @cached_property
    def same_place(self) -> bool:
        """Whether both begin on the same page, of no other volume."""
        return self.first_page is True and self.volume is not False


def _equal(a: str, b: str) -> bool | None:
    return a == b if a and b else None


def _title(a: Fingerprint, b: Fingerprint) -> float:
    if not a.title or not b.title:
        return 0.0
    if a.title == b.title:
        return 1.0
    best = max(
        fuzz.ratio(x, y) for x in (a.title, *a.other_titles) for y in (b.title, *b.other_titles)
    )
    if 60 < best < 95:
        best = max(best, 0.98 * fuzz.token_sort_ratio(a.title, b.title))
    return best / 100


def _is_cut(a: str, b: str) -> bool:
    shorter, longer = sorted((a, b), key=lambda title: (len(title), title))
    if len(shorter) < 20 or shorter.count(" ") < 3:
        return False
    return len(longer) > len(shorter) and longer.startswith(f"{shorter} ")


def _is_tail(a: str, b: str) -> bool:
    shorter, longer = sorted((a, b), key=lambda title: (len(title), title))
    return shorter.count(" ") >= 5 and longer.endswith(f" {shorter}")


def _is_swapped(a: str, b: str) -> bool:
    """Whether each title has a word that the other has in no spelling."""
    if a == b:
        return False
    own = [set(x.split()) - set(y.split()) for x, y in ((a, b), (b, a))]
    telling = [{word for word in words if len(word) > 3} for words in own]
    return all(
        any(
            word not in other and max((fuzz.ratio(word, w) for w in others), default=0) < 75
            for word in words
        )
        for words, others, other in (
            (telling[0], own[1], b.replace(" ", "")),
            (telling[1], own[0], a.replace(" ", "")),
        )
    )


def _author(a: Fingerprint, b: Fingerprint) -> bool | None:
    if not a.authors or not b.authors:
        return None
    # "Wang, X." of one library is "Xiaoguang, Wang" of another.
    if a.first_author & b.first_author_words or b.first_author & a.first_author_words:
        return True
    shared = len(a.authors & b.authors)
    if shared >= 0.5 * min(len(a.authors), len(b.authors)):
        return True
    return _first_author(a, b)


def _first_author(a: Fingerprint, b: Fingerprint) -> bool | None:
    if not a.authors or not b.authors:
        return None
    if (
        a.authors == b.authors
        or a.first_author & b.first_author_words
        or b.first_author & a.first_author_words
    ):
        return True
    first, second = (" ".join(sorted(x.first_author)) for x in (a, b))
    return fuzz.ratio(first, second) >= 80


def _first_page(a: Fingerprint, b: Fingerprint) -> bool | None:
    if not (a.first_page and b.first_page):
        return None
    if a.first_pages & b.first_pages:
        return True
    ranges = a.first_page != a.last_page and b.first_page != b.last_page
    return ranges and a.last_page == b.last_page


def _page_range(a: Fingerprint, b: Fingerprint) -> bool | None:
    if not (a.first_page and b.first_page):
        return None
    if a.first_page == a.last_page or b.first_page == b.last_page:
        return None
    return (a.first_page, a.last_page) == (b.first_page, b.last_page)


def _is_inside(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether ``a`` begins on a later page of ``b``."""
    if not (a.first_page.isdigit() and b.page_count > 1):
        return False
    return int(b.first_page) < int(a.first_page) <= int(b.last_page)


def _is_erratum(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether ``a`` stands where the title of ``b`` says that its erratum appeared."""
    return bool(a.first_page) and (a.volume, a.first_page) in b.wording.corrected_at


def _abstract(a: Fingerprint, b: Fingerprint) -> float:
    if len(a.abstract) < 100 or len(b.abstract) < 100:
        return 0.0
    length = min(len(a.abstract), len(b.abstract))
    return fuzz.ratio(a.abstract[:length], b.abstract[:length]) / 100
