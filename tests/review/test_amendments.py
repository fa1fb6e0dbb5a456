"""What differs between two protocols is told place by place, once, and nothing else."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from review.amendments import Amendment, find_amendments
from review.protocol import Protocol

_WORDS = st.text("abc", max_size=3)
_BODY = st.fixed_dictionaries(
    {
        "title": _WORDS,
        "designs": st.lists(_WORDS),
        "criteria": st.lists(
            st.fixed_dictionaries({"key": st.sampled_from("xyz"), "cues": st.lists(_WORDS)})
        ),
    }
)


def test_each_changed_place_is_named(protocol: Protocol) -> None:
    before = protocol.model_dump(mode="json")
    after = protocol.model_dump(mode="json")
    after["version"] = "1.1"
    informal = next(c for c in after["criteria"] if c["key"] == "informal")
    informal["cues"] = [*informal["cues"][1:], "lay helper"]
    after["criteria"] = [c for c in after["criteria"] if c["key"] != "online_only"][::-1]
    after["searches"][0]["query"] = "peer support"
    found = {change.place: change for change in find_amendments(before, after)}
    assert found["version",] == Amendment(place=("version",), gone=("1.0",), new=("1.1",))
    cues = found["criteria", "informal", "cues"]
    assert (cues.gone, cues.new) == (tuple(before["criteria"][6]["cues"][:1]), ("lay helper",))
    assert found["searches", after["searches"][0]["source"], "query"].new == ("peer support",)
    gone = {place for place in found if place[:2] == ("criteria", "online_only")}
    assert gone
    assert all(found[place].new == () for place in gone)
    assert len(found) == 3 + len(gone)


@given(_BODY, _BODY)
def test_what_is_gone_one_way_is_new_the_other(one: dict[str, Any], other: dict[str, Any]) -> None:
    there = {c.place: (c.gone, c.new) for c in find_amendments(one, other)}
    back = {c.place: (c.new, c.gone) for c in find_amendments(other, one)}
    assert there == back
    assert find_amendments(one, one) == []
