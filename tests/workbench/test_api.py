"""Programs do what people do on the pages, under the same names, rules and secrecy."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from review.annotations import Annotation
from review.decisions import Decision
from review.store.annotations import find_annotations
from review.store.decisions import find_consensus, find_decisions
from review.store.notes import find_notes
from review.store.reviewers import find_reviewer, keep_password, keep_retirement
from review.store.session import open_store
from workbench.access import read_secret
from workbench.passwords import hash_password
from workbench.tokens import make_token, read_token

ROOT = "/api/v1"
SCREENED = f"{ROOT}/screening/title_abstract/reports/1"
THEME = "financial_arrangements"
HASH = hash_password("three blue herons fly")


@pytest.fixture
def alone(small_review: Any, visit: Any) -> Iterator[TestClient]:
    """A program on the machine of the one person who reviews; it sends no form's token."""
    with visit(small_review.settings, "ana") as client:
        client.headers.pop("X-CSRF-Token")
        yield client


@pytest.fixture
def signed_in(disputed_review: Any, visit: Any) -> Iterator[TestClient]:
    """A program at a workbench where people sign in; it has sent nothing yet."""
    _in_store(
        disputed_review,
        *[lambda s, n=n: keep_password(s, n, HASH) for n in ("ana", "ben", "eve", "max")],
    )
    with visit(disputed_review.settings, None) as client:
        client.headers.pop("X-CSRF-Token")
        client.cookies.clear()
        yield client


def _in_store(review: Any, *steps: Any) -> Any:
    store = open_store(review.settings.database)
    with store.session() as session:
        found = [step(session) for step in steps]
        session.commit()
    store.close()
    return found[-1]


def _as(review: Any, name: str) -> dict[str, str]:
    person = _in_store(review, lambda session: find_reviewer(session, name))
    token = make_token(read_secret(review.home), person, datetime.now(UTC))
    return {"Authorization": f"Bearer {token}"}


def _decisions(review: Any) -> list[Decision]:
    found: list[Decision] = _in_store(review, find_decisions)
    return found


def _annotations(review: Any) -> list[Annotation]:
    found: list[Annotation] = _in_store(review, find_annotations)
    return found


def _ballot(standing: str = "", **more: Any) -> dict[str, Any]:
    return {"decision_id": str(uuid.uuid4()), "standing": standing, **more}


# The verdict follows from the answers as on the page; sent again it is one; another one must name
# what it replaces; and it can be taken back.
def test_a_report_is_decided_on_once(alone: TestClient, small_review: Any) -> None:
    ballot = _ballot(answers={"informal": "met"})
    for _ in range(2):
        kept = alone.post(f"{SCREENED}/decisions", json=ballot)
        assert kept.status_code == 200
        assert (kept.json()["own"]["verdict"], kept.json()["standing"]) == (
            "exclude",
            ballot["decision_id"],
        )
    stale = alone.post(f"{SCREENED}/decisions", json=_ballot(verdict="include"))
    assert stale.status_code == 409
    assert stale.headers["content-type"] == "application/problem+json"
    assert "perhaps in another tab" in stale.json()["detail"]
    other = _ballot(ballot["decision_id"], verdict="include")
    assert alone.post(f"{SCREENED}/decisions", json=other).status_code == 200
    assert [d.verdict for d in _decisions(small_review)] == ["include"]
    undo = {"id": other["decision_id"], "withdrawal_id": str(uuid.uuid4())}
    back = alone.post(f"{SCREENED}/withdrawals", json=undo)
    assert back.json()["own"]["verdict"] == "exclude"
    assert alone.post(f"{SCREENED}/withdrawals", json=undo).status_code == 409


# A field that cannot be used is named with what would be right, and nothing is kept.
@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"answers": {"informal": "perhaps"}}, "body.answers.informal"),
        ({"answers": {"unheard_of": "met"}}, "unheard_of is no criterion"),
        ({}, "Answer at least one criterion"),
        ({"verdict": "exclude"}, "An exclusion needs a reason"),
        ({"verdict": "exclude", "reason": "bad\x00"}, "NUL"),
        ({"verdict": "include", "colour": "red"}, "body.colour"),
    ],
)
def test_what_cannot_be_used_is_named(
    alone: TestClient, small_review: Any, more: dict[str, Any], named: str
) -> None:
    answer = alone.post(f"{SCREENED}/decisions", json=_ballot(**more))
    assert answer.status_code == 422
    assert named in answer.json()["detail"]
    assert _decisions(small_review) == []


