"""Kernel heads say what the sentences like a sentence were judged to be."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import sparse

from extraction.direction import DirectionFit
from extraction.kernel import KernelFit, Rounded, make_heads, measure_likeness
from review.language import Vectors


def _rows(number: int, seed: int = 0) -> tuple[Vectors, sparse.csr_matrix]:
    """Made-up unit vectors and sparse words of unit length."""
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(number, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    words = np.abs(random.normal(size=(number, 9))) * (random.random((number, 9)) < 0.5) + 0.01
    words /= np.linalg.norm(words, axis=1, keepdims=True)
    return vectors, sparse.csr_matrix(words.astype(np.float32))


# Taking a fold out of the solved system gives what a fit without it gives.
def test_left_out_is_as_if_never_learnt() -> None:
    vectors, words = _rows(40)
    truth = np.random.default_rng(1).random((40, 3)) < 0.4
    weights = np.where(np.arange(40) % 7 == 0, 0.0, 1.0 + np.arange(40) % 2)
    likeness = measure_likeness(vectors, words)
    fitted = KernelFit(likeness, truth, weights)
    for fold in (np.arange(0, 8), np.array([9, 14, 30])):
        without = np.where(np.isin(np.arange(40), fold), 0.0, weights)
        assert np.allclose(
            fitted.duals(fold), KernelFit(likeness, truth, without).duals(), atol=1e-4
        )


# Heads see new sentences as the fit saw its own, but for the eight bits they are kept in.
def test_heads_score_as_the_fit_does() -> None:
    vectors, words = _rows(30)
    truth = np.random.default_rng(2).random((30, 2)) < 0.5
    likeness = measure_likeness(vectors, words)
    duals = KernelFit(likeness, truth, np.ones(30)).duals()
    scores = make_heads(vectors, words, duals).scores(vectors, words)
    assert np.allclose(scores, likeness @ duals, atol=2e-2)
    assert np.allclose(np.diag(likeness), 1, atol=1e-6)


# Eight bits keep each row to a part in 250 of its largest number, and a row of zeros whole.
@given(
    arrays(
        np.float32,
        st.tuples(st.integers(0, 5), st.integers(1, 8)),
        elements=st.floats(-1e6, 1e6, width=32, allow_subnormal=False),
    )
)
def test_rounded_rows_are_near(exact: NDArray[np.float32]) -> None:
    restored = Rounded.of(exact).restored()
    assert restored.shape == exact.shape
    assert (np.abs(restored - exact) <= np.abs(exact).max(axis=1, keepdims=True) / 250).all()


# A row of no weight teaches nothing, and what says yes to all says yes to what is like it.
def test_only_rows_with_weight_teach() -> None:
    vectors, words = _rows(20)
    truth = np.ones((20, 1), dtype=bool)
    fitted = KernelFit(measure_likeness(vectors, words), truth, np.arange(20) % 2 * 1.0)
    assert not fitted.duals()[::2].any()
    assert fitted.duals()[1::2].any()


# Where everything is left out there is nothing else to learn from: the fit itself answers.
def test_everything_left_out_leaves_all_in() -> None:
    vectors, words = _rows(5)
    fitted = KernelFit(measure_likeness(vectors, words), np.eye(5, dtype=bool), np.ones(5))
    assert np.array_equal(fitted.duals(np.arange(5)), fitted.duals())


# A passage teaches a direction of its own theme most, and of others too.
def test_directions_carry_over_to_other_themes() -> None:
    vectors, words = _rows(4)
    directions = np.array([[1, 0], [0, -1], [0, 2], [0, 0]], dtype=np.int8)
    duals = DirectionFit(measure_likeness(vectors, words), directions, np.ones(4)).duals()
    assert duals[0, 0] > duals[0, 1] > 0
    assert duals[1, 1] < duals[1, 0] < 0
    assert not duals[2:].any()
    alone = DirectionFit(measure_likeness(vectors, words), np.abs(directions), np.ones(4))
    assert not alone.duals().any()
