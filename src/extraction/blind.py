"""blind: precision and recall of the tagger on passages answered before its view was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from extraction.answered import learn_from_annotations, place_of
from extraction.evaluate import TaggingFigures, ThemeOutcome, evaluate_themes
from extraction.labelled import LabelledPassage
from review.annotations import Annotation, Lane
from review.protocol import Codebook
from review.store.annotations import find_annotations, find_suggested_together
from review.store.duplicates import find_studies
from review.store.passages import PassageRow, find_passages_before_answers
from review.store.session import Session
from review.store.settlements import find_annotation_consensus

# Below this an interval over studies says nothing that a reader could use.
FEWEST_PASSAGES, FEWEST_STUDIES = 30, 10


@dataclass(frozen=True, kw_only=True)
class BlindTest:
    """How many passages people answered blind, of how many studies, and what they show.

    ``figures`` is None where they are fewer than an interval needs; ``why`` then says so.
    """

    passages: int
    studies: int
    figures: TaggingFigures | None
    why: str = ""


def measure_blind(session: Session, codebook: Codebook, *, seed: int = 0) -> BlindTest:
    """Compare what was suggested with what people said of a passage without having seen it.

    Who saw a suggestion tends to accept it, and never adds what nobody suggested: only answers
    given before give both precision and recall without that bias. Only passages that came study by
    study count, where those to be answered blind are drawn whatever the machine makes of them; and
    only what was suggested before the first answer to their text, since a model refitted later may
    have learnt from these very answers. What was settled outranks what was said.
    """
    tagged = find_passages_before_answers(session)
    blind = [a for a in find_annotations(session) if a.lane == Lane.STUDY and not a.saw_suggestion]
    labelled, _, _ = learn_from_annotations(
        _on_passages(blind, tagged),
        find_suggested_together(session),
        find_studies(session),
        [theme.key for theme in codebook.themes],
        settled=find_annotation_consensus(session),
    )
    studies = len({_group(passage) for passage in labelled})
    if len(labelled) < FEWEST_PASSAGES or studies < FEWEST_STUDIES:
        return BlindTest(
            passages=len(labelled),
            studies=studies,
            figures=None,
            why=f"{len(labelled)} passages of {studies} studies were answered study by study "
            f"before the machine's view was shown; precision and recall take {FEWEST_PASSAGES} "
            f"of {FEWEST_STUDIES}",
        )
    outcome = blind_outcome(
        labelled,
        {place_of(row.text_hash, row.quote.start, row.quote.end): row for row in tagged},
        [theme.key for theme in codebook.themes],
    )
    figures = evaluate_themes(outcome, seed=seed)
    return BlindTest(passages=len(labelled), studies=studies, figures=figures)


def blind_outcome(
    labelled: Sequence[LabelledPassage], said: Mapping[str, PassageRow], themes: Sequence[str]
) -> ThemeOutcome:
    """What the machine ``said`` of labelled passages, by their ids, beside what people gave.

    A theme that was not among those kept for a passage scores 0.
    """
    rows = [said[passage.passage_id] for passage in labelled]
    by_theme = [{scored.theme: scored for scored in row.themes} for row in rows]
    return ThemeOutcome(
        themes=tuple(themes),
        truth=np.array([[t in p.themes for t in themes] for p in labelled], dtype=np.bool_),
        scores=np.array(
            [[kept[t].score if t in kept else 0.0 for t in themes] for kept in by_theme]
        ),
        suggested=np.array(
            [[t in kept and kept[t].suggested for t in themes] for kept in by_theme],
            dtype=np.bool_,
        ),
        relevance=np.array([row.relevance for row in rows]),
        groups=tuple(_group(passage) for passage in labelled),
    )


def _on_passages(said: Sequence[Annotation], tagged: Sequence[PassageRow]) -> list[Annotation]:
    """Annotations as if nobody had moved an edge: of the passage each shares most words with."""
    texts: dict[str, list[PassageRow]] = {}
    for row in tagged:
        texts.setdefault(row.text_hash, []).append(row)
    placed = []
    for one in said:
        shared = [(_overlap(one, row), row) for row in texts.get(one.text_hash, ())]
        most, nearest = max(shared, key=lambda pair: pair[0], default=(0, None))
        if nearest is not None and most > 0:
            placed.append(replace(one, quote=nearest.quote))
    return placed


def _overlap(said: Annotation, row: PassageRow) -> int:
    return min(said.quote.end, row.quote.end) - max(said.quote.start, row.quote.start)


def _group(passage: LabelledPassage) -> str:
    """The study of a passage; of one that is outside the codebook, its text."""
    return passage.study_group or passage.passage_id.partition(":")[0]
