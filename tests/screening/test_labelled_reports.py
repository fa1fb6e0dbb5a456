"""Labelled reports are read line by line, and a mistake is named with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from review.errors import InputError
from review.protocol import Protocol
from screening.labelled import read_labelled

GOOD = {
    "id": "a",
    "title": "A school garden",
    "abstract": "The school garden grew.",
    "labels": {"garden": "yes", "plastic": "unclear"},
    "decision": "include",
    "evidence": {"garden": "school garden"},
    "group": "one",
}


def written(tmp_path: Path, *lines: object) -> Path:
    path = tmp_path / "criteria.jsonl"
    said = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(said) + "\n", encoding="utf-8")
    return path


def test_a_good_file_is_read_in_order(tmp_path: Path, gardens: Protocol):
    path = written(tmp_path, GOOD, "", {**GOOD, "id": "b", "decision": "exclude"})
    first, second = read_labelled(path, gardens)
    assert (first.report_id, first.included, first.group) == ("a", True, "one")
    assert (second.report_id, second.included, second.reason) == ("b", False, "")
    assert not first.constructed
    assert read_labelled(path, gardens, constructed=True)[0].constructed


# A reason that is none of the protocol's is no reason; a report without a group is its own.
def test_what_is_not_said_is_left_open(tmp_path: Path, gardens: Protocol):
    bare = {k: v for k, v in GOOD.items() if k in ("title", "labels")}
    line = {**bare, "decision": "exclude", "primary_reason": "too dull"}
    (report,) = read_labelled(written(tmp_path, line), gardens)
    assert (report.reason, report.group, report.abstract) == ("", "line 1", "")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{not json", "line 2: not a JSON object"),
        ("[1]", "line 2: expected a JSON object"),
        ({**GOOD, "title": None}, "line 2, title: this field is missing"),
        ({**GOOD, "title": 7}, "line 2, title: expected text"),
        ({**GOOD, "decision": "maybe"}, "line 2, decision: 'maybe' is not one of include"),
        ({**GOOD, "labels": {"garden": "ja"}}, "labels › garden: 'ja' is not one of yes"),
        ({**GOOD, "labels": {"gnome": "yes"}}, "labels › gnome: no such criterion"),
        ({**GOOD, "labels": ["yes"]}, "labels: expected an object"),
        ({**GOOD, "abstract": float("nan")}, "line 2, abstract: expected text"),
    ],
)
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, gardens: Protocol, line: Any, sentence: str
):
    with pytest.raises(InputError) as refused:
        read_labelled(written(tmp_path, GOOD, line), gardens)
    assert sentence in str(refused.value)
    assert "criteria.jsonl" in str(refused.value)


def test_a_file_that_is_none_is_refused(tmp_path: Path, gardens: Protocol):
    with pytest.raises(InputError, match="no such file"):
        read_labelled(tmp_path / "none.jsonl", gardens)
    with pytest.raises(InputError, match="holds no labelled report"):
        read_labelled(written(tmp_path, ""), gardens)
    (tmp_path / "criteria.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        read_labelled(tmp_path / "criteria.jsonl", gardens)


# The shipped files are what the reader promises: every evidence stands in its report's text.
@pytest.mark.parametrize("name", ["criteria.jsonl", "criteria_written.jsonl"])
def test_the_shipped_labels_hold_together(name: str, checkout: Path, protocol: Protocol):
    path = checkout / "data/protocol/peer-support/labelled" / name
    kinds = {c.key: c.kind for c in protocol.criteria}
    for report in read_labelled(path, protocol):
        text = f"{report.title}\n{report.abstract}"
        assert all(words in text for words in report.evidence.values()), report.report_id
        failing = [
            key
            for key, label in report.labels.items()
            if label == ("no" if kinds[key] == "inclusion" else "yes")
        ]
        assert report.included != bool(failing), report.report_id
