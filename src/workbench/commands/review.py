"""Verbs about the review as a whole: check it, learn from its labels, see it, show it."""

from __future__ import annotations

import getpass
import logging
from collections.abc import Mapping
from pathlib import Path

import click

from review.errors import InputError
from review.settings import Settings
from workbench.commands.opening import now, open_encoder, read_review
from workbench.commands.reviewers import require_someone

_LOOPBACK = "127.0.0.1"


@click.command()
def check() -> None:
    """Validate the protocol and the codebook.

    Names file, line, field and remedy of whatever is wrong with them.

    \b
    Example:  living-review check
    """
    settings = Settings.from_env()
    protocol, codebook = read_review(settings)
    click.echo(
        f"{settings.protocol}: protocol '{protocol.key}', version {protocol.version}, with "
        f"{len(protocol.criteria)} criteria and {len(protocol.searches)} searches; codebook, "
        f"version {codebook.version}, with {len(codebook.themes)} themes. Nothing is wrong."
    )


@click.command()
@click.argument("task", type=click.Choice(["screening", "tagging"]))
def learn(task: str) -> None:
    """Fit a model from the review's labelled examples, as its next version.

    Writes model, metrics and card to a new folder below models/; the older version stays.

    \b
    Example:  living-review learn screening
    """
    settings = Settings.from_env()
    encoder = open_encoder(settings)
    click.echo("This takes some minutes: the figures come from cross-validation.", err=True)
    folder: Path
    if task == "screening":
        from screening.learn import learn_screening

        learnt = learn_screening(
            settings.protocol, settings.models, encoder, now(), beside=settings.model_folders
        )
        folder = learnt.folder
        click.echo("\n".join(_before_and_after(learnt.before, learnt.figures)))
    else:
        from extraction.learn import learn_extraction

        folder = learn_extraction(
            settings.protocol, settings.models, encoder, now(), beside=settings.model_folders
        ).folder
    click.echo(f"Fitted. What it can and cannot do stands in {folder / 'card.md'}")


def _before_and_after(
    before: Mapping[str, Mapping[str, float]], after: Mapping[str, Mapping[str, float]]
) -> list[str]:
    """One line a figure: the version before, where it states that figure, and this one."""
    return [
        f"{name.replace('_', ' ')}: "
        + (f"{before[name]['mean']:.3f} before, " if name in before else "")
        + f"{figure['mean']:.3f} ({figure['low']:.3f} to {figure['high']:.3f}) now"
        for name, figure in after.items()
    ]


@click.command()
@click.option("--port", default=8765, show_default=True, type=click.IntRange(1, 65535))
@click.option("--reviewer", default="", help="Your name in the votes (default: your login name).")
@click.option("--sign-in", "signs_in", is_flag=True, help="Several people, each with a password.")
@click.option("--host", default=_LOOPBACK, show_default=True, help="Where to listen, with sign-in.")
@click.option("--address", default="", help="How people reach it, as https://review.example.org.")
def serve(port: int, reviewer: str, signs_in: bool, host: str, address: str) -> None:
    """Open the workbench on this machine.

    Alone it answers on this machine only and asks for no password. With --sign-in it is for the
    people that `living-review reviewer add` named, who may reach it from elsewhere: behind a proxy
    that speaks https, whose address --address names.

    \b
    Example:  living-review serve --reviewer ana
              living-review serve --sign-in --address https://review.example.org
    """
    import uvicorn

    from workbench.app import create_app

    settings = Settings.from_env()
    if signs_in and reviewer:
        raise InputError("with --sign-in people say who they are; leave --reviewer out")
    if not signs_in and (host != _LOOPBACK or address):
        raise InputError("without --sign-in only this machine is answered; add --sign-in")
    if signs_in:
        require_someone(settings)
    app = create_app(settings, None if signs_in else reviewer or getpass.getuser(), address)
    app.state.standing.begin()
    app.state.agreement.begin()
    click.echo(f"The workbench is at http://{host}:{port}/  (stop it with Ctrl-C)")
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    server = uvicorn.Server(
        uvicorn.Config(app, host=host, port=port, log_level="warning", access_log=False)
    )
    try:
        server.run()
    except SystemExit:
        raise InputError(
            f"port {port} of {host} cannot be used; choose another with --port or --host"
        ) from None


@click.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to put it (default: a new folder demo/<time> in the checkout).",
)
def demo(folder: Path | None) -> None:
    """Run the whole review on the example records, then say where the report is.

    Starts the scheduled flow, as a weekly run does, on data/example in a fresh folder. Needs no
    network.

    \b
    Example:  living-review demo
    """
    from workbench.demo import run_demo

    run_demo(folder, now())
