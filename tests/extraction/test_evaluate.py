"""Figures are what their names say, on outcomes small enough to count by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.calibration import fit_calibration
from extraction.closer import band_scores, find_confusions, find_doubts, trace_precision
from extraction.evaluate import ThemeOutcome, evaluate_themes
from extraction.evaluate_direction import DirectionOutcome, evaluate_direction
from extraction.figures import average_figures, calibration_error
from extraction.labelled import FACILITATES, HINDERS, NEITHER


def _outcome(truth: list[list[int]], scores: list[list[float]], cut: float = 0.5) -> ThemeOutcome:
    scored = np.array(scores)
    return ThemeOutcome(
        themes=tuple("abcdef"[: scored.shape[1]]),
        truth=np.array(truth, dtype=bool),
        scores=scored,
        suggested=scored >= cut,
        relevance=scored.max(axis=1),
        groups=tuple(f"G{n // 2}" for n in range(len(truth))),
    )


# Two themes, four passages, counted by hand.
def test_theme_figures_are_counted_right() -> None:
    outcome = _outcome(
        [[1, 0], [1, 1], [0, 0], [0, 0]], [[0.9, 0.1], [0.4, 0.8], [0.6, 0.2], [0.1, 0.3]]
    )
    figures = evaluate_themes(outcome, draws=0)
    first, second = figures.themes
    assert (first.passages, first.suggested, first.precision, first.recall) == (2, 2, 0.5, 0.5)
    assert (second.precision, second.recall, second.f1) == (1, 1, 1)
    assert figures.macro_f1 == pytest.approx((0.5 + 1) / 2)
    assert figures.micro_f1 == pytest.approx(2 * 2 / (3 + 3))
    assert figures.macro_average_precision == pytest.approx((0.5 * 1 + 0.5 * 2 / 3 + 1) / 2)
    assert figures.recall_at_3 == 1
    assert figures.gate_auc == 1
    assert figures.worst_f1 == 0.5
    # The second passage is the less relevant of the two with a theme: three score as high or more.
    assert figures.gate_precision == 1
    assert figures.none_specificity == 0.5
    assert figures.tags_per_passage == 3 / 4
    assert figures.intervals == {}


# Of four true themes only the three best count as found.
def test_recall_at_three_counts_the_three_best() -> None:
    outcome = _outcome([[1, 1, 1, 1]], [[0.9, 0.8, 0.7, 0.6]])
    assert evaluate_themes(outcome, draws=0).recall_at_3 == 0.75


# A theme that no passage bears has no figures, and does not drag down the means.
def test_an_absent_theme_is_undefined() -> None:
    outcome = _outcome([[1, 0], [0, 0]], [[0.9, 0.6], [0.1, 0.1]])
    figures = evaluate_themes(outcome, draws=0)
    assert math.isnan(figures.themes[1].f1)
    assert figures.macro_f1 == 1


# The gate's precision is asked where 95 % of the passages with a theme are seen, not later.
def test_gate_precision_counts_what_must_be_shown() -> None:
    scores = [[0.9], [0.8], [0.7], [0.3]]
    assert evaluate_themes(_outcome([[1], [0], [1], [0]], scores), draws=0).gate_precision == 2 / 3


# Every theme has intervals of its own, and they hold its figures.
def test_each_theme_has_intervals() -> None:
    random = np.random.default_rng(2)
    truth = random.random((60, 2)) < 0.3
    scores = np.clip(truth * 0.4 + random.random((60, 2)) * 0.6, 0, 1)
    for theme in evaluate_themes(_outcome(truth.tolist(), scores.tolist()), draws=50).themes:
        low, high = theme.intervals["f1"]
        assert low <= theme.f1 <= high
        low, high = theme.intervals["average_precision"]
        assert low <= theme.average_precision <= high


# Each score stands in one band, and the band says how many of its tags people gave.
def test_bands_say_what_share_people_gave() -> None:
    outcome = _outcome([[1, 0], [0, 1]], [[0.95, 0.05], [0.15, 1.0]])
    bands = band_scores(outcome)
    assert sum(band.tags for band in bands) == 4
    assert [(band.low, band.tags, band.given) for band in bands if band.tags] == [
        (0.0, 1, 0.0),
        (0.1, 1, 0.0),
        (0.9, 2, 1.0),
    ]


# A theme suggested wrongly is set against the true themes that were not suggested there.
def test_confusions_pair_what_was_missed_with_what_was_said() -> None:
    outcome = _outcome([[1, 0, 0], [1, 0, 0], [0, 0, 1]], [[0, 1, 0], [0, 1, 0], [0, 1, 1]])
    (only,) = find_confusions(outcome)
    assert (only.true, only.suggested, only.passages) == ("a", "b", 2)


# The labels that the scores speak most against come first, those given and those not given alike.
def test_doubts_are_where_scores_and_labels_differ_most() -> None:
    outcome = _outcome([[1, 0], [0, 1]], [[0.05, 0.9], [0.2, 0.8]])
    first, second = find_doubts(outcome, most=2)
    assert (first.passage, first.theme, first.given) == (0, "a", True)
    assert (second.passage, second.theme, second.given) == (0, "b", False)


# The curve starts at the best-scored passages and ends where every true one is found.
def test_the_curve_of_a_theme_ends_at_full_recall() -> None:
    curve = trace_precision(np.array([True, False, True]), np.array([0.9, 0.5, 0.2]))
    assert curve == ((0.5, 1.0), (0.5, 0.5), (1.0, 2 / 3))
    assert trace_precision(np.array([False]), np.array([0.3])) == ()


# Nothing to evaluate on is an error, not a row of zeros.
def test_no_passages_is_an_error() -> None:
    empty = ThemeOutcome(
        themes=("a",),
        truth=np.zeros((0, 1), dtype=bool),
        scores=np.zeros((0, 1)),
        suggested=np.zeros((0, 1), dtype=bool),
        relevance=np.zeros(0),
        groups=(),
    )
    with pytest.raises(ValueError, match="no passages"):
        evaluate_themes(empty)


# Intervals come from drawing studies, hold the figure, and are the same for the same seed.
def test_intervals_surround_the_figure() -> None:
    random = np.random.default_rng(1)
    truth = random.random((60, 3)) < 0.3
    scores = np.clip(truth * 0.4 + random.random((60, 3)) * 0.6, 0, 1)
    outcome = _outcome(truth.astype(int).tolist(), scores.tolist())
    figures = evaluate_themes(outcome, draws=100)
    low, high = figures.intervals["macro_average_precision"]
    assert low < figures.macro_average_precision < high
    assert evaluate_themes(outcome, draws=100) == figures


# Abstaining and calling it both are wrong answers to a clear passage, right ones to an unclear.
def test_direction_figures_are_counted_right() -> None:
    outcome = DirectionOutcome(
        passages=np.array([0, 1, 2, 1, 3, 3]),
        truth=np.array([FACILITATES, FACILITATES, HINDERS, HINDERS, NEITHER, NEITHER]),
        named=np.array([FACILITATES, NEITHER, HINDERS, FACILITATES, NEITHER, HINDERS]),
        facilitating=np.array([0.9, 0.55, 0.2, 0.7, 0.5, 0.1]),
        groups=("a", "a", "b", "b", "c", "c"),
    )
    figures = evaluate_direction(outcome, draws=50)
    assert figures.pairs == 4
    assert figures.forced_accuracy == 0.75
    assert figures.accuracy == 0.5
    assert figures.answered == 0.75
    assert figures.answered_accuracy == pytest.approx(2 / 3)
    assert figures.unclear_found == 0.5
    assert figures.intervals["forced_accuracy"][1] == 1
    # The second passage helps by one theme and hinders by another; the last says neither.
    assert (figures.opposed, figures.opposed_accuracy) == (2, 0.5)


# A perfectly sure and right machine has no calibration error, a sure and wrong one the largest.
def test_calibration_error_has_its_ends_right() -> None:
    truth = np.array([True, False])
    assert calibration_error(truth, np.array([1.0, 0.0])) == 0
    assert calibration_error(truth, np.array([0.0, 1.0])) == 1
    assert calibration_error(np.array([True, False]), np.array([0.55, 0.55])) == pytest.approx(0.05)
    assert math.isnan(calibration_error(np.zeros(0, dtype=bool), np.zeros(0)))


# The mean over draws of folds is taken figure by figure, also within themes and intervals.
def test_figures_are_averaged_one_by_one() -> None:
    good = evaluate_themes(_outcome([[1], [0]], [[0.9], [0.1]]), draws=0)
    bad = evaluate_themes(_outcome([[1], [0]], [[0.1], [0.1]]), draws=0)
    mean = average_figures([good, bad])
    assert mean.macro_f1 == 0.5
    assert mean.themes[0].recall == 0.5
    assert mean.passages == 2
    with pytest.raises(ValueError, match="no figures"):
        average_figures([])


# Calibrated probabilities are probabilities, and keep the order of the scores.
@given(st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=30))
def test_calibration_keeps_order(scores: list[float]) -> None:
    values = np.array(scores)
    truth = np.arange(len(values)) % 3 == 0
    calibration = fit_calibration(values / 1e6, truth)
    if calibration is not None:
        probabilities = calibration.probability(np.sort(values))
        assert ((probabilities >= 0) & (probabilities <= 1)).all()
        assert (np.diff(probabilities) >= 0).all()


# Where there is nothing to tell apart a calibration is not made up.
def test_one_sided_truth_is_not_calibrated() -> None:
    assert fit_calibration(np.arange(4.0), np.ones(4, dtype=bool)) is None
    assert fit_calibration(np.arange(4.0), np.array([True, True, False, False])) is None
