"""Languages are told apart; vectors are those of the stock encoder, computed once each."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from review.errors import ModelError
from review.language import Encoder, MemoryCache, Vectors, detect_language
from review.records import hash_text
from review.sentences import split_sentences

SENTENCES = [
    "Peer support workers lacked supervision.",
    "Pay was low.",
    "Two of the twelve sites had hired a lived experience lead before the first peer arrived, and "
    "staff there said that the values of peer work were protected.",
    "",
    "Pay was low.",
]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Peer workers described how supervision helped them to stay in post.", "en"),
        ("Die Genesungsbegleiterinnen berichteten, dass ihre Rolle oft unklar war.", "de"),
        ("Les pairs-aidants salariés décrivent une intégration difficile à l'hôpital.", "fr"),
        ("Short.", ""),
    ],
)
def test_the_language_is_recognised_or_left_open(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_vectors_are_those_of_the_stock_encoder(encoder: Encoder) -> None:
    from sentence_transformers import SentenceTransformer

    stock = SentenceTransformer(str(encoder._place()), device="cpu", local_files_only=True)
    expected = stock.encode(SENTENCES, batch_size=32, normalize_embeddings=True)
    cosines = (encoder.embed(SENTENCES) * expected).sum(axis=1)
    assert cosines.min() > 0.9999


class _CountingCache(MemoryCache):
    """Counts the vectors it is asked to keep."""

    kept = 0

    def keep(self, fingerprint: str, vectors: Mapping[str, Vectors]) -> None:
        self.kept += len(vectors)
        super().keep(fingerprint, vectors)

    def find(self, fingerprint: str, hashes: Sequence[str]) -> Mapping[str, Vectors]:
        return super().find(fingerprint, hashes)


def test_no_text_is_embedded_twice(encoder: Encoder) -> None:
    cache = _CountingCache()
    ours = encoder.using(cache)
    first = ours.embed(SENTENCES)
    again = ours.embed(list(reversed(SENTENCES)))
    assert cache.kept == len(set(SENTENCES))
    assert np.array_equal(first, again[::-1])


def test_no_texts_are_no_vectors(encoder: Encoder) -> None:
    assert encoder.embed([]).shape == (0, encoder.dimensions)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("./no/such/folder", "no such folder"),
        ("somebody/some-model", "LIVING_REVIEW_ENCODER_REVISION"),
    ],
)
def test_an_encoder_that_cannot_be_had_is_named(name: str, sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        Encoder(name).embed(["x"])


def test_weights_that_could_run_code_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(ModelError, match=r"safetensors"):
        Encoder(str(tmp_path)).embed(["x"])


# JSON can spell half a character; the text is split and embedded all the same, offsets unmoved.
def test_half_a_character_is_no_obstacle(encoder: Encoder) -> None:
    text = "Half \ud83d a smile. The other half."
    assert [s.text for s in split_sentences(text)] == ["Half \ud83d a smile.", "The other half."]
    assert encoder.embed([text]).shape == (1, encoder.dimensions)


# A hub's model that was never fetched cannot be had without a network: a sentence says what can.
def test_a_model_of_a_hub_without_a_network_is_named(encoder: Encoder) -> None:
    encoder.embed(["x"])  # from here on this process asks no hub
    absent = Encoder("somebody/some-model", "0123456789abcdef0123456789abcdef01234567")
    with pytest.raises(ModelError, match=r"cannot be loaded .*; name a folder with") as refused:
        absent.embed(["x"])
    assert "\n" not in str(refused.value)


# Where a hub is asked and is out of reach, that is said in seconds: its own loaders take half a
# minute of trying again.
def test_a_hub_out_of_reach_is_told_of_soon(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and nobody listens there
        network = {"HF_ENDPOINT": f"http://127.0.0.1:{nobody.getsockname()[1]}"}
        absent = ("somebody/some-model", "0123456789abcdef0123456789abcdef01234567")
        program = f"from review.language import Encoder; Encoder{absent}.embed(['x'])"
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, **network, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert re.search(r"ModelError: .*cannot be loaded \(ConnectError.*name a folder", done.stderr)
    assert time.monotonic() - begun < 15


# Vectors of another size kept under the name of the same weights are never put beside new ones.
def test_kept_vectors_of_another_size_are_refused_with_the_remedy(encoder: Encoder) -> None:
    cache = MemoryCache()
    text_hash = hash_text("kept")
    cache.keep(encoder.fingerprint, {text_hash: np.zeros(8, dtype=np.float32)})
    with pytest.raises(
        ModelError, match=r"vectors of 8 and of 384 numbers.*delete the rows of the table"
    ):
        encoder.using(cache).embed(["kept", "new"])
