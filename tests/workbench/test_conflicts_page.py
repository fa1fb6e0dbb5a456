"""Conflicts: both voices side by side, settled by a row of its own, and never under one's eyes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect

from reporting.compile import count_flow, place_reports
from reporting.prisma import Box
from review.annotations import AnnotationVerdict, Direction
from review.decisions import Answer, Verdict
from review.reviewers import Assignment, Task
from review.store.annotations import find_annotations
from review.store.decisions import find_consensus, find_decisions
from review.store.reviewers import keep_assignment
from review.store.session import Session, open_store
from review.store.settlements import find_annotation_consensus

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def session(disputed_review: Any) -> Iterator[Session]:
    store = open_store(disputed_review.settings.database)
    with store.session() as opened:
        yield opened
    store.close()


@pytest.fixture
def eve(disputed_review: Any, visit: Any) -> Iterator[TestClient]:
    with visit(disputed_review.settings, "eve") as opened:
        yield opened


def _fields(html: str, **changed: str) -> dict[str, str]:
    """What the form that settles would send."""
    [form] = re.findall(
        r'<form method="post" action="/conflicts/(?:reports|passages).*?</form>', html, re.DOTALL
    )
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    return {**hidden, "why": "The abstract says so.", **changed}


def test_a_conflict_shows_both_voices_side_by_side(eve: TestClient) -> None:
    html = eve.get("/conflicts").text
    assert "Reports (1)" in html
    assert "Passages (1)" in html
    for words in ("ana: Include", "ben: Exclude: Informal", "ANA-NOTE", "BEN-NOTE"):
        assert words in html
    assert "<script>alert" not in html
    answers = re.findall(r"mutual aid[^<]*<strong>(\w+)</strong>|<strong>(yes|no)</strong>", html)
    assert [one or other for one, other in answers] == ["no", "yes", "yes", "yes"]
    passage = eve.get("/conflicts?kind=passages").text
    for words in (
        "ana: Influence present, barrier",
        "ben: Influence not present",
        "Pay was low &amp; late",
    ):
        assert words in passage


# What is settled stands beside the votes, with its reason; the criteria that both answered alike
# are in it. Sent twice, it is one.
def test_a_settled_report_is_a_row_of_its_own(eve: TestClient, session: Session) -> None:
    before = find_decisions(session)
    fields = _fields(eve.get("/conflicts").text, outcome="exclude:informal")
    for _ in range(2):
        answer = eve.post("/conflicts/reports/1", data=fields)
        assert answer.status_code == 200
    session.commit()
    [said] = find_consensus(session)
    assert (said.reviewer, said.verdict, said.exclusion_reason) == ("eve", "exclude", "informal")
    assert {a.criterion: a.answer for a in said.answers} == {"formal_peer_support": Answer.MET}
    assert find_decisions(session) == before
    assert session.execute(_sql("SELECT reason FROM consensus")).scalars().all() == [
        "The abstract says so."
    ]
    assert "You settled" in answer.text
    assert "Reports (0)" in answer.text


def test_the_edition_counts_what_was_settled(eve: TestClient, session: Session) -> None:
    assert count_flow(session, place_reports(session, None)).in_box(Box.AWAITING_SETTLEMENT) == 1
    fields = _fields(eve.get("/conflicts").text, outcome="other", other="include")
    eve.post("/conflicts/reports/1", data=fields)
    session.commit()
    counts = count_flow(session, place_reports(session, None))
    assert counts.in_box(Box.AWAITING_SETTLEMENT) == 0
    assert counts.in_box(Box.AWAITING_FULL_TEXT) == 1


def test_a_settled_passage_is_a_row_of_its_own(eve: TestClient, session: Session) -> None:
    before = find_annotations(session)
    fields = _fields(eve.get("/conflicts?kind=passages").text, outcome="other", other="both")
    for _ in range(2):
        assert eve.post("/conflicts/passages/1", data=fields).status_code == 200
    session.commit()
    [said] = find_annotation_consensus(session)
    assert (said.reviewer, said.verdict) == ("eve", AnnotationVerdict.ACCEPT)
    assert (said.direction, said.quote) == (Direction.BOTH, before[0].quote)
    assert find_annotations(session) == before


def test_what_was_settled_can_be_taken_back(eve: TestClient, session: Session) -> None:
    for kind, outcome in (("reports", "include"), ("passages", "reject")):
        page = eve.get(f"/conflicts?kind={kind}").text
        eve.post(f"/conflicts/{kind}/1", data=_fields(page, outcome=outcome))
        assert f"{kind.capitalize()} (0)" in eve.get("/conflicts").text
        settled = {
            "kind": kind,
            "consensus_id": _fields(page)["consensus_id"],
            "withdrawal_id": str(uuid.uuid4()),
        }
        undone = eve.post("/conflicts/undo", data=settled)
        assert f"{kind.capitalize()} (1)" in undone.text
    session.commit()
    assert find_consensus(session) == find_annotation_consensus(session) == []
    assert session.execute(_sql("SELECT count(*) FROM consensus")).scalar_one() == 2


# Two adjudicators, or two tabs: what is settled or changed already is not settled unseen.
def test_a_stale_page_settles_nothing(
    eve: TestClient, disputed_review: Any, visit: Any, session: Session
) -> None:
    stale = {kind: eve.get(f"/conflicts?kind={kind}").text for kind in ("reports", "passages")}
    with visit(disputed_review.settings, "cem") as cem:
        for kind, outcome in (("reports", "unsure"), ("passages", "barrier")):
            fields = _fields(cem.get(f"/conflicts?kind={kind}").text, outcome=outcome)
            assert cem.post(f"/conflicts/{kind}/1", data=fields).status_code == 200
    for kind, outcome in (("reports", "include"), ("passages", "reject")):
        refused = eve.post(f"/conflicts/{kind}/1", data=_fields(stale[kind], outcome=outcome))
        assert refused.status_code == 409
        assert "not in dispute any more" in refused.text
    session.commit()
    assert [said.verdict for said in find_consensus(session)] == [Verdict.UNSURE]
    assert len(find_annotation_consensus(session)) == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"outcome": "include", "why": "  "}, "Say in a few words why"),
        ({"outcome": "other"}, "Choose how it is to be settled"),
        ({"outcome": "exclude"}, "Choose how it is to be settled"),
        ({"outcome": "exclude:whim"}, "Choose how it is to be settled"),
        ({"outcome": "include", "seen": "d-ana"}, "not in dispute any more"),
    ],
)
def test_what_cannot_be_settled_is_told(
    eve: TestClient, session: Session, changed: dict[str, str], words: str
) -> None:
    refused = eve.post("/conflicts/reports/1", data=_fields(eve.get("/conflicts").text, **changed))
    assert (refused.status_code, words in refused.text) == (409, True)
    session.commit()
    assert find_consensus(session) == []


# Who is asked to read it as well, and has not, is not shown what the two said, nor can settle it.
def test_an_adjudicator_is_blind_to_what_they_still_owe(
    disputed_review: Any, visit: Any, session: Session, eve: TestClient, now: datetime
) -> None:
    page = eve.get("/conflicts").text
    for task in (Task.TITLE_ABSTRACT, Task.PASSAGES):
        asked = Assignment(
            assignment_id=f"s-{task}",
            report_id=1,
            task=task,
            reviewer="cem",
            assigned_by="max",
            assigned_at=now,
        )
        keep_assignment(session, asked)
    session.commit()
    with visit(disputed_review.settings, "cem") as cem:
        for kind in ("reports", "passages"):
            html = cem.get(f"/conflicts?kind={kind}").text
            assert "Reports (0)" in html
            assert "Passages (0)" in html
            assert "NOTE" not in html
        refused = cem.post("/conflicts/reports/1", data=_fields(page, outcome="include"))
        assert refused.status_code == 409


# By keyboard alone: choose by digit, be asked why, say it, choose again, and undo.
@pytest.mark.browser
def test_a_conflict_is_settled_by_keyboard(
    browser: Browser, disputed_review: Any, served: Any, session: Session
) -> None:
    context = browser.new_context()
    page: Page = context.new_page()
    with served(disputed_review.settings, "eve") as address:
        page.goto(f"{address}/conflicts")
        page.keyboard.press("2")
        expect(page.locator("#why")).to_be_focused()
        page.keyboard.type("Informal support only.")
        page.keyboard.press("Tab")
        page.keyboard.press("2")
        expect(page.get_by_text("You settled")).to_be_visible()
        session.commit()
        [said] = find_consensus(session)
        assert said.exclusion_reason == "informal"
        page.keyboard.press("u")
        expect(page.get_by_role("link", name="Reports (1)")).to_be_visible()
        session.commit()
        assert find_consensus(session) == []
    context.close()


def _sql(text: str) -> Any:
    import sqlalchemy as sa

    return sa.text(text)
