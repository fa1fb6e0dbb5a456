"""The cues of a protocol, compiled and found in text: which words speak for or against a criterion.

How a cue is written: words as they stand in running text, case ignored; ``work*`` matches any
ending; ``...`` allows up to five words in between, within one sentence; between the words of a cue
a text may have a blank or a hyphen, and where the cue has a hyphen too ("peer-support" and "peer
support" find each other). A cue that ends in `` ?`` is a weak one: it tells where to look and is
weighed by a fitted model, but never decides a criterion by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

import spacy
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.tokens import Doc

from review.language import Sentence
from review.protocol import Criterion, Protocol

_GAP = "..."
_WEAK = " ?"
_HYPHENS = ["-", "–", "—"]
# One character for one, so that offsets hold: hyphens and quotes that typesetting puts in.
_PLAIN = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2018": "'", "\u2019": "'"})
# An abstract never has a thousand cue hits in earnest; a damaged file of 200 KB may.
_LONGEST_DOC = 1_000_000

# How research English says that something is not so. Words of negation that precede what they
# deny reach _BEFORE_REACH words to the right, those that follow reach _AFTER_REACH to the left,
# and neither passes a clause boundary.
_NEGATED_BEFORE = (
    "no", "not", "n't", "neither", "nor", "never", "without", "excluding", "excluded", "exclude",
    "excludes", "rather than", "instead of", "other than", "apart from", "except", "except for",
    "free of", "free from", "absence of", "non",
)  # fmt: skip
_NEGATED_AFTER = (
    "was excluded", "were excluded", "are excluded", "is excluded", "not eligible", "ineligible",
    "were not included", "was not included", "were not considered",
)  # fmt: skip
_NOT_NEGATIONS = ("not only", "not just", "not merely", "not simply", "no longer", "no doubt")
# A comparison names what the report is not about.
_COMPARED_BEFORE = (
    "compared with", "compared to", "in comparison with", "in comparison to", "unlike",
    "in contrast to", "in contrast with", "as opposed to", "versus", "vs", "differ* from",
    "differs from", "distinct from", "as distinct from", "similar to",
)  # fmt: skip
# Words about how the study was done: "an online survey" says nothing about online support.
_STUDY_MENTIONS = (
    "online survey*", "online questionnaire*", "online focus group*", "online interview*",
    "online recruitment", "online consultation", "online poll*", "online panel*", "web survey*",
    "web-based survey*", "web-based questionnaire*", "internet survey*", "internet and postal",
    "internet search*", "survey ... online", "surveyed online", "questionnaire* ... online",
    "collected online", "completed online", "conducted online", "recruited online",
    "interviewed online", "recruited ... social media", "recruited ... facebook",
    "recruited via", "recruited through", "online database*", "published online",
    "available online", "searched online", "peer-reviewed", "peer reviewed", "peer-review",
    "virtually ... interview*", "by video ... interview*", "interview* ... by telephone",
    "interview* ... online", "online appendix", "electronic database*", "social desirability",
)  # fmt: skip
_CLAUSE_ENDS = frozenset({";", ":", "but", "although", "though", "however", "whereas", "while"})
_BEFORE_REACH = 6
_AFTER_REACH = 8


class Side(StrEnum):
    """Whether a cue speaks for its criterion or against it."""

    FOR = "for"
    AGAINST = "against"


class Context(StrEnum):
    """How the words around a hit bear on it.

    ``aside``: the words belong to a comparison or to how the study was done.
    """

    PLAIN = "plain"
    NEGATED = "negated"
    ASIDE = "aside"


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A cue found in a text: ``text[start:end]``, in the sentence of that index."""

    criterion: str
    side: Side
    cue: str
    start: int
    end: int
    sentence: int
    context: Context
    weak: bool = False


