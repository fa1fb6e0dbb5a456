"""What of a record is compared with another: the same words, however they were spelt."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from review.records import Record

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+")
_GREEK = str.maketrans(
    {
        "α": " alpha ", "β": " beta ", "γ": " gamma ", "δ": " delta ", "κ": " kappa ",
        "λ": " lambda ", "µ": " mu ", "μ": " mu ", "ω": " omega ", "®": " ", "™": " ",
    }
)  # fmt: skip
# What databases write into a title and the document does not say.
_ADDED = re.compile(
    r"\s*[\[(](?:(?:published |publisher )?(?:erratum|correction|corrigendum|retraction) "
    r"(?:appears|in|of)\b[^\])]*|see comments?|comments? in\b[^\])]*|republished[^\])]*|letter"
    r"|abstract|review|article|correction|"
    r"chinese|german|french|spanish|portuguese|italian|japanese|polish|russian|turkish|dutch|korean"
    r"|czech|hungarian|danish|swedish|persian|croatian|serbian)[\])]\.?",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"\[([^\[\]]{12,})\]")
# Notices about another document, by the beginning or the end of their title or by their type.
_NOTICES = (
    (
        "erratum",
        r"^\W*(?:published )?(?:author |publisher )?"
        r"(?:erratum|errata|corrections?|corrigend\w+|corrected)\b"
        r"|\(vol\w*\.? ?\d+,? p\w*\.? ?\w*\d+",
    ),
    (
        "retraction",
        r"^\W*(?:retract(?:ion|ed)|withdrawn|withdrawal|expression of concern)\b",
    ),
    (
        "reply",
        r"^\W*(?:(?:authors?'?s?'?|in) )?(?:reply|response|rejoinder)\b(?: to\b|$|[:.\-])"
        r"|\b(?:reply|author'?s'? response)\W*$",
    ),
    (
        "comment",
        r"^\W*(?:comments?|commentary|letter|discussion|re) ?(?:on\b|to\b|:)"
        r"|\bcommentary\W*$",
    ),
)
_NOTICE_TITLES = [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _NOTICES]
_NOTICE_TYPES = (
    ("erratum", re.compile(r"\b(?:erratum|corrigendum|correction)\b", re.IGNORECASE)),
    (
        "retraction",
        re.compile(
            r"\b(?:retraction notice|retraction of publication|expression of concern)\b",
            re.IGNORECASE,
        ),
    ),
)
# Titles that many documents bear: whole, or by their first words.
_GENERIC = re.compile(
    r"^(?:guest )?(?:editors?|editorials?|book review|introduction|preface|foreword|obituary"
    r"|letters? to the editor|in this issue|table of contents|contents|index|news|announcements?"
    r"|acknowledge?ments?|abstracts?|poster|discussion|comments?|commentary|reply|response|remarks"
    r"|conclusions?|correspondence|errat(?:um|a)|correction|corrigendum|untitled|title|unknown"
    r"|reviewers?|list of|call for papers|calendar|from the editor|message from|welcome|about)\b"
)
_CONFERENCE = re.compile(
    r"\b(?:conference|congress|meeting|proceedings|symposium|workshop|inproceedings|abstracts?"
    r"|poster|annual)\b",
    re.IGNORECASE,
)
_STOP_WORDS = {
    "a", "an", "and", "de", "der", "des", "di", "du", "e", "for", "fur", "im", "in", "l", "la",
    "le", "of", "on", "the", "und", "y",
}  # fmt: skip
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8"}
_NUMBER_WORDS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10", "first": "1", "second": "2", "third": "3",
}  # fmt: skip
# A year has 53 weeks; larger "issues" are the numbers a library gave its entries.
_MOST_ISSUES = 53
_PART = re.compile(r"\b(?:part|phase|study|paper|volume|series|chapter|wave|trial)\s+(\w+)\b")
_LAST_NUMERAL = re.compile(r"\b(i{1,3}|iv|vi{0,3}|\d{1,2})$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fingerprint:
    """A record as it is compared.

    ``title`` is in lower case without accents or punctuation; ``other_titles`` are its halves
    where it is given in two languages; ``authors`` are the words of the family names, and
    ``first_author_words`` those of the whole of the first name; ``part`` are the numbers that tell
    parts of a series apart; ``notice`` is "erratum", "retraction", "reply" or "comment" where the
    record is one; ``first_pages`` are those of all ranges where there are several.
    """

    title: str
    other_titles: tuple[str, ...]
    is_generic: bool
    part: tuple[str, ...]
    numbers: frozenset[str]
    notice: str
    first_author: frozenset[str]
    first_author_words: frozenset[str]
    authors: frozenset[str]
    year: int | None
    journal: tuple[str, ...]
    is_conference: bool
    volume: str
    issue: str
    first_page: str
    last_page: str
    first_pages: frozenset[str]
    doi: str
    pmid: str
    abstract: str


def fingerprint(record: Record) -> Fingerprint:
    """What of a record is compared with another."""
    bare = _ADDED.sub("", record.title)
    title = words_of(bare)
    names = [_name_words(name) for name in record.authors]
    pages = _page_ranges(record.pages)
    first, last = pages[0] if pages else ("", "")
    types = " ".join(record.publication_types)
    venue = re.split(r"\.?\s*conference:", record.journal, maxsplit=1, flags=re.IGNORECASE)
    return Fingerprint(
        title=title,
        other_titles=_halves(bare),
        is_generic=_is_generic(title),
        part=_part_numbers(title),
        numbers=_numbers(title),
        notice=_notice(record.title, types),
        first_author=names[0] if names else frozenset(),
        first_author_words=frozenset(_words(record.authors[0]) if names else ()),
        authors=frozenset().union(*names),
        year=record.year,
        journal=tuple(w for w in words_of(venue[0]).split() if w not in _STOP_WORDS),
        is_conference=bool(_CONFERENCE.search(record.journal) or _CONFERENCE.search(types)),
        volume=next(iter(_NUMBER.findall(record.volume)), ""),
        issue=_issue(record.issue),
        first_page=first,
        last_page=last,
        first_pages=frozenset(page for page, _ in pages),
        doi=record.doi,
        pmid=record.pmid,
        abstract=words_of(record.abstract[:1500])[:600],
    )


def words_of(text: str) -> str:
    """The words of a text in lower case, without accents, parted by single blanks.

    British and American spellings of ``ae`` and ``oe`` become one (haemolytic, hemolytic).
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_GREEK))
        text = "".join(c for c in text if not unicodedata.combining(c)).replace("ß", "ss")
    words = _WORD.findall(text.casefold())
    return " ".join(words).replace("ae", "e").replace("oe", "e")


