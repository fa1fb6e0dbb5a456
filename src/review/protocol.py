"""The protocol and the codebook of one review: what was promised, read from files people edit."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from review.decisions import Stage
from review.errors import ProtocolError

Place = tuple[str | int, ...]
_KEY = r"^[a-z][a-z0-9_]*$"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Criterion(_Part):
    """One eligibility criterion.

    ``cues`` are phrases whose presence speaks for the criterion, ``counter_cues`` phrases that
    speak against it; how a phrase is written is said in ``screening.criteria``. ``order`` ranks
    the criteria for the one main exclusion reason a report gets (PRISMA 2020, item 16b): the
    lowest that fails is named. ``judged_by`` is ``language`` for the one criterion answered from
    the language of the report.
    """

    key: str = Field(pattern=_KEY)
    question: str = Field(min_length=1)
    kind: Literal["inclusion", "exclusion"]
    exclusion_reason: str = Field(pattern=_KEY)
    reason_text: str = Field(min_length=1)
    order: int = Field(ge=1)
    stage: Stage = Stage.TITLE_ABSTRACT
    judged_by: Literal["text", "language"] = "text"
    cues: tuple[str, ...] = ()
    counter_cues: tuple[str, ...] = ()


class Search(_Part):
    """One search strategy, exactly as it is sent to its source (PRISMA-S, item 8).

    ``since`` is the first day asked for: the day the searches of the review before ended.
    """

    source: str = Field(pattern=_KEY)
    query: str = Field(min_length=1)
    since: date
    note: str = ""


class Protocol(_Part):
    """What the review promised: its question, criteria, languages and searches."""

    key: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    version: str = Field(min_length=1)
    title: str = Field(min_length=1)
    question: str = Field(min_length=1)
    source_review: str = ""
    languages: tuple[str, ...] = Field(min_length=1)
    designs: tuple[str, ...] = ()
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    searches: tuple[Search, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        _refuse_twice(("criteria", "key"), [c.key for c in self.criteria])
        _refuse_twice(("criteria", "order"), [c.order for c in self.criteria])
        _refuse_twice(("criteria", "exclusion_reason"), [c.exclusion_reason for c in self.criteria])
        return self

    def fingerprint(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of everything the protocol says."""
        return _fingerprint(self)


class Examples(_Part):
    """Sentences that show a theme at work, by direction."""

    facilitator: tuple[str, ...] = ()
    barrier: tuple[str, ...] = ()


class Theme(_Part):
    """One influence of the codebook, with what belongs to it and what belongs elsewhere."""

    key: str = Field(pattern=_KEY)
    code: str = Field(pattern=r"^[A-Z]{2}$")
    name: str = Field(min_length=1)
    definition: str = Field(min_length=1)
    includes: tuple[str, ...] = ()
    excludes: dict[str, str] = Field(default_factory=dict)
    facilitator_signs: tuple[str, ...] = ()
    barrier_signs: tuple[str, ...] = ()
    examples: Examples = Examples()

    def phrases(self) -> tuple[str, ...]:
        """Everything the codebook says that speaks of this theme, one phrase each."""
        return (
            self.definition,
            *self.includes,
            *self.facilitator_signs,
            *self.barrier_signs,
            *self.examples.facilitator,
            *self.examples.barrier,
        )


