"""How many hard texts are split as a reader would, beside spaCy's sentencizer as it comes.

The texts are the project's own (tests/review/hard_sentences.txt); some were kept back while
the rules were written. Run it from the root of the checkout: `python -m benchmarks.sentences`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import spacy

from review.sentences import split_sentences
from tests.standins.sentences import HardText, read_hard_sentences

_REPEATS = 20


def main() -> None:
    """Print the share of texts split without a fault, and texts per second of processor time."""
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    peers: dict[str, Callable[[str], list[str]]] = {
        "living-review": lambda text: [s.text for s in split_sentences(text)],
        "spaCy sentencizer": lambda text: [s.text.strip() for s in nlp(text).sents],
    }
    texts = read_hard_sentences()
    for name, split in peers.items():
        kept_back = [hard for hard in texts if hard.kept_back]
        print(
            f"{name:18} {_right(texts, split)} of {len(texts)} right, "
            f"{_right(kept_back, split)} of the {len(kept_back)} kept back; "
            f"{_speed(texts, split):.0f} texts a second"
        )


def _right(texts: list[HardText], split: Callable[[str], list[str]]) -> int:
    return sum(split(hard.text) == list(hard.sentences) for hard in texts)


def _speed(texts: list[HardText], split: Callable[[str], list[str]]) -> float:
    began = time.process_time()
    for hard in texts * _REPEATS:
        split(hard.text)
    return len(texts) * _REPEATS / (time.process_time() - began)


if __name__ == "__main__":
    main()
