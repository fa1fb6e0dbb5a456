"""Europe PMC: every record of a window once, whatever goes wrong on the way."""

from __future__ import annotations

import json
from datetime import date

import pytest

from identification.sources.base import Answer, AnswerError, Change, QuestionError, Window
from identification.sources.europepmc import EuropePmc
from identification.sources.notices import Notice, NoticeKind
from tests.standins.europepmc import EuropePmcStandIn
from tests.standins.library import make_record, make_records
from tests.standins.serving import FOR_GOOD, Fault, served
from tests.standins.world import World

MONTH = Window(since=date(2026, 1, 1), until=date(2026, 1, 31))
QUERY = 'TITLE_ABS:"peer support" OR TITLE_ABS:"peer specialist"'


@pytest.fixture
def standin():
    return EuropePmcStandIn(World(make_records(23)))


@pytest.fixture
def source(standin):
    with served(standin) as address:
        yield EuropePmc(address=address, page_size=5)


# The pages are 5, 5, 5, 5, 3 and one empty; every record comes once and the count is right.
def test_all_pages_are_walked(standin, source, client_for, walked):
    got = walked(client_for(source), source.walk(QUERY, MONTH, Change.NEW))
    assert got.expected == 23
    assert len(got.ids) == len(set(got.ids)) == 23
    assert [len(page.records) for page in got.pages] == [5, 5, 5, 5, 3, 0]
    # The cursor comes back as it was given, with all that means something else in an address.
    assert standin.asked[1].params["cursorMark"].startswith("++//")
    assert standin.asked[1].params["cursorMark"].endswith("==")
    assert got.pages[0].understood == standin.asked[0].params["query"]


# A record is normalised: no markup, comparisons kept, its own id with the source's prefix.
def test_a_record_says_what_the_source_says(source, client_for, walked):
    got = walked(client_for(source), source.find_known(QUERY, ("MED:40000003",)))
    (found,) = got.found
    record = found.record
    assert (record.source, record.source_id) == ("europepmc", "MED:40000003")
    assert record.title == "Peer support in service 3: what helps"
    assert record.abstract == (
        "Background Peer workers spoke of mental health care in service 3; P<0.05."
    )
    assert record.authors == ("Okello, Grace", "Nguyen, Anh 3")
    assert (record.year, record.doi, record.pmid) == (2026, "10.5555/invented.3", "40000003")
    assert (record.journal, record.volume, record.issue) == (
        "Journal of Invented Studies",
        "7",
        "2",
    )
    assert (record.pages, record.language) == ("3-12", "en")
    assert found.entered_on == date(2026, 1, 8)


# The window is laid over the whole strategy, not over its last alternative.
def test_the_window_holds_for_every_alternative(source, client_for, walked):
    day = Window(since=date(2026, 1, 8), until=date(2026, 1, 9))
    got = walked(client_for(source), source.walk(QUERY, day, Change.NEW))
    assert got.ids == ["MED:40000003", "MED:40000004"]


# A record that enters with a publication date years ahead is found by the day it entered.
def test_a_publication_date_in_the_future_hides_nothing(client_for, walked):
    place = {"europepmc": {"id": "MED:1", "entered": "2026-01-10", "published": "2027-12-01"}}
    with served(EuropePmcStandIn(World([make_record(1, **{"in": place})]))) as address:
        source = EuropePmc(address=address)
        got = walked(client_for(source), source.walk(QUERY, MONTH, Change.NEW))
    assert got.ids == ["MED:1"]


