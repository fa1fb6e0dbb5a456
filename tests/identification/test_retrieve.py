"""retrieve: open full texts of included reports come once, whole, and are those of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from identification.retrieve import AGAIN_AFTER, RetrievalSummary, retrieve
from identification.sources.client import Client
from identification.sources.europepmc import EuropePmc
from identification.sources.full_texts import EuropePmcFullTexts
from review.decisions import Assessment, Decision, Stage, Verdict
from review.protocol import Protocol
from review.records import Record
from review.store.assessments import keep_assessments
from review.store.decisions import keep_decision, keep_reviewer
from review.store.full_texts import find_full_texts, find_sought, load_full_text
from review.store.raw import load_raw
from review.store.records import find_reports, keep_members, keep_records
from review.store.runs import find_run, open_run, open_search
from review.store.session import Session, Store
from tests.standins.europepmc import EuropePmcStandIn
from tests.standins.jats import CC_BY, make_jats
from tests.standins.library import make_record
from tests.standins.serving import FOR_GOOD, Fault, served
from tests.standins.world import Seen, World

EMAIL = "review@example.org"


def _open(number: int, **changed: object) -> Seen:
    record = make_record(number, pmcid=f"PMC7000{number}", **changed)
    return {**record, "full_text": make_jats(record)}


def _world() -> World:
    """Reports 1 and 2 are open, 3 is in the archive and closed, 4 is not in the archive."""
    return World([_open(1), _open(2), make_record(3, pmcid="PMC70003"), make_record(4)])


@dataclass
class Review:
    """A review whose reports are numbered as the records of the world are."""

    session: Session
    standin: EuropePmcStandIn
    address: str
    client: Client
    raw: Path
    now: datetime
    run_id: int

    def add(self, record: Record) -> int:
        search = open_search(self.session, self.run_id, source="x", address="x", now=self.now)
        [key] = keep_records(self.session, search, [(1, record)], self.now).ids
        keep_members(self.session, {key: key})
        self.session.commit()
        return key

    def decide(
        self,
        report_id: int,
        verdict: Verdict,
        stage: Stage = Stage.TITLE_ABSTRACT,
        reviewer: str = "ana",
    ) -> None:
        said = Decision(
            decision_id=f"{report_id} {stage} {reviewer}",
            report_id=report_id,
            stage=stage,
            reviewer=reviewer,
            verdict=verdict,
            exclusion_reason="no_psw" if verdict is Verdict.EXCLUDE else None,
            decided_at=self.now,
        )
        keep_decision(self.session, said)
        self.session.commit()

    def include(self, *numbers: int) -> list[int]:
        """Make reports of these records of the world and include them."""
        ids = []
        for number in numbers:
            record = Record(
                source="pubmed",
                source_id=str(40_000_000 + number),
                title=f"Report {number}",
                pmid=str(40_000_000 + number),
                doi=f"10.5555/invented.{number}",
            )
            ids.append(self.add(record))
            self.decide(ids[-1], Verdict.INCLUDE)
        return ids

    def retrieve(self, *, after: timedelta = timedelta(), **options: Any) -> RetrievalSummary:
        return retrieve(
            self.session,
            EuropePmcFullTexts(address=self.address, email=EMAIL),
            client=self.client,
            run_id=self.run_id,
            raw=self.raw,
            now=self.now + after,
            **options,
        )

    def rows(self) -> list[tuple[Any, ...]]:
        query = "SELECT report_id, source_id, state FROM full_text ORDER BY id"
        return [tuple(row) for row in self.session.execute(sa.text(query))]

    def paths(self) -> list[str]:
        return [asked.path for asked in self.standin.asked]


@pytest.fixture
def review(store: Store, protocol: Protocol, tmp_path: Path, now: datetime) -> Iterator[Review]:
    standin = EuropePmcStandIn(_world())
    with served(standin) as address, store.session() as session:
        run_id = open_run(session, "retrieve", protocol, now)
        for name in ("ana", "ben"):
            keep_reviewer(session, name, "reviewer", now)
        session.commit()
        source = EuropePmc(address=address)
        with Client([source], clock=lambda: 0.0, sleep=lambda seconds: None) as client:
            yield Review(session, standin, address, client, tmp_path / "raw", now, run_id)


# Open documents come, byte for byte; closed ones and ones that are not there are told apart.
def test_open_full_texts_are_kept_and_the_others_are_known_not_to_be_open(review: Review) -> None:
    ids = review.include(1, 2, 3, 4)
    done = review.retrieve()
    assert done == RetrievalSummary(retrieved=2, not_open=1, without_id=1)
    assert review.rows() == [
        (ids[0], "PMC70001", "retrieved"),
        (ids[1], "PMC70002", "retrieved"),
        (ids[2], "PMC70003", "not_open"),
        (ids[3], "", "not_open"),
    ]
    for report_id, seen in zip(ids, review.standin.world.records, strict=True):
        sent = seen.get("full_text", "").encode() or None
        assert load_full_text(review.session, report_id, review.raw) == sent
    kept = find_full_texts(review.session)
    assert sorted(kept) == ids[:2]
    row = kept[ids[0]]
    assert (row.media_type, row.licence) == ("application/xml", CC_BY)
    assert row.address == f"{review.address}/PMC70001/fullTextXML"
    # One question for all names, one for each document.
    assert len(review.paths()) == 4
    assert {asked.params.get("email") for asked in review.standin.asked} == {EMAIL}


# What was answered is not asked again, be it yes or no; after 30 days a no is asked again.
def test_nothing_is_asked_twice_until_a_no_is_old(review: Review) -> None:
    ids = review.include(1, 3)
    review.retrieve()
    asked = len(review.standin.asked)
    nearly = AGAIN_AFTER - timedelta(seconds=1)
    assert review.retrieve(after=nearly) == RetrievalSummary()
    assert len(review.standin.asked) == asked
    closed = review.standin.world.records[2]
    closed["full_text"] = make_jats(closed)
    assert review.retrieve(after=AGAIN_AFTER) == RetrievalSummary(retrieved=1)
    assert review.paths()[asked:] == ["/search", "/PMC70003/fullTextXML"]
    assert sorted(find_full_texts(review.session)) == ids


# Only what people included and did not exclude later is asked for; the machine's word is enough
# where that is wished, and never against a person's.
def test_only_reports_that_people_included_are_sought(review: Review) -> None:
    included, excluded, disputed, assessed, untouched, contradicted = [
        review.add(Record(source="x", source_id=str(n), title=f"{n}", pmid=str(n)))
        for n in range(1, 7)
    ]
    review.decide(included, Verdict.INCLUDE)
    review.decide(excluded, Verdict.INCLUDE)
    review.decide(excluded, Verdict.EXCLUDE, Stage.FULL_TEXT)
    review.decide(disputed, Verdict.INCLUDE)
    review.decide(disputed, Verdict.EXCLUDE, reviewer="ben")
    review.decide(assessed, Verdict.INCLUDE, Stage.FULL_TEXT)
    review.decide(contradicted, Verdict.EXCLUDE)
    verdict = Assessment(
        verdict=Verdict.INCLUDE, probability=0.9, exclusion_reason=None, answers=(), model="m"
    )
    reports = find_reports(review.session, [untouched, contradicted, disputed]).values()
    keep_assessments(review.session, review.run_id, [(r, verdict) for r in reports], review.now)

    def sought(**options: bool) -> list[int]:
        return [r.report_id for r in find_sought(review.session, review.now, **options)]

    assert sought() == [included, assessed]
    assert sought(also_suggested=True) == [included, assessed, untouched]


# A report is found by any name that any of its records has: Europe PMC's, PMID or DOI.
@pytest.mark.parametrize(
    "named",
    [
        {"source": "europepmc", "source_id": "MED:40000001"},
        {"source": "psycinfo", "source_id": "1", "pmid": "40000001"},
        {"source": "crossref", "source_id": "1", "doi": "10.5555/invented.1"},
        {"source": "x", "source_id": "1", "pmid": "40000001", "doi": '10.5555/odd"(name'},
        {"source": "x", "source_id": "1", "doi": "10.5555/(sici)1-2(2026)7:2<3::aid-4>3.0.co;2-#"},
    ],
)
def test_a_report_is_found_by_each_of_its_names(review: Review, named: dict[str, str]) -> None:
    doi = named.get("doi", "") if "pmid" not in named else "10.5555/invented.1"
    record = review.standin.world.records[0]
    record["doi"] = doi.upper()
    record["full_text"] = make_jats(record)
    review.decide(review.add(Record(title="Peer support", **named)), Verdict.INCLUDE)
    assert review.retrieve() == RetrievalSummary(retrieved=1)


# A report without any id is no question; it is known to have no document there.
def test_a_report_without_an_id_is_not_asked_for(review: Review) -> None:
    review.decide(review.add(Record(source="x", source_id="1", title="Peers")), Verdict.INCLUDE)
    assert review.retrieve() == RetrievalSummary(without_id=1)
    assert review.standin.asked == []


# Many reports are looked up in few questions, and each gets its own document.
def test_many_reports_are_looked_up_together(review: Review) -> None:
    numbers = list(range(10, 70))
    review.standin.world.records = [_open(n) for n in numbers]
    ids = review.include(*numbers)
    assert review.retrieve() == RetrievalSummary(retrieved=60)
    assert [p for p in review.paths() if "search" in p] == ["/searchPOST", "/search"]
    for number, report_id in zip(numbers, ids, strict=True):
        found = load_full_text(review.session, report_id, review.raw)
        assert found is not None
        assert f"service {number};".encode() in found


# What passes is asked again and loses nothing.
@pytest.mark.parametrize(
    "fault",
    [
        Fault(at=2, times=2),
        Fault(at=2, kind="cut"),
        Fault(at=2, kind="clip"),
        Fault(at=2, status=200, body=b"<html>maintenance</html>"),
        Fault(at=1, kind="clip"),
        Fault(at=1, status=200, body=b'{"errCode":500,"errMsg":"Internal error"}'),
        Fault(at=1, times=3, status=429, headers={"retry-after": "7"}),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}-at-{fault.at}",
)
def test_faults_that_pass_lose_nothing(review: Review, fault: Fault) -> None:
    review.include(1, 2)
    review.standin.faults = [fault]
    assert review.retrieve() == RetrievalSummary(retrieved=2)


# An outage is never read as "not open": the report stays wanted and the next run asks again.
@pytest.mark.parametrize(
    "fault",
    [
        Fault(at=2, times=Client.TRIES),
        Fault(at=2, times=Client.TRIES, kind="clip"),
        Fault(at=2, times=Client.TRIES, status=200, body=b"<html>maintenance</html>"),
        Fault(at=2, status=403, body=b"no"),
        Fault(at=2, status=410, body=b"gone"),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
def test_an_outage_fails_its_own_report_only(review: Review, fault: Fault) -> None:
    first, second = review.include(1, 2)
    review.standin.faults = [fault]
    done = review.retrieve()
    assert (done.retrieved, done.not_open, done.remaining) == (1, 0, 1)
    [sentence] = done.failed
    assert "PMC70001" in sentence
    assert EMAIL not in sentence
    assert [row[0] for row in review.rows()] == [second]
    review.standin.faults = []
    assert review.retrieve() == RetrievalSummary(retrieved=1)
    assert sorted(find_full_texts(review.session)) == [first, second]
    run = find_run(review.session, review.run_id)
    assert run is not None
    assert run.summary["retrieval"]["retrieved"] == 2


# Where the source is down altogether, the run does not spend its hour on finding that out.
def test_a_source_that_is_down_is_left_alone(review: Review) -> None:
    review.standin.world.records = [_open(n) for n in range(10, 20)]
    review.include(*range(10, 20))
    review.standin.faults = [Fault(at=2, times=FOR_GOOD)]
    done = review.retrieve()
    assert (len(done.failed), done.remaining) == (3, 10)
    assert len(review.standin.asked) == 1 + 3 * Client.TRIES


# A search that does not say who is who fails all it asked about, and nothing is written down.
@pytest.mark.parametrize(
    "fault",
    [
        Fault(at=1, times=Client.TRIES),
        Fault(at=1, status=200, body=b'{"errCode":400,"errMsg":"Invalid query"}'),
        Fault(
            at=1,
            times=Client.TRIES,
            status=200,
            body=b'{"hitCount":2,"resultList":{"result":[{"id":"40000001","source":"MED"}]}}',
        ),
    ],
    ids=["down", "refused", "short"],
)
def test_a_lookup_that_fails_says_nothing_of_any_report(review: Review, fault: Fault) -> None:
    review.include(1, 2)
    review.standin.faults = [fault]
    done = review.retrieve()
    assert (done.remaining, len(done.failed)) == (2, 1)
    assert review.rows() == []


# A document that is another report's is refused with a sentence, and never handed on.
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"pmid": "40000099"}, "PMID 40000099"),
        ({"pmid": "", "doi": "10.5555/other"}, "DOI 10.5555/other"),
        ({"pmcid": "PMC70099"}, "PMC70099 came"),
    ],
)
def test_a_document_of_another_report_is_refused(
    review: Review, wrong: dict[str, str], said: str
) -> None:
    [report_id] = review.include(1)
    record = review.standin.world.records[0]
    record["full_text"] = make_jats({**record, **wrong})
    done = review.retrieve()
    assert (done.retrieved, done.not_open, done.failed) == (0, 0, ())
    [sentence] = done.refused
    assert said in sentence
    assert load_full_text(review.session, report_id, review.raw) is None
    assert find_full_texts(review.session) == {}
    assert review.rows() == [(report_id, "PMC70001", "other_report")]


# A DOI that was corrected, or none at all, does not make a document another's.
@pytest.mark.parametrize("other", [{"doi": "10.5555/older"}, {"pmid": "", "doi": ""}])
def test_a_document_that_says_less_is_not_another(review: Review, other: dict[str, str]) -> None:
    review.include(1)
    record = review.standin.world.records[0]
    record["full_text"] = make_jats({**record, **other})
    assert review.retrieve() == RetrievalSummary(retrieved=1)


# A front without a text is no full text.
def test_a_front_alone_is_not_a_full_text(review: Review) -> None:
    review.include(1)
    record = review.standin.world.records[0]
    record["full_text"] = make_jats(record, body="")
    assert review.retrieve() == RetrievalSummary(not_open=1)


# Whatever came is in raw/ before it is read, also what could not be.
def test_every_answer_is_kept_before_it_is_read(review: Review) -> None:
    review.include(1)
    broken = b"<article><front>broken"
    review.standin.faults = [Fault(at=2, times=Client.TRIES, status=200, body=broken)]
    assert review.retrieve().remaining == 1
    kept = [load_raw(file.stem, review.raw) for file in review.raw.rglob("*.gz")]
    assert broken in kept


class _KilledError(Exception):
    pass


# Killed between two documents and run again, it asks for none it has, and ends the same.
@pytest.mark.parametrize("commits", [0, 1, 2])
def test_a_retrieval_killed_in_the_middle_goes_on(
    review: Review, store: Store, commits: int
) -> None:
    ids = review.include(1, 2, 3)

    def killed(session: Session) -> Callable[[], None]:
        left = commits
        commit = session.commit

        def count() -> None:
            nonlocal left
            if not left:
                raise _KilledError
            left -= 1
            commit()

        return count

    with store.session() as doomed:
        doomed.commit = killed(doomed)  # type: ignore[method-assign]
        review.session, session = doomed, review.session
        with pytest.raises(_KilledError):
            review.retrieve()
        review.session = session
    review.session.connection.rollback()
    assert [row[0] for row in review.rows()] == ids[:commits]
    before = len(review.paths())
    done = review.retrieve()
    assert done.retrieved + done.not_open == 3 - commits
    assert [path for path in review.paths()[before:] if "fullText" in path] == [
        f"/PMC7000{number}/fullTextXML" for number in (1, 2, 3)[commits:]
    ]
    assert review.rows() == [
        (ids[0], "PMC70001", "retrieved"),
        (ids[1], "PMC70002", "retrieved"),
        (ids[2], "PMC70003", "not_open"),
    ]


# Two reports that become one have one full text, whichever of them it was fetched for.
def test_a_joined_report_keeps_its_full_text(review: Review) -> None:
    first, second = review.include(4, 1)
    review.retrieve()
    review.session.execute(sa.text("DELETE FROM report_member"))
    review.session.execute(sa.text("DELETE FROM report"))
    keep_members(review.session, {first: first, second: first})
    assert list(find_full_texts(review.session)) == [first]
    assert load_full_text(review.session, first, review.raw) is not None
    later = review.now + 2 * AGAIN_AFTER
    assert find_sought(review.session, later) == []
