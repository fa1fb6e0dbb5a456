"""An edition tells when its searches are repeated; that alone is no reason for another edition."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from reporting.publish import PublicationSummary, publish
from review.protocol import Codebook, Protocol
from review.store.runs import open_run
from review.store.session import Store


def test_a_later_date_makes_no_new_edition(
    store: Store, protocol: Protocol, codebook: Codebook, now: datetime, tmp_path: Path
) -> None:
    def published(next_update: datetime | None) -> PublicationSummary:
        return publish(
            session,
            protocol,
            codebook,
            models=(),
            editions=tmp_path,
            run_id=run_id,
            now=now,
            next_update=next_update,
        )

    due = datetime(2026, 3, 30, 6, 0, tzinfo=now.tzinfo)
    with store.session() as session:
        run_id = open_run(session, "update", protocol, now)
        first = published(due)
        assert "next repeated on 30 March 2026" in first.page.read_text(encoding="utf-8")
        assert not published(due + timedelta(days=7)).is_new
        assert not published(None).is_new
