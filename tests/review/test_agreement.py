"""Agreement: published tables give their published figures; what is undetermined is not said."""

from __future__ import annotations

from collections.abc import Sequence

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from review.agreement import Agreement, Figure, Rating, measure_agreement, pairs_of_raters

# Krippendorff, Computing Krippendorff's alpha-reliability (2011), sections A, B and C; a dot is
# a unit the observer left out.
TWO_OBSERVERS_TWO_VALUES = ("0100000010", "1110010000")
TWO_OBSERVERS_FIVE_VALUES = ("aabbdcccedda", "babbbccceddd")
FOUR_OBSERVERS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


def _ratings(rows: Sequence[str]) -> list[Rating]:
    return [
        Rating(unit=unit, study=unit, rater=f"rater {row}", category=category)
        for row, categories in enumerate(rows)
        for unit, category in enumerate(categories)
        if category != "."
    ]


def _table(both: int, first: int, second: int, neither: int) -> list[Rating]:
    """Two raters' yes and no: both say yes, the first alone, the second alone, neither."""
    ana = "y" * both + "y" * first + "n" * second + "n" * neither
    ben = "y" * both + "n" * first + "y" * second + "n" * neither
    return _ratings([ana, ben])


def _rounded(figure: Figure, digits: int = 3) -> float:
    assert figure.value is not None
    return round(figure.value, digits)


@pytest.mark.parametrize(
    ("rows", "alpha"),
    [
        (TWO_OBSERVERS_TWO_VALUES, 0.095),
        (TWO_OBSERVERS_FIVE_VALUES, 0.692),
        (FOUR_OBSERVERS, 0.743),
    ],
)
def test_alpha_is_krippendorffs(rows: Sequence[str], alpha: float) -> None:
    assert _rounded(measure_agreement(_ratings(rows)).alpha) == alpha


# The four observers again, as Gwet has them (Handbook of Inter-Rater Reliability, 2014).
def test_ac1_of_several_raters_is_gwets() -> None:
    found = measure_agreement(_ratings(FOUR_OBSERVERS))
    assert (found.units, found.alike) == (11, 8)
    assert (_rounded(found.raw, 4), _rounded(found.ac1, 4)) == (0.8182, 0.7754)


# Gwet, Kappa statistic is not satisfactory for assessing the extent of agreement between raters
# (2002): 118 of 125 are yes to both, and kappa is below 0 all the same.
def test_rare_answers_trouble_kappa_and_not_ac1() -> None:
    found = measure_agreement(_table(118, 5, 2, 0), "y")
    assert _rounded(found.raw) == 0.944
    assert _rounded(found.kappa, 4) == -0.0234
    assert _rounded(found.ac1, 4) == 0.9408


# Feinstein and Cicchetti, J Clin Epidemiol 1990;43:543-549, and Cicchetti and Feinstein, ibid.
# 551-558: raw agreement is 0.85 in both and kappa 0.70 and 0.32; positive agreement by hand.
@pytest.mark.parametrize(
    ("cells", "kappa", "positive", "prevalence"),
    [((40, 9, 6, 45), 0.70, 80 / 95, 95 / 200), ((80, 10, 5, 5), 0.32, 160 / 175, 175 / 200)],
)
def test_positive_agreement_and_prevalence(
    cells: tuple[int, int, int, int], kappa: float, positive: float, prevalence: float
) -> None:
    found = measure_agreement(_table(*cells), "y")
    assert (_rounded(found.raw, 2), _rounded(found.kappa, 2)) == (0.85, kappa)
    assert found.positive.value == pytest.approx(positive)
    assert found.prevalence.value == pytest.approx(prevalence)


# Three raters on two units: yes yes no, and no no no. Of the two ratings that say yes each has one
# of two others beside it: (1/2 + 1/2) / 2.
def test_positive_agreement_of_three_raters_by_hand() -> None:
    found = measure_agreement(_ratings(["yn", "yn", "nn"]), "y")
    assert found.positive.value == pytest.approx(1 / 2)
    assert found.prevalence.value == pytest.approx(2 / 6)
    assert found.kappa == Figure(why="of two people only")


_PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1)


@given(_PAIRS)
def test_kappa_is_scikit_learns(pairs: list[tuple[str, str]]) -> None:
    first, second = ("".join(said) for said in zip(*pairs, strict=True))
    found = measure_agreement(_ratings([first, second]), resamples=2).kappa
    if len({*first, *second}) > 1:
        assert found.value == pytest.approx(cohen_kappa_score(list(first), list(second)))
    else:
        assert found.value is None


