"""Full texts: which reports people want them of, what was asked, and what is on file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa

from review.decisions import Stage, Verdict, agree
from review.store.editions import find_said
from review.store.raw import load_raw
from review.store.schema import full_text, record, report_member
from review.store.session import Session
from review.store.views import current_assessment


class FullTextState(StrEnum):
    """What came of asking for a full text.

    ``not_open``: the source does not give it, or knows no such document; it may later.
    ``other_report``: what it gives under that name is another document. ``read`` is no answer but
    the text that was read from a file on record (see ``store.readings``).
    """

    RETRIEVED = "retrieved"
    NOT_OPEN = "not_open"
    OTHER_REPORT = "other_report"
    READ = "read"


@dataclass(frozen=True, kw_only=True)
class SoughtReport:
    """A report whose full text is wanted, with every name its records give it.

    ``known_as`` are Europe PMC's own, such as "MED:41102462"; DOIs are bare and in lower case.
    """

    report_id: int
    known_as: tuple[str, ...] = ()
    pmids: tuple[str, ...] = ()
    dois: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FullTextRow:
    """One answer of a source on the full text of a report.

    ``source_id`` is empty where the source has no such document; ``address`` is what was asked,
    without credentials; ``licence`` an address or the first words of one; ``sha256`` that of the
    body as kept in raw/, empty where none came.
    """

    report_id: int
    source: str
    state: FullTextState
    source_id: str = ""
    address: str = ""
    media_type: str = ""
    licence: str = ""
    sha256: str = ""


def find_sought(
    session: Session, asked_since: datetime, *, also_suggested: bool = False
) -> list[SoughtReport]:
    """Reports whose full text is wanted and not on file, oldest first.

    Wanted are those that people included on title and abstract and did not exclude on the full
    text; with ``also_suggested`` also those no person has looked at and the machine would include.
    Left out are those that a source answered for after ``asked_since``.
    """
    wanted = _find_wanted(session, also_suggested)
    answered = sa.or_(
        full_text.c.state == FullTextState.RETRIEVED, full_text.c.asked_at > asked_since
    )
    settled = (
        sa.select(report_member.c.report_id)
        .join(full_text, full_text.c.report_id == report_member.c.record_id)
        .where(answered)
    )
    open_ids = sorted(wanted - set(session.execute(settled).scalars()))
    return [
        report
        for start in range(0, len(open_ids), 500)
        for report in _find_names(session, open_ids[start : start + 500])
    ]


def keep_full_text(session: Session, row: FullTextRow, run_id: int, now: datetime) -> None:
    """Write down what came of asking for a full text. The caller commits."""
    session.insert(
        full_text,
        [
            {
                "report_id": row.report_id,
                "source": row.source,
                "source_id": row.source_id,
                "state": row.state,
                "address": row.address,
                "media_type": row.media_type,
                "licence": row.licence,
                "sha256": row.sha256,
                "run_id": run_id,
                "asked_at": now,
            }
        ],
    )


def find_full_texts(session: Session) -> dict[int, FullTextRow]:
    """The full text on file of each of today's reports that has one; the newest where several."""
    query = (
        sa.select(report_member.c.report_id.label("today"), full_text)
        .join(full_text, full_text.c.report_id == report_member.c.record_id)
        .where(full_text.c.state == FullTextState.RETRIEVED)
        .order_by(full_text.c.id)
    )
    return {row["today"]: _row(row) for row in session.execute(query).mappings()}


def load_full_text(session: Session, report_id: int, raw: Path) -> bytes | None:
    """The full text of a report as it was received, JATS or PDF; None where none is on file.

    Raises InputError where the file in ``raw`` is missing or was altered.
    """
    query = (
        sa.select(full_text.c.sha256)
        .join(report_member, report_member.c.record_id == full_text.c.report_id)
        .where(report_member.c.report_id == report_id, full_text.c.state == FullTextState.RETRIEVED)
        .order_by(full_text.c.id.desc())
        .limit(1)
    )
    sha256 = session.execute(query).scalar()
    return None if sha256 is None else load_raw(sha256, raw)


def is_sought(people: Mapping[Stage, Sequence[tuple[Verdict, str | None]]]) -> bool:
    """Whether what people said of a report, per stage, asks for its full text."""
    said = {stage: agree(verdict for verdict, _ in votes) for stage, votes in people.items()}
    if Stage.FULL_TEXT in said:
        return said[Stage.FULL_TEXT] is not Verdict.EXCLUDE
    return said.get(Stage.TITLE_ABSTRACT) is Verdict.INCLUDE


def _find_wanted(session: Session, also_suggested: bool) -> set[int]:
    said = find_said(session)
    wanted = {report_id for report_id, people in said.items() if is_sought(people)}
    if also_suggested:
        suggested = sa.select(current_assessment.c.report_id).where(
            current_assessment.c.verdict == Verdict.INCLUDE
        )
        wanted |= set(session.execute(suggested).scalars()) - said.keys()
    return wanted


def _find_names(session: Session, report_ids: Sequence[int]) -> list[SoughtReport]:
    query = (
        sa.select(
            report_member.c.report_id,
            record.c.source,
            record.c.source_id,
            record.c.pmid,
            record.c.doi,
        )
        .join(record, record.c.id == report_member.c.record_id)
        .where(report_member.c.report_id.in_(report_ids))
        .order_by(record.c.id)
    )
    found = {report_id: SoughtReport(report_id=report_id) for report_id in report_ids}
    for report_id, source, source_id, pmid, doi in session.execute(query):
        sofar = found[report_id]
        own = [source_id] if source == "europepmc" and ":" in source_id else []
        found[report_id] = replace(
            sofar,
            known_as=_with(sofar.known_as, own),
            pmids=_with(sofar.pmids, [pmid]),
            dois=_with(sofar.dois, [doi]),
        )
    return list(found.values())


def _with(names: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*names, *filter(None, more)]))


def _row(row: sa.RowMapping) -> FullTextRow:
    return FullTextRow(
        report_id=row["today"],
        source=row["source"],
        state=FullTextState(row["state"]),
        source_id=row["source_id"],
        address=row["address"],
        media_type=row["media_type"],
        licence=row["licence"],
        sha256=row["sha256"],
    )
