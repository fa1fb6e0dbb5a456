"""Put an edition together from what the store holds: who stands where, who said what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from reporting.changed import list_changed, list_questioned
from reporting.decided import list_decisions, tell_annotations
from reporting.edition import (
    CriterionCount,
    EditionData,
    ExcludedReport,
    ListedPassage,
    ListedReport,
    PeopleFacts,
    RunFacts,
    SearchFacts,
)
from reporting.matrix import Finding, build_matrix, settle_annotations, suggested_findings
from reporting.prisma import SOUGHT, Box, PrismaCounts, ReportState, count_prisma
from reporting.standing import place_report
from reporting.studies import list_linked
from review.anchors import letters_of
from review.annotations import Annotation, Passage, PassageTags, ThemeScore
from review.decisions import Answer, Quote, Stage
from review.models import ModelFacts
from review.protocol import Codebook, Protocol
from review.store.annotations import SuggestionRow, find_annotations, find_suggestions
from review.store.assessments import count_answers, find_assessments
from review.store.audits import find_audits
from review.store.coverage import find_coverage, find_late_arrivals
from review.store.decisions import find_consensus, find_decisions
from review.store.duplicates import find_studies, find_study_links
from review.store.editions import (
    EditionRow,
    count_records_by_report,
    count_records_by_source,
    find_latest_edition,
)
from review.store.full_texts import find_full_texts
from review.store.records import find_reports
from review.store.reopenings import find_grave_notices, find_open_reopenings
from review.store.runs import RunRow, RunState, SearchRow, find_alarms, find_run, find_searches
from review.store.second_reading import find_being_read
from review.store.session import Session
from review.store.settlements import find_annotation_consensus
from review.store.standings import find_standings

SOURCE_NAMES = {
    "pubmed": "PubMed",
    "europepmc": "Europe PMC",
    "openalex": "OpenAlex",
    "crossref": "Crossref",
    "psycinfo": "PsycINFO",
}
# A report in one of these may still be included: its passages are shown and counted.
_OPEN = (Box.INCLUDED, Box.AWAITING_INCLUDE, Box.AWAITING_UNSURE, Box.AWAITING_FULL_TEXT)


def place_reports(session: Session, earlier: EditionRow | None) -> list[ReportState]:
    """The box of every report; ``earlier`` is the edition that tells what was included before."""
    before = set(earlier.counts.get("included_reports", ())) if earlier else set()
    reopened = find_open_reopenings(session)
    return [
        place_report(s, s.report_id in before, s.report_id in reopened)
        for s in find_standings(session)
    ]


def count_flow(session: Session, states: Sequence[ReportState]) -> PrismaCounts:
    """The numbers of the flow today. Raises ConservationError where they do not add up."""
    return count_prisma(
        states,
        records_per_source=count_records_by_source(session),
        records_per_report=count_records_by_report(session),
        studies=find_studies(session),
    )


def count_full_texts(session: Session, states: Sequence[ReportState]) -> int:
    """How many of the reports sought for retrieval have a full text on file."""
    on_file = find_full_texts(session).keys()
    return sum(state.report_id in on_file for state in states if state.box in SOUGHT)


def list_changes(earlier: EditionRow | None, counts: PrismaCounts) -> tuple[str, ...]:
    """What the flow counts otherwise than in an earlier edition, a sentence each."""
    if earlier is None:
        return ()
    before: Mapping[str, Any] = earlier.counts.get("flow", {})
    names = {
        "records_identified": "records identified",
        "reports": "reports to screen",
        "excluded_automatic": "reports marked as ineligible by automation",
        "awaiting_screening": "reports awaiting a person's screening",
        "screened": "reports screened by people",
        "included": "reports included",
        "reopened": "reports changed since people decided on them",
    }
    now = {name: int(getattr(counts, name)) for name in names}
    return tuple(
        f"{words[0].upper()}{words[1:]}: {before[name]:,} in edition {earlier.number}, "
        f"now {now[name]:,}."
        for name, words in names.items()
        if name in before and before[name] != now[name]
    )


def compile_edition(
    session: Session,
    protocol: Protocol,
    codebook: Codebook,
    *,
    models: Sequence[ModelFacts],
    run_id: int,
    now: datetime,
    next_update: datetime | None = None,
) -> EditionData:
    """Everything the next edition tells, as the store has it now.

    Raises ConservationError where reports were lost or counted twice.
    """
    earlier = find_latest_edition(session)
    states = place_reports(session, earlier)
    counts = count_flow(session, states)
    in_box: dict[Box, list[ReportState]] = defaultdict(list)
    for state in states:
        in_box[state.box].append(state)
    being_read = find_being_read(session)
    annotations, consensus = find_annotations(session), find_annotation_consensus(session)
    # What another person is still to read counts as open: nobody may learn what the first one said.
    told = tell_annotations(annotations, being_read)
    spoken_of = [*told, *consensus]
    open_ids = {s.report_id for box in _OPEN for s in in_box[box]}
    rows = [r for r in find_suggestions(session) if r.report_id in open_ids]
    settled = settle_annotations(told, consensus)
    suggested = _find_unanswered(rows, spoken_of)
    themes = [theme.key for theme in codebook.themes]
    looked_at = {a.report_id for a in spoken_of} & open_ids
    listing = _Listing(session, states, [*settled.findings, *suggested])
    decisions, settlements = find_decisions(session), find_consensus(session)
    reopened, grave = find_open_reopenings(session), find_grave_notices(session)
    links = find_study_links(session)
    linked = {report_id for link in links for report_id in (link.report_a, link.report_b)}
    reports = find_reports(
        session, {*reopened, *grave, *linked, *(d.report_id for d in (*decisions, *settlements))}
    )
    listed = list_decisions(reports, decisions, settlements, being_read)
    return EditionData(
        number=earlier.number + 1 if earlier else 1,
        published_at=now,
        protocol=protocol,
        codebook=codebook,
        counts=counts,
        run=replace(
            _run_facts(find_run(session, run_id), find_searches(session, run_id), models),
            coverage=tuple(find_coverage(session)),
            late=tuple(find_late_arrivals(session)),
            alarms=find_alarms(session),
        ),
        audits=tuple(find_audits(session)),
        verified=build_matrix(settled.findings, studies=looked_at, themes=themes, verified=True),
        suggested=build_matrix(
            suggested, studies={r.report_id for r in rows}, themes=themes, verified=False
        ),
        answers=_criterion_counts(protocol, count_answers(session)),
        people=PeopleFacts(
            reviewers=len(
                {d.reviewer for d in (*decisions, *settlements)} | {a.reviewer for a in annotations}
            ),
            decisions=len(decisions),
            blind_decisions=sum(not d.saw_assessment for d in decisions),
            annotations=len(annotations),
            verified=len(settled.findings),
            rejected=settled.rejected,
            disputed=settled.disputed,
            awaiting=len(suggested),
            withheld=len(decisions) + len(settlements) - len(listed) + len(annotations) - len(told),
            settlements=len(settlements),
        ),
        decisions=listed,
        included=listing.reports(in_box[Box.INCLUDED]),
        provisional=listing.reports(in_box[Box.AWAITING_INCLUDE]),
        doubtful=listing.reports(in_box[Box.AWAITING_UNSURE]),
        awaiting_full_text=listing.reports(in_box[Box.AWAITING_FULL_TEXT]),
        excluded=listing.exclusions(protocol, in_box),
        changed=list_changed(states, reports, reopened),
        questioned=list_questioned(states, reports, grave),
        linked=list_linked(states, reports, links),
        source_names=SOURCE_NAMES,
        next_update=next_update,
        full_texts=count_full_texts(session, states),
        changes=list_changes(earlier, counts),
    )


class _Listing:
    """Reports with their best passages, as the lists of an edition show them."""

    def __init__(
        self, session: Session, states: Sequence[ReportState], findings: Iterable[Finding]
    ) -> None:
        wanted = [s.report_id for s in states if s.box in (*_OPEN, *_LISTED_EXCLUSIONS)]
        self._reports = find_reports(session, wanted)
        self._assessments = find_assessments(session, wanted)
        self._findings: dict[int, list[Finding]] = defaultdict(list)
        for finding in findings:
            self._findings[finding.study].append(finding)

    def reports(self, states: Sequence[ReportState]) -> tuple[ListedReport, ...]:
        """Likeliest first, so that a reader meets the clearest cases at the top."""
        listed = [
            ListedReport(
                report=self._reports[state.report_id],
                passages=tuple(self._passages(state.report_id)),
                probability=self._probability(state.report_id),
                included_before=state.included_before,
            )
            for state in states
        ]
        return tuple(sorted(listed, key=lambda r: (-(r.probability or 0), r.report.report_id)))

    def exclusions(
        self, protocol: Protocol, in_box: Mapping[Box, Sequence[ReportState]]
    ) -> tuple[ExcludedReport, ...]:
        """The machine's exclusions and people's on the full text, each with what decided it."""
        criterion_of = {c.exclusion_reason: c.key for c in protocol.criteria}
        return tuple(
            ExcludedReport(
                report=self._reports[state.report_id],
                reason=state.exclusion_reason,
                quote=self._quote(state, criterion_of),
                stage=stage,
                probability=self._probability(state.report_id),
            )
            for box, stage in _LISTED_EXCLUSIONS.items()
            for state in in_box[box]
        )

    def _passages(self, report_id: int) -> Iterable[ListedPassage]:
        verified_first = sorted(
            self._findings[report_id], key=lambda f: (not f.verified, -(f.score or 0))
        )
        return (
            ListedPassage(theme=f.theme, direction=f.direction, text=f.quote.exact, score=f.score)
            for f in verified_first
        )

    def _probability(self, report_id: int) -> float | None:
        assessment = self._assessments.get(report_id)
        return assessment.probability if assessment else None

    def _quote(self, state: ReportState, criterion_of: Mapping[str, str]) -> Quote | None:
        assessment = self._assessments.get(state.report_id)
        criterion = criterion_of.get(state.exclusion_reason or "")
        if assessment is None or state.box is not Box.EXCLUDED_AUTOMATIC:
            return None
        return next((a.quote for a in assessment.answers if a.criterion == criterion), None)


_LISTED_EXCLUSIONS: Mapping[Box, Stage | None] = {
    Box.EXCLUDED_AUTOMATIC: None,
    Box.EXCLUDED_FULL_TEXT: Stage.FULL_TEXT,
}


def _find_unanswered(
    rows: Sequence[SuggestionRow], annotations: Sequence[Annotation]
) -> list[Finding]:
    """What is suggested and not answered at its place, nor by its words elsewhere in the report.

    A report has two texts, and a text that changed has its words elsewhere.
    """
    answered = {(a.report_id, a.theme, letters_of(a.quote.exact)) for a in annotations}
    said, open_rows = defaultdict(list), defaultdict(list)
    for annotation in annotations:
        said[annotation.text_hash].append(annotation)
    for row in rows:
        if (row.report_id, row.theme, letters_of(row.quote.exact)) not in answered:
            open_rows[row.text_hash].append(row)
    found = [
        finding
        for text_hash, own in open_rows.items()
        for finding in suggested_findings(_as_tags(own), said[text_hash])
    ]
    return sorted(found, key=lambda f: (f.study, -(f.score or 0), f.quote.start, f.theme))


def _as_tags(rows: Iterable[SuggestionRow]) -> dict[int, list[PassageTags]]:
    tags: dict[int, list[PassageTags]] = defaultdict(list)
    for row in rows:
        scored = ThemeScore(
            theme=row.theme,
            score=row.score,
            suggested=True,
            direction=row.direction,
            direction_score=row.direction_score,
            nearest=row.nearest,
        )
        tags[row.report_id].append(
            PassageTags(
                passage=Passage(quote=row.quote, position=0, section=row.section),
                relevance=row.relevance,
                themes=(scored,),
            )
        )
    return dict(tags)


def _run_facts(
    run: RunRow | None, searches: Sequence[SearchRow], models: Sequence[ModelFacts]
) -> RunFacts:
    assert run is not None, "an edition is made by a run"
    did: Mapping[str, Mapping[str, int]] = run.summary
    received = did.get("identification", {})
    screened, tagged = did.get("screening", {}), did.get("extraction", {})
    fetched = did.get("retrieval", {})
    # Publishing is a run's last step: had an earlier one failed, it would not come to it. Only full
    # texts may be missing.
    so_far = RunState.DEGRADED if fetched.get("remaining") else RunState.COMPLETED
    return RunFacts(
        run_id=run.run_id,
        state=so_far if run.state is RunState.RUNNING else run.state,
        started_at=run.started_at,
        finished_at=run.finished_at,
        code_version=run.code_version,
        searches=tuple(_search_facts(row) for row in searches),
        records_new=received.get("new", 0),
        records_known=received.get("known", 0),
        records_duplicate=received.get("duplicates", 0),
        reports_assessed=sum(screened.values()),
        reports_tagged=tagged.get("tagged", 0),
        passages=tagged.get("passages", 0),
        suggestions=tagged.get("suggestions", 0),
        full_texts_retrieved=fetched.get("retrieved", 0),
        full_texts_unanswered=fetched.get("remaining", 0),
        models=tuple(models),
    )


def _search_facts(row: SearchRow) -> SearchFacts:
    return SearchFacts(
        source=row.source,
        address=row.address,
        query=row.query,
        state=row.state,
        window_from=row.window_from,
        window_to=row.window_to,
        expected=row.expected,
        received=row.received,
        refused=len(row.refused),
        passed_over=row.passed_over,
        change=row.change,
        warnings=row.warnings,
    )


def _criterion_counts(
    protocol: Protocol, counted: Mapping[str, Mapping[Answer, int]]
) -> tuple[CriterionCount, ...]:
    return tuple(
        CriterionCount(
            criterion=criterion.key,
            **{answer.value: counted.get(criterion.key, {}).get(answer, 0) for answer in Answer},
        )
        for criterion in protocol.criteria
    )
