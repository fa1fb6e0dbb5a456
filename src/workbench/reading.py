"""One report as one person may see it: what is suggested, what they said, and what stays hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from review.anchors import Found
from review.annotations import (
    NOTHING,
    OFF_TOPIC,
    OUTSIDE,
    Annotation,
    Direction,
    Note,
    Planted,
    Wrong,
)
from review.blindness import is_drawn
from review.records import Report
from review.store.anchors import StandingAnnotation
from review.store.passages import PassageRow, ScoredTheme

BESIDE = (OUTSIDE, OFF_TOPIC, NOTHING)


@dataclass(frozen=True, kw_only=True)
class Item:
    """A theme put before a person for a passage, by the model or planted: both look the same."""

    theme: str
    score: float
    direction: Direction
    direction_score: float
    nearest: str
    suggestion_id: int | None
    planted_id: int | None = None
    wrong: Wrong | None = None


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A report with its passages, for one reviewer.

    ``own`` and ``others`` are the annotations that stand; ``seen`` are text hash, start and end of
    what the reviewer ever answered; ``planted`` what awaits their answer, by passage and theme.
    ``earlier`` was said of texts that the report had before, stands, and was not answered anew.
    ``text`` is title and abstract, the abstract from ``first`` on, or what was read from the full
    text.
    """

    report: Report
    passages: tuple[PassageRow, ...]
    reviewer: str
    blind_share: float
    text: str
    text_hash: str
    first: int = 0
    has_full_text: bool = False
    own: tuple[Annotation, ...] = ()
    others: tuple[Annotation, ...] = ()
    earlier: tuple[StandingAnnotation, ...] = ()
    notes: tuple[Note, ...] = ()
    seen: frozenset[tuple[str, int, int]] = frozenset()
    planted: Mapping[tuple[int, str], Item] = field(default_factory=dict)

    def passage_at(self, place: int | None) -> PassageRow | None:
        """The passage in which that character of the text stands."""
        for passage in self.passages:
            if place is not None and passage.quote.start <= place < passage.quote.end:
                return passage
        return None

    def is_hidden(self, passage: PassageRow) -> bool:
        """Whether the machine's view of a passage must not be shown before an answer."""
        return (
            bool(passage.suggested)
            and is_blind(self.blind_share, self.reviewer, passage.text_hash, passage.quote.start)
            and not any(_overlaps(passage, *place) for place in self.seen)
            # Whoever answered these words in another text has been shown what is suggested.
            and not self.said_earlier(passage)
        )

    def items(self, passage: PassageRow) -> tuple[Item, ...]:
        """What is put before the reviewer for a passage; nothing where it is hidden."""
        if self.is_hidden(passage):
            return ()
        planted = [i for (key, _), i in self.planted.items() if key == passage.passage_id]
        replaced = {item.theme for item in planted}
        real = [item_of(s) for s in passage.suggested if s.theme not in replaced]
        return tuple(sorted([*planted, *real], key=lambda item: -item.score))

    def said(self, passage: PassageRow, theme: str = "") -> tuple[Annotation, ...]:
        """What the reviewer says of a passage, of one theme if it is named."""
        return tuple(a for a in self.own if _is_on(a, passage) and a.theme in (theme or a.theme,))

    @property
    def own_earlier(self) -> tuple[StandingAnnotation, ...]:
        """What the reviewer said of texts that the report had before."""
        return tuple(e for e in self.earlier if e.said.reviewer == self.reviewer)

    def said_earlier(self, passage: PassageRow, theme: str = "") -> tuple[StandingAnnotation, ...]:
        """Those whose words, or words like them, stand in a passage, of one theme if named."""
        return tuple(
            e
            for e in self.own_earlier
            if e.found is not Found.LOST
            and _is_on(e.today, passage)
            and e.said.theme in (theme or e.said.theme,)
        )

    @property
    def others_earlier(self) -> tuple[StandingAnnotation, ...]:
        """What others said of texts before, once the reviewer has answered all of this one."""
        if not self.own or self.open_places():
            return ()
        return tuple(e for e in self.earlier if e.said.reviewer != self.reviewer)

    def is_open(self, passage: PassageRow, theme: str) -> bool:
        """Whether an item awaits the reviewer's answer; what is planted always does."""
        return (passage.passage_id, theme) in self.planted or not self.said(passage, theme)

    def places(self, theme: str = "") -> Iterator[tuple[PassageRow, str]]:
        """Every passage and theme to be answered, in the order of the text.

        A hidden passage comes once, without a theme, and not where only one theme is asked for:
        that would tell what is suggested for it.
        """
        for passage in self.passages:
            if self.is_hidden(passage) and not theme:
                yield passage, ""
            for item in self.items(passage):
                if not theme or item.theme == theme:
                    yield passage, item.theme

    def open_places(self, theme: str = "") -> list[tuple[PassageRow, str]]:
        """Those of the places that still await an answer."""
        return [(p, on) for p, on in self.places(theme) if not on or self.is_open(p, on)]

    def others_on(self, passage: PassageRow) -> tuple[Annotation, ...]:
        """What other people said of a passage, once the reviewer has answered all of it."""
        if not self.is_answered(passage):
            return ()
        return tuple(a for a in self.others if _is_on(a, passage))

    def note_on(self, passage: PassageRow) -> str:
        """The reviewer's note on a passage."""
        own = [n for n in self.notes if n.reviewer == self.reviewer and _is_noted(n, passage)]
        return own[-1].text if own else ""

    def notes_of_others(self, passage: PassageRow) -> tuple[Note, ...]:
        """Other people's notes on a passage, once the reviewer has answered all of it."""
        if not self.is_answered(passage):
            return ()
        others = (n for n in self.notes if n.reviewer != self.reviewer)
        return tuple(n for n in others if _is_noted(n, passage))

    def is_answered(self, passage: PassageRow) -> bool:
        """Whether the reviewer has said all that is asked of a passage."""
        if self.is_hidden(passage) or not self.said(passage):
            return False
        return not any(self.is_open(passage, item.theme) for item in self.items(passage))


