"""Records become one report without losing what any of them knew."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from review.records import Record, hash_text, merge_records

words = st.text(max_size=20)
a_record = st.builds(
    Record,
    source=st.just("file"),
    source_id=words,
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


def test_the_newest_record_with_an_abstract_leads_and_the_others_fill_in() -> None:
    merged = merge_records(
        [
            (1, Record(source="a", source_id="1", title="Old", abstract="First.", doi="10.1/x")),
            (2, Record(source="b", source_id="2", title="New", abstract="Second.", year=2024)),
            (3, Record(source="c", source_id="3", title="Bare", pmid="77")),
        ]
    )
    assert (merged.title, merged.abstract) == ("New", "Second.")
    assert (merged.doi, merged.year, merged.pmid) == ("10.1/x", 2024, "77")
    assert (merged.report_id, merged.record_ids) == (1, (1, 2, 3))


@given(st.lists(a_record, min_size=1, max_size=5), st.randoms())
def test_the_order_of_the_records_does_not_matter(records: list[Record], random: object) -> None:
    members = list(enumerate(records, start=1))
    shuffled = members.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert merge_records(shuffled) == merge_records(members)


def test_odd_text_has_a_hash() -> None:
    assert hash_text("\ud800") != hash_text("")
