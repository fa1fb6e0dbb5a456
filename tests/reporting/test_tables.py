"""Every table has a CSV that any reader opens unharmed."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.edition import ListedPassage, SearchFacts
from reporting.table import Table
from reporting.tables import tables_csv, tables_of
from reporting.text import csv_cell, doi_address, printable, short_citation
from review.annotations import Direction


def read(text):
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", " =1+1", "\t=1", "\n-x", "＝1", "\r=cmd|' /C calc'!A0"]
)
def test_a_formula_is_led_by_an_apostrophe(cell):
    assert csv_cell(cell).startswith("'")


# An apostrophe that was there is not the one that was put there.
def test_an_apostrophe_before_a_formula_is_led_by_another():
    assert csv_cell("'=1") == "''=1"
    assert csv_cell("=1") == "'=1"


@pytest.mark.parametrize("cell", ["a=b", "1-2", "", "Ω-3", "'quoted'", -1, 0.5])
def test_what_is_no_formula_stays_as_it_is(cell):
    assert csv_cell(cell) == cell


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_any_text_gives_a_csv_with_as_many_rows_and_no_lone_return_or_formula(rows):
    table = Table(key="t", caption="T", columns=("a", "b"), rows=tuple(tuple(row) for row in rows))
    text = table.csv()
    assert "\r" not in text
    assert text.encode("utf-8")
    back = read(text)
    assert len(back) == len(rows) + 1
    for row in back:
        assert len(row) == 2
        assert not any(cell.lstrip()[:1] in tuple("=+-@") for cell in row if cell)


def test_tables_hold_one_row_per_report_and_passage(make_edition, listed, out):
    passage = ListedPassage(theme="loudness", direction=Direction.BARRIER, text="Too loud.")
    edition = make_edition(
        included=[listed(1, passages=(passage,))],
        provisional=[listed(2), listed(3)],
        doubtful=[listed(4, title="=HYPERLINK(1)")],
        excluded=[out(5)],
    )
    tables = {name: read(text) for name, text in tables_csv(edition).items()}
    assert [row[0] for row in tables["included.csv"][1:]] == ["1"]
    assert [row[0] for row in tables["provisional.csv"][1:]] == ["2", "3"]
    assert tables["doubtful.csv"][1][3] == "'=HYPERLINK(1)"
    assert tables["excluded_by_machine.csv"][1][7] == "No bell"
    assert tables["passages.csv"][1][2:5] == ["people", "Loudness", "barrier"]
    assert len(tables["matrix.csv"]) == 4


# The numbers of the flow's table are those of the flow: PRISMA 2020, item 16a.
def test_the_table_of_the_flow_holds_the_numbers_of_its_boxes(make_edition, listed, out):
    edition = make_edition(included=[listed(1)], doubtful=[listed(4)], excluded=[out(5), out(6)])
    rows = {(r[1], r[2]): r[3] for r in tables_of(edition)["flow"].rows}
    assert rows["Records identified", "pubmed"] == 4
    assert rows["Marked as ineligible by automation", "No bell"] == 2
    assert rows["Reports included in review", ""] == 1
    keys = dict(tables_of(edition)["prisma2020"].rows)
    assert (keys["excluded_automatic"], keys["total_reports"]) == (2, 1)


def test_a_search_that_failed_is_in_the_table(make_edition, edition_run):
    search = SearchFacts(
        source="pubmed",
        address="https://x",
        query="bell*",
        change="new",
        state="failed",
        warnings=("PubMed ignores 'of'",),
    )
    rows = tables_of(make_edition(run=edition_run(searches=(search,))))["searches"].rows
    assert rows == (
        ("pubmed", "bell*", "new", "all", None, None, 0, 0, "failed", "PubMed ignores 'of'"),
    )


def test_unprintable_characters_become_visible_and_breaks_become_line_feeds():
    assert printable("a\x00b\ud800c\rd\r\ne\u2028f") == "a\ufffdb\ufffdc\nd\ne\nf"


@pytest.mark.parametrize("text", ["", "javascript:alert(1)", "10.1/x", "10.1234/a b", "doi"])
def test_what_is_no_doi_gets_no_link(text):
    assert doi_address(text) == ""


def test_a_doi_cannot_leave_its_address():
    address = doi_address('10.1002/(sici)1<1:"x">2.0;3-#?&')
    assert address == "https://doi.org/10.1002/(sici)1%3C1:%22x%22%3E2.0;3-%23%3F%26"


@pytest.mark.parametrize(
    ("authors", "cited"),
    [
        (("Slade, Mike",), "Slade 2020"),
        (("Slade, Mike", "Ibrahim, Nashwa"), "Slade et al. 2020"),
        (("A, a", "B, b", "C, c", "D, d"), "A et al. 2020"),
        ((), "A bell 2020"),
    ],
)
def test_a_row_is_headed_by_author_and_year(make_report, authors, cited):
    assert short_citation(make_report(3, authors=authors, year=2020)) == cited


def test_a_report_that_says_nothing_of_itself_has_its_number(make_report):
    assert short_citation(make_report(3, title="", year=None)) == "Report 3"
