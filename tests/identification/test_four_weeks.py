"""Four weekly pulls with overlapping windows: every source ends with the world's records, once."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date, timedelta

import pytest

from identification.sources.base import Change, FoundRecord, Window
from identification.sources.crossref import Crossref
from identification.sources.europepmc import EuropePmc
from identification.sources.notices import NoticeKind
from identification.sources.openalex import OpenAlex
from identification.sources.pubmed import PubMed
from tests.standins.crossref import CrossrefStandIn
from tests.standins.europepmc import EuropePmcStandIn
from tests.standins.eutils import EutilsStandIn
from tests.standins.library import make_record, make_records
from tests.standins.openalex import OpenAlexStandIn
from tests.standins.serving import served
from tests.standins.world import World

MONDAYS = [date(2026, 1, 12) + timedelta(weeks=week) for week in range(4)]
OVERLAP = timedelta(days=14)
QUERIES = {
    "pubmed": '"peer support"[tiab] OR "peer worker*"[tiab]',
    "europepmc": 'TITLE_ABS:"peer support" OR TITLE_ABS:"peer workers"',
    "openalex": 'title_and_abstract.search:"peer support" OR "peer workers"',
    "crossref": "(peer support OR peer worker) AND (mental health OR care)",
}


@pytest.fixture
def world() -> World:
    notice = {"kind": "retraction", "pmid": "99", "doi": "10.5555/n", "dated": "2026-01-20"}
    changed = make_record(
        1,
        abstract="",
        changes=[
            {"on": "2026-01-17", "abstract": "Peer support was added to care."},
            {"on": "2026-01-21", "title": "RETRACTED: Peer support", "notices": [notice]},
        ],
    )
    late = {
        name: {**place, "entered": "2026-02-01"} for name, place in make_record(2)["in"].items()
    }
    return World([changed, make_record(2, year=1999, **{"in": late}), *make_records(60)[2:]])


@pytest.fixture
def sources(world):
    openalex = OpenAlexStandIn(world, dates_for=frozenset({"key"}))
    with ExitStack() as stack:
        yield [
            PubMed(address=stack.enter_context(served(EutilsStandIn(world)))),
            EuropePmc(address=stack.enter_context(served(EuropePmcStandIn(world))), page_size=7),
            OpenAlex(address=stack.enter_context(served(openalex)), api_key="key"),
            Crossref(address=stack.enter_context(served(CrossrefStandIn(world))), rows=7),
        ]


def test_four_weeks(world, sources, client_for, walked):
    kept: dict[tuple[str, str], list[FoundRecord]] = {}
    for monday in MONDAYS:
        world.today = monday.isoformat()
        window = Window(since=monday - timedelta(weeks=1) - OVERLAP, until=monday)
        for source in sources:
            changes = [Change.NEW, Change.CHANGED] if source.tells_changes else [Change.NEW]
            for change in changes:
                walk = source.walk(QUERIES[source.name], window, change)
                got = walked(client_for(source), walk)
                passed = sum(page.passed_over for page in got.pages)
                assert got.expected == len(got.ids) + len(got.refused) + passed
                for found in got.found:
                    versions = kept.setdefault((source.name, found.record.source_id), [])
                    hashes = [version.record.content_hash() for version in versions]
                    if found.record.content_hash() not in hashes or (
                        versions[-1].notices != found.notices
                    ):
                        versions.append(found)
    for source in sources:
        ids = {record["id"] for record in world.seen_in(source.name)}
        assert {number for name, number in kept if name == source.name} == ids
        assert len(ids) == 60
        first = next(r["in"][source.name]["id"] for r in world.records if r["pages"] == "1-10")
        versions = kept[(source.name, first)]
        assert [bool(version.record.abstract) for version in versions] == [False, True, True]
        assert [n.kind for n in versions[-1].notices] == [NoticeKind.RETRACTION]
        assert versions[-1].record.title == "RETRACTED: Peer support"
