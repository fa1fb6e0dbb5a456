"""Which themes a sentence speaks of: three views of it, blended, calibrated and cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GroupKFold, KFold
from sklearn.pipeline import FeatureUnion

from extraction.heads import (
    Calibration,
    Floats,
    LinearHeads,
    Truth,
    any_theme,
    fit_calibration,
    fit_heads,
)
from extraction.labelled import TrainingRows
from review.language import Vectors

# Weights of the standardised views. Neighbouring values change grouped cross-validation by less
# than its noise; a gate of 1.0 costs .05 of average precision, so it weighs little here and is
# reported on its own as relevance.
_VECTOR_WEIGHT, _WORD_WEIGHT, _LIKENESS_WEIGHT, _GATE_WEIGHT = 1.2, 0.7, 0.4, 0.3
_GATE_WORD_WEIGHT = 0.7
_VECTOR_PENALTY, _WORD_PENALTY = 3.0, 10.0
# A passage of a study teaches what passages are like, a constructed sentence only what a theme is:
# counting it twice gains .008 of macro F1.
_STUDY_WEIGHT = 2.0
_ALIKE = 3
_FOLDS = 5
# Below this many studies a fold would test on one or two of them.
_FEWEST_STUDIES = 10
# With one theme and nothing labelled there is nothing to compare with, and likeness alone decides:
# a mean cosine of .45, where the shipped review's true and false pairs cross, is a coin's throw.
_LIKENESS_CENTRE, _LIKENESS_SPREAD = 0.45, 0.1
_UNCALIBRATED = Calibration(slope=2.5, intercept=0.0)


@dataclass(frozen=True, kw_only=True)
class Views:
    """What each part of the scorer says of some sentences, before blending.

    ``vectors``, ``words`` and ``likeness`` have shape (sentences, themes), ``gate_vectors`` and
    ``gate_words`` (sentences,). All are log odds but likeness, a mean cosine in [-1, 1].
    """

    vectors: Floats
    words: Floats
    likeness: Floats
    gate_vectors: Floats
    gate_words: Floats

    @classmethod
    def empty(cls, sentences: int, themes: int) -> Self:
        """Views to be filled fold by fold."""
        wide, flat = (sentences, themes), (sentences,)
        return cls(
            vectors=np.zeros(wide),
            words=np.zeros(wide),
            likeness=np.zeros(wide),
            gate_vectors=np.zeros(flat),
            gate_words=np.zeros(flat),
        )

    def part(self, rows: NDArray[np.intp]) -> Views:
        """What was seen of some sentences."""
        return Views(**{name: values[rows] for name, values in vars(self).items()})

    def put(self, rows: NDArray[np.intp], part: Views) -> None:
        """Write what was seen of ``rows`` at their places."""
        for name, values in vars(part).items():
            getattr(self, name)[rows] = values


@dataclass(frozen=True, kw_only=True)
class ThemeScorer:
    """The fitted parts: how to see sentences, not yet how to judge what is seen.

    ``likely`` has shape (rows, dimensions): vectors of constructed sentences and codebook phrases,
    at half precision to keep the file small; ``likely_themes`` (rows, themes) says whose they are.
    """

    words: FeatureUnion
    vector_heads: LinearHeads
    word_heads: LinearHeads
    gate_vector_heads: LinearHeads
    gate_word_heads: LinearHeads
    likely: NDArray[np.float16]
    likely_themes: NDArray[np.bool_]

    def views(self, texts: Sequence[str], vectors: Vectors) -> Views:
        """What the parts say of sentences and their unit vectors."""
        words = self.words.transform(texts)
        return Views(
            vectors=self.vector_heads.scores(vectors),
            words=self.word_heads.scores(words),
            likeness=_likeness(vectors, self.likely, self.likely_themes),
            gate_vectors=self.gate_vector_heads.scores(vectors)[:, 0],
            gate_words=self.gate_word_heads.scores(words)[:, 0],
        )


def fit_scorer(rows: TrainingRows, *, seed: int = 0) -> ThemeScorer:
    """Fit the parts on all rows; the gate on the judged ones alone.

    Every phrase of a codebook speaks of a theme, so phrases would teach the gate that whatever
    reads like a codebook is relevant.
    """
    word_space = _word_space()
    words: Any = word_space.fit_transform(rows.texts)
    weights = np.where(rows.tested, _STUDY_WEIGHT, 1.0)
    judged = np.flatnonzero(rows.judged)
    relevant = any_theme(rows.themes[judged])[:, None]
    likely = any_theme(rows.themes) & ~rows.tested
    if not rows.themes[likely].any(axis=0).all():
        likely = any_theme(rows.themes)

    def heads(features: Any, truth: Truth, penalty: float, of: Any = slice(None)) -> LinearHeads:  # noqa: ANN401
        return fit_heads(features[of], truth, weights=weights[of], penalty=penalty, seed=seed)

    return ThemeScorer(
        words=word_space,
        vector_heads=heads(rows.vectors, rows.themes, _VECTOR_PENALTY),
        word_heads=heads(words, rows.themes, _WORD_PENALTY),
        gate_vector_heads=heads(rows.vectors, relevant, _VECTOR_PENALTY, judged),
        gate_word_heads=heads(words, relevant, _WORD_PENALTY, judged),
        likely=rows.vectors[likely].astype(np.float16),
        likely_themes=rows.themes[likely],
    )


@dataclass(frozen=True, kw_only=True)
class ThemeJudge:
    """How to judge what the scorer sees: scales, calibration, thresholds.

    ``centres`` and ``spreads`` standardise the five views in their order. ``thresholds`` has one
    probability per theme: at or above it the theme is suggested. ``gate_calibration`` is None
    where nothing taught the gate, and relevance is then that of the likeliest theme.
    """

    centres: tuple[float, ...]
    spreads: tuple[float, ...]
    calibration: Calibration
    gate_calibration: Calibration | None
    thresholds: NDArray[np.float64]

    def blend(self, views: Views) -> Floats:
        """One score per sentence and theme, comparable across themes; no unit."""
        vectors, words, likeness, *_ = self._standardised(views)
        themes = _VECTOR_WEIGHT * vectors + _WORD_WEIGHT * words + _LIKENESS_WEIGHT * likeness
        return np.asarray(themes + _GATE_WEIGHT * self.gate(views)[:, None], dtype=np.float64)

    def gate(self, views: Views) -> Floats:
        """One score per sentence: does it speak of any influence? No unit."""
        *_, vectors, words = self._standardised(views)
        return np.asarray(vectors + _GATE_WORD_WEIGHT * words, dtype=np.float64)

    def probabilities(self, views: Views) -> Floats:
        """Calibrated probability that a person would give the theme, shape (sentences, themes)."""
        return self.calibration.probability(self.blend(views))

    def relevance(self, views: Views) -> Floats:
        """Calibrated probability that the sentence reports any influence, shape (sentences,)."""
        if self.gate_calibration is None:
            return np.asarray(self.probabilities(views).max(axis=1), dtype=np.float64)
        return self.gate_calibration.probability(self.gate(views))

    def _standardised(self, views: Views) -> list[Floats]:
        return [
            (values - centre) / spread
            for values, centre, spread in zip(
                vars(views).values(), self.centres, self.spreads, strict=True
            )
        ]


def fit_judge(views: Views, themes: Truth, judged: Truth) -> ThemeJudge:
    """Fit scales, calibration and thresholds on out-of-fold views and their truth.

    ``judged`` (sentences,) marks those that say something of relevance: the gate is calibrated on
    them alone.
    """
    known = themes.any() and not themes.all()
    scales = [_scale(values) for values in vars(views).values()]
    if not known:
        scales[2] = (_LIKENESS_CENTRE, _LIKENESS_SPREAD)
    judge = ThemeJudge(
        centres=tuple(centre for centre, _ in scales),
        spreads=tuple(spread for _, spread in scales),
        calibration=_UNCALIBRATED,
        gate_calibration=None,
        thresholds=np.full(themes.shape[1], 0.5),
    )
    blended = judge.blend(views)
    calibration = fit_calibration(blended, themes) or _UNCALIBRATED
    return ThemeJudge(
        centres=judge.centres,
        spreads=judge.spreads,
        calibration=calibration,
        gate_calibration=fit_calibration(judge.gate(views)[judged], any_theme(themes[judged]))
        if judged.any()
        else None,
        thresholds=calibration.probability(_thresholds(blended, themes))
        if known
        else judge.thresholds,
    )


def plan_folds(rows: TrainingRows, *, seed: int = 0) -> list[NDArray[np.intp]]:
    """The rows to be tested together, fold by fold.

    With enough studies only their passages are tested, and a study is never split. With fewer,
    every row is tested once, which flatters: sentences of a codebook resemble each other.
    """
    tested = np.flatnonzero(rows.tested)
    groups = [rows.groups[row] for row in tested]
    if len(set(groups)) >= _FEWEST_STUDIES:
        grouped = GroupKFold(_FOLDS, shuffle=True, random_state=seed)
        return [tested[test] for _, test in grouped.split(tested, groups=groups)]
    everything = np.arange(len(rows.texts))
    if len(everything) < 2:
        return [everything]
    folds = min(_FOLDS, len(everything))
    return [test for _, test in KFold(folds, shuffle=True, random_state=seed).split(everything)]


def see_out_of_fold(
    rows: TrainingRows, folds: Sequence[NDArray[np.intp]], *, seed: int = 0
) -> Views:
    """Views of every row of the folds by scorers that did not learn from its fold.

    Rows of no fold keep zeros. Raises ValueError where there is nothing to learn from.
    """
    views = Views.empty(len(rows.texts), rows.themes.shape[1])
    for test in folds:
        learnt = np.ones(len(rows.texts), dtype=np.bool_)
        learnt[test] = len(test) == len(rows.texts)
        part = rows.part(test)
        scorer = fit_scorer(rows.part(learnt), seed=seed)
        views.put(test, scorer.views(part.texts, part.vectors))
    return views


def _likeness(vectors: Vectors, likely: NDArray[np.float16], themes: Truth) -> Floats:
    """Mean cosine with the three most similar sentences of each theme, (sentences, themes)."""
    cosines = vectors @ likely.astype(np.float32).T
    columns = []
    for theme in range(themes.shape[1]):
        own = cosines[:, themes[:, theme]]
        if own.shape[1] > _ALIKE:
            own = np.partition(own, -_ALIKE, axis=1)[:, -_ALIKE:]
        columns.append(own.mean(axis=1) if own.shape[1] else np.zeros(len(vectors)))
    return np.stack(columns, axis=1).astype(np.float64)


def _scale(values: Floats) -> tuple[float, float]:
    spread = float(values.std())
    # A view that says the same of everything says nothing: leave it near zero, do not divide.
    return float(values.mean()), spread if spread > 1e-9 else 1.0


def _thresholds(scores: Floats, themes: Truth) -> Floats:
    """Half-way between the cut best for all themes and the cut best for each (by F1).

    A theme with 20 to 70 labelled passages cannot carry a cut of its own: per-theme cuts lose to
    one cut for all when tested on studies they were not chosen on, half-way wins over both.
    """
    grid = np.quantile(scores, np.linspace(0.5, 0.999, 200))
    passed = scores[:, :, None] >= grid
    right = (passed & themes[:, :, None]).sum(axis=0)
    f1 = 2 * right / np.maximum(1, passed.sum(axis=0) + themes.sum(axis=0)[:, None])
    present = themes.any(axis=0)
    shared = grid[f1[present].mean(axis=0).argmax()]
    own = np.where(present, grid[f1.argmax(axis=1)], shared)
    return np.asarray((own + shared) / 2, dtype=np.float64)


def _word_space() -> FeatureUnion:
    """Weights of words and word pairs, and of strings of three to five characters."""
    return FeatureUnion(
        [
            ("words", TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, dtype=np.float32)),
            (
                "characters",
                TfidfVectorizer(
                    analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, dtype=np.float32
                ),
            ),
        ]
    )
