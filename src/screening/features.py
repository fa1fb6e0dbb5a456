"""What a report looks like to the criteria: its sentences, cue hits, counts and vectors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from review.language import Encoder, Vectors, detect_language
from review.records import Report, join_text
from review.sentences import Sentence, split_sentences
from screening.criteria import CueBook, Hit, Side
from screening.surroundings import Context

Matrix = NDArray[np.float64]
Scores = NDArray[np.float64]

# A structured abstract has up to 25 sentences; a pasted full text has hundreds, and what it is
# about stands at its beginning. Bounds the cost of a 200 KB "abstract".
_SENTENCES_READ = 40
# The encoder reads 256 tokens: more characters than this of one "sentence" are never seen.
_CHARACTERS_READ = 1500
# The first letter after Latin Extended-B.
_AFTER_LATIN = "\u0250"
# The models shrink every column alike, so a column's scale says how much it is trusted. Chosen by
# grouped cross-validation: a criterion's own cues speak louder than those of the others.
_OTHERS_COUNT = 0.3
_VECTORS_COUNT = 1.5
# Raise it when the same text gives other columns: a model fitted on other columns is refused.
LAYOUT = "5"
# Counts per criterion, in this order, in ``cue_counts``.
COUNT_NAMES = (
    "for in title",
    "for in body",
    "for in first sentences",
    "for anywhere",
    "weakly for in title",
    "weakly for in body",
    "for negated",
    "for aside",
    "against in title",
    "against in body",
    "against anywhere",
    "weakly against in title",
    "weakly against in body",
    "against negated or aside",
    "firmly for and nothing against",
    "more for than against",
    "firmly against and nothing for",
)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A report as the criteria see it.

    ``text`` is title, a line break, abstract; ``stated`` the language its source states and
    ``language`` the one it is written in (ISO 639-1, empty where unknown); ``sentences`` are all
    sentences of the text, the first ``in_title`` of which are the title's; ``hits`` per criterion.
    """

    text: str
    title: str
    stated: str
    language: str
    sentences: tuple[Sentence, ...]
    in_title: int
    hits: Mapping[str, Sequence[Hit]]

    @property
    def has_abstract(self) -> bool:
        """Whether anything but a title can be read."""
        return len(self.sentences) > self.in_title

    def is_firm(self, sentences: set[int]) -> bool:
        """Whether it is said of these sentences in earnest: in the title, or in two of them.

        One mention in passing excludes nobody.
        """
        return len(sentences) > 1 or any(n < self.in_title for n in sentences)

    @property
    def in_english(self) -> bool:
        """Whether cues and classifiers, which know English, can judge the text.

        A text whose language cannot be told counts as English unless its source says otherwise,
        or most of its letters are of another script, whatever its source says.
        """
        return (self.language or self.stated or "en") == "en" and _in_latin_script(self.text)


def read_report(report: Report | tuple[str, str, str], cues: CueBook) -> Reading:
    """Split a report, or a (title, abstract, language) triple, and find the cues in it.

    Text that is only blanks, digits or signs has no sentences.
    """
    if isinstance(report, Report):
        title, abstract, stated = report.title, report.abstract, report.language
    else:
        title, abstract, stated = report
    text = join_text(title, abstract)
    sentences = [s for s in split_sentences(text) if any(c.isalpha() for c in s.text)]
    return Reading(
        text=text,
        title=title,
        stated=stated.strip().lower(),
        language=detect_language(text),
        sentences=tuple(sentences),
        in_title=sum(s.end <= len(title) for s in sentences),
        hits=cues.find(text, sentences),
    )


def cue_counts(readings: Sequence[Reading], criteria: Sequence[str]) -> Matrix:
    """Cue counts of all criteria, shape (readings, criteria x COUNT_NAMES), log(1 + count)."""
    rows = [[n for key in criteria for n in _counts(reading, key)] for reading in readings]
    shape = (len(readings), len(criteria) * len(COUNT_NAMES))
    return np.log1p(np.array(rows, dtype=np.float64).reshape(shape))


@dataclass(frozen=True, kw_only=True)
class Embedded:
    """Vectors of one report: title (dimensions,), and the sentences read (n, dimensions).

    ``numbers`` are the indices of those sentences in ``Reading.sentences``; the title's own
    sentences are among them.
    """

    title: Vectors
    sentences: Vectors
    numbers: tuple[int, ...]

    def mean(self) -> Vectors:
        """Mean of the sentence vectors; zero where there is none."""
        if not len(self.sentences):
            return np.zeros_like(self.title)
        return np.asarray(self.sentences.mean(axis=0), dtype=np.float32)

    def mean_of(self, numbers: Iterable[int]) -> Vectors:
        """Mean vector of some sentences; zero where none of them was read."""
        wanted = set(numbers)
        rows = [row for row, number in enumerate(self.numbers) if number in wanted]
        if not rows:
            return np.zeros_like(self.title)
        return np.asarray(self.sentences[rows].mean(axis=0), dtype=np.float32)


