"""Counts per bucket add up; quantiles and curves obey their laws and agree with other programs."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight, survdiff

from cxkit.kpi.buckets import GAMMA, ZERO, bucket_value, bucket_values, quantile_of, rank_limits
from cxkit.kpi.curves import curve, log_rank, restricted_mean, standing, waiting
from cxkit.kpi.kinds import quantile, survival
from cxkit.kpi.sums import Differences, Estimates, Sums
from cxkit.kpi.tallies import Tallies

if TYPE_CHECKING:
    from types import ModuleType

Rows = npt.NDArray[np.float64]
HALF = {"share": 0.5}
KEPT = {"horizon": 12, "shows": "kept"}
LOST = {"horizon": 12, "shows": "lost"}
every_kind = pytest.mark.parametrize(
    ("kind", "settings_"), [(quantile, HALF), (survival, KEPT), (survival, LOST)], ids=["quantile", "kept", "lost"]
)


def watched(
    times: npt.ArrayLike, ended: npt.ArrayLike, *, entry: npt.ArrayLike | None = None, by: npt.ArrayLike | None = None
) -> Tallies:
    """The tallies of one cell, from its units, as the query would give them."""
    at, met = np.asarray(times, dtype=float), np.asarray(ended, dtype=float)
    found = Tallies.of([at], ended=[met == 1], other=[met == 2])
    y = (met == 1).astype(float)
    sums: dict[str, Any] = {"n": at.size, "y": y.sum(), "x": at.sum(), "yy": y @ y, "xy": y @ at, "xx": at @ at}
    if by is not None:
        _, customer = np.unique(by, return_inverse=True)
        cy, cx = np.bincount(customer, y), np.bincount(customer, at)
        sums |= {"m": cy.size, "cyy": cy @ cy, "cxy": cy @ cx, "cxx": cx @ cx}
    found = replace(found, sums=Sums.of(**sums))
    if entry is None:
        return found
    late = np.asarray(entry, dtype=float)
    wide = found.over(np.union1d(found.buckets, late[late > 0]))
    return replace(wide, entered=np.array([[(late == b).sum() if b > 0 else 0 for b in wide.buckets]], dtype=float))


def drawn(seed: int, size: int) -> tuple[Rows, Rows]:
    rng = np.random.default_rng(seed)
    ends, seen = rng.geometric(0.06, size), rng.integers(5, 40, size)
    return np.minimum(ends, seen).astype(float), (ends <= seen).astype(float)


def interval(found: Estimates | Differences) -> tuple[float, float]:
    return float(found.low[0]), float(found.high[0])


# --- what all keep to ------------------------------------------------------------------------------------------------


@every_kind
@given(seed=st.integers(0, 10_000), left=st.integers(1, 40), right=st.integers(1, 40))
@settings(max_examples=15, deadline=None)
def test_parts_add_up_to_the_whole(
    kind: ModuleType, settings_: dict[str, Any], seed: int, left: int, right: int
) -> None:
    times, ended = drawn(seed, left + right)
    whole = kind.estimate(watched(times, ended), **settings_)
    both = watched(times[:left], ended[:left]) + watched(times[left:], ended[left:])
    parts = kind.estimate(both, **settings_)
    for name in ("value", "low", "high", "n_eff"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name), nan_ok=True)


@every_kind
def test_a_rest_is_the_total_without_the_segment(kind: ModuleType, settings_: dict[str, Any]) -> None:
    times, ended = drawn(1, 90)
    rest = watched(times, ended) - watched(times[:40], ended[:40])
    expected = kind.estimate(watched(times[40:], ended[40:]), **settings_)
    assert interval(kind.estimate(rest, **settings_)) == pytest.approx(interval(expected))


@every_kind
@given(seed=st.integers(0, 10_000), size=st.integers(1, 120), conf=st.sampled_from([0.8, 0.95, 0.99]))
@settings(max_examples=25, deadline=None)
def test_an_interval_holds_its_value_and_stays_on_its_scale(
    kind: ModuleType, settings_: dict[str, Any], seed: int, size: int, conf: float
) -> None:
    found = kind.estimate(watched(*drawn(seed, size)), conf=conf, **settings_)
    value, (low, high) = found.value[0], interval(found)
    assert not low > value
    assert not high < value
    if kind is survival and np.isfinite(value):
        assert 0 <= low <= high <= 1


@every_kind
def test_an_interval_shrinks_with_n(kind: ModuleType, settings_: dict[str, Any]) -> None:
    times, ended = drawn(2, 60)
    found = [kind.estimate(watched(np.tile(times, k), np.tile(ended, k)), **settings_) for k in (1, 4, 16, 64)]
    widths = [high - low for low, high in map(interval, found)]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < widths[0] / 4


@every_kind
def test_compared_with_itself_nothing_differs(kind: ModuleType, settings_: dict[str, Any]) -> None:
    units = watched(*drawn(3, 60))
    found = kind.difference(units, units, **settings_)
    assert (found.value[0], found.p[0]) == (0, 1)
    assert found.low[0] == pytest.approx(-found.high[0])


@every_kind
@given(seed=st.integers(0, 10_000), left=st.integers(5, 80), right=st.integers(5, 80))
@settings(max_examples=15, deadline=None)
def test_swapping_sides_turns_the_signs_and_p_agrees_with_the_interval(
    kind: ModuleType, settings_: dict[str, Any], seed: int, left: int, right: int
) -> None:
    times, ended = drawn(seed, left + right)
    a, b = watched(times[:left], ended[:left]), watched(times[left:] // 3, ended[left:])
    there, back = kind.difference(a, b, **settings_), kind.difference(b, a, **settings_)
    assert interval(there) == pytest.approx(tuple(-end for end in reversed(interval(back))), abs=1e-9, nan_ok=True)
    assert there.p[0] == pytest.approx(back.p[0], abs=1e-9, nan_ok=True)
    low, high = interval(there)
    assert (there.p[0] < 0.05) == (low > 0 or high < 0)


@every_kind
def test_a_cell_does_not_depend_on_its_neighbours(kind: ModuleType, settings_: dict[str, Any]) -> None:
    cells = [watched(*drawn(seed, size)) for seed, size in ((4, 6), (5, 50), (6, 300))]
    sums = Sums(*(np.concatenate([getattr(c.sums, f.name) for c in cells]) for f in fields(Sums)))
    together = kind.estimate(Tallies.stacked(cells, sums), **settings_)
    apart = [kind.estimate(cell, **settings_) for cell in cells]
    for name in ("value", "low", "high", "n_eff"):
        expected = np.concatenate([getattr(one, name) for one in apart])
        assert getattr(together, name) == pytest.approx(expected, nan_ok=True)
    found = kind.difference(Tallies.stacked(cells, sums), cells[1], **settings_).p
    expected = np.concatenate([kind.difference(cell, cells[1], **settings_).p for cell in cells])
    assert found == pytest.approx(expected, nan_ok=True)


@every_kind
def test_one_row_per_customer_is_as_good_as_no_customers(kind: ModuleType, settings_: dict[str, Any]) -> None:
    times, ended = drawn(7, 80)
    plain, apart = (watched(times, ended, by=by) for by in (None, np.arange(80)))
    assert interval(kind.estimate(apart, **settings_)) == pytest.approx(interval(kind.estimate(plain, **settings_)))


@every_kind
def test_saying_everything_twice_makes_nothing_surer(kind: ModuleType, settings_: dict[str, Any]) -> None:
    times, ended = drawn(8, 300)
    once = kind.estimate(watched(times, ended), **settings_)
    twice = kind.estimate(watched(np.tile(times, 2), np.tile(ended, 2), by=np.tile(np.arange(300), 2)), **settings_)
    assert twice.value == pytest.approx(once.value)
    assert np.subtract(*interval(twice)) == pytest.approx(np.subtract(*interval(once)), rel=0.06)


@every_kind
def test_the_scale_is_only_a_unit(kind: ModuleType, settings_: dict[str, Any]) -> None:
    a, b = watched(*drawn(9, 50)), watched(*drawn(10, 70))
    one, hundred = (kind.difference(a, b, scale=scale, **settings_) for scale in (1.0, 100.0))
    assert interval(hundred) == pytest.approx([100 * end for end in interval(one)])
    assert hundred.p.tolist() == one.p.tolist()


@every_kind
def test_nobody_gives_no_value(kind: ModuleType, settings_: dict[str, Any]) -> None:
    for nobody in (watched([], []), watched([1], [1]) - watched([1], [1])):
        found = kind.estimate(nobody, **settings_)
        assert np.isnan([found.value, found.low, found.high, found.se, found.n_eff]).all()
        apart = kind.difference(watched(*drawn(11, 40)), nobody, **settings_)
        assert np.isnan([apart.value, apart.low, apart.high, apart.p, apart.detectable]).all()


@every_kind
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("field", ["n", "ended", "open"])
def test_what_is_no_number_gives_none(kind: ModuleType, settings_: dict[str, Any], field: str, bad: float) -> None:
    units = watched(*drawn(12, 40))
    if field == "n":
        units = replace(units, sums=replace(units.sums, n=np.array([bad])))
    else:
        counts = getattr(units, field).copy()
        counts[0, 2] = bad
        units = replace(units, **{field: counts})
    found = kind.estimate(units, **settings_)
    assert np.isnan([found.value, found.low, found.high]).all()


@every_kind
def test_no_cells_give_no_estimates(kind: ModuleType, settings_: dict[str, Any]) -> None:
    none = watched(*drawn(13, 9)).at(np.zeros(0, dtype=int))
    assert kind.estimate(none, **settings_).value.shape == kind.difference(none, none, **settings_).p.shape == (0,)


# --- quantiles -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.5, 0.9, 0.05])
@pytest.mark.parametrize("conf", [0.95, 0.99])
def test_ranks_agree_with_scipy(share: float, conf: float) -> None:
    n = np.array([1.0, 2, 5, 10, 36, 71, 72, 368, 1001])
    found = rank_limits(n, share, stats.norm.ppf((1 + conf) / 2))
    oracle = [stats.quantile_test(np.arange(1, k + 1), p=share).confidence_interval(conf) for k in n]
    assert np.column_stack(found) == pytest.approx(np.array(oracle), nan_ok=True)


@given(st.lists(st.integers(0, 200), min_size=1, max_size=90), st.sampled_from([0.25, 0.5, 0.9]))
@settings(max_examples=60, deadline=None)
def test_complete_values_give_what_journeys_give(buckets: list[int], share: float) -> None:
    numbers, counts = np.unique(buckets, return_counts=True)
    one = quantile_of(numbers, counts, share=share, effective=len(buckets))
    found = quantile.estimate(watched(buckets, [1] * len(buckets)), share=share)
    expected = [np.nan if end is None else end for end in (one.value, one.low, one.high)]
    assert [found.value[0], *interval(found)] == pytest.approx(expected, nan_ok=True)
    exact = np.quantile(buckets, share, method="inverted_cdf")
    assert found.value[0] == pytest.approx(bucket_value(float(exact)))


def test_no_time_at_all_is_a_value() -> None:
    assert bucket_values(np.array([ZERO, 0.0, -10.0])) == pytest.approx([0, GAMMA**0.5, GAMMA**-9.5])
    found = quantile.estimate(watched([ZERO] * 30 + [50] * 5, [1] * 35), share=0.5)
    assert (found.value[0], *interval(found)) == (0, 0, 0)


@pytest.mark.parametrize(("n", "exists"), [(35, False), (36, True)])
def test_an_upper_limit_that_does_not_exist_is_not_the_largest_value(n: int, exists: bool) -> None:
    found = quantile.estimate(watched(np.arange(n), np.ones(n)), share=0.9)
    assert np.isfinite(found.high[0]) == exists
    assert np.isfinite([found.value[0], found.low[0]]).all()


def test_values_still_open_can_leave_a_quantile_unknown() -> None:
    found = quantile.estimate(watched(np.arange(40), np.arange(40) < 15), share=0.5)
    assert np.isnan([found.value, found.high, found.n_eff]).all()
    assert np.isfinite(found.low[0])  # but that it is not below this is known


def test_leaving_out_what_is_open_makes_a_median_too_short() -> None:
    rng = np.random.default_rng(20)
    whole, cut = np.floor(rng.normal(100, 20, 3000)), np.floor(rng.normal(100, 20, 3000))
    times, done = np.minimum(whole, cut), whole <= cut
    km, closed = (
        quantile.estimate(units, share=0.5) for units in (watched(times, done), watched(times[done], done[done]))
    )
    assert km.value[0] == pytest.approx(bucket_value(float(np.median(whole))), rel=0.03)
    assert closed.value[0] < 0.9 * km.value[0]


def test_median_limits_agree_with_statsmodels() -> None:
    times, ended = drawn(21, 80)
    found = quantile.estimate(watched(times, ended), share=0.5)
    low, high = SurvfuncRight(times, ended).quantile_ci(0.5, method="cloglog")
    assert interval(found) == pytest.approx((bucket_value(low), bucket_value(high)))


def test_a_curve_that_drops_at_its_end_has_a_lower_limit() -> None:
    # Nine of ten open, the last one ended: the curve goes from 1 to 0, and the median is then.
    found = quantile.estimate(watched(range(10), [0] * 9 + [1]), share=0.5)
    assert found.value[0] == bucket_value(9)
    assert np.isnan(found.high[0])


# --- curves ----------------------------------------------------------------------------------------------------------


@given(seed=st.integers(0, 10_000), size=st.integers(2, 150))
@settings(max_examples=30, deadline=None)
def test_curves_agree_with_statsmodels(seed: int, size: int) -> None:
    times, ended = drawn(seed, size)
    found, oracle = curve(watched(times, ended)), SurvfuncRight(times, ended)
    at = np.isin(found.times, oracle.surv_times)
    assert found.value[0, at] == pytest.approx(oracle.surv_prob, abs=1e-12)
    some = oracle.surv_prob > 0
    assert found.se[0, at][some] == pytest.approx(oracle.surv_prob_se[some])
    assert found.at_risk[0, at].tolist() == oracle.n_risk.tolist()


def test_late_entry_agrees_with_statsmodels() -> None:
    times, ended = drawn(22, 200)
    entry = np.where(np.arange(200) % 3 == 0, 0, np.random.default_rng(23).integers(0, times.astype(int)))
    found, oracle = curve(watched(times, ended, entry=entry)), SurvfuncRight(times, ended, entry=entry)
    at = np.isin(found.times, oracle.surv_times)
    assert found.value[0, at] == pytest.approx(oracle.surv_prob)
    assert found.at_risk[0, at].tolist() == oracle.n_risk.tolist()


def test_competing_events_agree_with_statsmodels() -> None:
    times, ended = drawn(24, 120)
    ended = np.where((ended == 1) & (np.arange(120) % 3 == 0), 2, ended)
    found, oracle = curve(watched(times, ended), incidence=True), CumIncidenceRight(times, ended)
    at = np.isin(found.times, oracle.times)
    assert found.value[0, at] == pytest.approx(oracle.cinc[0])


def test_without_open_ends_an_incidence_varies_as_a_share() -> None:
    rng = np.random.default_rng(25)
    found = curve(watched(rng.integers(1, 9, 60), rng.integers(1, 3, 60)), incidence=True)
    assert found.se**2 == pytest.approx(found.value * (1 - found.value) / 60, abs=1e-12)


def test_shares_of_all_ends_add_up() -> None:
    times, ended = drawn(26, 90)
    ways = np.where(ended == 1, 1 + np.arange(90) % 2, 0)
    swapped = np.where(ways > 0, 3 - ways, 0)
    lost = [survival.estimate(watched(times, w), **LOST).value[0] for w in (ways, swapped)]
    assert sum(lost) + survival.estimate(watched(times, ways), **KEPT).value[0] == pytest.approx(1)


def test_the_variance_of_an_incidence_by_resampling() -> None:
    rng = np.random.default_rng(27)
    times, ended = drawn(27, 150)
    ways = np.where(ended == 1, 1 + np.arange(150) % 2, 0)
    at = rng.integers(0, 150, (1500, 150))
    again = Tallies.of(times[at], ended=ways[at] == 1, other=ways[at] == 2)
    spread = survival.estimate(again, **LOST).value.std()
    assert survival.estimate(watched(times, ways), **LOST).se[0] == pytest.approx(spread, rel=0.06)


def test_lost_is_what_is_not_kept() -> None:
    units = watched(*drawn(28, 60))
    kept, lost = (survival.estimate(units, **how) for how in (KEPT, LOST))
    assert (lost.value[0], *interval(lost)) == pytest.approx((1 - kept.value[0], 1 - kept.high[0], 1 - kept.low[0]))


@pytest.mark.parametrize("horizon", [5, 5.5, 6, 11.9, 12])
def test_a_horizon_reads_the_curve(horizon: float) -> None:
    units = watched([3, 5, 5, 8, 12, 20], [1, 1, 0, 1, 0, 1])
    whole, found = curve(units), standing(units, horizon)
    at = np.searchsorted(whole.times, horizon, side="right") - 1
    assert (found.share[0], found.error[0]) == pytest.approx((whole.value[0, at], whole.se[0, at]))


@pytest.mark.parametrize(
    ("times", "ended", "entry", "value"),
    [
        pytest.param([3, 5, 11], [1, 0, 0], None, np.nan, id="nobody was watched that long"),
        pytest.param([3, 5, 12], [1, 0, 0], None, 2 / 3, id="one was"),
        pytest.param([3, 5, 11], [1, 1, 1], None, 0, id="all had ended by then"),
        pytest.param([20, 30], [1, 0], None, 1, id="nobody has ended yet"),
        pytest.param([20, 30], [1, 0], [4, 6], np.nan, id="nobody was watched at first"),
        pytest.param([3, 30], [1, 0], [0, 6], np.nan, id="the curve drops to 0 before the others enter"),
        pytest.param([3, 9, 30], [1, 1, 0], [0, 0, 6], 1 / 4, id="one enters while another is watched"),
        pytest.param([3, 30], [0, 1], [0, 5], np.nan, id="nobody was watched in between"),
    ],
)
def test_what_is_known_at_a_horizon(times: list[int], ended: list[int], entry: list[int] | None, value: float) -> None:
    units = watched(times, ended, entry=entry)
    assert survival.estimate(units, **KEPT).value[0] == pytest.approx(value, nan_ok=True)
    assert survival.estimate(units, **LOST).value[0] == pytest.approx(1 - value, nan_ok=True)


@pytest.mark.parametrize("n", [1, 5, 40])
def test_nobody_ended_is_not_certainty(n: int) -> None:
    found = survival.estimate(watched([20] * n, [0] * n), **KEPT)
    assert interval(found) == pytest.approx((n / (n + 1.959964**2), 1))  # Wilson's for n of n
    assert found.n_eff[0] == n


@pytest.mark.parametrize("n", [1, 5, 40])
def test_all_ended_is_not_certainty(n: int) -> None:
    found = survival.estimate(watched([4] * n, [1] * n), **KEPT)
    assert interval(found) == pytest.approx((0, 1.959964**2 / (n + 1.959964**2)))


def test_a_curve_at_0_keeps_the_limit_it_had() -> None:
    found = curve(watched([1, 2, 3, 4, 5], [1, 1, 1, 1, 1]))
    assert found.value[0, -1] == 0
    assert found.high[0, -1] == found.high[0, -2] > 0
    assert (np.diff(found.value[0]) <= 0).all()


def test_without_open_ends_the_base_is_all_units() -> None:
    found = survival.estimate(watched([3, 5, 9, 14, 30], [1] * 5), **KEPT)
    assert found.n_eff[0] == pytest.approx(5)


def test_open_ends_make_a_base_smaller() -> None:
    found = survival.estimate(watched([3, 5, 6, 9, 14, 30], [1, 1, 0, 0, 1, 1]), **KEPT)
    assert 4 < found.n_eff[0] < 6


def test_repeating_customers_widen_a_curve() -> None:
    times, ended = drawn(29, 100)
    same = np.repeat(np.arange(100), 3)
    apart, alike = (watched(np.repeat(times, 3), np.repeat(ended, 3), by=by) for by in (None, same))
    narrow, wide = (curve(units).se[0, 5] for units in (apart, alike))
    assert wide == pytest.approx(np.sqrt(3) * narrow, rel=0.04)


def test_restricted_mean_is_the_area_under_the_curve() -> None:
    times, ended = drawn(30, 60)
    units, whole = watched(times, ended), curve(watched(times, ended))

    def height(t: float) -> float:
        at = np.searchsorted(whole.times, t, side="right") - 1
        return 1.0 if at < 0 else float(whole.value[0, at])

    steps = [t for t in whole.times if t < 25]
    area = sum(integrate.quad(height, a, b)[0] for a, b in zip([0, *steps], [*steps, 25], strict=True))
    assert restricted_mean(units, 25).value[0] == pytest.approx(area)


def test_restricted_mean_of_complete_times_is_their_mean() -> None:
    times = np.array([3.0, 5, 8, 12, 30, 40])
    found, cut = restricted_mean(watched(times, np.ones(6)), 20), np.minimum(times, 20)
    assert found.value[0] == pytest.approx(cut.mean())
    assert found.se[0] == pytest.approx(cut.std() / np.sqrt(6))


@pytest.mark.parametrize("seed", [31, 32, 33])
def test_log_rank_agrees_with_statsmodels(seed: int) -> None:
    (t1, e1), (t2, e2) = drawn(seed, 60), drawn(seed + 100, 90)
    found = log_rank(watched(t1, e1), watched(t2, e2))
    chi2, p = survdiff(np.r_[t1, t2], np.r_[e1, e2], np.r_[np.zeros(60), np.ones(90)])
    assert (found.chi2[0], found.p[0]) == pytest.approx((chi2, p))


def test_the_quantile_of_a_curve_is_where_it_crosses() -> None:
    units = watched([6, 6, 6, 7, 10, 13, 16], [1, 1, 1, 1, 0, 1, 0])
    assert units.buckets[waiting(units, 0.5).place].tolist() == [7]
    assert waiting(units, 0.9).place.tolist() == [len(units.buckets)]
