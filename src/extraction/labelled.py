"""Passages that a person has labelled, and the rows that models of themes learn from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from review.annotations import Direction
from review.errors import InputError
from review.language import Encoder, Vectors
from review.protocol import Codebook


@dataclass(frozen=True, kw_only=True)
class LabelledPassage:
    """A passage with the themes a person gave it; none means that it reports no influence.

    ``study_group`` is the same for all passages of one study, which are held back together, and
    empty where there is none. ``learnt_only`` passages are never tested on, and neither are those
    without a study. ``negative_type`` says what a passage without a theme speaks of instead, such
    as methods, where that is known. ``constructed`` passages report no study's finding. Those of
    an influence ``outside`` the codebook bear no theme, and are still no example of a passage
    without an influence. ``place`` says where it was read, for messages.
    """

    passage_id: str
    text: str
    themes: tuple[str, ...]
    directions: Mapping[str, Direction] = field(default_factory=dict)
    study_group: str = ""
    learnt_only: bool = False
    negative_type: str = ""
    constructed: bool = False
    outside: bool = False
    place: str = ""


@dataclass(frozen=True, kw_only=True)
class TrainingRows:
    """Everything a model of one codebook learns from, one row per text.

    ``vectors`` has shape (rows, dimensions), ``themes`` (rows, themes). ``judged`` marks rows
    that were read as passages (a phrase of the codebook was not: it is no evidence of what
    passages without an influence look like); ``tested`` marks those that figures are made of;
    ``groups`` keep one study on one side of every test, whatever else was written after it.
    ``directions`` has the shape of ``themes``: 1 facilitator, -1 barrier, 2 both or unclear, 0
    where nobody said. ``examples`` marks whole sentences that can be shown to a person.
    """

    texts: tuple[str, ...]
    vectors: Vectors
    themes: NDArray[np.bool_]
    directions: NDArray[np.int8]
    judged: NDArray[np.bool_]
    tested: NDArray[np.bool_]
    examples: NDArray[np.bool_]
    groups: tuple[str, ...]
    negative_types: tuple[str, ...]

    def part(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> TrainingRows:
        """The chosen rows, in their order."""
        numbers = np.arange(len(self.texts))[chosen]
        return TrainingRows(
            texts=tuple(self.texts[n] for n in numbers),
            vectors=self.vectors[numbers],
            themes=self.themes[numbers],
            directions=self.directions[numbers],
            judged=self.judged[numbers],
            tested=self.tested[numbers],
            examples=self.examples[numbers],
            groups=tuple(self.groups[n] for n in numbers),
            negative_types=tuple(self.negative_types[n] for n in numbers),
        )


FACILITATES, HINDERS, NEITHER = 1, -1, 2
DIRECTION_CODES = {
    Direction.FACILITATOR: FACILITATES,
    Direction.BARRIER: HINDERS,
    Direction.BOTH: NEITHER,
    Direction.UNCLEAR: NEITHER,
}


def training_rows(
    codebook: Codebook, labelled: Sequence[LabelledPassage], encoder: Encoder
) -> TrainingRows:
    """The labelled passages, then every phrase of the codebook as a row of its theme.

    Raises KeyError where a passage has a theme the codebook has not.
    """
    passages = [*labelled, *_phrases(codebook)]
    columns = {theme.key: number for number, theme in enumerate(codebook.themes)}
    themes = np.zeros((len(passages), len(columns)), dtype=np.bool_)
    directions = np.zeros((len(passages), len(columns)), dtype=np.int8)
    for row, passage in enumerate(passages):
        for theme in passage.themes:
            themes[row, columns[theme]] = True
        for theme, direction in passage.directions.items():
            directions[row, columns[theme]] = DIRECTION_CODES[direction]
    texts = tuple(passage.text for passage in passages)
    judged = np.arange(len(passages)) < len(labelled)
    judged &= ~np.array([passage.outside for passage in passages], dtype=np.bool_)
    shown = {e for t in codebook.themes for e in (*t.examples.facilitator, *t.examples.barrier)}
    return TrainingRows(
        texts=texts,
        vectors=encoder.embed(texts),
        themes=themes,
        directions=directions,
        judged=judged,
        tested=judged
        & np.array([bool(p.study_group) and not p.learnt_only for p in passages], dtype=np.bool_),
        examples=judged | np.array([text in shown for text in texts], dtype=np.bool_),
        groups=tuple(passage.study_group for passage in passages),
        negative_types=tuple(passage.negative_type for passage in passages),
    )


def _phrases(codebook: Codebook) -> list[LabelledPassage]:
    """One row per phrase of a theme; signs and examples carry their direction."""
    rows: list[LabelledPassage] = []
    for theme in codebook.themes:
        by_direction = {
            **dict.fromkeys(theme.facilitator_signs, Direction.FACILITATOR),
            **dict.fromkeys(theme.examples.facilitator, Direction.FACILITATOR),
            **dict.fromkeys(theme.barrier_signs, Direction.BARRIER),
            **dict.fromkeys(theme.examples.barrier, Direction.BARRIER),
        }
        for number, phrase in enumerate(theme.phrases()):
            known = by_direction.get(phrase)
            rows.append(
                LabelledPassage(
                    passage_id=f"{theme.key}-{number}",
                    text=phrase,
                    themes=(theme.key,),
                    directions={theme.key: known} if known else {},
                )
            )
    return rows


def read_labelled(path: Path, codebook: Codebook) -> list[LabelledPassage]:
    """Read labelled passages, one JSON object per line.

    Fields: ``id`` and ``text``; ``themes``, a list of theme keys of the codebook, empty for a
    passage without an influence; ``direction``, an object from each of these themes to
    facilitator, barrier, both or unclear; ``study_group``, the study it comes from;
    ``negative_type``, what a passage without themes speaks of; ``constructed``, true for a passage
    written for learning. Other fields are left alone.

    Raises InputError naming file, line, field and remedy.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as unreadable:
        raise InputError(f"{path}: cannot be read as UTF-8 text ({unreadable})") from None
    known = [theme.key for theme in codebook.themes]
    passages: list[LabelledPassage] = []
    seen: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        passage = _read_line(f"{path}, line {number}", line, known)
        if passage.passage_id in seen:
            raise InputError(
                f"{passage.place}, id: {passage.passage_id!r} was used before "
                f"({seen[passage.passage_id]}); every passage needs its own"
            )
        seen[passage.passage_id] = passage.place
        passages.append(passage)
    if not passages:
        raise InputError(f"{path}: no passage in it; one JSON object per line is expected")
    return passages


