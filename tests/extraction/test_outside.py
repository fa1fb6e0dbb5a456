"""What no theme claims is grouped for those who keep the codebook."""

from __future__ import annotations

import numpy as np

from extraction.outside import find_outside
from review.annotations import Direction, Passage, PassageTags, ThemeScore
from review.decisions import Quote

_TEXTS = (
    "Snow kept the greenhouse shut.",
    "Deep snow closed the greenhouse.",
    "The greenhouse was shut by snow again.",
    "A tap helped.",
    "Bees came late.",
    "We asked pupils.",
)
_VECTORS = np.array(
    [[1, 0, 0], [1, 0.1, 0], [1, 0, 0.1], [0, 1, 0], [0, 0, 1], [1, 0, 0]], dtype=np.float32
)


def _tag(text: str, relevance: float, score: float, suggested: bool = False) -> PassageTags:
    theme = ThemeScore(
        theme="water",
        score=score,
        suggested=suggested,
        direction=Direction.UNCLEAR,
        direction_score=0.5,
        nearest="",
    )
    quote = Quote(start=0, end=len(text), exact=text, prefix="", suffix="")
    return PassageTags(
        passage=Passage(quote=quote, position=0), relevance=relevance, themes=(theme,)
    )


def _tags() -> list[PassageTags]:
    relevance = (0.9, 0.8, 0.9, 0.9, 0.9, 0.1)
    scores = (0.1, 0.1, 0.1, 0.9, 0.1, 0.1)
    return [
        _tag(*seen, suggested=seen[2] > 0.5) for seen in zip(_TEXTS, relevance, scores, strict=True)
    ]


# What is alike makes a group named by its words; what a theme claims, what reports no influence
# and what stands alone are in none.
def test_what_no_theme_claims_is_grouped() -> None:
    unit = _VECTORS / np.linalg.norm(_VECTORS, axis=1, keepdims=True)
    (group,) = find_outside(_tags(), _TEXTS, unit)
    assert sorted(group.passages) == [0, 1, 2]
    assert set(group.words[:2]) == {"greenhouse", "snow"}
    assert find_outside(_tags(), _TEXTS, unit) == (group,)


# Too few to group are not grouped.
def test_two_are_no_group() -> None:
    assert find_outside(_tags()[:2], _TEXTS[:2], _VECTORS[:2]) == ()
