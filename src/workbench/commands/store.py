"""Verbs that work on the store: import, screen, tag, publish and all of them as an update."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.commands.opening import DegradedRun, Opened, now, open_encoder, open_run_of, work_off

if TYPE_CHECKING:
    from identification.identify import IdentificationSummary
    from reporting.publish import PublicationSummary
    from screening.stopping import Ground

# The stages are imported inside the verbs: `--help` answers at once, and no verb loads what
# another needs.

FILES = click.argument("files", nargs=-1, type=click.Path(path_type=Path))
UNTIL = click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day asked for (default: today, in UTC).",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print what a program can read.")


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--source", default="", help="The database the files come from, such as psycinfo.")
@JSON
def import_files(files: tuple[Path, ...], source: str, as_json: bool) -> None:
    """Read exported records into the store and join duplicates.

    RIS, PubMed/MEDLINE text, PubMed XML, EndNote XML and .enw, BibTeX, the tagged texts of Web of
    Science and Ovid, CSV, TSV, XLSX and zip archives of these are recognised by content. All are
    read before anything is written; importing a file again adds nothing. Votes that ASReview,
    Rayyan, Covidence, EPPI-Reviewer or another review's edition wrote into a file are kept with
    their records, and are no decisions of this review.

    \b
    Example:  living-review import data/example/psycinfo.ris data/example/pubmed.nbib
    """
    with open_run_of("import") as opened:
        done = _identify(opened, files, source=source, all_or_nothing=True)
    if as_json:
        names = ("read", "refused", "new", "known", "foreign")
        counts = {name: getattr(done, name) for name in names}
        click.echo(json.dumps(counts))
    else:
        _tell_identified(done)


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be asked and how much would come.")
@click.option("--from-raw", type=int, metavar="RUN", help="Read a run's kept pages again.")
@UNTIL
@JSON
def identify(dry_run: bool, from_raw: int | None, until: datetime | None, as_json: bool) -> None:
    """Ask the protocol's sources for new and changed records.

    Each strategy is asked from its last complete search on, two weeks overlapping. Sources are
    asked only once LIVING_REVIEW_EMAIL says where they can write to. With --from-raw the pages
    that a run kept are read again, without a network, and compared with its records.

    \b
    Example:  living-review identify --dry-run
    """
    from workbench.commands.searching import ask_counts, identify_from_sources, read_again

    if dry_run:
        ask_counts(_day(until), as_json)
    elif from_raw is not None:
        read_again(from_raw)
    else:
        with open_run_of("identify") as opened:
            done = identify_from_sources(opened, _day(until))
            if not as_json:
                _tell_identified(done)
            if done.failed:
                raise DegradedRun("not every search ended well:\n" + "\n".join(done.failed))
        if as_json:
            counts = {name: getattr(done, name) for name in ("read", "refused", "new", "known")}
            click.echo(json.dumps(counts))


@click.command()
@JSON
def screen(as_json: bool) -> None:
    """Judge the reports that were not judged yet, criterion by criterion.

    \b
    Example:  living-review screen
    """
    with open_run_of("screen") as opened:
        counts, ground = _screen(opened)
    _tell(
        counts,
        as_json,
        "{judged} reports judged: {include} to include, {unsure} unsure, {exclude} to exclude.",
    )
    if not as_json:
        claim = ground.claim or "No claim is made of those unseen."
        click.echo(f"{ground.reason} {claim}", err=True)


@click.command()
@JSON
def tag(as_json: bool) -> None:
    """Suggest influences for the passages of reports that are not excluded, and of full texts.

    \b
    Example:  living-review tag
    """
    with open_run_of("tag") as opened:
        counts = _tag(opened)
        unsure = _find_unsure(opened)
    _tell(
        counts,
        as_json,
        "{tagged} reports tagged: {suggestions} suggestions in {passages} passages.",
    )
    if counts["full_texts"] and not as_json:
        click.echo(f"Among the passages are those of {counts['full_texts']} full texts.")
    for sentence in unsure:
        click.echo(f"  look again: {sentence}", err=True)


@click.command()
@JSON
def publish(as_json: bool) -> None:
    """Check the counts and write the next edition of the living report.

    \b
    Example:  living-review publish
    """
    with open_run_of("publish") as opened:
        done = _publish(opened)
    _tell_published(done, as_json)


@click.command()
@FILES
@UNTIL
@JSON
def update(files: tuple[Path, ...], until: datetime | None, as_json: bool) -> None:
    """Run all stages once, as the scheduled run does.

    Reads FILES, or without any asks the protocol's sources (once LIVING_REVIEW_EMAIL says where
    they can write to), fetches open full texts of included reports, and reads what lies in the
    inbox of LIVING_REVIEW_HOME and was not read before; then screens, tags and publishes.
    `python -m flows.update` does the same as a Prefect flow.

    \b
    Example:  living-review update data/example/openalex.csv
    """
    from identification.retrieve import RetrievalSummary
    from workbench.commands.retrieving import (
        degrade_where_unanswered,
        fetch_full_texts,
        tell_retrieved,
    )
    from workbench.commands.searching import plan

    with open_run_of("update") as opened:
        inbox = opened.settings.inbox
        waiting = sorted(inbox.glob("[!.]*")) if inbox.is_dir() else []
        asking: AbstractContextManager[dict[str, Any]] = (
            nullcontext({}) if files else plan(opened, _day(until))
        )
        with asking as asked:
            received = _identify(
                opened,
                files or waiting,
                all_or_nothing=bool(files),
                skip_known_files=not files,
                **asked,
            )
            fetched = fetch_full_texts(opened, asked["client"]) if asked else None
        counts = {"identified": received.new, **_screen(opened)[0], **_tag(opened)}
        if fetched:
            counts["retrieved"] = fetched.retrieved
        if not as_json:
            # Also of a run that is degraded: what came in and what was re-opened holds.
            _tell_identified(received)
            if fetched and fetched != RetrievalSummary():
                tell_retrieved(fetched)
        if received.failed:
            raise DegradedRun(
                "no edition is published, since not every search ended well:\n"
                + "\n".join(received.failed)
            )
        done = _publish(opened)
        _tell_published(done, as_json, counts)
        if fetched:
            degrade_where_unanswered(fetched)


def _identify(
    opened: Opened,
    files: tuple[Path, ...] | list[Path],
    **how: Any,  # noqa: ANN401
) -> IdentificationSummary:
    from identification.identify import identify

    return identify(
        opened.session,
        files,
        run_id=opened.run_id,
        raw=opened.settings.raw,
        now=now(),
        **how,
    )


def _day(until: datetime | None) -> date:
    return (until or now()).date()


def _screen(opened: Opened) -> tuple[dict[str, int], Ground]:
    """What was judged and ranked, and on what ground the review stands after it."""
    from screening.ground import keep_ground
    from screening.rank import ReportRanker, rank_open_reports
    from screening.screen import open_screener, screen

    encoder = open_encoder(opened.settings)
    screener = open_screener(opened.settings.model_folders, opened.protocol, encoder)
    parts = work_off(
        lambda size: screen(opened.session, screener, run_id=opened.run_id, now=now(), limit=size),
        done=lambda part: part.judged,
        remaining=lambda part: part.remaining,
        words="screened",
    )
    ranker = ReportRanker(opened.protocol, encoder)
    ranked = rank_open_reports(opened.session, ranker, run_id=opened.run_id, now=now())
    ground = keep_ground(opened.session, ranker, opened.run_id)
    return {**_sum([asdict(part) for part in parts]), "ranked": ranked.ranked}, ground


def _tag(opened: Opened) -> dict[str, int]:
    from extraction.tag import open_tagger, tag

    tagger = open_tagger(
        opened.settings.model_folders, opened.codebook, open_encoder(opened.settings)
    )
    parts = work_off(
        lambda size: tag(
            opened.session,
            tagger,
            run_id=opened.run_id,
            raw=opened.settings.raw,
            now=now(),
            limit=size,
        ),
        done=lambda part: part.tagged + part.full_texts,
        remaining=lambda part: part.remaining,
        words="tagged",
    )
    for sentence in (sentence for part in parts for sentence in part.refused):
        click.echo(f"  refused: {sentence}", err=True)
    counts = _sum([{**asdict(part), "refused": len(part.refused)} for part in parts])
    if counts["other_language"]:
        click.echo(
            f"{counts['other_language']} texts are in another language than the model learnt from: "
            "nothing is suggested in them, people must read them.",
            err=True,
        )
    return counts


def _find_unsure(opened: Opened) -> list[str]:
    """A sentence per annotation whose words are no longer in its report as they were."""
    from review.anchors import Found
    from review.store.anchors import find_unsure_annotations

    return [
        f"report {unsure.said.report_id}, {unsure.said.theme}, {unsure.said.verdict} by "
        f"{unsure.said.reviewer}: “{unsure.said.quote.exact}” "
        + ("is gone" if unsure.found is Found.LOST else f"is now “{unsure.quote.exact}”")
        for unsure in find_unsure_annotations(opened.session, opened.settings.raw)
    ]


def _publish(opened: Opened) -> PublicationSummary:
    from extraction.tag import describe_tagger
    from reporting.publish import publish
    from review.schedule import find_next_update
    from review.settings import CHECKOUT
    from screening.screen import describe_screener

    settings = opened.settings
    return publish(
        opened.session,
        opened.protocol,
        opened.codebook,
        models=(
            describe_screener(settings.model_folders, opened.protocol),
            describe_tagger(settings.model_folders, opened.codebook),
        ),
        editions=settings.editions,
        run_id=opened.run_id,
        now=now(),
        next_update=find_next_update(CHECKOUT / "prefect.yaml", now()),
    )


def _sum(parts: list[dict[str, int]]) -> dict[str, int]:
    return {name: sum(part[name] for part in parts) for name in parts[0] if name != "remaining"}


def _tell(counts: dict[str, int], as_json: bool, sentence: str) -> None:
    click.echo(json.dumps(counts) if as_json else sentence.format(**counts))


def _tell_identified(done: IdentificationSummary) -> None:
    click.echo(
        f"{done.read + done.refused} entries in, {done.read} read, {done.refused} refused; "
        f"{done.new} new to the store, {done.known} known; {done.duplicates} duplicates joined, "
        f"{done.reports} new reports, {done.asked} pairs for a person to look at."
    )
    if done.canaries:
        click.echo(f"{done.canaries} known included records sought, {done.lost} of them not found.")
    if done.foreign:
        click.echo(f"{done.foreign} votes of other programs kept.")
    for sentence in done.refusals:
        click.echo(f"  refused: {sentence}")
    if done.reopened:
        words = "report" if done.reopened == 1 else "reports"
        click.echo(f"{done.reopened} {words} re-opened, for people to look at again:")
    for sentence in done.reopenings:
        click.echo(f"  re-opened: {sentence}")


def _tell_published(
    done: PublicationSummary, as_json: bool, counts: dict[str, int] | None = None
) -> None:
    if as_json:
        said = {"edition": done.number, "new": done.is_new, "page": str(done.page)}
        click.echo(json.dumps({**(counts or {}), **said}))
    elif done.is_new:
        click.echo(f"Edition {done.number}: {done.page}")
    else:
        click.echo(f"Nothing has changed since edition {done.number}: {done.page}")
