"""Who may do what: every route states its least role, and nothing is changed without a token."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from starlette.routing import Mount

from review.errors import InputError
from review.reviewers import Role
from review.store.annotations import find_annotations
from review.store.decisions import keep_reviewer
from review.store.reviewers import keep_password, keep_retirement, keep_role
from review.store.session import open_store
from workbench.access import Least, read_secret
from workbench.app import create_app
from workbench.passwords import hash_password

PASSWORD = "three blue herons fly"
VOTE = {
    "annotation_id": "11111111-1111-4111-8111-111111111111",
    "theme": "financial_arrangements",
    "verdict": "accept",
    "direction": "barrier",
}


@pytest.fixture
def people(small_review: Any, now: datetime) -> Any:
    """One person per role, called after it."""
    _in_store(
        small_review,
        *[
            step
            for role in Role
            for step in (
                lambda session, role=role: keep_reviewer(session, role, role, now),
                lambda session, role=role: keep_password(session, role, HASH),
            )
        ],
    )
    return small_review


HASH = hash_password(PASSWORD)


@pytest.fixture
def stranger(people: Any, visit: Any) -> Iterator[TestClient]:
    with visit(people.settings, None) as opened:
        yield opened


def _in_store(review: Any, *steps: Any) -> None:
    store = open_store(review.settings.database)
    with store.session() as session:
        for step in steps:
            step(session)
        session.commit()
    store.close()


def _sign_in(client: TestClient, name: str, password: str = PASSWORD, **more: str) -> Any:
    fields = {"name": name, "password": password, **more}
    answer = client.post("/sign-in", data=fields, follow_redirects=False)
    if answer.status_code == 303:
        [token] = re.findall(r'<meta name="csrf" content="([^"]+)">', client.get("/keys").text)
        client.headers["X-CSRF-Token"] = token
    return answer


def _routes(client: TestClient) -> list[tuple[str, str, Least]]:
    """Every method and address of the workbench, with the role it states."""
    found = []
    for context in iter_route_contexts(client.app.routes):  # type: ignore[attr-defined]
        route = context.original_route
        if isinstance(route, Mount) and route.path == "/static":
            continue
        assert isinstance(route, APIRoute), f"{route} is no route that could state a role"
        stated = [d.dependency for d in route.dependencies if isinstance(d.dependency, Least)]
        assert len(stated) == 1, f"{route.path} states no least role, or more than one"
        path = re.sub(r"\{[^}]*\}", "1", route.path)
        found += [(method, path, stated[0]) for method in sorted(route.methods)]
    return found


# A route whose author forgot the role fails here; so does one that lets in whoever lacks it. What
# is open to everyone is named one by one.
def test_every_route_is_refused_without_its_role(stranger: TestClient) -> None:
    routes = _routes(stranger)
    assert len(routes) > 10
    opened = {(method, path) for method, path, stated in routes if stated.role is None}
    assert opened == {("GET", "/sign-in"), ("POST", "/sign-in")}
    for method, path, stated in routes:
        if stated.role is None:
            continue
        answer = stranger.request(method, path, follow_redirects=False)
        if method == "GET" and not path.startswith("/api/v1/"):
            assert (answer.status_code, answer.headers["location"].split("?")[0]) == (
                303,
                "/sign-in",
            ), path
        else:
            assert answer.status_code == 401, path
    for role in Role:
        _sign_in(stranger, role)
        for method, path, stated in routes:
            if stated.role is None or role.covers(stated.role):
                continue
            assert stranger.request(method, path).status_code == 403, (role, method, path)
        stranger.post("/sign-out")
        stranger.headers["X-CSRF-Token"] = _token(stranger)


# Even who may is refused without the token of the session, or with another's; a form may carry it
# in a field as well as in the header.
def test_every_change_needs_the_token_of_the_session(stranger: TestClient, people: Any) -> None:
    old = stranger.headers["X-CSRF-Token"]
    _sign_in(stranger, "maintainer")
    token = stranger.headers.pop("X-CSRF-Token")
    assert token != old
    changing = [(m, p) for m, p, _ in _routes(stranger) if m not in ("GET", "HEAD")]
    assert changing
    for method, path in changing:
        assert stranger.request(method, path).status_code == 403, path
        wrong = stranger.request(method, path, data={"csrf": old})
        assert wrong.status_code == 403, path
        assert "present session" in wrong.text
    assert stranger.post("/passages/1", data={**VOTE, "csrf": token}).status_code == 200
    _in_store(people, lambda session: _assert_said(session, ["maintainer"]))


def _assert_said(session: Any, names: list[str]) -> None:
    assert [a.reviewer for a in find_annotations(session)] == names


def _token(client: TestClient) -> str:
    [token] = re.findall(r'<meta name="csrf" content="([^"]+)">', client.get("/sign-in").text)
    return str(token)


def test_every_form_that_changes_something_carries_the_token(
    changed_review: Any, doubtful_review: Any, visit: Any
) -> None:
    assert changed_review is doubtful_review
    with visit(changed_review.settings, "ana") as client:
        seen = 0
        for path in ("/", "/passages", "/reopened", "/duplicates", "/keys"):
            for form in re.findall(r'<form method="post".*?</form>', client.get(path).text, re.S):
                assert 'name="csrf" value="' in form, path
                seen += 1
        assert seen > 5


def test_who_signs_in_votes_under_their_own_name(stranger: TestClient, people: Any) -> None:
    answer = _sign_in(stranger, "reviewer", back="/passages?page=1")
    assert answer.headers["location"] == "/passages?page=1"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    assert stranger.post("/passages/1", data=VOTE).status_code == 200
    _in_store(people, lambda session: _assert_said(session, ["reviewer"]))
    stranger.post("/sign-out")
    assert stranger.get("/passages", follow_redirects=False).status_code == 303


@pytest.mark.parametrize(
    "back", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "passages"]
)
def test_signing_in_leads_nowhere_else(stranger: TestClient, back: str) -> None:
    assert _sign_in(stranger, "guest", back=back).headers["location"] == "/"


# A wrong password, an unknown name and a person who retired are told the same.
def test_nothing_is_told_of_why_a_sign_in_failed(
    stranger: TestClient, people: Any, now: datetime
) -> None:
    _in_store(
        people,
        lambda session: keep_retirement(session, "guest", now),
        lambda session: keep_reviewer(session, "dora", "reviewer", now),
    )
    pages = {
        re.sub(r'(csrf"[^>]*(value|content)|id="name" name="name" value)="[^"]*"', "", answer.text)
        for answer in (
            _sign_in(stranger, "reviewer", "another password"),
            _sign_in(stranger, "nobody"),
            _sign_in(stranger, "guest"),
            _sign_in(stranger, "dora", ""),
        )
        if answer.status_code == 401
    }
    assert len(pages) == 1


def test_five_wrong_passwords_are_enough_for_a_while(stranger: TestClient) -> None:
    for _ in range(5):
        assert _sign_in(stranger, "reviewer", "another password").status_code == 401
    locked = _sign_in(stranger, "reviewer")
    assert locked.status_code == 429
    assert "15 minutes" in locked.text
    assert _sign_in(stranger, "guest").status_code == 303


@pytest.mark.parametrize(
    "end",
    [
        lambda session: keep_retirement(session, "reviewer", datetime.now(UTC)),
        lambda session: keep_password(session, "reviewer", HASH),
    ],
)
def test_a_session_ends_when_its_person_retires_or_gets_a_password(
    stranger: TestClient, people: Any, end: Any
) -> None:
    _sign_in(stranger, "reviewer")
    _in_store(people, end)
    assert stranger.post("/passages/1", data=VOTE).status_code == 401
    _in_store(people, lambda session: _assert_said(session, []))


def test_another_role_holds_at_once(stranger: TestClient, people: Any) -> None:
    _sign_in(stranger, "reviewer")
    _in_store(people, lambda session: keep_role(session, "reviewer", Role.GUEST))
    assert stranger.post("/passages/1", data=VOTE).status_code == 403


# What somebody else signed, or wrote by hand, is no session.
def test_a_forged_session_is_none(stranger: TestClient, people: Any, visit: Any) -> None:
    _sign_in(stranger, "reviewer")
    [(name, value)] = list(stranger.cookies.items())
    with visit(people.settings, None) as other:
        other.cookies.clear()
        other.cookies.set(name, value[:-4] + "AAAA", domain="127.0.0.1")
        assert other.get("/", follow_redirects=False).status_code == 303


def test_a_restart_ends_no_session(stranger: TestClient, people: Any, visit: Any) -> None:
    _sign_in(stranger, "reviewer")
    [(name, value)] = list(stranger.cookies.items())
    with visit(people.settings, None) as again:
        again.cookies.clear()
        again.cookies.set(name, value, domain="127.0.0.1")
        assert again.get("/", follow_redirects=False).status_code == 200


def test_the_signing_key_is_for_its_owner_alone(small_review: Any) -> None:
    assert read_secret(small_review.home) == read_secret(small_review.home)
    file = small_review.home / "session.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("")
    with pytest.raises(InputError, match="delete it"):
        read_secret(small_review.home)


# Behind a proxy that speaks https, cookies go over https alone and its name is known.
def test_a_public_address_is_answered_over_https_alone(people: Any) -> None:
    app = create_app(people.settings, None, "https://review.example.org/")
    with TestClient(app, base_url="https://review.example.org") as client:
        client.headers["X-CSRF-Token"] = _token(client)
        answer = client.post(
            "/sign-in",
            data={"name": "guest", "password": PASSWORD},
            headers={"origin": "https://review.example.org"},
            follow_redirects=False,
        )
        assert answer.status_code == 303
        assert "secure" in answer.headers["set-cookie"].lower()
        assert client.get("/", headers={"host": "elsewhere.example"}).status_code == 400
    app.state.desk.store.close()
    with pytest.raises(InputError, match=r"https://review\.example\.org"):
        create_app(people.settings, None, "review.example.org")


# One person alone on this machine is asked for nothing, and may do everything.
def test_alone_nobody_signs_in(small_review: Any, visit: Any) -> None:
    with visit(small_review.settings, "ana") as client:
        assert "Sign out" not in client.get("/").text
        assert client.get("/sign-in", follow_redirects=False).headers["location"] == "/"
        assert client.post("/passages/1", data=VOTE).status_code == 200
    _in_store(small_review, lambda session: _assert_said(session, ["ana"]))