def _read_line(place: str, line: str, known: Sequence[str]) -> LabelledPassage:
    try:
        data = json.loads(line)
    except json.JSONDecodeError as malformed:
        raise InputError(
            f"{place}: not valid JSON ({malformed}); one object per line is expected"
        ) from None
    except RecursionError:
        raise InputError(f"{place}: nested too deeply to be a labelled passage") from None
    if not isinstance(data, dict):
        raise InputError(f"{place}: expected an object with id, text, themes and direction")
    for name in ("id", "text"):
        if not isinstance(data.get(name), str) or not data[name].strip():
            raise InputError(f"{place}, {name}: missing or empty; give it as text in quotes")
    themes = _themes(place, data.get("themes"), known)
    constructed = data.get("constructed", False)
    if not isinstance(constructed, bool):
        raise InputError(f"{place}, constructed: {constructed!r} is neither true nor false")
    group, negative = (data.get(name) or "" for name in ("study_group", "negative_type"))
    for name, given in (("study_group", group), ("negative_type", negative)):
        if not isinstance(given, str):
            raise InputError(f"{place}, {name}: {given!r} is not text; put it in quotes")
    return LabelledPassage(
        passage_id=data["id"],
        text=data["text"],
        themes=themes,
        directions=_directions(place, data.get("direction", {}), themes),
        # A passage that names its study is tested on, whoever worded it; one that names neither
        # study nor origin is its own study.
        study_group=group or ("" if constructed else data["id"]),
        negative_type="" if themes else negative,
        constructed=constructed,
        place=place,
    )


def _themes(place: str, value: Any, known: Sequence[str]) -> tuple[str, ...]:  # noqa: ANN401 - JSON
    if not isinstance(value, list) or not all(isinstance(theme, str) for theme in value):
        raise InputError(f"{place}, themes: expected a list of theme keys, [] for none")
    for theme in value:
        if theme not in known:
            raise InputError(
                f"{place}, themes: unknown theme {theme!r}; use one of {', '.join(known)}"
            )
    return tuple(dict.fromkeys(value))


def _directions(place: str, value: Any, themes: tuple[str, ...]) -> dict[str, Direction]:  # noqa: ANN401
    if not isinstance(value, dict):
        raise InputError(f"{place}, direction: expected an object from theme to direction")
    for theme, direction in value.items():
        if theme not in themes:
            raise InputError(
                f"{place}, direction: {theme!r} is not among the passage's themes; "
                "add it there or remove it here"
            )
        if direction not in list(Direction):
            raise InputError(
                f"{place}, direction: {direction!r} is no direction; use {', '.join(Direction)}"
            )
    return {theme: Direction(direction) for theme, direction in value.items()}
