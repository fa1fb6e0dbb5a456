"""The measures of an order, held against their definitions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.discovery import discover


def test_a_perfect_order_loses_nothing() -> None:
    found = discover([True] * 2 + [False] * 8)
    assert found is not None
    assert found.places == (1, 2)
    assert found.time_to_discovery == pytest.approx(0.15)
    assert found.loss == 0
    assert found.work_saved(1.0) == pytest.approx(0.8)
    assert found.recall_at(0.1) == 0.5
    assert (found.first, found.last) == (1, 0.2)
    assert found.curve() == [(0, 0), (0.1, 0.5), (0.2, 1), (1, 1)]


def test_the_worst_order_loses_all() -> None:
    found = discover([False] * 8 + [True] * 2)
    assert found is not None
    assert found.loss == 1
    assert found.work_saved(1.0) == 0


# 95 % of twenty are nineteen: the last straggler costs nothing at that recall.
def test_ninety_five_percent_of_twenty_are_nineteen() -> None:
    found = discover([True] * 19 + [False] * 80 + [True])
    assert found is not None
    assert found.work_saved(0.95) == pytest.approx(0.95 - 0.19)


def test_an_order_without_anything_relevant_has_no_measure() -> None:
    assert discover([False, False]) is None
    assert discover([]) is None


def test_an_order_of_relevant_records_alone_loses_nothing() -> None:
    found = discover([True, True])
    assert found is not None
    assert found.loss == 0


# ASReview's own formula, from the area under the recall curve counted record by record.
@given(order=st.lists(st.booleans(), min_size=2, max_size=60))
def test_the_loss_is_that_of_asreview(order: list[bool]) -> None:
    found = discover(order)
    relevant, records = sum(order), len(order)
    if found is None or relevant == records:
        return
    area = sum(sum(order[: n + 1]) for n in range(records))
    best = relevant * (records - (relevant - 1) / 2)
    assert found.loss == pytest.approx((best - area) / (relevant * (records - relevant)))
