"""Refitting the models from people's answers, and saying what came of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from review.relearning import FEWEST
from workbench.commands.opening import Opened, now, open_encoder, open_run_of

if TYPE_CHECKING:
    from review.relearning import Relearnt

_TASKS = ("screening", "tagging")


@click.command()
@click.argument("task", required=False, type=click.Choice(_TASKS))
@click.option("--dry-run", is_flag=True, help="Say what would become of it and write no model.")
@click.option(
    "--fewest",
    default=FEWEST,
    show_default=True,
    type=click.IntRange(1),
    help="How many new answers it takes.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what a program can read.")
def relearn(task: str | None, dry_run: bool, fewest: int, as_json: bool) -> None:
    """Refit the models from people's answers, and keep one only where it is better.

    The present model and one that also learnt from the new decisions or annotations are tested on
    the same studies held back. The better one becomes the next version in models/ below
    LIVING_REVIEW_HOME, with its card; what was judged before stays, and the next update judges
    anew.

    \b
    Example:  living-review relearn screening --dry-run
    """
    click.echo("This takes some minutes: the figures come from cross-validation.", err=True)
    with open_run_of("relearn") as opened:
        done = [_relearn(opened, one, fewest, dry_run) for one in ((task,) if task else _TASKS)]
    if as_json:
        click.echo(json.dumps({one.task: one.as_dict() for one in done}))
        return
    for one in done:
        click.echo(one.as_markdown())
        if one.folder:
            click.echo(f"Written: {one.folder}. The next update judges by it.")


def _relearn(opened: Opened, task: str, fewest: int, dry_run: bool) -> Relearnt:
    from extraction.relearn import relearn_tagging
    from screening.relearn import relearn_screening

    settings = opened.settings
    return {"screening": relearn_screening, "tagging": relearn_tagging}[task](
        opened.session,
        settings.protocol,
        settings.model_folders,
        open_encoder(settings),
        run_id=opened.run_id,
        now=now(),
        fewest=fewest,
        dry_run=dry_run,
    )
