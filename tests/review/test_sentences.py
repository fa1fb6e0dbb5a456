"""Sentences end where a reader would end them, and stand where they say they stand."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from review.sentences import _find_ends, _without_end, split_sentences
from tests.standins.sentences import read_hard_sentences

_HARD = read_hard_sentences()


# Abbreviations, numbers, references, quotations and brackets end no sentence of their own.
@pytest.mark.parametrize("hard", _HARD, ids=[hard.text[:40] for hard in _HARD])
def test_hard_sentences_end_where_a_reader_ends_them(hard) -> None:
    assert [s.text for s in split_sentences(hard.text)] == list(hard.sentences)


# The list is what the figure of the benchmark is measured on.
def test_there_are_many_hard_texts() -> None:
    assert len(_HARD) >= 150
    assert sum(hard.kept_back for hard in _HARD) >= 40


# Each sentence is the text at its place, in order; outside of them stands nothing but blanks.
@given(st.text(max_size=300) | st.text("aB1.!?\"“”'‘’()[] ,-–\n", max_size=120))
def test_a_sentence_is_the_text_at_its_place(text: str) -> None:
    sentences = split_sentences(text)
    assert all(s.text == text[s.start : s.end] for s in sentences)
    assert all(a.end <= b.start for a, b in pairwise(sentences))
    inside = {i for s in sentences for i in range(s.start, s.end)}
    assert all(text[i].isspace() or i in inside for i in range(len(text)))


# A line break ends a sentence, so that a title never runs into an abstract.
def test_line_breaks_end_a_sentence() -> None:
    text = "Peer work\nSmith et al. found it (p < 0.05). Pay, i.e. wages, was low."
    assert [s.text for s in split_sentences(text)] == [
        "Peer work",
        "Smith et al. found it (p < 0.05).",
        "Pay, i.e. wages, was low.",
    ]


# Quotations and brackets that are never closed, or only pages later, keep nothing together.
@pytest.mark.parametrize("mark", ["“", '"', "(", "[", "«", "‘"])
def test_a_mark_that_is_not_closed_keeps_nothing_together(mark: str) -> None:
    text = f"Pay was low {mark}all said so. " + "Peers left. " * 60
    assert len(split_sentences(text)) == 61


def test_a_very_long_text_is_split() -> None:
    assert len(split_sentences("Pay was low. " * 100_000)) == 100_000


# The cost grows with the length of a text, not with its square, whatever it is made of.
@pytest.mark.parametrize(
    "unit", ["e.g. ", "et al. a ", '"', "“a. ", "(a. ", "‘a’ ", "A. ", "x.1 ", "x", ". ", "– ", "["]
)
def test_300_kilobytes_without_ends_are_read_quickly(unit: str) -> None:
    began = time.monotonic()
    split_sentences(unit * (300_000 // len(unit)))
    assert time.monotonic() - began < 20


# A line that is taken for one sentence without being cut into tokens has no end within it by the
# tokens either; numbers with a point, and marks that close it, are no ends.
@given(
    st.text(alphabet="ab A9.?!…”\"')(] \t,。", max_size=30),
    st.sampled_from(["a rise of 3.5 ", "Peers said so", ""]),
)
@example(text="so.\t.", before="")
def test_what_is_not_cut_into_tokens_has_no_end(text: str, before: str) -> None:
    line = before + text
    if _without_end().fullmatch(line):
        assert not any(line[end:].strip() for end in _find_ends(line, []))
        assert [s.text for s in split_sentences(line)] == [line.strip()] * bool(line.strip())


def test_most_sentences_are_not_cut_into_tokens_again() -> None:
    assert _without_end().fullmatch("Pay rose by 3.5% in one year (p<0.05).")
    assert not _without_end().fullmatch("Pay rose. Hopes fell.")
