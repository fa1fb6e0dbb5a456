"""What people said of passages stands where its words stand today, and is never lost."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from review.anchors import Found
from review.annotations import Annotation, AnnotationVerdict, Direction
from review.decisions import quote_from
from review.protocol import Protocol
from review.records import Record
from review.store.anchors import find_standing_annotations, find_unsure_annotations
from review.store.annotations import find_annotations, keep_annotation
from review.store.decisions import keep_reviewer
from review.store.full_texts import FullTextRow, FullTextState, keep_full_text
from review.store.readings import UntaggedFullText, keep_reading
from review.store.records import find_reports, keep_members, keep_records
from review.store.runs import open_run, open_search
from review.store.session import Session, Store

_FIRST = "We asked peers. Peers lacked supervision. Pay was low."


class _Review:
    """A session with one report at a time, and what may happen to it."""

    def __init__(self, session: Session, protocol: Protocol, now: datetime, raw: Path) -> None:
        self.session, self.now, self.raw = session, now, raw
        self.run_id = open_run(session, "import", protocol, now)
        self.search_id = open_search(session, self.run_id, source="file", address="x.ris", now=now)
        self.hits = 0
        keep_reviewer(session, "ana", "reviewer", now)

    def receive(self, name: str, abstract: str, report_id: int | None = None) -> int:
        """A new record, or the source's correction of the one of that name."""
        self.hits += 1
        record = Record(source="pubmed", source_id=name, title="Peers", abstract=abstract)
        [key] = keep_records(self.session, self.search_id, [(self.hits, record)], self.now).ids
        keep_members(self.session, {key: report_id or key})
        return report_id or key

    def read(self, report_id: int, text: str) -> str:
        """A full text that came and was read; returns the hash of its text."""
        report = find_reports(self.session, [report_id])[report_id]
        on_file = UntaggedFullText(report=report, sha256=f"file of {text[:20]}")
        row = FullTextRow(
            report_id=report_id,
            source="by hand",
            state=FullTextState.RETRIEVED,
            sha256=on_file.sha256,
        )
        keep_full_text(self.session, row, self.run_id, self.now)
        return keep_reading(
            self.session, on_file, "1", text, raw=self.raw, run_id=self.run_id, now=self.now
        ).text_hash

    def annotate(self, name: str, report_id: int, text: str, text_hash: str, exact: str) -> None:
        start = text.index(exact)
        said = Annotation(
            annotation_id=name,
            report_id=report_id,
            text_hash=text_hash,
            quote=quote_from(text, start, start + len(exact)),
            theme="psw_training",
            verdict=AnnotationVerdict.ACCEPT,
            direction=Direction.BARRIER,
            reviewer="ana",
            annotated_at=self.now,
            codebook_version="1",
        )
        keep_annotation(self.session, said)

    def annotate_abstract(self, name: str, report_id: int, exact: str) -> None:
        report = find_reports(self.session, [report_id])[report_id]
        self.annotate(name, report_id, report.text, report.text_hash, exact)


@pytest.fixture
def review(store: Store, protocol: Protocol, now: datetime, tmp_path: Path):
    with store.session() as session:
        yield _Review(session, protocol, now, tmp_path / "raw")


# An abstract that changes around a verified passage takes it along; words that changed in it are
# put before a person, until that person answers anew at their place.
def test_annotations_follow_their_words(review: _Review) -> None:
    report_id = review.receive("1", _FIRST)
    review.annotate_abstract("a", report_id, "Peers lacked supervision.")
    review.annotate_abstract("b", report_id, "Pay was low.")
    review.receive("1", f"AIM: To see. {_FIRST}".replace("low", "rather low"), report_id)
    report = find_reports(review.session, [report_id])[report_id]
    kept, changed = find_standing_annotations(review.session, review.raw)
    assert (kept.found, changed.found) == (Found.SAME, Found.CHANGED)
    for standing in (kept, changed):
        assert standing.text_hash == standing.today.text_hash == report.text_hash
        assert report.text[standing.quote.start : standing.quote.end] == standing.quote.exact
    assert kept.quote.start == kept.said.quote.start + len("AIM: To see. ")
    assert find_unsure_annotations(review.session, review.raw) == [changed]
    review.annotate_abstract("c", report_id, "Pay was rather low.")
    standing = find_standing_annotations(review.session, review.raw)
    assert [(s.said.annotation_id, s.is_answered) for s in standing] == [
        ("a", False),
        ("b", True),
        ("c", False),
    ]
    assert find_unsure_annotations(review.session, review.raw) == []
    assert len(find_annotations(review.session)) == 3


# The same for a full text that came anew; what was said of the abstract stays in the abstract.
def test_annotations_of_a_full_text_follow_it(review: _Review) -> None:
    report_id = review.receive("1", _FIRST)
    first = "Results\nSupervisors were absent. Peers left."
    review.annotate("f", report_id, first, review.read(report_id, first), "Peers left.")
    review.annotate_abstract("a", report_id, "Pay was low.")
    newer = "A preface.\n" + first
    text_hash = review.read(report_id, newer)
    full, abstract = find_standing_annotations(review.session, review.raw, [report_id])
    assert (full.found, full.text_hash) == (Found.SAME, text_hash)
    assert full.quote.start == newer.index("Peers left.")
    assert (abstract.quote, abstract.text_hash) == (abstract.said.quote, abstract.said.text_hash)


# Whatever becomes of the texts, every word of a person is among those that stand, unchanged.
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.booleans(), st.text("abc PLS.low\n", max_size=30), st.integers(0, 60)),
        max_size=4,
    )
)
def test_a_verified_annotation_is_never_lost(review: _Review, edits) -> None:
    name = f"r{review.hits}"
    report_id = review.receive(name, _FIRST)
    review.annotate_abstract(f"{name}a", report_id, "Peers lacked supervision.")
    first = "Supervisors were absent. Peers left."
    review.annotate(f"{name}b", report_id, first, review.read(report_id, first), "Peers left.")
    said = find_annotations(review.session, [report_id])
    abstract, full = _FIRST, first
    for of_abstract, inserted, place in edits:
        if of_abstract:
            abstract = abstract[:place] + inserted + abstract[place + len(inserted) // 2 :]
            review.receive(name, abstract, report_id)
        else:
            full = full[:place] + inserted + full[place + len(inserted) // 2 :]
            review.read(report_id, full)
    standing = find_standing_annotations(review.session, review.raw, [report_id])
    assert [s.said for s in standing] == said
    texts = {r.text_hash: r.text for r in find_reports(review.session, [report_id]).values()}
    for s in standing:
        if s.found is not Found.LOST and s.text_hash in texts:
            assert texts[s.text_hash][s.quote.start : s.quote.end] == s.quote.exact
