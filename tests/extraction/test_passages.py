"""Passages are sentences of the abstract, anchored, under their heading."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.passages import split_passages
from review.records import join_text

_TEXT = st.text(st.characters(), max_size=300)


def _sections(abstract: str) -> list[tuple[str, str]]:
    return [(p.section, p.quote.exact) for p in split_passages("A title.", abstract)]


# Headings as journals write them: each names the section, none is itself a passage.
@pytest.mark.parametrize(
    ("abstract", "expected"),
    [
        ("RESULTS: Pay was low.", [("results", "Pay was low.")]),
        ("Result: Pay was low.", [("results", "Pay was low.")]),
        ("METHODS We asked peers.", [("methods", "We asked peers.")]),
        ("METHODS. We asked peers.", [("methods", "We asked peers.")]),
        ("Results. Pay was low.", [("results", "Pay was low.")]),
        ("## Results\nPay was low.", [("results", "Pay was low.")]),
        ("**Results**: Pay was low.", [("results", "Pay was low.")]),
        ("**Results:** Pay was low.", [("results", "Pay was low.")]),
        ("<b>Results</b> Pay was low.", [("results", "Pay was low.")]),
        ("Results - Pay was low.", [("results", "Pay was low.")]),
        ("Materials and Methods: We asked.", [("materials and methods", "We asked.")]),
        ("DESIGN AND SETTING: A ward.", [("design and setting", "A ward.")]),
        (
            "Aim: To see. We asked. FINDINGS: Pay was low.",
            [("aims", "To see."), ("aims", "We asked."), ("findings", "Pay was low.")],
        ),
        (
            "BACKGROUND: It grew.RESULTS: Pay was low.",
            [("background", "It grew."), ("results", "Pay was low.")],
        ),
        (
            "BACKGROUND: It grew RESULTS: Pay was low.",
            [("background", "It grew"), ("results", "Pay was low.")],
        ),
    ],
)
def test_headings_name_the_section_and_are_no_passage(
    abstract: str, expected: list[tuple[str, str]]
) -> None:
    assert _sections(abstract) == expected


# Words that are headings elsewhere stay words where they are part of a sentence.
@pytest.mark.parametrize(
    "sentence",
    [
        "Results were mixed across sites.",
        "Methods for matching peers differed.",
        "Training: nobody had any.",
        "RESULTS SHOWED NOTHING.",
        "Background checks delayed hiring by months.",
    ],
)
def test_a_sentence_that_begins_like_a_heading_is_left_whole(sentence: str) -> None:
    assert _sections(sentence) == [("", sentence)]


# The title is judged elsewhere: it is never a passage, nor do its words leak into one.
def test_the_title_is_no_passage() -> None:
    assert split_passages("A title. In two sentences.", "") == []
    passages = split_passages("A title\nover two lines", "Pay was low.")
    assert [p.quote.exact for p in passages] == ["Pay was low."]


# Neither an empty abstract nor a heading or a number alone gives a passage.
@pytest.mark.parametrize("abstract", ["", "  \n\t ", "RESULTS:", "12.", "...", "## Results\n"])
def test_nothing_to_read_gives_no_passage(abstract: str) -> None:
    assert split_passages("A title", abstract) == []


# A passage can be found again: its quote is the text at its offsets, in order, not overlapping.
@given(_TEXT, _TEXT)
def test_quotes_are_anchored_in_the_joined_text(title: str, abstract: str) -> None:
    text = join_text(title, abstract)
    passages = split_passages(title, abstract)
    assert [p.position for p in passages] == list(range(len(passages)))
    end = len(title) + 1
    for passage in passages:
        quote = passage.quote
        assert quote.start >= end
        assert text[quote.start : quote.end] == quote.exact == quote.exact.strip()
        end = quote.end


# A text without stops would be one passage of many pages: it is cut between words.
def test_a_very_long_sentence_is_cut_between_words() -> None:
    passages = split_passages("", "peer worker " * 400)
    assert len(passages) > 3
    assert all(len(p.quote.exact) <= 1000 for p in passages)
    assert all(p.quote.exact.startswith(("peer", "worker")) for p in passages)
    assert "".join(p.quote.exact for p in passages).count("peer") == 400


# 200 KB of anything is split within seconds, whatever it is made of.
@pytest.mark.parametrize("unit", ["A peer was paid. ", "x", " ", "RESULTS: ", "aim ", "\n", "# "])
def test_200_kilobytes_are_split_quickly(unit: str) -> None:
    began = time.monotonic()
    split_passages("A title", unit * (200_000 // len(unit)))
    assert time.monotonic() - began < 10
