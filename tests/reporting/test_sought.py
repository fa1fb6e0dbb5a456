"""The full texts that are fetched are those of the reports the flow says are sought."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reporting.prisma import Box
from reporting.standing import place_report
from review.decisions import Stage, Verdict
from review.store.full_texts import is_sought
from review.store.standings import Standing

_VOTES = st.lists(st.sampled_from(Verdict), min_size=1, max_size=3).map(
    lambda verdicts: tuple((verdict, None) for verdict in verdicts)
)


# Whatever people said: a report is fetched exactly while it is in a box that needs its full text.
@given(people=st.dictionaries(st.sampled_from(Stage), _VOTES))
def test_what_is_fetched_and_what_the_flow_counts_agree(
    people: dict[Stage, tuple[tuple[Verdict, None], ...]],
) -> None:
    box = place_report(Standing(report_id=1, machine=None, people=people)).box
    assert is_sought(people) is (box in (Box.AWAITING_FULL_TEXT, Box.INCLUDED))
