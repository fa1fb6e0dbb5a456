"""A sentence that sets one influence against another is read clause by clause."""

from __future__ import annotations

import pytest

from extraction.clauses import split_clauses
from extraction.model import ExtractionModel
from extraction.tagging import tag_texts
from review.annotations import Direction
from review.language import Encoder


# Clauses lie on either side of a turn; a sentence without one, or with a scrap beside it, is whole.
@pytest.mark.parametrize(
    ("sentence", "clauses"),
    [
        (
            "Training was thorough, but wages were too low.",
            ["Training was thorough", "but wages were too low."],
        ),
        (
            "Although leaders were keen, nobody knew the role.",
            ["Although leaders were keen", "nobody knew the role."],
        ),
        ("Training was thorough and wages were fair.", []),
        ("Cheap but good training helped them to stay.", []),
    ],
)
def test_clauses_lie_on_either_side_of_a_turn(sentence: str, clauses: list[str]) -> None:
    assert split_clauses(sentence) == clauses


# What helps in one clause and hinders in the other is told apart.
def test_opposite_clauses_have_opposite_directions(
    shipped: ExtractionModel, encoder: Encoder
) -> None:
    text = "Peer workers were well prepared by their training, but their wages were far too low."
    (tags,) = tag_texts([text], shipped, encoder)
    said = {theme.theme: theme.direction for theme in tags.themes if theme.suggested}
    assert said["psw_training"] is Direction.FACILITATOR
    assert said["financial_arrangements"] is Direction.BARRIER
