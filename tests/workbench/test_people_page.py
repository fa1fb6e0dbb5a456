"""People: let in, given roles, retired, and asked for second reading, by a maintainer on a page."""

from __future__ import annotations

import html
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from review.decisions import Decision, Stage, Verdict
from review.reviewers import Role, Task
from review.store.decisions import find_decisions, keep_decision
from review.store.reviewers import find_reviewer, find_reviewers, keep_password
from review.store.second_reading import find_owed
from review.store.session import Session, open_store
from workbench.passwords import is_password

PASSWORD = "three blue herons fly"


@pytest.fixture
def session(disputed_review: Any) -> Iterator[Session]:
    store = open_store(disputed_review.settings.database)
    with store.session() as opened:
        yield opened
    store.close()


@pytest.fixture
def max_(disputed_review: Any, visit: Any) -> Iterator[TestClient]:
    with visit(disputed_review.settings, "max") as opened:
        yield opened


def _person(session: Session, name: str) -> Any:
    session.commit()
    return find_reviewer(session, name)


def test_a_person_is_let_in(max_: TestClient, session: Session) -> None:
    fields = {"name": " dora <b> ", "role": "adjudicator", "password": PASSWORD}
    shown = max_.post("/people", data=fields).text
    assert "dora &lt;b&gt; can sign in as adjudicator" in shown
    assert "✓" not in max_.get("/people").text, "what was done is told once"
    dora = _person(session, "dora <b>")
    assert (dora.role, is_password(PASSWORD, dora.password_hash)) == (Role.ADJUDICATOR, True)
    for changed, words in (
        ({}, "can sign in already"),
        ({"name": "eli", "password": "short"}, "a password has"),
        ({"name": " "}, "a name has"),
    ):
        refused = max_.post("/people", data={**fields, **changed})
        assert (refused.status_code, words in refused.text) == (409, True)
    assert _person(session, "eli") is None


def test_roles_change_and_people_retire_and_come_back(max_: TestClient, session: Session) -> None:
    max_.post("/people/role", data={"name": "ana", "role": "adjudicator"})
    assert _person(session, "ana").role is Role.ADJUDICATOR
    votes = find_decisions(session)
    shown = max_.post("/people/retire", data={"name": "ana"}).text
    assert "ana has retired" in shown
    assert _person(session, "ana").retired_at is not None
    assert find_decisions(session) == votes
    max_.post("/people/retire", data={"name": "ana", "back": "true"})
    assert _person(session, "ana").retired_at is None
    assert max_.post("/people/role", data={"name": "who", "role": "guest"}).status_code == 409


# Somebody must be left who can see to people.
def test_the_last_maintainer_stays(max_: TestClient, session: Session) -> None:
    keep_password(session, "max", "hash")
    session.commit()
    for path, more in (("/people/retire", {}), ("/people/role", {"role": "guest"})):
        refused = max_.post(path, data={"name": "max", **more})
        assert (refused.status_code, "only maintainer" in refused.text) == (409, True)
    keep_password(session, "eve", "hash")
    session.commit()
    max_.post("/people/role", data={"name": "eve", "role": "maintainer"})
    assert max_.post("/people/role", data={"name": "max", "role": "guest"}).status_code == 200
    assert _person(session, "max").role is Role.GUEST


# Who is asked never read it first; the same form sent twice, and the same share asked again, ask
# nobody anew.
def test_a_share_is_read_by_a_second_person(
    max_: TestClient, session: Session, now: datetime
) -> None:
    said = Decision(
        decision_id="once",
        report_id=2,
        stage=Stage.TITLE_ABSTRACT,
        reviewer="ana",
        verdict=Verdict.INCLUDE,
        decided_at=now,
    )
    keep_decision(session, said)
    session.commit()
    assert "screen title and abstract (1 read by one person alone)" in max_.get("/people").text
    fields = {
        "batch": str(uuid.uuid4()),
        "task": "title_abstract",
        "percent": "100",
        "readers": ["ana", "ben", "nobody"],
    }
    shown = html.unescape(max_.post("/people/ask", data=fields).text)
    assert "a second time: ana 0, ben 1." in shown
    max_.post("/people/ask", data=fields)
    max_.post("/people/ask", data={**fields, "batch": str(uuid.uuid4())})
    session.commit()
    [asked] = find_owed(session)
    assert (asked.reviewer, asked.report_id, asked.task) == ("ben", 2, Task.TITLE_ABSTRACT)
    assert asked.assigned_by == "max"
    page = max_.get("/people").text
    assert "screen title and abstract: 1" in page
    back = {"batch": str(uuid.uuid4()), "name": "ben", "task": "title_abstract"}
    assert "of 1 reports" in max_.post("/people/take-back", data=back).text
    session.commit()
    assert find_owed(session) == []


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"readers": []}, 409),
        ({"percent": "101"}, 422),
        ({"percent": "nan"}, 422),
        ({"task": "all"}, 422),
    ],
)
def test_what_cannot_be_asked_is_refused(
    max_: TestClient, session: Session, changed: dict[str, Any], status: int
) -> None:
    fields = {"batch": str(uuid.uuid4()), "task": "passages", "percent": "20", "readers": ["eve"]}
    assert max_.post("/people/ask", data={**fields, **changed}).status_code == status
    assert find_owed(session) == []
    assert len(find_reviewers(session)) == 5
