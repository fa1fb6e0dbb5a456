"""ground: on what ground the review stands today, and what may be claimed of the unseen."""

from __future__ import annotations

from dataclasses import asdict

from review.decisions import Stage, Verdict, agree
from review.store.audits import find_audits
from review.store.decisions import find_screening_order
from review.store.runs import keep_ground as keep_told
from review.store.session import Session
from review.store.standings import Standing, find_standings
from screening.rank import ReportRanker
from screening.remaining import expect_relevant
from screening.stopping import Ground, check_stop, name_ground


def find_ground(session: Session, ranker: ReportRanker) -> Ground:
    """The regime the review is in, from what the store holds now.

    A report whose people disagree or are unsure waits, whatever the machine says. Whether
    screening may stop is asked of the reports the machine does not exclude, in the order in which
    people came to them; the others were not put before people in that order. Where that order
    would let them stop, ``ranker`` is asked, five times over, what it expects of the open ones.
    """
    standings = {standing.report_id: standing for standing in find_standings(session)}
    verdicts = {report_id: _settled(standing) for report_id, standing in standings.items()}
    kept = {r for r, s in standings.items() if not s.machine or s.machine[0] is not Verdict.EXCLUDE}
    alone = {r for r, s in standings.items() if r not in kept and not s.people}
    settled = {r for r, verdict in verdicts.items() if verdict is not Verdict.UNSURE}
    order = [r for r in find_screening_order(session) if r in kept & settled]
    labels = {r: verdicts[r] is Verdict.INCLUDE for r in settled}

    def expect() -> float:
        return expect_relevant(
            lambda known, wanted: dict(ranker.rank(session, dict(known), list(wanted))),
            labels,
            sorted(kept - settled),
        )

    return name_ground(
        screened=len(settled),
        waiting=len(standings) - len(settled) - len(alone),
        excluded=len(alone),
        audits=find_audits(session),
        stop=check_stop([labels[r] for r in order], len(kept), expect),
    )


def keep_ground(session: Session, ranker: ReportRanker, run_id: int) -> Ground:
    """The same, put down with the run that asked, for a page to tell at once. Commits."""
    ground = find_ground(session, ranker)
    keep_told(session, run_id, asdict(ground))
    session.commit()
    return ground


def _settled(standing: Standing) -> Verdict:
    """What people say on title and abstract, else on the full text; unsure where nobody spoke.

    It is unsure, too, where somebody is still to read it a second time.
    """
    stage = Stage.TITLE_ABSTRACT if standing.people.get(Stage.TITLE_ABSTRACT) else Stage.FULL_TEXT
    if stage in standing.being_read:
        return Verdict.UNSURE
    return agree(verdict for verdict, _ in standing.people.get(stage, ()))
