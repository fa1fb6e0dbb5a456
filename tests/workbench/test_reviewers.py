"""The verbs about people: who can sign in, and that no password is ever shown or typed openly."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from review.store.reviewers import find_reviewer
from review.store.session import open_store
from workbench.cli import cli, main
from workbench.passwords import is_password

PASSWORD = "three blue herons fly"


@pytest.fixture
def run(
    small_review: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.setenv("LIVING_REVIEW_HOME", str(small_review.home))

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["living-review", *words])
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def password_file(tmp_path: Path) -> str:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    return str(file)


def _kept(review: Any, name: str) -> str:
    store = open_store(review.settings.database)
    with store.session() as session:
        found = find_reviewer(session, name)
    store.close()
    assert found
    return found.password_hash


def test_a_person_is_added_changed_and_retired(
    run: Any, small_review: Any, password_file: str
) -> None:
    code, out, _ = run("reviewer", "add", "ana", "--password-file", password_file)
    assert (code, out) == (0, "ana can sign in as reviewer.\n")
    assert is_password(PASSWORD, _kept(small_review, "ana"))
    assert run("reviewer", "role", "ana", "adjudicator")[0] == 0
    [told] = json.loads(run("reviewer", "list", "--json")[1])
    assert (told["name"], told["role"], told["can_sign_in"]) == ("ana", "adjudicator", True)
    assert run("reviewer", "retire", "ana")[0] == 0
    assert "ana  adjudicator, retired" in run("reviewer", "list")[1]
    again = run("reviewer", "add", "ana", "--role", "guest", "--password-file", password_file)
    assert again[:2] == (0, "ana can sign in as guest.\n")


def test_a_password_is_asked_for_twice_and_not_shown(small_review: Any) -> None:
    runner = CliRunner(env={"LIVING_REVIEW_HOME": str(small_review.home)})
    said = f"{PASSWORD}\n{PASSWORD}\n"
    done = runner.invoke(cli, ["reviewer", "add", "ben", "--role", "maintainer"], input=said)
    assert done.exit_code == 0
    assert PASSWORD not in done.output
    assert is_password(PASSWORD, _kept(small_review, "ben"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("retire", "dora"), "nobody is called 'dora' here; known are: nobody"),
        (("role", "dora", "guest"), "nobody is called 'dora'"),
        (("add", " "), "a name has 1 to 80 letters"),
        (("add", "ana\x07"), "a name has 1 to 80 letters"),
        (("add", "ana", "--password-file", "/nowhere/at all"), "cannot be read"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    run: Any, words: tuple[str, ...], sentence: str
) -> None:
    code, _, err = run("reviewer", *words)
    assert code == 1
    assert sentence in err


# As on the page: once nobody is left who sees to people, nobody can be let in there any more.
def test_the_last_maintainer_keeps_role_and_place(run: Any, password_file: str) -> None:
    for name in ("max", "ana"):
        run("reviewer", "add", name, "--role", "maintainer", "--password-file", password_file)
    assert run("reviewer", "role", "ana", "guest")[0] == 0
    for words in (("retire", "max"), ("role", "max", "adjudicator")):
        code, _, err = run("reviewer", *words)
        assert (code, "max is the only maintainer who can sign in" in err) == (1, True)
    assert "max  maintainer, can sign in" in run("reviewer", "list")[1]


def test_a_short_password_is_refused(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("short\n")
    code, _, err = run("reviewer", "add", "ana", "--password-file", str(file))
    assert (code, "12 to 1000 characters, and this one has 5" in err) == (1, True)
    assert run("reviewer", "list")[1] == "0 people are known.\n"


def test_who_can_sign_in_is_not_added_twice(run: Any, password_file: str) -> None:
    run("reviewer", "add", "ana", "--password-file", password_file)
    code, _, err = run("reviewer", "add", "ana", "--password-file", password_file)
    assert code == 1
    assert "ana can sign in already" in err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--sign-in",), "nobody can sign in yet"),
        (("--host", "0.0.0.0"), "without --sign-in only this machine is answered"),
        (("--address", "https://review.example.org"), "add --sign-in"),
        (("--sign-in", "--reviewer", "ana"), "leave --reviewer out"),
    ],
)
def test_the_workbench_is_not_opened_to_everyone(
    run: Any, words: tuple[str, ...], sentence: str
) -> None:
    code, _, err = run("serve", *words)
    assert code == 1
    assert sentence in err


# A program gets a token of who can sign in, and of nobody else.
def test_a_token_is_printed_for_who_can_sign_in(run: Any, password_file: str) -> None:
    run("reviewer", "add", "ana", "--password-file", password_file)
    code, token, _ = run("reviewer", "token", "ana", "--days", "30")
    assert (code, token.count(".")) == (0, 1)
    assert "nobody is called 'dan'" in run("reviewer", "token", "dan")[2]
    assert "1 to 366 days" in run("reviewer", "token", "ana", "--days", "0")[2]
    run("reviewer", "add", "eve", "--role", "maintainer", "--password-file", password_file)
    run("reviewer", "retire", "ana")
    assert "ana cannot sign in" in run("reviewer", "token", "ana")[2]
