"""The words that decide: which sentence shows the answer to a criterion best, and its quote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from review.decisions import Answer, Quote, quote_from
from screening.classifier import CriterionModel, contributions
from screening.criteria import Hit, Side
from screening.features import Embedded, Reading
from screening.looks import rank_sentences
from screening.surroundings import Context

# A quote is read in a table: a "sentence" longer than this is cut around the words that decide.
_LONGEST_QUOTE = 500
# Log odds below which a sentence without any cue is not said to speak to a criterion.
_SPEAKS = 0.0
# What is met is met by something: so many sentences are named even if none is likely by itself.
_SHOWN = 3
# Log odds by which the second best sentence may fall short of the best and still be quoted with
# it, and the characters that the two may have.
_AS_GOOD = 3.0
_LONGEST_PAIR = 400


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
    Where the best sentence and the next best adjoin and are nearly as good, the first quote holds
    both.
    """
    if answer is not Answer.NOT_MET:
        scored = _supporting(reading, criterion, answer, judge, embedded)
        ranked = judge is not None and judge.looks is not None and embedded is not None
        order = _best_first(scored)
        first = _adjoining(reading, order, scored) if ranked else order[:1]
        quotes = [_quote(reading, first, criterion, Side.FOR)] if first else []
        rest = [n for n in order if n not in first]
        return quotes + [_quote(reading, [n], criterion, Side.FOR) for n in rest]
    if kind == "inclusion":
        order = _best_first(_opposing(reading, criterion, judge, embedded))
        return [_quote(reading, [n], criterion, Side.AGAINST) for n in order]
    order = _best_first(_denying(reading, criterion))
    return [_quote(reading, [n], criterion, Side.FOR) for n in order]


def _adjoining(reading: Reading, order: Sequence[int], scored: Mapping[int, float]) -> list[int]:
    """The best sentence, with the next best if it adjoins, is nearly as good, and both are short.

    The title is never joined to the abstract.
    """
    if len(order) < 2:
        return list(order)
    best, second = order[:2]
    first, last = sorted((best, second))
    length = reading.sentences[last].end - reading.sentences[first].start
    together = (
        last - first == 1
        and first >= reading.in_title
        and scored[best] - scored[second] < _AS_GOOD
        and length <= _LONGEST_PAIR
    )
    return [first, last] if together else [best]


def _supporting(
    reading: Reading,
    criterion: str,
    answer: Answer,
    judge: CriterionModel | None,
    embedded: Embedded | None,
) -> dict[int, float]:
    support = _weights(reading, criterion, Side.FOR)
    if judge is None or judge.looks is None or embedded is None or not embedded.numbers:
        return support
    ranked = rank_sentences(judge.looks, reading, embedded, criterion, judge.question)
    odds = dict(zip(embedded.numbers, map(float, ranked), strict=True))
    shown = {*_best_first(odds)[: _SHOWN if answer is Answer.MET else 0], *support}
    return {n: said for n, said in odds.items() if n in shown or said >= _SPEAKS}


def _opposing(
    reading: Reading,
    criterion: str,
    judge: CriterionModel | None,
    embedded: Embedded | None,
) -> dict[int, float]:
    against = _weights(reading, criterion, Side.AGAINST)
    if judge is None or embedded is None or not embedded.numbers:
        return against
    pull = contributions(judge.broken, embedded.sentences.astype(np.float64))
    spread = float(np.std(pull)) or 1.0
    return {
        number: float(p) / spread + against.get(number, 0.0)
        for number, p in zip(embedded.numbers, pull, strict=True)
    }


def _denying(reading: Reading, criterion: str) -> dict[int, float]:
    return {
        hit.sentence: 1.0
        for hit in reading.hits[criterion]
        if hit.side is Side.FOR and hit.context is not Context.PLAIN
    }


def _weights(reading: Reading, criterion: str, side: Side) -> dict[int, float]:
    """Per sentence the words of its plain cues: longer ones say more.

    The title counts half: who screens has read it, and of 410 labelled quotes none was in the
    title alone.
    """
    weights: dict[int, float] = {}
    for hit in _plain(reading.hits[criterion], side):
        title = 0.5 if hit.sentence < reading.in_title else 1.0
        said = (0.5 if hit.weak else 1.0) * len(hit.cue.split()) * title
        weights[hit.sentence] = weights.get(hit.sentence, 0.0) + said
    return weights


def _plain(hits: Sequence[Hit], side: Side) -> list[Hit]:
    return [h for h in hits if h.side is side and h.context is Context.PLAIN]


def _best_first(scored: Mapping[int, float]) -> list[int]:
    return sorted(scored, key=lambda number: (-scored[number], number))


def _quote(reading: Reading, numbers: Sequence[int], criterion: str, side: Side) -> Quote:
    start, end = reading.sentences[numbers[0]].start, reading.sentences[numbers[-1]].end
    if end - start > _LONGEST_QUOTE:
        hits = [h for h in reading.hits[criterion] if h.sentence in numbers and h.side is side]
        middle = hits[0].start if hits else start
        start = max(start, min(middle - _LONGEST_QUOTE // 2, end - _LONGEST_QUOTE))
        end = min(end, start + _LONGEST_QUOTE)
    return quote_from(reading.text, start, end)
