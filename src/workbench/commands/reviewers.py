"""Verbs about the people of the review: who they are, what each may do, and their passwords."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from review.errors import InputError
from review.reviewers import Reviewer, Role
from review.settings import Settings
from review.store.reviewers import find_reviewer, find_reviewers, keep_password
from review.store.session import Session, open_store
from workbench import people
from workbench.commands.opening import now
from workbench.commands.verbs import Verbs
from workbench.tokens import DAYS, make_token

_ROLE = click.Choice([role.value for role in Role])
_PASSWORD_FILE = click.option(
    "--password-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read the password from the first line of this file (default: ask for it).",
)


@click.group(cls=Verbs)
def reviewer() -> None:
    """People who sign in to the workbench, and what each may do.

    \b
    guest        reads
    reviewer     votes
    adjudicator  settles what reviewers disagree on
    maintainer   sees to people and assignments

    \b
    Example:  living-review reviewer add ana --role maintainer
    """


@reviewer.command()
@click.argument("name")
@click.option("--role", type=_ROLE, default=Role.REVIEWER.value, show_default=True)
@_PASSWORD_FILE
def add(name: str, role: str, password_file: Path | None) -> None:
    """Let a person sign in; one who is known from votes, or had retired, too.

    \b
    Example:  living-review reviewer add ben --role adjudicator
    """
    name = people.read_name(name)
    with _session() as session:
        people.refuse_known(session, name)
        people.let_in(session, name, Role(role), _read_password(password_file), now())
        session.commit()
    click.echo(f"{name} can sign in as {role}.")


@reviewer.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print what a program can read.")
def list_reviewers(as_json: bool) -> None:
    """Name everyone, with role and whether they can sign in.

    \b
    Example:  living-review reviewer list --json
    """
    with _session() as session:
        known = find_reviewers(session)
    if as_json:
        click.echo(json.dumps([_as_json(person) for person in known], ensure_ascii=False))
        return
    for person in known:
        click.echo(f"{person.name}  {person.role}, {_standing(person)}")
    words = "person is" if len(known) == 1 else "people are"
    click.echo(f"{len(known)} {words} known.")


@reviewer.command()
@click.argument("name")
def retire(name: str) -> None:
    """Let a person sign in no more; every vote stays, and sessions end at once.

    \b
    Example:  living-review reviewer retire ben
    """
    _change(lambda session: people.retire(session, name, now()))
    click.echo(f"{name} has retired; what {name} said stays.")


@reviewer.command()
@click.argument("name")
@click.argument("role", type=_ROLE)
def role(name: str, role: str) -> None:
    """Give a person another role.

    \b
    Example:  living-review reviewer role ben adjudicator
    """
    _change(lambda session: people.change_role(session, name, Role(role)))
    click.echo(f"{name} is {role} now.")


@reviewer.command()
@click.argument("name")
@_PASSWORD_FILE
def password(name: str, password_file: Path | None) -> None:
    """Give a person another password; sessions begun with the old one end.

    \b
    Example:  living-review reviewer password ben
    """

    def change(session: Session) -> None:
        people.require_person(session, name)
        keep_password(session, name, _read_password(password_file))

    _change(change)
    click.echo(f"{name} has a new password.")


@reviewer.command()
@click.argument("name")
@click.option("--days", type=int, default=DAYS, show_default=True, help="For how long it holds.")
def token(name: str, days: int) -> None:
    """Print a token by which a program speaks for a person; it is kept nowhere.

    A new password, or retiring the person, ends all of theirs.

    \b
    Example:  living-review reviewer token ana --days 30
    """
    # The web framework is slow to import, and no other verb here needs it.
    from workbench.access import read_secret

    settings = Settings.from_env()
    with _session(settings) as session:
        people.require_person(session, name)
        person = find_reviewer(session, name)
    if person is None or not people.can_sign_in(person):
        raise InputError(f"{name} cannot sign in, so no program can for {name}")
    click.echo(make_token(read_secret(settings.home), person, now(), days))


def require_someone(settings: Settings) -> None:
    """Raises InputError where nobody could sign in."""
    with _session(settings) as session:
        if not any(p.password_hash and not p.retired_at for p in find_reviewers(session)):
            raise InputError(
                "nobody can sign in yet; begin with "
                "`living-review reviewer add NAME --role maintainer`"
            )


@contextmanager
def _session(settings: Settings | None = None) -> Iterator[Session]:
    store = open_store((settings or Settings.from_env()).database)
    try:
        with store.session() as session:
            yield session
    finally:
        store.close()


def _change(change: Callable[[Session], None]) -> None:
    with _session() as session:
        change(session)
        session.commit()


def _read_password(file: Path | None) -> str:
    from workbench.passwords import hash_password

    if file is None:
        return hash_password(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as unreadable:
        raise InputError(f"{file} cannot be read: {unreadable}") from None
    return hash_password(lines[0] if lines else "")


def _standing(person: Reviewer) -> str:
    if person.retired_at:
        return f"retired {person.retired_at:%Y-%m-%d}"
    return "can sign in" if person.password_hash else "cannot sign in: has no password"


def _as_json(person: Reviewer) -> dict[str, Any]:
    return {
        "name": person.name,
        "role": person.role,
        "added_at": person.added_at.isoformat(),
        "retired_at": person.retired_at.isoformat() if person.retired_at else None,
        "can_sign_in": bool(person.password_hash and not person.retired_at),
    }
