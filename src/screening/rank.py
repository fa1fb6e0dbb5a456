"""rank: put the reports that await a person's screening in the order in which to screen them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from review.decisions import Stage, Verdict, agree
from review.language import Encoder
from review.protocol import Protocol
from review.records import Report
from review.store.embeddings import StoredVectors
from review.store.rankings import find_text_hashes, keep_ranking
from review.store.records import find_reports
from review.store.session import Session
from review.store.standings import Standing, find_standings
from screening.ranking import MODEL, Portraits, Question, Ranker
from screening.report_vectors import ask_as_protocol, describe_reports

log = logging.getLogger(__name__)

# Of a larger store the ranker is made of so many reports and of all that people decided on; the
# others are scored by it some at a time, in memory that does not grow with the store.
_READ_AT_ONCE = 100_000
_BATCH = 2_000


@dataclass(frozen=True, kw_only=True)
class RankingSummary:
    """How many reports were ranked, and after how many decisions of people."""

    ranked: int
    included: int
    excluded: int


class ReportRanker:
    """What a process keeps that ranks again and again: the reports of the store, read once."""

    def __init__(self, protocol: Protocol, encoder: Encoder) -> None:
        self._protocol = protocol
        self._encoder = encoder
        self.name = f"{MODEL}, protocol {protocol.fingerprint()}"
        self._hashes: dict[int, str] = {}
        self._places: dict[int, int] = {}
        self._ranker: Ranker | None = None
        self._asked: Question | None = None

    def rank(
        self, session: Session, labels: dict[int, bool], wanted: Sequence[int]
    ) -> list[tuple[int, float]]:
        """The wanted reports with their scores, best first; ties go to the older report.

        Reads the store's reports where they are not those it read the last time. Sentence vectors
        not made yet are made and kept; the caller commits.
        """
        ranker = self._read(session, labels)
        learned = ranker.learn({self._places[r]: label for r, label in labels.items()})
        own = [r for r in wanted if r in self._places]
        scores = ranker.score(learned)[[self._places[r] for r in own]]
        scored = dict(zip(own, scores.tolist(), strict=True))
        others = [r for r in wanted if r not in self._places]
        for reports, portraits in self._describe(session, others):
            texts = [report.text for report in reports]
            found = learned.score_texts(texts, portraits).tolist()
            scored.update(zip((r.report_id for r in reports), found, strict=True))
        return sorted(scored.items(), key=lambda pair: (-pair[1], pair[0]))

    def _read(self, session: Session, decided: dict[int, bool]) -> Ranker:
        hashes = find_text_hashes(session)
        known = hashes == self._hashes and not decided.keys() - self._places.keys()
        if self._ranker is not None and known:
            return self._ranker
        read = [*decided, *(r for r in hashes if r not in decided)]
        read = sorted(read[: max(_READ_AT_ONCE, len(decided))])
        parts = list(self._describe(session, read))
        self._ranker = Ranker(
            [report.text for reports, _ in parts for report in reports],
            Portraits(
                vectors=np.concatenate([portraits.vectors for _, portraits in parts]),
                nearness=np.concatenate([portraits.nearness for _, portraits in parts]),
            ),
            self._question(session),
        )
        self._hashes, self._places = hashes, {r: place for place, r in enumerate(read)}
        return self._ranker

    def _describe(
        self, session: Session, report_ids: Sequence[int]
    ) -> Iterator[tuple[list[Report], Portraits]]:
        """The reports some at a time, at least once, with what they say."""
        cache, question = StoredVectors(session), self._question(session)
        for start in range(0, max(1, len(report_ids)), _BATCH):
            reports = find_reports(session, report_ids[start : start + _BATCH])
            texts = [(report.title, report.abstract) for report in reports.values()]
            yield (
                list(reports.values()),
                describe_reports(texts, question, self._encoder, cache),
            )

    def _question(self, session: Session) -> Question:
        if self._asked is None:
            cached = self._encoder.using(StoredVectors(session))
            self._asked = ask_as_protocol(self._protocol, cached)
        return self._asked


def rank_open_reports(
    session: Session, ranker: ReportRanker, *, run_id: int | None, now: datetime
) -> RankingSummary:
    """Rank anew the reports no person has screened, after what people decided so far.

    Learns from the verdicts by title and abstract, the consensus before single ones; a report
    people differ or are unsure on teaches nothing. What the machine excluded awaits nobody.
    ``run_id`` is None where votes outside a run ask for it. Commits.
    """
    standings = find_standings(session)
    verdicts = {s.report_id: v for s in standings if (v := _verdict(s)) is not None}
    labels = {r: v is Verdict.INCLUDE for r, v in verdicts.items() if v is not Verdict.UNSURE}
    waiting = [s.report_id for s in standings if _awaits_a_person(s)]
    ranked = ranker.rank(session, labels, waiting)
    keep_ranking(session, ranked, model=ranker.name, run_id=run_id, now=now)
    session.commit()
    included = sum(labels.values())
    log.info("%d reports ranked after %d decisions", len(ranked), len(labels))
    return RankingSummary(ranked=len(ranked), included=included, excluded=len(labels) - included)


def _verdict(standing: Standing) -> Verdict | None:
    said = standing.people.get(Stage.TITLE_ABSTRACT)
    return agree(verdict for verdict, _ in said) if said else None


def _awaits_a_person(standing: Standing) -> bool:
    return not standing.people and (
        standing.machine is None or standing.machine[0] is not Verdict.EXCLUDE
    )
