"""Tag passages: every theme with its score, direction and the example most like it, best first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extraction.calibration import Floats, Truth
from extraction.clauses import read_by_clause
from extraction.cues import reports_nothing, stands_aside
from extraction.model import ExtractionModel
from review.annotations import Direction, Passage, PassageTags, ThemeScore
from review.decisions import Quote
from review.language import Encoder, Vectors, detect_language
from review.sentences import split_sentences

# Passages judged at a time: bounds the memory of the word space, not the length of the work.
_BATCH = 1024
# A sentence of 120 words stays within a window of 256 tokens; what follows is read as another.
_LONGEST_WORDS, _LONGEST_CHARACTERS = 120, 900
_LINE_WITHIN_SENTENCE = re.compile(r"[^\S\n]*\r?\n[^\S\n]*(?=[a-z])")


def tag_passages(
    passages: Sequence[Passage], model: ExtractionModel, encoder: Encoder
) -> list[PassageTags]:
    """The themes of every passage, all of them, best first.

    A passage of several sentences is judged sentence by sentence, and each theme takes its best
    one: what is never seen is a mean in which a remark drowns. Where sentences that pass the
    theme's threshold are surely opposed in direction, the direction is ``both``.
    ``direction_score`` is the probability of the likelier of facilitator and barrier, also where
    the direction is ``unclear`` because it is too low.

    A sentence that tells how or why a study was done keeps its scores, and nothing is suggested in
    it; nor in a reference, a caption or a row of a table. A passage without words scores 0
    throughout. One in another language than the model learnt from keeps its scores, which mean
    little, and nothing is suggested.

    Raises ModelError where the encoder is not the one the model was fitted with.
    """
    model.require_encoder(encoder)
    tags: list[PassageTags] = []
    for start in range(0, len(passages), _BATCH):
        tags.extend(_tag_batch(passages[start : start + _BATCH], model, encoder))
    return tags


def tag_texts(texts: Sequence[str], model: ExtractionModel, encoder: Encoder) -> list[PassageTags]:
    """The themes of texts, each taken as one passage of its own. See ``tag_passages``."""
    return tag_passages([_whole(text) for text in texts], model, encoder)


def _whole(text: str) -> Passage:
    return Passage(
        quote=Quote(start=0, end=len(text), exact=text, prefix="", suffix=""), position=0
    )


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What the model says of the pieces of a batch."""

    probabilities: Floats
    passing: Truth
    relevance: Floats
    facilitating: Floats
    nearest: NDArray[np.intp]


def _tag_batch(
    passages: Sequence[Passage], model: ExtractionModel, encoder: Encoder
) -> Iterator[PassageTags]:
    pieces = [list(_pieces(passage.quote.exact)) for passage in passages]
    distinct = list(dict.fromkeys(piece for own in pieces for piece in own))
    places = {piece: number for number, piece in enumerate(distinct)}
    seen = _see(distinct, model, encoder) if distinct else None
    for passage, own in zip(passages, pieces, strict=True):
        if seen is None or not own:
            yield PassageTags(passage=passage, relevance=0.0, themes=_nothing(model))
        else:
            rows = np.array([places[piece] for piece in own])
            yield _tag(passage, own, rows, seen, model)


def _see(pieces: Sequence[str], model: ExtractionModel, encoder: Encoder) -> _Seen:
    vectors = encoder.embed(pieces)
    views = model.scorer.views(pieces, vectors)
    probabilities = model.judge.probabilities(views)
    passing = probabilities >= model.judge.thresholds
    directions = read_by_clause(views, pieces, passing, model.scorer, encoder)
    return _Seen(
        probabilities=probabilities,
        passing=passing,
        relevance=model.judge.relevance(views),
        facilitating=model.direction_judge.facilitating(directions),
        nearest=_nearest(vectors, model),
    )


def _tag(
    passage: Passage,
    pieces: Sequence[str],
    rows: NDArray[np.intp],
    seen: _Seen,
    model: ExtractionModel,
) -> PassageTags:
    readable = detect_language(passage.quote.exact) in ("", model.language) or not model.language
    probabilities, passing = seen.probabilities[rows], seen.passing[rows]
    for number in np.flatnonzero(passing.any(axis=1)).tolist():
        passing[number] &= not reports_nothing(pieces[number], passage.section)
    if passing.any() and stands_aside(passage.quote.exact):
        passing[:] = False
    best = probabilities.argmax(axis=0)
    suggested = np.asarray(passing.any(axis=0))
    # Those that pass speak of the direction, or the best one where none does.
    speaking = passing | ((np.arange(len(rows))[:, None] == best) & ~suggested)
    nearest = seen.nearest[rows[best], np.arange(len(best))]
    scores = []
    # Lists, since one number at a time out of an array costs more than all the rest.
    for theme, score, is_suggested, facilitating, said, example in zip(
        model.themes,
        probabilities.max(axis=0).tolist(),
        suggested.tolist(),
        seen.facilitating[rows].T.tolist(),
        speaking.T.tolist(),
        nearest.tolist(),
        strict=True,
    ):
        direction, sureness = model.direction_judge.name_of_several(
            [p for p, speaks in zip(facilitating, said, strict=True) if speaks]
        )
        scores.append(
            ThemeScore(
                theme=theme,
                score=score,
                suggested=is_suggested and readable,
                direction=direction if readable else Direction.UNCLEAR,
                direction_score=sureness,
                nearest=model.examples.texts[example],
            )
        )
    return PassageTags(
        passage=passage,
        relevance=float(seen.relevance[rows].max()),
        themes=tuple(sorted(scores, key=lambda theme: -theme.score)),
    )


def _nearest(vectors: Vectors, model: ExtractionModel) -> NDArray[np.intp]:
    """The example of each theme most like each sentence, shape (sentences, themes)."""
    own = [np.flatnonzero(shows) for shows in model.examples.themes.T]
    # Theme by theme side by side, so that each is looked through where it lies.
    examples = model.examples.rows[np.concatenate(own)]
    cosines = vectors @ model.scorer.heads.taught.restored(examples).T
    ends = np.cumsum([len(rows) for rows in own])
    return np.stack(
        [
            rows[cosines[:, end - len(rows) : end].argmax(axis=1)]
            for rows, end in zip(own, ends, strict=True)
        ],
        axis=1,
    )


def _nothing(model: ExtractionModel) -> tuple[ThemeScore, ...]:
    return tuple(
        ThemeScore(
            theme=key,
            score=0.0,
            suggested=False,
            direction=Direction.UNCLEAR,
            direction_score=0.0,
            nearest="",
        )
        for key in model.themes
    )


def _pieces(text: str) -> Iterator[str]:
    """The sentences of a text, none longer than the encoder's window.

    A line broken within a sentence, as in text copied from a page, is mended first.
    """
    for sentence in split_sentences(_LINE_WITHIN_SENTENCE.sub(" ", text)):
        words = sentence.text.split()
        if len(words) <= _LONGEST_WORDS and len(sentence.text) <= _LONGEST_CHARACTERS:
            if any(character.isalpha() for character in sentence.text):
                yield sentence.text
            continue
        for start in range(0, len(words), _LONGEST_WORDS):
            piece = " ".join(words[start : start + _LONGEST_WORDS])
            for cut in range(0, len(piece), _LONGEST_CHARACTERS):
                if any(character.isalpha() for character in piece[cut : cut + _LONGEST_CHARACTERS]):
                    yield piece[cut : cut + _LONGEST_CHARACTERS]
