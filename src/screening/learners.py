"""Ways to order open records that ``simulate`` compares, each made ready for one set of records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import numpy as np

from screening.ranking import Portraits, Question, Ranker, Ranking, find_direction
from screening.simulate import Learner
from screening.terms import fit_terms


class LearnerName(StrEnum):
    """What a learner is called on the command line.

    ``ours`` is the ranker of this project, ``words`` and ``vectors`` are it without the other
    half, ``u4`` is ASReview's ELAS u4, and ``random`` learns nothing.
    """

    OURS = "ours"
    WORDS = "words"
    VECTORS = "vectors"
    U4 = "u4"
    RANDOM = "random"


class WordClassifier:
    """ELAS u4 of ASReview 2: one classifier on words and pairs of words, and no question.

    Until both a relevant and an irrelevant record are known the order is drawn at random.
    """

    def __init__(self, texts: Sequence[str], seed: int) -> None:
        _, self._rows = fit_terms(texts)
        self._drawn = draw_order(len(texts), seed)

    def rank(self, labels: Mapping[int, bool]) -> Ranking:
        """The records without a label, best first."""
        if len(set(labels.values())) < 2:
            return _in_order(self._drawn, labels)
        known = sorted(labels)
        relevant = np.array([labels[place] for place in known])
        scores = self._rows @ find_direction(self._rows[known], relevant)
        return _in_order(np.argsort(-scores, kind="stable"), labels)


class Shuffled:
    """An order drawn once, whatever is learnt."""

    def __init__(self, records: int, seed: int) -> None:
        self._drawn = draw_order(records, seed)

    def rank(self, labels: Mapping[int, bool]) -> Ranking:
        """The records without a label in the order drawn."""
        return _in_order(self._drawn, labels)


def make_learner(
    name: LearnerName, texts: Sequence[str], portraits: Portraits, question: Question, seed: int
) -> Learner:
    """The learner of that name for these records; only some of them draw anything at random."""
    match name:
        case LearnerName.OURS:
            return Ranker(texts, portraits, question)
        case LearnerName.WORDS:
            return Ranker(texts, no_portraits(len(texts)), question)
        case LearnerName.VECTORS:
            return Ranker([""] * len(texts), portraits, question)
        case LearnerName.U4:
            return WordClassifier(texts, seed)
        case LearnerName.RANDOM:
            return Shuffled(len(texts), seed)


def no_portraits(records: int) -> Portraits:
    """Portraits of nothing, for a ranker that is to go by words alone."""
    nothing = np.zeros((records, 0), dtype=np.float32)
    return Portraits(vectors=nothing, nearness=np.zeros(records, dtype=np.float32))


def draw_order(records: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The places of so many records, shuffled."""
    return np.random.default_rng(seed).permutation(records)


def _in_order(
    places: np.ndarray[tuple[int], np.dtype[np.int64]], labels: Mapping[int, bool]
) -> Ranking:
    left = places[~np.isin(places, list(labels))]
    # Scores that fall evenly: the order is all that is meant.
    return Ranking(places=left, scores=1 - (np.arange(len(left)) + 0.5) / max(1, len(left)))
