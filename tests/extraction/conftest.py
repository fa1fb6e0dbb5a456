"""A small codebook, passages that bear its themes, and the shipped encoder and model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from extraction.fit import fit_rows
from extraction.labelled import LabelledPassage, training_rows
from extraction.model import ExtractionModel, load_model
from review.annotations import Direction
from review.language import Encoder
from review.protocol import Codebook, Examples, Theme

# Findings about school gardens: nothing here may lean on the shipped review.
_SAID = {
    ("water", Direction.FACILITATOR): (
        "A tap beside the beds made watering easy.",
        "Rain barrels kept the garden alive in the holidays.",
        "The new hose saved the children long walks with buckets.",
        "A timer on the sprinkler helped through the dry weeks.",
    ),
    ("water", Direction.BARRIER): (
        "Without a tap the beds dried out every summer.",
        "Carrying water from the gym was too much for the children.",
        "A ban on hoses killed most of the seedlings.",
        "Lack of water ended the project in its second year.",
    ),
    ("teachers", Direction.FACILITATOR): (
        "Teachers who loved gardening kept the club going.",
        "A head teacher's enthusiasm brought colleagues along.",
        "Trained staff felt able to hold lessons outdoors.",
        "Two keen teachers shared the work and it flourished.",
    ),
    ("teachers", Direction.BARRIER): (
        "Teachers had no wish to get their hands dirty.",
        "When the only keen teacher left, the club collapsed.",
        "Staff did not know how to teach outdoors.",
        "Reluctant colleagues refused to take a turn.",
    ),
}
_NOTHING = (
    "We interviewed forty pupils at six schools.",
    "School gardens have a long history in many countries.",
    "Transcripts were analysed by two researchers.",
    "The aim of this study was to describe school gardens.",
    "Vegetable intake was measured with a questionnaire.",
    "More research with larger samples is needed.",
    "Pupils were on average nine years old.",
    "Data were collected between May and July.",
)


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return Encoder()


@pytest.fixture(scope="session")
def gardens() -> Codebook:
    return Codebook(
        version="1",
        themes=(
            Theme(
                key="water",
                code="WA",
                name="Water",
                definition="Whether plants can be watered.",
                facilitator_signs=("a tap nearby",),
                barrier_signs=("beds dry out",),
                examples=Examples(
                    facilitator=("A well next to the plot was a blessing.",),
                    barrier=("Nobody was there to water the plants in August.",),
                ),
            ),
            Theme(
                key="teachers",
                code="TE",
                name="Teachers",
                definition="Whether teachers want to garden and are able to.",
                includes=("enthusiasm of staff", "skills of staff"),
            ),
        ),
    )


@pytest.fixture(scope="session")
def garden_passages() -> list[LabelledPassage]:
    """Each passage from a study of its own, so that studies can be held back."""
    said = [(text, key) for key, texts in _SAID.items() for text in texts]
    return [
        LabelledPassage(
            passage_id=f"P{number}",
            text=text,
            themes=(theme,),
            directions={theme: direction},
            study_group=f"G{number}",
        )
        for number, (text, (theme, direction)) in enumerate(said)
    ] + [
        LabelledPassage(passage_id=f"N{n}", text=text, themes=(), study_group=f"N{n}")
        for n, text in enumerate(_NOTHING)
    ]


@pytest.fixture(scope="session")
def fit(encoder: Encoder) -> Callable[..., ExtractionModel]:
    """Fits a model of a codebook and labelled passages, and keeps it nowhere."""

    def fit(codebook: Codebook, labelled: Sequence[LabelledPassage] = ()) -> ExtractionModel:
        rows = training_rows(codebook, labelled, encoder)
        return fit_rows(codebook, rows, encoder, name="extraction/unkept")

    return fit


@pytest.fixture(scope="session")
def garden_model(
    gardens: Codebook, garden_passages: list[LabelledPassage], fit: Callable[..., ExtractionModel]
) -> ExtractionModel:
    return fit(gardens, garden_passages)


@pytest.fixture(scope="session")
def shipped(checkout: Path, codebook: Codebook, encoder: Encoder) -> ExtractionModel:
    return load_model(checkout / "models", codebook, encoder)
