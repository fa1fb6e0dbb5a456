"""Four weekly updates against stand-ins of all sources: the numbers add up, nothing comes twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.standins.europepmc import EuropePmcStandIn
from tests.standins.jats import make_jats
from tests.standins.people import include_reports
from tests.standins.program import Sources
from tests.standins.serving import FOR_GOOD, Fault
from tests.standins.weeks import MONDAYS, decide_on_changing, make_world


@pytest.fixture
def sources(tmp_path: Path) -> Iterator[Sources]:
    with ExitStack() as stack:
        world = make_world()
        world.records = world.records[:60]
        yield Sources(world, tmp_path / "home", stack)


@pytest.mark.slow
def test_four_weeks_are_pulled_joined_and_published(sources: Sources) -> None:
    pytest.importorskip("torch")
    for monday in MONDAYS:
        sources.world.today = monday.isoformat()
        done = sources.run("update", "--json", "--until", monday.isoformat())
        assert done.returncode == 0, done.stderr
        if monday == MONDAYS[0]:
            assert len(decide_on_changing(sources.home, sources.world)) == 2
    assert json.loads(done.stdout)["edition"] == 4
    # What changed after a person decided is put before people, once for all sources that tell it.
    reopened = sources.rows("SELECT run_id, cause FROM reopening ORDER BY run_id")
    assert reopened == [(2, "abstract_added"), (3, "retraction")]
    page = (sources.home / "editions/edition-0004/report.html").read_text()
    assert "<strong>1 included report is retracted" in page
    assert "2 reports are no longer what people decided on" in page
    # Every record a source holds on the last day is in the store, once per version.
    for name in ("pubmed", "europepmc", "openalex", "crossref"):
        [(known,)] = sources.rows(
            f"SELECT count(DISTINCT source_id) FROM record WHERE source = '{name}'"
        )
        [(found,)] = sources.rows(
            f"SELECT sum(received) FROM search WHERE source = '{name}' AND state != 'completed'"
        )
        assert found is None
        assert 0 < known <= len(sources.world.seen_in(name))
    # A report is one document, however many sources gave it.
    dois = sources.rows("SELECT doi FROM report WHERE doi != ''")
    assert len(dois) == len(set(dois))
    # The retraction is kept with the record it stands on.
    assert ("retraction",) in sources.rows("SELECT kind FROM notice")
    # What a run received can be read again without a network.
    [(run_id,)] = sources.rows("SELECT max(run_id) FROM search")
    again = sources.run("identify", "--from-raw", str(run_id))
    assert again.returncode == 0, again.stderr
    assert again.stdout.rstrip().endswith("as they were kept, 0 not.")
    # No credential is written down anywhere.
    for table in ("search", "raw_page"):
        assert "a-secret-key" not in str(sources.rows(f"SELECT * FROM {table}"))
        assert "review@example.org" not in str(sources.rows(f"SELECT * FROM {table}"))


@pytest.mark.slow
def test_one_source_that_is_down_stops_the_edition_and_no_other_source(sources: Sources) -> None:
    sources.world.today = MONDAYS[0].isoformat()
    # Refused at once: a fault that goes away is tried again, for minutes.
    sources.standins["CROSSREF"].faults = [Fault(at=1, times=FOR_GOOD, status=400, body=b"no")]
    done = sources.run("update", "--until", MONDAYS[0].isoformat())
    assert done.returncode == 1
    assert "Crossref" in done.stderr
    assert "Traceback" not in done.stderr
    # What the other sources sent is told all the same.
    assert "entries in" in done.stdout
    states = dict(sources.rows("SELECT source, min(state) FROM search GROUP BY source"))
    assert states == {
        "pubmed": "completed",
        "europepmc": "completed",
        "openalex": "completed",
        "crossref": "failed",
    }
    assert sources.rows("SELECT count(*) FROM edition") == [(0,)]
    assert sources.rows("SELECT state FROM run") == [("degraded",)]


def test_a_dry_run_says_what_would_come_and_writes_no_record(sources: Sources) -> None:
    sources.world.today = MONDAYS[3].isoformat()
    done = sources.run("identify", "--dry-run", "--json", "--until", MONDAYS[3].isoformat())
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {row["source"] for row in rows} == {"pubmed", "europepmc", "openalex", "crossref"}
    assert all(row["expected"] is not None and row["failed"] == "" for row in rows)
    assert sources.rows("SELECT count(*) FROM record") == [(0,)]


# The weekly run fetches what people included; a full text without an answer keeps no edition back,
# is said on the edition and is asked for again.
@pytest.mark.slow
def test_full_texts_come_with_the_weekly_run(sources: Sources) -> None:
    sources.world.today = MONDAYS[0].isoformat()
    known = [record for record in sources.world.records if "europepmc" in record["in"]]
    for number, record in enumerate(known):
        record["pmcid"] = f"PMC{70_000 + number}"
        record["full_text"] = make_jats(record)
    update = ("update", "--json", "--until", MONDAYS[0].isoformat())
    first = sources.run(*update)
    assert (first.returncode, json.loads(first.stdout)["retrieved"]) == (0, 0), first.stderr
    included = include_reports(sources, 2)
    standin = sources.standins["EUROPEPMC"]
    assert isinstance(standin, EuropePmcStandIn)
    standin.forbidden = {record["pmcid"] for record in known if record["pmid"] == included[0]}
    second = sources.run(*update)
    assert second.returncode == 1
    assert "full texts sought and not answered for: 1;" in second.stderr
    said = json.loads(second.stdout)
    assert (said["retrieved"], said["edition"]) == (1, 2)
    assert "Full texts on file: 1 of 2 sought." in Path(said["page"]).read_text(encoding="utf-8")
    standin.forbidden = set()
    third = sources.run(*update)
    assert third.returncode == 0, third.stderr
    assert json.loads(third.stdout)["retrieved"] == 1
    assert sources.rows("SELECT state FROM run ORDER BY id") == [
        ("completed",),
        ("degraded",),
        ("completed",),
    ]
