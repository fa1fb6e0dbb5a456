"""Phrases as a maintainer writes them, and where they stand in a text.

How a phrase is written: words as they stand in running text, case ignored; ``work*`` matches any
ending; ``...`` allows up to five words in between, within one sentence; between the words of a cue
a text may have a blank, a hyphen or a possessive ("carers' group"), and where the cue has a hyphen
too ("peer-support" and "peer support" find each other). A cue that ends in `` ?`` is a weak one: it
tells where to look and is weighed by a fitted model, but never decides a criterion by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import spacy
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.tokens import Doc

from review.sentences import encodable

_GAP = "..."
_WEAK = " ?"
# What may stand between two words of a cue: a hyphen, or the sign of a possessive.
_BETWEEN = ["-", "–", "—", "'", "'s"]
# One character for one, so that offsets hold: hyphens and quotes that typesetting puts in.
_PLAIN = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2018": "'", "\u2019": "'"})
# An abstract never has a thousand cue hits in earnest; a damaged file of 200 KB may.
_LONGEST_DOC = 1_000_000


class Phrase:
    """One written cue as a spaCy pattern, with the letters a text must contain to match it."""

    def __init__(self, written: str) -> None:
        nlp = _tokenizer()
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


def read_words(text: str) -> Doc:
    """The words of a text, one character for one, so that places in it hold."""
    return _tokenizer().make_doc(encodable(text[:_LONGEST_DOC]).translate(_PLAIN))


def find_phrases(phrases: Iterable[Phrase], doc: Doc, lower: str) -> Iterator[tuple[int, int]]:
    """Token ranges of any of the phrases; ``lower`` is the text of ``doc`` in small letters."""
    for phrase in phrases:
        yield from phrase.find(doc, lower)


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
                pattern.append({"ORTH": {"IN": _BETWEEN}, "OP": "?"})
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
