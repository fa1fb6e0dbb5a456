"""The demonstration: the scheduled flow on the example records, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import click
import pandas as pd

from review.decisions import Verdict
from review.errors import ReviewError
from review.settings import CHECKOUT, Settings
from review.store.assessments import find_assessments
from review.store.editions import EditionRow, find_latest_edition
from review.store.records import find_hits
from review.store.session import Session, open_store

EXAMPLE = CHECKOUT / "data/example"
FILES = ("pubmed.nbib", "psycinfo.ris", "openalex.csv")


def run_demo(folder: Path | None, now: datetime) -> None:
    """Run the flow on the example in a fresh folder and tell what came of it.

    Raises ReviewError where the folder is in use already or the flow did not end well.
    """
    home = (folder or CHECKOUT / "demo" / now.strftime("%Y%m%d-%H%M%S")).resolve()
    if home.exists() and any(home.iterdir()):
        raise ReviewError(f"{home} is not empty; name a new folder with --folder")
    environment = {
        **os.environ,
        "LIVING_REVIEW_HOME": str(home),
        "LIVING_REVIEW_PROTOCOL": str(CHECKOUT / "data/protocol/peer-support"),
        # Kept between demonstrations: making Prefect's own database takes half a minute.
        "PREFECT_HOME": os.environ.get("PREFECT_HOME", str(CHECKOUT / ".prefect")),
        "DO_NOT_TRACK": "1",
    }
    environment.pop("LIVING_REVIEW_DATABASE", None)
    click.echo("Running the scheduled flow on 194 example records (about a minute) …")
    ended = subprocess.run(  # noqa: S603 - our own module, on our own files
        [sys.executable, "-m", "flows.update", *(str(EXAMPLE / name) for name in FILES)],
        cwd=CHECKOUT,
        env=environment,
        check=False,
    )
    if ended.returncode:
        raise ReviewError("the flow did not end well; its own words stand above")
    _tell(Settings.from_env(environment), home)


def _tell(settings: Settings, home: Path) -> None:
    store = open_store(settings.database)
    with store.session() as session:
        edition = find_latest_edition(session)
        assert edition is not None, "a flow that ended well has published"
        summary = (Path(edition.folder) / "summary.md").read_text(encoding="utf-8")
        click.echo(f"\n{summary}\n")
        click.echo(_compare(session))
        _tell_where(edition, home)
    store.close()


def _tell_where(edition: EditionRow, home: Path) -> None:
    shown = Path(os.path.relpath(home)) if home.is_relative_to(Path.cwd()) else home
    click.echo(f"The report:     {Path(edition.folder) / 'report.html'}")
    click.echo(f"The workbench:  LIVING_REVIEW_HOME={shown} .venv/bin/living-review serve")


def _compare(session: Session) -> str:
    """How the result stands beside the known answers of the example."""
    answers = pd.read_csv(EXAMPLE / "answers.csv")
    report_of = find_hits(session)
    places = zip(answers["file"], answers["position"], strict=True)
    answers["found"] = [report_of[place] for place in places]
    said = find_assessments(session, answers["found"].unique().tolist())
    answers["excluded"] = [said[key].verdict is Verdict.EXCLUDE for key in answers["found"]]
    reports = answers.drop_duplicates("found")
    fits = reports["decision"] == "include"
    return (
        f"Beside the known answers: {len(answers)} records describe "
        f"{answers['report'].nunique()} reports, {len(reports)} were found; of {fits.sum()} "
        f"reports that meet the criteria {(fits & ~reports['excluded']).sum()} were kept, of "
        f"{(~fits).sum()} that do not {(~fits & reports['excluded']).sum()} were excluded.\n"
        "(The models learnt from these very records: this shows that the parts work together. "
        "How well they do on others stands in models/*/*/card.md.)\n"
    )
