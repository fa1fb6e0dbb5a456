"""Score a review's model of themes on a file of labelled passages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from extraction.closer import (
    Confusion,
    Doubt,
    ScoreBand,
    band_scores,
    find_confusions,
    find_doubts,
    trace_precision,
)
from extraction.evaluate import TaggingFigures, ThemeOutcome, evaluate_themes, theme_outcome
from extraction.evaluate_direction import (
    DirectionFigures,
    DirectionOutcome,
    direction_outcome,
    evaluate_direction,
)
from extraction.labelled import LabelledPassage, read_labelled, training_rows
from extraction.learn import read_labelled_folder
from extraction.model import load_model
from extraction.scorer import ScorerFit
from extraction.tagging import tag_texts
from extraction.trial import direction_outcome_of, theme_outcome_of, try_out
from review.errors import InputError
from review.language import Encoder
from review.models import Folders
from review.protocol import Codebook, load_codebook

_UNSEEN = "fitted now, for each passage without the passages of its study"


@dataclass(frozen=True, kw_only=True)
class Retest:
    """How a model did on the passages of a file.

    ``learnt_from`` counts the passages of the file that the review learns from: the kept model is
    flattered by those, one fitted ``unseen`` is not. ``curves`` has (recall, precision) down the
    scores of each theme, none for a theme that no passage bears. ``doubts`` are labels worth a
    second look, told only ``unseen``; they number the passages of the file from 0.
    """

    model: str
    unseen: bool
    learnt_from: int
    themes: TaggingFigures
    direction: DirectionFigures
    bands: tuple[ScoreBand, ...]
    confusions: tuple[Confusion, ...]
    curves: dict[str, tuple[tuple[float, float], ...]]
    doubts: tuple[Doubt, ...]


def retest_tagging(
    protocol_folder: Path,
    models: Folders,
    file: Path,
    encoder: Encoder,
    *,
    unseen: bool = False,
) -> Retest:
    """Tag the passages of a file and compare with what people gave them.

    With ``unseen`` a model is fitted afresh without the study of each passage it judges. Raises
    ProtocolError, InputError or ModelError with a sentence.
    """
    codebook = load_codebook(protocol_folder)
    labelled = read_labelled(file, codebook)
    known = read_labelled_folder(protocol_folder / "labelled", codebook)
    taught = {passage.text for passage in known}
    if unseen:
        name = _UNSEEN
        themes, direction = _judge_unseen(file, labelled, known, codebook, encoder)
    else:
        model = load_model(models, codebook, encoder)
        name = model.name
        tags = tag_texts([passage.text for passage in labelled], model, encoder)
        themes = theme_outcome(tags, labelled, model.themes)
        direction = direction_outcome(tags, labelled)
    return Retest(
        model=name,
        unseen=unseen,
        learnt_from=sum(passage.text in taught for passage in labelled),
        themes=evaluate_themes(themes),
        direction=evaluate_direction(direction),
        bands=band_scores(themes),
        confusions=find_confusions(themes),
        curves={
            theme: trace_precision(themes.truth[:, column], themes.scores[:, column])
            for column, theme in enumerate(themes.themes)
        },
        doubts=find_doubts(themes) if unseen else (),
    )


def _judge_unseen(
    file: Path,
    labelled: list[LabelledPassage],
    known: list[LabelledPassage],
    codebook: Codebook,
    encoder: Encoder,
) -> tuple[ThemeOutcome, DirectionOutcome]:
    texts = {passage.text for passage in labelled}
    others = [replace(passage, learnt_only=True) for passage in known if passage.text not in texts]
    rows = training_rows(codebook, [*labelled, *others], encoder)
    trial = try_out(rows, ScorerFit(rows), encoder)
    if not trial.by_study:
        raise InputError(
            f"{file}: its passages come from too few studies to hold some back; "
            "leave --unseen out, or add passages of other studies"
        )
    themes = [theme.key for theme in codebook.themes]
    return theme_outcome_of(trial, themes), direction_outcome_of(trial)
