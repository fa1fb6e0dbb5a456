"""Verbs that take everything a review holds out into one file, and put it back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from review.settings import Settings
from review.store.session import open_store
from workbench.commands.opening import now
from workbench.commands.output import write_whole_bytes

if TYPE_CHECKING:
    from review.store.bundle import Manifest

_JSON = click.option("--json", "as_json", is_flag=True, help="Print what a program can read.")


@click.command()
@click.argument("target", metavar="OUT.zip", type=click.Path(path_type=Path))
@_JSON
def backup(target: Path, as_json: bool) -> None:
    """Write everything the review holds into one file; people may go on voting meanwhile.

    All tables as JSON lines, and what was received (raw/), the editions and the models that were
    relearnt, with a SHA-256 of each. Protocol and codebook are files of yours and not in it. It
    holds everyone's votes and the hashes of passwords: keep it as safe as the store.

    \b
    Example:  living-review backup review-2026-03-02.zip
    """
    from review.store.backup import back_up

    settings = Settings.from_env()
    store = open_store(settings.database)
    try:
        with write_whole_bytes(target) as out:
            made = back_up(store, settings.home, out, now())
    finally:
        store.close()
    _tell(made, as_json, "backed up", target)


@click.command()
@click.argument("source", metavar="IN.zip", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Only see whether the backup is whole.")
@_JSON
def restore(source: Path, check: bool, as_json: bool) -> None:
    """Put a backup into an empty store, on SQLite or PostgreSQL, and an empty LIVING_REVIEW_HOME.

    Everything is checked before anything is written; a backup that is damaged, or of a newer
    version of this program, is refused.

    \b
    Example:  LIVING_REVIEW_HOME=restored living-review restore review-2026-03-02.zip
    """
    from review.store.restore import check_backup
    from review.store.restore import restore as put_back

    settings = Settings.from_env()
    if check:
        _tell(check_backup(source), as_json, "whole", source)
    else:
        made = put_back(source, settings.database, settings.home)
        _tell(made, as_json, "restored", source)


def _tell(made: Manifest, as_json: bool, words: str, path: Path) -> None:
    if as_json:
        said = {
            "rows": made.rows,
            "files": made.files,
            "tables_at": made.tables_at,
            "program": made.program,
            "made_at": made.made_at.isoformat(),
        }
        click.echo(json.dumps(said))
    else:
        click.echo(f"{made.rows} rows and {made.files} files {words}. {path}")
