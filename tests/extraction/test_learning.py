"""The shipped recipe does on held-back studies what its card promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from extraction.labelled import training_rows
from extraction.learn import read_labelled_folder
from extraction.model import ExtractionModel
from extraction.themes import plan_folds
from extraction.trial import cross_validate
from review.language import Encoder
from review.protocol import Codebook


# A study is never on both sides of a test, every passage of a study is tested once, and what else
# restates the study is held back with it.
def test_folds_keep_studies_whole(checkout: Path, codebook: Codebook, encoder: Encoder) -> None:
    labelled = read_labelled_folder(checkout / "data/protocol/peer-support/labelled", codebook)
    restated = replace(labelled[0], passage_id="restated", learnt_only=True)
    other = replace(restated, passage_id="other", study_group="another study")
    rows = training_rows(codebook, [*labelled[:150], restated, other], encoder)
    folds = plan_folds(rows, seed=3)
    held_back = np.sort(np.concatenate(folds))
    assert np.array_equal(held_back, [*np.flatnonzero(rows.tested), 150])
    assert not rows.tested[150]
    groups = [{rows.groups[row] for row in fold} for fold in folds]
    assert sum(len(group) for group in groups) == len(set.union(*groups))


# The floors below which the tagger would not be worth a reviewer's time.
@pytest.mark.slow
def test_held_back_studies_are_tagged_well(
    checkout: Path, codebook: Codebook, encoder: Encoder
) -> None:
    labelled = read_labelled_folder(checkout / "data/protocol/peer-support/labelled", codebook)
    rows = training_rows(codebook, labelled, encoder)
    tested = cross_validate(rows, [t.key for t in codebook.themes], encoder, draws=1)
    assert tested is not None
    themes, direction = tested
    assert themes.passages == 562
    assert themes.macro_f1 >= 0.58
    assert themes.macro_average_precision >= 0.65
    assert themes.recall_at_3 >= 0.84
    assert themes.gate_auc >= 0.90
    assert themes.calibration_error <= 0.03
    assert direction.accuracy >= 0.87
    assert direction.surest_70_accuracy >= 0.93


# Definitions and examples alone must order themes far better than chance (.07).
@pytest.mark.slow
def test_the_codebook_alone_orders_themes(
    checkout: Path, codebook: Codebook, fit: Callable[..., ExtractionModel], encoder: Encoder
) -> None:
    from extraction.evaluate import evaluate_themes, theme_outcome
    from extraction.tagging import tag_texts

    model = fit(codebook)
    labelled = read_labelled_folder(checkout / "data/protocol/peer-support/labelled", codebook)[
        :562
    ]
    tags = tag_texts([passage.text for passage in labelled], model, encoder)
    figures = evaluate_themes(theme_outcome(tags, labelled, model.themes), draws=0)
    assert figures.macro_average_precision >= 0.45
    assert figures.recall_at_3 >= 0.70
