"""A protocol is read as promised, or refused with the file, the line, the field and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from review.errors import ProtocolError
from review.protocol import Codebook, Protocol, load_codebook, load_protocol

TINY_PROTOCOL = """\
key: gardens
version: '1'
title: Gardens
question: Do gardens help?
languages: [en]
criteria:
  - key: garden
    question: Is there a garden?
    kind: inclusion
    exclusion_reason: no_garden
    reason_text: No garden
    order: 1
    cues: [garden*]
"""

TINY_CODEBOOK = """\
version: '1'
themes:
  - key: soil
    code: SO
    name: Soil
    definition: What the plants stand in.
"""


def _folder(tmp_path: Path, protocol: str = TINY_PROTOCOL, codebook: str = TINY_CODEBOOK) -> Path:
    (tmp_path / "protocol.yaml").write_text(protocol, encoding="utf-8")
    (tmp_path / "codebook.yaml").write_text(codebook, encoding="utf-8")
    return tmp_path


def test_the_shipped_review_has_its_fourteen_influences(
    protocol: Protocol, codebook: Codebook
) -> None:
    assert protocol.source_review == "10.1007/s00127-019-01739-1"
    assert len(codebook.themes) == 14
    assert {s.source for s in protocol.searches} == {"pubmed", "europepmc", "openalex", "crossref"}


def test_another_review_is_another_folder(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    assert load_protocol(folder).criteria[0].cues == ("garden*",)
    assert load_codebook(folder).themes[0].phrases() == ("What the plants stand in.",)


def test_the_fingerprint_changes_with_every_word(tmp_path: Path) -> None:
    before = load_protocol(_folder(tmp_path)).fingerprint()
    assert load_protocol(_folder(tmp_path)).fingerprint() == before
    changed = _folder(tmp_path, TINY_PROTOCOL.replace("garden*", "gardens"))
    assert load_protocol(changed).fingerprint() != before


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "kind: inclusion",
            "kind: perhaps",
            r"line 9, criteria › 1 › kind: .*'inclusion' or 'exclusion'.*'perhaps'",
        ),
        ("    order: 1\n", "", r"line 7, criteria › 1 › order: this field is missing; add it"),
        ("cues:", "clues:", r"line 13, criteria › 1 › clues: no such field; correct its spelling"),
        ("key: garden\n", "key: The Garden\n", r"line 7, criteria › 1 › key: .*lower case"),
        ("title: Gardens\n", "title: Gardens\ntitle: More\n", r"line 4: the field 'title' stands"),
        ("[en]", "[en", r"line 6: not valid YAML"),
        (
            "languages: [en]",
            "languages: []",
            r"line 5, languages: at least 1 is needed here; add one",
        ),
    ],
)
def test_a_mistake_is_named_by_line_field_and_remedy(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    assert old in TINY_PROTOCOL
    folder = _folder(tmp_path, TINY_PROTOCOL.replace(old, new, 1))
    with pytest.raises(ProtocolError, match=sentence) as refused:
        load_protocol(folder)
    assert str(folder / "protocol.yaml") in str(refused.value)


def test_a_criterion_named_twice_is_refused_where_it_stands_again(tmp_path: Path) -> None:
    second = TINY_PROTOCOL[TINY_PROTOCOL.index("  - key") :].replace("order: 1", "order: 2")
    with pytest.raises(ProtocolError, match=r"line 14, criteria › 2 › key: 'garden' is used twice"):
        load_protocol(_folder(tmp_path, TINY_PROTOCOL + second))


def test_a_theme_nobody_knows_is_named_with_those_that_are(tmp_path: Path) -> None:
    codebook = TINY_CODEBOOK + "    excludes: {water: is elsewhere}\n"
    with pytest.raises(ProtocolError, match=r"line 7, .*unknown theme 'water': use one of .*soil"):
        load_codebook(_folder(tmp_path, codebook=codebook))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"just words"])
def test_a_file_that_is_no_protocol_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "protocol.yaml").write_bytes(content)
    with pytest.raises(ProtocolError, match=r"protocol\.yaml"):
        load_protocol(tmp_path)


def test_a_folder_without_a_protocol_says_what_a_review_is(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match=r"a review is a folder with protocol\.yaml"):
        load_protocol(tmp_path)


# A review without a codebook, or with one that holds nothing, is told what to do about it.
@pytest.mark.parametrize(
    ("codebook", "sentence"),
    [
        (None, r"codebook\.yaml: no such file; a review is a folder with"),
        ("", r"codebook\.yaml: the file is empty; begin with the shipped review's"),
        ('version: "1"\nthemes: []\n', "line 2, themes: at least 1 is needed here; add one"),
    ],
)
def test_a_codebook_without_themes_is_refused_with_the_remedy(
    tmp_path: Path, codebook: str | None, sentence: str
) -> None:
    if codebook is not None:
        (tmp_path / "codebook.yaml").write_text(codebook, encoding="utf-8")
    with pytest.raises(ProtocolError, match=sentence):
        load_codebook(tmp_path)
