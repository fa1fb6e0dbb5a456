"""retrieve: fetch the open full texts of the reports that people included, and keep what came."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from identification.jats import JatsFacts
from identification.sources.base import Answer, AnswerError, QuestionError, Request
from identification.sources.client import Client
from identification.sources.full_texts import EuropePmcFullTexts, tell_difference
from review.store.full_texts import (
    FullTextRow,
    FullTextState,
    SoughtReport,
    find_sought,
    keep_full_text,
)
from review.store.raw import keep_raw
from review.store.runs import count_towards
from review.store.session import Session

log = logging.getLogger(__name__)

Read = TypeVar("Read")

# What is not open today may be after an embargo; until then the answer stands.
AGAIN_AFTER = timedelta(days=30)
# A source that is down costs half a minute a question: after so many in a row the rest waits.
_GIVE_UP_AFTER = 3


@dataclass(frozen=True, kw_only=True)
class RetrievalSummary:
    """What came of the reports whose full text was wanted and not on file.

    ``not_open`` counts those the source knows and does not give, ``without_id`` those it has no
    document of; ``refused`` holds a sentence per document that is another report's, ``failed``
    one per question that had no answer. The reports those were about, and those not asked for any
    more, are ``remaining`` and asked for by the next run.
    """

    retrieved: int = 0
    not_open: int = 0
    without_id: int = 0
    remaining: int = 0
    refused: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """A row to keep, or none where there was no answer; with a sentence where one is due."""

    row: FullTextRow | None = None
    said: str = ""


def retrieve(
    session: Session,
    full_texts: EuropePmcFullTexts,
    *,
    client: Client,
    run_id: int,
    raw: Path,
    now: datetime,
    also_suggested: bool = False,
) -> RetrievalSummary:
    """Ask for every full text that is wanted, not on file and not lately refused.

    Wanted are the reports people included; with ``also_suggested`` also those the machine would
    include and no person has looked at. Every answer is put in ``raw`` before it is read. Commits
    per report: stopped at any moment and run again, it asks for no document it has kept. A question
    without an answer fails its own report; it loses no record, so it says nothing about the counts
    of an edition.
    """
    sought = find_sought(session, now - AGAIN_AFTER, also_suggested=also_suggested)
    states: Counter[str] = Counter()
    refused: list[str] = []
    failed: list[str] = []
    failed_in_a_row = 0
    for outcome in _ask(full_texts, sought, client, raw):
        if outcome.row is None:
            log.error("%s", outcome.said)
            failed.append(outcome.said)
            failed_in_a_row += 1
            if failed_in_a_row == _GIVE_UP_AFTER:
                break
            continue
        failed_in_a_row = 0
        keep_full_text(session, outcome.row, run_id, now)
        session.commit()
        states[outcome.row.state if outcome.row.source_id else "without_id"] += 1
        if outcome.said:
            log.warning("%s", outcome.said)
            refused.append(outcome.said)
    summary = RetrievalSummary(
        retrieved=states[FullTextState.RETRIEVED],
        not_open=states[FullTextState.NOT_OPEN],
        without_id=states["without_id"],
        remaining=len(sought) - states.total(),
        refused=tuple(refused),
        failed=tuple(failed),
    )
    _count(session, run_id, summary)
    return summary


def _count(session: Session, run_id: int, summary: RetrievalSummary) -> None:
    counts = {
        "retrieved": summary.retrieved,
        "not_open": summary.not_open,
        "without_id": summary.without_id,
        "refused": len(summary.refused),
        "remaining": summary.remaining,
    }
    count_towards(session, run_id, "retrieval", counts)
    session.commit()


def _ask(
    full_texts: EuropePmcFullTexts, sought: Sequence[SoughtReport], client: Client, raw: Path
) -> Iterator[_Outcome]:
    """What comes of each report, in order; one outcome for all of a question that failed."""
    for start in range(0, len(sought), full_texts.at_once):
        batch = sought[start : start + full_texts.at_once]
        try:
            pmcids, sha256 = _look_up(full_texts, batch, client, raw)
        except (AnswerError, QuestionError) as failure:
            yield _Outcome(said=f"{len(batch)} full texts could not be sought: {failure}")
            continue
        for report in batch:
            if report.report_id in pmcids:
                yield _fetch(full_texts, report, pmcids[report.report_id], client, raw)
            else:
                state = FullTextState.NOT_OPEN
                yield _Outcome(
                    row=FullTextRow(
                        report_id=report.report_id,
                        source=full_texts.name,
                        state=state,
                        sha256=sha256,
                    )
                )


def _look_up(
    full_texts: EuropePmcFullTexts, batch: Sequence[SoughtReport], client: Client, raw: Path
) -> tuple[dict[int, str], str]:
    """The PMCIDs of those reports that have one, and the hash of the answer that says so."""
    request = full_texts.ask_names(batch)
    if request is None:
        return {}, ""
    _, (pmcids, sha256) = _put(
        client, request, lambda answer: full_texts.read_names(answer, batch), raw
    )
    return pmcids, sha256


def _fetch(
    full_texts: EuropePmcFullTexts, report: SoughtReport, pmcid: str, client: Client, raw: Path
) -> _Outcome:
    request = full_texts.ask_document(pmcid)
    try:
        answer, (facts, sha256) = _put(client, request, full_texts.read_document, raw)
    except (AnswerError, QuestionError) as failure:
        return _Outcome(said=f"the full text of report {report.report_id} ({pmcid}): {failure}")
    state, said = _judge(report, pmcid, facts)
    return _Outcome(
        row=FullTextRow(
            report_id=report.report_id,
            source=full_texts.name,
            source_id=pmcid,
            state=state,
            address=request.redacted(),
            media_type=answer.headers.get("content-type", "").partition(";")[0].strip().lower(),
            licence=facts.licence if facts else "",
            sha256=sha256,
        ),
        said=said,
    )


def _judge(report: SoughtReport, pmcid: str, facts: JatsFacts | None) -> tuple[FullTextState, str]:
    """What the answer is, with a sentence where it is another report's document."""
    if facts is None:
        return FullTextState.NOT_OPEN, ""
    if difference := tell_difference(report, pmcid, facts):
        return FullTextState.OTHER_REPORT, (
            f"the full text {pmcid} is not that of report {report.report_id} and is not used: "
            f"{difference}"
        )
    # Of old, scanned documents there is a front and no text: as good as not given.
    return (FullTextState.RETRIEVED if facts.has_body else FullTextState.NOT_OPEN), ""


def _put(
    client: Client, request: Request, read: Callable[[Answer], Read], raw: Path
) -> tuple[Answer, tuple[Read, str]]:
    """Put a question; the answer, what ``read`` makes of it, and the hash it is kept under."""

    def keep_and_read(answer: Answer) -> tuple[Read, str]:
        # Before it is read: what a reader chokes on is what a person will want to see.
        sha256 = keep_raw(answer.body, raw)
        return read(answer), sha256

    return client.fetch(request, keep_and_read)
