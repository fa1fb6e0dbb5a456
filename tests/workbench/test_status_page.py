"""Status: where the review stands, what it needs next, and what is told to whom."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from review.protocol import load_protocol
from review.reviewers import Assignment, Role, Task
from review.settings import CHECKOUT
from review.store.editions import EditionRow, keep_edition
from review.store.reviewers import keep_assignment
from review.store.runs import (
    RunState,
    close_run,
    close_search,
    keep_alarms,
    keep_ground,
    open_run,
    open_search,
)
from review.store.session import Session, open_store
from workbench.passwords import hash_password
from workbench.people import let_in

PASSWORD = "three blue herons fly"
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def _in_store(review: Any, *steps: Any) -> None:
    store = open_store(review.settings.database)
    with store.session() as session:
        for step in steps:
            step(session)
        session.commit()
    store.close()


def _publish(folder: Path, now: datetime) -> Any:
    folder.mkdir()
    (folder / "report.html").write_text("<p>ANA-SAID</p>")
    (folder / "decisions.csv").write_text("Report,Verdict\n1,ANA-SAID\n")
    made = EditionRow(
        number=1,
        run_id=1,
        published_at=now,
        counts={"flow": {"reports": 7}},
        folder=str(folder),
        sha256="",
    )
    return lambda session: keep_edition(session, made)


def _ask(who: str, at: datetime) -> Any:
    asked = Assignment(
        assignment_id=f"{who} {at}",
        report_id=1,
        task=Task.FULL_TEXT,
        reviewer=who,
        assigned_by="max",
        assigned_at=at,
    )

    def keep(session: Session) -> None:
        keep_assignment(session, asked)

    return keep


# An edition published before somebody was asked to read blind names what they are not to know: to
# them alone it is shut. One published since has left it out.
def test_an_edition_is_shut_to_who_was_asked_to_read_blind_since(
    disputed_review: Any, visit: Any, now: datetime, tmp_path: Path
) -> None:
    _in_store(
        disputed_review,
        _publish(tmp_path / "edition", now),
        _ask("cem", now + timedelta(days=1)),
        _ask("ben", now - timedelta(days=1)),
    )
    for who, status in (("cem", 403), ("ben", 200), ("eve", 200)):
        with visit(disputed_review.settings, who) as client:
            answers = [client.get(path) for path in ("/edition", "/decisions.csv")]
            [listed] = client.get("/api/v1/editions").json()["items"]
        assert [a.status_code for a in answers] == [status, status]
        assert ["ANA-SAID" in a.text for a in answers] == [status == 200] * 2
        assert ("asked to read 1 report on which" in answers[0].text) == (status == 403)
        assert listed["flow"] == ({"reports": 7} if status == 200 else None)


# Everything a review lead asks of the first page stands on it: what waits for whom, on what ground
# screening stands, how the sources are, what changed since the edition, the next run and the last.
def test_the_page_tells_what_the_review_needs(
    disputed_review: Any, visit: Any, now: datetime, tmp_path: Path
) -> None:
    _in_store(disputed_review, _ask("cem", now), _publish(tmp_path / "edition", now), _run_on)
    with visit(disputed_review.settings, "ana") as client:
        page = _words(client.get("/").text)
    for told in (
        "2 conflicts to settle: 1 on reports, 1 on passages",
        "cem 0 1 0",
        "Screening is under way. Seen by few. No claim is made of those unseen.",
        "As it was at the end of run 2",
        "PubMed none yet – PubMed: 9 records were promised and 8 came. The next run asks",
        "OpenAlex none yet – It was not searched yet. Say in LIVING_REVIEW_EMAIL",
        "Reports to screen: 7 in edition 1, now 2.",
        "Next weekly run:",
        "None has begun since it was due on",
        "2 update 3 March 2026, 06:00 UTC 3 March 2026, 06:00 UTC degraded",
        "1 update 2 March 2026, 06:00 UTC 2 March 2026, 06:00 UTC completed",
        "Many horns.",
    ):
        assert told in page, told


# Who owes what is for those who take part; a guest reads the counts.
def test_a_guest_is_told_no_names(disputed_review: Any, visit: Any, now: datetime) -> None:
    hashed = hash_password(PASSWORD)
    _in_store(
        disputed_review,
        _ask("cem", now),
        *[
            lambda session, role=role: let_in(session, role, role, hashed, now)
            for role in (Role.GUEST, Role.REVIEWER, Role.ADJUDICATOR)
        ],
    )
    for role, is_named, settles in (
        (Role.GUEST, False, False),
        (Role.REVIEWER, True, False),
        (Role.ADJUDICATOR, True, True),
    ):
        with visit(disputed_review.settings, None) as client:
            client.post("/sign-in", data={"name": role, "password": PASSWORD})
            page = client.get("/").text
        assert "Where the review stands" in page
        assert ('<th scope="row">cem</th>' in page) == is_named
        assert ('<a href="/conflicts"><strong>' in page) == settles


def _run_on(session: Session) -> None:
    """A second run, a day later, that did not end well."""
    protocol = load_protocol(CHECKOUT / "data/protocol/peer-support")
    later = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
    run_id = open_run(session, "update", protocol, later)
    [query] = {s.query for s in protocol.searches if s.source == "pubmed"}
    search_id = open_search(
        session, run_id, source="pubmed", address="x", query=query, change="new", now=later
    )
    words = "PubMed: 9 records were promised and 8 came"
    close_search(session, search_id, state=RunState.FAILED, refused=[], now=later, warnings=[words])
    keep_ground(session, run_id, {"regime": "under_way", "reason": "Seen by few.", "claim": ""})
    keep_alarms(session, run_id, ["Many horns"])
    close_run(session, run_id, RunState.DEGRADED, later)


def _words(html: str) -> str:
    """What a reader sees of a page, single spaces between the words."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split()).replace(" .", ".")
