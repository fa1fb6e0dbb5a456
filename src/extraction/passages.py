"""Split a text into passages: its sentences, where they stand, and under which heading."""

from __future__ import annotations

import re
from collections.abc import Iterator

from extraction.fulltext import FullText
from review.anchors import letters_of
from review.annotations import Passage
from review.decisions import quote_from
from review.records import join_text
from review.sentences import split_sentences

# Headings of structured abstracts as journals, PubMed and registers write them (NLM lists more
# than two thousand; these open nearly all of what they open). Longest first, since a shorter one
# may begin a longer one.
_HEADINGS = "|".join(
    sorted(
        (
            "abstract",
            r"aims?(?: and (?:objectives?|methods?|background|hypothes[ie]s))?",
            "analysis",
            "assessments?",
            "applications?",
            r"background(?: and (?:aims?|hypothes[ie]s|objectives?|purpose))?",
            r"case (?:description|presentation|report)s?",
            "clinical (?:implications?|relevance|significance)",
            "(?:clinical )?trial registration(?: number)?",
            r"conclusions?(?: and (?:clinical )?(?:implications?|relevance)(?: for practice)?)?",
            "context",
            "data (?:collection|extraction|sources?|synthesis)(?: and analysis)?",
            "design",
            r"design(?:,? | and |/)(?:methods?|setting)(?:,? and participants)?",
            "design/methodology/approach",
            r"discussion(?: and conclusions?)?",
            "ethics(?: and dissemination)?",
            r"findings?(?: and conclusions?)?",
            "funding",
            "highlights",
            r"impact(?: and implications?)?",
            r"implications?(?: for (?:nursing|policy|practice|rehabilitation|(?:future )?research)"
            r"(?: and (?:policy|practice|research))?)?",
            "importance",
            "interpretation",
            "interventions?",
            "introduction",
            "key (?:findings|messages|points|words)",
            "keywords",
            "limitations?",
            r"main (?:findings|outcomes?|results)(?: (?:and )?measures?)?",
            r"materials? and methods?",
            "measures?",
            "methodology",
            r"methods?(?:/design| and (?:analysis|design|findings|materials|procedures?|results))?",
            r"objectives?(?: and methods?)?",
            "originality/value",
            r"outcomes?(?: measures?)?",
            r"participants?(?: and (?:methods?|setting))?",
            r"patients? (?:and|or) public (?:contribution|involvement)",
            r"patients?(?: and methods?)?",
            "practical implications?",
            "(?:policy|practice) implications?",
            r"procedures?",
            r"purpose(?: of (?:the )?(?:review|study))?",
            "rationale",
            r"recent findings",
            "recommendations?",
            r"relevance(?: (?:for|to) (?:clinical )?practice)?",
            "research limitations/implications",
            r"results?(?: and (?:conclusions?|discussion))?",
            "sample",
            r"settings?(?: and participants)?",
            "(?:search methods|selection criteria)",
            "significance",
            "social implications",
            "study (?:design|population|selection|setting)",
            r"subjects?(?: and methods?)?",
            "summary",
            "unlabelled",
            r"what is (?:already )?known(?: on (?:the|this) (?:subject|topic))?",
            "what this (?:paper|study) adds",
        ),
        key=len,
        reverse=True,
    )
)
# "**Results**: ...", "## Results", "<b>Results</b> ...", "[Results] ...", "__Results__ ..."
_MARKED = re.compile(
    r"(?:\#{1,6}[ \t]*|\*{1,3}|_{1,2}|\[|<(?:b|strong|i|em|h\d|title)>)[ \t]*"
    rf"(?P<heading>{_HEADINGS})[ \t]*[:.]?[ \t]*"
    r"(?:\*{1,3}|_{1,2}|\]|</(?:b|strong|i|em|h\d|title)>|$)[ \t]*[:.\-–—]?[ \t]*",
    re.IGNORECASE,
)
_WITH_COLON = re.compile(
    rf"(?P<heading>{_HEADINGS})[ \t]?(?::|[ \t][-–—][ \t]|[–—])[ \t]*", re.IGNORECASE
)
# Without a mark only capitals tell a heading from a word: "METHODS We asked", not "Methods were".
_IN_CAPITALS = re.compile(rf"(?P<heading>(?i:{_HEADINGS}))\.?[ \t]+(?=[A-Z0-9\"'(])")
_ALONE = re.compile(rf"(?P<heading>{_HEADINGS})[ \t]?[.:]?$", re.IGNORECASE)
# "... of their care RESULTS: Peers ...", "... of their care.RESULTS: Peers ...": the stop or the
# blank before the heading was forgotten.
_WITHIN = re.compile(rf"(?<=[\s.;)])(?={_HEADINGS.upper()}(?<=[A-Z])[ \t]?:)")
_NUMBER_OF_HEADING = re.compile(r"\d{1,2}(?:\.\d{1,2})*\.?[ \t]+(?=[A-Z])")

