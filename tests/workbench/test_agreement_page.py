"""Agreement on a page: figures of first votes, and words where nothing can be stated."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest

from review.decisions import Decision, Stage, Verdict
from review.store.decisions import keep_decision, keep_reviewer
from review.store.reviewers import keep_password
from review.store.session import open_store
from workbench.passwords import hash_password

PASSWORD = "three blue herons fly"


def _rows(html: str) -> dict[str, list[str]]:
    """The rows of the tables: by their heads what stands in the cells, words alone."""
    rows = {}
    for row in re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", html, re.DOTALL):
        cells = re.split(r"</?t[hd][^>]*>", row)
        texts = [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in cells]
        head, *rest = [text for text in texts if text]
        rows[head] = rest
    return rows


def _row(rows: dict[str, list[str]], begins: str) -> list[str]:
    [found] = [cells for head, cells in rows.items() if head.startswith(begins)]
    return found


def _screen(review: Any, now: datetime, said: dict[str, tuple[str, str]]) -> None:
    """What each person says of the first and the second report on title and abstract."""
    store = open_store(review.settings.database)
    with store.session() as session:
        for who, verdicts in said.items():
            keep_reviewer(session, who, "reviewer", now)
            for report_id, verdict in enumerate(verdicts, start=1):
                decision = Decision(
                    decision_id=f"{who}-{report_id}-{verdict}",
                    report_id=report_id,
                    stage=Stage.TITLE_ABSTRACT,
                    reviewer=who,
                    verdict=Verdict(verdict),
                    decided_at=now,
                )
                keep_decision(session, decision)
        session.commit()
    store.close()


# Nothing is claimed where nobody read the same, or all said one thing: no number, and no NaN.
@pytest.mark.parametrize(
    "said",
    [
        {},
        {"ana": ("include", "unsure")},
        {"ana": ("include", "include"), "ben": ("include", "include")},
    ],
)
def test_nothing_is_stated_that_cannot_be(
    small_review: Any, visit: Any, now: datetime, said: dict[str, tuple[str, str]]
) -> None:
    _screen(small_review, now, said)
    with visit(small_review.settings, "eve") as client:
        html = client.get("/agreement").text
    assert "annot be stated" in html
    assert not re.search(r"[01]\.\d\d|nan|None", html.split("<h2>", 1)[1])


# Two votes, of which one is changed once the other is known: the first counts.
def test_first_votes_are_counted(small_review: Any, visit: Any, now: datetime) -> None:
    _screen(small_review, now, {"ana": ("include", "unsure"), "ben": ("unsure", "unsure")})
    _screen(small_review, now, {"ben": ("include", "unsure")})
    with visit(small_review.settings, "eve") as client:
        html = client.get("/agreement").text
    rows = _rows(html)
    # Two units: one alike, one not. Kappa is 0: chance agrees as often.
    assert _row(rows, "Verdict")[:2] == [
        "1 of 2, 2 studies",
        "0.00 (no interval)",
    ]
    assert rows["ana and ben"][0].startswith("Title and abstract no interval: too few")


# The questions of the disputed review: verdict, two criteria and one influence of one report each.
def test_each_question_has_its_row(disputed_review: Any, visit: Any) -> None:
    with visit(disputed_review.settings, "eve") as client:
        rows = _rows(client.get("/agreement").text)
    assert _row(rows, "Verdict")[0] == "0 of 1, 1 study"
    assert _row(rows, "Financial arrangements")[0] == "0 of 1, 1 study"
    assert _row(rows, "Is it informal or naturally")[0].startswith("0 of")
    alike = [cells for head, cells in rows.items() if head.startswith("Is the support given")]
    assert alike == [
        ["1 of 1, 1 study", "cannot be stated: everyone always said the same one thing"]
    ]
    assert "ana and ben" in rows


# A reviewer is told how they agree with each other person, and of no pair of others.
def test_a_reviewer_sees_no_pair_of_others(disputed_review: Any, visit: Any, now: datetime) -> None:
    store = open_store(disputed_review.settings.database)
    with store.session() as session:
        keep_reviewer(session, "dan", "reviewer", now)
        for name in ("ana", "dan"):
            keep_password(session, name, hash_password(PASSWORD))
        session.commit()
    store.close()
    for name, seen in (("ana", True), ("dan", False)):
        with visit(disputed_review.settings, None) as client:
            client.post("/sign-in", data={"name": name, "password": PASSWORD})
            html = client.get("/agreement").text
            assert "Title and abstract" in html
            assert ("ana and ben" in html) is seen
