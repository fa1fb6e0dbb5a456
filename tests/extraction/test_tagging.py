"""Tags: every theme, best first, explained; and what happens to texts nobody would write."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from extraction.labelled import LabelledPassage
from extraction.model import ExtractionModel
from extraction.passages import split_passages
from extraction.tagging import tag_passages, tag_texts
from review.annotations import Direction
from review.errors import ModelError
from review.language import Encoder
from review.protocol import Codebook, Theme


# All themes come back, best first, each explained by a sentence of that very theme.
def test_every_theme_is_scored_and_explained(shipped: ExtractionModel, encoder: Encoder) -> None:
    tags = tag_texts(["Low pay and short contracts drove peer workers away."], shipped, encoder)[0]
    scores = [theme.score for theme in tags.themes]
    assert sorted(theme.theme for theme in tags.themes) == sorted(shipped.themes)
    assert scores == sorted(scores, reverse=True)
    best = tags.themes[0]
    assert best.theme == "financial_arrangements"
    assert best.suggested
    assert best.direction is Direction.BARRIER
    assert tags.relevance > 0.5
    for theme in tags.themes:
        place = shipped.examples.texts.index(theme.nearest)
        assert shipped.examples.themes[place, shipped.themes.index(theme.theme)]
        assert 0 <= theme.score <= 1
        assert 0.5 <= theme.direction_score <= 1


# What only says how a study was done is neither relevant nor tagged.
def test_methods_are_not_suggested(shipped: ExtractionModel, encoder: Encoder) -> None:
    texts = [
        "Semi-structured interviews were audio-recorded and transcribed verbatim.",
        "The mean age of participants was 43 years.",
    ]
    for tags in tag_texts(texts, shipped, encoder):
        assert tags.relevance < 0.5
        assert not any(theme.suggested for theme in tags.themes)


# A passage keeps its anchor, and is judged alike alone, in company and as a bare text.
def test_passages_are_judged_alike_in_any_company(
    shipped: ExtractionModel, encoder: Encoder
) -> None:
    passages = split_passages("A title", "RESULTS: Supervision helped. Pay was low. We asked 9.")
    together = tag_passages(passages, shipped, encoder)
    assert [tags.passage for tags in together] == passages
    alone = tag_texts([p.quote.exact for p in passages], shipped, encoder)
    for one, other in zip(together, alone, strict=True):
        assert one.relevance == pytest.approx(other.relevance, abs=1e-5)
        for theme, same in zip(one.themes, other.themes, strict=True):
            assert theme.score == pytest.approx(same.score, abs=1e-5)


# More passages than one batch holds come back in order, none lost and none twice.
def test_batches_keep_order(
    garden_model: ExtractionModel, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["The tap helped.", "Teachers refused.", "", "We asked pupils.", "Dry beds."]
    whole = tag_texts(texts, garden_model, encoder)
    monkeypatch.setattr("extraction.tagging._BATCH", 2)
    parts = tag_texts(texts, garden_model, encoder)
    assert [tags.passage.quote.exact for tags in parts] == texts
    assert [[t.theme for t in tags.themes] for tags in parts] == [
        [t.theme for t in tags.themes] for tags in whole
    ]
    assert tag_passages([], garden_model, encoder) == []


# In a text of several sentences a theme is as likely as in its best one: nothing drowns.
def test_a_remark_does_not_drown_in_a_long_text(shipped: ExtractionModel, encoder: Encoder) -> None:
    remark = "Peer workers were paid too little to stay."
    padding = "We interviewed people at six sites. " * 30
    alone, among = tag_texts([remark, padding + remark], shipped, encoder)
    assert among.themes[0].theme == alone.themes[0].theme
    assert among.themes[0].score == pytest.approx(alone.themes[0].score, abs=1e-4)


# Opposite findings in different sentences of one text are both, not the louder one.
def test_opposite_sentences_are_both(shipped: ExtractionModel, encoder: Encoder) -> None:
    text = (
        "Regular supervision helped peer workers to stay well. "
        "Peer workers lacked supervision and felt left alone."
    )
    tags = tag_texts([text], shipped, encoder)[0]
    support = next(theme for theme in tags.themes if theme.theme == "psw_wellbeing_support")
    assert support.suggested
    assert support.direction is Direction.BOTH


# A text without words has every theme at nothing, in the codebook's order, and no explanation.
@pytest.mark.parametrize("text", ["", "   \n", "...", "12 (34) — 5"])
def test_a_text_without_words_gets_nothing(
    shipped: ExtractionModel, encoder: Encoder, text: str
) -> None:
    tags = tag_texts([text], shipped, encoder)[0]
    assert tags.relevance == 0
    assert [theme.theme for theme in tags.themes] == list(shipped.themes)
    assert not any(theme.score or theme.suggested or theme.nearest for theme in tags.themes)
    assert {theme.direction for theme in tags.themes} == {Direction.UNCLEAR}


# The model learnt English: German gets scores for the curious and no suggestion.
def test_another_language_gets_no_suggestion(shipped: ExtractionModel, encoder: Encoder) -> None:
    text = (
        "Die Genesungsbegleiter erhielten keine Supervision und die Finanzierung war unsicher, "
        "weil niemand im Team ihre Rolle kannte."
    )
    tags = tag_texts([text], shipped, encoder)[0]
    assert not any(theme.suggested for theme in tags.themes)
    assert {theme.direction for theme in tags.themes} == {Direction.UNCLEAR}


# 200 KB as one text is judged within the encoder's window, in seconds, whatever it is made of.
@pytest.mark.parametrize("unit", ["peer ", "x", "Nobody paid the peer. ", "Pay\n"])
def test_200_kilobytes_are_tagged(
    garden_model: ExtractionModel, encoder: Encoder, unit: str
) -> None:
    began = time.monotonic()
    tags = tag_texts([unit * (200_000 // len(unit))], garden_model, encoder)[0]
    assert len(tags.themes) == 2
    assert time.monotonic() - began < 60


# Odd characters are text like any other.
def test_odd_characters_are_tagged(garden_model: ExtractionModel, encoder: Encoder) -> None:
    texts = [
        "<script>alert(1)</script>",
        "\x00\x01 water",
        "水が足りない",
        "\ud800 water",
        "🙂 " * 50,
    ]
    assert len(tag_texts(texts, garden_model, encoder)) == len(texts)


# Vectors of another model of the same size are never compared with the ones that were learnt from.
def test_another_encoder_of_the_same_size_is_refused(
    garden_model: ExtractionModel, encoder: Encoder
) -> None:
    other = dataclasses.replace(garden_model, encoder_fingerprint="0123-fp32-1")
    with pytest.raises(ModelError, match="fitted with another encoder"):
        tag_texts(["Water."], other, encoder)


# With nothing labelled, definitions and examples tell the themes apart.
def test_a_codebook_alone_is_enough_to_begin(
    gardens: Codebook, fit: Callable[..., ExtractionModel], encoder: Encoder
) -> None:
    model = fit(gardens)
    dry, staff = tag_texts(
        ["The plants were not watered.", "Staff were unwilling to teach gardening."], model, encoder
    )
    assert dry.themes[0].theme == "water"
    assert staff.themes[0].theme == "teachers"
    assert all(np.isfinite(theme.score) for theme in dry.themes)


# A theme without examples is explained by its own entry in the codebook.
def test_a_theme_without_examples_is_explained_by_its_entry(
    gardens: Codebook, fit: Callable[..., ExtractionModel], encoder: Encoder
) -> None:
    model = fit(gardens)
    tags = tag_texts(["Staff were unwilling to teach gardening."], model, encoder)[0]
    [teachers] = [theme for theme in gardens.themes if theme.key == "teachers"]
    assert tags.themes[0].nearest in teachers.phrases()


# One theme and nothing to compare it with: likeness alone, and a sentence of it is suggested.
def test_a_codebook_of_one_theme_works(
    fit: Callable[..., ExtractionModel], encoder: Encoder
) -> None:
    theme = Theme(key="water", code="WA", name="Water", definition="Plants are watered or not.")
    model = fit(Codebook(version="1", themes=(theme,)))
    like, unlike = tag_texts(
        ["Whether the plants are watered.", "The parliament adopted a tax."], model, encoder
    )
    assert like.themes[0].suggested
    assert not unlike.themes[0].suggested
    assert like.themes[0].direction is Direction.UNCLEAR, "nothing told of a direction"


# Labelled passages of one theme only, none without it, must not break the fit.
def test_one_theme_and_only_passages_that_bear_it(
    fit: Callable[..., ExtractionModel], encoder: Encoder
) -> None:
    theme = Theme(key="water", code="WA", name="Water", definition="Plants are watered or not.")
    labelled = [
        LabelledPassage(passage_id=str(n), text=text, themes=("water",), study_group=str(n))
        for n, text in enumerate(["A tap helped.", "The hose broke.", "It rained."])
    ]
    model = fit(Codebook(version="1", themes=(theme,)), labelled)
    assert tag_texts(["A tap broke."], model, encoder)[0].themes[0].score > 0


# What tells how a study was done keeps its scores and gets no suggestion, in a report as in a line
# of a file, nor does a reference; a finding beside it keeps its own, and a heading of results
# outranks the words.
def test_how_a_study_was_done_is_scored_and_not_suggested(
    shipped: ExtractionModel, encoder: Encoder
) -> None:
    how, finding = (
        "Supervision of peer workers was evaluated.",
        "Training left peer workers well prepared.",
    )
    alone, beside = tag_texts([how, f"{how} {finding}"], shipped, encoder)
    assert alone.themes[0].score > 0.9
    assert not any(theme.suggested for theme in alone.themes)
    assert beside.themes[0].theme == "psw_training"
    assert beside.themes[0].suggested
    entry = "Smith, J. (2015). Lack of supervision of peer workers. J Peers, 12(3), 45-67."
    assert not any(theme.suggested for theme in tag_texts([entry], shipped, encoder)[0].themes)
    [passage] = split_passages("", f"RESULTS: {how}")
    [as_result] = tag_passages([passage], shipped, encoder)
    assert as_result.themes[0].suggested
    assert as_result.themes[0].score == pytest.approx(alone.themes[0].score, abs=1e-4)


# Labels improve on the codebook: with them methods are told from findings.
def test_labelled_passages_teach_relevance(garden_model: ExtractionModel, encoder: Encoder) -> None:
    finding, method = tag_texts(
        ["There was never enough water for the beds.", "We interviewed twelve children."],
        garden_model,
        encoder,
    )
    assert finding.relevance > method.relevance
    assert finding.themes[0].theme == "water"
    assert finding.themes[0].direction is Direction.BARRIER


# The same rows and seed give the same answers: a fit can be repeated.
def test_a_fit_can_be_repeated(
    gardens: Codebook,
    garden_passages: list[LabelledPassage],
    garden_model: ExtractionModel,
    fit: Callable[..., ExtractionModel],
    encoder: Encoder,
) -> None:
    again = fit(gardens, garden_passages)
    text = ["A broken tap and a keen teacher."]
    assert tag_texts(text, again, encoder) == tag_texts(text, garden_model, encoder)


# The shipped model is what the shipped card speaks of.
def test_the_shipped_model_lies_beside_its_card(checkout: Path, shipped: ExtractionModel) -> None:
    card = (checkout / "models" / shipped.name / "card.md").read_text(encoding="utf-8")
    for heading in ("Purpose", "Data", "Validation", "Usability", "Transparency"):
        assert f"\n## {heading}\n" in card
    assert all(theme in card for theme in shipped.themes)
    assert shipped.codebook_fingerprint in card
