"""PubMed: every record of a window once, past the wall of ten thousand, whatever goes wrong."""

from __future__ import annotations

import json
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identification.sources.base import (
    Answer,
    AnswerError,
    Change,
    Page,
    QuestionError,
    Window,
)
from identification.sources.client import Client
from identification.sources.notices import Notice, NoticeKind
from identification.sources.pubmed import PubMed
from tests.standins.eutils import EutilsStandIn
from tests.standins.library import make_record, make_records
from tests.standins.serving import FOR_GOOD, Fault, served
from tests.standins.world import World

MONTH = Window(since=date(2026, 1, 1), until=date(2026, 2, 28))
QUERY = '("peer support"[tiab] OR "peer worker*"[tiab]) AND mental[tiab]'


class SmallPubMed(PubMed):
    """The same with small numbers, so that walls are met with few records."""

    MOST_IDS, SPLIT_ABOVE, BATCH = 9, 8, 4


@pytest.fixture
def standin():
    return EutilsStandIn(World(make_records(23)))


@pytest.fixture
def source(standin):
    class Batches(PubMed):
        BATCH = 5

    with served(standin) as address:
        yield Batches(address=address, email="ana@example.org")


def _answer(body: bytes, status: int = 200) -> Answer:
    return Answer(status=status, headers={}, body=body)


def _ids(count: str, *ids: str, **more: object) -> Answer:
    result = {"count": count, "idlist": list(ids), **more}
    return _answer(json.dumps({"esearchresult": result}).encode())


# One search and five batches; every record comes once and the count is right.
def test_all_records_are_fetched(standin, source, client_for, walked):
    got = walked(client_for(source), source.walk(QUERY, MONTH, Change.NEW))
    assert got.expected == 23
    assert len(got.ids) == len(set(got.ids)) == 23
    assert [asked.path for asked in standin.asked] == ["/esearch.fcgi", *["/efetch.fcgi"] * 5]
    assert {asked.params["tool"] for asked in standin.asked} == {"living-review"}
    assert {asked.params["email"] for asked in standin.asked} == {"ana@example.org"}
    assert got.pages[0].understood == QUERY
    assert (got.warnings, got.refused) == ([], [])


# A record is normalised, with the day it was added; a cited DOI is not its own.
def test_a_record_says_what_the_source_says(source, client_for, walked):
    (found,) = walked(client_for(source), source.find_known(QUERY, ("40000003",))).found
    record = found.record
    assert (record.source, record.source_id, record.pmid) == ("pubmed", "40000003", "40000003")
    assert record.title == "Peer support in service 3: what helps"
    assert record.abstract.endswith("spoke of mental health care in service 3; P<0.05.")
    assert record.authors == ("Okello, Grace", "Nguyen, Anh 3")
    assert (record.year, record.doi) == (2026, "10.5555/invented.3")
    assert (record.volume, record.issue, record.pages) == ("7", "2", "3-12")
    assert found.entered_on == date(2026, 1, 8)


# The wall: a window is halved until its parts can be fetched, and no day is lost or asked twice.
def test_a_large_window_is_split(client_for, walked):
    standin = EutilsStandIn(World(make_records(100)), wall=9)
    with served(standin) as address:
        source = SmallPubMed(address=address)
        got = walked(client_for(source), source.walk(QUERY, MONTH, Change.NEW))
    assert got.expected == len(got.ids) == len(set(got.ids)) == 100
    searches = [asked.params for asked in standin.asked if asked.path == "/esearch.fcgi"]
    assert searches[0]["mindate"] == "2026/01/01"
    assert {asked["datetype"] for asked in searches} == {"crdt"}
    assert len(searches) > 13


# Whatever the counts of the days, the parts of a window are its days, each once, in order.
@given(st.lists(st.integers(0, 9), min_size=1, max_size=40))
def test_parts_of_a_window_are_its_days(counts):
    first = date(2026, 1, 30)
    days = [date.fromordinal(first.toordinal() + n) for n in range(len(counts))]
    held = dict(zip(days, counts, strict=True))
    walk = SmallPubMed().walk("peer", Window(since=days[0], until=days[-1]), Change.NEW)
    covered: list[date] = []
    while (request := walk.next_request()) and "term" in request.params:
        since, until = (
            date.fromisoformat(request.params[name].replace("/", "-"))
            for name in ("mindate", "maxdate")
        )
        inside = [day for day in days if since <= day <= until]
        ids = [f"{day.toordinal()}{n:02}" for day in inside for n in range(held[day])]
        walk.take(_ids(str(len(ids)), *ids[:9]))
        if len(ids) <= 8 or len(inside) == 1:
            covered += inside
    assert covered == days
    assert walk.expected == sum(counts)


