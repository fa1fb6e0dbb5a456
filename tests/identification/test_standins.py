"""The stand-ins do what the real sources do, their odd ways above all."""

from __future__ import annotations

import json
import threading

import httpx
import pytest

from tests.standins.crossref import CrossrefStandIn
from tests.standins.europepmc import EuropePmcStandIn
from tests.standins.eutils import EutilsStandIn
from tests.standins.library import make_record, make_records
from tests.standins.openalex import OpenAlexStandIn
from tests.standins.serving import Fault, StandIn, served
from tests.standins.world import World, has_words, select


@pytest.fixture
def ask():
    """Asks a stand-in directly, over HTTP."""

    def go(standin: StandIn, path: str, **params: str) -> httpx.Response:
        with served(standin) as address:
            return httpx.get(f"{address}{path}", params=params)

    return go


# A query means what its brackets say, and AND binds more than OR.
@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ('"service 1" OR "service 2"', {1, 2}),
        ('"service 1" OR "service 2" AND "service 3"', {1}),
        ('("service 1" OR "service 2") AND "service 2"', {2}),
        ('servic* NOT ("service 1" OR "service 2")', {3}),
        ("peer workers", {1, 2, 3}),
    ],
)
def test_queries(query, numbers):
    found = select(query, make_records(3), has_words)
    assert {int(record["pages"].split("-")[0]) for record in found} == numbers


@pytest.mark.parametrize("query", ["(peer", "peer)", "peer AND", ""])
def test_queries_that_do_not_close(query):
    with pytest.raises(ValueError, match=r"bracket|unexpected|too early"):
        select(query, [], has_words)


# A world is what it is today: nothing before its day, changes from their day, nothing deleted.
def test_a_world_has_a_day():
    record = make_record(1, changes=[{"on": "2026-02-01", "doi": "10.5555/late"}], doi="")
    world = World([record, make_record(2, deleted="2026-02-02")], today="2026-01-05")
    assert world.seen_in("pubmed") == []
    world.today = "2026-01-31"
    assert [seen["doi"] for seen in world.seen_in("pubmed")] == ["", "10.5555/invented.2"]
    world.today = "2026-02-02"
    (seen,) = world.seen_in("pubmed")
    assert (seen["doi"], seen["entered"], seen["changed"]) == (
        "10.5555/late", "2026-01-06", "2026-02-01",
    )  # fmt: skip


# One record, four kinds of day, four answers.
@pytest.mark.parametrize(
    ("datetype", "year"), [("crdt", 2026), ("edat", 1999), ("pdat", 2027), ("mdat", 2028)]
)
def test_days_of_pubmed_differ(datetype, year, ask):
    place = {"id": "1", "entered": "2026-01-10", "edat": "1999-06-01", "pdat": "2027-12-01"}
    record = make_record(1, changes=[{"on": "2028-05-05"}], **{"in": {"pubmed": place}})
    for asked in (1999, 2026, 2027, 2028):
        days = {"mindate": f"{asked}/01/01", "maxdate": f"{asked}/12/31", "datetype": datetype}
        answer = ask(EutilsStandIn(World([record])), "/esearch.fcgi", term="peer",
                     retmode="json", **days)  # fmt: skip
        assert answer.json()["esearchresult"]["count"] == ("1" if asked == year else "0")


# esearch answers in XML where not told otherwise; numbers in its JSON are texts.
def test_forms_of_esearch(ask):
    standin = EutilsStandIn(World(make_records(30)))
    text = ask(standin, "/esearch.fcgi", term="peer").text
    assert text.startswith("<eSearchResult><Count>30</Count><RetMax>20</RetMax>")
    result = ask(standin, "/esearch.fcgi", term="peer", retmode="json").json()["esearchresult"]
    assert (result["count"], result["retmax"], result["retstart"]) == ("30", "20", "0")
    text = ask(standin, "/esearch.fcgi", term='"zzz unheard of"').text
    assert "<Count>0</Count>" in text
    assert "<ErrorList><PhraseNotFound>zzz unheard of</PhraseNotFound></ErrorList>" in text
    assert "<OutputMessage>No items found.</OutputMessage>" in text


# Too many questions in a second are refused in JSON, with status 429 or at times with 200.
@pytest.mark.parametrize(("key", "limit"), [("", 3), ("k" * 36, 10)])
@pytest.mark.parametrize("refuse_with_200", [False, True])
def test_haste_is_refused(key, limit, refuse_with_200):
    standin = EutilsStandIn(
        World([]), per_second=(3, 10), refuse_with_200=refuse_with_200, clock=lambda: 0.0
    )
    asked = {"term": "peer", "retmode": "json", **({"api_key": key} if key else {})}
    with served(standin) as address:
        answers = [httpx.get(f"{address}/esearch.fcgi", params=asked) for _ in range(limit + 1)]
    assert [answer.status_code for answer in answers[:-1]] == [200] * limit
    assert answers[-1].status_code == (200 if refuse_with_200 else 429)
    assert answers[-1].json()["error"] == "API rate limit exceeded"
    assert (answers[-1].json()["count"], answers[-1].json()["limit"]) == (
        str(limit + 1), str(limit),
    )  # fmt: skip
    assert "retry-after" not in answers[-1].headers


