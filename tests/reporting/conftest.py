"""Small editions for the tests of reporting: everything but what a test names is left plain."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from reporting.edition import EditionData, ExcludedReport, ListedReport, RunFacts
from reporting.matrix import build_matrix
from reporting.prisma import Box, ReportState, count_prisma
from review.protocol import Codebook, Criterion, Protocol, Theme
from review.records import Report

NOW = datetime(2025, 11, 24, 6, 0, tzinfo=UTC)


@pytest.fixture
def protocol():
    return Protocol(
        key="tiny",
        version="1",
        title="Bicycles & bells",
        question="Do bells help?",
        languages=("en",),
        criteria=(
            Criterion(
                key="bell",
                question="Is there a bell?",
                kind="inclusion",
                exclusion_reason="no_bell",
                reason_text="No bell",
                order=1,
            ),
        ),
    )


@pytest.fixture
def codebook():
    return Codebook(
        version="1",
        themes=(
            Theme(key="loudness", code="LO", name="Loudness", definition="How loud it is."),
            Theme(key="colour", code="CO", name="Colour", definition="What colour it has."),
        ),
    )


@pytest.fixture
def make_report():
    def make(report_id, title="A bell", **fields):
        return Report(report_id=report_id, record_ids=(report_id,), title=title, **fields)

    return make


@pytest.fixture
def make_edition(protocol, codebook):
    """An edition whose flow counts exactly the reports of its lists."""

    def make(
        included=(),
        provisional=(),
        doubtful=(),
        awaiting_full_text=(),
        excluded=(),
        findings=(),
        changed=(),
        **fields,
    ):
        reopened = {c.report.report_id for c in changed}
        boxes = (
            (Box.INCLUDED, included),
            (Box.AWAITING_INCLUDE, provisional),
            (Box.AWAITING_UNSURE, doubtful),
            (Box.AWAITING_FULL_TEXT, awaiting_full_text),
        )
        states = [
            ReportState(
                report_id=r.report.report_id, box=b, reopened=r.report.report_id in reopened
            )
            for b, rs in boxes
            for r in rs
        ]
        states += [
            ReportState(
                report_id=e.report.report_id,
                box=Box.EXCLUDED_FULL_TEXT if e.stage else Box.EXCLUDED_AUTOMATIC,
                exclusion_reason=e.reason,
                reopened=e.report.report_id in reopened,
            )
            for e in excluded
        ]
        records = Counter(state.report_id for state in states)
        themes = [theme.key for theme in codebook.themes]
        verified = [f for f in findings if f.verified]
        suggested = [f for f in findings if not f.verified]
        looked_at = {f.study for f in verified}
        tagged = {f.study for f in suggested}
        plain = {
            "number": 2,
            "published_at": NOW,
            "protocol": protocol,
            "codebook": codebook,
            "counts": count_prisma(
                states,
                records_per_source={"pubmed": len(states)} if states else {},
                records_per_report=records,
            ),
            "run": RunFacts(run_id=7, state="completed", started_at=NOW, finished_at=NOW),
            "verified": build_matrix(verified, studies=looked_at, themes=themes, verified=True),
            "suggested": build_matrix(suggested, studies=tagged, themes=themes, verified=False),
            "included": tuple(included),
            "provisional": tuple(provisional),
            "doubtful": tuple(doubtful),
            "awaiting_full_text": tuple(awaiting_full_text),
            "excluded": tuple(excluded),
            "changed": tuple(changed),
        }
        return EditionData(**(plain | fields))

    return make


@pytest.fixture
def listed(make_report):
    return lambda report_id, title="A bell", **fields: ListedReport(
        report=make_report(report_id, title), **fields
    )


@pytest.fixture
def out(make_report):
    return lambda report_id, title="A bell", **fields: ExcludedReport(
        report=make_report(report_id, title), reason="no_bell", **fields
    )


@pytest.fixture
def edition_run():
    return lambda **fields: RunFacts(run_id=7, state="degraded", started_at=NOW, **fields)
