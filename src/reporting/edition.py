"""One edition of the living report: everything its page and tables say, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reporting.difference import TextDifference, difference_of
from reporting.matrix import Matrix
from reporting.prisma import Box, PrismaCounts
from review.annotations import Direction
from review.audits import Audit
from review.decisions import Quote, Stage, Verdict
from review.errors import ConservationError
from review.models import ModelFacts
from review.protocol import Codebook, Protocol
from review.records import Report
from review.reopenings import NOTICE_TEXT, RETRACTIONS, Reopening, ReportNotice
from review.store.coverage import Coverage, LateArrivals


@dataclass(frozen=True, kw_only=True)
class SearchFacts:
    """One search of the run: a source asked, or a file read.

    ``query`` is the strategy as sent, empty for a file; ``address`` the file's name or the address
    asked; ``change`` says whether new or changed records were asked for. ``expected`` is the number
    the source or the file's own markers promise, None where it does not say; ``refused`` counts
    entries that could not be read, ``passed_over`` records sent that do not meet the strategy, by a
    source that only ranks; ``warnings`` are what the source told of the strategy.
    """

    source: str
    address: str
    query: str = ""
    state: str
    window_from: datetime | None = None
    window_to: datetime | None = None
    expected: int | None = None
    received: int | None = None
    refused: int = 0
    passed_over: int = 0
    change: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RunFacts:
    """What the last run did; ``state`` is completed, degraded or failed.

    ``records_new`` + ``records_known`` are the records received; ``records_duplicate`` counts
    those of the new ones that joined a report already there. ``full_texts_unanswered`` were sought
    and no answer came, which says nothing about them and degrades the run. ``coverage`` and
    ``late`` are of all runs so far; ``alarms`` say what was unlike before when reports were last
    judged.
    """

    run_id: int
    state: str
    started_at: datetime
    finished_at: datetime | None = None
    code_version: str = ""
    searches: tuple[SearchFacts, ...] = ()
    records_new: int = 0
    records_known: int = 0
    records_duplicate: int = 0
    reports_assessed: int = 0
    reports_tagged: int = 0
    passages: int = 0
    suggestions: int = 0
    full_texts_retrieved: int = 0
    full_texts_unanswered: int = 0
    models: tuple[ModelFacts, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    late: tuple[LateArrivals, ...] = ()
    alarms: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CriterionCount:
    """How the machine answered one criterion over all assessed reports."""

    criterion: str
    met: int = 0
    not_met: int = 0
    unclear: int = 0


@dataclass(frozen=True, kw_only=True)
class PeopleFacts:
    """What people have done so far; places are one theme of one passage.

    ``disputed`` places are accepted by one and rejected by another person and counted nowhere;
    ``awaiting`` counts suggestions no person has answered. ``blind_decisions`` were made before
    the machine's view was shown. ``withheld`` counts those of the decisions and annotations that
    are told once somebody else who was asked has read the same, ``settlements`` what was settled.
    """

    reviewers: int = 0
    decisions: int = 0
    blind_decisions: int = 0
    annotations: int = 0
    verified: int = 0
    rejected: int = 0
    disputed: int = 0
    awaiting: int = 0
    withheld: int = 0
    settlements: int = 0


@dataclass(frozen=True, kw_only=True)
class ListedPassage:
    """A passage with one theme, as a list of reports shows it.

    ``score`` in [0, 1] is the machine's, None where a person verified theme and direction.
    """

    theme: str
    direction: Direction
    text: str
    score: float | None = None


@dataclass(frozen=True, kw_only=True)
class ListedReport:
    """A report that is included, provisionally included or in doubt, its best passages first.

    ``probability`` in [0, 1] is the machine's that it meets the criteria, None where unknown.
    """

    report: Report
    passages: tuple[ListedPassage, ...] = ()
    probability: float | None = None
    included_before: bool = False


@dataclass(frozen=True, kw_only=True)
class ExcludedReport:
    """A report that is out, with the one main reason, and the quote that decided it if any.

    ``stage`` is where a person excluded it, None where the machine marked it and no person
    has looked.
    """

    report: Report
    reason: str | None
    quote: Quote | None = None
    stage: Stage | None = None
    probability: float | None = None


@dataclass(frozen=True, kw_only=True)
class ChangedReport:
    """A report that changed since people decided on it, and where their decision has put it.

    ``causes`` are the re-openings that nobody has answered, at least one, oldest first.
    """

    report: Report
    box: Box
    exclusion_reason: str | None
    causes: tuple[Reopening, ...]

    @property
    def difference(self) -> TextDifference | None:
        """From the text people decided on to today's, None where a notice alone is the cause."""
        return difference_of(self.causes)


