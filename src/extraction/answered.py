"""What people's annotations teach: labelled passages as a fit needs them, and what is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from extraction.labelled import LabelledPassage
from review.annotations import (
    NOTHING,
    OFF_TOPIC,
    OUTSIDE,
    Annotation,
    AnnotationVerdict,
    Direction,
)
from review.places import is_same_place, overlapping

_Said = TypeVar("_Said")
# What is said of a passage as a whole: that it bears none of the themes.
_OF_THE_WHOLE = (NOTHING, OFF_TOPIC)


def learn_from_annotations(
    annotations: Sequence[Annotation],
    together: Mapping[int, frozenset[str]],
    studies: Mapping[int, int],
    themes: Collection[str],
    *,
    settled: Sequence[Annotation] = (),
    known: Collection[str] = (),
) -> tuple[list[LabelledPassage], frozenset[str], Counter[str]]:
    """Labelled passages, the ids of those answered blind, and how many do not teach, by reason.

    ``annotations`` and what was ``settled`` are those that stand, oldest first. A passage teaches
    once every theme of the codebook that was suggested for it is answered: the themes that people
    accepted or added are its themes, and it bears no other, since whoever answered it saw the whole
    of it. That there is no theme in it, or nothing about peer work, answers all of them. What was
    settled of a theme outranks what people said of it, and of one person the last word counts.
    An influence outside the codebook teaches that it is none of the themes, and nothing of whether
    there is any.

    ``together`` gives for an answered suggestion the themes that were suggested with it;
    ``studies`` the study of a report that is one of several; ``known`` texts were labelled before.
    Themes that the codebook no longer has are passed over.
    """
    labelled: list[LabelledPassage] = []
    blind: set[str] = set()
    left_out: Counter[str] = Counter()
    for spoken in _by_place(annotations, themes):
        quote = max((a.quote for a in spoken), key=lambda quote: quote.end - quote.start)
        heard = _hear(spoken, themes, settled)
        suggested = {t for a in spoken for t in together.get(a.suggestion_id or 0, ())}
        if quote.exact in known:
            left_out["among the labelled examples already"] += 1
        elif None in heard.borne.values():
            left_out["people disagree"] += 1
        elif suggested & set(themes) - set(heard.borne):
            left_out["not every suggestion is answered"] += 1
        else:
            found = tuple(theme for theme, is_borne in heard.borne.items() if is_borne)
            outside = heard.outside and not found
            report_id = spoken[0].report_id
            passage = LabelledPassage(
                passage_id=place_of(spoken[0].text_hash, quote.start, quote.end),
                text=quote.exact,
                themes=found,
                directions={t: heard.directions[t] for t in found if t in heard.directions},
                # Not tested on: whether it is relevant nobody has said in the codebook's words.
                study_group="" if outside else f"study {studies.get(report_id, report_id)}",
                outside=outside,
            )
            labelled.append(passage)
            if not any(a.saw_suggestion for a in spoken):
                blind.add(passage.passage_id)
    return labelled, frozenset(blind), left_out


def place_of(text_hash: str, start: int, end: int) -> str:
    """The id of a labelled passage that people answered: its text and where it stands there."""
    return f"{text_hash[:16]}:{start}-{end}"


@dataclass(frozen=True, kw_only=True)
class _Heard:
    """What is known of a passage: None for a theme on which people disagree."""

    borne: Mapping[str, bool | None]
    directions: Mapping[str, Direction]
    outside: bool


@dataclass(kw_only=True)
class _Word:
    """What one person last said of a passage, theme by theme; None where it is not borne."""

    of: dict[str, Direction | None] = field(default_factory=dict)
    outside: bool = False


def _by_place(annotations: Sequence[Annotation], themes: Collection[str]) -> list[list[Annotation]]:
    """What was said of words that overlap: somebody may have moved the edges of a passage."""
    texts: dict[str, list[Annotation]] = {}
    for said in annotations:
        if said.theme in themes or said.theme in (OUTSIDE, *_OF_THE_WHOLE):
            texts.setdefault(said.text_hash, []).append(said)
    return [place for spoken in texts.values() for place in overlapping(spoken)]


def _hear(
    spoken: Sequence[Annotation], themes: Collection[str], settled: Sequence[Annotation]
) -> _Heard:
    people: dict[str, _Word] = {}
    for said in spoken:
        word = people.setdefault(said.reviewer, _Word())
        if said.theme in _OF_THE_WHOLE:
            word.of, word.outside = dict.fromkeys(themes), False
        elif said.theme == OUTSIDE:
            word.outside = True
        else:
            word.of[said.theme] = _direction(said)
    said_of: dict[str, list[Direction | None]] = {}
    for word in people.values():
        for theme, direction in word.of.items():
            said_of.setdefault(theme, []).append(direction)
    for one in settled:
        if one.theme in themes and any(is_same_place(one, said) for said in spoken):
            said_of[one.theme] = [_direction(one)]
    return _Heard(
        borne={theme: _same([d is not None for d in said]) for theme, said in said_of.items()},
        directions={
            theme: agreed for theme, said in said_of.items() if (agreed := _same(said)) is not None
        },
        outside=any(word.outside for word in people.values()),
    )


def _direction(said: Annotation) -> Direction | None:
    return None if said.verdict is AnnotationVerdict.REJECT else said.direction


def _same(said: Sequence[_Said]) -> _Said | None:
    """What all of them say; None where they differ."""
    return said[0] if len(set(said)) == 1 else None