# A single day beyond the wall cannot be fetched, and the sentence says what to do.
def test_a_day_beyond_the_wall_is_refused(client_for):
    place = {"pubmed": {"entered": "2026-01-10"}}
    records = [make_record(n, **{"in": {"pubmed": {**place["pubmed"], "id": str(n)}}})
               for n in range(1, 12)]  # fmt: skip
    with served(EutilsStandIn(World(records), wall=9)) as address:
        source = SmallPubMed(address=address)
        client, walk = client_for(source), source.walk(QUERY, MONTH, Change.NEW)
        with pytest.raises(QuestionError, match="11 records on the single day 2026-01-10"):
            while request := walk.next_request():
                client.fetch(request, walk.take)


# A citation added years after its publication is new; its entry date would hide it.
def test_a_late_citation_is_new(client_for, walked):
    place = {"id": "5", "entered": "2026-01-10", "edat": "1999-06-01", "pdat": "1999-06-01"}
    standin = EutilsStandIn(World([make_record(1, **{"in": {"pubmed": place}})]))
    with served(standin) as address:
        source = PubMed(address=address)
        (found,) = walked(client_for(source), source.walk(QUERY, MONTH, Change.NEW)).found
    assert found.entered_on == date(2026, 1, 10)


# A retraction between two runs is found as a change, on the report and not on its notice.
def test_a_retraction_between_two_runs(client_for, walked):
    types = ["Journal Article", "Retracted Publication"]
    notice = {"kind": "retraction", "pmid": "99", "reference": "J Inv. 2026 Feb 3;7(2):9."}
    report = make_record(1, changes=[{"on": "2026-02-04", "types": types, "notices": [notice]}])
    about = make_record(
        2,
        types=["Retraction of Publication"],
        notice_of=["40000001"],
        **{"in": {"pubmed": {"id": "99", "entered": "2026-02-04"}}},
    )
    standin = EutilsStandIn(World([report, about], today="2026-01-31"))
    february = Window(since=date(2026, 2, 1), until=date(2026, 2, 7))
    with served(standin) as address:
        source = PubMed(address=address)
        client = client_for(source)
        before = walked(client, source.walk(QUERY, MONTH, Change.NEW))
        standin.world.today = "2026-02-07"
        after = walked(client, source.walk(QUERY, february, Change.CHANGED))
    assert [found.notices for found in before.found] == [()]
    notices = {found.record.source_id: found.notices for found in after.found}
    assert notices["99"] == ()
    assert notices["40000001"] == (
        Notice(kind=NoticeKind.RETRACTION, notice_id="99", source="pubmed", dated=date(2026, 2, 3)),
    )
    retracted = next(f.record for f in after.found if f.record.source_id == "40000001")
    assert "Retracted Publication" in retracted.publication_types


# A book is a record; one withdrawn between search and fetch is refused, after a second look.
def test_books_and_withdrawn_records(client_for, walked):
    book = make_record(1, types=["Book"])
    going = make_record(2)
    standin = EutilsStandIn(World([book, going, make_record(3)]))
    with served(standin) as address:
        source = PubMed(address=address)
        client, walk = client_for(source), source.walk("peer", MONTH, Change.NEW)
        client.fetch(walk.next_request(), walk.take)
        going["deleted"] = "2026-03-01"
        got = walked(client, walk)
    assert got.ids == ["40000001", "40000003"]
    assert got.refused == ["pubmed 40000002: found but not delivered, twice"]
    assert got.expected == len(got.ids) + len(got.refused)


# A batch whose records are all gone comes as an empty set: each is refused, after a second look.
@pytest.mark.parametrize(
    "empty",
    [
        b"<PubmedArticleSet></PubmedArticleSet>",
        b"<?xml version='1.0'?>\n<PubmedArticleSet/>\n",
        b"<PubmedArticleSet><DeleteCitation><PMID>7</PMID></DeleteCitation></PubmedArticleSet>",
    ],
)
def test_an_empty_set_is_a_shortfall_and_no_end(empty):
    walk = PubMed().walk("peer", MONTH, Change.NEW)
    walk.take(_ids("2", "7", "8"))
    assert walk.take(_answer(empty)) == Page()
    assert walk.next_request().params["id"] == "7,8"
    page = walk.take(_answer(empty))
    assert page.refused == tuple(
        f"pubmed {pmid}: found but not delivered, twice" for pmid in (7, 8)
    )
    assert (walk.next_request(), walk.expected) == (None, 2)