@dataclass(frozen=True, kw_only=True)
class QuestionedReport:
    """A report, not excluded, whose findings a notice questions, and where it stands.

    ``notices`` are at least one: retractions and withdrawals where there are any, else partial
    retractions and expressions of concern.
    """

    report: Report
    box: Box
    notices: tuple[ReportNotice, ...]

    @property
    def is_retracted(self) -> bool:
        """Whether it is retracted or withdrawn as a whole."""
        return any(notice.kind in RETRACTIONS for notice in self.notices)

    @property
    def words(self) -> str:
        """What is told of it, in a word or two."""
        return "; ".join(dict.fromkeys(NOTICE_TEXT[notice.kind] for notice in self.notices))


@dataclass(frozen=True, kw_only=True)
class LinkedReport:
    """A report that shares a study with others, where it stands, and what links it to them.

    ``study`` is the id of the study's earliest report.
    """

    study: int
    report: Report
    box: Box
    why: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ListedDecision:
    """One decision of a person that stands; ``reason`` is the key of an exclusion reason.

    ``is_settled`` says that it is a consensus, and the reviewer who settled it.
    """

    report: Report
    stage: Stage
    verdict: Verdict
    reviewer: str
    reason: str | None = None
    is_settled: bool = False


@dataclass(frozen=True, kw_only=True)
class EditionData:
    """Everything one edition tells.

    ``included`` holds what people included on the full text; ``provisional`` what the machine
    would include and ``doubtful`` what it is unsure of, both awaiting a person.
    ``awaiting_full_text`` holds what people included on title and abstract; unlike the others it
    may be left empty, and the page then says how many it does not list. ``excluded`` lists the
    machine's exclusions and those made by people on the full text. ``changed`` are reports to be
    looked at again and ``questioned`` those that are retracted or under concern and not excluded;
    both stand in their own lists, too. ``linked`` are the reports of studies that have several, one
    of them not excluded. ``verified`` and ``suggested`` are people's and the machine's
    matrix. ``written`` holds what people wrote, by the keys of ``PLACES``: nothing else fills those
    places. ``next_update`` is when the searches are planned to be repeated, None where they are
    not. ``full_texts`` counts the reports sought for retrieval whose full text is on file.
    ``changes`` are sentences on what changed since the edition before, ``audits`` how far people
    have looked, blind, at what the machine excluded.
    """

    number: int
    published_at: datetime
    protocol: Protocol
    codebook: Codebook
    counts: PrismaCounts
    run: RunFacts
    verified: Matrix
    suggested: Matrix
    answers: tuple[CriterionCount, ...] = ()
    people: PeopleFacts = PeopleFacts()
    decisions: tuple[ListedDecision, ...] = ()
    included: tuple[ListedReport, ...] = ()
    provisional: tuple[ListedReport, ...] = ()
    doubtful: tuple[ListedReport, ...] = ()
    awaiting_full_text: tuple[ListedReport, ...] = ()
    excluded: tuple[ExcludedReport, ...] = ()
    changed: tuple[ChangedReport, ...] = ()
    questioned: tuple[QuestionedReport, ...] = ()
    linked: tuple[LinkedReport, ...] = ()
    source_names: Mapping[str, str] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)
    next_update: datetime | None = None
    full_texts: int = 0
    changes: tuple[str, ...] = ()
    audits: tuple[Audit, ...] = ()

    @property
    def title(self) -> str:
        """Title with what PRISMA-LSR asks of it: that it is living, and which edition."""
        return f"{self.protocol.title}: a living systematic review, edition {self.number}"

    @property
    def reason_texts(self) -> dict[str, str]:
        """The protocol's words for each exclusion reason."""
        return {c.exclusion_reason: c.reason_text for c in self.protocol.criteria}

    @property
    def studied(self) -> tuple[tuple[ListedReport, str], ...]:
        """The reports whose influences are told study by study, each with where it stands.

        A report the machine is unsure of, or that awaits its full text, is among them only where
        an influence is verified or suggested in it.
        """
        told = {study for m in (self.verified, self.suggested) for study, _ in m.cells}
        return (
            *((listed, "included") for listed in self.included),
            *(
                (listed, "awaiting full text")
                for listed in self.awaiting_full_text
                if listed.report.report_id in told
            ),
            *((listed, "provisional") for listed in self.provisional),
            *((listed, "in doubt") for listed in self.doubtful if listed.report.report_id in told),
        )

    @property
    def unlisted(self) -> int:
        """Studies that count in a matrix and are in no list that shows them."""
        shown = {listed.report.report_id for listed, _ in self.studied}
        return len({s for m in (self.verified, self.suggested) for s, _ in m.cells} - shown)

    def theme_name(self, key: str) -> str:
        """The influence in words; its key where an older codebook named it."""
        return next((theme.name for theme in self.codebook.themes if theme.key == key), key)

    def theme_code(self, key: str) -> str:
        """The two letters of an influence; its key where an older codebook named it."""
        return next((theme.code for theme in self.codebook.themes if theme.key == key), key)

    @property
    def questioned_included(self) -> tuple[QuestionedReport, ...]:
        """Included reports that are retracted or under concern."""
        return tuple(q for q in self.questioned if q.box is Box.INCLUDED)

    @property
    def questioned_possible(self) -> tuple[QuestionedReport, ...]:
        """Reports retracted or under concern that may still be included."""
        return tuple(q for q in self.questioned if q.box is not Box.INCLUDED)

    def question_of(self, report_id: int) -> str:
        """What is told of a report that is retracted or under concern, empty for any other."""
        return next((q.words for q in self.questioned if q.report.report_id == report_id), "")

    @property
    def excluded_by_machine(self) -> tuple[ExcludedReport, ...]:
        """Exclusions no person has looked at."""
        return tuple(e for e in self.excluded if e.stage is None)

    @property
    def excluded_on_full_text(self) -> tuple[ExcludedReport, ...]:
        """Exclusions made by people on the full text (PRISMA 2020, item 16b)."""
        return tuple(e for e in self.excluded if e.stage is Stage.FULL_TEXT)


