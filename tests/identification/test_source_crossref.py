"""Crossref: every work of a window once, although its cursors slip, expire and never end."""

from __future__ import annotations

import json
import threading
from datetime import date

import pytest

from identification.sources.base import Answer, AnswerError, Change, QuestionError, Window
from identification.sources.client import Client
from identification.sources.crossref import Crossref, read_groups
from identification.sources.notices import Notice, NoticeKind
from tests.standins.crossref import CrossrefStandIn
from tests.standins.library import make_record, make_records
from tests.standins.serving import FOR_GOOD, Fault, served
from tests.standins.world import World

MONTH = Window(since=date(2026, 1, 1), until=date(2026, 1, 31))
QUERY = "peer support mental health"
GROUPED = "(peer support OR peer worker*) AND (mental health OR psychiatric)"


@pytest.fixture
def standin():
    return CrossrefStandIn(World(make_records(23)))


@pytest.fixture
def source(standin):
    with served(standin) as address:
        yield Crossref(address=address, rows=5, mailto="ana@example.org")


# The cursor is the same for every page; the walk ends with the first page that is not full.
def test_all_pages_are_walked(standin, source, client_for, walked):
    got = walked(client_for(source), source.walk(QUERY, MONTH, Change.NEW))
    assert got.expected == len(got.ids) == len(set(got.ids)) == 23
    assert [len(page.records) for page in got.pages] == [5, 5, 5, 5, 3]
    cursors = [asked.params["cursor"] for asked in standin.asked]
    assert cursors[0] == "*"
    assert len(set(cursors[1:])) == 1
    assert "+" in cursors[1]
    sent = standin.asked[0].params
    assert sent["filter"] == "from-index-date:2026-01-01,until-index-date:2026-01-31"
    assert got.warnings == []


# A last page that is full is followed by one empty page.
def test_a_full_last_page(client_for, walked):
    with served(CrossrefStandIn(World(make_records(10)))) as address:
        source = Crossref(address=address, rows=5)
        got = walked(client_for(source), source.walk(QUERY, MONTH, Change.NEW))
    assert [len(page.records) for page in got.pages] == [5, 5, 0]
    assert got.expected == 10


# A record is normalised: no JATS, no heading over the abstract, the DOI in lower case.
def test_a_record_says_what_the_source_says(client_for, walked):
    record = make_record(3, title="Peer support", subtitle=["A study of mental health"])
    with served(CrossrefStandIn(World([record]))) as address:
        source = Crossref(address=address)
        (found,) = walked(client_for(source), source.walk(QUERY, MONTH, Change.NEW)).found
    record = found.record
    assert (record.source, record.source_id) == ("crossref", "10.5555/invented.3")
    assert record.title == "Peer support: A study of mental health"
    assert record.abstract == "Peer workers spoke of mental health care in service 3; P<0.05."
    assert record.authors == ("Okello, Grace", "Nguyen, Anh 3")
    assert (record.year, record.doi) == (2026, "10.5555/invented.3")
    assert (record.journal, record.pages) == ("Journal of Invented Studies", "3-12")
    assert found.entered_on == date(2026, 1, 8)


# An answer that is lost on its way takes its page with it: the walk sees that and begins anew.
@pytest.mark.parametrize("kind", ["cut", "clip"])
def test_a_page_lost_on_the_way_is_fetched_after_all(kind, standin, source, client_for, walked):
    standin.faults = [Fault(at=3, kind=kind)]
    got = walked(client_for(source), source.walk(QUERY, MONTH, Change.NEW))
    assert got.expected == len(got.ids) == len(set(got.ids)) == 23
    assert got.warnings == ["5 records were lost on the way; the search was begun anew"]


# A cursor lives five minutes; a walk that was stopped longer begins anew and repeats nothing.
def test_an_expired_cursor_begins_anew(standin, source, client_for, walked):
    client, walk = client_for(source), source.walk(QUERY, MONTH, Change.NEW)
    first = client.fetch(walk.next_request(), walk.take)[1]
    standin.expire_cursors()
    got = walked(client, walk)
    ids = [found.record.source_id for found in first.records] + got.ids
    assert len(ids) == len(set(ids)) == got.expected == 23
    assert got.warnings == ["Crossref's cursor has expired; the search was begun anew"]


# Kept answers, the one with the expired cursor among them, lead a new walk the same way.
def test_kept_answers_lead_the_same_way(standin, source, client_for):
    client, walk = client_for(source), source.walk(QUERY, MONTH, Change.NEW)
    kept, ids = [], []
    while request := walk.next_request():
        answer, page = client.fetch(request, walk.take)
        kept.append(answer)
        ids += [found.record.source_id for found in page.records]
        if len(kept) == 2:
            standin.expire_cursors()
    replayed = source.walk(QUERY, MONTH, Change.NEW)
    again = [found.record.source_id for a in kept for found in replayed.take(a).records]
    assert again == ids
    assert replayed.next_request() is None


