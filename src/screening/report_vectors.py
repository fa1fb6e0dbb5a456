"""What a report says as numbers that can be compared: title, sentences, and the question."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from review.language import Encoder, VectorCache, Vectors
from review.protocol import Protocol
from review.records import hash_text, join_text
from review.sentences import split_sentences
from screening.features import Embedded, Reading, embed_readings
from screening.ranking import Portraits, Question

# Part of what the vectors are kept by: raise it when they are put together in another way.
_KIND = "report-1"
_BATCH = 256
# How much likelier a sentence is to answer the question, the nearer it is: a nearness of 0.1 more
# counts e times. Chosen on the sets benchmarks/screening.py names.
_SHARPNESS = 10.0
# What a phrase of the protocol says of how it is to be found, and is no word of it.
_SIGNS = re.compile(r"[*?]|\.\.\.")


def describe_reports(
    texts: Sequence[tuple[str, str]], question: Question, encoder: Encoder, cache: VectorCache
) -> Portraits:
    """What (title, abstract) pairs say, seen from the question.

    Sentences are read as ``features`` reads them, so those of a report that was judged are found
    in the cache; so is the whole portrait the next time the same is asked.
    """
    asked = hash_text(question.words)[:16]
    kind = f"{encoder.fingerprint} {_KIND} {asked}"
    cached = encoder.using(cache)
    rows: list[Vectors] = []
    for start in range(0, len(texts), _BATCH):
        batch = texts[start : start + _BATCH]
        hashes = [hash_text(join_text(title, abstract)) for title, abstract in batch]
        known = dict(cache.find(kind, hashes))
        missing = {h: text for h, text in zip(hashes, batch, strict=True) if h not in known}
        if missing:
            embedded = embed_readings([_read(*text) for text in missing.values()], cached)
            drawn = [_portray(one, question.vectors) for one in embedded]
            new = dict(zip(missing, drawn, strict=True))
            cache.keep(kind, new)
            known.update(new)
        rows += [known[h] for h in hashes]
    width = 3 * question.vectors.shape[1] + 1
    table = np.stack(rows) if rows else np.zeros((0, width), dtype=np.float32)
    return Portraits(vectors=table[:, :-1], nearness=table[:, -1])


def ask(sentences: Sequence[str], encoder: Encoder, *, phrases: Sequence[str] = ()) -> Question:
    """A question in one sentence or several, made ready to be compared with reports.

    ``phrases`` are further words to look for; they stand beside the question's words and leave its
    meaning alone.
    """
    whole = " ".join(sentences)
    return Question(words=" ".join([whole, *phrases]), vectors=encoder.embed([whole, *sentences]))


def ask_as_protocol(protocol: Protocol, encoder: Encoder) -> Question:
    """The question of a review: what it asks, and what a report must be to be included."""
    wanted = [c for c in protocol.criteria if c.kind == "inclusion" and c.judged_by == "text"]
    phrases = [_SIGNS.sub(" ", cue) for criterion in wanted for cue in criterion.cues]
    return ask(
        [protocol.question, *(criterion.question for criterion in wanted)],
        encoder,
        phrases=phrases,
    )


def _read(title: str, abstract: str) -> Reading:
    text = join_text(title, abstract)
    sentences = [s for s in split_sentences(text) if any(c.isalpha() for c in s.text)]
    return Reading(
        text=text,
        title=title,
        stated="",
        language="",
        sentences=tuple(sentences),
        in_title=sum(s.end <= len(title) for s in sentences),
        hits={},
    )


def _portray(embedded: Embedded, question: Vectors) -> Vectors:
    """Title, mean of the sentences, mean of those near the question; last, how near it is.

    The three have unit length together. Nearness is the mean of three likenesses: of title and
    mean to the whole question and of the nearest sentence to each part of it, which count half as
    much as that of the sentences near the question to the whole of it.
    """
    title, mean = _unit(embedded.title), _unit(embedded.mean())
    sentences = embedded.sentences if len(embedded.sentences) else embedded.title[np.newaxis]
    likeness = sentences @ question.T
    weights = np.exp(_SHARPNESS * (likeness[:, 0] - likeness[:, 0].max()))
    near = _unit(weights @ sentences)
    whole = float(_unit(np.concatenate([title, mean])) @ np.tile(question[0], 2)) / np.sqrt(2)
    each = float(likeness.max(axis=0).mean())
    nearness = (whole + each) / 4 + float(near @ question[0]) / 2
    return np.append(_unit(np.concatenate([title, mean, near])), nearness).astype(np.float32)


def _unit(vector: Vectors) -> Vectors:
    length = np.linalg.norm(vector)
    return np.asarray(vector / length if length else vector, dtype=np.float32)
