"""Status: where the review stands, what it needs next, and what is told to whom."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from review.reviewers import Assignment, Task
from review.store.editions import EditionRow, keep_edition
from review.store.reviewers import keep_assignment
from review.store.session import Session, open_store

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
        number=1, run_id=1, published_at=now, counts={}, folder=str(folder), sha256=""
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
        assert [a.status_code for a in answers] == [status, status]
        assert ["ANA-SAID" in a.text for a in answers] == [status == 200] * 2
        assert ("asked to read 1 report on which" in answers[0].text) == (status == 403)
