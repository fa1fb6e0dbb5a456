"""Protocol: read on a page, with each version that runs were made under and what it changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from review.protocol import Protocol
from review.store.runs import open_run
from review.store.session import open_store


def _run(review: Any, protocol: Protocol, now: datetime) -> None:
    store = open_store(review.settings.database)
    with store.session() as session:
        open_run(session, "update", protocol, now)
        session.commit()
    store.close()


def test_the_protocol_is_shown_with_its_amendments(
    small_review: Any, visit: Any, protocol: Protocol, now: datetime
) -> None:
    with visit(small_review.settings, "ana") as client:
        html = client.get("/protocol").text
        assert "The first that a run was made under" in html
        assert "not used by a run yet" not in html
        for words in (protocol.question, *(c.reason_text for c in protocol.criteria)):
            assert words in html
        assert "Financial arrangements" in html
        amended = protocol.model_copy(update={"version": "1.1", "question": "What <b>helps</b>?"})
        _run(small_review, amended, now + timedelta(weeks=1))
        unraised = amended.model_copy(update={"question": "What hinders?"})
        _run(small_review, unraised, now + timedelta(weeks=2))
        html = client.get("/protocol").text
    new = '<ins><span class="unseen">[new: </span>What &lt;b&gt;helps&lt;/b&gt;?'
    assert new in html
    assert html.index("[new: </span>What hinders?") < html.index(new), "the latest comes first"
    assert html.count("Its words changed without a new version number") == 1
    assert "First used 2 March 2026, by 1 run" in html


# A protocol that was changed in its files and not used yet is told apart, with what it changes.
def test_a_change_that_no_run_used_yet_is_told(
    small_review: Any, visit: Any, checkout: Path, tmp_path: Path
) -> None:
    from dataclasses import replace

    folder = tmp_path / "protocol"
    folder.mkdir()
    for file in (checkout / "data/protocol/peer-support").glob("*.yaml"):
        words = file.read_text(encoding="utf-8").replace("version: '1.0'", "version: '2.0'")
        (folder / file.name).write_text(words, encoding="utf-8")
    with visit(replace(small_review.settings, protocol=folder), "ana") as client:
        html = client.get("/protocol").text
    assert "Version 2.0, not used by a run yet" in html
    assert "[gone: </span>1.0" in html
