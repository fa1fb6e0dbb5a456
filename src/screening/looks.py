"""What the sentence that a person would quote looks like, learnt from those that people quoted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from review.language import Vectors
from screening.criteria import Side
from screening.features import Embedded, Matrix, Reading, Scores
from screening.surroundings import Context

# Chosen by grouped cross-validation over the quotes of the shipped review.
_STRENGTH = 0.3
_VECTORS_COUNT = 1.5
# A report says what it did itself in other words than what is known: people quote the former.
_OF_ITS_OWN = re.compile(
    r"\b(we|our|participants?|this (study|review|paper|article|trial|pilot|project|protocol|"
    r"commentary|research|analysis|qualitative|mixed|randomi[sz]ed|cluster|cross)|"
    r"the (present |current )?study|(was|were) (recruited|interviewed|surveyed|randomi[sz]ed|held|"
    r"examined|assessed|collected|analy[sz]ed|conducted|enrolled|invited|asked))\b",
    re.IGNORECASE,
)
_AIM = re.compile(
    r"\b(aim(s|ed)?|objectives?|purpose|explore[sd]?|examine[sd]?|investigate[sd]?|sought|"
    r"we (asked|studied)|looked at|to (find|describe|learn|identify))\b",
    re.IGNORECASE,
)
# Whom a report is about, as in "adults who live with": what they have follows.
_PEOPLE = re.compile(
    r"\b(people|persons?|adults?|patients|clients|individuals|consumers|veterans|mothers|women|men|"
    r"those|members|inpatients|outpatients|residents|students|service users|workers) "
    r"(\w+ ){0,3}?(with|who|whose|living|experiencing|affected|diagnosed|recovering|leaving|in)\b",
    re.IGNORECASE,
)
# The headings of structured abstracts, by what stands under them.
_HEADINGS = (
    ("background", "introduction", "context", "problem"),
    ("aim", "objective", "purpose"),
    ("method", "design", "setting", "participants"),
    ("result", "finding"),
    ("conclusion", "discussion", "implication", "practical"),
)
_HEADING = re.compile(
    rf"({'|'.join(h for kind in _HEADINGS for h in kind)})[\w /&,-]{{0,30}}:", re.I
)
_NO_HEADING = len(_HEADINGS)


@dataclass(frozen=True, kw_only=True)
class Quoted:
    """One report in which a person quoted words for a criterion.

    ``shown`` says of each sentence read whether it holds those words; ``weight`` what the report
    counts for.
    """

    reading: Reading
    embedded: Embedded
    shown: NDArray[np.bool_]
    weight: float


def find_quoted(reading: Reading, embedded: Embedded, words: str) -> NDArray[np.bool_]:
    """Which of the sentences read hold some of the quoted words, wherever they stand."""
    places = [m.span() for m in re.finditer(re.escape(words), reading.text)] if words else []
    sentences = [reading.sentences[n] for n in embedded.numbers]
    shown = [any(s.start < end and s.end > start for start, end in places) for s in sentences]
    return np.array(shown, dtype=np.bool_)


def fit_looks(
    quoted: Sequence[Quoted], criterion: str, question: Vectors, fewest: int
) -> LogisticRegression | None:
    """A ranking of sentences, fitted on pairs: in one report, the quoted and one that was not.

    None where fewer reports than ``fewest`` tell of a choice. The ranking is then calibrated over
    single sentences, as many quoted as not, so that a probability of a half separates them.
    """
    chosen = [q for q in quoted if q.shown.any() and not q.shown.all()]
    if len(chosen) < fewest:
        return None
    rows = [sentence_features(q.reading, q.embedded, criterion, question) for q in chosen]
    shown = [q.shown for q in chosen]
    pairs = list(_pairs(rows, shown))
    weights = np.concatenate(
        [np.full(len(p), q.weight / len(p)) for p, q in zip(pairs, chosen, strict=True)]
    )
    # Every other pair is turned round, so that there are two classes to tell apart.
    sides = np.where(np.arange(len(weights)) % 2, 1, -1)
    model = _logistic(_STRENGTH, intercept=False)
    model.fit(
        np.vstack(pairs) * sides[:, None],
        sides,
        sample_weight=weights * len(weights) / sum(weights),
    )
    return _calibrated(model, np.vstack(rows), np.concatenate(shown))


def rank_sentences(
    looks: LogisticRegression,
    reading: Reading,
    embedded: Embedded,
    criterion: str,
    question: Vectors,
) -> Scores:
    """Log odds that each sentence read is one that shows the criterion, shape (sentences read,)."""
    features = sentence_features(reading, embedded, criterion, question)
    return np.asarray(looks.decision_function(features), dtype=np.float64)


def sentence_features(
    reading: Reading, embedded: Embedded, criterion: str, question: Vectors
) -> Matrix:
    """What tells whether a sentence shows a criterion, one row for each sentence read.

    Cue counts, place, whether it is the first to speak of it, voice, the heading it stands under,
    likeness to the criterion's question, and its vector; shape (sentences read, 29 + dimensions).
    """
    numbers = embedded.numbers
    counts = np.array([_cue_counts(reading, criterion, n) for n in numbers], dtype=np.float64)
    counts = counts.reshape(len(numbers), 8)
    body = np.array([n >= reading.in_title for n in numbers], dtype=np.bool_)
    texts = [reading.sentences[n].text for n in numbers]
    own = np.array([bool(_OF_ITS_OWN.search(text)) for text in texts], dtype=np.bool_) & body
    people = np.array([bool(_PEOPLE.search(text)) for text in texts], dtype=np.bool_)
    place = np.cumsum(body) - 1.0
    vectors = embedded.sentences.astype(np.float64)
    like = vectors @ question
    columns = [
        ~body,
        place == 0,
        np.where(body, place / max(1.0, body.sum() - 1.0), -0.2),
        np.arange(len(numbers)) == len(numbers) - 1,
        _first(body & (counts[:, 0] > 0)),
        _first(body & (counts[:, 0] + counts[:, 2] > 0)),
        [len(text) / 200 for text in texts],
        [bool(_AIM.search(text)) for text in texts],
        people,
        people & (counts[:, 0] > 0),
        own,
        _first(own),
        body & (np.cumsum(own) == 0) & own.any(),
        like,
        (like - like.mean()) / (like.std() + 1e-6) if len(like) else like,
    ]
    marks = np.array(columns, dtype=np.float64).T
    return np.hstack([counts, marks, _under_headings(texts), _VECTORS_COUNT * vectors])


def _cue_counts(reading: Reading, criterion: str, number: int) -> list[float]:
    """Firm and weak cues, whether there are any, the longest, those denied, those against."""
    hits = [h for h in reading.hits[criterion] if h.sentence == number]
    plain = [h for h in hits if h.context is Context.PLAIN]
    for_ = [h for h in plain if h.side is Side.FOR]
    firm = sum(not h.weak for h in for_)
    return [
        firm,
        bool(firm),
        len(for_) - firm,
        len(for_) > firm,
        max((len(h.cue.split()) - 1 for h in for_), default=0),
        sum(h.side is Side.FOR for h in hits) - len(for_),
        len(plain) - len(for_),
        len({h.cue for h in for_}),
    ]


def _under_headings(texts: Iterable[str]) -> Matrix:
    """Which heading each sentence stands under, one column a kind; the last is none so far."""
    rows = []
    under = _NO_HEADING
    for text in texts:
        if found := _HEADING.match(text):
            word = found[1].lower()
            under = next(n for n, kind in enumerate(_HEADINGS) if word in kind)
        rows.append([under == kind for kind in range(_NO_HEADING + 1)])
    return np.array(rows, dtype=np.float64).reshape(len(rows), _NO_HEADING + 1)


def _first(so: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The first of the sentences of which something is so, alone."""
    return np.asarray(so & (np.cumsum(so) == 1), dtype=np.bool_)


def _pairs(rows: Sequence[Matrix], shown: Sequence[NDArray[np.bool_]]) -> Iterator[Matrix]:
    """Per report the differences between each sentence quoted and each that was not."""
    for features, quoted in zip(rows, shown, strict=True):
        difference = features[quoted][:, None, :] - features[~quoted][None, :, :]
        yield difference.reshape(-1, features.shape[1])


def _calibrated(
    ranking: LogisticRegression, rows: Matrix, shown: NDArray[np.bool_]
) -> LogisticRegression:
    raw = ranking.decision_function(rows).reshape(-1, 1)
    scale = _logistic(1e4, intercept=True).fit(raw, shown)
    ranking.coef_ = ranking.coef_ * max(float(scale.coef_[0, 0]), 1e-6)
    ranking.intercept_ = np.array(scale.intercept_, dtype=np.float64)
    return ranking


def _logistic(strength: float, *, intercept: bool) -> Any:  # noqa: ANN401 - scikit-learn is untyped
    return LogisticRegression(
        C=strength,
        class_weight="balanced" if intercept else None,
        fit_intercept=intercept,
        solver="liblinear",
        max_iter=2000,
        random_state=0,
    )
