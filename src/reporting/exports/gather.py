"""gather: everything that people said and that stands today, for an export to tell."""

from __future__ import annotations

from reporting.exports.said import Said
from review.protocol import Codebook, Protocol
from review.store.annotations import find_annotations
from review.store.decisions import find_consensus, find_decisions
from review.store.editions import find_included_reports
from review.store.records import find_members, find_reports
from review.store.session import Session
from review.store.settlements import find_annotation_consensus


def gather(session: Session, protocol: Protocol, codebook: Codebook, *, every_report: bool) -> Said:
    """What people said and what was settled, with the reports they spoke of or included.

    With ``every_report`` the reports nobody has spoken of are there, too.
    """
    annotations = tuple(find_annotations(session))
    settled_passages = tuple(find_annotation_consensus(session))
    decisions = tuple(find_decisions(session))
    included = frozenset(find_included_reports(session))
    spoken = {said.report_id for said in (*annotations, *settled_passages)}
    settled = tuple(find_consensus(session))
    decided = {said.report_id for said in (*decisions, *settled)}
    wanted = set(find_members(session).values()) if every_report else spoken | decided | included
    return Said(
        protocol=protocol,
        codebook=codebook,
        reports=find_reports(session, wanted),
        annotations=annotations,
        settled_passages=settled_passages,
        decisions=decisions,
        settled=settled,
        included=included,
    )
