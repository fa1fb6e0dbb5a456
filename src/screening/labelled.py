"""Reports that people labelled by criterion, read from a file and checked line by line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from review.errors import InputError
from review.protocol import Protocol

LABELS = ("yes", "no", "unclear")
_DECISIONS = ("include", "exclude")


@dataclass(frozen=True, kw_only=True)
class LabelledReport:
    """One report with what a person said of it.

    ``labels`` holds "yes", "no" or "unclear" for the criteria that were judged, and of the others
    nothing is known; ``included`` is the decision by title and abstract, where unclear stays in;
    ``reason`` the main exclusion reason, empty for an include or where none of the protocol's was
    given; ``evidence`` the exact words that show a "yes". Reports of one ``group`` are of one
    study, and are never divided between learning and testing. A ``constructed`` report was made
    up to show a criterion at work: models learn from it, and nothing is ever tested on it. One that
    was made up after a labelled report bears that report's group.
    """

    report_id: str
    title: str
    abstract: str
    language: str
    labels: Mapping[str, str]
    included: bool
    reason: str
    evidence: Mapping[str, str]
    group: str
    constructed: bool = False


def read_labelled(
    path: Path, protocol: Protocol, *, constructed: bool = False
) -> list[LabelledReport]:
    """Read labelled reports, one JSON object a line, in the order of the file.

    A line holds ``title``, ``labels`` (criterion to yes, no or unclear) and ``decision`` (include
    or exclude), and may hold ``id``, ``abstract``, ``language``, ``primary_reason``, ``evidence``
    (criterion to exact words) and ``group``; other fields are left alone. Blank lines are passed
    over. Raises InputError naming file, line, field and remedy.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file of labelled reports") from None
    except (UnicodeDecodeError, OSError) as unreadable:
        raise InputError(f"{path}: cannot be read as UTF-8 text ({unreadable})") from None
    labelled = [
        replace(_labelled(_Line(path, number, line), protocol), constructed=constructed)
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not labelled:
        raise InputError(f"{path}: the file holds no labelled report")
    return labelled


class _Line:
    """One line's fields, each asked for by name and refused with a sentence."""

    def __init__(self, path: Path, number: int, line: str) -> None:
        self._where = f"{path}, line {number}"
        self.number = number
        try:
            fields = json.loads(line)
        except json.JSONDecodeError as malformed:
            raise InputError(
                f"{self._where}: not a JSON object ({malformed.msg}); write one record a line"
            ) from None
        if not isinstance(fields, dict):
            raise InputError(f"{self._where}: expected a JSON object with title and labels")
        self._fields: dict[str, Any] = fields

    def text(self, field: str, default: str | None = None) -> str:
        value = self._fields.get(field)
        if value is None:
            if default is None:
                raise InputError(f"{self._where}, {field}: this field is missing; add it")
            return default
        if not isinstance(value, str):
            raise InputError(f"{self._where}, {field}: expected text, found {value!r}")
        return value

    def choice(self, field: str, choices: tuple[str, ...]) -> str:
        value = self.text(field)
        if value not in choices:
            raise self.refusal(field, f"{value!r} is not one of {', '.join(choices)}")
        return value

    def texts(self, field: str, default: dict[str, str] | None = None) -> dict[str, str]:
        value = self._fields.get(field)
        if value is None:
            value = default
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise self.refusal(field, "expected an object of criterion keys with text")
        return value

    def refusal(self, field: str, sentence: str) -> InputError:
        return InputError(f"{self._where}, {field}: {sentence}")


def _labelled(line: _Line, protocol: Protocol) -> LabelledReport:
    known = {c.key for c in protocol.criteria}
    reasons = {c.exclusion_reason for c in protocol.criteria}
    report_id = line.text("id", f"line {line.number}")
    labels = line.texts("labels")
    for key, label in labels.items():
        if key not in known:
            raise line.refusal(f"labels › {key}", "no such criterion in the protocol; remove it")
        if label not in LABELS:
            raise line.refusal(f"labels › {key}", f"{label!r} is not one of {', '.join(LABELS)}")
    included = line.choice("decision", _DECISIONS) == "include"
    reason = line.text("primary_reason", "")
    return LabelledReport(
        report_id=report_id,
        title=line.text("title"),
        abstract=line.text("abstract", ""),
        language=line.text("language", ""),
        labels=labels,
        included=included,
        reason=reason if reason in reasons and not included else "",
        evidence={k: v for k, v in line.texts("evidence", {}).items() if k in known and v},
        group=line.text("group", report_id),
    )
