"""Whatever a source sends, a page is read, or the answer is a fault: never a traceback."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identification.sources.base import Answer, AnswerError, Change, QuestionError, Window
from identification.sources.crossref import Crossref
from identification.sources.europepmc import EuropePmc
from identification.sources.openalex import OpenAlex
from identification.sources.pubmed import PubMed

MONTH = Window(since=date(2026, 1, 1), until=date(2026, 1, 31))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**12) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
ENTRY = {
    EuropePmc: (
        {"id": "1", "source": "MED", "title": "Peers"},
        ["id", "source", "title", "abstractText", "authorList", "authorString", "pubYear",
         "journalInfo", "journalTitle", "bookOrReportDetails", "doi", "pmid", "keywordList",
         "meshHeadingList", "pubTypeList", "pubType", "commentCorrectionList", "language",
         "firstIndexDate", "pageInfo"],
        lambda entry: {"hitCount": 1, "nextCursorMark": "x", "resultList": {"result": [entry]}},
    ),
    OpenAlex: (
        {"id": "https://openalex.org/W1", "title": "Peers"},
        ["id", "title", "abstract_inverted_index", "authorships", "ids", "doi", "biblio",
         "primary_location", "publication_year", "type", "language", "is_retracted",
         "created_date", "is_paratext"],
        lambda entry: {"meta": {"count": 1, "next_cursor": None}, "results": [entry]},
    ),
    Crossref: (
        {"DOI": "10.5555/1", "title": ["Peers"]},
        ["DOI", "title", "subtitle", "abstract", "author", "issued", "created", "updated-by",
         "update-to", "container-title", "page", "type", "volume", "relation"],
        lambda entry: {"message": {"total-results": 1, "items": [entry]}},
    ),
}  # fmt: skip
SOURCES = [EuropePmc, OpenAlex, Crossref]


def _answer(body: object, status: int = 200) -> Answer:
    return Answer(status=status, headers={}, body=json.dumps(body).encode())


# Any field of an entry may hold anything: the entry is a record or it is refused, and counted.
@pytest.mark.parametrize("kind", SOURCES)
@given(data=st.data())
def test_odd_entries_are_read_or_refused(kind, data):
    entry, fields, envelope = ENTRY[kind]
    odd = {data.draw(st.sampled_from(fields)): data.draw(JSON) for _ in range(2)}
    page = kind().walk("peer", MONTH, Change.NEW).take(_answer(envelope({**entry, **odd})))
    assert len(page.records) + len(page.refused) == 1


# An entry that is no object at all is refused.
@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("entry", [None, "text", 7, ["list"]])
def test_entries_that_are_no_objects(kind, entry):
    page = kind().walk("peer", MONTH, Change.NEW).take(_answer(ENTRY[kind][2](entry)))
    assert "unknown shape" in page.refused[0]


# Any body with any status is a page, a fault or a refusal; after the latter the walk is as before.
@pytest.mark.parametrize("kind", [*SOURCES, PubMed])
@given(
    body=JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60),
    status=st.sampled_from([200, 204, 301, 400, 403, 404, 429, 500, 520]),
)
def test_odd_bodies_are_faults(kind, body, status):
    walk = kind().walk("peer", MONTH, Change.NEW)
    before = walk.next_request()
    with pytest.raises((AnswerError, QuestionError)):
        walk.take(Answer(status=status, headers={}, body=body))
    assert walk.next_request() == before
    assert walk.expected is None


# An outer object with odd insides is a fault too.
@pytest.mark.parametrize("kind", [*SOURCES, PubMed])
@given(odd=JSON, inner=JSON)
def test_odd_envelopes_are_faults(kind, odd, inner):
    walk = kind().walk("peer", MONTH, Change.NEW)
    names = ("hitCount", "resultList", "meta", "results", "message", "esearchresult")
    shell = {"count": odd, "idlist": inner, "items": inner, "result": inner, "total-results": odd}
    for body in (dict.fromkeys(names, odd), dict.fromkeys(names, shell)):
        try:
            page = walk.take(_answer(body))
        except (AnswerError, QuestionError):
            continue
        assert page.records == ()
        return


# NCBI writes numbers as texts, and an empty list in the place of an empty object.
@pytest.mark.parametrize("count", ["", "-1", "many", "1e3"])
def test_counts_that_are_none(count):
    walk = PubMed().walk("peer", MONTH, Change.NEW)
    with pytest.raises(AnswerError, match="counts"):
        walk.take(_answer({"esearchresult": {"count": count, "idlist": []}}))
    empty = {"count": "0", "idlist": [], "errorlist": [], "warninglist": []}
    assert walk.take(_answer({"esearchresult": empty})).warnings == ()
