"""Precision and recall of the tagger on passages that people answered before they saw its view."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from extraction.evaluate import TaggingFigures, ThemeOutcome, evaluate_themes
from extraction.labelled import LabelledPassage
from review.annotations import ThemeScore


def evaluate_blind(
    labelled: Sequence[LabelledPassage],
    blind: Collection[str],
    said: Mapping[str, Sequence[ThemeScore]],
    themes: Sequence[str],
    *,
    seed: int = 0,
) -> TaggingFigures | None:
    """Figures of what was suggested for the passages answered ``blind``, by their ids.

    Who saw a suggestion tends to accept it, and never adds what nobody suggested: only answers
    given before give both precision and recall without that bias. ``said`` holds what the machine
    scored for a passage; relevance is not kept with it, so the gate is judged by the likeliest
    theme. None where no passage was answered blind.
    """
    own = [p for p in labelled if p.passage_id in blind and p.passage_id in said]
    if not own:
        return None
    by_theme = [{score.theme: score for score in said[p.passage_id]} for p in own]
    scores = np.array(
        [[found[t].score if t in found else 0.0 for t in themes] for found in by_theme]
    )
    outcome = ThemeOutcome(
        themes=tuple(themes),
        truth=np.array([[t in p.themes for t in themes] for p in own], dtype=np.bool_),
        scores=scores,
        suggested=np.array(
            [[t in found and found[t].suggested for t in themes] for found in by_theme],
            dtype=np.bool_,
        ),
        relevance=scores.max(axis=1),
        groups=tuple(p.study_group for p in own),
    )
    return evaluate_themes(outcome, seed=seed)
