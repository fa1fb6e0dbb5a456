"""What an adjudicator is shown of a conflict: the report, and every voice with what it proposes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from review.annotations import Annotation, AnnotationVerdict, Note
from review.decisions import AROUND, Decision, Quote, Stage
from review.records import Report
from review.second_reading import Dispute
from review.store.decisions import find_decisions
from review.store.notes import find_notes
from review.store.records import find_reports
from review.store.session import Session


class Kind(StrEnum):
    """What people disagree on."""

    REPORTS = "reports"
    PASSAGES = "passages"


@dataclass(frozen=True, kw_only=True)
class Voice:
    """One person's standing vote with what they wrote beside it.

    ``outcome`` is what an adjudicator who follows this person would send.
    """

    said: Decision | Annotation
    outcome: str
    notes: Sequence[Note]


@dataclass(frozen=True, kw_only=True)
class ConflictCard:
    """One report at a stage, or one theme of one passage, with all voices, the first first."""

    kind: Kind
    report: Report
    voices: tuple[Voice, ...]

    @property
    def subject(self) -> Decision | Annotation:
        """The first vote: it tells the stage, or the theme and the passage."""
        return self.voices[0].said

    @property
    def outcomes(self) -> list[str]:
        """What is proposed, each once."""
        return list(dict.fromkeys(voice.outcome for voice in self.voices))

    @property
    def seen(self) -> str:
        """The names of the votes that are shown."""
        return name_votes([voice.said for voice in self.voices])

    def by(self, outcome: str) -> str:
        """Who says so."""
        return ", ".join(v.said.reviewer for v in self.voices if v.outcome == outcome)


def around(quote: Quote) -> tuple[str, str]:
    """What stands before and after a quote, in whole words; an ellipsis where the text goes on."""
    before, after = quote.prefix, quote.suffix
    if quote.start > len(before):
        before = f"… {before.partition(' ')[2]}"
    if len(after) == AROUND:
        after = f"{after.rpartition(' ')[0]} …"
    return before, after


def decision_card(session: Session, report_id: int, stage: Stage) -> ConflictCard:
    """The card of a report whose decisions at that stage differ."""
    notes = find_notes(session, [report_id])
    return ConflictCard(
        kind=Kind.REPORTS,
        report=find_reports(session, [report_id])[report_id],
        voices=tuple(_voice(said, notes) for said in votes_at(session, report_id, stage)),
    )


def annotation_card(session: Session, dispute: Dispute) -> ConflictCard:
    """The card of a theme of a passage on which annotations differ."""
    report_id = dispute.said[0].report_id
    notes = find_notes(session, [report_id])
    return ConflictCard(
        kind=Kind.PASSAGES,
        report=find_reports(session, [report_id])[report_id],
        voices=tuple(_voice(said, notes) for said in dispute.said),
    )


def outcome_of(said: Decision | Annotation) -> str:
    """A vote in a word, as a form sends it: ``exclude:informal``, ``barrier``, ``reject``."""
    if isinstance(said, Decision):
        reason = f":{said.exclusion_reason}" if said.exclusion_reason else ""
        return f"{said.verdict}{reason}"
    return "reject" if said.verdict is AnnotationVerdict.REJECT else str(said.direction)


def name_votes(votes: Sequence[Decision | Annotation]) -> str:
    """The ids of votes, so that others than were shown are not settled unseen."""
    names = (v.decision_id if isinstance(v, Decision) else v.annotation_id for v in votes)
    return " ".join(sorted(names))


def votes_at(session: Session, report_id: int, stage: Stage) -> list[Decision]:
    """The decisions that stand on a report at a stage, the first first."""
    return [said for said in find_decisions(session, [report_id]) if said.stage is stage]


def _voice(said: Decision | Annotation, notes: Sequence[Note]) -> Voice:
    own = [note for note in notes if note.reviewer == said.reviewer]
    return Voice(said=said, outcome=outcome_of(said), notes=own)
