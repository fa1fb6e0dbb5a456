"""Aims and methods are told from findings, by their headings or their words."""

from __future__ import annotations

import pytest

from extraction.cues import kind_of_passage, reports_nothing, stands_aside
from extraction.passages import split_passages
from extraction.sections import SectionKind
from review.annotations import Passage
from review.decisions import quote_from


@pytest.mark.parametrize(
    ("abstract", "kind"),
    [
        ("This study aimed to explore how peers are paid.", SectionKind.AIMS),
        ("The purpose of this paper is to describe a service.", SectionKind.AIMS),
        ("To examine what helps peers.", SectionKind.AIMS),
        ("Forty peers were interviewed in two towns.", SectionKind.METHODS),
        ("Transcripts were coded by two researchers.", SectionKind.METHODS),
        ("METHODS: Peers told us of low pay.", SectionKind.METHODS),
        ("RESULTS: Data were collected by peers.", SectionKind.RESULTS),
        ("Interviewed peers said that pay was low.", SectionKind.OTHER),
        ("Lack of supervision was reported in all focus groups.", SectionKind.OTHER),
        ("Pay was low.", SectionKind.OTHER),
    ],
)
def test_the_part_is_told_by_heading_and_else_by_words(abstract: str, kind: SectionKind) -> None:
    [passage] = split_passages("A title", abstract)
    assert kind_of_passage(passage) is kind


# What was copied with a text and reports nothing is known by its form, as a whole; a finding that
# cites, names a table or counts is none of it.
@pytest.mark.parametrize(
    ("text", "aside"),
    [
        ("Smith, J. (2015). Lack of supervision. Journal of Peers, 12(3), 45-67.", True),
        ("1. Repper J, Carter T. Support for peers. J Ment Health. 2011;20(4):392-411.", True),
        ("[12] van Dijk, A.B., & Ode, C. Peers at work. https://doi.org/10.1000/abc", True),
        ("Table 2. Barriers to the employment of peers", True),
        ("Supervision 12 (34.5) 14 (40.0) .45 Training 8 (22.9)", True),
        ("Table 2 shows that lack of supervision was the main barrier.", False),
        ("Lack of supervision was named most (n = 12, 34 %, p = .04).", False),
        ("Peers A. and B. had no supervision, as in 12 of 15 teams, 3-4 of them small.", False),
        ("Smith (2015) found that peers lacked supervision in 12-15 teams.", False),
        ("In 2011 peers were paid 12-14 pounds an hour", False),
    ],
)
def test_references_captions_and_rows_stand_aside(text: str, aside: bool) -> None:
    quote = quote_from(text, 0, len(text))
    kind = kind_of_passage(Passage(quote=quote, position=0))
    assert (kind is SectionKind.ASIDE) is aside
    assert stands_aside(text) is aside


# Of several sentences, as in a line of a file, the kind is told only where all are of one.
def test_a_passage_of_several_kinds_is_of_none() -> None:
    how = "Forty peers were interviewed. Transcripts were coded."
    for text, kind in ((how, SectionKind.METHODS), (f"{how} Pay was low.", SectionKind.OTHER)):
        quote = quote_from(text, 0, len(text))
        assert kind_of_passage(Passage(quote=quote, position=0)) is kind


# What tells how or why a study was done is not proposed; a heading of results outranks the words,
# and a heading of background withholds nothing, since other studies' findings stand there.
@pytest.mark.parametrize(
    ("abstract", "withheld"),
    [
        ("METHODS: Peers told us of low pay.", True),
        ("Forty peers were interviewed in two towns.", True),
        ("BACKGROUND: This study aimed to explore how peers are paid.", True),
        ("RESULTS: Forty peers were interviewed in two towns.", False),
        ("BACKGROUND: Peers lack supervision.", False),
        ("OBJECTIVE: Peers lack supervision.", False),
        ("Peers lack supervision.", False),
    ],
)
def test_how_and_why_a_study_was_done_is_not_proposed(abstract: str, withheld: bool) -> None:
    [passage] = split_passages("A title", abstract)
    assert reports_nothing(passage.quote.exact, passage.section) is withheld
