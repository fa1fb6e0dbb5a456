"""OpenAlex: every work of a window once, within the allowance, merged works under both ids."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identification.sources.base import Answer, AnswerError, Change, QuestionError, Window
from identification.sources.notices import NoticeKind
from identification.sources.openalex import OpenAlex, read_inverted
from tests.standins.library import make_record, make_records
from tests.standins.openalex import OpenAlexStandIn
from tests.standins.serving import FOR_GOOD, Fault, served
from tests.standins.world import World

KEY = "a1b2c3d4e5f6"
MONTH = Window(since=date(2026, 1, 1), until=date(2026, 1, 31))
QUERY = 'title_and_abstract.search:("peer support" OR "peer specialist") AND mental'


class SmallPages(OpenAlex):
    PER_PAGE = 5


@pytest.fixture
def standin():
    return OpenAlexStandIn(
        World(make_records(23)), allowances={KEY: 1000, "": 10}, dates_for=frozenset({KEY})
    )


@pytest.fixture
def source(standin):
    with served(standin) as address:
        yield SmallPages(address=address, api_key=KEY)


def _answer(body: object, status: int = 200, **headers: str) -> Answer:
    return Answer(status=status, headers=headers, body=json.dumps(body).encode())


# With a key that may, records are asked for by the day they entered; every one comes once.
def test_all_pages_are_walked(standin, source, client_for, walked):
    got = walked(client_for(source), source.walk(QUERY, MONTH, Change.NEW))
    assert got.expected == len(got.ids) == len(set(got.ids)) == 23
    assert [len(page.records) for page in got.pages] == [5, 5, 5, 5, 3]
    sent = standin.asked[0].params
    assert sent["filter"] == f"{QUERY},from_created_date:2026-01-01,to_created_date:2026-01-31"
    assert "abstract_inverted_index" in sent["select"]
    assert got.warnings == []


# A record is normalised: addresses become ids, the abstract is put together again.
def test_a_record_says_what_the_source_says(source, client_for, walked):
    (found,) = walked(client_for(source), source.find_known(QUERY, ("W2000003",))).found
    record = found.record
    assert (record.source, record.source_id) == ("openalex", "W2000003")
    assert record.title == "Peer support in service 3: what helps"
    assert record.abstract == "Peer workers spoke of mental health care in service 3; P<0.05."
    assert record.authors == ("Okello, Grace", "Nguyen, Anh 3")
    assert (record.year, record.doi, record.pmid) == (2026, "10.5555/invented.3", "40000003")
    assert (record.volume, record.issue, record.pages) == ("7", "2", "3-12")
    assert (record.language, record.publication_types) == ("en", ("article",))
    assert (found.entered_on, found.notices) == (date(2026, 1, 8), ())


# Words that share a place, and places without a word, lose nothing of an abstract.
def test_an_abstract_whose_words_collide(client_for, walked):
    index = {"Peer": [0], "support": [1, 9], "mental": [1], "helps.": [4]}
    standin = OpenAlexStandIn(World([make_record(1, inverted=index)]))
    with served(standin) as address:
        source = OpenAlex(address=address)
        (found,) = walked(client_for(source), source.find_known("peer", ("W2000001",))).found
    assert found.record.abstract == "Peer support mental helps. support"


# Without a key, or with one whose plan does not allow it, two years of publications are asked for.
@pytest.mark.parametrize("key", ["", "f9e8d7c6"])
def test_without_days_of_entry_the_query_is_bounded(key, client_for, walked):
    standin = OpenAlexStandIn(World(make_records(7)), allowances={"": 10, "f9e8d7c6": 10})
    with served(standin) as address:
        source = OpenAlex(address=address, api_key=key)
        got = walked(client_for(source), source.walk(QUERY, MONTH, Change.NEW))
    assert got.expected == len(got.ids) == 7
    assert standin.asked[-1].params["filter"] == f"{QUERY},from_publication_date:2024-02-01"
    (warning,) = got.warnings
    assert "published since 2024-02-01" in warning
    assert len(standin.asked) == (2 if key else 1)
    assert source.tells_changes is bool(key)


# A first search over a long window is not cut to two years.
def test_a_long_window_is_not_cut(source):
    long = Window(since=date(2010, 1, 1), until=date(2026, 1, 31))
    request = OpenAlex().walk(QUERY, long, Change.NEW).next_request()
    assert request.params["filter"].endswith("from_publication_date:2010-01-01")


# A retraction between two runs flips a mark and nothing else; it is found as a change.
def test_a_retraction_between_two_runs(client_for, walked):
    notice = {"kind": "retraction", "pmid": "99", "doi": "10.5555/n", "dated": "2026-02-03"}
    record = make_record(1, changes=[{"on": "2026-02-04", "notices": [notice]}])
    standin = OpenAlexStandIn(World([record, make_record(2)], today="2026-01-31"))
    standin.dates_for = frozenset({KEY})
    february = Window(since=date(2026, 2, 1), until=date(2026, 2, 7))
    with served(standin) as address:
        source = OpenAlex(address=address, api_key=KEY)
        client = client_for(source)
        before = walked(client, source.walk(QUERY, MONTH, Change.NEW))
        standin.world.today = "2026-02-07"
        (after,) = walked(client, source.walk(QUERY, february, Change.CHANGED)).found
    assert [found.notices for found in before.found] == [(), ()]
    assert [notice.kind for notice in after.notices] == [NoticeKind.RETRACTION]
    assert after.record.content_hash() == before.found[0].record.content_hash()


# A merged work is found under its new id and says its former one; a lost one is not found.
def test_merged_works_are_followed(standin, source, client_for, walked):
    standin.merged = {"W77": "W2000004", "W78": "W2000004"}
    ids = ("W2000001", "W77", "W999", "W78")
    got = walked(client_for(source), source.find_known(QUERY, ids))
    assert {found.record.source_id: found.former_ids for found in got.found} == {
        "W2000001": (),
        "W2000004": ("W77", "W78"),
    }
    assert got.expected == 2
    assert walked(client_for(source), source.find_known(QUERY, ())).expected == 0
    elsewhere = source.find_known('title_and_abstract.search:"recovery college"', ("W2000001",))
    assert walked(client_for(source), elsewhere).ids == []


# A spent allowance is not waited for: it says when to come back, and is asked once.
def test_a_spent_allowance_ends_the_search(standin, client_for):
    standin.allowances = {"": 2}
    with served(standin) as address:
        source = SmallPages(address=address)
        client, walk = client_for(source), source.walk(QUERY, MONTH, Change.NEW)
        with pytest.raises(QuestionError, match=r"allowance is spent: search again in 10\.0 hours"):
            while request := walk.next_request():
                client.fetch(request, walk.take)
    assert len(standin.asked) == 3


# A wrong key is refused with the source's words, without the key.
def test_a_wrong_key_is_refused(standin, client_for):
    with served(standin) as address:
        source = OpenAlex(address=address, api_key="wrongwrong")
        walk = source.walk(QUERY, MONTH, Change.NEW)
        with pytest.raises(QuestionError, match=r"status 401.*is not valid") as refused:
            client_for(source).fetch(walk.next_request(), walk.take)
    assert "wrongwrong" not in str(refused.value)


# A misspelt filter is the question's fault; too large a page as well.
def test_wrong_questions_are_refused(standin, source, client_for):
    walk = source.walk("title_and_abstrakt.search:peer", MONTH, Change.NEW)
    with pytest.raises(QuestionError, match="Unknown filter field: title_and_abstrakt"):
        client_for(source).fetch(walk.next_request(), walk.take)

    class TooLarge(OpenAlex):
        PER_PAGE = 101

    large = TooLarge(address=source.address, api_key=KEY)
    walk = large.walk(QUERY, MONTH, Change.NEW)
    with pytest.raises(QuestionError, match="between 1 and 100"):
        client_for(large).fetch(walk.next_request(), walk.take)


# Plain words are a search, a filter is a filter.
def test_plain_words_are_searched_for(standin, source, client_for, walked):
    got = walked(client_for(source), source.walk('"peer support" AND mental', MONTH, Change.NEW))
    assert len(got.ids) == 23
    assert standin.asked[0].params["search"] == '"peer support" AND mental'
    assert standin.asked[0].params["filter"].startswith("from_created_date")


# Whatever passes is asked again, and nothing is lost or doubled by it.
@pytest.mark.parametrize(
    "fault",
    [
        Fault(at=1, times=2),
        Fault(at=2, kind="cut"),
        Fault(at=3, kind="clip"),
        Fault(at=2, status=200, body=b"<html>hello</html>"),
        Fault(at=2, status=200, body=b'{"meta":null}'),
        Fault(at=2, times=3, status=429, body=b'{"error":"Rate limit exceeded"}'),
        Fault(at=2, times=2, status=403, body=b'{"error":"Forbidden","message":"slow down"}'),
    ],
    ids=lambda fault: f"{fault.at}-{fault.kind}-{fault.status}-{fault.body[:14]!r}",
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


# An inverted abstract is put together from any positions, however odd.
@given(st.text(alphabet="ab <", max_size=60))
def test_abstracts_are_put_together(text):
    index: dict[str, list[int]] = {}
    for place, word in enumerate(text.split()):
        index.setdefault(word, []).append(3 * place)
    assert read_inverted(index) == " ".join(text.split())


@pytest.mark.parametrize(
    ("index", "text"),
    [
        (None, ""),
        ({}, ""),
        ({"Peer": [0], "support": [1], "care": [1]}, "Peer support care"),
        ({"late": [10**9], "early": [2]}, "early late"),
        ({"odd": "x", "even": [0, "1", None]}, "even"),
    ],
)
def test_odd_abstracts(index, text):
    assert read_inverted(index) == text


# Only a mark that is true marks: absent or null says nothing.
@pytest.mark.parametrize(("mark", "kinds"), [(True, 1), (False, 0), (None, 0), ("false", 0)])
def test_marks_of_retraction(mark, kinds):
    walk = OpenAlex().walk(QUERY, MONTH, Change.NEW)
    work = {"id": "https://openalex.org/W1", "title": "Peers", "is_retracted": mark}
    body = {"meta": {"count": 1, "next_cursor": None}, "results": [work]}
    (found,) = walk.take(_answer(body)).records
    assert len(found.notices) == kinds


# Real works are read, and the real page that says "not found" is a refusal.
def test_recorded_answers(shared_data):
    exchanges = [
        exchange
        for file in sorted((shared_data / "fixtures/http_recorded").glob("*.json"))
        for exchange in json.loads(file.read_bytes())
        if "api.openalex.org/works/" in exchange["uri"]
    ]
    if not exchanges:
        pytest.skip("no recorded answers of OpenAlex are beside this checkout")
    whole = 0
    for exchange in exchanges:
        walk = OpenAlex().walk(QUERY, MONTH, Change.NEW)
        status = exchange["status"]["code"]
        if status != 200:
            with pytest.raises(QuestionError, match="status 404"):
                walk.take(Answer(status=status, headers={}, body=exchange["body"].encode()))
            continue
        work = json.loads(exchange["body"])
        body = {"meta": {"count": 1, "next_cursor": None}, "results": [work]}
        page = walk.take(_answer(body))
        if "id" not in work:
            assert len(page.refused) == 1
            continue
        whole += 1
        (found,) = page.records
        assert found.record.source_id == work["id"].rpartition("/")[2]
        assert found.record.doi == work["doi"].removeprefix("https://doi.org/")
        assert found.record.pmid == work["ids"]["pmid"].rpartition("/")[2]
        assert len(found.record.authors) == len(work["authorships"])
        assert found.record.year == work["publication_year"]
    assert whole > 0
