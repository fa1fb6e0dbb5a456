"""update_review: the scheduled literature update, all stages in order.

Run it once from the checkout's root with ``python -m flows.update [FILE …]``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from prefect import flow, get_run_logger
from prefect.artifacts import create_link_artifact, create_markdown_artifact

from flows.tasks import (
    Room,
    finish_run,
    identify_records,
    open_room,
    publish_edition,
    rank_reports,
    retrieve_full_texts,
    screen_batch,
    start_run,
    tag_batch,
)
from reporting.publish import PublicationSummary
from reporting.summary import summarise_edition
from review.errors import ReviewError
from review.settings import Settings
from review.store.runs import RunState

# Large enough that Prefect's 15 ms a task vanish, small enough to see a run move.
BATCH = 500


@flow(name="update-review", log_prints=False, persist_result=False)
def update_review(files: list[str] | None = None, batch: int = BATCH) -> str:
    """Identify, retrieve, screen, tag and publish once; returns the state the run ended in.

    ``files`` are exported files to read; by default the sources of the protocol are asked and the
    files in the inbox of the review's home that were not read before are read. A search or a file
    that does not end well degrades the run: everything else goes on, but no edition is published.
    Full texts that were sought and not answered for degrade it, too, but keep no edition back.
    Raises StoreBusyError where another run of the review is under way.
    """
    settings = Settings.from_env()
    room = open_room(settings)
    try:
        with room.store.alone():
            state, published = _run_once(room, files, batch)
    finally:
        room.store.close()
    if published:
        _show(published)
    return state.value


def _run_once(
    room: Room, files: list[str] | None, batch: int
) -> tuple[RunState, PublicationSummary | None]:
    """A run from beginning to end: the state it ends in, and what it published if it did."""
    run_id = start_run(room.store, room.protocol, "update")
    try:
        return _run_stages(room, run_id, files, batch)
    except BaseException:
        # Also when it is cancelled: a run is never left looking as if it still went on.
        finish_run(room.store, run_id, RunState.FAILED)
        raise


def _run_stages(
    room: Room, run_id: int, files: list[str] | None, batch: int
) -> tuple[RunState, PublicationSummary | None]:
    inbox = sorted(room.settings.inbox.glob("[!.]*")) if room.settings.inbox.is_dir() else []
    named = [Path(file) for file in files] if files is not None else inbox
    whole = files is None
    received = identify_records(room, run_id, named, skip_known_files=whole, ask_sources=whole)
    asks = whole and room.settings.email
    unanswered = retrieve_full_texts(room, run_id).failed if asks else ()
    while screen_batch(room, run_id, batch).remaining:
        pass
    rank_reports(room, run_id)
    while tag_batch(room, run_id, batch).remaining:
        pass
    if received.failed:
        get_run_logger().error(
            "no edition is published: %d searches did not end well", len(received.failed)
        )
        finish_run(room.store, run_id, RunState.DEGRADED)
        return RunState.DEGRADED, None
    published = publish_edition(room, run_id)
    # A missing full text is no lost record: the counts of the edition hold without it.
    state = RunState.DEGRADED if unanswered else RunState.COMPLETED
    finish_run(room.store, run_id, state)
    return state, published


def _show(published: PublicationSummary) -> None:
    """Leave the counts and the way to the edition where Prefect's pages show them."""
    create_markdown_artifact(key="update-summary", markdown=summarise_edition(published.edition))
    create_link_artifact(
        key="edition", link=published.page.as_uri(), link_text=f"Edition {published.number}"
    )


def main(arguments: list[str]) -> int:
    """Run the flow on the files named; 1 with a sentence where that cannot be."""
    try:
        # Before Prefect starts: what is wrong with the review is said at once and in one sentence.
        open_room(Settings.from_env()).store.close()
        state = update_review(files=arguments or None)
    except ReviewError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201 - this is the outer door
        return 1
    return 0 if state == RunState.COMPLETED else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