class _Phrase:
    """One written cue as a spaCy pattern, with the letters a text must contain to match it."""

    def __init__(self, written: str, nlp: Language) -> None:
        self.written = written
        self.weak = written.endswith(_WEAK)
        bare = written.removesuffix(_WEAK).translate(_PLAIN)
        pattern = _pattern(bare, nlp)
        self.stems = tuple(
            stem.lower() for word in re.split(r"[\s*-]+", bare) if (stem := word) and word != _GAP
        )
        self._matcher = Matcher(nlp.vocab)
        self._matcher.add("cue", [pattern])

    def find(self, doc: Doc, lower: str) -> Iterator[tuple[int, int]]:
        """Token ranges, the shortest from each first token."""
        if not all(stem in lower for stem in self.stems):
            return
        shortest: dict[int, int] = {}
        for _, start, end in self._matcher(doc):
            shortest[start] = min(end, shortest.get(start, end))
        yield from shortest.items()


class CueBook:
    """All cues of a protocol, ready to be looked for; made once and used for many texts."""

    def __init__(self, protocol: Protocol) -> None:
        nlp = _tokenizer()
        self.criteria: tuple[str, ...] = tuple(c.key for c in _text_criteria(protocol))
        self._cues = [
            (criterion.key, side, _Phrase(written, nlp))
            for criterion in _text_criteria(protocol)
            for side, phrases in (
                (Side.FOR, criterion.cues),
                (Side.AGAINST, criterion.counter_cues),
            )
            for written in phrases
        ]

    def find(self, text: str, sentences: Sequence[Sentence]) -> Mapping[str, list[Hit]]:
        """Hits per text criterion, in the order of the text. See ``find_evidence``."""
        hits: dict[str, list[Hit]] = {key: [] for key in self.criteria}
        if not sentences:
            return hits
        doc = _tokenizer().make_doc(text[:_LONGEST_DOC].translate(_PLAIN))
        lower = doc.text.lower()
        place = _SentencePlaces(doc, sentences)
        surroundings = _Surroundings(doc, lower, place)
        for key, side, phrase in self._cues:
            for start, end in phrase.find(doc, lower):
                sentence = place.of(start, end)
                if sentence is None:
                    continue
                hits[key].append(
                    Hit(
                        criterion=key,
                        side=side,
                        cue=phrase.written,
                        start=doc[start].idx,
                        end=doc[end - 1].idx + len(doc[end - 1]),
                        sentence=sentence,
                        context=surroundings.of(start, end),
                        weak=phrase.weak,
                    )
                )
        return {key: _without_inner(found) for key, found in hits.items()}


@lru_cache(maxsize=4)
def compile_cues(protocol: Protocol) -> CueBook:
    """The cues of every criterion that is judged by text, compiled to spaCy token patterns.

    Kept for the protocols last used: compiling takes a sixth of a second, a batch is soon judged.
    """
    return CueBook(protocol)


def find_evidence(
    cues: CueBook | Protocol, text: str, sentences: Sequence[Sentence]
) -> Mapping[str, list[Hit]]:
    """Where the cues of each text criterion stand in a text, with the context of each hit.

    ``sentences`` are those of ``review.language.split_sentences(text)``: a hit never crosses one.
    Of two hits of one side where one lies within the other, the longer stays. Offsets count code
    points of ``text``. A text without sentences has no hits.
    """
    book = cues if isinstance(cues, CueBook) else compile_cues(cues)
    return book.find(text, sentences)


def _text_criteria(protocol: Protocol) -> list[Criterion]:
    return [c for c in protocol.criteria if c.judged_by == "text"]


@lru_cache(maxsize=1)
def _tokenizer() -> Language:
    nlp = spacy.blank("en")
    nlp.max_length = 20_000_000
    return nlp


def _pattern(cue: str, nlp: Language) -> list[dict[str, Any]]:
    """Token pattern of a cue: words joined by optional hyphens, gaps, and open endings."""
    pattern: list[dict[str, Any]] = []
    joined = False
    for word in cue.split():
        if word == _GAP:
            pattern.append({"IS_SPACE": False, "OP": "{0,5}"})
            joined = False
            continue
        for piece in (p for p in re.split(r"-", word) if p):
            if joined:
                pattern.append({"ORTH": {"IN": _HYPHENS}, "OP": "?"})
            pattern.extend(_word_pattern(piece, nlp))
            joined = True
    return pattern