# Before they answer blind a program is told no more than a person: no verdict, no quote, no theme.
def test_what_is_answered_blind_is_not_told(small_review: Any, visit: Any) -> None:
    with visit(replace(small_review.settings, blind_share=1.0), "ana") as client:
        card = client.get(SCREENED).json()
        assert card["is_blind"]
        assert card["machine"] is None
        assert {line["machine"] for line in card["criteria"]} == {None}
        for address in ("reports/1", "1"):
            told = client.get(f"{ROOT}/passages/{address}")
            assert THEME not in told.text
            assert "0.8" not in told.text
        for lane in ("study", "sweep", "likely", "uncertain", "rare"):
            assert THEME not in client.get(f"{ROOT}/passages?lane={lane}&about={THEME}").text
        seen = {
            "annotation_id": str(uuid.uuid4()),
            "theme": THEME,
            "verdict": "accept",
            "direction": "barrier",
        }
        assert client.post(f"{ROOT}/passages/1/annotations", json=seen).status_code == 409
        named = {"annotation_id": str(uuid.uuid4()), "themes": {THEME: "both"}}
        assert client.post(f"{ROOT}/passages/1/themes", json=named).status_code == 200
        assert client.get(f"{ROOT}/passages/1").json()["suggestions"][0]["theme"] == THEME
    assert [a.saw_suggestion for a in _annotations(small_review)] == [False]


def test_a_suggestion_is_accepted_and_taken_back(alone: TestClient, small_review: Any) -> None:
    [place] = alone.get(f"{ROOT}/passages?limit=1").json()["items"]
    assert place["theme"] == THEME
    text = alone.get(f"{ROOT}/passages/reports/{place['report_id']}").json()
    [passage] = text["passages"]
    assert text["text"][place["start"] : place["end"]] == passage["quote"]["exact"]
    said = {
        "annotation_id": str(uuid.uuid4()),
        "theme": THEME,
        "verdict": "accept",
        "direction": "both",
        "start": place["start"],
        "end": place["end"] - 1,
    }
    address = f"{ROOT}/passages/{passage['passage_id']}"
    assert alone.post(f"{address}/annotations", json=said).json()["said"].startswith("Kept:")
    [kept] = _annotations(small_review)
    assert (kept.direction, kept.quote.end) == ("both", place["end"] - 1)
    far = {**said, "annotation_id": str(uuid.uuid4()), "end": 10_000}
    assert alone.post(f"{address}/annotations", json=far).status_code == 422
    again = {**said, "annotation_id": str(uuid.uuid4()), "verdict": "reject"}
    assert alone.post(f"{address}/annotations", json=again).status_code == 409
    undo = {"id": said["annotation_id"], "withdrawal_id": str(uuid.uuid4())}
    assert alone.post(f"{ROOT}/passages/withdrawals", json=undo).status_code == 200
    assert _annotations(small_review) == []


def test_notes_touch_no_vote(alone: TestClient, small_review: Any) -> None:
    note = {"note_id": str(uuid.uuid4()), "text": " Pay! "}
    for address in (SCREENED, f"{ROOT}/passages/1"):
        sent = {**note, "note_id": str(uuid.uuid4())}
        assert alone.post(f"{address}/notes", json=sent).status_code == 200
    assert alone.get(SCREENED).json()["note"] == "Pay!"
    assert alone.get(f"{ROOT}/passages/1").json()["note"] == "Pay!"
    assert len(_in_store(small_review, lambda s: find_notes(s, [1]))) == 2
    assert _decisions(small_review) == _annotations(small_review) == []


