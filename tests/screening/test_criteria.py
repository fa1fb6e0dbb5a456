"""Cues are found where they stand, with what the words around them say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.protocol import Criterion, Protocol
from review.sentences import split_sentences
from screening.criteria import Hit, Side, compile_cues, find_evidence
from screening.surroundings import Context


def protocol_with(*cues: str, against: tuple[str, ...] = ()) -> Protocol:
    return Protocol(
        key="one",
        version="1",
        title="One",
        question="One?",
        languages=("en",),
        criteria=(
            Criterion(
                key="one",
                question="One?",
                kind="inclusion",
                exclusion_reason="not_one",
                reason_text="Not one",
                order=1,
                cues=cues,
                counter_cues=against,
            ),
        ),
    )


def hits_in(text: str, *cues: str, against: tuple[str, ...] = ()) -> list[Hit]:
    found = find_evidence(protocol_with(*cues, against=against), text, split_sentences(text))
    return list(found["one"])


# The syntax of cues is the one the protocol's head and the docstring describe.
@pytest.mark.parametrize(
    ("cue", "text", "words"),
    [
        ("peer worker*", "Two PEER WORKERS came.", ["PEER WORKERS"]),
        ("peer worker*", "Two peer-workers came.", ["peer-workers"]),
        ("peer worker*", "Two peer\u2010workers came.", ["peer\u2010workers"]),
        ("face-to-face", "They met face to face.", ["face to face"]),
        ("face-to-face", "They met face-to-face.", ["face-to-face"]),
        ("work", "Workers worked.", []),
        ("run by ... consumers", "A house run by its own consumers.", ["run by its own consumers"]),
        ("run by ... consumers", "Run by a a a a a a consumers.", []),
        ("run by ... consumers", "It is run by us. Many consumers came.", []),
        ("people's choice", "The people\u2019s choice won.", ["people\u2019s choice"]),
        ("carer* group*", "A carers\u2019 group met.", ["carers\u2019 group"]),
        ("carer* group*", "The carer's group met.", ["carer's group"]),
        ("carer* group*", "The carers, a group of ten, met.", []),
        ("santé mentale", "La SANTÉ mentale en France.", ["SANTÉ mentale"]),
    ],
)
def test_a_cue_matches_as_it_is_written(cue: str, text: str, words: list[str]):
    assert [text[h.start : h.end] for h in hits_in(text, cue)] == words


# What is denied, compared with, or about how the study was done is not said of the report.
@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("People with alcohol problems took part.", Context.PLAIN),
        ("There was no alcohol in the house.", Context.NEGATED),
        ("People without alcohol problems took part.", Context.NEGATED),
        ("People with alcohol problems were excluded.", Context.NEGATED),
        ("We studied depression rather than alcohol.", Context.NEGATED),
        ("They did not smoke, but alcohol was common.", Context.PLAIN),
        ("Not only alcohol was drunk.", Context.PLAIN),
        ("Unlike alcohol, tea is mild.", Context.ASIDE),
        ("Tea was compared with alcohol.", Context.ASIDE),
    ],
)
def test_the_words_around_a_hit_are_heard(text: str, context: Context):
    assert [h.context for h in hits_in(text, "alcohol")] == [context]


# An online survey is no online support.
@pytest.mark.parametrize(
    "text", ["We sent an online survey.", "Data were collected online.", "A questionnaire online."]
)
def test_how_a_study_was_done_is_an_aside(text: str):
    assert [h.context for h in hits_in(text, "online")] == [Context.ASIDE]


# Of two cues where one lies in the other, the longer is the one that was said.
def test_the_longer_of_two_hits_stays():
    hits = hits_in("A peer support worker came.", "peer support", "peer support worker")
    assert [h.cue for h in hits] == ["peer support worker"]


# Cues for and against do not hide each other, and a weak cue is marked as such.
def test_sides_and_strength_are_kept():
    hits = hits_in("A nurse met a peer.", "peer ?", against=("nurse",))
    assert [(h.side, h.weak) for h in hits] == [(Side.AGAINST, False), (Side.FOR, True)]


# A text of nothing has no evidence; one of 200 KB is searched as any other.
def test_empty_and_long_texts():
    assert hits_in("", "peer") == []
    assert hits_in("\n", "peer") == []
    text = "\n" + "There was a peer here. " * 10_000
    hits = hits_in(text, "peer")
    assert len(hits) == 10_000
    assert all(text[h.start : h.end] == "peer" for h in hits)


# Whatever the text, a hit is exactly where it says, within the sentence it names.
@given(st.text(alphabet=st.characters() | st.sampled_from("peer no\n.-"), max_size=200))
def test_offsets_are_exact(text: str):
    book = compile_cues(protocol_with("pe*", "no", against=("peer",)))
    sentences = split_sentences(text)
    for hit in find_evidence(book, text, sentences)["one"]:
        sentence = sentences[hit.sentence]
        assert sentence.start <= hit.start < hit.end <= sentence.end
        assert text[hit.start : hit.end].lower().startswith(hit.cue.rstrip("*"))


# Each cue of the shipped protocol can match something: its own words.
def test_every_shipped_cue_can_match(protocol: Protocol):
    for criterion in protocol.criteria:
        for cue in (*criterion.cues, *criterion.counter_cues):
            words = cue.removesuffix(" ?").replace("*", "").replace("...", "the")
            assert hits_in(f"This {words} was.", cue), f"{criterion.key}: {cue}"
