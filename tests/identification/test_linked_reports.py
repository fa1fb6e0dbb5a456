"""Two reports of one study are told apart from copies of one report, and from two studies."""

from dataclasses import replace

import pytest

from identification.duplicates import cluster_records, find_duplicates
from review.decisions import Sameness
from review.records import Record

TITLE = "Implementing peer support work in community mental health services"
ARTICLE = Record(
    source="a",
    source_id="sha256:1",
    title=TITLE,
    authors=("Doe, Jane", "Roe, Richard"),
    year=2018,
    journal="Journal of Mental Health",
    volume="27",
    issue="3",
    pages="365-371",
    doi="10.1000/jmh.1",
)
ABSTRACT = replace(
    ARTICLE,
    source_id="sha256:2",
    year=2016,
    journal="European Psychiatry.Conference: 24th European Congress of Psychiatry",
    volume="33",
    pages="S571",
    doi="",
)
PREPRINT = replace(
    ARTICLE,
    source_id="sha256:3",
    year=2017,
    journal="medRxiv",
    volume="",
    issue="",
    pages="",
    doi="10.1101/2017.05.06.12345678",
)
PROTOCOL = replace(
    ARTICLE,
    source_id="sha256:4",
    title=f"{TITLE}: study protocol",
    year=2014,
    journal="Trials",
    volume="15",
    pages="12",
    doi="10.1000/trials.9",
)


def said(other: Record, first: Record = ARTICLE) -> tuple[Sameness, str] | None:
    votes = find_duplicates([first, other]).votes
    turned = find_duplicates([other, first]).votes
    assert [(v.verdict, v.reason) for v in votes] == [(v.verdict, v.reason) for v in turned]
    return (votes[0].verdict, votes[0].reason) if votes else None


# An abstract, a preprint and a protocol are other reports of the article's study.
@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (ABSTRACT, "a conference abstract and its article"),
        (replace(ABSTRACT, journal="Eur Psychiatry", volume="33 Suppl 1"), "abstract"),
        (replace(ABSTRACT, journal="European Psychiatry", pages="571"), "a short report"),
        (PREPRINT, "a preprint and its article"),
        (replace(PREPRINT, doi=""), "a preprint and its article"),
        (replace(PREPRINT, journal="Research Square", doi="10.21203/rs.3.rs-1/v1"), "a preprint"),
        (PROTOCOL, "a protocol and its results"),
    ],
)
def test_reports_of_one_study_are_linked(other, reason):
    verdict, words = said(other)
    assert verdict is Sameness.LINKED
    assert reason in words


# The same abstract at two conferences is one study told twice.
def test_two_abstracts_of_one_study_are_linked():
    second = replace(ABSTRACT, source_id="sha256:5", journal="Conference on Work", volume="1")
    assert said(replace(second, pages="7"), ABSTRACT) == (
        Sameness.LINKED,
        "two abstracts of one study",
    )


# A page here and a page there, nowhere marked as abstracts, are still one study told twice.
def test_short_reports_are_known_by_their_pages():
    first, second = (
        replace(ARTICLE, source_id=f"sha256:{page}", journal=name, volume=page, pages=page, doi="")
        for name, page in (("Blood", "956"), ("Haemophilia", "561"))
    )
    assert said(second, first) == (Sameness.LINKED, "two short reports of one study")
    later = replace(first, year=2020)
    assert said(later) != (Sameness.LINKED, "a short report and its article")


# Without the first author, near in time, or with a number of its own, nothing links them.
@pytest.mark.parametrize(
    "other",
    [
        replace(ABSTRACT, authors=("Poe, E", "Roe, R")),
        replace(ABSTRACT, year=2009),
        replace(ABSTRACT, title=f"{TITLE}. Part 2"),
        replace(ABSTRACT, title="Editorial"),
        replace(PROTOCOL, year=2021),
        replace(PROTOCOL, title="Peer support in prisons: study protocol"),
    ],
)
def test_a_look_alike_is_not_linked(other):
    verdict = said(other)
    assert verdict is None or verdict[0] is not Sameness.LINKED


# A protocol in two libraries is one report, and so is a preprint.
@pytest.mark.parametrize("report", [PROTOCOL, PREPRINT, ABSTRACT])
def test_copies_of_one_kind_are_the_same(report):
    assert said(replace(report, source_id="sha256:8", doi=""), report)[0] is Sameness.SAME


# A link joins nothing: the article and its abstract stay two reports, each with its copies.
def test_a_link_joins_nothing():
    copy = replace(ARTICLE, source_id="sha256:9", doi="")
    votes = find_duplicates([ARTICLE, ABSTRACT, copy, PREPRINT]).votes
    assert cluster_records(4, votes) == [0, 1, 0, 3]
    assert sum(vote.verdict is Sameness.LINKED for vote in votes) >= 2