def embed_readings(readings: Sequence[Reading], encoder: Encoder) -> list[Embedded]:
    """Vectors of titles and sentences, each distinct text embedded once."""
    chosen = [range(min(len(r.sentences), _SENTENCES_READ)) for r in readings]
    texts = {
        text: None
        for reading, numbers in zip(readings, chosen, strict=True)
        for text in (_title(reading), *(_shown(reading.sentences[n]) for n in numbers))
    }
    row = {text: index for index, text in enumerate(texts)}
    vectors = encoder.embed(list(texts))
    return [
        Embedded(
            title=vectors[row[_title(reading)]],
            sentences=vectors[[row[_shown(reading.sentences[n])] for n in numbers]]
            if numbers
            else np.zeros((0, vectors.shape[1]), dtype=np.float32),
            numbers=tuple(numbers),
        )
        for reading, numbers in zip(readings, chosen, strict=True)
    ]


def hit_sentences(reading: Reading, criterion: str) -> list[int]:
    """Indices of the sentences where cues speak for a criterion, not denied and not in passing."""
    return sorted(
        {
            hit.sentence
            for hit in reading.hits[criterion]
            if hit.side is Side.FOR and hit.context is Context.PLAIN
        }
    )


@dataclass(frozen=True, kw_only=True)
class Described:
    """Reports ready to be scored: readings, vectors, and per criterion the dense rows.

    A dense row is [cue counts of all criteria, mean vector of the sentences with this criterion's
    cues, vector of the title, mean vector of all sentences].
    """

    readings: Sequence[Reading]
    embedded: Sequence[Embedded]
    dense: Mapping[str, Matrix]

    def words(self) -> list[str]:
        """Title and abstract, for models of words; a pasted full text is cut."""
        return [r.text[: _SENTENCES_READ * _CHARACTERS_READ] for r in self.readings]

    def take(self, rows: Sequence[int]) -> Described:
        """Some of the reports, in that order."""
        return Described(
            readings=[self.readings[i] for i in rows],
            embedded=[self.embedded[i] for i in rows],
            dense={key: matrix[list(rows)] for key, matrix in self.dense.items()},
        )


def describe_readings(
    readings: Sequence[Reading], criteria: Sequence[str], encoder: Encoder
) -> Described:
    """Embed the readings and lay out what the models read, for each of the text criteria."""
    embedded = embed_readings(readings, encoder)
    # By name, so that a protocol whose criteria change places leaves every column where it was.
    names = sorted(criteria)
    counts = cue_counts(readings, names)
    shared = [np.concatenate([e.title, e.mean()]) for e in embedded]

    def rows(criterion: str) -> Matrix:
        hit = [
            e.mean_of(hit_sentences(r, criterion)) for r, e in zip(readings, embedded, strict=True)
        ]
        size = (len(readings), -1) if readings else (0, 0)
        own = np.array([name == criterion for name in names]).repeat(len(COUNT_NAMES))
        return np.hstack(
            [
                counts * np.where(own, 1.0, _OTHERS_COUNT),
                _VECTORS_COUNT * np.array(hit).reshape(size),
                _VECTORS_COUNT * np.array(shared).reshape(size),
            ],
            dtype=np.float64,
        )

    return Described(
        readings=readings, embedded=embedded, dense={key: rows(key) for key in criteria}
    )


def _in_latin_script(text: str) -> bool:
    """Whether at least half of the letters are Latin ones; so for a text without letters."""
    letters = [c for c in text[:_CHARACTERS_READ] if c.isalpha()]
    return 2 * sum(c < _AFTER_LATIN for c in letters) >= len(letters)


def _title(reading: Reading) -> str:
    return reading.title[:_CHARACTERS_READ]


def _shown(sentence: Sentence) -> str:
    return sentence.text[:_CHARACTERS_READ]


def _counts(reading: Reading, criterion: str) -> list[int]:
    title = reading.in_title
    hits = reading.hits[criterion]
    counts: list[int] = []
    for side in Side:
        plain = [h for h in hits if h.side is side and h.context is Context.PLAIN]
        firm = [h.sentence for h in plain if not h.weak]
        weak = [h.sentence for h in plain if h.weak]
        counts += [sum(n < title for n in firm), sum(n >= title for n in firm)]
        if side is Side.FOR:
            counts.append(sum(title <= n < title + 3 for n in firm))
        counts.append(bool(firm))
        counts += [sum(n < title for n in weak), sum(n >= title for n in weak)]
        counts += _counts_in_context(hits, side)
    return counts + _weighed_up(reading, hits)


def _weighed_up(reading: Reading, hits: Sequence[Hit]) -> list[int]:
    """What the strong cues come to together, nearly as where cues alone judge.

    One strong cue that weak ones in two other sentences bear out was not said in passing either.
    """
    plain = [h for h in hits if h.context is Context.PLAIN]
    speaks_for = {h.sentence for h in plain if h.side is Side.FOR and not h.weak}
    against = {h.sentence for h in plain if h.side is Side.AGAINST and not h.weak}
    weakly = {h.sentence for h in plain if h.side is Side.FOR} - speaks_for
    repeated = bool(speaks_for) and len(weakly) > 1
    return [
        (repeated or reading.is_firm(speaks_for)) and not against,
        len(speaks_for) > len(against),
        reading.is_firm(against) and not speaks_for,
    ]


def _counts_in_context(hits: Sequence[Hit], side: Side) -> list[int]:
    negated = sum(h.side is side and h.context is Context.NEGATED for h in hits)
    aside = sum(h.side is side and h.context is Context.ASIDE for h in hits)
    return [negated, aside] if side is Side.FOR else [negated + aside]
