"""The encoder in eight-bit numbers gives nearly the same vectors, and is never mixed up with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from review.errors import ModelError
from review.language import Encoder

SENTENCES = [
    "Peer workers described how supervision helped them to stay in post.",
    "Nobody on the unit could say what the peer worker was there to do, so they drove the van.",
    "Low pay.",
    "The sample was drawn from a national register of certified specialists.",
]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """The default encoder exported on first use."""
    for library in ("onnx", "onnxruntime", "onnxscript"):
        pytest.importorskip(library, reason="the extra onnx is not installed")
    return Encoder(str(tmp_path_factory.mktemp("encoders") / "default.int8"))


# Nearly the same vectors, and a fingerprint of their own: the two are never compared.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_eight_bit_vectors_are_nearly_those_of_the_encoder(small: Encoder) -> None:
    usual = Encoder()
    cosines = (small.embed(SENTENCES) * usual.embed(SENTENCES)).sum(axis=1)
    # Over 300 labelled passages the mean is .992; these four are few, and one is short.
    assert cosines.mean() >= 0.98
    assert small.dimensions == usual.dimensions
    # The two are never taken for one another.
    assert "-int8" in small.fingerprint
    assert "-int8" not in usual.fingerprint
    assert small.fingerprint != usual.fingerprint
    assert list(Path(small.name).parent.iterdir()) == [Path(small.name)]


# What is exported stays as it was: opened again, it gives the same vectors.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_an_exported_encoder_is_found_again(small: Encoder) -> None:
    first = small.embed(SENTENCES)
    again = Encoder(small.name)
    assert again.fingerprint == small.fingerprint
    assert (again.embed(SENTENCES) == first).all()


# A folder that looks exported and is not is refused with what to do.
def test_a_folder_that_holds_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "default.int8").mkdir()
    with pytest.raises(ModelError, match=r"no \.safetensors file"):
        Encoder(str(tmp_path / "default.int8")).embed(SENTENCES)
