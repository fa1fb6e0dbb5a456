"""Kernel heads say what the sentences like a sentence were judged to be."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from extraction.kernel import KernelFit, make_heads, measure_likeness
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
def test_held_back_is_as_if_never_learnt() -> None:
    vectors, words = _rows(40)
    truth = np.random.default_rng(1).random((40, 3)) < 0.4
    weights = np.where(np.arange(40) % 7 == 0, 0.0, 1.0 + np.arange(40) % 2)
    likeness = measure_likeness(vectors, words)
    folds = [np.arange(0, 8), np.array([9, 14, 30])]
    held = KernelFit(likeness, truth, weights).held_back(folds)
    for fold in folds:
        without = np.where(np.isin(np.arange(40), fold), 0.0, weights)
        duals = KernelFit(likeness, truth, without).duals
        assert np.allclose(held[fold], (likeness @ duals)[fold], atol=1e-9)
    assert not held[20].any()


# Heads see new sentences as the fit saw its own, but for the half precision they are kept in.
def test_heads_score_as_the_fit_does() -> None:
    vectors, words = _rows(30)
    truth = np.random.default_rng(2).random((30, 2)) < 0.5
    likeness = measure_likeness(vectors, words)
    duals = KernelFit(likeness, truth, np.ones(30)).duals
    scores = make_heads(vectors, words, duals).scores(vectors, words)
    assert np.allclose(scores, likeness @ duals, atol=5e-3)
    assert np.allclose(np.diag(likeness), 1, atol=1e-6)


# A row of no weight teaches nothing, and what says yes to all says yes to what is like it.
def test_only_rows_with_weight_teach() -> None:
    vectors, words = _rows(20)
    truth = np.ones((20, 1), dtype=bool)
    fitted = KernelFit(measure_likeness(vectors, words), truth, np.arange(20) % 2 * 1.0)
    assert not fitted.duals[::2].any()
    assert fitted.duals[1::2].any()


# Where everything is held back there is nothing else to learn from: the fit itself answers.
def test_a_fold_of_everything_is_scored_by_the_fit() -> None:
    vectors, words = _rows(5)
    likeness = measure_likeness(vectors, words)
    fitted = KernelFit(likeness, np.eye(5, dtype=bool), np.ones(5))
    assert np.allclose(fitted.held_back([np.arange(5)]), likeness @ fitted.duals)
