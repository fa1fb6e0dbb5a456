"""Fetching full texts from the command line, and saying what came of it."""

from __future__ import annotations

import json
from pathlib import Path
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
@click.option(
    "--attach",
    "attached",
    nargs=2,
    type=(int, click.Path(path_type=Path)),
    metavar="REPORT FILE",
    help="Put a full text you have on file (PDF with text, or JATS) and ask for none.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what a program can read.")
def retrieve(also_suggested: bool, attached: tuple[int, Path] | None, as_json: bool) -> None:
    """Fetch the open full texts of the reports that people included, or attach one.

    Europe PMC is asked, once LIVING_REVIEW_EMAIL says where it can write to, for every included
    report that has no full text on file; where it is not open, again after 30 days. `living-review
    tag` reads what is on file.

    \b
    Example:  living-review retrieve
              living-review retrieve --attach 12 smith-2021.pdf
    """
    if attached is not None:
        _attach(*attached, as_json=as_json)
        return
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


def _attach(report_id: int, file: Path, *, as_json: bool) -> None:
    """Keep a file as a report's full text once it is known that there is text in it."""
    from extraction.fulltext import media_type_of, read_full_text
    from identification.attach import attach

    try:
        content = file.read_bytes()
        full_text = read_full_text(content)
    except OSError as failure:
        raise InputError(f"{file}: cannot be read ({failure.strerror}); name a file") from None
    except InputError as unreadable:
        raise InputError(f"{file}: {unreadable}") from None
    with open_run_of("retrieve") as opened:
        report = attach(
            opened.session,
            report_id,
            content,
            name=file.name,
            media_type=media_type_of(content),
            run_id=opened.run_id,
            raw=opened.settings.raw,
            now=now(),
        )
        opened.session.commit()
    paragraphs = len(full_text.paragraphs)
    if as_json:
        click.echo(json.dumps({"report": report_id, "paragraphs": paragraphs}))
    else:
        click.echo(f"On file: {paragraphs} paragraphs of report {report_id}, “{report.title}”.")


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