def is_blind(share: float, reviewer: str, text_hash: str, start: int) -> bool:
    """Whether a reviewer answers the passage that starts there before seeing what is suggested."""
    return is_drawn(share, "passage", reviewer, text_hash, start)


def item_of(scored: ScoredTheme) -> Item:
    """A suggestion as it is put before a person."""
    return Item(
        theme=scored.theme,
        score=scored.score,
        direction=scored.direction,
        direction_score=scored.direction_score,
        nearest=scored.nearest,
        suggestion_id=scored.suggestion_id,
    )


def own_item(said: Annotation) -> Item:
    """What a person said without the machine, to be answered anew; it has no score."""
    return Item(
        theme=said.theme,
        score=0.0,
        direction=said.direction,
        direction_score=0.0,
        nearest="",
        suggestion_id=None,
    )


def in_words(probability: float) -> str:
    """How likely a probability in [0, 1] is, in words."""
    steps = ((0.9, "very likely"), (0.7, "likely"), (0.5, "more likely than not"))
    return next((words for least, words in steps if probability >= least), "possible")


def plant(planted: Planted, passage: PassageRow, nearest: str) -> Item:
    """What was planted, dressed as a suggestion: its scores are drawn, and always the same."""
    draws = [is_drawn(n / 40, planted.planted_id, planted.theme) for n in range(41)]
    real = next((s for s in passage.themes if s.theme == planted.theme), None)
    return Item(
        theme=planted.theme,
        score=real.score if real else 0.55 + 0.4 * sum(draws) / 41,
        direction=planted.direction,
        direction_score=real.direction_score if real else 0.6 + 0.3 * sum(draws) / 41,
        nearest=real.nearest if real else nearest,
        suggestion_id=None,
        planted_id=planted.planted_id,
        wrong=planted.wrong,
    )


def _is_on(said: Annotation, passage: PassageRow) -> bool:
    return _overlaps(passage, said.text_hash, said.quote.start, said.quote.end)


def _is_noted(note: Note, passage: PassageRow) -> bool:
    quote = note.quote
    return quote is not None and _overlaps(passage, note.text_hash, quote.start, quote.end)


def _overlaps(passage: PassageRow, text_hash: str, start: int, end: int) -> bool:
    return (
        text_hash == passage.text_hash and start < passage.quote.end and end > passage.quote.start
    )