# What an adjudicator settles names the votes that were shown, and its reason.
def test_a_conflict_is_settled(signed_in: TestClient, disputed_review: Any) -> None:
    eve = _as(disputed_review, "eve")
    [conflict] = signed_in.get(f"{ROOT}/conflicts/reports", headers=eve).json()["items"]
    assert {voice["outcome"] for voice in conflict["voices"]} == {"include", "exclude:informal"}
    said = {
        "consensus_id": str(uuid.uuid4()),
        "stage": conflict["stage"],
        "outcome": "include",
        "seen": conflict["seen"],
        "why": "They talked.",
    }
    address = f"{ROOT}/conflicts/reports/1/settlements"
    unseen = {**said, "seen": "d-ana"}
    assert signed_in.post(address, json=unseen, headers=eve).status_code == 409
    for _ in range(2):
        assert signed_in.post(address, json=said, headers=eve).status_code == 200
    [kept] = _in_store(disputed_review, find_consensus)
    assert (kept.reviewer, kept.verdict) == ("eve", "include")
    [passage] = signed_in.get(f"{ROOT}/conflicts/passages", headers=eve).json()["items"]
    said = {**said, "consensus_id": str(uuid.uuid4()), "outcome": "barrier"}
    del said["stage"]
    said["seen"] = passage["seen"]
    address = f"{ROOT}/conflicts/passages/1/settlements"
    assert signed_in.post(address, json=said, headers=eve).status_code == 200
    assert signed_in.get(f"{ROOT}/conflicts/passages", headers=eve).json()["items"] == []


def test_two_records_are_joined(doubtful_review: Any, visit: Any) -> None:
    with visit(doubtful_review.settings, "ana") as client:
        [first, second] = client.get(f"{ROOT}/duplicates").json()["items"]
        pair = f"{ROOT}/duplicates/{first['record_a']}/{first['record_b']}"
        assert not client.get(pair).json()["is_one"]
        said = {"vote_id": str(uuid.uuid4()), "verdict": "same"}
        said |= {"record_a": first["record_a"], "record_b": first["record_b"]}
        assert client.post(f"{ROOT}/duplicates/answers", json=said).status_code == 200
        assert client.get(pair).json()["is_one"]
        left = client.get(f"{ROOT}/duplicates").json()["items"]
        assert [q["record_a"] for q in left] == [second["record_a"]]


def test_a_changed_report_is_decided_on_anew(changed_review: Any, visit: Any) -> None:
    with visit(changed_review.settings, "ana") as client:
        first = client.get(f"{ROOT}/changed?limit=1").json()
        rest = client.get(f"{ROOT}/changed", params={"after": first["next"]}).json()
        assert rest["next"] is None
        [report] = [r for r in [*first["items"], *rest["items"]] if r["report"]["report_id"] == 1]
        said = {"decision_id": str(uuid.uuid4()), "stage": report["stage"], "verdict": "unsure"}
        assert client.post(f"{ROOT}/changed/1/decisions", json=said).status_code == 200
        assert len(client.get(f"{ROOT}/changed").json()["items"]) == 1


def test_a_maintainer_sees_to_people(signed_in: TestClient, disputed_review: Any) -> None:
    top = _as(disputed_review, "max")
    new = {"name": "dora", "role": "reviewer", "password": "three blue herons fly"}
    assert signed_in.post(f"{ROOT}/people", json=new, headers=top).status_code == 200
    role = {"name": "max", "role": "guest"}
    refused = signed_in.post(f"{ROOT}/people/roles", json=role, headers=top)
    assert refused.status_code == 422
    assert "only maintainer" in refused.json()["detail"]
    people = signed_in.get(f"{ROOT}/people", headers=top)
    assert "dora" in [person["name"] for person in people.json()]
    assert "argon2" not in people.text


# A list is gone through part by part, and one that has changed meanwhile says so.
def test_a_lane_comes_in_parts(queue_settings: Any, visit: Any) -> None:
    with visit(queue_settings, "ana") as client:
        address = f"{ROOT}/screening/title_abstract/reports"
        whole = client.get(f"{address}?limit=50").json()
        first = client.get(f"{address}?limit=3").json()
        assert first["next"] == first["items"][-1]["report_id"]
        rest = client.get(f"{address}?limit=50&after={first['next']}").json()
        assert first["items"] + rest["items"] == whole["items"]
        assert rest["next"] is None
        assert client.get(f"{address}?after=2147483647").status_code == 409


