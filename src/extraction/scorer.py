"""What the judged sentences say of others: scores of themes, of bearing any, and of direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extraction.calibration import Floats, any_theme
from extraction.direction import DirectionFit
from extraction.kernel import KernelFit, KernelHeads, make_heads, measure_likeness
from extraction.labelled import TrainingRows
from extraction.words import WordSpace, learn_words
from review.language import Vectors

# A passage of a study teaches what passages are like, a constructed sentence only what a theme is.
_STUDY_WEIGHT = 2.0
# How far a row of weight 1 may lie from its label. What bears no theme is of many kinds, and its
# border is smoother than that of one theme.
_THEME_NOISE, _GATE_NOISE = 0.4, 1.0
# What bears some theme for sure bears one, so the likeliest theme adds to the gate; what is surely
# of a kind that bears none, such as methods or another field, takes from it.
_THEME_IN_GATE, _KIND_IN_GATE = 0.4, 0.6


@dataclass(frozen=True, kw_only=True)
class Views:
    """Scores of some sentences: of each theme, of bearing any (the gate), of each direction.

    ``themes`` has shape (sentences, themes), ``gate`` (sentences,); both about 0 for no, 1 for yes.
    ``directions`` (sentences, themes) is about 1 for facilitator and -1 for barrier.
    """

    themes: Floats
    gate: Floats
    directions: Floats

    def part(self, rows: NDArray[np.intp]) -> Views:
        """What was seen of some sentences."""
        return Views(
            themes=self.themes[rows], gate=self.gate[rows], directions=self.directions[rows]
        )


@dataclass(frozen=True, kw_only=True)
class Scorer:
    """How sentences are scored: the words that count, and the heads of all that is scored.

    The columns of the ``heads`` are those of the ``themes``, so many of them, then as many for
    their directions, one for any theme at all, and one for each kind of passage without a theme.
    """

    words: WordSpace
    heads: KernelHeads
    themes: int

    def views(self, texts: Sequence[str], vectors: Vectors) -> Views:
        """Scores of sentences and their unit vectors."""
        scores = self.heads.scores(vectors, self.words.spell(texts))
        themes, directions, gate, kinds = np.split(
            scores, [self.themes, 2 * self.themes, 2 * self.themes + 1], axis=1
        )
        relevance = gate[:, 0] + _THEME_IN_GATE * themes.max(axis=1)
        relevance -= _KIND_IN_GATE * kinds.max(axis=1, initial=0)
        return Views(themes=themes, gate=relevance, directions=directions)


class ScorerFit:
    """What all rows teach, the gate by the judged ones alone; some can be taken out again.

    Every phrase of a codebook speaks of a theme, so phrases would teach the gate that whatever
    reads like a codebook is relevant.
    """

    def __init__(self, rows: TrainingRows) -> None:
        self._rows = rows
        self._words, self._spelt = learn_words(rows.texts)
        likeness = measure_likeness(rows.vectors, self._spelt)
        weights = np.where(rows.tested, _STUDY_WEIGHT, 1.0)
        self._themes = KernelFit(likeness, rows.themes, weights / _THEME_NOISE)
        judged = np.where(rows.judged, weights / _GATE_NOISE, 0.0)
        kinds = sorted(set(rows.negative_types) - {""})
        of_kind = [[kind == own for kind in kinds] for own in rows.negative_types]
        gate = np.column_stack([any_theme(rows.themes), np.array(of_kind, dtype=np.bool_)])
        self._gate = KernelFit(likeness, gate, judged)
        self._directions = DirectionFit(likeness, rows.directions, weights)

    def scorer(self, without: Sequence[int] | NDArray[np.intp] = ()) -> Scorer:
        """The scorer that learnt from all rows but those left out.

        Which words are rare was counted with their texts in, their labels not.
        """
        parts = (self._themes, self._directions, self._gate)
        duals = np.hstack([part.duals(without) for part in parts])
        return Scorer(
            words=self._words,
            heads=make_heads(self._rows.vectors, self._spelt, duals),
            themes=self._rows.themes.shape[1],
        )
