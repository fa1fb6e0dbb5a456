"""The verb that recomputes what a run and its edition reported."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from review.settings import Settings
from review.store.session import open_store
from workbench.commands.opening import open_session, read_review

if TYPE_CHECKING:
    from reporting.verify import Verification

_SHOWN = 20


class Differs(click.ClickException):
    """What the store gives is not what was reported."""


@click.command()
@click.argument("run", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print what a program can read.")
def verify(run: int, as_json: bool) -> None:
    """Recompute every number that RUN and its edition reported, and say which differ.

    The run's own counts are counted from its rows, what it received is hashed, and its edition is
    made anew from what had been said by then, cell by cell of every table but models.csv, which the
    models' cards tell. The codebook is today's: after an amendment, numbers of influences may
    differ by that alone. Ends with exit code 1 where anything differs.

    \b
    Example:  living-review verify 12
    """
    from reporting.verify import verify_run

    settings = Settings.from_env()
    _, codebook = read_review(settings)
    with tempfile.TemporaryDirectory(prefix="living-review-") as folder, open_session() as session:
        then = open_store(f"sqlite:///{Path(folder) / 'then.db'}")
        try:
            with then.session() as copy:
                done = verify_run(session, copy, codebook, run_id=run, raw=settings.raw)
        finally:
            then.close()
    _tell(done, as_json)
    if done.differences:
        raise Differs(f"{len(done.differences)} of {done.compared} differ from what was reported.")


def _tell(done: Verification, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(done), ensure_ascii=False))
        return
    for note in done.notes:
        click.echo(f"Note: {note}", err=True)
    for said in done.differences[:_SHOWN]:
        click.echo(f"{said.place}: reported {said.reported}, the store gives {said.found}")
    if len(done.differences) > _SHOWN:
        click.echo(f"and {len(done.differences) - _SHOWN} more, which --json lists.")
    if not done.differences:
        of = f"and edition {done.edition}" if done.edition else "which published no edition"
        click.echo(f"Run {done.run_id} {of}: {done.compared} compared, all as reported.")
