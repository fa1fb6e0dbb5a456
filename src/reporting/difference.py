"""The difference of two texts, word by word, for people to read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from review.records import Record
from review.reopenings import TEXT_CAUSES, Reopening

_WORD = re.compile(r"\S+\s*")


class Fate(StrEnum):
    """What became of words between two texts."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Consecutive words with one fate, with the blanks between them and none around."""

    fate: Fate
    text: str


@dataclass(frozen=True, kw_only=True)
class TextDifference:
    """Title and abstract of a report before and after, each in pieces in the order to read them."""

    title: tuple[Piece, ...]
    abstract: tuple[Piece, ...]

    @property
    def changed(self) -> tuple[str, ...]:
        """Which of the two changed: "title", "abstract", both or neither."""
        parts = (("title", self.title), ("abstract", self.abstract))
        return tuple(name for name, pieces in parts if any(p.fate is not Fate.KEPT for p in pieces))


@dataclass(frozen=True, kw_only=True)
class FieldDifference:
    """One field of two records, each side in pieces, REMOVED and ADDED where the two differ."""

    name: str
    first: tuple[Piece, ...]
    second: tuple[Piece, ...]

    @property
    def state(self) -> str:
        """ "same", "differs", or "alone" where only one of the two says anything."""
        if not self.first or not self.second:
            return "alone"
        is_kept = all(p.fate is Fate.KEPT for p in (*self.first, *self.second))
        return "same" if is_kept else "differs"


def compare_records(first: Record, second: Record) -> tuple[FieldDifference, ...]:
    """Every field in which either of two records says something, the telling ones first."""
    said = zip(_FIELDS, _values(first), _values(second), strict=True)
    return tuple(_compare_field(name, one, other) for name, one, other in said if one or other)


def compare_texts(before: str, after: str) -> TextDifference:
    """The difference of two texts of a report, as ``Report.text`` joins them."""
    (old_title, _, old_abstract), (new_title, _, new_abstract) = (
        text.partition("\n") for text in (before, after)
    )
    return TextDifference(
        title=compare_words(old_title, new_title),
        abstract=compare_words(old_abstract, new_abstract),
    )


def difference_of(reopened: Sequence[Reopening]) -> TextDifference | None:
    """From the text people decided on to the newest, None where only notices are the cause.

    ``reopened`` are the open re-openings of one report, oldest first.
    """
    texts = [r for r in reopened if r.cause in TEXT_CAUSES]
    return compare_texts(texts[-1].text_before, texts[-1].text_after) if texts else None


def compare_words(before: str, after: str) -> tuple[Piece, ...]:
    """The pieces that lead from one text to the other.

    Kept and removed pieces together are the words before, kept and added ones those after.
    """
    old, new = _WORD.findall(before), _WORD.findall(after)
    bare_old, bare_new = ([word.rstrip() for word in words] for words in (old, new))
    pieces: list[Piece] = []
    for _, i, j, k, m in SequenceMatcher(None, bare_old, bare_new).get_opcodes():
        if bare_old[i:j] == bare_new[k:m]:
            pieces.append(_piece(Fate.KEPT, new[k:m]))
            continue
        if i < j:
            pieces.append(_piece(Fate.REMOVED, old[i:j]))
        if k < m:
            pieces.append(_piece(Fate.ADDED, new[k:m]))
    return tuple(pieces)


_FIELDS = (
    *("Title", "Authors", "Year", "Journal", "Volume", "Issue", "Pages", "DOI", "PMID"),
    *("Language", "Kind", "Abstract"),
)


def _values(record: Record) -> tuple[str, ...]:
    return (
        record.title,
        "; ".join(record.authors),
        str(record.year or ""),
        *(record.journal, record.volume, record.issue, record.pages, record.doi, record.pmid),
        record.language,
        "; ".join(record.publication_types),
        record.abstract,
    )


def _compare_field(name: str, one: str, other: str) -> FieldDifference:
    if not one or not other:
        # What only one of them says is no difference.
        sides = (
            tuple(_piece(Fate.KEPT, [text]) for text in (side,) if text) for side in (one, other)
        )
    else:
        pieces = compare_words(one, other)
        sides = (
            tuple(p for p in pieces if p.fate is not gone) for gone in (Fate.ADDED, Fate.REMOVED)
        )
    left, right = sides
    return FieldDifference(name=name, first=left, second=right)


def _piece(fate: Fate, words: list[str]) -> Piece:
    return Piece(fate=fate, text="".join(words).strip())
