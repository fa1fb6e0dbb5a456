"""Render an edition as one page that needs no network, no script and no font but the reader's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reporting.diagram import draw_flow
from reporting.edition import PLACES, EditionData, ExcludedReport, check_lists
from reporting.flow import flow_boxes, reason_text
from reporting.matrix import ThemeCount
from reporting.prisma import BOX_TEXT, check_conservation
from reporting.tables import tables_of
from reporting.text import (
    citation_source,
    cite_authors,
    doi_address,
    notice_address,
    printable,
    short_citation,
    unturned,
)
from review.annotations import Direction
from review.audits import CONFIDENCE, Audit
from review.reopenings import CAUSE_TEXT, NOTICE_TEXT

# A report's list entry shows this many passages; the CSV beside the page holds them all.
PASSAGES_SHOWN = 4
# And a list of exclusions this many per reason: 100 000 of them made a page of 43 MB.
ROWS_SHOWN = 5000
_NO_BOUND = "no bound on eligible reports among them is claimed"
_LANGUAGE = re.compile(r"^[a-z]{2,3}$")


def render_edition(edition: EditionData) -> str:
    """The page of the edition as HTML, complete in itself.

    Links to ``<table>.csv`` lead to the files of ``tables_csv`` in the page's own folder. Raises
    ConservationError where the flow's numbers do not add up or its lists hold other reports than
    it counts: such an edition is not to be published.
    """
    check_conservation(edition.counts)
    check_lists(edition)
    flow = draw_flow(
        edition.counts, reason_texts=edition.reason_texts, source_names=edition.source_names
    )
    return (
        _environment()
        .get_template("edition.html.j2")
        .render(
            edition=edition,
            tables=tables_of(edition),
            flow=Markup(flow),  # noqa: S704 - draw_flow escapes every text it draws
            boxes=flow_boxes(
                edition.counts,
                reason_texts=edition.reason_texts,
                source_names=edition.source_names,
            ),
            directions=tuple(Direction),
            places=PLACES,
            unverified=_unverified(edition),
            limits=_limits(edition),
            machine_exclusions=_by_reason(edition, edition.excluded_by_machine),
            human_exclusions=_by_reason(edition, edition.excluded_on_full_text),
            passages_shown=PASSAGES_SHOWN,
            rows_shown=ROWS_SHOWN,
        )
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printed,
    )
    environment.filters.update(
        number=_number,
        day=_day,
        moment=_moment,
        percent=_percent,
        interval=_interval,
        plural=_plural,
        doi_address=doi_address,
        notice_address=notice_address,
        box_text=BOX_TEXT.__getitem__,
        cause_text=CAUSE_TEXT.__getitem__,
        notice_text=NOTICE_TEXT.__getitem__,
        reason_text=reason_text,
        cite_authors=cite_authors,
        citation_source=citation_source,
        short_citation=short_citation,
        language=_language,
    )
    return environment


def _printed(value: object) -> object:
    """What jinja prints: texts without the characters that no page may hold, or that turn words."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return unturned(printable(value))
    return value


def _unverified(edition: EditionData) -> list[str]:
    """What in this edition no person has looked at, a sentence each; empty where all is seen."""
    counts, people = edition.counts, edition.people
    found = {
        f"{_plural(counts.awaiting_screening, 'report awaits', 'reports await')} "
        "a person's screening.": counts.awaiting_screening,
        f"{_plural(people.awaiting, 'suggested influence awaits', 'suggested influences await')} "
        "a person's answer.": people.awaiting,
        f"{_plural(counts.excluded_automatic, 'report was', 'reports were')} marked as ineligible "
        "by automation and not seen by a person.": counts.excluded_automatic,
    }
    sentences = [sentence for sentence, applies in found.items() if applies]
    if sentences and not people.decisions and not people.annotations:
        sentences.append(
            "No person has taken part yet: every judgement in this edition is the machine's."
        )
    return sentences