# A record that comes under another PMID, since PubMed merged two, is kept; the books balance.
def test_a_record_under_another_pmid():
    walk = PubMed().walk("peer", MONTH, Change.NEW)
    walk.take(_ids("1", "7"))
    other = (
        b"<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>8</PMID><Article><ArticleTitle>"
        b"Peers</ArticleTitle></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"
    )
    assert [found.record.source_id for found in walk.take(_answer(other)).records] == ["8"]
    page = walk.take(_answer(other))
    assert page.records == ()
    assert page.refused == ("pubmed 7: found but not delivered, twice",)
    assert walk.next_request() is None
    assert walk.expected == 2


# What PubMed leaves out of a query is told, once.
def test_dropped_phrases_and_fields_are_told(client_for, walked):
    query = '("peer support"[tiab] OR "zzz unheard of"[tiab]) AND mental[tibble]'
    standin = EutilsStandIn(World(make_records(100)), wall=9)
    with served(standin) as address:
        source = SmallPubMed(address=address)
        got = walked(client_for(source), source.walk(query, MONTH, Change.NEW))
    assert got.misread == [
        "PubMed knows no field 'tibble'",
        "PubMed finds nothing for 'zzz unheard of'",
    ]
    assert len(got.ids) == 100


# No hit is an answer, not a fault.
def test_nothing_found(source, client_for, walked):
    empty = Window(since=date(2020, 1, 1), until=date(2020, 1, 7))
    got = walked(client_for(source), source.walk(QUERY, empty, Change.NEW))
    assert (got.expected, got.ids, got.misread) == (0, [], [])


# Known records are sought through the same strategy.
def test_known_records_are_sought_through_the_strategy(source, client_for, walked):
    client = client_for(source)
    ids = ("40000001", "40000009", "77")
    assert walked(client, source.find_known(QUERY, ids)).ids == list(ids[:2])
    assert walked(client, source.find_known("recovery[tiab] OR college[tiab]", ids)).ids == []
    assert walked(client, source.find_known(QUERY, ())).expected == 0


# A long strategy, and a batch of ids, go into a form.
def test_long_questions_are_posted(client_for, walked):
    query = " OR ".join([QUERY, *(f'"consumer provider {n}"[tiab]' for n in range(120))])
    standin = EutilsStandIn(World(make_records(190)))
    with served(standin) as address:
        source = PubMed(address=address)
        got = walked(client_for(source), source.walk(query, MONTH, Change.NEW))
    assert len(got.ids) == 190
    assert [asked.method for asked in standin.asked] == ["POST", "POST"]


# Whatever passes is asked again, and nothing is lost or doubled by it.
@pytest.mark.parametrize(
    "fault",
    [
        Fault(at=1, times=2),
        Fault(at=1, status=200, body=b'{"error":"API rate limit exceeded","count":"4"}'),
        Fault(at=1, status=200, body=b'{"esearchresult":{"ERROR":"Search Backend failed:\n502"}}'),
        Fault(at=1, status=200, body=b'{"esearchresult":{"count":"23","idlist":["1"]}}'),
        Fault(at=1, kind="cut"),
        Fault(at=3, kind="cut"),
        Fault(at=3, kind="clip"),
        Fault(at=3, status=200, body=b"<html><title>NCBI/eutils202 - WWW Error 500</title></html>"),
        Fault(at=3, status=200, body=b"<eFetchResult><ERROR>WebEnv gone</ERROR></eFetchResult>"),
        Fault(at=2, times=4, status=429, body=b'{"error":"API rate limit exceeded"}'),
    ],
    ids=lambda fault: f"{fault.at}-{fault.kind}-{fault.status}-{fault.body[:22]!r}",
)  # fmt: skip
def test_faults_that_pass_lose_nothing(fault, standin, source, client_for, walked):
    standin.faults = [fault]
    got = walked(client_for(source), source.walk(QUERY, MONTH, Change.NEW))
    assert got.expected == len(got.ids) == len(set(got.ids)) == 23
    assert (got.warnings, got.refused) == ([], [])


# At our pace NCBI has no reason to refuse; and if it does, with 429 or inside a 200, we wait.
def test_the_pace_is_kept():
    class OneByOne(PubMed):
        BATCH = 1

    standin = EutilsStandIn(World(make_records(14)), per_second=(3, 10))
    with served(standin) as address:
        source = OneByOne(address=address, api_key="k" * 36)
        walk = source.walk(QUERY, MONTH, Change.NEW)
        with Client([source]) as client:
            while request := walk.next_request():
                client.fetch(request, walk.take)
    times = [asked.at for asked in standin.asked]
    assert len(times) == 15
    assert standin.refusals == 0
    assert min(b - a for a, b in pairwise(times)) > 0.05


