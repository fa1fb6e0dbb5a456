"""Fit a model of a codebook to its phrases and to what has been labelled."""

from __future__ import annotations

import numpy as np

from extraction.labelled import TrainingRows
from extraction.model import Examples, ExtractionModel
from extraction.scorer import ScorerFit
from extraction.trial import try_out
from review.language import Encoder, detect_language
from review.protocol import Codebook


def fit_rows(
    codebook: Codebook, rows: TrainingRows, encoder: Encoder, *, name: str, seed: int = 0
) -> ExtractionModel:
    """Fit the scorers on all rows, and calibration, thresholds and cuts on out-of-fold scores."""
    fitted = ScorerFit(rows)
    trial = try_out(rows, fitted, encoder, seed=seed)
    return ExtractionModel(
        name=name,
        themes=tuple(theme.key for theme in codebook.themes),
        codebook_fingerprint=codebook.fingerprint(),
        encoder_fingerprint=encoder.fingerprint,
        dimensions=encoder.dimensions,
        language=detect_language(" ".join(rows.texts)),
        scorer=fitted.scorer(),
        judge=trial.judge_themes(trial.held_back),
        direction_judge=trial.judge_direction(trial.held_back),
        examples=_examples(rows),
    )


def _examples(rows: TrainingRows) -> Examples:
    shown = rows.examples & rows.themes.any(axis=1)
    # A theme without an example sentence is explained with what its codebook entry says.
    without = ~rows.themes[shown].any(axis=0)
    shown |= (rows.themes & without).any(axis=1)
    return Examples(
        texts=rows.part(shown).texts, rows=np.flatnonzero(shown), themes=rows.themes[shown]
    )
