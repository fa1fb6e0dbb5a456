"""Labelled passages are read exactly, or refused with a sentence that names the place."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from extraction.labelled import NEITHER, LabelledPassage, read_labelled, training_rows
from extraction.learn import read_labelled_folder
from review.annotations import Direction
from review.errors import InputError
from review.language import Encoder
from review.protocol import Codebook


def _write(path: Path, *rows: object) -> Path:
    path.write_text(
        "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + "\n",
        encoding="utf-8",
    )
    return path


# Whatever is wrong, the message names the file, the line, the field, and what to do.
@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{", "line 2: not valid JSON"),
        ("[" * 100_000, "line 2: nested too deeply"),
        ("[1]", "line 2: expected an object"),
        ({"text": "x", "themes": []}, "line 2, id: missing"),
        ({"id": "b", "text": " ", "themes": []}, "line 2, text: missing or empty"),
        ({"id": "b", "text": 3, "themes": []}, "line 2, text: missing or empty"),
        ({"id": "b", "text": "x"}, "line 2, themes: expected a list"),
        ({"id": "b", "text": "x", "themes": "water"}, "line 2, themes: expected a list"),
        (
            {"id": "b", "text": "x", "themes": ["wind"]},
            "line 2, themes: unknown theme 'wind'; use one of water, teachers",
        ),
        (
            {"id": "b", "text": "x", "themes": [], "direction": {"water": "barrier"}},
            "line 2, direction: 'water' is not among the passage's themes",
        ),
        (
            {"id": "b", "text": "x", "themes": ["water"], "direction": {"water": "mixed"}},
            "line 2, direction: 'mixed' is no direction; use facilitator",
        ),
        (
            {"id": "b", "text": "x", "themes": ["water"], "direction": {"water": ["barrier"]}},
            "is no direction",
        ),
        ({"id": "b", "text": "x", "themes": [], "direction": []}, "line 2, direction: expected"),
        ({"id": "b", "text": "x", "themes": [], "constructed": "no"}, "line 2, constructed:"),
        ({"id": "b", "text": "x", "themes": [], "study_group": 4}, "line 2, study_group:"),
        ({"id": "b", "text": "x", "themes": [], "negative_type": 4}, "line 2, negative_type:"),
        ({"id": "a", "text": "x", "themes": []}, "line 2, id: 'a' was used before"),
    ],
)
def test_a_bad_line_is_refused_by_place(
    tmp_path: Path, gardens: Codebook, row: object, said: str
) -> None:
    path = _write(tmp_path / "themes.jsonl", {"id": "a", "text": "ok", "themes": []}, row)
    with pytest.raises(InputError) as refused:
        read_labelled(path, gardens)
    assert str(path) in str(refused.value)
    assert said in str(refused.value)


# A file that is missing, empty or not text is refused too, never read as no passages.
@pytest.mark.parametrize("content", [None, b"", b"\n\n", b"\xff\xfe\x00bad"])
def test_an_unusable_file_is_refused(
    tmp_path: Path, gardens: Codebook, content: bytes | None
) -> None:
    path = tmp_path / "themes.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"themes\.jsonl"):
        read_labelled(path, gardens)


# Line separators inside a text end no line of the file.
def test_unusual_line_breaks_within_a_text_are_kept(tmp_path: Path, gardens: Codebook) -> None:
    text = "one\u2028two\x0bthree\u0085four"
    path = tmp_path / "themes.jsonl"
    path.write_text(json.dumps({"id": "a", "text": text, "themes": []}, ensure_ascii=False))
    assert read_labelled(path, gardens)[0].text == text


# Only themes.jsonl is ever tested on; what another file restates stays with its study.
def test_other_files_are_for_learning_only(tmp_path: Path, gardens: Codebook) -> None:
    row = {"text": "x", "themes": ["water"], "study_group": "G1"}
    _write(tmp_path / "themes.jsonl", {"id": "a", **row})
    _write(tmp_path / "themes_more.jsonl", {"id": "b", **row})
    passages = read_labelled_folder(tmp_path, gardens)
    assert [(p.passage_id, p.study_group) for p in passages] == [("a", "G1"), ("b", "G1")]
    assert [p.learnt_only for p in passages] == [False, True]
    assert read_labelled_folder(tmp_path / "absent", gardens) == []


# The shipped files are read whole, and no constructed extra row is tested on.
def test_the_shipped_passages_are_read(checkout: Path, codebook: Codebook) -> None:
    folder = checkout / "data/protocol/peer-support/labelled"
    passages = read_labelled_folder(folder, codebook)
    tested = [p for p in passages if not p.learnt_only]
    assert len(tested) == 562
    assert all(p.study_group for p in tested)
    assert all(p.constructed for p in passages if p.learnt_only)


# A phrase of the codebook teaches its theme and direction, and is never tested nor a negative.
def test_phrases_become_rows_of_their_theme(gardens: Codebook, encoder: Encoder) -> None:
    both = LabelledPassage(
        passage_id="a",
        text="Rain helped and hurt.",
        themes=("water",),
        directions={"water": Direction.BOTH},
        study_group="G",
    )
    rows = training_rows(gardens, [both], encoder)
    place = rows.texts.index("beds dry out")
    assert rows.themes[place].tolist() == [True, False]
    assert rows.directions[place].tolist() == [-1, 0]
    assert not rows.judged[place]
    assert not rows.examples[place]
    assert rows.directions[0].tolist() == [NEITHER, 0]
    assert np.flatnonzero(rows.tested).tolist() == [0]
    assert rows.vectors.shape == (len(rows.texts), encoder.dimensions)