_PLURAL = {
    "aim": "aims",
    "conclusion": "conclusions",
    "finding": "findings",
    "method": "methods",
    "objective": "objectives",
    "result": "results",
}
# What is longer than any sentence is a table, a list or a text without stops: it is cut between
# words, so that a person is never shown a page as one passage.
_LONGEST = 1000


def split_passages(title: str, abstract: str) -> list[Passage]:
    """The passages of a report in order: the sentences of its abstract, or of any longer text.

    Quotes are anchored in ``join_text(title, abstract)``. The title is no passage, nor is a
    heading; each passage carries the heading it stands under in lower case, in the plural where
    journals use both ("results"). A sentence of more than 1000 characters is cut between words; a
    number or a mark alone is no passage.
    """
    text = join_text(title, abstract)
    section = ""
    passages: list[Passage] = []
    for start, end in _sentences(text, len(title) + 1):
        start, section = _open_section(text, start, end, section)
        for begin, stop in _cut_long(text, start, end):
            passages.append(
                Passage(
                    quote=quote_from(text, begin, stop), position=len(passages), section=section
                )
            )
    return passages


def split_full_text(full_text: FullText, abstract: str = "") -> list[Passage]:
    """The passages of a full text in order: the sentences of its paragraphs.

    Quotes are anchored in ``full_text.text``. Words that a document sets off as somebody's are one
    passage, with whose they are. A sentence that the abstract has word for word is left to it.
    """
    known = letters_of(abstract)
    passages: list[Passage] = []
    for paragraph in full_text.paragraphs:
        text = full_text.text[paragraph.start : paragraph.end]
        pieces = [(s.start, s.end) for s in split_sentences(text)]
        if paragraph.is_quotation and len(text) <= _LONGEST:
            pieces = [(0, len(text))]
        for start, end in pieces:
            if letters_of(text[start:end]) in known:
                continue
            for begin, stop in _cut_long(text, start, end):
                quote = quote_from(full_text.text, paragraph.start + begin, paragraph.start + stop)
                passages.append(
                    Passage(quote=quote, position=len(passages), section=paragraph.section)
                )
    return passages


def _sentences(text: str, after: int) -> Iterator[tuple[int, int]]:
    """Where sentences start and end, cut also before a heading in their midst."""
    for sentence in split_sentences(text):
        if sentence.start < after:
            continue
        start = sentence.start
        opening = _heading(sentence.text)
        searched = start + (opening.end() if opening else 1)
        for within in _WITHIN.finditer(text, searched, sentence.end):
            yield start, within.start()
            start = within.start()
        yield start, sentence.end


def _open_section(text: str, start: int, end: int, section: str) -> tuple[int, str]:
    """Where a sentence begins after its heading, and the section it stands in."""
    while heading := _heading(text[start:end]):
        start += heading.end()
        name = " ".join(heading["heading"].lower().split())
        section = _PLURAL.get(name, name)
    return start, section


def _heading(sentence: str) -> re.Match[str] | None:
    number = _NUMBER_OF_HEADING.match(sentence)
    skipped = number.end() if number else 0
    for pattern in (_MARKED, _WITH_COLON, _ALONE):
        if found := pattern.match(sentence, skipped):
            return found
    found = _IN_CAPITALS.match(sentence, skipped)
    if found and found["heading"].isupper() and any(map(str.islower, sentence[found.end() :])):
        return found
    return None


def _cut_long(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The range, or pieces no longer than the longest passage; none without a letter."""
    while start < end:
        while start < end and text[start].isspace():
            start += 1
        stop = end
        if end - start > _LONGEST:
            blank = max(text.rfind(mark, start + 1, start + _LONGEST) for mark in " \t\u00a0")
            stop = blank if blank > start else start + _LONGEST
        kept = stop
        while kept > start and text[kept - 1].isspace():
            kept -= 1
        if any(character.isalpha() for character in text[start:kept]):
            yield start, kept
        start = stop
