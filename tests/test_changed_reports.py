"""Reports people decided on change at their sources: they are re-opened and never moved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from identification.identify import IdentificationSummary, identify
from identification.pull import Question, pull
from identification.sources.base import Change, Source, Window
from identification.sources.client import Client
from identification.sources.crossref import Crossref
from identification.sources.openalex import OpenAlex
from identification.sources.pubmed import PubMed
from reporting.compile import compile_edition, count_flow, place_reports
from reporting.prisma import Box
from reporting.render import render_edition
from review.decisions import Decision, Stage, Verdict
from review.protocol import Codebook, Protocol
from review.reopenings import Cause
from review.store.decisions import keep_decision, keep_reviewer
from review.store.reopenings import (
    find_grave_notices,
    find_open_reopenings,
    find_reopenings,
)
from review.store.runs import find_run, open_run
from review.store.session import Session, Store
from tests.standins.crossref import CrossrefStandIn
from tests.standins.eutils import EutilsStandIn
from tests.standins.library import make_record
from tests.standins.openalex import OpenAlexStandIn
from tests.standins.serving import served
from tests.standins.world import Seen, World

WEEKS = [date(2026, 1, 12) + timedelta(weeks=week) for week in range(5)]
QUERIES = {
    "pubmed": '"peer support"[tiab]',
    "openalex": 'title_and_abstract.search:"peer support"',
    "crossref": "(peer support) AND (mental health OR care OR service)",
}
ABSTRACT = "Peer workers spoke of care and of what helped them to stay in their teams."


def _notice(kind: str, number: int, day: str) -> Seen:
    return {"kind": kind, "pmid": str(number), "doi": f"10.5555/n{number}", "dated": day}


def _changed(number: int, *changes: Seen, sources: str = "pubmed crossref openalex") -> Seen:
    record = make_record(number, abstract=ABSTRACT, changes=list(changes))
    entered = {"entered": "2026-01-06"}
    places = {name: record["in"][name] | entered for name in sources.split()}
    return {**record, "in": places}


def _make_world() -> World:
    """Five reports; the first four change in the second week, the last not at all."""
    retraction = _notice("retraction", 90, "2026-01-15")
    reinstatement = _notice("reinstatement", 91, "2026-01-29")
    added = _changed(1, {"on": "2026-01-15", "abstract": ABSTRACT})
    retracted = _changed(
        2,
        {"on": "2026-01-15", "notices": [retraction], "title": "RETRACTED: Peer support 2"},
    )
    retracted["title"] = "Peer support 2"
    reinstated = _changed(
        3,
        {"on": "2026-01-15", "notices": [retraction]},
        {"on": "2026-01-29", "notices": [retraction, reinstatement]},
        sources="crossref openalex",
    )
    undecided = _changed(4, {"on": "2026-01-15", "abstract": ABSTRACT, "notices": [retraction]})
    for record in (added, undecided):
        record["abstract"] = ""
    return World([added, retracted, reinstated, undecided, _changed(5)])


@dataclass
class Review:
    """A store, the sources of one world, and what a week does."""

    session: Session
    protocol: Protocol
    world: World
    sources: list[Source]
    raw: Path
    runs: list[int] = field(default_factory=list)

    def questions(self, monday: date) -> list[Question]:
        window = Window(since=monday - timedelta(weeks=3), until=monday)
        return [
            Question(source=source, query=QUERIES[source.name], window=window, change=change)
            for source in self.sources
            for change in (list(Change) if source.tells_changes else [Change.NEW])
            if change in (Change.NEW, Change.CHANGED)
        ]

    def at(self, monday: date) -> datetime:
        return datetime(monday.year, monday.month, monday.day, 6, tzinfo=UTC)

    def begin(self, monday: date) -> int:
        self.world.today = monday.isoformat()
        self.runs.append(open_run(self.session, "update", self.protocol, self.at(monday)))
        self.session.commit()
        return self.runs[-1]

    def week(self, monday: date) -> IdentificationSummary:
        run_id = self.begin(monday)
        with Client(self.sources, sleep=lambda seconds: None) as client:
            return identify(
                self.session,
                (),
                run_id=run_id,
                raw=self.raw,
                now=self.at(monday),
                questions=self.questions(monday),
                client=client,
            )

    def decide(self, report_id: int, verdict: Verdict, at: datetime, reviewer: str = "ana") -> None:
        keep_reviewer(self.session, reviewer, "reviewer", at)
        said = Decision(
            decision_id=f"{reviewer}-{report_id}-{at}",
            report_id=report_id,
            stage=Stage.FULL_TEXT,
            reviewer=reviewer,
            verdict=verdict,
            exclusion_reason="informal" if verdict is Verdict.EXCLUDE else None,
            decided_at=at,
        )
        keep_decision(self.session, said)
        self.session.commit()

    def named(self, number: int) -> int:
        """Today's report of the world's record of that number."""
        query = sa.text("SELECT report_id FROM report WHERE doi = :doi")
        found = self.session.execute(query.bindparams(doi=f"10.5555/invented.{number}"))
        return int(found.scalar_one())

    def open_causes(self) -> dict[int, list[Cause]]:
        return {i: [r.cause for r in rs] for i, rs in find_open_reopenings(self.session).items()}

    def boxes(self) -> dict[int, Box]:
        return {state.report_id: state.box for state in place_reports(self.session, None)}


@pytest.fixture
def review(store: Store, protocol: Protocol, tmp_path: Path) -> Iterator[Review]:
    world = _make_world()
    with ExitStack() as stack:
        openalex = OpenAlexStandIn(world, dates_for=frozenset({"key"}))
        yield Review(
            session=stack.enter_context(store.session()),
            protocol=protocol,
            world=world,
            sources=[
                PubMed(address=stack.enter_context(served(EutilsStandIn(world)))),
                OpenAlex(address=stack.enter_context(served(openalex)), api_key="key"),
                Crossref(address=stack.enter_context(served(CrossrefStandIn(world)))),
            ],
            raw=tmp_path / "raw",
        )


@pytest.fixture
def decided(review: Review) -> dict[int, Box]:
    """The first week, decisions on all reports but the fourth, and the boxes after them."""
    first = review.week(WEEKS[0])
    assert (first.reports, first.reopened) == (5, 0)
    at = review.at(WEEKS[0]) + timedelta(hours=3)
    for number in (1, 2, 3):
        review.decide(review.named(number), Verdict.INCLUDE, at)
    review.decide(review.named(5), Verdict.EXCLUDE, at)
    return review.boxes()


def test_changes_re_open_what_people_decided_and_move_nothing(
    review: Review, decided: dict[int, Box], protocol: Protocol, codebook: Codebook
) -> None:
    added, retracted, reinstated = (review.named(n) for n in (1, 2, 3))
    assert {decided[i] for i in (added, retracted, reinstated)} == {Box.INCLUDED}

    second = review.week(WEEKS[1])
    assert second.reopened == 3
    assert review.open_causes() == {
        added: [Cause.ABSTRACT_ADDED],
        retracted: [Cause.RETRACTION],
        reinstated: [Cause.RETRACTION],
    }
    assert second.reopenings[0].endswith(": an abstract was added")
    assert review.boxes() == decided
    [opening] = find_open_reopenings(review.session)[added]
    assert opening.text_before.endswith("\n")
    assert opening.text_after.endswith(ABSTRACT)
    run = find_run(review.session, review.runs[-1])
    assert run is not None
    assert run.summary["identification"]["reopened"] == 3
    assert set(find_grave_notices(review.session)) == {
        retracted,
        reinstated,
        review.named(4),
    }

    edition = compile_edition(
        review.session,
        protocol,
        codebook,
        models=(),
        run_id=review.runs[-1],
        now=review.at(WEEKS[1]),
    )
    assert edition.counts.reopened == 3
    assert {c.report.report_id for c in edition.changed} == {added, retracted, reinstated}
    assert {q.report.report_id for q in edition.questioned_included} == {retracted, reinstated}
    page = render_edition(edition)
    assert page.count("An abstract was added") == 1
    assert page.count("It was retracted") == 2

    third = review.week(WEEKS[2])
    assert (third.reopened, third.reopenings) == (0, ())
    assert len(review.open_causes()) == 3

    # A person answers: the decision stands, or does not.
    at = review.at(WEEKS[2]) + timedelta(hours=3)
    review.decide(added, Verdict.INCLUDE, at)
    review.decide(retracted, Verdict.EXCLUDE, at)
    review.decide(reinstated, Verdict.EXCLUDE, at)
    assert review.open_causes() == {}
    assert review.boxes()[retracted] is Box.EXCLUDED_FULL_TEXT

    fourth = review.week(WEEKS[3])
    assert fourth.reopened == 1
    assert review.open_causes() == {reinstated: [Cause.REINSTATEMENT]}
    assert review.boxes()[reinstated] is Box.EXCLUDED_FULL_TEXT
    assert set(find_grave_notices(review.session)) == {retracted, review.named(4)}

    assert review.week(WEEKS[4]).reopened == 0
    assert set(find_reopenings(review.session)) == {added, retracted, reinstated}
    count_flow(review.session, place_reports(review.session, None))


# Killed between the pages of a search and the joining: the next run re-opens what was told.
@pytest.mark.usefixtures("decided")
def test_a_notice_kept_before_a_run_was_killed_re_opens_in_the_next(review: Review) -> None:
    run_id = review.begin(WEEKS[1])
    with Client(review.sources, sleep=lambda seconds: None) as client:
        for question in review.questions(WEEKS[1]):
            pull(
                review.session,
                question,
                client=client,
                run_id=run_id,
                raw=review.raw,
                now=review.at(WEEKS[1]),
            )
    assert review.open_causes() == {}
    done = identify(
        review.session,
        (),
        run_id=review.begin(WEEKS[2]),
        raw=review.raw,
        now=review.at(WEEKS[2]),
    )
    assert done.reopened == 3
    assert len(review.open_causes()) == 3


# A run may last for hours: a decision made meanwhile was made on the text as it was.
@pytest.mark.usefixtures("decided")
def test_a_decision_made_while_the_run_went_on_does_not_close_it(review: Review) -> None:
    review.decide(review.named(1), Verdict.INCLUDE, review.at(WEEKS[1]) + timedelta(hours=1))
    assert review.week(WEEKS[1]).reopened == 3
    assert review.open_causes()[review.named(1)] == [Cause.ABSTRACT_ADDED]
