"""What of a record is compared with another: the same words, however they were spelt."""

from __future__ import annotations

import re
from dataclasses import dataclass

from identification.titles import Title, read_title, words_of
from review.records import Record

_NUMBER = re.compile(r"\d+")
_CONFERENCE = re.compile(
    r"\b(?:conference|congress|meeting|proceedings|symposium|workshop|inproceedings|abstracts?"
    r"|poster|annual)\b",
    re.IGNORECASE,
)
_PREPRINT = re.compile(
    r"\b(?:preprints?|(?:bio|med|psy|soc|edu|chem|engr)?rxiv|arxiv|socarxiv|ssrn|research square"
    r"|psyarxiv|osf preprints|authorea)\b",
    re.IGNORECASE,
)
_PREPRINT_DOI = re.compile(
    r"10\.(?:1101/\d{4}\.\d\d\.\d\d|1101/\d{6}$|21203/rs|2139/ssrn|31234/|31219/|48550/|20944/)",
    re.IGNORECASE,
)
# Words that say what kind of place a document appeared at, and not which.
_STOP_WORDS = {
    "a", "an", "and", "de", "der", "des", "di", "du", "e", "for", "fur", "im", "in", "l", "la",
    "le", "of", "on", "the", "und", "y",
}  # fmt: skip
_ABSTRACT_PAGES = 2
_REGISTRATION = re.compile(
    r"NCT\d{8}|ISRCTN\d{8}|\b\d{4}-\d{6}-\d{2}\b|ACTRN\d{14}|CTRI/\d{4}/\d{2,3}/\d{5,6}"
    r"|ChiCTR[-A-Z]*\d{8,}|UMIN\d{9}|DRKS\d{8}|IRCT\w*\d{8,}|PACTR\d{15}",
    re.IGNORECASE,
)
_NOBODY = re.compile(r"\W*(?:anon(?:ymous|ymus)?|no authors? listed)\W*$", re.IGNORECASE)
_ROMAN_PAGE = re.compile(r"^\W*([ivxlc]+)\b(?! press)")
# A year has 53 weeks; larger "issues" are the numbers a library gave its entries.
_MOST_ISSUES = 53
_SUPPLEMENT = re.compile(r"\bsup", re.IGNORECASE)
# Pages of a supplement bear a letter; "e" stands for pages that were never printed.
_SUPPLEMENT_PAGE = re.compile(r"^\W*(?!e\d|cd\d|i+\d|pp|art|id|no)[a-z]{1,3}[- ]?\d", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fingerprint:
    """A record as it is compared.

    ``authors`` are the words of the family names, and ``first_author_words`` those of the whole of
    the first name; ``journal`` are the words of the journal and ``meeting`` those of the
    conference where both are named; ``first_pages`` are those of all ranges where there are
    several; ``registrations`` are the numbers of trials that its place or title names.
    ``is_conference`` says that the record names a conference, ``is_supplement`` that it
    appeared in a supplement, ``is_preprint`` that it lies on a preprint server.
    """

    wording: Title
    first_author: frozenset[str]
    first_author_words: frozenset[str]
    authors: frozenset[str]
    year: int | None
    journal: tuple[str, ...]
    meeting: tuple[str, ...]
    is_conference: bool
    is_supplement: bool
    is_preprint: bool
    volume: str
    issue: str
    first_page: str
    last_page: str
    first_pages: frozenset[str]
    registrations: frozenset[str]
    doi: str
    pmid: str
    abstract: str

    @property
    def title(self) -> str:
        """The title in lower case without accents or punctuation."""
        return self.wording.words

    @property
    def other_titles(self) -> tuple[str, ...]:
        """The halves of a title that is given in two languages."""
        return self.wording.others

    @property
    def is_generic(self) -> bool:
        """Whether many documents may bear the title."""
        return self.wording.is_generic

    @property
    def page_count(self) -> int:
        """How many pages the range covers; 0 where that is not said."""
        if not (self.first_page.isdigit() and self.last_page.isdigit()):
            return 0
        return max(0, int(self.last_page) - int(self.first_page)) + 1

    @property
    def is_short(self) -> bool:
        """Whether it has no more pages than a conference abstract, by what is said of them."""
        return self.page_count <= _ABSTRACT_PAGES


def fingerprint(record: Record) -> Fingerprint:
    """What of a record is compared with another."""
    authors = [name for name in record.authors if not _NOBODY.match(name)]
    names = [_name_words(name) for name in authors]
    pages = _page_ranges(record.pages)
    first, last = pages[0] if pages else ("", "")
    types = " ".join(record.publication_types)
    journal, _, meeting = re.sub(
        r"\.?\s*conference:", "\0", record.journal, count=1, flags=re.IGNORECASE
    ).partition("\0")
    return Fingerprint(
        wording=read_title(record.title, types),
        first_author=names[0] if names else frozenset(),
        first_author_words=names[0].union(_words(authors[0])) if names else frozenset(),
        authors=frozenset().union(*names),
        year=record.year,
        journal=_telling_words(journal),
        meeting=_telling_words(meeting),
        is_conference=bool(_CONFERENCE.search(record.journal) or _CONFERENCE.search(types)),
        is_supplement=_is_supplement(record),
        is_preprint=bool(
            _PREPRINT.search(record.journal)
            or _PREPRINT.search(types)
            or _PREPRINT_DOI.match(record.doi)
        ),
        volume=_volume(record),
        issue=_issue(record.issue),
        first_page=first,
        last_page=last,
        first_pages=frozenset(page for page, _ in pages),
        registrations=_registrations(record),
        doi=record.doi,
        pmid=record.pmid,
        abstract=words_of(record.abstract[:1500])[:600],
    )


def _words(name: str) -> list[str]:
    return [word for word in words_of(name).split() if len(word) > 2]


def _name_words(name: str) -> frozenset[str]:
    """The words of a family name; libraries write "van der Berg" and "Le Quintrec" in many ways."""
    family = name.partition(",")[0]
    return frozenset(_words(family) or words_of(family).split())


def _telling_words(journal: str) -> tuple[str, ...]:
    return tuple(word for word in words_of(journal).split() if word not in _STOP_WORDS)


def _registrations(record: Record) -> frozenset[str]:
    where = " ".join((record.title, record.journal, record.issue, record.pages, record.url))
    return frozenset(number.upper() for number in _REGISTRATION.findall(where))


def _is_supplement(record: Record) -> bool:
    """Whether a record says that it appeared in a supplement, where most abstracts do."""
    where = f"{record.volume} {record.issue} {record.pages}"
    return bool(_SUPPLEMENT.search(where) or _SUPPLEMENT_PAGE.match(record.pages))


def _volume(record: Record) -> str:
    """The number of the volume; some libraries write the year there, which says nothing more."""
    number = next(iter(_NUMBER.findall(record.volume)), "")
    return "" if number == str(record.year) else number


def _issue(issue: str) -> str:
    number = next(iter(_NUMBER.findall(issue)), "").lstrip("0")
    return number if number and int(number) <= _MOST_ISSUES else ""


def _page_ranges(pages: str) -> list[tuple[str, str]]:
    """First and last page of each range; "365-71" ends on 371, and "S365-S71" does, too."""
    ranges: list[tuple[str, str]] = []
    for part in re.split(r"[,;+]", pages.lower()):
        numbers = re.findall(r"(cd)?0*(\d+)", part)
        if not numbers:
            continue
        # Cochrane's versions keep their number through the years.
        first = "".join(numbers[0])
        last = "".join(numbers[1]) if len(numbers) > 1 else first
        if len(last) < len(first):
            last = first[: len(first) - len(last)] + last
        ranges.append((first, last))
    # "(no pagination)" and "in press" are no pages.
    return ranges or [(page, page) for page in _ROMAN_PAGE.findall(pages.lower())[:1]]
