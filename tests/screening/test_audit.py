"""Every run draws exclusions for people to look at blind, so that the sample stays a fair one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from review.audits import audit_place
from screening.audit import FEWEST_DRAWN, draw_audit


def test_five_are_drawn_or_one_in_a_hundred_or_all_there_are():
    assert len(draw_audit(range(200), (), model="m", new=200)) == 5
    assert len(draw_audit(range(3000), (), model="m", new=3000)) == 30
    assert sorted(draw_audit(range(3), (), model="m", new=3)) == [0, 1, 2]
    assert draw_audit((), (), model="m", new=0) == []


def test_nothing_is_drawn_twice():
    first = draw_audit(range(100), (), model="m", new=100)
    second = draw_audit(range(100), first, model="m", new=0)
    assert len(second) == FEWEST_DRAWN
    assert not set(first) & set(second)


@given(st.lists(st.integers(0, 300), min_size=1, max_size=8))
def test_however_the_weeks_fall_the_drawn_are_the_first_of_one_random_order(weeks):
    excluded, drawn = 0, []
    for new in weeks:
        excluded += new
        drawn += draw_audit(range(excluded), drawn, model="m", new=new)
        order = sorted(range(excluded), key=lambda report_id: audit_place("m", report_id))
        assert sorted(drawn) == sorted(order[: len(drawn)])