def _limits(edition: EditionData) -> list[str]:
    """What the record of the run itself shows to be weak, a sentence each (PRISMA 2020, 23c)."""
    counts, run = edition.counts, edition.run
    failed = [s for s in run.searches if s.state != "completed"]
    refused = sum(search.refused for search in run.searches)
    short = [
        s
        for s in run.searches
        if s.expected is not None and (s.received or 0) + s.refused + s.passed_over < s.expected
    ]
    unclear = sum(answers.unclear for answers in edition.answers)
    asked = sum(a.met + a.not_met + a.unclear for a in edition.answers)
    names = ", ".join(edition.source_names.get(s.source, s.source) for s in failed)
    found = {
        f"{len(failed)} of {_plural(len(run.searches), 'search', 'searches')} did not complete: "
        f"{names}": failed,
        f"{_plural(len(short), 'search', 'searches')} brought fewer records than the source "
        "promised": short,
        f"{_plural(refused, 'entry', 'entries')} received could not be read as a record": refused,
        f"{_plural(counts.excluded_automatic, 'report was', 'reports were')} left out on the "
        "machine's assessment alone; " + _audited(edition.audits): counts.excluded_automatic,
        f"{_plural(counts.awaiting_screening, 'report has', 'reports have')} not been screened by "
        "people, so the set of included reports may grow": counts.awaiting_screening,
        f"{_plural(counts.awaiting_full_text, 'report awaits its', 'reports await their')} full "
        "text or its assessment": counts.awaiting_full_text,
        f"{_plural(len(edition.questioned_included), 'included report is', 'included reports are')}"
        " retracted or under an expression of concern": edition.questioned_included,
        f"{_plural(counts.reopened, 'report', 'reports')} changed after people decided, who have "
        "not looked again": counts.reopened,
        f"{_plural(run.full_texts_unanswered, 'full text was', 'full texts were')} sought and no "
        "answer came; the next run asks again": run.full_texts_unanswered,
        f"{_plural(counts.not_retrieved, 'full text', 'full texts')} could not be "
        "retrieved": counts.not_retrieved,
        f"{unclear:,} of {_plural(asked, 'answer', 'answers')} of the machine to single criteria "
        "are unclear": unclear,
        f"{_plural(edition.people.disputed, 'place is', 'places are')} disputed between people and "
        "counted nowhere": edition.people.disputed,
        f"{_plural(edition.people.awaiting, 'suggested influence awaits', 'suggestions await')} "
        "a person's answer": edition.people.awaiting,
    }
    sentences = [sentence for sentence, applies in found.items() if applies]
    return [f"{sentence}." for sentence in (*sentences, *run.alarms)]


def _audited(audits: Sequence[Audit]) -> str:
    """What the blind audit lets one say of them, which may be nothing."""
    return "; ".join(_audit(audit) for audit in audits if audit.drawn) or _NO_BOUND


def _audit(audit: Audit) -> str:
    seen = (
        f"of {audit.excluded:,} that {audit.model} excluded, {audit.drawn:,} were drawn at random "
        f"for people to screen blind, and of the {audit.answered:,} answered in that order "
        f"{audit.eligible:,} {'is' if audit.eligible == 1 else 'are'} eligible or in doubt"
    )
    if audit.bound is None:
        return f"{seen}: too few for a bound, and {_NO_BOUND}"
    share = 100 * audit.bound / audit.excluded
    return (
        f"{seen}: with {CONFIDENCE:.0%} confidence at most {audit.bound:,} ({share:.1f}\u00a0%) of "
        f"the {audit.excluded:,} are"
    )


def _by_reason(
    edition: EditionData, excluded: Iterable[ExcludedReport]
) -> list[tuple[str, list[ExcludedReport]]]:
    """Reason in words with its reports, in the protocol's order of reasons."""
    order = {c.exclusion_reason: c.order for c in edition.protocol.criteria}

    def place(report: ExcludedReport) -> tuple[int, str]:
        return order.get(report.reason or "", len(order) + 1), report.reason or ""

    return [
        (reason_text(reason or None, edition.reason_texts), list(reports))
        for (_, reason), reports in groupby(sorted(excluded, key=place), key=place)
    ]


def _number(value: int | float | None) -> str:
    if value is None:
        return "not known"
    return f"{value:,}" if isinstance(value, int) else f"{value:.2f}"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else "not finished"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f}\u00a0%"


def _interval(count: ThemeCount) -> str:
    if count.low is None or count.high is None:
        return "–"
    return f"{100 * count.low:.0f} to {100 * count.high:.0f}\u00a0%"


def _plural(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _language(code: str) -> str:
    """A language for the ``lang`` attribute: "und" where the source does not state one."""
    return code if _LANGUAGE.match(code) else "und"