# The same on a clock that only our waiting moves, without a key and with one.
@pytest.mark.parametrize(("key", "at_most"), [("", 3), ("k" * 36, 10)])
def test_the_pace_is_that_of_the_key(key, at_most, client_for, walked, clock):
    class OneByOne(PubMed):
        BATCH = 1

    standin = EutilsStandIn(World(make_records(23)), per_second=(3, 10), clock=clock)
    with served(standin) as address:
        source = OneByOne(address=address, api_key=key)
        got = walked(client_for(source), source.walk(QUERY, MONTH, Change.NEW))
    assert len(got.ids) == 23
    assert standin.refusals == 0
    assert clock.now >= 23 / at_most


@pytest.mark.parametrize("refuse_with_200", [False, True])
def test_a_refusal_for_haste_is_waited_out(refuse_with_200, client_for, walked, clock):
    standin = EutilsStandIn(
        World(make_records(23)), per_second=(3, 10), refuse_with_200=refuse_with_200, clock=clock
    )

    class Hasty(PubMed):
        SPACING, BATCH = 0.0, 3

    with served(standin) as address:
        source = Hasty(address=address)
        got = walked(client_for(source), source.walk(QUERY, MONTH, Change.NEW))
    assert len(got.ids) == 23
    assert standin.refusals > 0


# A batch that fails for good fails the search; the kept answers carry a new walk to that place.
def test_a_batch_that_fails_for_good_fails_the_search(standin, source, client_for, walked):
    standin.faults = [Fault(at=4, times=FOR_GOOD)]
    client, walk = client_for(source), source.walk(QUERY, MONTH, Change.NEW)
    kept = []
    with pytest.raises(AnswerError, match="status 500"):
        while request := walk.next_request():
            kept.append(client.fetch(request, walk.take)[0])
    assert len(kept) == 3
    standin.faults = []
    resumed = source.walk(QUERY, MONTH, Change.NEW)
    ids = [found.record.source_id for answer in kept for found in resumed.take(answer).records]
    assert resumed.next_request() == walk.next_request()
    ids += walked(client, resumed).ids
    assert len(ids) == len(set(ids)) == 23


# The real message of the wall holds a bare line break; it is a fault, never an empty result.
def test_the_wall_message_is_a_fault(standin, source, client_for):
    request = source.ask("esearch", term="peer", retmode="json", retstart="9999", retmax="20")
    walk = source.walk(QUERY, MONTH, Change.NEW)
    client = client_for(source)
    client.TRIES = 1
    with pytest.raises(AnswerError, match="cannot be larger than 9998"):
        client.fetch(request, walk.take)
    assert walk.expected is None


# A set that lost its end, a book of errors, an answer that is none: never taken for records.
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<PubmedArticleSet>",
        b"<PubmedArticleSet><PubmedArticle><MedlineCitation>",
        b"<PubmedArticleSet></PubmedArticleSet><PubmedArticleSet>",
        b"\xff\xfe\x00<PubmedArticleSet></PubmedArticleSet>",
        b"<PubmedArticleSet><PubmedArticle><A>Stra\xdfe</A></PubmedArticle></PubmedArticleSet>",
        b"<ePostResult><ERROR>Empty ID list; Nothing to store</ERROR></ePostResult>",
        b'<!DOCTYPE a [<!ENTITY x "y">]><PubmedArticleSet>&x;</PubmedArticleSet>',
    ],
)
def test_damaged_sets_are_faults(body):
    walk = PubMed().walk("peer", MONTH, Change.NEW)
    walk.take(_ids("1", "7"))
    before = walk.next_request()
    with pytest.raises(AnswerError):
        walk.take(_answer(body))
    assert walk.next_request() == before


# Real answers of the other utilities are faults here, and real sets are read to the last record.
def test_recorded_answers(shared_data):
    others = sorted((shared_data / "fixtures/eutils_other").glob("*"))
    sets = sorted((shared_data / "fixtures/pubmed_xml").glob("metapub__pmid_*.xml"))
    if not others or not sets:
        pytest.skip("no recorded answers of PubMed are beside this checkout")
    for file in others:
        walk = PubMed().walk("peer", MONTH, Change.NEW)
        with pytest.raises(AnswerError):
            walk.take(_answer(file.read_bytes()))
        walk.take(_ids("1", "7"))
        with pytest.raises(AnswerError):
            walk.take(_answer(file.read_bytes()))
    for file in sets:
        data = file.read_bytes()
        count = data.count(b"<PubmedArticle>") + data.count(b"<PubmedBookArticle>")
        walk = PubMed().walk("peer", MONTH, Change.NEW)
        walk.take(_ids("1", "7"))
        page = walk.take(_answer(data))
        assert len(page.records) + len(page.refused) == count
        assert all(found.entered_on for found in page.records)
