"""The verb that takes what people said out of the store, in the forms other programs read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from review.settings import Settings
from workbench.commands.opening import now, open_session, read_review
from workbench.commands.output import write_whole, write_whole_bytes

if TYPE_CHECKING:
    from reporting.exports.said import Said

_JSON = click.option("--json", "as_json", is_flag=True, help="Print what a program can read.")


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl", "ris", "qdpx", "qdc", "jsonld"]),
    required=True,
    help="What to write.",
)
@click.argument("target", metavar="OUT", type=click.Path(path_type=Path))
@_JSON
def export(form: str, target: Path, as_json: bool) -> None:
    """Write what people said to a file that other programs read.

    \b
    csv     a row for each annotation of each reviewer; decisions in OUT.decisions.csv beside
    jsonl   every vote as an event, also those taken back, in the order of time
    ris     all reports, with their decisions as notes
    qdpx    reports and annotations as a REFI-QDA project (NVivo, ATLAS.ti, MAXQDA, QualCoder)
    qdc     the codebook as REFI-QDA codes, each direction a child code
    jsonld  annotations as W3C Web Annotations

    The machine's suggestions are in none of them. Everyone's votes are: give the file to nobody who
    is still to vote blind.

    \b
    Example:  living-review export --format qdpx review.qdpx
    """
    told = _FORMS[form](target)
    if as_json:
        click.echo(json.dumps({**told.counts, "warnings": told.warnings}, ensure_ascii=False))
        return
    for warning in told.warnings:
        click.echo(f"Note: {warning}", err=True)
    counts = ", ".join(f"{number} {words}" for words, number in told.counts.items())
    click.echo(f"{counts}. {target}")


class _Told:
    """What an export wrote, and what to know about it."""

    def __init__(self, counts: dict[str, int], warnings: list[str] | None = None) -> None:
        self.counts = counts
        self.warnings = warnings or []


def _csv(target: Path) -> _Told:
    from reporting.exports.rows import table_annotations, table_decisions

    with _said() as said:
        tables = (table_annotations(said), table_decisions(said))
    beside = target.with_name(f"{target.stem}.decisions{target.suffix or '.csv'}")
    for path, table in zip((target, beside), tables, strict=True):
        with write_whole(path) as out:
            # Excel reads a CSV as UTF-8 only where a byte order mark says so.
            out.write("\ufeff" + table.csv())
    return _Told({table.key: len(table.rows) for table in tables})


def _jsonl(target: Path) -> _Told:
    from review.store.events import find_events

    number = 0
    with open_session() as session, write_whole(target) as out:
        for event in find_events(session):
            line = json.dumps(dict(event), default=datetime.isoformat, ensure_ascii=False)
            out.write(line + "\n")
            number += 1
    return _Told({"events": number})


def _ris(target: Path) -> _Told:
    from reporting.exports.ris import write_ris

    with _said(every_report=True) as said, write_whole(target) as out:
        write_ris(out, said)
    return _Told({"reports": len(said.reports), "decisions": len(said.verdicts)})


def _qdpx(target: Path) -> _Told:
    from reporting.exports.qdpx import write_qdpx

    with _said() as said, write_whole_bytes(target) as out:
        done = write_qdpx(out, said, now())
    warnings = []
    if done.rejected:
        warnings.append(
            f"{done.rejected} answers that an influence does not apply are left out: a REFI-QDA "
            "project has no word for them; the CSV has them."
        )
    if done.gone:
        warnings.append(
            f"{done.gone} annotations are left out, since their words do not stand in today's "
            "title and abstract: those changed, or it is a full text's; the CSV has them."
        )
    if done.beyond_bmp:
        named = ", ".join(map(str, done.beyond_bmp))
        warnings.append(
            "characters outside Unicode's basic plane, such as emoji, may shift the codings in "
            f"NVivo and MAXQDA behind them; look at the reports {named}."
        )
    return _Told({"texts": done.sources, "codings": done.codings}, warnings)


def _qdc(target: Path) -> _Told:
    from reporting.exports.codes import qdc_of

    protocol, codebook = read_review(Settings.from_env())
    with write_whole_bytes(target) as out:
        out.write(qdc_of(protocol, codebook))
    return _Told({"influences": len(codebook.themes)})


def _jsonld(target: Path) -> _Told:
    from reporting.exports.web_annotations import write_web_annotations

    with _said() as said, write_whole(target) as out:
        write_web_annotations(out, said)
    return _Told({"annotations": len(said.passages)})


_FORMS: dict[str, Callable[[Path], _Told]] = {
    "csv": _csv,
    "jsonl": _jsonl,
    "ris": _ris,
    "qdpx": _qdpx,
    "qdc": _qdc,
    "jsonld": _jsonld,
}


@contextmanager
def _said(every_report: bool = False) -> Iterator[Said]:
    from reporting.exports.gather import gather

    protocol, codebook = read_review(Settings.from_env())
    with open_session() as session:
        said = gather(session, protocol, codebook, every_report=every_report)
    yield said
