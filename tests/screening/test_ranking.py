"""The order in which open records are to be screened, also where there is little to go by."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.errors import ModelError
from review.language import Encoder, MemoryCache
from screening.ranking import Portraits, Question, Ranker
from screening.report_vectors import ask, describe_reports

_PLACES = ("Leeds", "Lyon", "Turin", "Graz", "Porto", "Ghent", "Malmo", "Cork", "Basel", "Brno")
_GARDENS = [(f"School gardens in {p}", f"Pupils in {p} dug beds and grew beans.") for p in _PLACES]
_TRAFFIC = [(f"Traffic in {p}", f"Cars in {p} were counted by night and rain.") for p in _PLACES]


def _ranker(
    texts: list[tuple[str, str]], encoder: Encoder, asked: str = "What helps school gardens?"
) -> Ranker:
    question = ask([asked], encoder)
    portraits = describe_reports(texts, question, encoder, MemoryCache())
    return Ranker([f"{title}\n{abstract}" for title, abstract in texts], portraits, question)


def test_without_labels_the_question_decides(encoder: Encoder) -> None:
    ranked = _ranker([*_TRAFFIC, *_GARDENS], encoder).rank({})
    assert set(ranked.places[:10]) == set(range(10, 20))
    assert list(ranked.scores) == sorted(ranked.scores, reverse=True)
    assert ((ranked.scores > 0) & (ranked.scores < 1)).all()


# What people say outweighs the question: here they include what it does not ask for.
def test_labels_turn_the_order(encoder: Encoder) -> None:
    ranker = _ranker([*_TRAFFIC, *_GARDENS], encoder)
    labels = {0: True, 1: True, 2: True, 10: False, 11: False, 12: False}
    ranked = ranker.rank(labels)
    assert set(ranked.places[:7]) == set(range(3, 10))
    assert not set(ranked.places) & set(labels)


@pytest.mark.parametrize("said", [True, False])
def test_labels_of_one_kind_only_are_sound(said: bool, encoder: Encoder) -> None:
    ranked = _ranker([*_TRAFFIC, *_GARDENS], encoder).rank({10: said, 11: said})
    assert len(ranked.places) == 18
    assert np.isfinite(ranked.scores).all()
    if said:
        assert set(ranked.places[:8]) == set(range(12, 20))


def test_one_record_and_none(encoder: Encoder) -> None:
    assert list(_ranker(_GARDENS[:1], encoder).rank({}).places) == [0]
    assert list(_ranker(_GARDENS[:1], encoder).rank({0: True}).places) == []
    assert list(_ranker([], encoder).rank({}).places) == []


def test_all_records_included_leaves_none_open(encoder: Encoder) -> None:
    ranker = _ranker(_GARDENS, encoder)
    assert len(ranker.rank(dict.fromkeys(range(10), True)).places) == 0
    assert len(ranker.rank(dict.fromkeys(range(9), True)).places) == 1


# Ties keep the order of the records, so two runs never differ.
def test_ten_thousand_identical_abstracts_keep_their_order(encoder: Encoder) -> None:
    question = ask(["What helps school gardens?"], encoder)
    one = describe_reports(_GARDENS[:1], question, encoder, MemoryCache())
    same = Portraits(
        vectors=np.repeat(one.vectors, 10_000, axis=0), nearness=np.repeat(one.nearness, 10_000)
    )
    ranker = Ranker(["School gardens in Leeds"] * 10_000, same, question)
    for labels in ({}, {5: True}, {5: True, 6: False, 7: True, 8: False}):
        ranked = ranker.rank(labels)
        assert list(ranked.places) == [p for p in range(10_000) if p not in labels]


# The same text with and without: neither is an error, and the order stays sound.
def test_labels_that_contradict_each_other_are_sound(encoder: Encoder) -> None:
    twice = [*_GARDENS, *_GARDENS, *_TRAFFIC]
    labels = {place: place < 10 for place in range(20) if place % 10 < 5}
    ranked = _ranker(twice, encoder).rank(labels)
    assert len(ranked.places) == 20
    assert np.isfinite(ranked.scores).all()


def test_empty_foreign_and_endless_texts_are_ranked_with_the_others(encoder: Encoder) -> None:
    odd = [
        ("", ""),
        ("School gardens", ""),
        ("Jardins d'école à Lyon", "Les élèves ont bêché des plates-bandes."),
        ("גינות בית ספר", "תלמידים גידלו שעועית."),
        ("Traffic", "Cars were counted. " * 11_000),
        ("\ud83d half a sign", "A school garden."),
    ]
    ranked = _ranker([*odd, *_TRAFFIC], encoder).rank({6: False, 1: True})
    assert len(ranked.places) == len(odd) + len(_TRAFFIC) - 2
    assert np.isfinite(ranked.scores).all()


def test_vectors_that_are_no_numbers_are_refused_with_a_sentence(encoder: Encoder) -> None:
    question = ask(["What helps school gardens?"], encoder)
    told = describe_reports(_GARDENS, question, encoder, MemoryCache())
    broken = told.vectors.copy()
    broken[3, 7] = np.nan
    with pytest.raises(ModelError, match="no numbers"):
        Ranker(
            [title for title, _ in _GARDENS],
            Portraits(vectors=broken, nearness=told.nearness),
            question,
        )


# Records scored apart, some at a time, get the score they would get among the others.
def test_scores_of_records_read_apart_are_on_the_same_scale(encoder: Encoder) -> None:
    texts = [*_TRAFFIC, *_GARDENS]
    ranker = _ranker(texts, encoder)
    learned = ranker.learn({0: False, 10: True})
    question = ask(["What helps school gardens?"], encoder)
    apart = learned.score_texts(
        [f"{title}\n{abstract}" for title, abstract in texts[5:9]],
        describe_reports(texts[5:9], question, encoder, MemoryCache()),
    )
    assert np.allclose(apart, ranker.score(learned)[5:9], atol=1e-5)


def test_nothing_is_embedded_twice(encoder: Encoder) -> None:
    class Counting(MemoryCache):
        kept = 0

        def keep(self, fingerprint, vectors):  # type: ignore[no-untyped-def]
            self.kept += len(vectors)
            super().keep(fingerprint, vectors)

    cache = Counting()
    question = ask(["What helps school gardens?"], encoder)
    first = describe_reports(_GARDENS, question, encoder, cache)
    kept = cache.kept
    second = describe_reports(_GARDENS, question, encoder, cache)
    assert kept > 0
    assert cache.kept == kept
    assert (first.vectors == second.vectors).all()
    # Another question sees other sentences, and embeds none of them again.
    before = cache.kept
    describe_reports(_GARDENS, ask(["Who counts cars?"], encoder), encoder, cache)
    assert cache.kept == before + len(_GARDENS)


def _made_up(records: int, seed: int) -> Ranker:
    draw = np.random.default_rng(seed)
    vectors = draw.normal(size=(records, 12)).astype(np.float32)
    words = draw.integers(0, 50, size=(records, 30))
    return Ranker(
        [" ".join(f"word{n}" for n in row) for row in words],
        Portraits(vectors=vectors, nearness=vectors[:, 0]),
        Question(words="word1 word2", vectors=vectors[:1, :4]),
    )


# Whatever the labels: every open record once, none that is labelled, and the same again.
@given(labels=st.dictionaries(st.integers(0, 29), st.booleans()), seed=st.integers(0, 3))
def test_every_open_record_is_ranked_once(labels: dict[int, bool], seed: int) -> None:
    ranked = _made_up(30, seed).rank(labels)
    assert sorted(ranked.places) == [p for p in range(30) if p not in labels]
    assert np.isfinite(ranked.scores).all()
    again = _made_up(30, seed).rank(dict(reversed(labels.items())))
    assert list(again.places) == list(ranked.places)


# A guard against a ranking that makes people wait, not a measurement: ten times what is promised.
def test_a_ranking_after_a_label_makes_nobody_wait() -> None:
    ranker = _made_up(6_000, 1)
    labels = {place: place % 25 == 0 for place in range(500)}
    begun = time.process_time()
    ranker.rank(labels)
    assert time.process_time() - begun < 0.75
