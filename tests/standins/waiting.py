"""Reports that await screening: some ranked, some the machine excludes, one drawn for the audit."""

from __future__ import annotations

from datetime import datetime

from review.decisions import Answer, Assessment, CriterionAnswer, Verdict, quote_from
from review.protocol import Protocol
from review.records import Record, Report
from review.store.assessments import keep_assessments
from review.store.audits import keep_drawn
from review.store.rankings import keep_ranking
from review.store.records import find_reports, keep_members, keep_records
from review.store.runs import open_run, open_search
from review.store.session import Session

# Quoted by the machine in each of the reports.
WORDS = "Peers were paid."


def fill_queue(session: Session, protocol: Protocol, now: datetime) -> None:
    """Reports 3 to 16, in a store of two.

    3 to 12 are ranked, 12 first; 13 to 16 the machine excludes, and 13 is drawn for the audit.
    """
    run_id = open_run(session, "update", protocol, now)
    search_id = open_search(session, run_id, source="pubmed", address="x", now=now)
    records = [
        Record(
            source="pubmed",
            source_id=f"s{n}",
            title=f"Study number {n} <i>of bells</i>",
            abstract=f"{WORDS} They rang bell {n}.",
            doi=f"10.5555/bell.{n}",
        )
        for n in range(3, 17)
    ]
    ids = keep_records(session, search_id, list(enumerate(records, start=1)), now).ids
    keep_members(session, {record_id: record_id for record_id in ids})
    reports = find_reports(session, ids)
    keep_assessments(session, run_id, [(r, _assessed(r)) for r in reports.values()], now)
    ranked = [(n, n / 100) for n in range(12, 2, -1)]
    keep_ranking(session, ranked, model="r", run_id=run_id, now=now)
    keep_drawn(session, run_id, "m", [13], now)


def _assessed(report: Report) -> Assessment:
    excluded = report.report_id > 12
    start = report.text.index(WORDS)
    answer = CriterionAnswer(
        criterion="informal",
        answer=Answer.MET if excluded else Answer.NOT_MET,
        probability=0.87,
        quote=quote_from(report.text, start, start + len(WORDS)),
    )
    return Assessment(
        verdict=Verdict.EXCLUDE if excluded else Verdict.INCLUDE,
        probability=0.04 if excluded else 0.9,
        exclusion_reason="informal" if excluded else None,
        answers=(answer,),
        model="m",
    )
