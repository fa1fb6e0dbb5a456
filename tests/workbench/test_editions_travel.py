"""What an edition tells in its tables another review reads: reports, and votes of its people."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identification.files import read_file
from identification.identify import IdentificationSummary, identify
from reporting.publish import publish
from reporting.table import BIBLIOGRAPHY, Table, bibliography
from review.decisions import Assessment, Decision, Stage, Verdict
from review.protocol import Codebook, Protocol
from review.records import Record, Report
from review.store.assessments import keep_assessments
from review.store.decisions import (
    find_decisions,
    keep_consensus,
    keep_decision,
    keep_reviewer,
)
from review.store.foreign import find_foreign_votes
from review.store.records import find_members, find_reports, keep_members, keep_records
from review.store.runs import open_run, open_search
from review.store.session import Session, Store, open_store

RECORDS = (
    Record(
        source="pubmed",
        source_id="11",
        title="=Pay and conditions of peer support workers in rural clinics",
        authors=("Okello, Grace", "Peers in Care", "Ní Bhriain, Áine"),
        year=2020,
        journal="Journal of Invented Studies",
        doi="10.5555/invented.1",
        pmid="11",
    ),
    Record(
        source="psycinfo",
        source_id="x",
        title="Supervision of peer workers on acute wards: an interview study",
        authors=("Nguyen, Anh",),
        year=2021,
    ),
    Record(source="psycinfo", source_id="y", title="Bells and towers", doi="10.5555/invented.3"),
)
Said = tuple[int, str, Stage, Verdict, str | None]
DECISIONS: tuple[Said, ...] = (
    (0, "ana", Stage.TITLE_ABSTRACT, Verdict.INCLUDE, None),
    (0, "ana", Stage.FULL_TEXT, Verdict.INCLUDE, None),
    (1, "ana", Stage.FULL_TEXT, Verdict.EXCLUDE, "no_peer_support"),
    (0, "Ben O'Dell", Stage.FULL_TEXT, Verdict.INCLUDE, None),
    (1, "Ben O'Dell", Stage.FULL_TEXT, Verdict.INCLUDE, None),
)
SETTLED: Said = (1, "ana", Stage.FULL_TEXT, Verdict.EXCLUDE, "no_peer_support")


@pytest.fixture
def edition(tmp_path: Path, protocol: Protocol, codebook: Codebook, now: datetime) -> Path:
    """The folder of an edition: one report included, one excluded by people, one by the machine."""
    store = open_store(f"sqlite:///{tmp_path / 'first.db'}")
    with store.session() as session:
        run_id = open_run(session, "update", protocol, now)
        _fill(session, run_id, protocol, now)
        done = publish(
            session,
            protocol,
            codebook,
            models=(),
            editions=tmp_path / "editions",
            run_id=run_id,
            now=now,
        )
    store.close()
    return done.page.parent


def _fill(session: Session, run_id: int, protocol: Protocol, now: datetime) -> None:
    search_id = open_search(session, run_id, source="pubmed", address="a.nbib", now=now)
    kept = keep_records(session, search_id, list(enumerate(RECORDS, start=1)), now)
    keep_members(session, {record_id: record_id for record_id in kept.ids})
    out = Assessment(
        verdict=Verdict.EXCLUDE,
        probability=0.1,
        exclusion_reason=protocol.criteria[0].exclusion_reason,
        answers=(),
        model="m",
    )
    third = find_reports(session, [kept.ids[2]])[kept.ids[2]]
    keep_assessments(session, run_id, [(third, out)], now)
    for said in DECISIONS:
        keep_decision(session, _decision(session, kept.ids, said, protocol, now))
    keep_consensus(session, _decision(session, kept.ids, SETTLED, protocol, now), "they talked")
    session.commit()


def _decision(
    session: Session, ids: Sequence[int], said: Said, protocol: Protocol, now: datetime
) -> Decision:
    place, reviewer, stage, verdict, reason = said
    keep_reviewer(session, reviewer, "reviewer", now)
    return Decision(
        decision_id=str(uuid4()),
        report_id=ids[place],
        stage=stage,
        reviewer=reviewer,
        verdict=verdict,
        exclusion_reason=reason and protocol.criteria[0].exclusion_reason,
        decided_at=now,
    )


@contextmanager
def _imported(
    store: Store, protocol: Protocol, now: datetime, raw: Path, *files: Path
) -> Iterator[tuple[Session, IdentificationSummary]]:
    with store.session() as session:
        run_id = open_run(session, "import", protocol, now)
        session.commit()
        yield session, identify(session, files, run_id=run_id, raw=raw, now=now)


def _count_rows(file: Path) -> int:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return sum(1 for _ in csv.reader(opened)) - 1


# Every table of reports is read whole, with title, authors, year, journal, DOI and PMID as they
# were; what stands in several tables is one report.
def test_the_reports_of_an_edition_are_read_as_they_were(
    edition: Path, store: Store, protocol: Protocol, now: datetime, tmp_path: Path
) -> None:
    names = ("included", "excluded_on_full_text", "excluded_by_machine", "decisions")
    files = [edition / f"{name}.csv" for name in names]
    rows = [_count_rows(file) for file in files]
    assert rows == [1, 1, 1, 6]
    with _imported(store, protocol, now, tmp_path / "raw", *files) as (session, done):
        assert (done.read, done.refused, done.failed) == (sum(rows), 0, ())
        reports = find_reports(session, set(find_members(session).values()))
    said = {(r.title, r.authors, r.year, r.journal, r.doi, r.pmid) for r in reports.values()}
    assert said == {(r.title, r.authors, r.year, r.journal, r.doi, r.pmid) for r in RECORDS}
    assert len(reports) == len(RECORDS)


# What its people decided comes as votes of theirs, stage and reason included, and is no decision
# of the review that reads it.
def test_the_decisions_of_an_edition_are_votes_elsewhere(
    edition: Path, store: Store, protocol: Protocol, now: datetime, tmp_path: Path
) -> None:
    file = edition / "decisions.csv"
    with _imported(store, protocol, now, tmp_path / "raw", file) as (session, done):
        assert (done.read, done.new, done.foreign) == (6, 2, 6)
        found = find_foreign_votes(session, find_members(session).values())
        assert find_decisions(session) == []
    reason = protocol.criteria[0].reason_text
    assert Counter((v.voter, v.verdict, v.reason) for v in found) == {
        ("ana", Verdict.INCLUDE, "title abstract"): 1,
        ("ana", Verdict.INCLUDE, "full text"): 1,
        ("ana", Verdict.EXCLUDE, f"full text: {reason}"): 1,
        ("Ben O'Dell", Verdict.INCLUDE, "full text"): 2,
        ("ana (consensus)", Verdict.EXCLUDE, f"full text: {reason}"): 1,
    }


_WORD = st.text(st.characters(categories=["L"], max_codepoint=0x24F), min_size=2, max_size=8)
_NAME = st.builds("{}, {}".format, _WORD, _WORD)
_START = st.sampled_from(["", "'", "=", "+", "-", "@", "'=", "''-", "＝"])
_TITLE = st.builds("{}{} {}{}".format, _START, _WORD, _START, _WORD)


# Whatever a title begins with, it comes back as it was, and so do the names.
@given(title=_TITLE, authors=st.lists(_NAME, min_size=1, max_size=4, unique=True))
def test_title_and_authors_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, title: str, authors: list[str]
) -> None:
    report = Report(report_id=1, record_ids=(1,), title=title, authors=tuple(authors), year=2020)
    columns = (*BIBLIOGRAPHY, "Score")
    table = Table(key="t", caption="T", columns=columns, rows=((*bibliography(report), 0.5),))
    file = tmp_path_factory.mktemp("table") / "t.csv"
    file.write_text(table.csv(), encoding="utf-8-sig")
    [read] = read_file(file).records
    assert (read.record.title, read.record.authors) == (title, tuple(authors))
