"""Screening may stop where the order of finds allows the claim, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.audits import Audit
from screening.stopping import (
    FEWEST_FOUND,
    FEWEST_REPORTS,
    ODDS,
    Regime,
    check_stop,
    may_expect,
    miss_probability,
    name_ground,
)


def _none() -> float:
    """A ranking that expects no more relevant reports."""
    return 0.0


def _order(found: int, then: int) -> list[bool]:
    """Every second report relevant until all are found, then none."""
    return [True, False] * found + [False] * then


# Printed by calculate_h0 of buscarpy 0.0.2 for the same orders (recall target 0.95).
@pytest.mark.parametrize(
    ("found", "then", "reports", "p"),
    [
        (20, 60, 400, 0.6902123730378578),
        (40, 200, 600, 0.2308656694508713),
        (19, 100, 300, 0.3785156590137288),
        (5, 500, 1000, 0.4944500504540868),
        (100, 50, 2000, 0.8414733846048192),
    ],
)
def test_the_test_is_that_of_callaghan_and_mueller_hansen(found, then, reports, p):
    assert miss_probability(_order(found, then), reports) == pytest.approx(p, rel=1e-9)


# The same with its bias.
@pytest.mark.parametrize(
    ("found", "then", "reports", "odds", "p"),
    [
        (20, 60, 400, 2, 0.477464386206774),
        (40, 200, 600, 3, 0.012708948289634803),
        (19, 100, 300, 1.5, 0.2337047440122641),
    ],
)
def test_biased_urns_are_theirs_too(found, then, reports, odds, p):
    assert miss_probability(_order(found, then), reports, odds=odds) == pytest.approx(p, rel=1e-6)


def test_finds_that_go_on_are_no_ground_to_stop():
    assert miss_probability([True, False] * 50, 1000) > 0.5
    assert not check_stop([True, False] * 50, 1000, _none).may_stop


def test_a_long_end_without_a_find_is_one():
    check = check_stop(_order(40, 400), 600, _none)
    assert check.may_stop
    assert check.p <= check.p_random


@pytest.mark.parametrize(
    ("found", "reports", "why"),
    [
        ([], 500, "fewer than 10 relevant"),
        (_order(FEWEST_FOUND - 1, 460), 500, "fewer than 10 relevant"),
        (_order(20, FEWEST_REPORTS - 45), FEWEST_REPORTS - 1, "of fewer than 100 reports"),
        (_order(20, 460), 500, "every report put before people was screened"),
        (_order(20, 10), 500, "the target may be missed"),
    ],
)
def test_where_no_claim_can_be_made_the_reason_is_given(found, reports, why):
    check = check_stop(found, reports, _none)
    assert not check.may_stop
    assert why in check.why_not


def test_what_the_ranking_expects_keeps_from_stopping_where_the_order_does_not():
    order, most = _order(40, 400), may_expect(40)
    assert most == pytest.approx(40 / 0.95 - 40 + 0.5)
    assert check_stop(order, 600, lambda: most).may_stop
    check = check_stop(order, 600, lambda: most + 0.1)
    assert not check.may_stop
    assert "the ranking expects 2.7 more relevant reports" in check.why_not
    assert "too few reports" in check_stop(order, 600, lambda: float("inf")).why_not


def test_the_ranking_is_not_asked_where_the_order_keeps_from_stopping():
    def refuse() -> float:
        raise AssertionError

    assert check_stop(_order(40, 10), 600, refuse).expected is None


def test_more_screened_than_there_are_is_refused():
    with pytest.raises(ValueError, match="3 reports were screened of 2"):
        miss_probability([True, True, False], 2)


@given(st.lists(st.booleans(), max_size=80), st.integers(0, 200), st.sampled_from([1.0, 2.0, 5.0]))
def test_any_order_has_a_probability(found, more, odds):
    assert 0 <= miss_probability(found, len(found) + more, odds=odds) <= 1


def test_a_random_order_is_stopped_too_early_no_more_often_than_is_stated():
    """By the test without assumptions, looked at at one moment of many random orders."""
    random, missed = np.random.default_rng(3), 0
    for _ in range(2000):
        order = random.permutation(np.arange(300) < 40)
        seen = order[:285]
        if miss_probability(seen, 300) < 0.05 and seen.sum() < 0.95 * 40:
            missed += 1
    assert missed / 2000 <= 0.05


STOP = check_stop(_order(40, 400), 600, _none)
GO_ON = check_stop(_order(40, 10), 600, _none)
AUDIT = Audit(model="m", excluded=500, drawn=90, answered=80, eligible=1)
NO_AUDIT = replace(AUDIT, answered=8)


@pytest.mark.parametrize(
    ("screened", "waiting", "excluded", "audits", "stop", "regime", "claim"),
    [
        (90, 510, 0, (), GO_ON, Regime.UNDER_WAY, ""),
        (90, 510, 500, (AUDIT,), GO_ON, Regime.UNDER_WAY, ""),
        (600, 0, 0, (), GO_ON, Regime.ALL_SCREENED, "No report was left out"),
        (600, 0, 500, (AUDIT,), GO_ON, Regime.MACHINE_EXCLUDED, "at most 27 of the 500"),
        (600, 0, 500, (NO_AUDIT,), GO_ON, Regime.MACHINE_EXCLUDED, ""),
        (600, 0, 500, (), GO_ON, Regime.MACHINE_EXCLUDED, ""),
        (480, 120, 0, (), STOP, Regime.STATISTICAL_STOP, "With 90% confidence at least 95%"),
        (480, 120, 500, (AUDIT,), STOP, Regime.STATISTICAL_STOP, "at most 27 of the 500"),
        # What is claimed of one part may not be read as said of the whole.
        (480, 120, 500, (NO_AUDIT,), STOP, Regime.STATISTICAL_STOP, ""),
    ],
)
def test_the_regime_is_named_and_nothing_is_claimed_without_ground(
    screened, waiting, excluded, audits, stop, regime, claim
):
    ground = name_ground(
        screened=screened, waiting=waiting, excluded=excluded, audits=audits, stop=stop
    )
    assert ground.regime is regime
    assert claim in ground.claim
    assert bool(ground.claim) == bool(claim)
    assert f"screened by people: {screened};" in ground.reason


def test_a_claim_of_a_stop_names_its_assumption_and_the_test_without_it():
    ground = name_ground(screened=480, waiting=120, excluded=0, audits=(), stop=STOP)
    assert f"{ODDS:g} times as likely" in ground.claim
    assert f"without that assumption p = {STOP.p_random:.2g}" in ground.claim
