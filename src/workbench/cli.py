"""living-review: every stage and every page of the review from the command line."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping, Sequence

import click

from review.errors import ReviewError
from workbench.commands import (
    canaries,
    duplicates,
    evaluating,
    exporting,
    files,
    importing,
    keeping,
    relearning,
    retrieving,
    review,
    reviewers,
    simulating,
    store,
    verifying,
)
from workbench.commands.verbs import Verbs

# In the order a newcomer needs them.
_VERBS: dict[str, tuple[click.Command, ...]] = {
    "Begin": (review.demo, review.check, review.serve),
    "The weekly run, stage by stage": (
        store.update,
        store.identify,
        store.import_files,
        store.screen,
        store.tag,
        retrieving.retrieve,
        store.publish,
        verifying.verify,
    ),
    "People": (reviewers.reviewer, duplicates.duplicates, canaries.canary),
    "Models": (review.learn, relearning.relearn, evaluating.evaluate, simulating.simulate),
    "File in, file out": (files.screen_file, files.tag_file, files.dedupe_file),
    "Out and back": (
        exporting.export,
        importing.import_annotations,
        keeping.backup,
        keeping.restore,
    ),
}


class _BySubject(Verbs):
    """Lists the verbs under what they are for."""

    def subjects(self) -> Mapping[str, Sequence[click.Command]]:
        return _VERBS


@click.group(
    cls=_BySubject,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="living-review")
@click.option("-v", "--verbose", is_flag=True, help="Say what is being done.")
def cli(verbose: bool) -> None:
    """Keep a systematic review living.

    \b
    A first look:  living-review demo
    A weekly run:  living-review update export.ris

    \b
    LIVING_REVIEW_HOME      holds the store, what was received, the editions and the models that
                            were relearnt (default: data/)
    LIVING_REVIEW_DATABASE  another database, such as postgresql+psycopg://ana@host/review
    LIVING_REVIEW_PROTOCOL  the folder of another review
    LIVING_REVIEW_MODELS    the folder of the models a review begins with
    LIVING_REVIEW_EMAIL     where a source can write to; without one no source is asked
    LIVING_REVIEW_ENCODER   a folder with another sentence encoder, or its name in a hub together
                            with LIVING_REVIEW_ENCODER_REVISION
    """
    logging.basicConfig(
        level=logging.INFO if verbose else logging.ERROR, format="%(message)s", stream=sys.stderr
    )


for _verbs in _VERBS.values():
    for _verb in _verbs:
        cli.add_command(_verb)


def main() -> None:
    """Run a verb; 0 on success, 1 with a sentence on bad input, 2 on wrong usage."""
    try:
        cli.main(standalone_mode=False)
    except click.UsageError as wrong:
        wrong.show()
        sys.exit(2)
    except click.ClickException as said:
        said.show()
        sys.exit(1)
    except ReviewError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        click.echo(
            "\nStopped. What was finished is kept; the same command goes on from there.", err=True
        )
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output went away, as `head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as fault:  # the outer door: no traceback reaches a user
        if os.environ.get("LIVING_REVIEW_DEBUG"):
            raise
        click.echo(
            f"Error: a fault of this program ({type(fault).__name__}: {fault}). "
            "The store is as it was after the last whole step. "
            "Run it again with LIVING_REVIEW_DEBUG=1 to see where, and report that.",
            err=True,
        )
        sys.exit(1)
