"""What is said about a report: the machine's assessment and a person's decision, kept apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# So many characters are kept on either side of a quote.
AROUND = 32


class Verdict(StrEnum):
    """What is to happen with a report at one stage."""

    INCLUDE = "include"
    EXCLUDE = "exclude"
    UNSURE = "unsure"


class Answer(StrEnum):
    """Whether a criterion is met; for an exclusion criterion ``met`` speaks for exclusion."""

    MET = "met"
    NOT_MET = "not_met"
    UNCLEAR = "unclear"


class Stage(StrEnum):
    """The two stages of screening (PRISMA 2020)."""

    TITLE_ABSTRACT = "title_abstract"
    FULL_TEXT = "full_text"


@dataclass(frozen=True, kw_only=True)
class Quote:
    """A stretch of a report's text: position *and* exact words *and* surroundings.

    ``start`` and ``end`` count code points in ``Report.text``; ``prefix`` and ``suffix`` are up to
    ``AROUND`` characters on either side, so that the quote can be found again when the text has
    changed (W3C Web Annotation Data Model, TextQuoteSelector).
    """

    start: int
    end: int
    exact: str
    prefix: str
    suffix: str


def quote_from(text: str, start: int, end: int) -> Quote:
    """The quote at ``text[start:end]``.

    Raises ValueError where the range is empty or lies outside the text.
    """
    if not 0 <= start < end <= len(text):
        raise ValueError(f"no quote at {start}:{end} of a text of {len(text)} characters")
    return Quote(
        start=start,
        end=end,
        exact=text[start:end],
        prefix=text[max(0, start - AROUND) : start],
        suffix=text[end : end + AROUND],
    )


def find_quote(text: str, quote: Quote) -> Quote | None:
    """The quote where its words stand in a text, which may have changed since it was taken.

    They stand where they stood, or else once with all that surrounded them, or else once. None
    where they do not, or where nothing says which of several it was.
    """
    if text[quote.start : quote.end] == quote.exact:
        return quote_from(text, quote.start, quote.end) if quote.exact else None
    for before, after in ((quote.prefix, quote.suffix), ("", "")):
        sought = before + quote.exact + after
        first = text.find(sought) if quote.exact else -1
        if first >= 0 and text.find(sought, first + 1) < 0:
            start = first + len(before)
            return quote_from(text, start, start + len(quote.exact))
    return None


@dataclass(frozen=True, kw_only=True)
class CriterionAnswer:
    """The machine's answer to one criterion.

    ``probability`` in [0, 1] is the calibrated probability that the criterion is met;
    ``quote`` is the passage that decides, None where nothing in the text speaks to it.
    """

    criterion: str
    answer: Answer
    probability: float
    quote: Quote | None = None


@dataclass(frozen=True, kw_only=True)
class DecisionAnswer:
    """A person's answer to one criterion; ``quote`` is the passage they say decides, if any."""

    criterion: str
    answer: Answer
    quote: Quote | None = None


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """The machine's view of one text: one answer per criterion, and what follows from them.

    ``probability`` in [0, 1] is the probability that the report meets the review's criteria;
    ``exclusion_reason`` is set exactly when ``verdict`` is exclude.
    """

    verdict: Verdict
    probability: float
    exclusion_reason: str | None
    answers: tuple[CriterionAnswer, ...]
    model: str


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A person's verdict on a report at one stage; never changed, only withdrawn by a new row.

    ``decision_id`` is made by the client, so that sending it twice is harmless. ``answers`` are
    the person's own, one a criterion they answered; ``lane`` says how the report came before them,
    such as ``ranked``; ``saw_assessment`` is false where the machine's view was hidden until then.
    """

    decision_id: str
    report_id: int
    stage: Stage
    reviewer: str
    verdict: Verdict
    decided_at: datetime
    exclusion_reason: str | None = None
    saw_assessment: bool = True
    answers: tuple[DecisionAnswer, ...] = ()
    lane: str = ""


def agree(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict all share; people who differ are, together, unsure."""
    said = set(verdicts)
    return said.pop() if len(said) == 1 else Verdict.UNSURE


class Sameness(StrEnum):
    """What is said of two records.

    One report, two reports, two reports of one study, or let a person look.
    """

    SAME = "same"
    DIFFERENT = "different"
    LINKED = "linked"
    ASK = "ask"
