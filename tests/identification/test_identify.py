"""identify: what a file holds is in the store once, each report named by its earliest record."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from identification.identify import IdentificationSummary, identify
from identification.join import group_duplicates
from review.errors import UnreadableFileError
from review.protocol import Protocol
from review.records import Record
from review.store.records import find_hits, find_members
from review.store.runs import find_searches, open_run
from review.store.session import Store

ONE = "TY  - JOUR\nTI  - Pay and conditions of peer support workers in rural clinics\nPY  - 2020\nDO  - 10.1/a\nER  - \n"  # noqa: E501
OTHER = "TY  - JOUR\nTI  - Supervision of peer workers on acute wards: an interview study\nPY  - 2021\nER  - \n"  # noqa: E501


def _identify(
    store: Store, protocol: Protocol, now: datetime, folder: Path, *files: Path, **how: bool
) -> IdentificationSummary:
    with store.session() as session:
        run_id = open_run(session, "import", protocol, now)
        session.commit()
        return identify(session, files, run_id=run_id, raw=folder / "raw", now=now, **how)


def _file(folder: Path, name: str, content: str) -> Path:
    file = folder / name
    file.write_text(content)
    return file


def test_a_copy_that_comes_later_joins_the_report_that_is_there(
    store: Store, protocol: Protocol, now: datetime, tmp_path: Path
) -> None:
    first = _file(tmp_path, "first.ris", ONE + OTHER)
    later = _file(tmp_path, "later.ris", ONE.replace("clinics", "clinics."))
    _identify(store, protocol, now, tmp_path, first)
    done = _identify(store, protocol, now, tmp_path, later)
    assert (done.new, done.duplicates, done.reports) == (1, 1, 0)
    with store.session() as session:
        assert find_members(session) == {1: 1, 2: 2, 3: 1}
        assert find_hits(session) == {
            ("first.ris", 1): 1,
            ("first.ris", 2): 2,
            ("later.ris", 1): 1,
        }
        [reason] = session.execute(
            sa.text("SELECT reason FROM duplicate_vote WHERE verdict = 'same'")
        ).scalars()
        assert reason


# A retraction that a file tells of is kept as one that a source tells of, once, however often read.
def test_notices_in_files_are_kept(
    store: Store, protocol: Protocol, now: datetime, tmp_path: Path
) -> None:
    told = "PMID- 7\nOWN - NLM\nTI  - Peers on wards\nRIN - J Inv. 2020 Feb 6;3:9. PMID: 77\n"
    marked = "TY  - JOUR\nTI  - Peers in towns\nM3  - Retracted Publication\nER  - \n"
    files = [_file(tmp_path, "one.nbib", told), _file(tmp_path, "two.ris", marked + OTHER)]
    for _ in range(2):
        _identify(store, protocol, now, tmp_path, *files)
    with store.session() as session:
        kept = session.execute(
            sa.text("SELECT record_id, kind, notice_id, source FROM notice ORDER BY record_id")
        )
        assert [tuple(row) for row in kept] == [
            (1, "retraction", "77", "pubmed"),
            (2, "retraction", "", "two"),
        ]


def test_one_bad_file_fails_its_own_search_only(
    store: Store, protocol: Protocol, now: datetime, tmp_path: Path
) -> None:
    bad = _file(tmp_path, "bad.ris", "no records")
    good = _file(tmp_path, "good.ris", ONE)
    done = _identify(store, protocol, now, tmp_path, bad, good)
    assert (done.read, len(done.failed)) == (1, 1)
    with store.session() as session:
        states = {s.address: s.state.value for s in find_searches(session)}
    assert states == {"bad.ris": "failed", "good.ris": "completed"}


def test_all_or_nothing_writes_nothing_where_one_file_is_bad(
    store: Store, protocol: Protocol, now: datetime, tmp_path: Path
) -> None:
    files = [_file(tmp_path, "good.ris", ONE), _file(tmp_path, "bad.ris", "no records")]
    with pytest.raises(UnreadableFileError, match=r"bad\.ris"):
        _identify(store, protocol, now, tmp_path, *files, all_or_nothing=True)
    with store.session() as session:
        assert session.execute(sa.text("SELECT count(*) FROM record")).scalar_one() == 0
        assert find_searches(session) == []


def test_a_file_read_to_its_end_is_passed_over_when_asked(
    store: Store, protocol: Protocol, now: datetime, tmp_path: Path
) -> None:
    file = _file(tmp_path, "week.ris", ONE)
    _identify(store, protocol, now, tmp_path, file, skip_known_files=True)
    # The same bytes under another name are the same file.
    again = _file(tmp_path, "copy.ris", ONE)
    done = _identify(store, protocol, now, tmp_path, again, skip_known_files=True)
    assert done == IdentificationSummary()


def test_a_new_record_never_ties_two_old_reports_together(
    store: Store, protocol: Protocol, now: datetime, tmp_path: Path
) -> None:
    # Two reports that people may have decided on; a third record resembles both.
    title = "Peer support workers in mental health services: a qualitative interview study"
    ris = "TY  - JOUR\nTI  - {}\nPY  - 2020\n{}ER  - \n"
    first = _file(tmp_path, "a.ris", ris.format(title, "SP  - 1\nEP  - 9\nDO  - 10.1/a\n"))
    second = _file(tmp_path, "b.ris", ris.format(title, "SP  - 40\nEP  - 49\nDO  - 10.1/b\n"))
    both = _file(tmp_path, "c.ris", ris.format(title, ""))
    for file in (first, second, both):
        _identify(store, protocol, now, tmp_path, file)
    with store.session() as session:
        members = find_members(session)
        asked = session.execute(
            sa.text("SELECT count(*) FROM duplicate_vote WHERE verdict = 'ask'")
        ).scalar_one()
    assert members[1] != members[2]
    assert asked or members[3] in (1, 2)


def test_records_that_stand_alone_have_no_reason() -> None:
    grouped = group_duplicates(
        [
            Record(source="a", source_id="1", title="One"),
            Record(source="a", source_id="2", title="Two"),
        ]
    )
    assert [p.cluster for p in grouped.placed] == [0, 1]
    assert [p.confidence for p in grouped.placed] == [None, None]