# Cursors that expire for ever fail the search instead of turning in a circle.
def test_cursors_that_always_expire_fail_the_search(standin, source, client_for):
    client, walk = client_for(source), source.walk(QUERY, MONTH, Change.NEW)
    with pytest.raises(AnswerError, match="again and again"):
        for _ in range(20):
            client.fetch(walk.next_request(), walk.take)
            standin.expire_cursors()


# Groups of terms: what is sent are the words, what is kept has a term of each group.
def test_a_strategy_of_groups_passes_over_what_it_does_not_mean(client_for, walked):
    records = [
        make_record(1),
        make_record(2, title="Peer review", abstract="Peers spoke of mental health."),
        make_record(3, title="A peer worker speaks", abstract=""),
        make_record(4, title="Mental health", abstract=""),
        make_record(5, title="Peer-support", abstract="In psychiatric wards."),
    ]
    with served(CrossrefStandIn(World(records))) as address:
        source = Crossref(address=address, rows=2)
        got = walked(client_for(source), source.walk(GROUPED, MONTH, Change.NEW))
    assert sorted(got.ids) == [f"10.5555/invented.{n}" for n in (1, 3, 5)]
    assert sum(page.passed_over for page in got.pages) == 2
    assert got.expected == 5


def test_the_words_of_a_strategy():
    words, groups = read_groups(GROUPED)
    assert words == "peer support worker mental health psychiatric"
    assert [len(group) for group in groups] == [2, 2]
    assert groups[0][1].search("two peer workers' views")
    assert not groups[0][0].search("peer supporting cast")
    assert read_groups(QUERY) == (QUERY, ())


# A retraction between two runs: on the report, with its day, and not on the notice.
def test_a_retraction_between_two_runs(client_for, walked):
    notice = {"kind": "retraction", "pmid": "9", "doi": "10.5555/NOTICE", "dated": "2026-02-03"}
    report = make_record(1, changes=[{"on": "2026-02-04", "notices": [notice]}])
    about = make_record(
        2,
        title="Retraction: Peer support in service 1",
        doi="10.5555/notice",
        notice_of=[("10.5555/invented.1", "2026-02-03")],
        **{"in": {"crossref": {"id": "10.5555/notice", "entered": "2026-02-04"}}},
    )
    standin = CrossrefStandIn(World([report, about], today="2026-01-31"))
    february = Window(since=date(2026, 2, 1), until=date(2026, 2, 7))
    with served(standin) as address:
        source = Crossref(address=address)
        client = client_for(source)
        (before,) = walked(client, source.walk(QUERY, MONTH, Change.NEW)).found
        standin.world.today = "2026-02-07"
        after = walked(client, source.walk(QUERY, february, Change.NEW))
    assert before.notices == ()
    notices = {found.record.source_id: found.notices for found in after.found}
    assert notices["10.5555/notice"] == ()
    assert notices["10.5555/invented.1"] == (
        Notice(
            kind=NoticeKind.RETRACTION,
            notice_id="10.5555/notice",
            source="crossref",
            dated=date(2026, 2, 3),
        ),
    )


# Known works are sought through the same strategy.
def test_known_works_are_sought_through_the_strategy(source, client_for, walked):
    ids = tuple(f"10.5555/invented.{n}" for n in range(1, 46))
    client = client_for(source)
    assert len(walked(client, source.find_known(QUERY, ids)).ids) == 23
    assert walked(client, source.find_known("recovery AND college", ids[:3])).ids == []