# What changed between two runs is found as changed: a title, a DOI, a retraction.
def test_changes_are_found_by_the_day_they_were_made(client_for, walked):
    notice = {"kind": "retraction", "pmid": "41", "reference": "J Inv. 2026 Feb 3;7(2):9"}
    record = make_record(
        1,
        doi="",
        changes=[{"on": "2026-02-04", "title": "RETRACTED: Peer support", "doi": "10.5555/late",
                  "notices": [notice]}],
    )  # fmt: skip
    standin = EuropePmcStandIn(World([record, make_record(2)], today="2026-01-31"))
    february = Window(since=date(2026, 2, 1), until=date(2026, 2, 7))
    with served(standin) as address:
        source = EuropePmc(address=address)
        client = client_for(source)
        before = walked(client, source.walk(QUERY, MONTH, Change.NEW))
        standin.world.today = "2026-02-07"
        new = walked(client, source.walk(QUERY, february, Change.NEW))
        after = walked(client, source.walk(QUERY, february, Change.CHANGED))
    assert [found.notices for found in before.found] == [(), ()]
    assert new.ids == []
    (found,) = after.found
    assert found.record.doi == "10.5555/late"
    assert found.notices == (
        Notice(
            kind=NoticeKind.RETRACTION,
            notice_id="41",
            source="europepmc",
            dated=date(2026, 2, 3),
        ),
    )


# A preprint has no journal; its server takes that place.
def test_a_preprint_stands_on_its_server(client_for, walked):
    record = make_record(
        1,
        journal="medRxiv",
        pmid="",
        types=["Preprint"],
        **{"in": {"europepmc": {"id": "PPR:PPR77", "entered": "2026-01-10"}}},
    )
    with served(EuropePmcStandIn(World([record]))) as address:
        source = EuropePmc(address=address)
        (found,) = walked(client_for(source), source.walk(QUERY, MONTH, Change.NEW)).found
    assert found.record.source_id == "PPR:PPR77"
    assert found.record.journal == "medRxiv"
    assert found.record.publication_types == ("Preprint",)


# Known records are sought through the same strategy: one that it no longer finds is not found.
def test_known_records_are_sought_through_the_strategy(source, client_for, walked):
    ids = ("MED:40000001", "MED:40000009", "MED:5")
    assert walked(client_for(source), source.find_known(QUERY, ids)).ids == list(ids[:2])
    lost = walked(client_for(source), source.find_known('TITLE_ABS:"recovery college"', ids))
    assert (lost.expected, lost.ids) == (0, [])


# A long strategy goes into a form.
def test_a_long_strategy_is_posted(standin, source, client_for, walked):
    query = " OR ".join([QUERY, *(f'TITLE_ABS:"consumer provider {n}"' for n in range(80))])
    got = walked(client_for(source), source.walk(query, MONTH, Change.NEW))
    assert len(got.ids) == 23
    assert {(asked.method, asked.path) for asked in standin.asked} == {("POST", "/searchPOST")}


# Whatever passes is asked again, and nothing is lost or doubled by it.
@pytest.mark.parametrize(
    "fault",
    [
        Fault(at=3, times=2),
        Fault(at=3, kind="cut"),
        Fault(at=3, kind="clip"),
        Fault(at=2, status=200, body=b"<html>maintenance</html>"),
        Fault(at=2, status=200, body=b'{"errCode":500,"errMsg":"Internal error"}'),
        Fault(at=1, times=3, status=429, headers={"retry-after": "7"}, body=b"slow down"),
        Fault(at=4, times=5, status=503),
        Fault(at=2, kind="drip", pause=0.001),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.body[:12]!r}",
)
def test_faults_that_pass_lose_nothing(fault, standin, source, client_for, walked):
    standin.faults = [fault]
    got = walked(client_for(source), source.walk(QUERY, MONTH, Change.NEW))
    assert got.expected == len(got.ids) == len(set(got.ids)) == 23
    assert got.warnings == []


# A page that fails for good fails the search; the walk stands where it stood and can go on.
def test_a_page_that_fails_for_good_fails_the_search(standin, source, client_for, walked):
    standin.faults = [Fault(at=3, times=FOR_GOOD)]
    client, walk = client_for(source), source.walk(QUERY, MONTH, Change.NEW)
    kept = []
    with pytest.raises(AnswerError, match="status 500"):
        while request := walk.next_request():
            kept.append(client.fetch(request, walk.take)[0])
    assert len(kept) == 2
    standin.faults = []
    resumed = source.walk(QUERY, MONTH, Change.NEW)
    ids = [found.record.source_id for answer in kept for found in resumed.take(answer).records]
    assert resumed.next_request() == walk.next_request()
    ids += walked(client, resumed).ids
    assert len(ids) == len(set(ids)) == 23


