"""What people verified and what the machine suggests are counted apart, by study and direction."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.matrix import (
    Finding,
    build_matrix,
    join_directions,
    settle_annotations,
    suggested_findings,
    wilson_interval,
)
from review.annotations import (
    Annotation,
    AnnotationVerdict,
    Direction,
    Passage,
    PassageTags,
    ThemeScore,
)
from review.decisions import Quote

NOW = datetime(2025, 11, 24, tzinfo=UTC)
ACCEPT, REJECT, ADD = AnnotationVerdict
HELP, HARM, BOTH, UNCLEAR = Direction


def quote(start=0, end=10):
    return Quote(start=start, end=end, exact="x" * (end - start), prefix="", suffix="")


def word(verdict, direction=HELP, reviewer="ada", report=1, theme="loudness", minutes=0, at=None):
    return Annotation(
        annotation_id=f"{reviewer}-{report}-{theme}-{minutes}-{verdict}",
        report_id=report,
        text_hash="h",
        quote=at or quote(),
        theme=theme,
        verdict=verdict,
        direction=direction,
        reviewer=reviewer,
        annotated_at=NOW + timedelta(minutes=minutes),
        codebook_version="1",
    )


def tags(theme="loudness", score=0.8, suggested=True, at=None):
    scored = ThemeScore(
        theme=theme,
        score=score,
        suggested=suggested,
        direction=HARM,
        direction_score=0.9,
        nearest="",
    )
    return PassageTags(
        passage=Passage(quote=at or quote(), position=0), relevance=0.9, themes=(scored,)
    )


def test_accepted_and_added_themes_are_findings_and_rejected_ones_are_not():
    settled = settle_annotations([word(ACCEPT), word(ADD, HARM, report=2), word(REJECT, report=3)])
    assert [(f.study, f.direction) for f in settled.findings] == [(1, HELP), (2, HARM)]
    assert (settled.rejected, settled.disputed) == (1, 0)


def test_the_later_word_of_a_reviewer_counts_whatever_the_order_of_rows():
    words = [word(REJECT, minutes=5), word(ACCEPT, minutes=1)]
    for rows in (words, words[::-1]):
        assert settle_annotations(rows).findings == ()
        assert settle_annotations(rows).rejected == 1


# Nobody's word is chosen over another's: a third person settles it.
def test_a_place_two_people_do_not_agree_on_counts_nowhere():
    settled = settle_annotations([word(ACCEPT), word(REJECT, reviewer="bo")])
    assert settled.findings == ()
    assert settled.disputed == 1


# What was settled counts instead of what was said, on the same words and where edges were moved; no
# other passage and no other theme is touched by it.
def test_a_consensus_counts_instead_of_the_annotations_it_settles():
    said = [
        word(ACCEPT, at=quote(0, 9)),
        word(REJECT, reviewer="bo", at=quote(2, 9)),
        word(ACCEPT, at=quote(20, 29)),
        word(REJECT, theme="colour", at=quote(0, 9)),
    ]
    settled = settle_annotations(said, [word(ACCEPT, HARM, reviewer="eve", at=quote(0, 9))])
    assert [(f.direction, f.quote.start) for f in settled.findings] == [(HELP, 20), (HARM, 0)]
    assert (settled.rejected, settled.disputed) == (1, 0)
    refused = settle_annotations(said[:2], [word(REJECT, reviewer="eve", at=quote(0, 9))])
    assert (refused.findings, refused.rejected, refused.disputed) == ((), 1, 0)


def test_agreed_theme_with_two_directions_is_unclear():
    settled = settle_annotations([word(ACCEPT, HELP), word(ACCEPT, HARM, reviewer="bo")])
    assert [f.direction for f in settled.findings] == [UNCLEAR]


def test_help_in_one_passage_and_harm_in_another_is_both():
    assert join_directions({HELP, HARM}) is BOTH
    assert join_directions({HELP, UNCLEAR}) is HELP
    assert join_directions({UNCLEAR}) is UNCLEAR
    assert join_directions({HARM, BOTH}) is BOTH


def test_a_suggestion_stays_open_until_a_person_answers_it():
    machine = {1: [tags()], 2: [tags(score=0.5), tags(suggested=False, at=quote(20, 30))]}
    assert [f.study for f in suggested_findings(machine, [])] == [1, 2]
    # The reviewer moved the edge: it is the same passage all the same.
    answered = [word(REJECT, at=quote(4, 14))]
    assert [f.study for f in suggested_findings(machine, answered)] == [2]
    # A word on another theme or on another passage answers nothing.
    elsewhere = [word(REJECT, theme="colour"), word(REJECT, at=quote(10, 14))]
    assert [f.study for f in suggested_findings(machine, elsewhere)] == [1, 2]


def test_the_best_suggestion_of_a_study_comes_first():
    machine = {1: [tags(score=0.5), tags(score=0.9, at=quote(20, 30))]}
    assert [f.score for f in suggested_findings(machine, [])] == [0.9, 0.5]


def finding(study, theme="loudness", direction=HELP, score=None):
    return Finding(study=study, theme=theme, direction=direction, quote=quote(), score=score)


def test_a_study_counts_once_per_theme_with_numerator_denominator_and_interval():
    found = [finding(1), finding(1), finding(2, direction=HARM), finding(9)]
    matrix = build_matrix(found, studies=[1, 2, 3], themes=["loudness", "colour"], verified=True)
    loud, colour = matrix.counts
    assert (loud.facilitator, loud.barrier, loud.both, loud.unclear) == (1, 1, 0, 0)
    assert (loud.numerator, loud.denominator) == (2, 3)
    assert loud.share == pytest.approx(2 / 3)
    # By hand from Wilson's formula with z = 1.95996.
    assert (loud.low, loud.high) == (
        pytest.approx(0.2077, abs=1e-4),
        pytest.approx(0.9385, abs=1e-4),
    )
    assert (colour.numerator, colour.share, colour.low) == (0, 0, 0)
    assert matrix.cell(1, "loudness") is HELP
    assert matrix.cell(3, "loudness") is None
    assert matrix.cell(9, "loudness") is None


def test_the_two_voices_cannot_be_counted_in_one_number():
    for voice, score in ((True, 0.8), (False, None)):
        with pytest.raises(ValueError, match="not both"):
            build_matrix(
                [finding(1, score=score)], studies=[1], themes=["loudness"], verified=voice
            )


def test_without_studies_there_is_no_share():
    (count,) = build_matrix([], studies=[], themes=["loudness"], verified=True).counts
    assert (count.share, count.low, count.high) == (None, None, None)


# Newcombe 1998, table I, method 3: 81 of 263, 15 of 148, 0 of 20 and 1 of 29.
@pytest.mark.parametrize(
    ("numerator", "denominator", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_intervals_are_those_of_the_published_table(numerator, denominator, low, high):
    assert wilson_interval(numerator, denominator) == (
        pytest.approx(low, abs=5e-5),
        pytest.approx(high, abs=5e-5),
    )


@given(
    st.lists(
        st.tuples(
            st.integers(0, 9), st.sampled_from(["loudness", "colour"]), st.sampled_from(Direction)
        )
    )
)
def test_directions_sum_to_the_studies_that_report_the_theme(rows):
    found = [finding(study, theme, direction) for study, theme, direction in rows]
    matrix = build_matrix(found, studies=range(10), themes=["loudness", "colour"], verified=True)
    for count in matrix.counts:
        assert count.numerator == len({s for s, theme, _ in rows if theme == count.theme})
        assert count.low <= count.share <= count.high
