"""What bears no theme is known by its kind, too."""

from __future__ import annotations

from dataclasses import replace

from extraction.labelled import LabelledPassage, training_rows
from extraction.scorer import ScorerFit
from review.language import Encoder
from review.protocol import Codebook


# Where passages without a theme are of a known kind, what is like that kind is less relevant, and
# the scores of themes and directions stay as they are.
def test_a_kind_without_theme_takes_from_relevance(
    gardens: Codebook, garden_passages: list[LabelledPassage], encoder: Encoder
) -> None:
    typed = [p if p.themes else replace(p, negative_type="method") for p in garden_passages]
    texts = ["Interviews were transcribed and analysed.", "Teachers loved the garden."]
    method, finding = 0, 1
    plain, kinds = (
        ScorerFit(training_rows(gardens, rows, encoder)).scorer().views(texts, encoder.embed(texts))
        for rows in (garden_passages, typed)
    )
    assert kinds.gate[method] < plain.gate[method]
    assert kinds.gate[method] - plain.gate[method] < kinds.gate[finding] - plain.gate[finding]
    assert (kinds.themes == plain.themes).all()
    assert (kinds.directions == plain.directions).all()
