"""What a title says of its document: its words, its part of a series, whether it is a notice."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+")
_GREEK = str.maketrans(
    {
        "α": " alpha ", "β": " beta ", "γ": " gamma ", "δ": " delta ", "κ": " kappa ",
        "λ": " lambda ", "µ": " mu ", "μ": " mu ", "ω": " omega ", "®": " ", "™": " ",
    }
)  # fmt: skip
# "[Erratum appears in Blood. 2009 Sep;9(9):2205 Note: Doe, J [added]]", whatever follows it.
_ERRATUM_NOTE = re.compile(
    r"\s*[\[(](?:published |publisher )?(?:erratum|correction|corrigendum|retraction) "
    r"(?:appears|in|of)\b.*$",
    re.IGNORECASE | re.DOTALL,
)
_PLACE_IN_NOTE = re.compile(r"\b(\d+)\s*(?:\([^()]*\))?\s*:\s*[a-z]*0*(\d+)", re.IGNORECASE)
# What databases write into a title and the document does not say.
_ADDED = re.compile(
    r"\s*[\[(](?:see comments?|comments? in\b[^\])]*|republished[^\])]*|letter"
    r"|abstract|review|article|correction|"
    r"chinese|german|french|spanish|portuguese|italian|japanese|polish|russian|turkish|dutch|korean"
    r"|czech|hungarian|danish|swedish|persian|croatian|serbian)[\])]\.?",
    re.IGNORECASE,
)
# The document that a notice is about: "(vol 360, pg 542, 2009)" or "(Blood (2009) 360 (542-4))".
_CITATION = re.compile(
    r"\s*\((?:vol\w*\.? ?\d+,? p\w*\.? ?\w*\d+|[^()]{4,}\([^()]*\d{4}\),? *\d+)"
    r"(?:[^()]|\([^()]*\))*\)?\W*$",
    re.IGNORECASE,
)
# The same where a library cut the title off.
_CUT_CITATION = re.compile(r"\s*\([^()]{4,}\([^()]*$")
_NOTICE_WORD = re.compile(
    r"^\W*(?:published |author |publisher )*"
    r"(?:errat(?:um|a)|corrections?|corrected|corrigend(?:um|a)"
    r"|retract(?:ion|ed)(?: (?:article|notice|of))?|withdrawn)(?: to\b|\s*[:.\-]|(?<= of)\b)\W*",
    re.IGNORECASE,
)
# A notice about less than this is about nothing that could be compared.
_TELLING = 20
_BRACKETED = re.compile(r"\[([^\[\]]{12,})\]")
# Notices about another document, by the beginning or the end of their title or by their type.
_NOTICES = (
    (
        "erratum",
        r"^\W*(?:published )?(?:author |publisher )?"
        r"(?:(?:erratum|errata|corrigend\w+)\b"
        r"|(?:corrections?|corrected)(?: to\b|\W*[:.\-(]|\W*$))",
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
    ("erratum", _CITATION.pattern),
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
    r"|not available|no title"
    r"|reviewers?|list of|call for papers|calendar|from the editor|message from|welcome|about)\b"
)
_PROTOCOL = re.compile(
    r"\b(?:(?:study |trial |review )?protocol|(?:study |trial )?(?:rationale|design)"
    r"(?:,? and| &) (?:rationale|design|methods?|baseline \w+))\b",
    re.IGNORECASE,
)
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8"}
_NUMBER_WORDS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10", "first": "1", "second": "2", "third": "3",
}  # fmt: skip
_PART = re.compile(r"\b(?:part|phase|study|paper|volume|series|chapter|case|wave|trial)\s+(\w+)\b")
_LAST_NUMERAL = re.compile(r"\b(i{1,3}|iv|vi{0,3}|\d{1,2})$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Title:
    """A title as it is compared.

    ``words`` is what the document itself is called, in lower case without accents or punctuation;
    ``others`` are its halves where it is given in two languages; ``is_generic`` says that many
    documents may bear it, ``is_recurring`` that it begins as theirs do; ``part`` are the numbers
    that tell parts of a series apart; ``notice`` is "erratum", "retraction", "reply" or "comment"
    where the record is one; ``is_corrected`` says that its title tells of an erratum to it, and
    ``corrected_at`` at which places (volume, first page) that appeared; ``protocol_of`` is what a
    protocol is called without that word.
    """

    words: str
    others: tuple[str, ...]
    is_generic: bool
    is_recurring: bool
    part: tuple[str, ...]
    numbers: frozenset[str]
    notice: str
    is_corrected: bool
    corrected_at: frozenset[tuple[str, str]]
    protocol_of: str


def read_title(title: str, publication_types: str = "") -> Title:
    """A title as it is compared, and what it and the kind of publication say of the document."""
    note = _ERRATUM_NOTE.search(title)
    bare = _without_notice(_ADDED.sub("", title[: note.start()] if note else title))
    words = words_of(bare)
    return Title(
        words=words,
        others=_halves(bare),
        is_generic=_is_generic(words),
        is_recurring=_GENERIC.match(words) is not None,
        part=_part_numbers(words),
        numbers=_numbers(words),
        notice=_notice(title, publication_types),
        is_corrected=note is not None,
        corrected_at=frozenset(_PLACE_IN_NOTE.findall(note.group()) if note else ()),
        protocol_of=words_of(_PROTOCOL.sub(" ", bare)) if _PROTOCOL.search(bare) else "",
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


def _without_notice(title: str) -> str:
    """What a notice is about, where its title says it."""
    bare, notices = _NOTICE_WORD.subn("", _CITATION.sub("", title))
    if notices:
        bare = _CUT_CITATION.sub("", bare)
    return bare if len(bare) >= _TELLING else title


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