# The source's own refusal comes inside a 200; it is told to the person, and asked once only.
def test_a_refused_question_is_not_asked_again(standin, source, client_for):
    walk = source.walk("TITLE_ABS:(", MONTH, Change.NEW)
    with pytest.raises(QuestionError, match="error 400"):
        client_for(source).fetch(walk.next_request(), walk.take)
    assert len(standin.asked) == 1


# More than a thousand a page is refused inside a 200 that says 404: no empty result.
def test_too_large_a_page_is_refused(standin, source, client_for):
    large = EuropePmc(address=source.address, page_size=1001, synonyms=True)
    walk = large.walk(QUERY, MONTH, Change.NEW)
    with pytest.raises(QuestionError, match="error 404: Invalid page size"):
        client_for(large).fetch(walk.next_request(), walk.take)
    assert walk.expected is None
    assert standin.asked[0].params["synonym"] == "TRUE"


# A record that vanishes from the count is a shortfall; the walk looks once more, then says so.
def test_a_shortfall_is_seen(source):
    walk = source.walk(QUERY, MONTH, Change.NEW)
    one = {"id": "1", "source": "MED", "title": "Peer support"}

    def page(results, cursor):
        body = {"hitCount": 2, "nextCursorMark": cursor, "resultList": {"result": results}}
        return Answer(status=200, headers={}, body=json.dumps(body).encode())

    walk.take(page([one], "a"))
    again = walk.take(page([], "a"))
    assert "begun anew" in again.warnings[0]
    assert walk.next_request().params["cursorMark"] == "*"
    assert walk.take(page([one], "a")).records == ()
    walk.take(page([], "a"))
    assert walk.next_request() is None
    assert walk.expected == 2


# Records may be added or taken away while a search is read: only what is missing is a loss.
def test_a_source_that_changes_while_it_is_read(client_for, walked):
    standin = EuropePmcStandIn(World(make_records(23)))
    with served(standin) as address:
        source = EuropePmc(address=address, page_size=5)
        client = client_for(source)
        for change in (_add_one, _take_one):
            walk = source.walk(QUERY, MONTH, Change.NEW)
            first = client.fetch(walk.next_request(), walk.take)[1]
            change(standin.world.records)
            got = walked(client, walk)
            ids = [found.record.source_id for found in first.records] + got.ids
            assert len(ids) == len(set(ids)) == got.expected
            held = {record["id"] for record in standin.world.seen_in("europepmc")}
            assert held <= set(ids)


def _add_one(records):
    place = {"europepmc": {"id": "MED:1", "entered": "2026-01-10"}}
    records.append(make_record(99, **{"in": place}))


def _take_one(records):
    del records[2]


# An entry without an id is refused in a sentence, and the books still balance.
def test_an_entry_that_is_no_record_is_refused(source):
    walk = source.walk(QUERY, MONTH, Change.NEW)
    results = [{"title": "No id"}, {"title": "No id"}, {"id": "1", "source": "MED"}]
    body = {"hitCount": 3, "nextCursorMark": "", "resultList": {"result": results}}
    page = walk.take(Answer(status=200, headers={}, body=json.dumps(body).encode()))
    assert len(page.refused) == 3
    assert page.refused[0] == "europepmc: an entry without an id, titled 'No id'"
    assert walk.next_request() is None


# The real answers of the interface, in the lite form, are read whole.
def test_recorded_answers_are_read(shared_data):
    files = sorted((shared_data / "fixtures/europepmc_json").glob("*.json"))
    if not files:
        pytest.skip("no recorded answers of Europe PMC are beside this checkout")
    for file in files:
        announced = len(json.loads(file.read_bytes())["resultList"]["result"])
        walk = EuropePmc(page_size=announced).walk("cancer", MONTH, Change.NEW)
        page = walk.take(Answer(status=200, headers={}, body=file.read_bytes()))
        assert len(page.records) == announced > 0
        assert page.refused == ()
        assert all(found.record.title and found.entered_on for found in page.records)
        assert all(found.record.year and found.record.journal for found in page.records)
        assert (
            walk.next_request().params["cursorMark"]
            == json.loads(file.read_bytes())["nextCursorMark"]
        )
