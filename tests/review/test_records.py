"""Records become one report without losing what any of them knew."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.records import Record, hash_text, merge_records

words = st.text(max_size=20)
a_record = st.builds(
    Record,
    source=st.sampled_from(["file", "pubmed"]),
    source_id=st.sampled_from(["1", "2"]),
    title=words,
    abstract=words,
    year=st.none() | st.integers(1900, 2030),
    doi=words,
)


def test_where_it_was_found_is_not_part_of_what_it_says() -> None:
    one = Record(source="pubmed", source_id="1", title="Peer work")
    other = Record(source="file", source_id="9", title="Peer work")
    assert one.content_hash() == other.content_hash()
    assert one.content_hash() != Record(source="a", source_id="1", title="Peers").content_hash()


def _copy(source: str, abstract: str, title: str = "Peer work", **fields: Any) -> Record:
    return Record(source=source, source_id="1", title=title, abstract=abstract, **fields)


# What people read stays the same when one more source delivers its copy, and nothing is lost.
def test_the_first_copy_with_an_abstract_leads_and_the_others_fill_in() -> None:
    merged = merge_records(
        [
            (1, _copy("a", "", "Bare", pmid="77")),
            (2, _copy("b", "First.", "Old", doi="10.1/x")),
            (3, _copy("c", "Second.", "New", year=2024)),
        ]
    )
    assert (merged.title, merged.abstract) == ("Old", "First.")
    assert (merged.doi, merged.year, merged.pmid) == ("10.1/x", 2024, "77")
    assert (merged.report_id, merged.record_ids) == (1, (1, 2, 3))


# A source that changes its own words corrects what was read before, whichever source led.
def test_a_changed_version_leads_over_every_copy() -> None:
    copies = [(1, _copy("a", "First.")), (2, _copy("b", "Second.")), (3, _copy("b", "Third."))]
    assert merge_records(copies[:2]).abstract == "First."
    assert merge_records(copies).abstract == "Third."


# Keywords may change or an old export come late: words that were known before are no change.
def test_an_older_version_that_comes_late_does_not_lead() -> None:
    copies = [(1, _copy("a", "First.")), (2, _copy("a", "Mended.")), (3, _copy("a", "First."))]
    assert merge_records(copies).abstract == "Mended."
    again = [*copies, (4, _copy("a", "Mended.", keywords=("new",), year=2025))]
    assert (merge_records(again).abstract, merge_records(again).year) == ("Mended.", 2025)


@pytest.mark.parametrize("cut", ["(ABSTRACT TRUNCATED AT 250 WORDS)", "...", "\u2026", "[\u2026]"])
def test_an_abstract_that_breaks_off_gives_way_to_one_that_goes_on(cut: str) -> None:
    short, whole = f"Peers were paid late and {cut}", "Peers were paid late and left. Pay matters."
    assert merge_records([(1, _copy("a", short)), (2, _copy("b", whole))]).abstract == whole
    assert merge_records([(1, _copy("a", whole)), (2, _copy("a", short))]).abstract == whole
    other = _copy("b", "Another text, which does not go on where the first breaks off.")
    assert merge_records([(1, _copy("a", short)), (2, other)]).abstract == short


@given(st.lists(a_record, min_size=1, max_size=5), st.randoms())
def test_the_order_of_the_records_does_not_matter(records: list[Record], random: object) -> None:
    members = list(enumerate(records, start=1))
    shuffled = members.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert merge_records(shuffled) == merge_records(members)


def test_odd_text_has_a_hash() -> None:
    assert hash_text("\ud800") != hash_text("")
