"""The verb that takes annotations made in another program in, as those of one reviewer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from review.errors import InputError
from review.reviewers import Role
from review.settings import Settings
from review.store.reviewers import find_reviewer
from review.store.session import Session
from workbench.commands.opening import now, open_session, read_review

if TYPE_CHECKING:
    from reporting.exports.words import Words


@click.command("import-annotations")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--by", "reviewer", required=True, help="Whose annotations they become.")
@click.option("--from", "coder", help="Take only those of this person of the file.")
@click.option("--json", "as_json", is_flag=True, help="Print what a program can read.")
def import_annotations(source: Path, reviewer: str, coder: str | None, as_json: bool) -> None:
    """Keep the annotations of a file as those of one reviewer.

    FILE is what `export` writes, as csv, jsonl, jsonld or qdpx, also once another program has added
    codings to the project: a code is known by the name of its influence and direction. Each
    annotation must stand on the words it quotes in a report's text of today; what has no place is
    named and left out. Importing a file again adds nothing.

    \b
    Example:  living-review import-annotations review.qdpx --by ana
    """
    from reporting.exports.read import read_annotations
    from reporting.exports.take_in import take_in

    protocol, codebook = read_review(Settings.from_env())
    read = read_annotations(source, protocol, codebook)
    words = _of_one(source, read.words, coder)
    with open_session() as session:
        _check_reviewer(session, reviewer)
        done = take_in(session, words, protocol, codebook, reviewer=reviewer, now=now())
    passed_over = read.passed_over + len(read.words) - len(words)
    if as_json:
        click.echo(json.dumps({**asdict(done), "passed_over": passed_over}, ensure_ascii=False))
        return
    click.echo(
        f"{done.new} annotations of {reviewer} are new, {done.known} known, {len(done.refused)} "
        f"refused; {passed_over} words that are not this person's annotations passed over."
    )
    for sentence in done.refused:
        click.echo(f"  refused: {source}, {sentence}")


def _of_one(source: Path, words: Sequence[Words], coder: str | None) -> Sequence[Words]:
    """The words of one person. Raises InputError where it is not said of whom."""
    people = sorted({said.reviewer for said in words})
    named = ", ".join(name or "somebody without a name" for name in people)
    if coder is None:
        if len(people) > 1:
            raise InputError(f"{source}: holds annotations of {named}; name one with --from")
        return words
    if coder not in people:
        raise InputError(f"{source}: holds none of {coder}'s annotations, but of {named or 'none'}")
    return [said for said in words if said.reviewer == coder]


def _check_reviewer(session: Session, name: str) -> None:
    person = find_reviewer(session, name)
    if person is None:
        raise InputError(
            f"nobody is called {name}; `living-review reviewer add` makes a person known"
        )
    if person.retired_at or not person.role.covers(Role.REVIEWER):
        raise InputError(
            f"{name} has retired or may only read; `living-review reviewer role` gives another role"
        )
