"""relearn: refit the codebook's model from people's annotations, and keep it if it is better."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from extraction.answered import learn_from_annotations
from extraction.compared import compare_recipes
from extraction.labelled import LabelledPassage, TrainingRows, training_rows
from extraction.learn import fit_version, read_labelled_folder
from extraction.model import TASK, find_model, read_metrics
from review.language import Encoder
from review.models import next_version
from review.protocol import Codebook, load_codebook
from review.relearning import FEWEST, Comparison, Relearnt
from review.store.annotations import find_annotations, find_suggested_together
from review.store.duplicates import find_studies
from review.store.embeddings import StoredVectors
from review.store.runs import count_towards
from review.store.session import Session
from review.store.settlements import find_annotation_consensus

log = logging.getLogger(__name__)

_NO_STUDIES = "nothing to compare yet: too few studies are labelled to hold some back"


def relearn_tagging(
    session: Session,
    protocol_folder: Path,
    models: Sequence[Path],
    encoder: Encoder,
    *,
    run_id: int,
    now: datetime,
    fewest: int = FEWEST,
    dry_run: bool = False,
    seed: int = 0,
) -> Relearnt:
    """Refit the codebook's model from its labelled passages and people's annotations.

    The present model's recipe, without the passages that are new to it, and the candidate are
    tested on the same studies held back. A candidate that is better by ``extraction.compared.RULE``
    becomes the next version, in the first of the ``models`` folders; with ``dry_run`` nothing is
    written there. Suggestions that nobody answered teach nothing. Commits.

    Raises ProtocolError, InputError or ModelError with a sentence.
    """
    codebook = load_codebook(protocol_folder)
    taught = _find_taught(session, codebook, protocol_folder, models)
    done = Relearnt(
        task="tagging",
        present=taught.present,
        answers=len(taught.answered),
        new=len(taught.new),
        blind=len(taught.blind),
        left_out=taught.left_out,
        why=f"nothing to learn yet: {len(taught.new)} new passages, {fewest} needed"
        if len(taught.new) < fewest
        else "",
    )
    if not done.why:
        encoder = encoder.using(StoredVectors(session))
        rows = training_rows(codebook, taught.labelled, encoder)
        # Before the long work: people go on answering while it lasts.
        session.commit()
        compared = _compare(codebook, taught, rows, encoder, seed)
        done = replace(done, compared=compared, why=compared.why if compared else _NO_STUDIES)
        if compared and compared.better and not dry_run:
            done = replace(done, folder=models[0] / TASK / next_version(models, TASK))
            _promote(done, codebook, taught, encoder, now, seed)
    counts = {"new": done.new, "promoted": int(done.folder is not None)}
    count_towards(session, run_id, "relearn tagging", counts)
    session.commit()
    log.info("tagging: %s", done.why)
    return done


@dataclass(frozen=True, kw_only=True)
class _Taught:
    """All that can be learnt from: the review's labelled passages, and those people answered.

    ``new`` are the ids of passages the ``present`` model has not learnt from, ``blind`` of those
    that people answered before they saw what was suggested.
    """

    present: str
    examples: Sequence[LabelledPassage]
    answered: Sequence[LabelledPassage]
    new: frozenset[str]
    blind: frozenset[str]
    left_out: Mapping[str, int]

    @property
    def labelled(self) -> list[LabelledPassage]:
        return [*self.examples, *self.answered]

    def mask(self, passage_ids: frozenset[str], rows: int) -> NDArray[np.bool_]:
        """Which of the rows of a fit, that begin with ``labelled``, are these answered passages."""
        mask = np.zeros(rows, dtype=np.bool_)
        for number, passage in enumerate(self.answered, start=len(self.examples)):
            mask[number] = passage.passage_id in passage_ids
        return mask


def _find_taught(
    session: Session, codebook: Codebook, protocol_folder: Path, models: Sequence[Path]
) -> _Taught:
    examples = read_labelled_folder(protocol_folder / "labelled", codebook)
    answered, blind, left_out = learn_from_annotations(
        find_annotations(session),
        find_suggested_together(session),
        find_studies(session),
        [theme.key for theme in codebook.themes],
        settled=find_annotation_consensus(session),
        known={passage.text for passage in examples},
    )
    metrics = read_metrics(find_model(models, codebook))
    return _Taught(
        present=metrics["name"],
        examples=examples,
        answered=answered,
        new=frozenset(p.passage_id for p in answered) - set(metrics.get("annotated", ())),
        blind=blind,
        left_out=left_out,
    )


def _compare(
    codebook: Codebook, taught: _Taught, rows: TrainingRows, encoder: Encoder, seed: int
) -> Comparison | None:
    answered = frozenset(passage.passage_id for passage in taught.answered)
    # Who saw a suggestion tends to accept it: such answers teach, and test only where there are
    # no others.
    led = taught.mask(answered - taught.blind if taught.blind else frozenset(), len(rows.texts))
    return compare_recipes(
        codebook,
        rows,
        encoder,
        new=taught.mask(taught.new, len(rows.texts)),
        tested=rows.tested & ~led,
        seed=seed,
    )


def _promote(
    done: Relearnt,
    codebook: Codebook,
    taught: _Taught,
    encoder: Encoder,
    now: datetime,
    seed: int,
) -> None:
    assert done.folder is not None
    assert done.compared is not None
    fit_version(
        codebook,
        taught.labelled,
        encoder,
        now,
        folder=done.folder,
        seed=seed,
        noted={
            "annotated": sorted(passage.passage_id for passage in taught.answered),
            "compared": done.compared.as_dict(),
        },
        told=f"## Against the version before\n\n{done.as_markdown()}",
    )
