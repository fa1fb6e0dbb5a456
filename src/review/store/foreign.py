"""What people decided in other programs: kept and shown, never counted among this review's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from review.decisions import Verdict
from review.store.schema import foreign_vote, report_member, search
from review.store.session import Session


@dataclass(frozen=True, kw_only=True)
class ForeignVoteRow:
    """A vote on a report as a file brought it.

    ``voter`` is a person, or the program where it names nobody; ``reason`` stands in that
    program's words; ``file`` is the name of the file.
    """

    report_id: int
    voter: str
    verdict: Verdict
    reason: str
    file: str


def keep_foreign_votes(
    session: Session, search_id: int, votes: Sequence[tuple[int, int, str, Verdict, str]]
) -> None:
    """Write votes of other programs down: (place in the file, record, voter, verdict, reason).

    A voter has one vote at each place. The caller commits.
    """
    session.insert_missing(
        foreign_vote,
        [
            {
                "search_id": search_id,
                "position": position,
                "voter": voter,
                "record_id": record_id,
                "verdict": verdict,
                "reason": reason,
            }
            for position, record_id, voter, verdict, reason in votes
        ],
    )


def find_foreign_votes(session: Session, report_ids: Iterable[int]) -> list[ForeignVoteRow]:
    """The votes of other programs on these reports, by report and in the order they came.

    A file that was read twice is told once.
    """
    query = (
        sa.select(
            report_member.c.report_id,
            foreign_vote.c.voter,
            foreign_vote.c.verdict,
            foreign_vote.c.reason,
            search.c.address,
        )
        .join(report_member, report_member.c.record_id == foreign_vote.c.record_id)
        .join(search, search.c.id == foreign_vote.c.search_id)
        .where(session.one_of(report_member.c.report_id, report_ids))
        .order_by(
            report_member.c.report_id,
            foreign_vote.c.search_id,
            foreign_vote.c.position,
            foreign_vote.c.voter,
        )
    )
    rows = (
        ForeignVoteRow(
            report_id=report_id, voter=voter, verdict=Verdict(verdict), reason=reason, file=address
        )
        for report_id, voter, verdict, reason, address in session.execute(query)
    )
    return list(dict.fromkeys(rows))
