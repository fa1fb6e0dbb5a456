"""A preprint that comes out as an article: each source tells it, on the preprint and back."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date

import pytest

from identification.sources.base import Change, Window
from identification.sources.crossref import Crossref
from identification.sources.europepmc import EuropePmc
from identification.sources.notices import NoticeKind
from identification.sources.pubmed import PubMed
from tests.standins.crossref import CrossrefStandIn
from tests.standins.europepmc import EuropePmcStandIn
from tests.standins.eutils import EutilsStandIn
from tests.standins.library import make_record
from tests.standins.serving import served
from tests.standins.world import World

JANUARY = Window(since=date(2026, 1, 1), until=date(2026, 1, 31))
FEBRUARY = Window(since=date(2026, 2, 1), until=date(2026, 2, 28))
QUERIES = {"pubmed": "peer[tiab]", "europepmc": "peer", "crossref": "peer support"}
PREPRINT_IDS = {"pubmed": "501", "europepmc": "PPR:PPR77", "crossref": "10.1101/2026.01.02.1"}


@pytest.fixture
def world() -> World:
    came_out = {
        "pmid": "40000002",
        "doi": "10.5555/invented.2",
        "reference": "J Inv. 2026 Feb 3;7(2):2-11. doi: 10.5555/invented.2.",
    }
    came_from = {
        "ppr": "PPR77",
        "pmid": "501",
        "doi": "10.1101/2026.01.02.1",
        "reference": "medRxiv. 2026 Jan 2:2026.01.02.1. doi: 10.1101/2026.01.02.1.",
    }
    places = {
        name: {"id": number, "entered": "2026-01-05"} for name, number in PREPRINT_IDS.items()
    }
    preprint = make_record(
        1,
        types=["Preprint"],
        journal="medRxiv",
        doi="10.1101/2026.01.02.1",
        pmid="",
        changes=[{"on": "2026-02-05", "article": came_out}],
        **{"in": places},
    )
    article = make_record(2, preprint=came_from)
    for place in article["in"].values():
        place["entered"] = "2026-02-04"
    return World([preprint, article], today="2026-01-31")


@pytest.fixture
def sources(world):
    with ExitStack() as stack:
        yield [
            PubMed(address=stack.enter_context(served(EutilsStandIn(world)))),
            EuropePmc(address=stack.enter_context(served(EuropePmcStandIn(world)))),
            Crossref(address=stack.enter_context(served(CrossrefStandIn(world)))),
        ]


# In January there is a preprint; in February it changed, for its article is there, and each
# names the other by an id that the other's record bears.
def test_a_preprint_is_published_between_two_runs(world, sources, client_for, walked):
    for source in sources:
        world.today = "2026-01-31"
        query, client = QUERIES[source.name], client_for(source)
        (before,) = walked(client, source.walk(query, JANUARY, Change.NEW)).found
        assert before.record.source_id == PREPRINT_IDS[source.name]
        assert before.notices == ()
        world.today = "2026-02-28"
        after = walked(client, source.walk(query, FEBRUARY, Change.CHANGED)).found
        told = {found.record.source_id: found for found in after}
        preprint = told.pop(PREPRINT_IDS[source.name])
        (article,) = told.values()
        (published,), (came_from,) = preprint.notices, article.notices
        assert (published.kind, came_from.kind) == (NoticeKind.PUBLISHED, NoticeKind.PREPRINT)
        assert published.notice_id in (article.record.doi, article.record.pmid)
        assert came_from.notice_id in (preprint.record.doi, preprint.record.source_id)
        assert preprint.record.content_hash() == before.record.content_hash()
