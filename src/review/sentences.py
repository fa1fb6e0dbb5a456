"""Sentences of scholarly text: spaCy's, mended where abbreviations or quotations mislead it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language

_LINE = re.compile(r"[^\n\r\x0b\x0c\u2028\u2029]+")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# spaCy takes such a run apart mark by mark, at the square of its length; no sentence ends in it.
_RUN_OF_MARKS = re.compile(r"[^\w\s]{100,}")

# A quotation or a bracket is kept whole where it ends on its line and is no longer than this:
# beyond, its closing mark was more likely forgotten, or belongs to another.
_LONGEST_QUOTATION, _LONGEST_BRACKET = 600, 300
_WITHIN = rf"{{1,{_LONGEST_QUOTATION}}}?"
_WHOLE = re.compile(
    "|".join(
        (
            rf"„[^„“”]{_WITHIN}[“”]",
            rf"“[^“”]{_WITHIN}”",
            rf"«[^«»]{_WITHIN}»",
            rf'(?<!\w)"(?=\S)[^"]{_WITHIN}(?<=\S)"(?!\w)',
            # Within single quotation marks an apostrophe is part of a word.
            rf"(?<!\w)‘(?:[^‘’]|(?<=\w)’(?=\w)){_WITHIN}’(?!\w)",
            rf"(?<!\w)'(?=\S)(?:[^']|(?<=\w)'(?=\w)){_WITHIN}(?<=\S)'(?!\w)",
            rf"\([^()]{{1,{_LONGEST_BRACKET}}}\)",
            rf"\[[^\[\]]{{1,{_LONGEST_BRACKET}}}\]",
        )
    )
)

# So many characters on either side tell whether a sentence ends; more would cost the square of a
# text without ends.
_NEAR = 60
# Ends that spaCy's tokens hide: of an abbreviation or three dots before a capital, before a
# reference ("shown.12 Peers", "shown.[12] Peers"), and where the blank after the stop was forgotten
# ("rose by 3%.Peers were").
_REFERENCE = r"\d{1,3}(?:[,–-][ ]?\d{1,3})*"
_RAISED = "[⁰¹²³⁴-⁹][⁰¹²³⁴-⁹⁻,–-]*"
_HIDDEN = re.compile(
    r"[.?!…][”’»\"')\]]*(?=\s+[^\W\d_a-zß-ÿ])"
    rf"|(?<=[^\W\d_]{{2}})[.?!](?:{_REFERENCE}|{_RAISED})(?=\s+[^\W\d_a-z]|\s+[“\"‘'(]|$)"
    r"|(?<=\w)[.?!](?=\[\d|\(\d)"
    r"|(?<=[\d%)\]])\.(?=[A-Z][a-z]+[\s,])"
)
# What belongs to the sentence although it stands behind the stop: references, and after a
# quotation who said it.
_AFTER_STOP = re.compile(
    rf"\s?(?:\[\s?{_REFERENCE}[^\[\]\w]*\]|\(\s?{_REFERENCE}[^()\w]*\)|{_RAISED})"
)
_LIST_ENTRY = re.compile(r"\s\((\d)\)")
_SPEAKER = re.compile(r"\s?(?:\([^()]{1,120}\)|\[[^\[\]]{1,120}\])[.]?")
_QUOTED = re.compile(r"[”“»’\"'][.]?$")

# Abbreviations that stand before a name or a word, so that no sentence ends with them.
_NEVER_LAST = re.compile(
    r"(?<!\w)(?:[eE]\.\s?g|[iI]\.\s?e|[cC]f|vs|[vV]gl|[bB]zw|[zZ]\.\s?B|[dD]\.\s?h|[uU]\.\s?a"
    r"|p\.\s?ex|p\.\s?ej|c\.-à-d|Dr|Prof|Mr|Mrs|Ms|Mx|St|Mme|Sra?|Dra?|Eds?|Rev"
    r"|[aA]p?prox|[cC]a|incl|inkl|esp|resp)\.$"
)
# Those that end a sentence only where a new one begins, with a capital.
_RARELY_LAST = re.compile(
    r"(?<!\w)(?:et al|etc|usw|a\.m|p\.m|Inc|Ltd|Co|Ph\.\s?D|M\.\s?D|B\.\s?A|M\.\s?A|M\.\s?Sc"
    r"|B\.\s?Sc|(?:[a-z]\.){1,3}[a-z]|yrs?|hrs?|mos?|wks?|min|max|dept|univ|suppl|fig|no|vol|ref)\.$"
)
_OF_A_PLACE = re.compile(r"(?<!\w)(?:[UE]\.\s?[SKU]|U\.\s?S\.\s?A|D\.\s?C|N\.\s?Y)\.$")
_BEFORE_A_NUMBER = re.compile(
    r"(?<!\w)(?:figs?|eqs?|refs?|nos?|vols?|tabs?|tbl|pp?|secs?|chs?|chap|app|v|vers?|arts?|suppl"
    r"|nr|abb|abs|núm|n|s)\.$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[A-Z]?\d|[IVXLC]+\b")
# "A. B. Jones", "z. B."
_ONE_LETTER, _SHORT = re.compile(r"(?<!\w)[A-Za-z]\.$"), re.compile(r"[A-Za-z]{1,2}\.")
_INITIAL = re.compile(r"(?:^|(?P<before>\S+)\s+)(?P<initials>(?:[A-Z]\.[ -]?)*[A-Z]\.)$")
# Words between which and a capital letter a name begins: "by K. Adeyemi", and not "at site K."
_BEFORE_A_NAME = re.compile("and|by|with|from|to|of|und|von|et|par|de|y|por|&")
_STARTS = re.compile(
    r"(?:An?|All|And|As|At|Both|But|Data|Each|For|From|Her?|Here|His|However|I|If|In|Its?|Many|Most"
    r"|No|None|On|Our|She|Some|That|The|Their|There|These|They|This|Those|We|What|When|While|Who"
    r"|Yet|You|Das|De[rsn]|Die|Es|Wir|Elle|Ils?|L[ae]s?|El|Los)\b"
)
_LIST_NUMBER = re.compile(r"\(?(?:\d{1,2}|[a-hA-H]|[ivx]{1,4})[.)]")
_UNFINISHED = re.compile(r"(?:[?!…]|\.\.\.)[”“»’\"']?$|[”“»’\"']$|[.?!]\)$")
# "eHealth", "mHealth", "iPad" begin a sentence in lower case.
_NAME_IN_LOWER_CASE = re.compile(r"[a-z]{1,2}[A-Z]")


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence with where it stands: ``text == whole[start:end]``, offsets in code points."""

    start: int
    end: int
    text: str


