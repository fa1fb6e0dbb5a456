"""What is said about a passage: the machine's suggestion and a person's annotation, kept apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from review.decisions import Quote

# What people say of a passage beside the themes of the codebook. No key of a theme has a hyphen, so
# that these are counted as annotations and in no theme.
OUTSIDE, OFF_TOPIC, NOTHING = "outside-codebook", "not-about-peer-workers", "no-theme"


class Direction(StrEnum):
    """How an influence acts on implementation in one passage."""

    FACILITATOR = "facilitator"
    BARRIER = "barrier"
    BOTH = "both"
    UNCLEAR = "unclear"


class AnnotationVerdict(StrEnum):
    """A person's answer to a suggestion, or a theme the machine missed."""

    ACCEPT = "accept"
    REJECT = "reject"
    ADD = "add"


class Lane(StrEnum):
    """How passages come before a person who verifies them."""

    STUDY = "study"
    ASKED = "asked"
    SWEEP = "sweep"
    LIKELY = "likely"
    UNCERTAIN = "uncertain"
    RARE = "rare"
    DISAGREEMENT = "disagreement"
    SECOND_LOOK = "second_look"
    AUDIT = "audit"
    RECHECK = "recheck"


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A stretch of a report that may speak of an influence: a sentence, with where it stands.

    ``section`` is the heading it stands under in lower case ("results"), empty where unknown;
    ``position`` counts passages of the text from 0; the quote anchors it.
    """

    quote: Quote
    position: int
    section: str = ""


@dataclass(frozen=True, kw_only=True)
class ThemeScore:
    """One theme of the codebook on one passage, as the machine sees it.

    ``score`` in [0, 1] is the calibrated probability that a person would tag the theme;
    ``suggested`` says whether it passes the theme's threshold; ``direction_score`` in [0, 1] is
    the probability of the direction named; ``nearest`` is the most similar verified or codebook
    example of this theme.
    """

    theme: str
    score: float
    suggested: bool
    direction: Direction
    direction_score: float
    nearest: str


@dataclass(frozen=True, kw_only=True)
class PassageTags:
    """A passage with its themes, best first.

    ``relevance`` in [0, 1] is the probability that it reports any influence on implementation.
    """

    passage: Passage
    relevance: float
    themes: tuple[ThemeScore, ...]


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """A person's word on one theme of one passage; never changed, only withdrawn by a new row.

    ``lane`` says how the passage came before them; ``saw_suggestion`` is false where the machine's
    view was hidden until they had answered.
    """

    annotation_id: str
    report_id: int
    text_hash: str
    quote: Quote
    theme: str
    verdict: AnnotationVerdict
    direction: Direction
    reviewer: str
    annotated_at: datetime
    codebook_version: str
    suggestion_id: int | None = None
    saw_suggestion: bool = True
    lane: str = ""


@dataclass(frozen=True, kw_only=True)
class Note:
    """What a person wrote beside a report, or beside a passage of it where there is a quote.

    It is kept apart from every vote. The last note of a person on a place stands; an empty one
    takes it away. ``text_hash`` is of the text the quote is in, empty without a quote.
    """

    note_id: str
    report_id: int
    reviewer: str
    text: str
    noted_at: datetime
    text_hash: str = ""
    quote: Quote | None = None


class Wrong(StrEnum):
    """What is wrong with a suggestion that was planted."""

    THEME = "theme"
    DIRECTION = "direction"


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A suggestion known to be wrong, shown to one reviewer to see whether it is caught."""

    planted_id: int
    reviewer: str
    passage_id: int
    theme: str
    direction: Direction
    wrong: Wrong
