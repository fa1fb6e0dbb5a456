"""Votes of people that other screening programs wrote into the files they export."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from identification.cleaning import clean_text
from review.decisions import Verdict

ASREVIEW = "asreview"
COVIDENCE = "covidence"
EPPI = "eppi-reviewer"
# Who voted where a file names neither a person nor its program.
FILE = "file"

_RAYYAN = re.compile(r"RAYYAN-INCLUSION:(?P<votes>.*?)(?=\|\s*(?:RAYYAN-|USER-NOTES)|$)", re.DOTALL)
# BibTeX escapes the quotation marks and the arrow.
_RAYYAN_VOTE = re.compile(r'\\*"(?P<by>[^"\\]+)\\*"\s*=\\*>\s*\\*"(?P<said>[A-Za-z]+)\\*"')
_RAYYAN_REASONS = re.compile(
    r"RAYYAN-EXCLUSION-REASONS:(?P<reasons>.*?)(?=\|\s*(?:RAYYAN-|USER-NOTES)|$)", re.DOTALL
)
_RAYYAN_VERDICTS = {
    "included": Verdict.INCLUDE, "excluded": Verdict.EXCLUDE, "maybe": Verdict.UNSURE,
}  # fmt: skip
_ASREVIEW = re.compile(r"\bASReview_(?P<said>relevant|irrelevant)\b")
_COVIDENCE = re.compile(r"(?:^|[;|\n])\s*Exclusion reason:\s*(?P<reason>[^;|\n]+)")


@dataclass(frozen=True, kw_only=True)
class ForeignVote:
    """What somebody decided about a record in another program.

    ``by`` is the name the program gives, or the program's where it names nobody; ``reason`` is why
    the record was excluded, in that program's words, else empty.
    """

    by: str
    verdict: Verdict
    reason: str = ""


def find_foreign_votes(notes: Sequence[str]) -> tuple[ForeignVote, ...]:
    """The votes in a record's notes, in their order.

    Rayyan names people and lists the reasons of all of them together; ASReview and Covidence name
    nobody, and Covidence writes down exclusions with a reason only.
    """
    text = html.unescape(" | ".join(notes))
    votes = [*_rayyan(text), *_asreview(text), *_covidence(notes)]
    return tuple(dict.fromkeys(votes))


def join_votes(votes: Sequence[ForeignVote]) -> tuple[ForeignVote, ...]:
    """One vote per voter, in the order the voters come: reasons are joined.

    A voter who says two things at once is unsure, with both as the reason.
    """
    by_voter: dict[str, list[ForeignVote]] = {}
    for vote in votes:
        by_voter.setdefault(vote.by, []).append(vote)
    return tuple(_join(by, said) for by, said in by_voter.items())


def _join(by: str, said: Sequence[ForeignVote]) -> ForeignVote:
    verdicts = dict.fromkeys(vote.verdict for vote in said)
    reasons = list(dict.fromkeys(vote.reason for vote in said if vote.reason))
    if len(verdicts) == 1:
        return ForeignVote(by=by, verdict=said[0].verdict, reason="; ".join(reasons))
    both = f"says {' and '.join(verdicts)}"
    return ForeignVote(by=by, verdict=Verdict.UNSURE, reason="; ".join([both, *reasons]))


def _rayyan(text: str) -> Iterator[ForeignVote]:
    listed = _RAYYAN_REASONS.search(text)
    parts = listed["reasons"].split(",") if listed else []
    reasons = "; ".join(reason for part in parts if (reason := clean_text(part)))
    for found in _RAYYAN.finditer(text):
        for vote in _RAYYAN_VOTE.finditer(found["votes"]):
            verdict = _RAYYAN_VERDICTS.get(vote["said"].lower())
            if verdict:
                reason = reasons if verdict is Verdict.EXCLUDE else ""
                yield ForeignVote(by=clean_text(vote["by"]), verdict=verdict, reason=reason)


def _asreview(text: str) -> Iterator[ForeignVote]:
    for found in _ASREVIEW.finditer(text):
        is_relevant = found["said"] == "relevant"
        yield ForeignVote(by=ASREVIEW, verdict=Verdict.INCLUDE if is_relevant else Verdict.EXCLUDE)


def _covidence(notes: Sequence[str]) -> Iterator[ForeignVote]:
    for note in notes:
        for found in _COVIDENCE.finditer(note):
            yield ForeignVote(
                by=COVIDENCE, verdict=Verdict.EXCLUDE, reason=clean_text(found["reason"])
            )
