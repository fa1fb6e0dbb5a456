"""Who is asked to verify the passages of a report, too, finds them in a lane, until it is done."""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from typing import Any

import pytest

from review.reviewers import Assignment, Role, Task
from review.store.decisions import keep_reviewer
from review.store.reviewers import keep_assignment
from review.store.session import open_store

SECOND, HERS = "=Supervision on wards", "Supervision helped peers to stay."


@pytest.fixture
def asked_review(small_review: Any, now: datetime) -> Any:
    """Ben is asked to read the second report as well; something is open in the first, too."""
    store = open_store(small_review.settings.database)
    with store.session() as session:
        asked = Assignment(
            assignment_id="a",
            report_id=2,
            task=Task.PASSAGES,
            reviewer="ben",
            assigned_by="max",
            assigned_at=now,
        )
        for name in ("ben", "max"):
            keep_reviewer(session, name, Role.REVIEWER, now)
        keep_assignment(session, asked)
        session.commit()
    store.close()
    return small_review


def test_what_one_is_asked_to_read_is_a_lane(visit: Any, asked_review: Any) -> None:
    with visit(asked_review.settings, "ben") as client:
        assert 'href="/passages?lane=asked"><strong>1</strong> report of which you' in (
            client.get("/").text
        )
        assert "as well (1)" in client.get("/passages").text
        page = client.get("/passages?lane=asked").text
        assert HERS in page
        assert "1 report to read as you are asked" in page
        form = page[page.index('<form id="answer"') :]
        fields = {
            "annotation_id": str(uuid.uuid4()),
            "standing": "",
            "theme": "psw_wellbeing_support",
            "verdict": "reject",
            "direction": "facilitator",
        }
        place = re.search(r'action="([^"]+)', form)
        assert place
        client.post(place.group(1).replace("&amp;", "&"), data=fields)
        assert "Nobody asks you" in client.get("/passages?lane=asked").text
        assert "of which you are asked" not in client.get("/").text
        assert client.get("/api/v1/passages?lane=asked").json()["items"] == []


def test_nobody_else_is_asked(visit: Any, asked_review: Any) -> None:
    with visit(asked_review.settings, "ana") as client:
        assert "Nobody asks you" in client.get("/passages?lane=asked").text
        assert "of which you are asked" not in client.get("/").text


# A report all of whose open passages are in its full text is asked for there.
def test_a_lane_leads_to_where_the_reading_is(visit: Any, asked_review: Any) -> None:
    with visit(asked_review.settings, "ben") as client:
        page = client.get("/passages?lane=asked&full=1").text
        assert "is in abstracts" in page
        assert 'href="/passages?lane=asked"' in page
