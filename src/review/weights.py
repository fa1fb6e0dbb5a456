"""Loaded sentence encoders: tokens in, unit vectors out, by PyTorch or by ONNX Runtime."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from review.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# A folder of this ending holds an encoder whose weights are eight-bit whole numbers.
INT8_ENDING = ".int8"
INT8_FILE = "encoder.onnx"
_INT8_FACTS = "encoder.json"
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_REMEDY = "pip install 'living-review[onnx]', or name another encoder in LIVING_REVIEW_ENCODER"


class Weights(Protocol):
    """An encoder in memory. ``window`` is in tokens, ``dimensions`` the length of a vector."""

    tokenizer: Any
    window: int
    dimensions: int

    def vectors(self, tokens: Mapping[str, NDArray[np.int64]]) -> NDArray[np.float32]:
        """Unit vectors of padded texts, shape (texts, dimensions)."""
        ...


class TorchWeights:
    """A sentence-transformers model."""

    def __init__(self, model: SentenceTransformer) -> None:
        self._model = model
        self.tokenizer: Any = model.tokenizer
        self.window = int(model.max_seq_length or 0)
        self.dimensions = int(model.get_embedding_dimension() or 0)

    def vectors(self, tokens: Mapping[str, NDArray[np.int64]]) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            features = {name: torch.from_numpy(values) for name, values in tokens.items()}
            embedded = self._model(features)["sentence_embedding"]
            unit: NDArray[np.float32] = torch.nn.functional.normalize(embedded, dim=1).numpy()
        return unit


class OnnxWeights:
    """An encoder that ``export_int8`` wrote, run by ONNX Runtime."""

    def __init__(self, folder: Path) -> None:
        """Raises ModelError where the folder is not as written, or ONNX Runtime is missing."""
        try:
            import onnxruntime
        except ImportError:
            raise ModelError(f"{folder}: needs ONNX Runtime: {_REMEDY}") from None
        from transformers import AutoTokenizer

        options = onnxruntime.SessionOptions()
        # As many threads as PyTorch would use: its own default ignores the limit that is set.
        options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS") or 0)
        try:
            facts = json.loads((folder / _INT8_FACTS).read_text(encoding="utf-8"))
            self.window, self.dimensions = int(facts["window"]), int(facts["dimensions"])
            self.tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
            self._session = onnxruntime.InferenceSession(
                str(folder / INT8_FILE), options, providers=["CPUExecutionProvider"]
            )
        except (OSError, ValueError, KeyError, RuntimeError) as unusable:
            raise ModelError(
                f"{folder}: not as it was exported ({unusable}); remove the folder, "
                "and it is made anew"
            ) from None

    def vectors(self, tokens: Mapping[str, NDArray[np.int64]]) -> NDArray[np.float32]:
        fed = {name: tokens[name] for name in _INPUTS}
        (vectors,) = self._session.run(None, fed)
        return np.asarray(vectors, dtype=np.float32)


def export_int8(model: SentenceTransformer, folder: Path) -> None:
    """Write a BERT encoder with mean pooling to ``folder``, its weights as eight-bit numbers.

    Each column of a weight matrix has a scale of its own, without which vectors lose their
    meaning; the table of words stays as it is. Written whole or not at all. Raises ModelError where
    the libraries of the extra ``onnx`` are missing, or the encoder is of another kind.
    """
    kinds = [type(part).__name__ for part in model]
    pooling: Any = model[1] if kinds[:2] == ["Transformer", "Pooling"] else None
    if pooling is None or pooling.get_config_dict().get("pooling_mode") != "mean":
        raise ModelError(f"{folder}: only an encoder with mean pooling can be exported: {kinds}")
    try:
        from onnxruntime.quantization import QuantType, quantize_dynamic
    except ImportError:
        raise ModelError(f"{folder}: cannot be made without ONNX: {_REMEDY}") from None
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as half:
        whole, made = Path(half) / "fp32.onnx", Path(half) / folder.name
        made.mkdir()
        _export(model, whole)
        quantize_dynamic(
            whole,
            made / INT8_FILE,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul"],
        )
        model.tokenizer.save_pretrained(str(made))
        facts = {"window": model.max_seq_length, "dimensions": model.get_embedding_dimension()}
        (made / _INT8_FACTS).write_text(json.dumps(facts), encoding="utf-8")
        made.rename(folder)


def _export(model: SentenceTransformer, path: Path) -> None:
    import torch

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words: Any = model[0].auto_model

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:  # noqa: ANN401 - tensors
            tokens = dict(zip(_INPUTS, (input_ids, attention_mask, token_type_ids), strict=True))
            states = self.words(**tokens).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(states.dtype)
            pooled = (states * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(pooled, dim=1)

    example = model.tokenizer(
        ["Two texts, one of them longer.", "So."], padding=True, return_tensors="pt"
    )
    free = torch.export.Dim.AUTO
    torch.onnx.export(
        Whole().eval(),
        tuple(example[name] for name in _INPUTS),
        str(path),
        input_names=list(_INPUTS),
        output_names=["vectors"],
        dynamic_shapes={name: {0: free, 1: free} for name in _INPUTS},
        dynamo=True,
        external_data=False,
        verbose=False,
    )
