"""Sums add up, and the small formulas give the published figures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.rates import confint_poisson

from cxkit.kpi import statistics
from cxkit.kpi.statistics import detectable, divide, effective, garwood, holm, kish, mover, point, straightened
from cxkit.kpi.sums import Estimates, Sums


def single(value: float, low: float, high: float, se: float = 1.0) -> Estimates:
    return Estimates(*(np.array([number]) for number in (value, low, high, se, 100.0)), method="")


def test_every_public_name_is_there() -> None:
    assert all(hasattr(statistics, name) for name in statistics.__all__)


def test_without_weights_the_weights_are_the_rows() -> None:
    sums = Sums.of(n=[6.0, 0.0], y=[3.0, 0.0])
    assert [values.tolist() for values in (sums.w, sums.ww, sums.x, sums.xx, sums.xy)] == [[6, 0]] * 4 + [[3, 0]]


def test_what_cannot_be_known_is_nan() -> None:
    sums = Sums.of(n=6, w=7, y=3)
    assert np.isnan([sums.ww, sums.yy, sums.xy, sums.xx, sums.plus, sums.m, sums.cyy]).all()


def test_a_field_that_is_none_is_refused() -> None:
    with pytest.raises(TypeError, match="hits"):
        Sums.of(n=6, hits=3)


def test_a_single_number_stands_for_every_cell() -> None:
    assert Sums.of(n=[5, 6, 7], y=1, m=4).m.tolist() == [4, 4, 4]


def test_cells_are_picked_in_the_order_asked() -> None:
    sums = Sums.of(n=[5, 6, 7], y=[1, 2, 3])
    assert sums.at([2, 0]).y.tolist() == [3, 1]
    assert sums.at(np.array([False, True, False])).n.tolist() == [6]
    assert sums.at(slice(1, None)).n.tolist() == [6, 7]


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=2), st.lists(st.integers(0, 1000), min_size=2, max_size=2))
@settings(max_examples=25, deadline=None)
def test_taking_away_what_was_added_changes_nothing(a: list[int], b: list[int]) -> None:
    one, two = Sums.of(n=a, y=a[::-1]), Sums.of(n=b, y=b)
    back = (one + two) - two
    assert back.n.tolist() == one.n.tolist()
    assert back.y.tolist() == one.y.tolist()


def test_a_point_needs_rows_and_a_positive_denominator() -> None:
    values = point(Sums.of(n=[4, 0, 4, 4], y=[1, 0, 1, 1], x=[4, 0, 0, -2]))
    assert values.tolist() == pytest.approx([0.25, np.nan, np.nan, np.nan], nan_ok=True)


def test_dividing_by_nothing_is_silent() -> None:
    assert divide(np.array([1.0, 1.0]), np.array([2.0, 0.0])).tolist() == pytest.approx([0.5, np.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        pytest.param([1, 2, 3, 4], 3.3333333333, id="weights.kish.small"),
        pytest.param([0.5] * 40 + [1] * 40 + [2.5] * 20, 69.1428571429, id="weights.kish.block"),
        pytest.param([100, 200, 50, 400, 250], 3.6363636364, id="revenue.effective_accounts"),
    ],
)
def test_kish(weights: list[float], expected: float) -> None:
    w = np.array(weights, dtype=float)
    assert kish(w.sum(keepdims=True), (w * w).sum(keepdims=True))[0] == pytest.approx(expected, abs=1e-9)
    assert effective(Sums.of(n=w.size, w=w.sum(), ww=(w * w).sum()))[0] == pytest.approx(expected, abs=1e-9)


def test_without_weights_or_customers_the_base_is_the_rows() -> None:
    assert effective(Sums.of(n=[1, 37], y=[0, 12])).tolist() == [1, 37]


def test_no_rows_are_no_base_whatever_rounding_leaves_of_their_weights() -> None:
    assert np.isnan(effective(Sums.of(n=0, w=1e-17, ww=1e-17, y=0))).all()


def test_a_base_is_never_worth_more_for_being_clustered() -> None:
    # Each of 20 customers hit once and missed once: they differ less than chance would have it.
    assert effective(Sums.of(n=40, y=20, yy=20, m=20, cyy=20, cxy=40, cxx=80)).tolist() == [40]


def test_customers_who_always_agree_with_themselves_count_about_once() -> None:
    # 100 customers, each answered four times alike, half of them hits.
    (base,) = effective(Sums.of(n=400, y=200, yy=200, m=100, cyy=800, cxy=800, cxx=1600))
    assert base == pytest.approx(100, rel=0.01)


@pytest.mark.parametrize("hits", [0, 100])
def test_where_nobody_differs_each_customer_counts_once(hits: int) -> None:
    sums = Sums.of(n=100, y=hits, yy=hits, m=40, cyy=2.9 * hits, cxy=2.9 * hits, cxx=290)
    assert effective(sums).tolist() == [40]


def test_a_single_customer_counts_once() -> None:
    assert effective(Sums.of(n=10, y=4, yy=4, m=1, cyy=16, cxy=40, cxx=100)).tolist() == [1]


def test_weights_and_customers_both_make_a_base_smaller() -> None:
    weighted = Sums.of(n=400, w=400, ww=500, y=200, yy=250, xy=250)
    both = Sums.of(n=400, w=400, ww=500, y=200, yy=250, xy=250, m=100, cyy=900, cxy=900, cxx=1800)
    assert effective(both)[0] < effective(weighted)[0] < 400


def test_garwood_published() -> None:
    # rate.poisson_exact.10
    low, high = garwood(np.array([10.0]))
    assert (low[0], high[0]) == pytest.approx((4.7953886961, 18.390356042), abs=1e-6)


def test_garwood_agrees_with_statsmodels() -> None:
    events = np.array([0.0, 1.0, 3.0, 30.0, 4000.0])
    low, high = garwood(events, conf=0.9)
    expected = np.array([confint_poisson(count, 1, method="exact-c", alpha=0.1) for count in events])
    assert np.column_stack([low, high]) == pytest.approx(np.nan_to_num(expected), rel=1e-9)


@given(st.floats(0, 1e5))
@settings(max_examples=40, deadline=None)
def test_garwood_holds_any_fraction_of_an_event(events: float) -> None:
    low, high = garwood(np.array([events]))
    assert 0 <= low[0] <= events < high[0]


def test_mover_of_symmetric_intervals_is_pythagoras() -> None:
    low, high = mover(single(10, 7, 13), single(4, 0, 8))
    assert (low[0], high[0]) == pytest.approx((6 - 5, 6 + 5))


def test_detectable_is_the_textbook_multiple_of_the_error() -> None:
    # 1.959964 + 0.841621 standard errors of the difference
    found = detectable(single(0, -1, 1, se=3), single(0, -1, 1, se=4))
    assert found[0] == pytest.approx(2.801585 * 5, abs=1e-5)


def test_detectable_takes_the_interval_where_the_error_is_zero() -> None:
    found = detectable(single(0, 0, 2 * 1.959964 * 3, se=0), single(0, -1, 1, se=4))
    assert found[0] == pytest.approx(2.801585 * 5, abs=1e-5)


BH_1995 = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719]
BH_1995 += [0.6528, 0.759, 1.0]


def test_holm_published() -> None:
    # multiplicity.bh1995
    expected = [0.0015, 0.0056, 0.0247, 0.114, 0.2211, 0.278, 0.278, 0.278, 0.3213] + [1.0] * 6
    assert holm(BH_1995) == pytest.approx(expected, abs=1e-9)


def test_holm_passes_over_what_was_not_tested() -> None:
    assert holm([np.nan, 0.01, np.nan, 0.04]) == pytest.approx([np.nan, 0.02, np.nan, 0.04], nan_ok=True)


@pytest.mark.parametrize("p", [[], [np.nan], [0.2]])
def test_holm_leaves_a_family_of_one_alone(p: list[float]) -> None:
    assert holm(p) == pytest.approx(p, nan_ok=True)


@pytest.mark.parametrize("size", [1, 2, 9, 60])
def test_holm_agrees_with_statsmodels(size: int) -> None:
    p = np.random.default_rng(size).uniform(0, 0.2, size).round(2)  # rounded, so that there are ties
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-12)


@given(st.permutations(BH_1995))
@settings(max_examples=10, deadline=None)
def test_holm_does_not_mind_the_order(p: list[float]) -> None:
    corrected = dict(zip(p, holm(p).tolist(), strict=True))
    assert [corrected[value] for value in BH_1995] == holm(BH_1995).tolist()


@given(st.floats(-6, 6), st.floats(-0.5, 0.5))
@settings(max_examples=60, deadline=None)
def test_a_statistic_that_leans_is_straightened_by_its_own_equation(z: float, skewness: float) -> None:
    (found,) = straightened(np.array([z]), np.array([skewness]))
    if 1 + 4 * skewness / 6 * (z + skewness / 6) > 0:
        assert found + skewness / 6 * (found**2 - 1) == pytest.approx(z, abs=1e-9)
    (back,) = straightened(np.array([-z]), np.array([-skewness]))
    assert back == pytest.approx(-found)
