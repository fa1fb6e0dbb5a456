"""Reports of one study are listed together, and counted as reports and as studies."""

import csv
import io

import pytest

from reporting.flow import describe_flow
from reporting.prisma import Box, PrismaCounts, ReportState, check_conservation, count_prisma
from reporting.render import render_edition
from reporting.studies import list_linked
from reporting.summary import summarise_edition
from reporting.tables import tables_csv, tables_of
from review.errors import ConservationError
from review.store.duplicates import StudyLink, group_studies

STATES = [
    ReportState(report_id=1, box=Box.INCLUDED),
    ReportState(report_id=2, box=Box.INCLUDED),
    ReportState(report_id=3, box=Box.EXCLUDED_SCREENING),
    ReportState(report_id=4, box=Box.INCLUDED),
    ReportState(report_id=5, box=Box.EXCLUDED_AUTOMATIC),
    ReportState(report_id=6, box=Box.EXCLUDED_AUTOMATIC),
]


def link(a, b, reason="a preprint and its article", voter="machine:x"):
    return StudyLink(report_a=a, report_b=b, reason=reason, voter=voter)


LINKS = [link(2, 3), link(1, 3, "", "ana"), link(5, 6)]


def count(studies=None):
    return count_prisma(
        STATES,
        records_per_source={"pubmed": 6},
        records_per_report={state.report_id: 1 for state in STATES},
        studies=studies,
    )


# Linked by way of a third, two reports are of one study, whatever the order of the links.
def test_a_study_is_all_that_is_linked():
    for links in (LINKS, LINKS[::-1]):
        assert group_studies(links) == {1: 1, 2: 1, 3: 1, 5: 5, 6: 5}
    assert group_studies([]) == {}


# Three included reports of two studies are told as both, and the flow's sums stay those of reports.
def test_included_reports_are_counted_as_studies_too():
    counts = count(group_studies(LINKS))
    assert (counts.included, counts.studies) == (3, 2)
    assert count().studies == 3
    assert "Included: 3" in describe_flow(counts)
    assert "of 2 studies" in describe_flow(counts)


def test_more_studies_than_reports_cannot_be():
    with pytest.raises(ConservationError, match="of 1 studies"):
        check_conservation(PrismaCounts(studies=1))


# Every report of a study stands in the table with what links it; a study that is wholly excluded
# does not.
def test_linked_reports_stand_in_page_table_and_csv(make_edition, make_report, listed):
    reports = {state.report_id: make_report(state.report_id, "=A <b>bell") for state in STATES}
    linked = list_linked(STATES, reports, LINKS)
    assert [(item.study, item.report.report_id) for item in linked] == [(1, 1), (1, 2), (1, 3)]
    assert linked[2].why == ("a preprint and its article", "ana said so")
    edition = make_edition(included=[listed(1), listed(2)], linked=linked)
    page = render_edition(edition)
    assert "2 reports of 2 studies" in page
    assert "Study of report 1" in page
    assert "<b>bell" not in page
    rows = list(csv.reader(io.StringIO(tables_csv(edition)["linked_reports.csv"])))
    assert [row[:2] for row in rows[1:]] == [["1", "1"], ["1", "2"], ["1", "3"]]
    assert rows[3][-2:] == [
        "excluded by people on title and abstract",
        "a preprint and its article; ana said so",
    ]
    assert ("Included", "Studies included in review", "", 2) in tables_of(edition)["flow"].rows
    assert dict(tables_of(edition)["prisma2020"].rows)["total_studies"] == 2
    assert "studies that the included reports are of" in summarise_edition(edition)


def test_without_links_the_page_says_so(make_edition):
    assert "known to be of one study" in render_edition(make_edition())