class Codebook(_Part):
    """The themes passages are tagged with, and the rules for tagging."""

    version: str = Field(min_length=1)
    source_review: str = ""
    note: str = ""
    direction_rules: dict[Literal["facilitator", "barrier", "both", "unclear"], str] = Field(
        default_factory=dict
    )
    general_rules: tuple[str, ...] = ()
    boundary_decisions: tuple[str, ...] = ()
    themes: tuple[Theme, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_are_known_and_unique(self) -> Self:
        _refuse_twice(("themes", "key"), [t.key for t in self.themes])
        _refuse_twice(("themes", "code"), [t.code for t in self.themes])
        known = {t.key for t in self.themes} | {"other"}
        for number, theme in enumerate(self.themes):
            for named in theme.excludes:
                if named not in known:
                    raise PydanticCustomError(
                        "unknown_theme",
                        "unknown theme {named}: use one of {known}",
                        {
                            "named": repr(named),
                            "known": ", ".join(sorted(known)),
                            "place": ("themes", number, "excludes", named),
                        },
                    )
        return self

    def fingerprint(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of everything the codebook says."""
        return _fingerprint(self)


def load_protocol(folder: Path) -> Protocol:
    """Read ``protocol.yaml`` of a review's folder.

    Raises ProtocolError naming file, line, field and remedy.
    """
    return _load(folder / "protocol.yaml", Protocol)


def load_codebook(folder: Path) -> Codebook:
    """Read ``codebook.yaml`` of a review's folder.

    Raises ProtocolError naming file, line, field and remedy.
    """
    return _load(folder / "codebook.yaml", Codebook)


_Model = TypeVar("_Model", Protocol, Codebook)


def _load(path: Path, model: type[_Model]) -> _Model:
    root = _compose(path)
    lines = dict(_lines(root, ()))
    data = yaml.SafeLoader("").construct_document(root)
    if not isinstance(data, dict):
        raise ProtocolError(f"{path}: expected fields such as 'version:', found a bare value")
    try:
        return model.model_validate(data)
    except ValidationError as invalid:
        raise ProtocolError(
            "\n".join(_sentence(path, lines, error) for error in invalid.errors())
        ) from None


def _compose(path: Path) -> yaml.Node:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ProtocolError(
            f"{path}: no such file; a review is a folder with protocol.yaml and codebook.yaml"
        ) from None
    except (UnicodeDecodeError, OSError) as unreadable:
        raise ProtocolError(f"{path}: cannot be read as UTF-8 text ({unreadable})") from None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as malformed:
        line = malformed.problem_mark.line + 1 if malformed.problem_mark else 1
        raise ProtocolError(
            f"{path}, line {line}: not valid YAML: {malformed.problem}; "
            "check the indentation and put text with a colon in quotes"
        ) from None
    except yaml.YAMLError as malformed:
        raise ProtocolError(f"{path}: not valid YAML: {malformed}") from None
    if root is None:
        raise ProtocolError(f"{path}: the file is empty; begin with the shipped review's")
    _refuse_repeated_fields(path, root)
    return root


def _refuse_repeated_fields(path: Path, node: yaml.Node) -> None:
    """YAML readers keep the last of two equal fields and say nothing: we do not."""
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                raise ProtocolError(
                    f"{path}, line {line}: the field '{key.value}' stands here and in line "
                    f"{seen[key.value]}; keep one of them"
                )
            seen[key.value] = line
            _refuse_repeated_fields(path, value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_repeated_fields(path, item)


def _lines(node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    """Every place of the document with its line, counted from 1."""
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*place, key.value), key.start_mark.line + 1
            inner = dict(_lines(value, (*place, key.value)))
            inner.pop((*place, key.value))
            yield from inner.items()
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _lines(item, (*place, number))


def _sentence(path: Path, lines: dict[Place, int], error: ErrorDetails) -> str:
    place: Place = error.get("ctx", {}).get("place", error["loc"])
    known = place
    while known and known not in lines:
        known = known[:-1]
    field = " › ".join(str(p + 1) if isinstance(p, int) else p for p in place)
    where = f"{path}, line {lines.get(known, 1)}" + (f", {field}" if field else "")
    return f"{where}: {_remedy(error)}"


def _remedy(error: ErrorDetails) -> str:
    match error["type"]:
        case "missing":
            return "this field is missing; add it"
        case "extra_forbidden":
            return "no such field; correct its spelling or remove it"
        case "too_short":
            return f"at least {error['ctx']['min_length']} is needed here; add one"
        case "string_pattern_mismatch":
            return (
                f"{error['input']!r} is not a valid name; "
                f"it must match {error['ctx']['pattern']} (lower case, no spaces)"
            )
        case "unknown_theme" | "named_twice":
            return error["msg"]
        case _:
            return f"{error['msg']} (found {error['input']!r})"


def _refuse_twice(place: tuple[str, str], values: Iterable[str | int]) -> None:
    values = list(values)
    for value, count in Counter(values).items():
        if count > 1:
            second = [n for n, v in enumerate(values) if v == value][1]
            raise PydanticCustomError(
                "named_twice",
                "{value} is used twice; each {field} must be its own",
                {"value": repr(value), "field": place[1], "place": (place[0], second, place[1])},
            )


def _fingerprint(part: BaseModel) -> str:
    said: dict[str, Any] = part.model_dump(mode="json")
    encoded = json.dumps(said, sort_keys=True, ensure_ascii=False).encode()
    return hashlib.sha256(encoded).hexdigest()[:16]
