"""Four weeks of a living review in a few minutes, without a network: `make demo-pull` runs this.

The sources are the stand-ins of the tests, served on this machine and asked over real HTTP with the
protocol's own strategies. They hold the labelled examples of the review, which enter them over four
weeks; meanwhile an abstract is added and a report is retracted, after a reviewer has included both.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import uuid
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from review.decisions import Decision, Stage, Verdict
from review.store.decisions import keep_decision, keep_reviewer
from review.store.records import find_reports
from review.store.session import open_store
from review.store.standings import find_standings
from tests.standins.crossref import CrossrefStandIn
from tests.standins.europepmc import EuropePmcStandIn
from tests.standins.eutils import EutilsStandIn
from tests.standins.library import FIRST_DAY, make_record
from tests.standins.openalex import OpenAlexStandIn
from tests.standins.serving import served
from tests.standins.world import Seen, World

ROOT = Path(__file__).resolve().parents[2]
LABELLED = ROOT / "data/protocol/peer-support/labelled/criteria.jsonl"
MONDAYS = [FIRST_DAY + timedelta(weeks=week) for week in range(1, 5)]


def make_world() -> World:
    """The labelled examples in English, each in some of the sources, over four weeks."""
    chance = random.Random(2020)
    lines = LABELLED.read_text(encoding="utf-8").splitlines()
    records = [_record(number, json.loads(line), chance) for number, line in enumerate(lines, 1)]
    # Two that every strategy finds, so that their changes are seen.
    added, retracted = [r for r in records if _is_found(r)][:2]
    for record in (added, retracted):
        record["in"] = make_record(records.index(record) + 1)["in"]
        for place in record["in"].values():
            place["entered"] = str(FIRST_DAY + timedelta(days=1))
    second, third = (MONDAYS[week] - timedelta(days=2) for week in (1, 2))
    added["changes"] = [{"on": second.isoformat(), "abstract": added["abstract"]}]
    added["abstract"] = ""
    notice = {"kind": "retraction", "pmid": "99", "doi": "10.5555/notice", "dated": str(third)}
    retracted["changes"] = [{"on": third.isoformat(), "notices": [notice]}]
    return World(records)


def decide_on_changing(home: Path, world: World) -> list[str]:
    """A reviewer includes, on the full text, the reports that are going to change.

    Gives their titles.
    """
    changing = {record["doi"] for record in world.records if record.get("changes")}
    store = open_store(f"sqlite:///{home / 'review.db'}")
    with store.session() as session:
        keep_reviewer(session, "ana", "reviewer", datetime.now(UTC))
        every = find_reports(session, (s.report_id for s in find_standings(session)))
        chosen = [report for report in every.values() if report.doi in changing]
        for report in chosen:
            said = Decision(
                decision_id=str(uuid.uuid4()),
                report_id=report.report_id,
                stage=Stage.FULL_TEXT,
                reviewer="ana",
                verdict=Verdict.INCLUDE,
                decided_at=datetime.now(UTC),
            )
            keep_decision(session, said)
        session.commit()
    store.close()
    return [report.title for report in chosen]


def _is_found(record: Seen) -> bool:
    text = f"{record['title']} {record['abstract']}".lower()
    return all(words in text for words in ("peer support", "mental health", "implementation"))


def _record(number: int, labelled: dict[str, str], chance: random.Random) -> Seen:
    record = make_record(number, title=labelled["title"], abstract=labelled["abstract"])
    entered = FIRST_DAY + timedelta(days=chance.randrange(28))
    kept = chance.sample(sorted(record["in"]), chance.randint(1, 4))
    # Sources enter the same report on different days.
    record["in"] = {
        name: {**place, "entered": str(entered + timedelta(days=chance.randrange(5)))}
        for name, place in record["in"].items()
        if name in kept
    }
    return record


def main() -> int:
    """Serve the stand-ins and run the weekly update four times; the last week's exit code."""
    world = make_world()
    home = Path(tempfile.mkdtemp(prefix="living-review-weeks-"))
    with ExitStack() as stack:
        served_at = {
            "PUBMED": stack.enter_context(served(EutilsStandIn(world))),
            "EUROPEPMC": stack.enter_context(served(EuropePmcStandIn(world))),
            "OPENALEX": stack.enter_context(
                served(OpenAlexStandIn(world, dates_for=frozenset({"key"})))
            ),
            "CROSSREF": stack.enter_context(served(CrossrefStandIn(world))),
        }
        environment = {
            **os.environ,
            "LIVING_REVIEW_HOME": str(home),
            "LIVING_REVIEW_EMAIL": "review@example.org",
            "LIVING_REVIEW_OPENALEX_KEY": "key",
            **{f"LIVING_REVIEW_{name}_ADDRESS": at for name, at in served_at.items()},
        }
        environment.pop("LIVING_REVIEW_DATABASE", None)
        for week, monday in enumerate(MONDAYS, start=1):
            print(f"\n=== Week {week}, Monday {monday:%-d %B %Y} ===", flush=True)
            world.today = monday.isoformat()
            code = _update(monday, environment)
            if code:
                return code
            if week == 1:
                for title in decide_on_changing(home, world):
                    print(f"ana has read the full text and includes: {title}", flush=True)
    print(f"\nThe report:     {max((home / 'editions').iterdir()) / 'report.html'}")
    print(f"The workbench:  LIVING_REVIEW_HOME={home} .venv/bin/living-review serve")
    return 0


def _update(monday: date, environment: dict[str, str]) -> int:
    program = "from workbench.cli import main; main()"
    command = [sys.executable, "-c", program, "update", "--until", monday.isoformat()]
    return subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
