"""The cues of a protocol, compiled and found in text: which words speak for or against what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from review.protocol import Criterion, Protocol
from review.sentences import Sentence
from screening.phrases import Phrase, read_words
from screening.surroundings import Context, SentencePlaces, Surroundings


class Side(StrEnum):
    """Whether a cue speaks for its criterion or against it."""

    FOR = "for"
    AGAINST = "against"


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


class CueBook:
    """All cues of a protocol, ready to be looked for; made once and used for many texts."""

    def __init__(self, protocol: Protocol) -> None:
        self.criteria: tuple[str, ...] = tuple(c.key for c in _text_criteria(protocol))
        self._cues = [
            (criterion.key, side, Phrase(written))
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
        doc = read_words(text)
        lower = doc.text.lower()
        place = SentencePlaces(doc, sentences)
        surroundings = Surroundings(doc, lower, place)
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

    ``sentences`` are those of ``review.sentences.split_sentences(text)``: a hit never crosses one.
    Of two hits of one side where one lies within the other, the longer stays. Offsets count code
    points of ``text``. A text without sentences has no hits.
    """
    book = cues if isinstance(cues, CueBook) else compile_cues(cues)
    return book.find(text, sentences)


def _text_criteria(protocol: Protocol) -> list[Criterion]:
    return [c for c in protocol.criteria if c.judged_by == "text"]


def _without_inner(hits: Iterable[Hit]) -> list[Hit]:
    kept: list[Hit] = []
    reach = {Side.FOR: -1, Side.AGAINST: -1}
    for hit in sorted(hits, key=lambda h: (h.start, -h.end)):
        if hit.end > reach[hit.side]:
            kept.append(hit)
            reach[hit.side] = hit.end
    return kept
