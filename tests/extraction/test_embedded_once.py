"""Nothing is embedded twice, and vectors of two encoders are kept apart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from extraction.model import ExtractionModel
from extraction.tag import Tagger, tag
from review.decisions import Decision, Stage, Verdict
from review.errors import ModelError
from review.language import Encoder, Vectors
from review.models import ModelFacts
from review.protocol import Protocol
from review.records import Record, hash_text
from review.store.annotations import find_suggestions
from review.store.decisions import keep_decision, keep_reviewer
from review.store.embeddings import StoredVectors, find_fingerprints
from review.store.records import keep_members, keep_records
from review.store.runs import open_run, open_search
from review.store.session import Session, Store
from review.weights import Weights

# A turn in it, so that its clauses are embedded too; both reports have it.
_SHARED = "Teachers loved the garden, but the beds dried out for lack of water."
_ABSTRACTS = [
    f"{_SHARED} The club lasted ten years. {_SHARED}",
    f"Lack of water killed the seedlings. {_SHARED}",
]
_FACTS = ModelFacts(
    task="", name="m", version="1", fingerprint="", thresholds=(), figures=(), evaluated=""
)


class _Counting:
    """Loaded weights that write down every text they are given, as its numbers."""

    def __init__(self, weights: Weights) -> None:
        self._weights, self.seen = weights, list[tuple[int, ...]]()
        self.tokenizer, self.window = weights.tokenizer, weights.window
        self.dimensions = weights.dimensions

    def vectors(self, tokens: Mapping[str, Any]) -> Vectors:
        for ids, mask in zip(tokens["input_ids"], tokens["attention_mask"], strict=True):
            self.seen.append(tuple(ids[mask > 0].tolist()))
        return self._weights.vectors(tokens)


def _counted(encoder: Encoder) -> tuple[Encoder, _Counting]:
    """The encoder as a process that starts anew has it, its weights counted."""
    counting = _Counting(encoder._loaded())
    anew = Encoder(encoder.name)
    anew._loaded_model = [counting]
    return anew, counting


@pytest.fixture
def session(store: Store, protocol: Protocol, now: datetime):
    """Two included reports whose abstracts have a sentence in common."""
    with store.session() as session:
        run_id = open_run(session, "import", protocol, now)
        search_id = open_search(session, run_id, source="file", address="x.ris", now=now)
        records = [
            Record(source="file", source_id=str(n), title=f"Gardens {n}", abstract=abstract)
            for n, abstract in enumerate(_ABSTRACTS)
        ]
        keep_records(session, search_id, list(enumerate(records)), now)
        keep_members(session, {1: 1, 2: 2})
        keep_reviewer(session, "ana", "reviewer", now)
        for report_id in (1, 2):
            said = Decision(
                decision_id=str(report_id),
                report_id=report_id,
                stage=Stage.TITLE_ABSTRACT,
                reviewer="ana",
                verdict=Verdict.INCLUDE,
                decided_at=now,
            )
            keep_decision(session, said)
        yield session


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Encoder:
    """A real model of 32 numbers a vector that has learnt nothing, in a folder of its own."""
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("encoders") / "small"
    tokenizer = encoder._loaded().tokenizer
    sizes = {"hidden_size": 32, "intermediate_size": 64}
    layers = {"num_hidden_layers": 1, "num_attention_heads": 2}
    BertModel(BertConfig(vocab_size=len(tokenizer), **sizes, **layers)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return Encoder(str(folder))


# A text is embedded once in the life of a store: not again within a text, nor for another report,
# nor by another run, process or model of themes.
def test_a_sentence_is_embedded_once_in_the_life_of_a_store(
    session: Session, garden_model: ExtractionModel, encoder: Encoder, tmp_path: Path, now: datetime
) -> None:
    encoded = []
    for name in ("first", "second"):
        anew, counting = _counted(encoder)
        tagger = Tagger(model=garden_model, encoder=anew, name=name, facts=_FACTS)
        for _ in _ABSTRACTS:
            tag(session, tagger, run_id=1, raw=tmp_path, now=now, limit=1)
        encoded.append(counting.seen)
    first, second = encoded
    assert len(first) == len(set(first)) == 3 + 2, "three sentences and two clauses of one"
    assert second == []
    tagged = {row.quote.exact for row in find_suggestions(session)}
    assert _SHARED in tagged


# The same text has a vector for each encoder; none is ever given for the other's, whatever order
# they come in.
def test_vectors_of_two_encoders_never_meet(
    session: Session, encoder: Encoder, small: Encoder
) -> None:
    cache = StoredVectors(session)
    wanted = {one: one.embed(_ABSTRACTS) for one in (encoder, small)}
    assert (encoder.dimensions, small.dimensions) == (384, 32)
    for _ in range(2):
        for one, expected in wanted.items():
            assert np.allclose(one.using(cache).embed(_ABSTRACTS), expected, atol=1e-6)
    kept = find_fingerprints(session, hash_text(_ABSTRACTS[0]))
    assert kept == sorted((encoder.fingerprint, small.fingerprint))


# A model of themes takes the vectors it learnt from and no others.
def test_a_model_of_themes_refuses_another_encoder(
    session: Session,
    garden_model: ExtractionModel,
    small: Encoder,
    tmp_path: Path,
    now: datetime,
) -> None:
    tagger = Tagger(model=garden_model, encoder=small, name="m", facts=_FACTS)
    with pytest.raises(ModelError, match=r"vectors of 384 numbers.*gives 32; choose the encoder"):
        tag(session, tagger, run_id=1, raw=tmp_path, now=now)
    assert find_suggestions(session) == []
