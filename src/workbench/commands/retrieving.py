"""Fetching full texts from the command line, and saying what came of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from review.errors import InputError
from workbench.commands.opening import DegradedRun, Opened, now, open_run_of

if TYPE_CHECKING:
    from identification.retrieve import RetrievalSummary
    from identification.sources.client import Client


@click.command()
@click.option(
    "--also-suggested",
    is_flag=True,
    help="Also of reports the machine would include and no person has looked at.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what a program can read.")
def retrieve(also_suggested: bool, as_json: bool) -> None:
    """Fetch the open full texts of the reports that people included.

    Europe PMC is asked, once LIVING_REVIEW_EMAIL says where it can write to, for every included
    report that has no full text on file; where it is not open, again after 30 days.

    \b
    Example:  living-review retrieve
    """
    from identification.searches import open_sources
    from identification.sources.client import Client

    with open_run_of("retrieve") as opened:
        settings = opened.settings
        if not settings.email:
            raise InputError(
                "no full text is asked for: set LIVING_REVIEW_EMAIL to an address where the source "
                "can write to when that troubles it"
            )
        sources = open_sources(settings.email, settings.keys, settings.addresses)
        with Client(sources.values()) as client:
            done = fetch_full_texts(opened, client, also_suggested=also_suggested)
        if as_json:
            names = ("retrieved", "not_open", "without_id", "remaining")
            counts = {name: getattr(done, name) for name in names}
            click.echo(json.dumps({**counts, "refused": len(done.refused)}))
        else:
            tell_retrieved(done)
        degrade_where_unanswered(done)


def fetch_full_texts(
    opened: Opened, client: Client, *, also_suggested: bool = False
) -> RetrievalSummary:
    """Ask for the full texts that are wanted and not on file."""
    from identification.retrieve import retrieve as fetch
    from identification.searches import open_full_texts

    settings = opened.settings
    return fetch(
        opened.session,
        open_full_texts(settings.email, settings.addresses),
        client=client,
        run_id=opened.run_id,
        raw=settings.raw,
        now=now(),
        also_suggested=also_suggested,
    )


def tell_retrieved(done: RetrievalSummary) -> None:
    """Print what came, in a sentence, and a line for each document of another report."""
    click.echo(
        f"Full texts: {done.retrieved} retrieved, {done.not_open} not open, {done.without_id} not "
        f"in the archive, {len(done.refused)} of other reports, {done.remaining} still to be asked "
        "for."
    )
    for sentence in done.refused:
        click.echo(f"  refused: {sentence}")


def degrade_where_unanswered(done: RetrievalSummary) -> None:
    """Raise DegradedRun where a question had no answer; what came is kept."""
    if done.failed:
        raise DegradedRun(
            f"full texts sought and not answered for: {done.remaining}; the next run asks again:\n"
            + "\n".join(done.failed)
        )
