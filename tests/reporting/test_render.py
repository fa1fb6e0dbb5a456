"""The page of an edition is complete in itself, readable by all, and harmless whatever it tells."""

import itertools
import re
import time
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from reporting.edition import (
    PLACES,
    CriterionCount,
    ExcludedReport,
    ListedPassage,
    PeopleFacts,
    SearchFacts,
)
from reporting.matrix import Finding
from reporting.render import ROWS_SHOWN, render_edition
from reporting.tables import tables_csv
from review.annotations import Direction
from review.audits import Audit
from review.decisions import Quote, Stage
from review.errors import ConservationError
from review.models import ModelFacts

VOID = {"meta", "link", "br", "input", "img", "hr", "wbr"}
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \"'&\u202e"


class Page(HTMLParser):
    """The page as a list of (tag, attributes), refusing tags that do not nest."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.text = [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs), self.open[-1] if self.open else ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs), self.open[-1] if self.open else ""))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)

    def all(self, name):
        return [attrs for tag, attrs, _ in self.tags if tag == name]

    @property
    def words(self):
        return re.sub(r"\s+", " ", " ".join(self.text))


def quote(text):
    return Quote(start=0, end=len(text), exact=text, prefix="", suffix="")


def finding(study, score=None, direction=Direction.BARRIER):
    return Finding(
        study=study, theme="loudness", direction=direction, quote=quote("Loud."), score=score
    )


@pytest.fixture
def full(make_edition, listed, out, edition_run):
    """An edition with something in every place, all of its words hostile."""
    passages = tuple(
        ListedPassage(theme="loudness", direction=Direction.BARRIER, text=HOSTILE, score=score)
        for score in (None, 0.7, 0.6, 0.5, 0.4, 0.3)
    )
    run = edition_run(
        searches=(SearchFacts(source=HOSTILE, address=HOSTILE, state="failed", expected=3),),
        models=(
            ModelFacts(
                task=HOSTILE,
                name=HOSTILE,
                version="1",
                fingerprint="f",
                thresholds=((HOSTILE, "1"),),
                figures=((HOSTILE, "2"),),
                evaluated=HOSTILE,
            ),
        ),
    )
    return make_edition(
        included=[listed(1, HOSTILE, passages=passages, probability=0.9)],
        provisional=[listed(2, HOSTILE, passages=passages[1:])],
        doubtful=[listed(3, HOSTILE, probability=0.4), listed(6)],
        awaiting_full_text=[listed(7, HOSTILE), listed(8)],
        excluded=[
            out(4, HOSTILE, quote=quote(HOSTILE)),
            out(5, HOSTILE, stage=Stage.FULL_TEXT),
        ],
        findings=[finding(1), finding(1, 0.8), finding(2, 0.6), finding(3), finding(7)],
        run=run,
        answers=(CriterionCount(criterion="bell", met=1), CriterionCount(criterion=HOSTILE)),
        people=PeopleFacts(reviewers=2, decisions=3, annotations=4, verified=1, awaiting=2),
        changes=(HOSTILE,),
        written={"discussion": HOSTILE},
    )


def test_whatever_a_record_says_the_page_nests_and_runs_nothing(full):
    page = Page(render_edition(full))
    names = {tag for tag, _, _ in page.tags}
    assert names.isdisjoint({"script", "iframe", "object", "embed", "img", "form", "base"})
    for _, attrs, _ in page.tags:
        assert not any(name.startswith("on") for name in attrs)
    assert "<script>alert(1)</script>" in page.words
    assert "\u202e" not in page.words


def test_the_page_loads_nothing_and_links_only_to_itself_its_tables_and_dois(
    make_edition, make_report, listed
):
    report = replace(listed(1), report=make_report(1, doi="10.1002/x"))
    edition = make_edition(included=[report])
    html = render_edition(edition)
    page = Page(html)
    ids = {attrs["id"] for _, attrs, _ in page.tags if "id" in attrs}
    links = [attrs["href"] for attrs in page.all("a")]
    assert "https://doi.org/10.1002/x" in links
    for link in links:
        if link.startswith("#"):
            assert link[1:] in ids
        else:
            assert link in tables_csv(edition) or link.startswith("https://doi.org/10.")
    assert not any("src" in attrs for _, attrs, _ in page.tags)
    assert [attrs["href"] for attrs in page.all("link")] == ["data:,"]
    style = "".join(re.findall(r"<style>(.*?)</style>", html, re.DOTALL))
    assert "@import" not in style
    assert not re.search(r"url\((?!#)", style)
    assert "default-src 'none'" in html


def test_every_table_has_a_caption_heads_with_a_scope_and_a_csv(full):
    html = render_edition(full)
    page = Page(html)
    files = tables_csv(full)
    keys = {attrs["data-table"] for attrs in page.all("table")}
    assert {f"{key}.csv" for key in keys} <= files.keys()
    assert {"flow", "matrix", "influences_verified", "searches", "excluded_by_machine"} <= keys
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(attrs.get("scope") in ("col", "row") for attrs in page.all("th"))
    for table in re.findall(r"<table.*?</table>", html, re.DOTALL):
        key = re.search(r'data-table="(\w+)"', table).group(1)
        assert f'href="{key}.csv"' in table


def test_headings_are_in_order_with_one_first_and_a_way_past_the_contents(full):
    page = Page(render_edition(full))
    levels = [int(tag[1]) for tag, _, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(below <= above + 1 for above, below in itertools.pairwise(levels))
    first_link = page.all("a")[0]
    assert first_link["class"] == "skip"
    assert first_link["href"] == "#content"
    ids = [attrs["id"] for _, attrs, _ in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    named = {i for _, a, _ in page.tags for i in a.get("aria-labelledby", "").split()}
    assert named <= set(ids)


# Not by colour alone: the mark has a question mark, a dashed line and a word for those who listen.
def test_what_is_suggested_never_looks_like_what_is_verified(full):
    html = render_edition(full)
    assert 'class="say barrier"><span aria-hidden="true">B</span>' in html
    assert 'class="say barrier machine"><span aria-hidden="true">B?</span>' in html
    assert "barrier, verified" in html
    assert "barrier, suggested" in html
    assert "Machine suggestions are unverified." in Page(html).words


def test_a_review_where_all_is_seen_by_people_carries_no_warning(make_edition, listed):
    edition = make_edition(
        included=[listed(1)], findings=[finding(1)], people=PeopleFacts(reviewers=1, decisions=1)
    )
    assert "Machine suggestions are unverified." not in Page(render_edition(edition)).words


def test_an_empty_review_is_told_as_one(make_edition):
    edition = make_edition(number=1)
    page = Page(render_edition(edition))
    assert "No record has been identified yet." in page.words
    assert "This is the first edition." in page.words
    assert "No person has taken part yet." in page.words
    assert all(text.count("\n") >= 1 for text in tables_csv(edition).values())


def test_what_people_must_write_is_an_empty_place_until_they_do(make_edition):
    empty = Page(render_edition(make_edition())).words
    assert empty.count("To be written by the review's authors.") == len(PLACES)
    written = Page(render_edition(make_edition(written={"funding": "None <b>at all</b>."}))).words
    assert written.count("To be written by the review's authors.") == len(PLACES) - 1
    assert "None <b>at all</b>." in written


def test_the_title_says_living_and_which_edition(make_edition):
    page = Page(render_edition(make_edition()))
    assert "Bicycles & bells: a living systematic review, edition 2" in page.words


def test_failed_searches_and_lost_records_are_told_as_limits(make_edition, edition_run):
    searches = (
        SearchFacts(source="pubmed", address="x", query="bell", state="failed"),
        SearchFacts(
            source="f", address="f.ris", state="completed", expected=9, received=7, refused=1
        ),
        # What a ranking source sends beside the strategy is not lost.
        SearchFacts(
            source="crossref",
            address="y",
            state="completed",
            expected=9,
            received=7,
            passed_over=2,
        ),
    )
    words = Page(render_edition(make_edition(run=edition_run(searches=searches)))).words
    assert "1 of 3 searches did not complete: pubmed." in words
    assert "1 search brought fewer records than the source promised." in words
    assert "1 entry received could not be read as a record." in words
    assert "The last run is degraded." in words


@pytest.mark.parametrize(
    ("drawn", "answered", "words"),
    [
        (0, 0, "assessment alone; no bound on eligible reports among them is claimed."),
        (20, 12, "answered in that order 1 is eligible or in doubt: too few for a bound"),
        (90, 80, "with 95% confidence at most 27 (5.4 %) of the 500 are."),
    ],
)
def test_what_the_machine_left_out_is_told_with_what_the_audit_allows(
    make_edition, make_report, drawn, answered, words
):
    audit = Audit(
        model="m", excluded=500, drawn=drawn, answered=answered, eligible=1 if answered else 0
    )
    excluded = [ExcludedReport(report=make_report(1), reason="no_bell")]
    page = Page(render_edition(make_edition(excluded=excluded, audits=(audit,))))
    assert words in page.words


def test_a_run_unlike_those_before_is_told_as_a_limit(make_edition, edition_run):
    page = Page(render_edition(make_edition(run=edition_run(alarms=("Many are in German",)))))
    assert "Many are in German." in page.words


def test_lists_that_differ_from_the_flow_stop_the_edition(make_edition, listed):
    edition = replace(make_edition(included=[listed(1)]), included=())
    with pytest.raises(ConservationError, match=r"list of included reports holds 0, .* counts 1"):
        render_edition(edition)


def test_counts_that_do_not_add_up_stop_the_edition(make_edition, listed):
    edition = make_edition(included=[listed(1)])
    wrong = replace(edition, counts=replace(edition.counts, duplicates_removed=4))
    with pytest.raises(ConservationError, match="duplicate records removed"):
        render_edition(wrong)


def test_unprintable_characters_do_not_reach_the_page(make_edition, listed):
    html = render_edition(make_edition(included=[listed(1, "a\x00b\ud800c")]))
    assert "a\ufffdb\ufffdc" in html
    assert html.encode("utf-8")


def test_the_same_edition_renders_to_the_same_page(full):
    assert render_edition(full) == render_edition(full)


# A year of weekly updates: the page must still open on a telephone.
def test_five_thousand_exclusions_fit_in_a_few_megabytes_and_seconds(make_edition, out):
    title = "Implementing peer support work in community mental health services " * 2
    excluded = [out(n, title, quote=quote(title)) for n in range(5000)]
    edition = make_edition(excluded=excluded)
    began = time.perf_counter()
    html = render_edition(edition)
    tables_csv(edition)
    assert time.perf_counter() - began < 10
    assert len(html.encode()) < 4_000_000
    assert html.count(title) == 2 * 5000


# Nothing is left out silently: the page says how many more there are, and where.
def test_a_list_too_long_for_a_page_goes_on_in_its_table(make_edition, out, listed):
    title = "Implementing bells"
    edition = make_edition(
        excluded=[out(n, title) for n in range(ROWS_SHOWN + 2)],
        doubtful=[listed(10_000 + n, "A doubtful bell") for n in range(ROWS_SHOWN + 1)],
    )
    page = Page(render_edition(edition))
    assert "2 further reports stand in excluded_by_machine.csv" in page.words
    assert "1 further report stands in doubtful.csv" in page.words
    assert page.words.count(title) == ROWS_SHOWN
    assert tables_csv(edition)["excluded_by_machine.csv"].count(title) == ROWS_SHOWN + 2


# A number of the page can be followed to the studies behind it, wherever they stand.
def test_every_study_that_counts_has_a_row_or_is_owned_up_to(full):
    html = render_edition(full)
    matrix = re.search(r'data-table="matrix".*?</table>', html, re.DOTALL).group(0)
    assert re.findall(r'href="#report-(\d+)"', matrix) == ["1", "7", "2", "3"]
    words = Page(html).words
    assert "Counted in 3 studies whose passages people have looked at, 1 of them included" in words
    assert "not listed here" not in words
    without = replace(full, awaiting_full_text=())
    assert (
        "1 further study counts above and is not listed here."
        in Page(render_edition(without)).words
    )


def test_reports_awaiting_their_full_text_are_listed_all_or_not_at_all(full):
    with pytest.raises(ConservationError, match=r"awaiting their full text holds 1, .* counts 2"):
        render_edition(replace(full, awaiting_full_text=full.awaiting_full_text[:1]))
