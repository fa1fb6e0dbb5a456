"""Sentence vectors already computed, so that no text is embedded twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import sqlalchemy as sa

from review.language import Vectors
from review.store.schema import embedding
from review.store.session import Session

# Little-endian float32, whatever machine wrote it.
_STORED = np.dtype("<f4")


def find_fingerprints(session: Session, text_hash: str) -> list[str]:
    """The encoders whose vector of a text is kept."""
    query = sa.select(embedding.c.fingerprint).where(embedding.c.text_hash == text_hash)
    return list(session.execute(query.order_by(embedding.c.fingerprint)).scalars())


class StoredVectors:
    """The cache of an ``Encoder`` in the store; its rows last when the session commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, fingerprint: str, hashes: Sequence[str]) -> Mapping[str, Vectors]:
        """The vectors that are known, each of shape (dimensions,)."""
        found: dict[str, Vectors] = {}
        wanted = sorted(set(hashes))
        for start in range(0, len(wanted), 500):
            query = sa.select(embedding.c.text_hash, embedding.c.vector).where(
                embedding.c.fingerprint == fingerprint,
                embedding.c.text_hash.in_(wanted[start : start + 500]),
            )
            for text_hash, vector in self._session.execute(query):
                found[text_hash] = np.frombuffer(vector, dtype=_STORED).astype(np.float32)
        return found

    def keep(self, fingerprint: str, vectors: Mapping[str, Vectors]) -> None:
        """Keep new vectors; a vector already there stays."""
        self._session.insert_missing(
            embedding,
            [
                {
                    "fingerprint": fingerprint,
                    "text_hash": text_hash,
                    "vector": vector.astype(_STORED).tobytes(),
                }
                for text_hash, vector in vectors.items()
            ],
        )
