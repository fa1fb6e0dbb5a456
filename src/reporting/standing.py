"""Which box of the flow a report stands in, from all that was said about it."""

from __future__ import annotations

from reporting.prisma import Box, ReportState
from review.decisions import Stage, Verdict, agree
from review.store.standings import Standing

_MACHINE = {
    Verdict.INCLUDE: Box.AWAITING_INCLUDE,
    Verdict.UNSURE: Box.AWAITING_UNSURE,
    Verdict.EXCLUDE: Box.EXCLUDED_AUTOMATIC,
}
_ON_TITLE = {Verdict.INCLUDE: Box.AWAITING_FULL_TEXT, Verdict.EXCLUDE: Box.EXCLUDED_SCREENING}
_ON_FULL_TEXT = {Verdict.INCLUDE: Box.INCLUDED, Verdict.EXCLUDE: Box.EXCLUDED_FULL_TEXT}


def place_report(
    standing: Standing, included_before: bool = False, reopened: bool = False
) -> ReportState:
    """The one box of a report: people's latest stage first, the machine only where nobody spoke.

    People who disagree or are unsure leave a report waiting: at title and abstract for settlement,
    at the full text for its assessment. So does a report that somebody is still to read a second
    time: its place would tell the second reader what the first one said. A report that is
    ``reopened`` stays where it is.
    """
    full_text = standing.people.get(Stage.FULL_TEXT, ())
    title = standing.people.get(Stage.TITLE_ABSTRACT, ())
    reason: str | None = None
    if (title or full_text) and Stage.TITLE_ABSTRACT in standing.being_read:
        box = Box.AWAITING_SETTLEMENT
    elif full_text and Stage.FULL_TEXT in standing.being_read:
        box = Box.AWAITING_FULL_TEXT
    elif full_text:
        box = _ON_FULL_TEXT.get(agree(verdict for verdict, _ in full_text), Box.AWAITING_FULL_TEXT)
    elif title:
        box = _ON_TITLE.get(agree(verdict for verdict, _ in title), Box.AWAITING_SETTLEMENT)
    elif standing.machine:
        box = _MACHINE[standing.machine[0]]
    else:
        box = Box.NOT_ASSESSED
    if box in (Box.EXCLUDED_FULL_TEXT, Box.EXCLUDED_SCREENING):
        # The first to exclude names the reason until a consensus names another.
        reason = (full_text or title)[0][1]
    elif box is Box.EXCLUDED_AUTOMATIC and standing.machine:
        reason = standing.machine[1]
    return ReportState(
        report_id=standing.report_id,
        box=box,
        exclusion_reason=reason,
        included_before=included_before and box is Box.INCLUDED,
        reopened=reopened,
    )
