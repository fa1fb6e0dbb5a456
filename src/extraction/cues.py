"""Which part of a report a sentence without a heading belongs to, by its words."""

from __future__ import annotations

import re

from extraction.sections import SectionKind, kind_of_section
from review.annotations import Passage
from review.sentences import split_sentences

_WORK = (
    "(?:study|research|project|paper|article|review|trial|report|thesis|chapter|protocol|survey|"
    "work|analysis|evaluation|investigation)"
)
_TO_FIND = (
    "(?:explor|examin|investigat|evaluat|assess|describ|understand|identif|determin|compar|"
    "test|develop|review|synthes|document|analy[sz]|report|present|map|gain|establish|learn|see)"
    r"\w*"
)
_AIMS = re.compile(
    rf"(?:(?:the |our |its |a |main |primary |secondary |overall |specific |present |second )*"
    rf"(?:aims?|objectives?|purpose|goals?|intention) (?:of|was|were|is|are|here)\b"
    rf"|(?:this|the|our|we|it|here,? we|in this {_WORK},? we|(?:the|this) (?:present|current)) ?"
    rf"{_WORK}? ?(?:aim(?:s|ed)?|sought|seeks?|intend(?:s|ed)?|set out|wanted|wished|asks?|asked|"
    rf"hypothesi[sz]ed|attempts?) (?:to|at|whether|how|what|that|which)\b"
    rf"|(?:this|the (?:present|current)) {_WORK} (?:therefore |thus |also )?{_TO_FIND}\b"
    rf"|to {_TO_FIND} )",
    re.IGNORECASE,
)
# What is told of how a study was done ...
_DONE = re.compile(
    r"\b(?:interviewed|surveyed|randomi[sz]ed|randomly|recruited|enrolled|transcribed|coded"
    r"|searched|consulted|double-blind|placebo-controlled|cross-sectional|retrospective\w*|prospective\w*"
    r"|(?:semi-?structured|in-depth|telephone|group) interviews?|interviews? (?:with|lasted|were)"
    r"|gave interviews|(?:focus|discussion) groups?|group discussions?|questionnaires?|databases?"
    r"|(?:thematic|content|framework|discourse|regression|statistical) analys[ie]s|grounded theory"
    r"|inclusion criteria|eligible|logistic|meta-analysis|validated (?:scales?|measures?)"
    r"|(?:was|were|are|is) (?:then |also |each |to be )?(?:assessed|measured|analy[sz]ed|collected"
    r"|conducted|performed|followed|included|selected|screened|extracted|assigned|allocated"
    r"|calculated|evaluated|compared|examined|recorded|administered|divided|reviewed|studied"
    r"|undertaken|carried out|used|obtained|identified(?! as)|approached|invited|treated|given)"
    r"|we (?:conducted|used|analy[sz]ed|included|performed|reviewed|compared|collected|held"
    r"|identified|screened|extracted|assessed|carried out|undertook))\b",
    re.IGNORECASE,
)
# ... unless the sentence tells what came of it, too.
_CAME_OF_IT = re.compile(
    r"\b(?:show\w*|found|reveal\w*|suggest\w*|indicat\w*|report(?:ed|s)?|describ\w+|felt|feel"
    r"|sa(?:id|w)|told|experienc\w+|perceiv\w+|help\w*|hinder\w*|barriers?|facilitat\w*|improv\w*|reduc\w*"
    r"|increas\w*|decreas\w*|significant\w*|associat\w+|higher|lower|more|less|fewer|better|worse"
    r"|lack\w*|difficult\w*|challeng\w*|important|need\w*|should|must|may|can|cannot|led|made"
    r"|because|valued|welcomed|worr\w+|themes|emerged|effective\w*|results?|no|not|nobody|never"
    r"|without|unless|only|well|poor\w*|clear\w*|unclear|support (?:from|for)|depend\w*|differ\w*"
    r"|similar|than|occurred|developed|died|remain\w*|became|tend\w*|appear\w*|seem\w*|predict\w*"
    r"|correlat\w*"
    r"|response|rate|rates|mean|median)\b|%|\bp ?[<=]",
    re.IGNORECASE,
)
# An entry of a list of references begins with names and tells volume and pages, or where it lies;
# split into sentences it is none any more, so it is known as a whole or not at all.
_ENTRY = re.compile(
    r"\s*(?:\[?\(?\d{1,3}[\]).]*\s+)?[^\W\d_][\w’'-]+(?: [^\W\d_][\w’'-]+)?,? "
    r"(?:[A-Z]\.?[ -]?){1,3}[,.(&;:].*"
    r"(?:\d ?(?:\(\d+(?:[-–/]\d+)?\))? ?[:,] ?(?:pp?\. ?)?e?\d+ ?[-–] ?e?\d+|\b10\.\d{4,9}/|https?://)",
    re.DOTALL,
)
_CAPTION = re.compile(r"\s*(?:table|figure|fig\.|box|appendix) ?[A-Z]?\d+[.:|]\s", re.IGNORECASE)
# A row of a table: numbers make up so much of it, so many of them, and no stop ends it.
_SHARE_OF_NUMBERS, _FEWEST_NUMBERS = 0.4, 4


def kind_of_passage(passage: Passage) -> SectionKind:
    """The part of the report that a passage belongs to: by its headings, else by its own words.

    Words tell aims, methods and what stands aside only, and in English only; all else without a
    heading is ``other``, and so is a passage whose sentences are of several kinds.
    """
    if (kind := kind_of_section(passage.section)) is not SectionKind.OTHER:
        return kind
    if stands_aside(passage.quote.exact):
        return SectionKind.ASIDE
    kinds = {kind_of_words(sentence.text) for sentence in split_sentences(passage.quote.exact)}
    return kinds.pop() if len(kinds) == 1 else SectionKind.OTHER


def reports_nothing(sentence: str, section: str = "") -> bool:
    """Whether a sentence tells how or why a study was done, so that no influence is proposed in it.

    What stands under a heading of methods, and what opens like an aim or tells methods alone where
    no heading says that it is a result. Of the labelled passages with a heading of methods 48 of 51
    bear no theme, and of those that tell methods alone in their words 28 of 29; under a heading of
    aims it is 7 of 11 and of background 28 of 67, so those headings alone withhold nothing.
    """
    kind = kind_of_section(section)
    if kind in (SectionKind.RESULTS, SectionKind.DISCUSSION, SectionKind.CONCLUSION):
        return False
    return kind is SectionKind.METHODS or kind_of_words(sentence) is not SectionKind.OTHER


def stands_aside(text: str) -> bool:
    """Whether a text is an entry of a list of references, a caption, or a row of a table."""
    if _ENTRY.match(text) or _CAPTION.match(text):
        return True
    words = text.split()
    numbers = sum(not any(map(str.isalpha, word)) for word in words)
    many = numbers >= max(_FEWEST_NUMBERS, _SHARE_OF_NUMBERS * len(words))
    return many and not text.rstrip().endswith((".", "!", "?"))


def kind_of_words(sentence: str) -> SectionKind:
    """Aims where a sentence opens like them, methods where it tells nothing else; or ``other``."""
    if _AIMS.match(sentence):
        return SectionKind.AIMS
    if _DONE.search(sentence) and not _CAME_OF_IT.search(sentence):
        return SectionKind.METHODS
    return SectionKind.OTHER