def split_sentences(text: str) -> list[Sentence]:
    """The sentences of a text in order, without the blanks between them.

    A line break always ends a sentence, so a title never runs into an abstract. An empty text has
    none. A quotation of several sentences is one, together with the bracket that says whose words
    they are; so is a remark in brackets. References behind the stop belong to what they prove.
    """
    sentences: list[Sentence] = []
    for line in _LINE.finditer(text):
        sentences.extend(_split_line(line.group(), line.start()))
    return sentences


def encodable(text: str) -> str:
    """The text, of equal length, without halves of characters.

    JSON can spell them ("\\ud83d" alone) and Python keeps them, but no library below takes them.
    """
    return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def _split_line(line: str, offset: int) -> Iterator[Sentence]:
    if _without_end().fullmatch(line):
        if stripped := line.strip():
            begin = offset + len(line) - len(line.lstrip())
            yield Sentence(start=begin, end=begin + len(stripped), text=stripped)
        return
    wholes = [match.span() for match in _WHOLE.finditer(line)]
    start = 0
    for end, following in pairwise([*_find_ends(line, wholes), len(line)]):
        if end <= start or (following != end and _goes_on(line, start, end)):
            continue
        piece = line[start:end]
        if stripped := piece.strip():
            begin = offset + start + (len(piece) - len(piece.lstrip()))
            yield Sentence(start=begin, end=begin + len(stripped), text=stripped)
            start = end


