"""What may lie outside the codebook: relevant passages that no theme claims, in groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import AgglomerativeClustering
from sklearn.feature_extraction.text import CountVectorizer

from review.annotations import PassageTags
from review.language import Vectors

# A passage is a candidate where it likely reports an influence and no theme is near.
_RELEVANT, _FAR = 0.5, 0.3
# Mean cosine distance at which two groups are still one, and the fewest that make a group: two
# passages alike are a coincidence.
_ALIKE, _FEWEST = 0.65, 3
_WORDS = 4


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Passages alike that no theme claims, by number and most typical first.

    ``words`` are those that tell them best from the other passages, most telling first.
    """

    words: tuple[str, ...]
    passages: tuple[int, ...]


def find_outside(
    tags: Sequence[PassageTags], texts: Sequence[str], vectors: Vectors
) -> tuple[Candidate, ...]:
    """Groups of passages that report an influence of no theme, the largest first.

    ``vectors`` are the unit vectors of the ``texts`` of the ``tags``. For maintainers of the
    codebook: a group is a question, not a finding. The same passages give the same groups.
    """
    loose = np.flatnonzero([_is_outside(tag) for tag in tags])
    if len(loose) < _FEWEST:
        return ()
    labels = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=_ALIKE
    ).fit_predict(vectors[loose])
    groups = [loose[labels == label] for label in np.unique(labels)]
    groups = sorted((g for g in groups if len(g) >= _FEWEST), key=lambda g: (-len(g), g[0]))
    return tuple(
        Candidate(
            words=_telling_words([texts[n] for n in group], texts),
            passages=tuple(_typical_first(group, vectors)),
        )
        for group in groups
    )


def _is_outside(tag: PassageTags) -> bool:
    near = any(theme.suggested or theme.score >= _FAR for theme in tag.themes)
    return tag.relevance >= _RELEVANT and not near


def _typical_first(group: NDArray[np.intp], vectors: Vectors) -> list[int]:
    nearness = vectors[group] @ vectors[group].mean(axis=0)
    return [int(group[n]) for n in np.argsort(-nearness, kind="stable")]


def _telling_words(own: Sequence[str], texts: Sequence[str]) -> tuple[str, ...]:
    """Words of many passages of the group and of few others, by the gain in log odds."""
    counter = CountVectorizer(binary=True, stop_words="english")
    try:
        inside = np.asarray(counter.fit_transform(own).sum(axis=0)).ravel()
    except ValueError:  # not one word but stop words
        return ()
    all_of_them = np.asarray(counter.transform(texts).sum(axis=0)).ravel()
    gain = inside / len(own) * np.log((len(texts) + 1) / (all_of_them - inside + 1))
    words = counter.get_feature_names_out()
    return tuple(str(words[n]) for n in np.argsort(-gain, kind="stable")[:_WORDS])
