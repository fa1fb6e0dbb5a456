"""relearn_models: refit the models from people's answers, and keep those that are better.

Run it once from the checkout's root with ``python -m flows.relearn``.
"""

from __future__ import annotations

import sys

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from flows.tasks import finish_run, follow_stages, relearn_model, start_run
from review.errors import ReviewError
from review.protocol import load_codebook, load_protocol
from review.relearning import FEWEST, Relearnt
from review.settings import Settings
from review.store.runs import RunState
from review.store.session import Store, open_store

TASKS = ("screening", "tagging")


@flow(name="relearn-models", log_prints=False, persist_result=False)
def relearn_models(fewest: int = FEWEST, dry_run: bool = False) -> dict[str, str]:
    """Refit the models of screening and tagging; returns what became of each, in a sentence.

    A model that is better on studies held back becomes the next version, and the next update
    judges by it. Fewer than ``fewest`` new answers teach nothing yet; with ``dry_run`` no model is
    written. Raises StoreBusyError where another run of the review is under way.
    """
    settings = Settings.from_env()
    follow_stages()
    store = open_store(settings.database)
    try:
        with store.alone():
            done = _run_once(settings, store, fewest, dry_run)
    finally:
        store.close()
    create_markdown_artifact(
        key="relearn-comparison", markdown="\n\n".join(one.as_markdown() for one in done.values())
    )
    return {task: one.why for task, one in done.items()}


def _run_once(settings: Settings, store: Store, fewest: int, dry_run: bool) -> dict[str, Relearnt]:
    run_id = start_run(store, load_protocol(settings.protocol), "relearn")
    try:
        done = {
            task: relearn_model(settings, store, run_id, task, fewest, dry_run) for task in TASKS
        }
    except BaseException:
        # Also when it is cancelled: a run is never left looking as if it still went on.
        finish_run(store, run_id, RunState.FAILED)
        raise
    finish_run(store, run_id, RunState.COMPLETED)
    return done


def main() -> int:
    """Run the flow once; 1 with a sentence where that cannot be."""
    try:
        # Before Prefect starts: what is wrong with the review is said at once and in one sentence.
        settings = Settings.from_env()
        load_protocol(settings.protocol)
        load_codebook(settings.protocol)
        open_store(settings.database).close()
        relearn_models()
    except ReviewError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201 - this is the outer door
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