def _halves(title: str) -> tuple[str, ...]:
    """Both titles of "Title [Titel]", each by itself."""
    match = _BRACKETED.search(title)
    if not match:
        return ()
    halves = (words_of(match.group(1)), words_of(title[: match.start()] + title[match.end() :]))
    return tuple(half for half in halves if len(half) >= 12)


def _is_generic(title: str) -> bool:
    """Whether many documents may bear the title.

    Few letters say little; a script without blanks says as much in a third of them.
    """
    letters = title.replace(" ", "")
    weight = len(letters) + 2 * sum(letter > "\u2e80" for letter in letters)
    return weight < 12 or (weight < 60 and _GENERIC.match(title) is not None)


def _part_numbers(title: str) -> tuple[str, ...]:
    found = [match.group(1) for match in _PART.finditer(title)]
    found += [match.group(1) for match in [_LAST_NUMERAL.search(title)] if match]
    numbers = (_ROMAN.get(word, word) for word in found)
    return tuple(sorted({n for n in numbers if n.isdigit() or len(n) == 1}))


def _numbers(title: str) -> frozenset[str]:
    words = (_NUMBER_WORDS.get(word, word) for word in title.split())
    return frozenset(number for word in words for number in _NUMBER.findall(word))


def _notice(title: str, types: str) -> str:
    by_title = (kind for kind, pattern in _NOTICE_TITLES if pattern.search(title))
    by_type = (kind for kind, pattern in _NOTICE_TYPES if pattern.search(types))
    return next(by_title, "") or next(by_type, "")


def _words(name: str) -> list[str]:
    return [word for word in words_of(name).split() if len(word) > 2]


def _name_words(name: str) -> frozenset[str]:
    """The words of a family name; libraries write "van der Berg" and "Le Quintrec" in many ways."""
    return frozenset(_words(name.partition(",")[0]) or words_of(name).split())


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
    return ranges or [(word, word) for word in words_of(pages).split()[:1]]
