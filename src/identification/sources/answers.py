"""The outside of an answer, before a source reads its contents: status, kind, JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from identification.normalise import normalise_record, says_something
from identification.sources.base import Answer, AnswerError, FoundRecord, QuestionError
from identification.sources.notices import Notice

# These pass: the server was busy, restarted, or asked us to wait.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_SHOWN = 300


def refuse_status(answer: Answer, title: str) -> None:
    """Raise where the status is no success: AnswerError where it may pass, else QuestionError."""
    if 200 <= answer.status < 300:
        return
    if answer.status in PASSING or answer.status >= 500:
        raise AnswerError(f"{title} answered with status {answer.status}: {show_body(answer)}")
    raise QuestionError(
        f"{title} refuses the question with status {answer.status}: {show_body(answer)}"
    )


def read_json(answer: Answer, title: str) -> dict[str, Any]:
    """The JSON object of an answer.

    Control characters inside texts are let through: NCBI sends line breaks in error messages as
    they are. Raises AnswerError where it is a web page, cut off, or no object.
    """
    try:
        data = json.loads(answer.body.decode("utf-8"), strict=False)
    except (ValueError, RecursionError):
        raise AnswerError(f"{title} sent no readable JSON: {show_body(answer)}") from None
    if not isinstance(data, dict):
        raise AnswerError(f"{title} sent JSON of another kind: {show_body(answer)}")
    return data


def require(data: object, name: str, kind: type, title: str) -> Any:  # noqa: ANN401
    """The field ``name`` of a JSON object; AnswerError where it is missing or of another kind."""
    value = data.get(name) if isinstance(data, Mapping) else None
    if not isinstance(value, kind):
        raise AnswerError(f"{title} sent an answer without {name!r}")
    return value


def show_body(answer: Answer) -> str:
    """The beginning of a body on one line, for a sentence."""
    text = " ".join(answer.body[: 4 * _SHOWN].decode("utf-8", "replace").split())
    return text[:_SHOWN] + ("…" if len(text) > _SHOWN else "") or "(an empty body)"


def read_entries(
    entries: Iterable[Any],
    read: Callable[[Mapping[str, Any]], FoundRecord | str],
    source: str,
) -> tuple[tuple[FoundRecord, ...], tuple[str, ...]]:
    """The records of a page, and a sentence for each of its entries that is none."""
    found, refused = [], []
    for entry in entries:
        try:
            result = read(entry)
        except (AttributeError, TypeError, ValueError) as odd:
            # One entry with a text in the place of a list must not stop the search.
            shown = json.dumps(entry, ensure_ascii=False)[:80]
            result = f"{source}: an entry of an unknown shape ({odd}): {shown}"
        if isinstance(result, str):
            refused.append(result)
        else:
            found.append(result)
    return tuple(found), tuple(refused)


def find_record(
    fields: Mapping[str, Sequence[str]],
    source: str,
    source_id: str,
    *,
    entered_on: date | None = None,
    notices: tuple[Notice, ...] = (),
) -> FoundRecord | str:
    """The normalised record under the source's own id, or a sentence why it is none."""
    record = normalise_record(fields, source, source_id)
    if not source_id:
        return f"{source}: an entry without an id, titled {record.title[:80]!r}"
    if not says_something(record):
        return f"{source} {source_id}: it has no title, abstract, DOI, PMID or place of publication"
    return FoundRecord(record=record, entered_on=entered_on, notices=notices)


def read_day(text: object) -> date | None:
    """The day of "2026-03-02" or "2026-03-02T06:00:00"; None where it is none."""
    try:
        return date.fromisoformat(str(text or "")[:10])
    except ValueError:
        return None


def texts(*values: object) -> list[str]:
    """Those of the values that are texts or numbers, and the texts in lists, as texts."""
    found: list[str] = []
    for value in values:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            found.append(str(value))
        elif isinstance(value, list):
            found += texts(*value)
    return [text for text in found if text.strip()]
