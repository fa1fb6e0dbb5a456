"""Texts that are hard to split, with the sentences a reader would see in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).parents[1] / "review" / "hard_sentences.txt"


@dataclass(frozen=True, kw_only=True)
class HardText:
    """A text, its sentences, and whether it was kept back while the rules were written."""

    text: str
    sentences: tuple[str, ...]
    kept_back: bool


def read_hard_sentences() -> list[HardText]:
    """All of them, in the order of the file."""
    kept_back = False
    texts = []
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        kept_back = kept_back or line == "## kept back"
        if line and not line.startswith("#"):
            texts.append(
                HardText(
                    text=line.replace(" ‖ ", " ").replace("‖", ""),
                    sentences=tuple(sentence.strip() for sentence in line.split("‖")),
                    kept_back=kept_back,
                )
            )
    return texts