@given(st.lists(st.text("abc.", min_size=6, max_size=6), min_size=2, max_size=4))
def test_alpha_is_the_reference_programs(rows: list[str]) -> None:
    found = measure_agreement(_ratings(rows), resamples=2).alpha
    places = {"a": 0, "b": 1, "c": 2, ".": np.nan}
    data = np.array([[places[category] for category in row] for row in rows], dtype=float)
    if found.value is not None:
        theirs = krippendorff.alpha(reliability_data=data, level_of_measurement="nominal")
        assert found.value == pytest.approx(theirs)


def _stated(found: Agreement) -> list[float]:
    figures = (found.raw, found.positive, found.prevalence, found.kappa, found.alpha, found.ac1)
    return [edge for f in figures for edge in (f.value, f.low, f.high) if edge is not None]


# Nothing is stated of ratings that nobody can compare, or that were one thing throughout.
@pytest.mark.parametrize("rows", [[], ["yny"], ["y..", ".n."], ["yyyy", "yyyy"], ["nn", "nn"]])
def test_what_is_not_determined_is_not_stated(rows: list[str]) -> None:
    found = measure_agreement(_ratings(rows), "y")
    assert _stated(found) == []
    assert found.raw.why
    assert found.alpha.why


@given(
    st.lists(st.text("yn.", min_size=4, max_size=4), min_size=1, max_size=3),
    st.lists(st.integers(1, 3), min_size=4, max_size=4),
)
def test_no_figure_is_ever_without_a_number_or_beyond_its_scale(
    rows: list[str], studies: list[int]
) -> None:
    ratings = [
        Rating(unit=r.unit, study=studies[int(str(r.unit))], rater=r.rater, category=r.category)
        for r in _ratings(rows)
    ]
    found = measure_agreement(ratings, "y", resamples=50)
    assert all(-1 - 1e-9 <= value <= 1 + 1e-9 for value in _stated(found))
    for figure in (found.raw, found.positive, found.kappa, found.alpha, found.ac1):
        if figure.low is not None and figure.high is not None:
            assert figure.low < figure.high


# Answers of one study say little more than one of them: ten times as many in the same studies
# leave the interval as it was.
def test_intervals_come_from_studies_and_not_from_answers() -> None:
    once = _table(20, 6, 4, 20)
    often = [
        Rating(unit=(r.unit, n), study=r.study, rater=r.rater, category=r.category)
        for r in once
        for n in range(10)
    ]
    few, many = measure_agreement(once, "y"), measure_agreement(often, "y")
    assert (many.units, many.studies) == (500, 50)
    assert few.kappa.low is not None
    assert few.kappa.high is not None
    assert few.kappa.low < 0.6 < few.kappa.high
    assert (many.kappa.low, many.kappa.high) == pytest.approx((few.kappa.low, few.kappa.high))


# Of many answers, each of a study of its own, the interval is that of the large-sample error of
# kappa (Fleiss, Cohen and Everitt, Psychol Bull 1969;72:323-327): with even margins and four in
# five alike it is 0.8 / sqrt(400), by hand, so 0.6 less and more 1.96 * 0.04.
def test_an_interval_of_many_is_that_of_the_large_sample_error() -> None:
    kappa = measure_agreement(_table(160, 40, 40, 160), "y").kappa
    assert kappa.value == pytest.approx(0.6)
    assert (kappa.low, kappa.high) == pytest.approx((0.6 - 0.0784, 0.6 + 0.0784), abs=0.012)


def test_no_interval_where_drawing_studies_says_nothing() -> None:
    one_study = [
        Rating(unit=r.unit, study=1, rater=r.rater, category=r.category) for r in _table(4, 1, 1, 4)
    ]
    found = measure_agreement(one_study, "y").kappa
    assert found.value == pytest.approx(0.6)
    assert (found.low, found.why) == (None, "no interval from one study")
    perfect = measure_agreement(_table(5, 0, 0, 5), "y").kappa
    assert (perfect.value, perfect.low) == (1, None)
    assert "changes nothing" in perfect.why
    rare = measure_agreement(_table(1, 0, 0, 20), "y").kappa
    assert (rare.low, rare.why) == (None, "no interval: too few studies determine it")


def test_a_rater_who_rates_a_unit_twice_is_refused() -> None:
    twice = [Rating(unit=1, study=1, rater="ana", category=c) for c in "yn"]
    with pytest.raises(ValueError, match="ana rates 1 twice"):
        measure_agreement(twice)


# Each pair has only what both rated, so that a third person changes nothing between two.
def test_pairs_have_what_both_rated() -> None:
    ratings = _ratings(["yyn.", "yn.y", "..yy"])
    pairs = pairs_of_raters(ratings)
    assert {names: len(shared) for names, shared in pairs.items()} == {
        ("rater 0", "rater 1"): 4,
        ("rater 0", "rater 2"): 2,
        ("rater 1", "rater 2"): 2,
    }
    assert measure_agreement(pairs["rater 0", "rater 1"], "y").alike == 1
