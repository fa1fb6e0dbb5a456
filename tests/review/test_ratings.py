"""What two people's first votes are compared on, and what is no answer to a question."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from review.annotations import NOTHING, Annotation, AnnotationVerdict, Direction
from review.decisions import Answer, Decision, DecisionAnswer, Stage, Verdict, quote_from
from review.places import gather_places
from review.ratings import Question, questions_of_annotations, questions_of_decisions
from review.reviewers import Task
from review.second_reading import draw_second_readers, find_disputes

NOW = datetime(2026, 3, 2, tzinfo=UTC)
TEXT = "Pay was low. Training helped a lot. Managers did not know."


def _annotation(who: str, theme: str, verdict: str = "accept", **changed: object) -> Annotation:
    said = Annotation(
        annotation_id=f"{who} {theme}",
        report_id=1,
        text_hash="h",
        quote=quote_from(TEXT, 0, 12),
        theme=theme,
        verdict=AnnotationVerdict(verdict),
        direction=Direction.BARRIER,
        reviewer=who,
        annotated_at=NOW,
        codebook_version="1",
    )
    return replace(said, **changed)  # type: ignore[arg-type]


def _decision(who: str, verdict: Verdict, reason: str | None = None, met: str = "") -> Decision:
    return Decision(
        decision_id=who,
        report_id=1,
        stage=Stage.TITLE_ABSTRACT,
        reviewer=who,
        verdict=verdict,
        exclusion_reason=reason,
        decided_at=NOW,
        answers=(DecisionAnswer(criterion="adults", answer=Answer(met)),) if met else (),
    )


def _said(questions: list[Question]) -> dict[tuple[str, str], dict[str, str]]:
    """By group and key what each person said, where there is something to compare."""
    return {
        (q.group, q.key): {r.rater: r.category for r in q.ratings} for q in questions if q.ratings
    }


# A criterion that only one person answered is compared with nothing, and a reason only among those
# who excluded.
def test_decisions_are_compared_on_verdict_reason_and_criteria() -> None:
    said = [
        _decision("ana", Verdict.EXCLUDE, "informal", "met"),
        _decision("ben", Verdict.EXCLUDE, "online", "unclear"),
        _decision("cem", Verdict.INCLUDE),
    ]
    stage = str(Stage.TITLE_ABSTRACT)
    assert _said(questions_of_decisions(said, {}, ["adults", "design"])) == {
        (stage, "verdict"): {"ana": "exclude", "ben": "exclude", "cem": "include"},
        (stage, "exclusion_reason"): {"ana": "informal", "ben": "online"},
        (stage, "adults"): {"ana": "met", "ben": "unclear"},
    }
    assert _said(questions_of_decisions(said[:1], {}, ["adults"])) == {}


# Reports of one study are of one study for the interval.
def test_reports_of_a_study_are_one_study() -> None:
    said = [_decision("ana", Verdict.INCLUDE), _decision("ben", Verdict.INCLUDE)]
    verdict = questions_of_decisions(said, {1: 7}, [])[0]
    assert {(r.unit, r.study) for r in verdict.ratings} == {(1, 7)}


# Directions are compared where both say that the theme is there, and themes wherever both answered.
def test_directions_are_compared_on_shared_themes_alone() -> None:
    said = [
        _annotation("ana", "pay"),
        _annotation("ben", "pay", direction=Direction.BOTH),
        _annotation("ana", "training"),
        _annotation("ben", "training", "reject"),
        _annotation("ana", "gone"),
        _annotation("ben", "gone"),
    ]
    found = questions_of_annotations(said, {}, ["pay", "training"])
    assert _said(found) == {
        ("themes", ""): {"ana": "yes", "ben": "no"},
        ("themes", "pay"): {"ana": "yes", "ben": "yes"},
        ("themes", "training"): {"ana": "yes", "ben": "no"},
        ("directions", ""): {"ana": "barrier", "ben": "both"},
        ("directions", "pay"): {"ana": "barrier", "ben": "both"},
    }
    assert [len(q.ratings) for q in found if q.key == ""] == [4, 2]


# Who answered before anything was suggested named all that they saw; who was shown a suggestion and
# answered it has said nothing of other themes, nor anyone of other passages.
def test_silence_is_a_no_of_those_who_were_not_led() -> None:
    elsewhere = {"quote": quote_from(TEXT, 13, 35), "saw_suggestion": False}
    said = [
        _annotation("ana", "pay", "add"),
        _annotation("ben", "training", "add", saw_suggestion=False),
        _annotation("cem", "training"),
        _annotation("dan", "training", "add", **elsewhere),
    ]
    assert _said(questions_of_annotations(said, {}, ["pay", "training"])) == {
        ("themes", ""): {"ana": "yes", "ben": "yes", "cem": "yes"},
        ("themes", "pay"): {"ana": "yes", "ben": "no"},
        ("themes", "training"): {"ben": "yes", "cem": "yes"},
        ("directions", ""): {"ben": "barrier", "cem": "barrier"},
        ("directions", "training"): {"ben": "barrier", "cem": "barrier"},
    }


# So is "no influence at all", which is no theme of the codebook.
def test_who_named_no_theme_said_no_to_each() -> None:
    said = [
        _annotation("ana", "pay"),
        _annotation("ben", NOTHING, "add", saw_suggestion=False),
        _annotation("cem", NOTHING, "add"),
    ]
    found = _said(questions_of_annotations(said, {}, ["pay"]))
    assert found["themes", "pay"] == {"ana": "yes", "ben": "no", "cem": "no"}


# A place is the same for two people where one of them moved the edges, and ends where words do.
def test_moved_edges_leave_a_place_what_it_is() -> None:
    wide = _annotation("ben", "pay", "reject", quote=quote_from(TEXT, 4, 20))
    next_one = _annotation("ana", "pay", quote=quote_from(TEXT, 20, 35))
    other_text = _annotation("dan", "pay", text_hash="other")
    first = _annotation("ana", "pay")
    places = gather_places([next_one, wide, first, other_text])
    assert places == [[wide, first], [next_one], [other_text]]
    [dispute] = find_disputes([next_one, wide, first, other_text], [])
    assert dispute.said == (wide, first)
    assert find_disputes([wide, first], [_annotation("eve", "pay", "reject")]) == [], "settled"


def test_what_is_disputed() -> None:
    yes = _annotation("ana", "pay")
    for other, differs in (
        (_annotation("ben", "pay", "add"), False),
        (_annotation("ben", "pay", direction=Direction.BOTH), True),
        (_annotation("ben", "pay", "reject"), True),
    ):
        assert bool(find_disputes([yes, other], [])) is differs
    no, refusal = (
        _annotation(who, "pay", "reject", direction=d)
        for who, d in zip(("ana", "ben"), (Direction.BOTH, Direction.BARRIER), strict=True)
    )
    assert find_disputes([no, refusal], []) == [], "a theme that is not there has no direction"


_READ = st.dictionaries(st.integers(1, 500), st.sampled_from(["ana", "ben", "cem"]))


# Nobody reads twice what they read, nobody is asked for more than one beyond what others are, and
# a larger share draws all that the smaller draws.
@given(_READ, st.floats(0, 1), st.floats(0, 1))
def test_second_readers_are_drawn_by_share(read: dict[int, str], one: float, other: float) -> None:
    drawn = [
        draw_second_readers(read, ["ana", "ben", "cem"], task=Task.FULL_TEXT, share=share, owed={})
        for share in sorted((one, other))
    ]
    assert drawn[0].keys() <= drawn[1].keys()
    assert all(read[report_id] != who for report_id, who in drawn[1].items())
    whole = draw_second_readers(read, ["ana", "ben"], task=Task.FULL_TEXT, share=1, owed={})
    assert whole.keys() == read.keys()
    assert draw_second_readers(read, ["ana"], task=Task.FULL_TEXT, share=0, owed={}) == {}


def test_who_is_asked_least_is_asked_next() -> None:
    read = dict.fromkeys(range(1, 2001), "ana")
    draw = {"task": Task.TITLE_ABSTRACT, "share": 0.2}
    readers = ["ana", "ben", "cem"]
    even = list(draw_second_readers(read, readers, owed={}, **draw).values())  # type: ignore[arg-type]
    assert 350 < len(even) < 450
    assert abs(even.count("ben") - even.count("cem")) <= 1
    uneven = draw_second_readers(read, readers, owed={"ben": 100}, **draw)  # type: ignore[arg-type]
    counted = list(uneven.values())
    assert abs(counted.count("cem") - counted.count("ben") - 100) <= 1
