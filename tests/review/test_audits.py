"""The bound on eligible reports among machine exclusions holds, and none is claimed too soon."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.audits import Audit, audit_place, bound_eligible, count_audit
from review.decisions import Verdict


@pytest.mark.parametrize(
    ("answered", "share"), [(60, 0.049), (150, 0.020), (300, 0.010), (600, 0.005)]
)
def test_a_clean_sample_bounds_the_share_of_a_large_population(answered, share):
    # The limits of Clopper and Pearson: 1 - 0.05 ** (1 / n).
    assert bound_eligible(10**6, answered, 0) / 10**6 == pytest.approx(share, abs=0.0005)


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n))), st.data())
def test_the_truth_is_above_the_bound_at_most_once_in_twenty(sizes, data):
    """Exactly, by adding up the probabilities of all samples whose bound would be too low."""
    from scipy.stats import hypergeom

    population, sample = sizes
    eligible = data.draw(st.integers(0, population))
    wrong = sum(
        hypergeom.pmf(found, population, eligible, sample)
        for found in range(max(0, sample - population + eligible), min(sample, eligible) + 1)
        if bound_eligible(population, sample, found) < eligible
    )
    assert wrong <= 0.05 + 1e-9


@given(st.integers(1, 200), st.data())
def test_looking_at_all_leaves_no_doubt(population, data):
    eligible = data.draw(st.integers(0, population))
    assert bound_eligible(population, population, eligible) == eligible


def _audit(excluded: int, answered: int, eligible: int = 0) -> Audit:
    return Audit(model="m", excluded=excluded, drawn=answered, answered=answered, eligible=eligible)


def test_no_claim_is_made_on_few_answers_or_none():
    assert _audit(1000, 58).bound is None
    assert _audit(1000, 59).bound is not None
    assert _audit(0, 0).bound is None
    assert _audit(7, 7).bound == 0, "all there is was looked at"


def test_only_the_order_without_gaps_is_the_sample():
    order = sorted(range(10), key=lambda report_id: audit_place("m", report_id))
    said = {order[0]: Verdict.EXCLUDE, order[1]: Verdict.UNSURE, order[3]: Verdict.INCLUDE}
    audit = count_audit("m", range(10), order[:5], said)
    assert (audit.drawn, audit.answered, audit.eligible) == (5, 2, 1)


def test_the_order_is_random_and_another_one_for_another_model():
    places = np.array([[audit_place(m, r) for r in range(2000)] for m in ("m", "n")], dtype=float)
    assert abs(np.corrcoef(places)[0, 1]) < 0.1
    assert abs(np.corrcoef(places[0], np.arange(2000))[0, 1]) < 0.1