def _find_ends(line: str, wholes: Sequence[tuple[int, int]]) -> list[int]:
    """Where sentences may end, outside quotations and brackets; the last is the end of the line."""
    marks_veiled = _RUN_OF_MARKS.sub(lambda run: "x" * len(run.group()), encodable(line))
    ends = {span.end_char for span in _sentencizer()(marks_veiled).sents}
    ends |= {match.end() for match in _HIDDEN.finditer(line)}
    openings = {start for start, _ in wholes}
    moved = {_take_after(line, _leave_opening(line, end, openings)) for end in ends}
    inside = [False] * (len(line) + 1)
    for start, end in wholes:
        inside[start + 1 : end] = [True] * (end - start - 1)
    return sorted({end for end in moved if not inside[end]} | {len(line)})


def _leave_opening(line: str, end: int, openings: set[int]) -> int:
    """The end before a mark that opens what follows; spaCy counts it to what it follows."""
    while end and (line[end - 1].isspace() or end - 1 in openings or _is_dash(line, end - 1)):
        end -= 1
    return end


def _is_dash(line: str, place: int) -> bool:
    return line[place] in "–—-" and line[:place][-1:].isspace()


def _take_after(line: str, end: int) -> int:
    """The end behind the references and the speaker that stand after the stop."""
    if _QUOTED.search(line, max(0, end - 2), end) and (speaker := _SPEAKER.match(line, end)):
        end = speaker.end()
    while (after := _AFTER_STOP.match(line, end)) and not _opens_list(line, after):
        end = after.end()
    return end


def _opens_list(line: str, reference: re.Match[str]) -> bool:
    """Whether a number in brackets behind a stop is that of an entry: its neighbour stands near."""
    number = _LIST_ENTRY.fullmatch(reference.group())
    near = line[max(0, reference.start() - 1000) : reference.end() + 1000]
    return number is not None and any(f"({int(number[1]) + step})" in near for step in (-1, 1))


def _goes_on(line: str, start: int, end: int) -> bool:
    """Whether what stands behind a possible end is still the sentence that began at ``start``."""
    piece = line[max(start, end - _NEAR) : end].strip()
    following = line[end : end + _NEAR].lstrip()
    if not following or not piece:
        return False
    small = following[0].islower() and not _NAME_IN_LOWER_CASE.match(following)
    if _LIST_NUMBER.fullmatch(piece) or _NEVER_LAST.search(piece):
        return True
    if _ONE_LETTER.search(piece) and _SHORT.match(following):
        return True
    if _BEFORE_A_NUMBER.search(piece) and _NUMBER.match(following):
        return True
    if small and _UNFINISHED.search(piece):
        return True
    if piece[-1] in ",;:" or (_QUOTED.search(piece) and following[0] in "–—-"):
        return True
    if _RARELY_LAST.search(piece):
        return small or following[0].isdigit() or following[0] in "([,;"
    return _is_within_name(piece, following, small)


def _is_within_name(piece: str, following: str, small: bool) -> bool:
    starts = _STARTS.match(following) is not None
    if _OF_A_PLACE.search(piece):
        return small or not starts
    initial = _INITIAL.search(piece)
    if initial is None or starts or not (small or following[0].isupper()):
        return False
    before = initial["before"]
    if "." in initial["initials"][:-1] and " " not in initial["initials"]:
        return small or before not in ("and", "&")
    return (
        before is None
        or _BEFORE_A_NAME.fullmatch(before) is not None
        or before[:1].isupper()
        or small
    )


@lru_cache(maxsize=1)
def _without_end() -> re.Pattern[str]:
    """Lines in which no mark that may end a sentence is followed by a word: one sentence each.

    Most sentences are such lines once they were cut out, and need not be taken into tokens again.
    """
    from spacy.pipeline import Sentencizer

    marks = re.escape("".join(Sentencizer.default_punct_chars) + "…")
    return re.compile(rf"(?:[^{marks}]|(?<=\d)\.(?=\d))*[.?!…”’»\"')\]]*\s*")


@lru_cache(maxsize=1)
def _sentencizer() -> Language:
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    # spaCy's limit protects memory-hungry parsers; a sentencizer needs none below a book's length.
    nlp.max_length = 20_000_000
    return nlp
