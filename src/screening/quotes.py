"""The words that decide: which sentence shows the answer to a criterion best, and its quote."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from review.decisions import Answer, Quote, quote_from
from screening.classifier import CriterionModel, contributions
from screening.criteria import Context, Hit, Side
from screening.features import Embedded, Reading, sentence_features

# A quote is read in a table: a "sentence" longer than this is cut around the words that decide.
_LONGEST_QUOTE = 500
# Below this a sentence without any cue is not said to speak to a criterion.
_SPEAKS = 0.5


def quote_sentences(
    reading: Reading,
    criterion: str,
    kind: str,
    answer: Answer,
    judge: CriterionModel | None = None,
    embedded: Embedded | None = None,
) -> list[Quote]:
    """The sentences that show an answer, best first; none where nothing in the text speaks to it.

    For ``met`` and ``unclear`` the sentences that speak for the criterion; for ``not_met`` of an
    inclusion criterion those that speak against it, of an exclusion criterion those in which it
    is denied or mentioned in passing. With a fitted model and the vectors of the report, a text
    in which no cue stands still has sentences that decided: those that moved the score most.
    """
    if answer is not Answer.NOT_MET:
        order = _supporting(reading, criterion, judge, embedded)
        return [_quote(reading, n, criterion, Side.FOR) for n in order]
    if kind == "inclusion":
        order = _opposing(reading, criterion, judge, embedded)
        return [_quote(reading, n, criterion, Side.AGAINST) for n in order]
    return [_quote(reading, n, criterion, Side.FOR) for n in _denying(reading, criterion)]


def _supporting(
    reading: Reading,
    criterion: str,
    judge: CriterionModel | None,
    embedded: Embedded | None,
) -> list[int]:
    support = _weights(reading, criterion, Side.FOR)
    if judge is None or judge.looks is None or embedded is None or not embedded.numbers:
        return _best_first(support)
    features = sentence_features(reading, embedded, criterion)
    shown = judge.looks.predict_proba(features)[:, 1]
    scored = {
        number: float(p)
        for number, p in zip(embedded.numbers, shown, strict=True)
        if number in support or p >= _SPEAKS
    }
    return _best_first(scored)


def _opposing(
    reading: Reading,
    criterion: str,
    judge: CriterionModel | None,
    embedded: Embedded | None,
) -> list[int]:
    against = _weights(reading, criterion, Side.AGAINST)
    if judge is None or embedded is None or not embedded.numbers:
        return _best_first(against)
    pull = contributions(judge.broken, embedded.sentences.astype(np.float64))
    spread = float(np.std(pull)) or 1.0
    scored = {
        number: float(p) / spread + against.get(number, 0.0)
        for number, p in zip(embedded.numbers, pull, strict=True)
    }
    return _best_first(scored)


def _denying(reading: Reading, criterion: str) -> list[int]:
    denied = {
        hit.sentence: 1.0
        for hit in reading.hits[criterion]
        if hit.side is Side.FOR and hit.context is not Context.PLAIN
    }
    return _best_first(denied)


def _weights(reading: Reading, criterion: str, side: Side) -> dict[int, float]:
    """Per sentence the words of its plain cues: longer ones say more, the title half more."""
    weights: dict[int, float] = {}
    for hit in _plain(reading.hits[criterion], side):
        title = 1.5 if hit.sentence < reading.in_title else 1.0
        said = (0.5 if hit.weak else 1.0) * len(hit.cue.split()) * title
        weights[hit.sentence] = weights.get(hit.sentence, 0.0) + said
    return weights


def _plain(hits: Sequence[Hit], side: Side) -> list[Hit]:
    return [h for h in hits if h.side is side and h.context is Context.PLAIN]


def _best_first(scored: dict[int, float]) -> list[int]:
    return sorted(scored, key=lambda number: (-scored[number], number))


def _quote(reading: Reading, number: int, criterion: str, side: Side) -> Quote:
    sentence = reading.sentences[number]
    start, end = sentence.start, sentence.end
    if end - start > _LONGEST_QUOTE:
        hits = [h for h in reading.hits[criterion] if h.sentence == number and h.side is side]
        middle = hits[0].start if hits else start
        start = max(start, min(middle - _LONGEST_QUOTE // 2, end - _LONGEST_QUOTE))
        end = min(end, start + _LONGEST_QUOTE)
    return quote_from(reading.text, start, end)
