"""The words that count: pairs of them, and strings of characters, as they are weighed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer

# Words that stand in one or two of many texts teach nothing but these texts; of few, all are
# needed.
_MANY_TEXTS, _RAREST_OF_MANY = 500, 3
_READINGS: tuple[dict[str, Any], ...] = (
    {"ngram_range": (1, 2)},
    {"analyzer": "char_wb", "ngram_range": (3, 5)},
)


@dataclass(frozen=True, kw_only=True)
class WordSpace:
    """Words and word pairs, and strings of three to five characters, with how rare each is.

    ``terms`` holds those of each reading in a line each: as one text they fill a fifth of a list.
    """

    terms: tuple[str, ...]
    rarity: tuple[NDArray[np.float32], ...]

    def spell(self, texts: Sequence[str]) -> Any:  # noqa: ANN401 - SciPy sparse
        """The texts as sparse rows of unit length, shape (texts, terms); both readings alike."""
        halves = []
        for settings, terms, rarity in zip(_READINGS, self.terms, self.rarity, strict=True):
            reading = _reading(settings, vocabulary=terms.split("\n"))
            reading.idf_ = rarity
            if reading.analyzer == "char_wb":
                counts = _count_by_word(reading.build_analyzer(), reading.vocabulary, texts)
                weighing = TfidfTransformer(sublinear_tf=True)
                weighing.idf_ = rarity
                halves.append(weighing.transform(counts))
            else:
                halves.append(reading.transform(texts))
        return _join(halves)


def learn_words(texts: Sequence[str]) -> tuple[WordSpace, Any]:
    """What counts in these texts, which must hold a word, and the texts as ``spell`` gives them."""
    rarest = _RAREST_OF_MANY if len(texts) >= _MANY_TEXTS else 1
    readings = [_reading(settings, min_df=rarest) for settings in _READINGS]
    spelt = _join([reading.fit_transform(texts) for reading in readings])
    space = WordSpace(
        terms=tuple("\n".join(reading.get_feature_names_out()) for reading in readings),
        rarity=tuple(reading.idf_.astype(np.float32) for reading in readings),
    )
    return space, spelt


def _count_by_word(
    take_apart: Callable[[str], Sequence[str]], vocabulary: Sequence[str], texts: Sequence[str]
) -> Any:  # noqa: ANN401 - SciPy sparse
    """How often each string of characters stands in each text, shape (texts, vocabulary).

    Such strings do not reach from word to word, so each word is taken apart once, however often it
    stands: that counts in a third of the time.
    """
    columns = {string: column for column, string in enumerate(vocabulary)}

    @cache
    def columns_of(word: str) -> NDArray[np.int32]:
        known = (columns.get(string) for string in take_apart(word))
        return np.array([column for column in known if column is not None], dtype=np.int32)

    found = [[columns_of(word) for word in text.lower().split()] for text in texts]
    ends = np.cumsum([0, *(sum(map(len, own)) for own in found)])
    flat = [word for own in found for word in own]
    indices = np.concatenate(flat) if flat else np.zeros(0, dtype=np.int32)
    ones = np.ones(len(indices), dtype=np.float32)
    counts = sparse.csr_matrix((ones, indices, ends), shape=(len(texts), len(columns)))
    counts.sum_duplicates()
    return counts


def _join(halves: Sequence[Any]) -> Any:  # noqa: ANN401 - SciPy sparse
    return (0.5**0.5 * sparse.hstack(halves)).tocsr()


def _reading(settings: dict[str, Any], **more: Any) -> TfidfVectorizer:  # noqa: ANN401
    return TfidfVectorizer(sublinear_tf=True, dtype=np.float32, **settings, **more)