# Beyond the wall esearch answers with status 200 and a text that strict readers refuse.
def test_the_wall_of_esearch(ask):
    standin = EutilsStandIn(World(make_records(3)))
    answer = ask(standin, "/esearch.fcgi", term="peer", retmode="json", retstart="9999")
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.text)
    assert "'retstart' cannot be larger" in answer.text
    many = ask(standin, "/esearch.fcgi", term="peer", retmode="json", retmax="20000").json()
    assert "Restrictions achieved" in many["esearchresult"]["warninglist"]["outputmessages"][0]


# A session of the history server is good for its records, until it expires.
def test_sessions_expire(ask):
    standin = EutilsStandIn(World(make_records(5)))
    asked = {"term": "peer", "retmode": "json", "usehistory": "y"}
    session = ask(standin, "/esearch.fcgi", **asked).json()["esearchresult"]
    params = {"WebEnv": session["webenv"], "query_key": session["querykey"], "retmax": "3"}
    assert ask(standin, "/efetch.fcgi", **params).text.count("<PubmedArticle>") == 3
    assert (
        f"<WebEnv>{'MCID_' + '0' * 31}1</WebEnv>"
        in ask(standin, "/esearch.fcgi", term="peer", usehistory="y").text
    )
    assert "WebEnv not found" in ask(standin, "/efetch.fcgi", **{**params, "query_key": "2"}).text
    standin.forget_history()
    assert "WebEnv not found" in ask(standin, "/efetch.fcgi", **params).text


# Ids nobody knows give an empty set and no error; those of withdrawn records are listed.
def test_unknown_ids_of_efetch(ask):
    standin = EutilsStandIn(World([make_record(1, deleted="2026-02-01"), make_record(2)]))
    text = ask(standin, "/efetch.fcgi", id="1,2", retmode="xml").text
    assert text.endswith(("<PubmedArticleSet />", "<PubmedArticleSet></PubmedArticleSet>"))
    text = ask(standin, "/efetch.fcgi", id="40000001,40000002", retmode="xml").text
    assert text.count("<PubmedArticle>") == 1
    assert text.endswith(
        '<DeleteCitation><PMID Version="1">40000001</PMID></DeleteCitation></PubmedArticleSet>'
    )


# The lite form has other names than the core form; a wrong page size is told inside a 200.
def test_forms_of_europe_pmc(ask):
    standin = EuropePmcStandIn(World(make_records(1)))
    lite = ask(standin, "/search", query="peer").json()["resultList"]["result"][0]
    core = ask(standin, "/search", query="peer", resultType="core").json()["resultList"]["result"]
    assert {"journalTitle", "pubType"} <= set(lite)
    assert {"journalInfo", "pubTypeList", "abstractText"} <= set(core[0])
    assert not {"journalTitle", "pubType"} & set(core[0])
    assert core[0]["isOpenAccess"] == "N"
    answer = ask(standin, "/search", query="peer", pageSize="1001")
    assert (answer.status_code, answer.json()["errCode"]) == (200, 404)


# Unknown works are told by a web page, merged ones by a redirection; a page has a hundred at most.
def test_odd_ways_of_openalex(ask):
    standin = OpenAlexStandIn(World(make_records(1)), merged={"W7": "W2000001"})
    missing = ask(standin, "/works/W999")
    assert (missing.status_code, missing.headers["content-type"]) == (
        404, "text/html; charset=utf-8",
    )  # fmt: skip
    moved = ask(standin, "/works/W7")
    assert (moved.status_code, moved.headers["location"]) == (301, "/works/W2000001")
    assert ask(standin, "/works", per_page="101").status_code == 400
    last = ask(standin, "/works", per_page="100", cursor="*").json()
    assert (last["meta"]["count"], last["meta"]["next_cursor"]) == (1, None)


# A cursor nobody gave is refused; the next one is never null; two at once are too many.
def test_odd_ways_of_crossref(ask):
    standin = CrossrefStandIn(World(make_records(1)))
    wrong = ask(standin, "/works", cursor="thing")
    assert (wrong.status_code, wrong.json()["message"][0]["type"]) == (404, "cursor-invalid")
    answer = ask(standin, "/works", cursor="*", rows="5")
    assert answer.json()["message"]["next-cursor"]
    assert (answer.headers["x-rate-limit-limit"], answer.headers["x-concurrency-limit"]) == (
        "5", "1",
    )  # fmt: skip
    polite = ask(standin, "/works", cursor="*", mailto="ana@example.org")
    assert polite.headers["x-api-pool"] == "polite"


def test_crossref_refuses_two_at_once():
    standin = CrossrefStandIn(World(make_records(20)))
    standin.faults = [Fault(at=1, kind="drip", pause=0.1, piece=1000)]
    statuses = []
    with served(standin) as address:

        def go() -> None:
            statuses.append(httpx.get(f"{address}/works", params={"rows": "20"}).status_code)

        first = threading.Thread(target=go)
        first.start()
        while not standin.asked:
            pass
        go()
        first.join()
    assert sorted(statuses) == [404, 429]