# Threads that share a client never have more under way than the pool allows.
@pytest.mark.parametrize("mailto", ["", "ana@example.org"])
def test_the_pool_is_respected(mailto):
    standin = CrossrefStandIn(World(make_records(23)), pools=((500, 1), (1000, 3)))
    with served(standin) as address:
        source = Crossref(address=address, rows=5, mailto=mailto)
        standin.faults = [Fault(at=2, times=30, kind="drip", pause=0.002, piece=2000)]
        found: list[int] = []

        def go(client: Client) -> None:
            walk = source.walk(QUERY, MONTH, Change.NEW)
            count = 0
            while request := walk.next_request():
                count += len(client.fetch(request, walk.take)[1].records)
            found.append(count)

        with Client([source]) as client:
            threads = [threading.Thread(target=go, args=(client,)) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert found == [23] * 4
    assert standin.refusals == 0


# What cannot be asked is refused with the source's words.
def test_wrong_questions_are_refused(standin, client_for):
    with served(standin) as address:
        source = Crossref(address=address, rows=1001)
        walk = source.walk(QUERY, MONTH, Change.NEW)
        with pytest.raises(QuestionError, match="rows is over 1000"):
            client_for(source).fetch(walk.next_request(), walk.take)


# Whatever passes before the cursor moves is asked again, and nothing is lost or doubled by it.
@pytest.mark.parametrize(
    "fault",
    [
        Fault(at=1, times=2),
        Fault(at=3, times=2, status=504),
        Fault(at=2, times=3, status=429, headers={"retry-after": "2"}),
        Fault(at=2, status=200, body=b"<html>hello</html>"),
        Fault(at=2, status=200, body=b'{"status":"ok","message":{"items":[]}}'),
    ],
    ids=lambda fault: f"{fault.at}-{fault.status}-{fault.body[:14]!r}",
)
def test_faults_that_pass_lose_nothing(fault, standin, source, client_for, walked):
    standin.faults = [fault]
    got = walked(client_for(source), source.walk(QUERY, MONTH, Change.NEW))
    assert got.expected == len(got.ids) == len(set(got.ids)) == 23
    assert got.warnings == []


# A page that fails for good fails the search.
def test_a_page_that_fails_for_good_fails_the_search(standin, source, client_for):
    standin.faults = [Fault(at=3, times=FOR_GOOD)]
    client, walk = client_for(source), source.walk(QUERY, MONTH, Change.NEW)
    with pytest.raises(AnswerError, match="status 500"):
        while request := walk.next_request():
            client.fetch(request, walk.take)
    assert walk.next_request() is not None


def _works(*items: object) -> Answer:
    message = {"total-results": len(items), "next-cursor": "x", "items": list(items)}
    return Answer(status=200, headers={}, body=json.dumps({"message": message}).encode())


# Fields may be null, empty or of the odd kind; the record is what is left.
@pytest.mark.parametrize(
    "odd",
    [
        {"issued": {"date-parts": [[None]]}},
        {"issued": {"date-parts": []}},
        {"issued": None, "title": ["Peers"], "author": None, "abstract": None},
        {"author": [{"name": "Peers, Carers and Friends"}, {"given": "Ana"}, {}]},
        {"created": {"date-parts": [[2020, 5]]}, "subtitle": [""]},
    ],
)
def test_odd_works(odd):
    work = {"DOI": "10.5555/A<B>;1", "title": ["Peers"], **odd}
    (found,) = Crossref().walk(QUERY, MONTH, Change.NEW).take(_works(work)).records
    assert found.record.source_id == "10.5555/a<b>;1"
    assert found.record.title == "Peers"
    assert (found.record.year, found.entered_on) == (None, None)


# Formulas and links inside an abstract leave no markup behind.
def test_abstracts_lose_their_markup():
    text = (
        "<jats:title>Abstract</jats:title><jats:sec><jats:title>Aims</jats:title><jats:p>CO"
        '<jats:sub>2</jats:sub> <jats:inline-formula id="f"><mml:math><mml:mi>p</mml:mi>'
        "</mml:math></jats:inline-formula> &lt; 0.05, <jats:ext-link>see</jats:ext-link>"
        "</jats:p></jats:sec>"
    )
    work = {"DOI": "10.5555/1", "title": ["Peers"], "abstract": text}
    (found,) = Crossref().walk(QUERY, MONTH, Change.NEW).take(_works(work)).records
    assert found.record.abstract == "Aims CO2 p < 0.05, see"


# Real works and lists are read; real failures are faults or refusals, never empty results.
def test_recorded_answers(shared_data):
    folders = [shared_data / "fixtures" / name for name in ("crossref_http", "http_recorded")]
    exchanges = [
        exchange
        for folder in folders
        for file in sorted(folder.glob("*.json"))
        for exchange in json.loads(file.read_bytes())
        if "api.crossref.org/works" in exchange["uri"] and isinstance(exchange["body"], str)
    ]
    if not exchanges:
        pytest.skip("no recorded answers of Crossref are beside this checkout")
    read = refused = 0
    for exchange in exchanges:
        status = int(exchange["status"].get("code") or exchange["status"]["status_code"])
        answer = Answer(status=status, headers={}, body=exchange["body"].encode())
        walk = Crossref(rows=1).walk(QUERY, MONTH, Change.NEW)
        try:
            message = json.loads(exchange["body"]).get("message")
        except ValueError:
            message = None
        if status == 200 and isinstance(message, dict) and "items" in message:
            if "next-cursor" not in message and len(message["items"]) >= 1:
                walk = Crossref(rows=10**6).walk(QUERY, MONTH, Change.NEW)
            page = walk.take(answer)
            assert len(page.records) + len(page.refused) == len(message["items"])
            assert page.refused == ()
            read += len(page.records)
            continue
        refused += 1
        with pytest.raises((AnswerError, QuestionError)):
            walk.take(answer)
    assert read > 90
    assert refused > 5