# A token speaks for its person alone, and ends with its day, a new password and retirement; a
# cookie of a session is none.
def test_a_token_holds_as_long_as_it_may(signed_in: TestClient, disputed_review: Any) -> None:
    assert signed_in.get(f"{ROOT}/me").status_code == 401
    ana = _as(disputed_review, "ana")
    me = signed_in.get(f"{ROOT}/me", headers=ana).json()
    assert (me["name"], me["role"]) == ("ana", "reviewer")
    # It opens no page, and what it sends needs no form's token.
    assert signed_in.get("/", headers=ana, follow_redirects=False).status_code == 303
    kept = signed_in.post(
        f"{ROOT}/screening/title_abstract/reports/2/decisions",
        json=_ballot(verdict="include"),
        headers=ana,
    )
    assert kept.status_code == 200
    forged = {"Authorization": ana["Authorization"][:-3] + "AAA"}
    assert signed_in.get(f"{ROOT}/me", headers=forged).status_code == 401
    _in_store(disputed_review, lambda session: keep_password(session, "ana", HASH))
    assert signed_in.get(f"{ROOT}/me", headers=ana).status_code == 401
    ben = _as(disputed_review, "ben")
    _in_store(disputed_review, lambda session: keep_retirement(session, "ben", datetime.now(UTC)))
    assert signed_in.get(f"{ROOT}/me", headers=ben).status_code == 401


def test_a_token_ends_with_its_last_day(disputed_review: Any, now: datetime) -> None:
    person = _in_store(disputed_review, lambda session: find_reviewer(session, "ana"))
    token = make_token("s" * 40, person, now, days=3)
    assert read_token("s" * 40, token, now + timedelta(days=2)) == ("ana", 0)
    assert read_token("s" * 40, token, now + timedelta(days=3)) is None
    assert read_token("t" * 40, token, now) is None
    assert read_token("s" * 40, "nonsense", now) is None


# Signed in on the page, a person makes a token there; it is shown once.
def test_a_token_is_made_on_the_page(disputed_review: Any, visit: Any) -> None:
    _in_store(disputed_review, lambda session: keep_password(session, "ana", HASH))
    with visit(disputed_review.settings, None) as client:
        client.post("/sign-in", data={"name": "ana", "password": "three blue herons fly"})
        page = client.get("/api").text
        [csrf] = re.findall(r'<meta name="csrf" content="([^"]+)">', page)
        made = client.post("/api", headers={"X-CSRF-Token": csrf}).text
        [token] = re.findall(r'<code class="token">([^<]+)</code>', made)
        client.cookies.clear()
        headers = {"Authorization": f"Bearer {token}"}
        assert client.get(f"{ROOT}/me", headers=headers).json()["name"] == "ana"


# The description has every operation, and its page lists each with the role it takes.
def test_every_operation_is_described(alone: TestClient) -> None:
    described = alone.get(f"{ROOT}/openapi.json").json()
    page = alone.get("/api").text
    for path, methods in described["paths"].items():
        assert path.startswith(f"{ROOT}/")
        for method, operation in methods.items():
            assert f"{method.upper()} {path}</code>" in page
            assert operation["description"]
            body = operation.get("requestBody", {}).get("content", {"application/json": {}})
            assert list(body) == ["application/json"]
    assert described["openapi"].startswith("3.1")


# Where one person works alone, JSON needs no token of a form; anything a page elsewhere could send
# is refused.
def test_alone_only_json_is_taken(alone: TestClient, small_review: Any) -> None:
    sent = _ballot(verdict="include")
    elsewhere = {"origin": "https://elsewhere.example"}
    address = f"{SCREENED}/decisions"
    assert alone.post(address, json=sent, headers=elsewhere).status_code == 403
    assert alone.post(address, data=sent).status_code == 403
    plain = {"content-type": "text/plain"}
    assert alone.post(address, content="{}", headers=plain).status_code == 403
    assert _decisions(small_review) == []