def _word_pattern(word: str, nlp: Language) -> Iterable[dict[str, Any]]:
    tokens = [token.lower_ for token in nlp.make_doc(word.rstrip("*"))]
    for token in tokens[:-1]:
        yield {"LOWER": token}
    if tokens and word.endswith("*"):
        yield {"LOWER": {"REGEX": rf"^{re.escape(tokens[-1])}[\w'/*]*$"}}
    elif tokens:
        yield {"LOWER": tokens[-1]}


class _SentencePlaces:
    """Which sentence a run of tokens lies in."""

    def __init__(self, doc: Doc, sentences: Sequence[Sentence]) -> None:
        self.of_token: list[int] = []
        index = 0
        for token in doc:
            while index + 1 < len(sentences) and token.idx >= sentences[index + 1].start:
                index += 1
            inside = sentences[index].start <= token.idx < sentences[index].end
            self.of_token.append(index if inside else -1)

    def of(self, start: int, end: int) -> int | None:
        first, last = self.of_token[start], self.of_token[end - 1]
        return first if first == last and first >= 0 else None


class _Surroundings:
    """Which tokens of a text are denied, compared with, or about how the study was done."""

    def __init__(self, doc: Doc, lower: str, place: _SentencePlaces) -> None:
        self._doc = doc
        self._place = place
        signs = _signs()
        spared = {i for a, b in _ranges(signs["spared"], doc, lower) for i in range(a, b)}
        self._denied: set[int] = set()
        for a, b in _ranges(signs["before"], doc, lower):
            if a not in spared:
                self._denied.update(self._reach(b, 1, _BEFORE_REACH))
        for a, _ in _ranges(signs["after"], doc, lower):
            self._denied.update(self._reach(a - 1, -1, _AFTER_REACH))
        self._aside: set[int] = set()
        for _, b in _ranges(signs["compared"], doc, lower):
            self._aside.update(self._reach(b, 1, _BEFORE_REACH))
        for a, b in _ranges(signs["study"], doc, lower):
            self._aside.update(range(a, b))

    def of(self, start: int, end: int) -> Context:
        if start in self._denied:
            return Context.NEGATED
        if start in self._aside:
            return Context.ASIDE
        return Context.PLAIN

    def _reach(self, token: int, step: int, words: int) -> Iterator[int]:
        """Tokens from one in a direction, to the end of clause or sentence, or a count of words."""
        of_token = self._place.of_token
        if not 0 <= token < len(of_token):
            return
        sentence = of_token[token]
        while 0 <= token < len(of_token) and words and of_token[token] == sentence:
            if self._doc[token].lower_ in _CLAUSE_ENDS:
                return
            words -= not self._doc[token].is_punct
            yield token
            token += step


@lru_cache(maxsize=1)
def _signs() -> Mapping[str, list[_Phrase]]:
    nlp = _tokenizer()
    written = {
        "before": _NEGATED_BEFORE,
        "after": _NEGATED_AFTER,
        "spared": _NOT_NEGATIONS,
        "compared": _COMPARED_BEFORE,
        "study": _STUDY_MENTIONS,
    }
    return {name: [_Phrase(w, nlp) for w in phrases] for name, phrases in written.items()}


def _ranges(phrases: Iterable[_Phrase], doc: Doc, lower: str) -> Iterator[tuple[int, int]]:
    for phrase in phrases:
        yield from phrase.find(doc, lower)


def _without_inner(hits: Iterable[Hit]) -> list[Hit]:
    kept: list[Hit] = []
    reach = {Side.FOR: -1, Side.AGAINST: -1}
    for hit in sorted(hits, key=lambda h: (h.start, -h.end)):
        if hit.end > reach[hit.side]:
            kept.append(hit)
            reach[hit.side] = hit.end
    return kept
