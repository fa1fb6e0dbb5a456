"""People who decide on what the stand-ins of the sources gave."""

from __future__ import annotations

from datetime import UTC, datetime

from review.decisions import Decision, Stage, Verdict
from review.store.decisions import keep_decision, keep_reviewer
from review.store.session import open_store
from tests.standins.program import Sources


def include_reports(sources: Sources, count: int) -> list[str]:
    """Include reports that Europe PMC gave, on title and abstract; their PMIDs."""
    now = datetime(2026, 1, 12, 9, tzinfo=UTC)
    found = sources.rows(
        "SELECT min(report_id), pmid FROM record JOIN report_member ON record.id = record_id"
        f" WHERE source = 'europepmc' GROUP BY pmid ORDER BY pmid LIMIT {count}"
    )
    store = open_store(f"sqlite:///{sources.home / 'review.db'}")
    with store.session() as session:
        keep_reviewer(session, "ana", "reviewer", now)
        for report_id, pmid in found:
            said = Decision(
                decision_id=pmid,
                report_id=report_id,
                stage=Stage.TITLE_ABSTRACT,
                reviewer="ana",
                verdict=Verdict.INCLUDE,
                decided_at=now,
            )
            keep_decision(session, said)
        session.commit()
    store.close()
    return [pmid for _, pmid in found]