# What only people can answer for: shown as an empty, marked place until someone has written it.
PLACES: Mapping[str, str] = {
    "background": "Background and rationale",
    "discussion": "Discussion",
    "conclusions": "Conclusions for practice, policy and research",
    "authors": "Authors and their roles",
    "registration": "Registration",
    "funding": "Funding and support",
    "interests": "Competing interests",
}


def check_lists(edition: EditionData) -> None:
    """Refuse an edition whose lists hold other reports than its flow counts.

    Raises ConservationError with one sentence per list that differs, naming both numbers.
    """
    counts = edition.counts
    lists = [
        ("included reports", len(edition.included), counts.included),
        ("provisionally included reports", len(edition.provisional), counts.awaiting_include),
        ("reports the machine is unsure of", len(edition.doubtful), counts.awaiting_unsure),
        ("exclusions by automation", len(edition.excluded_by_machine), counts.excluded_automatic),
        (
            "exclusions on full text",
            len(edition.excluded_on_full_text),
            counts.excluded_full_text,
        ),
        ("reports changed since people decided", len(edition.changed), counts.reopened),
    ]
    if edition.awaiting_full_text:
        lists.append(
            (
                "reports awaiting their full text",
                len(edition.awaiting_full_text),
                counts.awaiting_full_text,
            )
        )
    wrong = [
        f"the list of {name} holds {listed}, but the flow counts {counted}"
        for name, listed, counted in lists
        if listed != counted
    ]
    if wrong:
        raise ConservationError("\n".join(wrong))
