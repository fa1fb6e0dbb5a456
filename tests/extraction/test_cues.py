"""Aims and methods are told from findings, by their headings or their words."""

from __future__ import annotations

import pytest

from extraction.cues import kind_of_passage, reports_nothing
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
