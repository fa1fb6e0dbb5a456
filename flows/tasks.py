"""Each stage verb as a task: one batch, what may be tried again, and a log line."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from extraction.relearn import relearn_tagging
from extraction.tag import Tagger, TaggingSummary, open_tagger, tag
from identification.identify import IdentificationSummary, identify
from identification.retrieve import RetrievalSummary, retrieve
from identification.searches import open_full_texts, open_sources, plan_searches
from identification.sources.client import Client
from reporting.publish import PublicationSummary, publish
from review.errors import StoreBusyError
from review.language import Encoder
from review.protocol import Codebook, Protocol, load_codebook, load_protocol
from review.relearning import Relearnt
from review.schedule import find_next_update
from review.settings import CHECKOUT, Settings
from review.store.pages import find_date_mark
from review.store.runs import RunState, close_run, open_run
from review.store.session import Store, open_store
from screening.ground import keep_ground
from screening.rank import RankingSummary, ReportRanker, rank_open_reports
from screening.relearn import relearn_screening
from screening.screen import Screener, ScreeningSummary, open_screener, screen


@dataclass(frozen=True, kw_only=True)
class Room:
    """What every task of one run works with."""

    settings: Settings
    store: Store
    protocol: Protocol
    codebook: Codebook
    screener: Screener
    tagger: Tagger


def open_room(settings: Settings) -> Room:
    """Read the protocol, open the store and the models of one run."""
    follow_stages()
    protocol, codebook = load_protocol(settings.protocol), load_codebook(settings.protocol)
    encoder = Encoder(settings.encoder, settings.encoder_revision)
    return Room(
        settings=settings,
        store=open_store(settings.database),
        protocol=protocol,
        codebook=codebook,
        screener=open_screener(settings.model_folders, protocol, encoder),
        tagger=open_tagger(settings.model_folders, codebook, encoder),
    )


def follow_stages() -> None:
    """Let a run show how far its stages are."""
    for stage in ("identification", "screening", "extraction", "reporting"):
        # Prefect takes their words over (see tool.prefect.logging) but not their level.
        logging.getLogger(stage).setLevel(logging.INFO)


def _may_get_better(task_: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    """Try again only where waiting helps: another program held the store."""
    return isinstance(state.result(raise_on_failure=False), StoreBusyError)


# Nothing is cached in Prefect: what was done is asked of the store, which is the only record.
_stage: dict[str, Any] = {
    "cache_policy": NO_CACHE,
    "persist_result": False,
    "retries": 3,
    "retry_delay_seconds": [2, 15, 60],
    "retry_condition_fn": _may_get_better,
}


@task(name="open-run", **_stage)
def start_run(store: Store, protocol: Protocol, kind: str) -> int:
    """Open a run in the store."""
    with store.session() as session:
        run_id = open_run(session, kind, protocol, _now())
        session.commit()
    get_run_logger().info("run %d of the review '%s'", run_id, protocol.key)
    return run_id


@task(name="identify", timeout_seconds=3600, **_stage)
def identify_records(
    room: Room, run_id: int, files: list[Path], skip_known_files: bool, ask_sources: bool
) -> IdentificationSummary:
    """Ask the sources, read the exported files and join duplicates."""
    log = get_run_logger()
    settings = room.settings
    if ask_sources and not settings.email:
        log.warning("no source is asked: LIVING_REVIEW_EMAIL is not set")
    sources = open_sources(settings.email, settings.keys, settings.addresses)
    with room.store.session() as session, Client(sources.values()) as client:
        planned = plan_searches(
            room.protocol,
            sources,
            _now().date(),
            lambda *names: find_date_mark(session, *names),
        )
        done = identify(
            session,
            files,
            run_id=run_id,
            raw=settings.raw,
            now=_now(),
            skip_known_files=skip_known_files,
            questions=planned if ask_sources and settings.email else (),
            client=client,
        )
    log.info(
        "identified: %d entries read, %d refused, %d new records, %d duplicates, %d new reports",
        *(done.read, done.refused, done.new, done.duplicates, done.reports),
    )
    for sentence in done.reopenings:
        log.info("re-opened: %s", sentence)
    for sentence in done.failed:
        log.error("did not end well: %s", sentence)
    return done


@task(name="retrieve", timeout_seconds=3600, **_stage)
def retrieve_full_texts(room: Room, run_id: int) -> RetrievalSummary:
    """Fetch the open full texts of included reports."""
    log = get_run_logger()
    settings = room.settings
    sources = open_sources(settings.email, settings.keys, settings.addresses)
    with room.store.session() as session, Client(sources.values()) as client:
        done = retrieve(
            session,
            open_full_texts(settings.email, settings.addresses),
            client=client,
            run_id=run_id,
            raw=settings.raw,
            now=_now(),
        )
    log.info(
        "full texts: %d retrieved, %d not open, %d not in the archive, %d still to be asked for",
        *(done.retrieved, done.not_open, done.without_id, done.remaining),
    )
    for sentence in done.failed:
        log.error("did not end well: %s", sentence)
    return done


@task(name="screen", timeout_seconds=3600, **_stage)
def screen_batch(room: Room, run_id: int, size: int) -> ScreeningSummary:
    """Judge the next reports against the criteria."""
    with room.store.session() as session:
        done = screen(session, room.screener, run_id=run_id, now=_now(), limit=size)
    get_run_logger().info(
        "screened: %d reports judged, %d left to judge", done.judged, done.remaining
    )
    return done


@task(name="rank", timeout_seconds=3600, **_stage)
def rank_reports(room: Room, run_id: int) -> RankingSummary:
    """Put the reports that await a person in order, and say whether screening may stop."""
    ranker = ReportRanker(room.protocol, room.screener.encoder)
    with room.store.session() as session:
        done = rank_open_reports(session, ranker, run_id=run_id, now=_now())
        ground = keep_ground(session, ranker, run_id)
    get_run_logger().info(
        "ranked: %d reports await a person, after %d included and %d excluded",
        *(done.ranked, done.included, done.excluded),
    )
    get_run_logger().info("%s: %s %s", ground.regime.value, ground.reason, ground.claim)
    return done


@task(name="tag", timeout_seconds=3600, **_stage)
def tag_batch(room: Room, run_id: int, size: int) -> TaggingSummary:
    """Suggest themes for the passages of the next reports."""
    with room.store.session() as session:
        done = tag(
            session,
            room.tagger,
            run_id=run_id,
            raw=room.settings.raw,
            now=_now(),
            limit=size,
        )
    get_run_logger().info(
        "tagged: %d reports, %d full texts, %d passages, %d suggestions, %d left",
        *(done.tagged, done.full_texts, done.passages, done.suggestions, done.remaining),
    )
    return done


@task(name="publish", timeout_seconds=1800, **_stage)
def publish_edition(room: Room, run_id: int) -> PublicationSummary:
    """Check the counts and write the edition."""
    with room.store.session() as session:
        done = publish(
            session,
            room.protocol,
            room.codebook,
            models=(room.screener.facts, room.tagger.facts),
            editions=room.settings.editions,
            run_id=run_id,
            now=_now(),
            next_update=find_next_update(CHECKOUT / "prefect.yaml", _now()),
        )
    get_run_logger().info("edition %d: %s", done.number, done.page)
    return done


@task(name="relearn", timeout_seconds=4 * 3600, **_stage)
def relearn_model(
    settings: Settings, store: Store, run_id: int, task_name: str, fewest: int, dry_run: bool
) -> Relearnt:
    """Refit one model, "screening" or "tagging", and keep it where it is better."""
    relearn = {"screening": relearn_screening, "tagging": relearn_tagging}[task_name]
    with store.session() as session:
        done = relearn(
            session,
            settings.protocol,
            settings.model_folders,
            Encoder(settings.encoder, settings.encoder_revision),
            run_id=run_id,
            now=_now(),
            fewest=fewest,
            dry_run=dry_run,
        )
    get_run_logger().info("%s: %s", task_name, done.why)
    return done


@task(name="close-run", **_stage)
def finish_run(store: Store, run_id: int, state: RunState) -> None:
    """Close the run in the store."""
    with store.session() as session:
        close_run(session, run_id, state, _now())
        session.commit()
    get_run_logger().info("run %d %s", run_id, state.value)


def _now() -> datetime:
    return datetime.now(UTC)
