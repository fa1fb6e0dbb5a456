"""Only answers given before the machine's view was seen say how good it is."""

from __future__ import annotations

from extraction.blind import evaluate_blind
from extraction.labelled import LabelledPassage
from review.annotations import Direction, ThemeScore


def _passage(name: str, *themes: str) -> LabelledPassage:
    return LabelledPassage(passage_id=name, text=name, themes=themes, study_group=f"study {name}")


def _said(theme: str, score: float) -> ThemeScore:
    return ThemeScore(
        theme=theme,
        score=score,
        suggested=score >= 0.5,
        direction=Direction.UNCLEAR,
        direction_score=0.5,
        nearest="",
    )


# A theme that people added and nobody suggested counts against recall, a wrong suggestion against
# precision, and what was answered with the suggestion in sight against neither.
def test_blind_answers_give_precision_and_recall() -> None:
    labelled = [
        _passage("a", "water"),
        _passage("b", "water"),
        _passage("c"),
        _passage("led", "water"),
    ]
    said = {
        "a": [_said("water", 0.9)],
        "b": [_said("water", 0.2)],
        "c": [_said("water", 0.8)],
        "led": [_said("water", 0.9)],
    }
    figures = evaluate_blind(labelled, {"a", "b", "c"}, said, ["water"])
    assert figures is not None
    (water,) = figures.themes
    assert (water.passages, water.suggested, water.precision, water.recall) == (2, 2, 0.5, 0.5)
    low, high = water.intervals["recall"]
    assert low <= 0.5 <= high


# Without blind answers nothing is claimed.
def test_no_blind_answers_are_no_figures() -> None:
    assert evaluate_blind([_passage("a", "water")], set(), {"a": []}, ["water"]) is None
