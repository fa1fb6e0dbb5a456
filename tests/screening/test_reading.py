"""What a report looks like to the criteria: what its cues come to together."""

from __future__ import annotations

import pytest

from review.protocol import Protocol
from screening.criteria import compile_cues
from screening.features import COUNT_NAMES, cue_counts, read_report

TOGETHER = (
    "firmly for and nothing against",
    "more for than against",
    "firmly against and nothing for",
)
TITLE = "A report from Leeds"
ONCE = "They saw a plastic plant."


# A matter is firmly said in the title, in two sentences, or in one that weaker words in two other
# sentences bear out; whatever stands against it, it is not.
@pytest.mark.parametrize(
    ("title", "abstract", "said"),
    [
        (TITLE, ONCE, {"more for than against"}),
        ("Plastic plants", "They were washed.", set(TOGETHER[:2])),
        (TITLE, f"{ONCE} Plastic plants were washed.", set(TOGETHER[:2])),
        (TITLE, f"{ONCE} The plastic was blue. It was plastic.", set(TOGETHER[:2])),
        (TITLE, f"{ONCE} The plastic was blue. It was green.", {"more for than against"}),
        (TITLE, "The plastic was blue. It was plastic. All was plastic.", set()),
        (TITLE, f"{ONCE} Plastic plants stood by living plants.", {"more for than against"}),
        ("Living plants", "They were watered.", {"firmly against and nothing for"}),
        ("Living plants", ONCE, set()),
        (TITLE, "No plastic plants were seen. No plastic plant was sold.", set()),
    ],
)
def test_what_cues_come_to_together(gardens: Protocol, title: str, abstract: str, said: set[str]):
    reading = read_report((title, abstract, "en"), compile_cues(gardens))
    counts = cue_counts([reading], ["plastic"])[0]
    told = dict(zip(COUNT_NAMES, counts, strict=True))
    assert {name for name in TOGETHER if told[name]} == said


# Half a title in another script is still read; a text mostly in one is not English.
@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("School gardens 学校", True),
        ("学校の庭 in Leeds", True),
        ("学校の庭について", False),
        ("12", True),
    ],
)
def test_english_is_written_in_latin_letters(gardens: Protocol, text: str, english: bool):
    assert read_report((text, "", "en"), compile_cues(gardens)).in_english is english
