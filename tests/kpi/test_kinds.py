"""Each kind gives the published figures, and obeys the laws that hold for all of them."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats
from scipy.optimize import brentq
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, test_proportions_2indep
from statsmodels.stats.rates import test_poisson_2indep as poisson_oracle
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from cxkit.kpi.kinds import KINDS, lift, mean, net, proportion, quantile, rate, ratio, survival
from cxkit.kpi.sums import Differences, Estimates, Sums

if TYPE_CHECKING:
    from types import ModuleType

score_oracle = test_proportions_2indep
score_oracle.__test__ = poisson_oracle.__test__ = False  # a library's name, not a test of ours
del test_proportions_2indep

Rows = npt.NDArray[np.float64]
PLAIN = {"mean": mean, "net": net, "proportion": proportion, "rate": rate, "ratio": ratio}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
plain_kind = pytest.mark.parametrize("kind", PLAIN.values(), ids=PLAIN)  # of the others see also test_tallies.py


def summed(
    y: npt.ArrayLike, *, x: npt.ArrayLike = 1.0, w: npt.ArrayLike = 1.0, by: npt.ArrayLike | None = None
) -> Sums:
    """The sums of one cell, from its rows, as the query would give them."""
    y = np.asarray(y, dtype=float)
    w = np.broadcast_to(np.asarray(w, dtype=float), y.shape)
    wy, wx = w * y, w * np.asarray(x, dtype=float)
    found = {"n": y.size, "w": w.sum(), "ww": w @ w, "y": wy.sum(), "x": wx.sum()}
    found |= {"yy": wy @ wy, "xy": wy @ wx, "xx": wx @ wx, "plus": w @ (y > 0), "minus": w @ (y < 0)}
    if by is not None:
        _, customer = np.unique(by, return_inverse=True)
        cy, cx = np.bincount(customer, wy), np.bincount(customer, wx)
        found |= {"m": cy.size, "cyy": cy @ cy, "cxy": cy @ cx, "cxx": cx @ cx}
    return Sums.of(**found)


def drawn(kind: ModuleType, rng: np.random.Generator, size: int) -> tuple[Rows, Rows]:
    """Rows (y, x) such as the kind gets."""
    x = rng.uniform(1, 3, size) if kind in (ratio, rate) else np.ones(size)
    y = {
        mean: lambda: rng.integers(1, 6, size).astype(float),
        net: lambda: rng.choice([-1.0, 0.0, 1.0], size, p=[0.2, 0.3, 0.5]),
        proportion: lambda: rng.binomial(1, 0.4, size).astype(float),
        rate: lambda: rng.poisson(0.6 * x).astype(float),
        ratio: lambda: x * rng.uniform(0.5, 1.2, size),
    }[kind]()
    return y, x


def answers(**counts: int) -> Sums:
    return Sums.of(n=sum(counts.values()), plus=counts["pro"], minus=counts["det"])


def interval(found: Estimates | Differences, *, scale: float = 1.0) -> tuple[float, float]:
    return float(found.low[0]) * scale, float(found.high[0]) * scale


# --- what every kind keeps to ----------------------------------------------------------------------------------------


def test_the_dict_lists_the_kinds_by_their_names() -> None:
    assert [kind.__name__.rpartition(".")[2] for kind in KINDS.values()] == list(KINDS)


@every_kind
def test_a_kind_says_which_fields_carry_its_sql(kind: ModuleType) -> None:
    expected = {
        lift: ("value", "treated"),
        mean: ("value",),
        net: ("plus", "minus"),
        quantile: ("value",),
        survival: ("duration", "ended"),
        proportion: ("hit",),
        rate: ("events", "exposure"),
        ratio: ("numerator", "denominator"),
    }
    assert expected[kind] == kind.FIELDS
    names = {"FIELDS", "OPTIONAL", "SETTINGS", "SUMS", "TALLIED", "difference", "estimate"}
    assert names <= set(kind.__all__)
    assert all(hasattr(kind, name) for name in kind.__all__)


@plain_kind
def test_no_rows_give_no_value(kind: ModuleType) -> None:
    # nps.edge.empty
    nothing = Sums.of(n=[0, 0], y=[0, np.nan], yy=0, x=0, plus=0, minus=0, m=0, cyy=0, cxy=0, cxx=0)
    found = kind.estimate(nothing, scale=100.0)
    assert np.isnan([found.value, found.low, found.high, found.se, found.n_eff]).all()


@plain_kind
def test_against_no_rows_there_is_no_difference(kind: ModuleType) -> None:
    some = summed(drawn(kind, np.random.default_rng(1), 30)[0])
    found = kind.difference(some, Sums.of(n=0, y=0, yy=0, x=0, plus=0, minus=0))
    assert np.isnan([found.value, found.low, found.high, found.p, found.detectable]).all()


@plain_kind
def test_no_cells_give_no_estimates(kind: ModuleType) -> None:
    none = Sums.of(n=[], y=[], plus=[], minus=[])
    assert kind.estimate(none).value.shape == kind.difference(none, none).p.shape == (0,)


@plain_kind
@given(seed=st.integers(0, 10_000), left=st.integers(2, 40), right=st.integers(2, 40))
@settings(max_examples=15, deadline=None)
def test_parts_add_up_to_the_whole(kind: ModuleType, seed: int, left: int, right: int) -> None:
    y, x = drawn(kind, np.random.default_rng(seed), left + right)
    customer = np.r_[np.arange(left) // 2, 1000 + np.arange(right) // 3]
    whole = summed(y, x=x, by=customer)
    parts = summed(y[:left], x=x[:left], by=customer[:left]) + summed(y[left:], x=x[left:], by=customer[left:])
    one, two = kind.estimate(whole), kind.estimate(parts)
    assert interval(one) == pytest.approx(interval(two), abs=1e-9, nan_ok=True)
    assert one.value == pytest.approx(two.value, abs=1e-12)


@plain_kind
@given(seed=st.integers(0, 10_000), size=st.integers(3, 300), conf=st.sampled_from([0.8, 0.95, 0.99]))
@settings(max_examples=15, deadline=None)
def test_an_interval_holds_its_value(kind: ModuleType, seed: int, size: int, conf: float) -> None:
    y, x = drawn(kind, np.random.default_rng(seed), size)
    found = kind.estimate(summed(y, x=x, by=np.arange(size) // 2), scale=100.0, conf=conf)
    if np.isfinite(found.low[0]):
        assert found.low[0] - 1e-9 <= found.value[0] <= found.high[0] + 1e-9


@plain_kind
def test_an_interval_shrinks_with_n(kind: ModuleType) -> None:
    y, x = drawn(kind, np.random.default_rng(2), 20)
    found = [kind.estimate(summed(np.tile(y, times), x=np.tile(x, times))) for times in (1, 2, 5, 20, 100)]
    widths = [high - low for low, high in map(interval, found)]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < widths[0] / 8


@plain_kind
def test_a_surer_interval_is_a_wider_one(kind: ModuleType) -> None:
    sums = summed(drawn(kind, np.random.default_rng(3), 40)[0])
    low95, high95 = interval(kind.estimate(sums, conf=0.95))
    low99, high99 = interval(kind.estimate(sums, conf=0.99))
    assert low99 <= low95 < high95 <= high99
    assert high99 - low99 > high95 - low95


@plain_kind
@given(seed=st.integers(0, 10_000), size=st.integers(8, 60))
@settings(max_examples=10, deadline=None)
def test_compared_with_itself_nothing_differs(kind: ModuleType, seed: int, size: int) -> None:
    y, x = drawn(kind, np.random.default_rng(seed), size)
    sums = summed(y, x=x)
    found = kind.difference(sums, sums, scale=100.0)
    assert (found.value[0], found.p[0]) == (0, 1)
    assert found.low[0] == pytest.approx(-found.high[0])


@plain_kind
@given(seed=st.integers(0, 10_000), left=st.integers(8, 60), right=st.integers(8, 60))
@settings(max_examples=10, deadline=None)
def test_swapping_sides_turns_the_signs(kind: ModuleType, seed: int, left: int, right: int) -> None:
    y, x = drawn(kind, np.random.default_rng(seed), left + right)
    a, b = summed(y[:left], x=x[:left]), summed(y[left:], x=x[left:])
    there, back = kind.difference(a, b), kind.difference(b, a)
    assert interval(there) == pytest.approx(tuple(-end for end in reversed(interval(back))), abs=1e-9, nan_ok=True)
    assert there.value[0] == -back.value[0]
    assert there.p[0] == pytest.approx(back.p[0], abs=1e-9, nan_ok=True)


@plain_kind
def test_a_cell_does_not_depend_on_its_neighbours(kind: ModuleType) -> None:
    rng = np.random.default_rng(4)
    cells = [summed(y, x=x) for y, x in (drawn(kind, rng, size) for size in (5, 50, 500))]
    names = ("n", "w", "ww", "y", "x", "yy", "xy", "xx", "plus", "minus")
    together = Sums.of(**{name: np.concatenate([getattr(cell, name) for cell in cells]) for name in names})
    found = kind.difference(together, cells[1])
    assert found.p == pytest.approx(np.concatenate([kind.difference(cell, cells[1]).p for cell in cells]))


@plain_kind
def test_one_answer_per_customer_is_as_good_as_no_customers(kind: ModuleType) -> None:
    y, x = drawn(kind, np.random.default_rng(5), 80)
    if kind is rate:  # counts above one vary more than Poisson's: that is what customers are told apart for
        y, x = np.minimum(y, 1), np.ones(80)
    plain, clustered = kind.estimate(summed(y, x=x)), kind.estimate(summed(y, x=x, by=np.arange(80)))
    assert interval(clustered) == pytest.approx(interval(plain), rel=1e-12)
    assert clustered.n_eff == pytest.approx(plain.n_eff, rel=1e-12)


@plain_kind
def test_saying_everything_twice_makes_nothing_surer(kind: ModuleType) -> None:
    y, x = drawn(kind, np.random.default_rng(6), 120)
    customer = np.arange(120)
    once, twice = summed(y, x=x, by=customer), summed(np.r_[y, y], x=np.r_[x, x], by=np.r_[customer, customer])
    before, after = (np.subtract(*interval(kind.estimate(sums))[::-1]) for sums in (once, twice))
    assert after == pytest.approx(before, rel=0.015)
    plain = np.subtract(*interval(kind.estimate(summed(np.r_[y, y], x=np.r_[x, x])))[::-1])
    assert plain < 0.8 * after


@plain_kind
def test_twice_the_weight_on_every_row_changes_nothing(kind: ModuleType) -> None:
    y, x = drawn(kind, np.random.default_rng(7), 60)
    y = 3 * y if kind is rate else y  # over-dispersed, so that customers matter
    for by in (None, np.arange(60) // 3):
        one, two = (kind.estimate(summed(y, x=x, w=w, by=by)) for w in (1.0, 2.0))
        assert interval(two) == pytest.approx(interval(one), rel=1e-9)


@plain_kind
def test_uneven_weights_make_an_interval_wider(kind: ModuleType) -> None:
    y, x = drawn(kind, np.random.default_rng(8), 400)
    w = np.tile([0.2, 1.0, 3.0, 1.0], 100)
    plain, weighted = (interval(kind.estimate(summed(y, x=x, w=weights))) for weights in (1.0, w))
    assert np.subtract(*weighted[::-1]) > np.subtract(*plain[::-1])


@plain_kind
def test_the_scale_is_only_a_unit(kind: ModuleType) -> None:
    rng = np.random.default_rng(9)
    a, b = (summed(y, x=x) for y, x in (drawn(kind, rng, 50), drawn(kind, rng, 70)))
    one, hundred = kind.difference(a, b, scale=1.0), kind.difference(a, b, scale=100.0)
    assert interval(hundred) == pytest.approx(interval(one, scale=100))
    assert hundred.detectable == pytest.approx(one.detectable * 100)
    assert hundred.p.tolist() == one.p.tolist()


@plain_kind
def test_limits_keep_within_their_bounds(kind: ModuleType) -> None:
    y, x = drawn(kind, np.random.default_rng(10), 12)
    value = float(kind.estimate(summed(y, x=x)).value[0])
    bounds = value - 0.01, value + 0.02
    assert interval(kind.estimate(summed(y, x=x), bounds=bounds)) == pytest.approx(bounds)
    assert interval(kind.difference(summed(y, x=x), summed(y, x=x), bounds=bounds)) == pytest.approx((-0.03, 0.03))


@plain_kind
def test_more_rows_detect_less(kind: ModuleType) -> None:
    y, x = drawn(kind, np.random.default_rng(11), 30)
    few, many = summed(y, x=x), summed(np.tile(y, 9), x=np.tile(x, 9))
    ratio_of_both = kind.difference(few, few).detectable / kind.difference(many, many).detectable
    assert ratio_of_both == pytest.approx(3, rel=0.06)


@pytest.mark.parametrize("kind", [net, proportion, rate], ids=["net", "proportion", "rate"])
def test_detectable_is_not_zero_where_nobody_differs(kind: ModuleType) -> None:
    nobody = Sums.of(n=50, y=0, yy=0, plus=0, minus=0)
    assert kind.difference(nobody, nobody).detectable[0] > 0


@plain_kind
def test_a_rest_is_the_total_without_the_segment(kind: ModuleType) -> None:
    y, x = drawn(kind, np.random.default_rng(12), 90)
    w = np.random.default_rng(13).uniform(0.3, 3, 90)
    rest = summed(y, x=x, w=w) - summed(y[:40], x=x[:40], w=w[:40])
    expected = kind.estimate(summed(y[40:], x=x[40:], w=w[40:]))
    assert interval(kind.estimate(rest)) == pytest.approx(interval(expected), rel=1e-9)


@plain_kind
def test_a_segment_that_is_the_whole_leaves_no_rest(kind: ModuleType) -> None:
    y, x = drawn(kind, np.random.default_rng(14), 9)
    w = np.random.default_rng(15).uniform(0.3, 3, 9)
    halves = summed(y[:4], x=x[:4], w=w[:4]) + summed(y[4:], x=x[4:], w=w[4:])
    found = kind.estimate(summed(y, x=x, w=w) - halves)
    assert np.isnan([found.value, found.low, found.high, found.n_eff]).all()


# --- proportion ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        pytest.param(81, 263, 0.2552885199, 0.366209577, id="prop.wilson.81_263"),
        pytest.param(15, 148, 0.0623863995, 0.1604872417, id="prop.wilson.15_148"),
        pytest.param(0, 20, 0.0, 0.1611251581, id="prop.wilson.0_20"),
        pytest.param(1, 29, 0.0061132143, 0.1717552188, id="prop.wilson.1_29"),
        pytest.param(0, 4, 0.0, 0.4898908365, id="prop.wilson.edge.0_4"),
        pytest.param(1, 1, 0.2065493144, 1.0, id="prop.wilson.edge.1_1"),
        pytest.param(77, 100, 0.6784561698, 0.8415673412, id="csat.variants"),
        pytest.param(700, 1000, 0.6708761391, 0.7275931575, id="fcr.gross_net"),
        pytest.param(60, 1000, 0.0468964727, 0.0764710748, id="churn.definitions"),
    ],
)
def test_wilson_published(hits: int, n: int, low: float, high: float) -> None:
    found = proportion.estimate(Sums.of(n=n, y=hits))
    assert found.value[0] == hits / n
    assert interval(found) == pytest.approx((low, high), abs=1e-9)


def test_gross_and_net_resolution_differ_by_their_base() -> None:
    # fcr.gross_net
    found = proportion.estimate(Sums.of(n=[1000, 850], y=700))
    assert found.value == pytest.approx([0.7, 0.8235294118], abs=1e-9)


def test_wilson_agrees_with_statsmodels_on_fractions() -> None:
    n = np.array([1.0, 7.7, 40.3, 5000.5])
    share = np.array([1.0, 0.43, 0.02, 0.61])
    low, high = proportion.wilson(share, n, conf=0.9)
    expected = proportion_confint(share * n, n, alpha=0.1, method="wilson")
    assert [low, high] == [pytest.approx(end, abs=1e-12) for end in expected]


def test_newcombe_and_score_test_published() -> None:
    # prop.diff.newcombe
    found = proportion.difference(Sums.of(n=70, y=56), Sums.of(n=80, y=48))
    assert found.value[0] == pytest.approx(0.2)
    assert interval(found) == pytest.approx((0.0524314724, 0.333872654), abs=1e-9)
    # The published p is that of the test before its skewness is corrected, which with such groups is next to nothing.
    assert found.p[0] == pytest.approx(0.0082582879, abs=3e-4)


@pytest.mark.parametrize("counts", [(3, 9, 7, 8), (0, 30, 4, 25), (12, 12, 300, 400), (1, 1, 0, 1), (31, 40, 22, 40)])
def test_difference_of_shares_agrees_with_statsmodels(counts: tuple[int, int, int, int]) -> None:
    k1, n1, k2, n2 = counts
    found = proportion.difference(Sums.of(n=n1, y=k1), Sums.of(n=n2, y=k2))
    with np.errstate(all="ignore"):  # it works out odds ratios on the way
        expected = confint_proportions_2indep(k1, n1, k2, n2, method="newcomb")
        p = score_oracle(k1, n1, k2, n2, method="score", compare="diff").pvalue
    assert interval(found) == pytest.approx(expected, abs=1e-9)
    plain = proportion._score(proportion.estimate(Sums.of(n=n1, y=k1)), proportion.estimate(Sums.of(n=n2, y=k2)))
    assert 2 * special.ndtr(-abs(plain[0])) == pytest.approx(p, abs=1e-9)
    if n1 == n2:
        assert found.p[0] == pytest.approx(p, abs=1e-9)


@pytest.mark.parametrize("hits", [0, 9])
def test_two_groups_without_exception_do_not_differ(hits: int) -> None:
    found = proportion.difference(Sums.of(n=9, y=hits), Sums.of(n=9, y=hits))
    assert found.p.tolist() == [1]


def test_clustered_share_against_rows_of_a_survey_package() -> None:
    # Linearised standard error of a share, customers as sampling units: sqrt(m/(m-1) * sum (y_c - p x_c)^2) / n
    hits, rows = np.array([3.0, 0.0, 1.0, 2.0, 0.0, 4.0]), np.array([3.0, 2.0, 2.0, 2.0, 1.0, 5.0])
    y = np.concatenate([np.r_[np.ones(int(h)), np.zeros(int(r - h))] for h, r in zip(hits, rows, strict=True)])
    sums = summed(y, by=np.repeat(np.arange(6), rows.astype(int)))
    share = 10 / 15
    between = math.sqrt(6 / 5 * np.sum((hits - share * rows) ** 2)) / 15
    within = math.sqrt(share * (1 - share) / 14)
    unsure = special.ndtri(0.975) / special.stdtrit(5, 0.975)  # six customers: Korn & Graubard
    assert proportion.estimate(sums).n_eff[0] == pytest.approx(15 * (unsure * within / between) ** 2)


# --- net -------------------------------------------------------------------------------------------------------------


def test_nps_from_raw_scores() -> None:
    # nps.point.raw
    scores = np.array([0, 7, 7, 9, 9, 9])
    found = net.estimate(summed((scores >= 9).astype(float) - (scores <= 6)), scale=100.0)
    assert found.value[0] == pytest.approx(33.3333333333)
    assert found.se[0] == pytest.approx(30.42903097, abs=1e-6)


@pytest.mark.parametrize(
    ("det", "pas", "pro", "value", "variance"),
    [
        pytest.param(1, 0, 0, -100, 0, id="nps.var.all_detractor"),
        pytest.param(0, 1, 0, 0, 0, id="nps.var.all_passive"),
        pytest.param(1, 0, 1, 0, 1, id="nps.var.det_pro"),
        pytest.param(0, 1, 1, 50, 0.25, id="nps.var.pas_pro"),
        pytest.param(1, 1, 1, 0, 0.6666666667, id="nps.var.one_each"),
    ],
)
def test_nps_variance_published(det: int, pas: int, pro: int, value: float, variance: float) -> None:
    found = net.estimate(answers(det=det, pas=pas, pro=pro), scale=100.0)
    assert found.value[0] == pytest.approx(value)
    assert found.se[0] ** 2 * (det + pas + pro) / 100**2 == pytest.approx(variance, abs=1e-9)


@pytest.mark.parametrize(
    ("pro", "pas", "det", "low", "high"),
    [
        pytest.param(6, 139, 16, -12.4023432464, -0.5433395732, id="nps.ci.score.cavo"),
        pytest.param(3, 0, 0, -12.299406351, 100, id="nps.ci.score.all_promoters_n3"),
        pytest.param(0, 0, 3, -100, 12.299406351, id="nps.ci.score.all_detractors_n3"),
        pytest.param(6, 3, 1, -2.0027027477, 79.3180014839, id="nps.ci.score.n10"),
        pytest.param(19, 9, 8, 2.3177518028, 53.8673420246, id="nps.ci.score.n36"),
        pytest.param(250, 675, 75, 14.1398437778, 20.8781076818, id="nps.ci.score.n1000"),
        pytest.param(0, 5, 0, -43.4482464783, 43.4482464783, id="nps.ci.score.n5_all_pas"),
        pytest.param(1, 0, 0, -58.6901371246, 100, id="nps.ci.score.n1"),
    ],
)
def test_score_interval_published(pro: int, pas: int, det: int, low: float, high: float) -> None:
    found = net.estimate(answers(pro=pro, pas=pas, det=det), scale=100.0)
    assert interval(found) == pytest.approx((low, high), abs=1e-6)


@pytest.mark.parametrize(
    ("a", "b", "value", "low", "high"),
    [
        pytest.param((52, 30, 18), (41, 33, 26), 19, -2.9598287282, 40.2544634095, id="nps.two_sample.n100"),
        pytest.param((12, 5, 3), (8, 6, 6), 35, -15.1239508309, 79.0201737397, id="nps.two_sample.n20"),
        pytest.param((480, 320, 200), (430, 330, 240), 9, 2.0990499976, 15.8681366505, id="nps.two_sample.n1000"),
    ],
)
def test_two_net_scores_published(
    a: tuple[int, int, int], b: tuple[int, int, int], value: float, low: float, high: float
) -> None:
    one, two = (answers(**dict(zip(("pro", "pas", "det"), counts, strict=True))) for counts in (a, b))
    found = net.difference(one, two, scale=100.0)
    assert found.value[0] == pytest.approx(value)
    assert interval(found) == pytest.approx((low, high), abs=1e-6)


def test_p_of_two_net_scores_is_close_to_the_adjusted_wald_one() -> None:
    # nps.two_sample.n1000: 0.0105572537 by three added answers in each group
    found = net.difference(answers(pro=480, pas=320, det=200), answers(pro=430, pas=330, det=240))
    assert found.p[0] == pytest.approx(0.0105572537, abs=5e-4)


def test_a_segment_is_compared_with_the_rest() -> None:
    # nps.segment_vs_total
    segment, total = answers(pro=30, pas=10, det=10), answers(pro=100, pas=60, det=40)
    rest = total - segment
    assert net.estimate(rest, scale=100.0).value[0] == pytest.approx(26.6666666667)
    assert net.difference(segment, rest, scale=100.0).value[0] == pytest.approx(13.3333333333)
    share = segment.n / total.n
    assert (1 - share) * 13.3333333333 == pytest.approx(net.difference(segment, total, scale=100.0).value, abs=1e-8)


def test_weighted_nps() -> None:
    # nps.weighted
    scores = np.array([10, 9, 8, 3, 10, 6, 7, 9, 2, 10])
    weights = np.array([1.0, 2.0, 1.0, 0.5, 1.5, 2.0, 1.0, 0.5, 0.5, 1.0])
    found = net.estimate(summed((scores >= 9).astype(float) - (scores <= 6), w=weights), scale=100.0)
    assert found.value[0] == pytest.approx(27.2727272727)
    assert found.n_eff[0] == pytest.approx(8.0666666667)
    assert found.se[0] == pytest.approx(30.3655753238, abs=1e-6)


def test_merged_nps_is_not_the_mean_of_two() -> None:
    # merge.nps
    merged = answers(pro=52, pas=30, det=18) + answers(pro=8, pas=6, det=6)
    assert (merged.plus[0], merged.minus[0], merged.n[0]) == (60, 24, 120)
    assert net.estimate(merged, scale=100.0).value[0] == pytest.approx(30)


counts = st.tuples(*[st.integers(0, 60)] * 3).filter(any)


@given(counts)
@settings(max_examples=60, deadline=None)
def test_every_score_stays_on_its_scale(found: tuple[int, int, int]) -> None:
    score = net.estimate(answers(pro=found[0], pas=found[1], det=found[2]), scale=100.0)
    assert -100 <= score.low[0] <= score.value[0] + 1e-9
    assert score.value[0] - 1e-9 <= score.high[0] <= 100


@given(counts, counts, st.sampled_from([0.8, 0.95, 0.99]))
@settings(max_examples=60, deadline=None)
def test_p_is_small_just_where_the_interval_leaves_zero_out(
    a: tuple[int, int, int], b: tuple[int, int, int], conf: float
) -> None:
    one, two = (answers(pro=pro, pas=pas, det=det) for pro, pas, det in (a, b))
    found = net.difference(one, two, conf=conf)
    low, high = interval(found)
    assert (found.p[0] < 1 - conf) == (low > 0 or high < 0)


@given(counts, counts)
@settings(max_examples=40, deadline=None)
def test_at_its_own_p_the_interval_touches_zero(a: tuple[int, int, int], b: tuple[int, int, int]) -> None:
    one, two = (answers(pro=pro, pas=pas, det=det) for pro, pas, det in (a, b))
    p = float(net.difference(one, two).p[0])
    if 1e-9 < p < 0.999:
        low, high = interval(net.difference(one, two, conf=1 - p))
        assert min(abs(low), abs(high)) < 1e-6


def test_score_interval_by_another_road() -> None:
    # The restricted likelihood is maximised numerically here, instead of in closed form.
    plus, minus, n, z = 19.0, 8.0, 36.0, 1.959963984540054

    def distance(score: float) -> float:
        def slope(share: float) -> float:
            return plus / (share + score) + minus / share - 2 * (n - plus - minus) / (1 - 2 * share - score)

        share = brentq(slope, max(0.0, -score) + 1e-12, (1 - score) / 2 - 1e-12)
        return (plus - minus - n * score) / math.sqrt(n * (2 * share + score - score**2))

    low = brentq(lambda score: distance(score) - z, -0.9, 11 / 36)
    high = brentq(lambda score: distance(score) + z, 11 / 36, 0.9)
    assert interval(net.estimate(answers(pro=19, pas=9, det=8))) == pytest.approx((low, high), abs=1e-8)


# --- mean ------------------------------------------------------------------------------------------------------------

CSAT = np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], [4, 7, 12, 31, 46])


def test_mean_published() -> None:
    # csat.variants
    found = mean.estimate(summed(CSAT))
    assert found.value[0] == pytest.approx(4.08)
    assert interval(found) == pytest.approx((3.8603104789, 4.2996895211), abs=1e-6)


def test_index_of_a_mean_is_a_matter_of_sums() -> None:
    # csat.variants, index_0_100
    assert mean.estimate(summed((CSAT - 1) / 4), scale=100.0).value[0] == pytest.approx(77)


def test_net_satisfaction() -> None:
    # csat.variants, net
    assert net.estimate(summed((CSAT >= 4).astype(float) - (CSAT <= 2))).value[0] == pytest.approx(0.66)


def test_means_agree_with_statsmodels() -> None:
    rng = np.random.default_rng(20)
    a, b = rng.normal(40, 9, 23), rng.normal(36, 4, 41)
    oracle = CompareMeans(DescrStatsW(a), DescrStatsW(b))
    found = mean.difference(summed(a), summed(b))
    assert interval(found) == pytest.approx(oracle.tconfint_diff(usevar="unequal"), rel=1e-9)
    assert found.p[0] == pytest.approx(oracle.ttest_ind(usevar="unequal")[1], rel=1e-9)
    assert interval(mean.estimate(summed(a))) == pytest.approx(DescrStatsW(a).tconfint_mean(), rel=1e-9)


def test_one_row_has_a_value_without_limits() -> None:
    found = mean.estimate(summed([4.0]))
    assert found.value.tolist() == [4]
    assert np.isnan([found.low, found.high, found.se]).all()


def test_one_row_against_an_equal_one_is_not_tested() -> None:
    found = mean.difference(summed([4.0]), summed([4.0]))
    assert found.value.tolist() == [0]
    assert np.isnan([found.low, found.high, found.p]).all()


def test_rows_all_alike_have_a_value_without_limits() -> None:
    found = mean.estimate(summed([0.1] * 7))
    assert found.value == pytest.approx([0.1])
    assert np.isnan([found.low, found.high]).all()


def test_two_constants_cannot_be_told_apart_by_a_test() -> None:
    found = mean.difference(summed([4.0] * 5), summed([3.0] * 5))
    assert found.value.tolist() == [1]
    assert np.isnan([found.low, found.high, found.p]).all()


def test_what_does_not_vary_is_taken_to_vary_as_the_other_side_does() -> None:
    # 30 answers of which none happened to be low are no proof, however many there are on the other side.
    rest = np.repeat([5.0, 4.0, 3.0], [950, 40, 10])
    se = rest.std(ddof=1) * math.sqrt(1 / 30 + 1 / 1000)
    df = se**4 / (rest.var(ddof=1) ** 2 * (1 / 30**2 / 29 + 1 / 1000**2 / 999))
    found, back = (
        mean.difference(a, b) for a, b in itertools.permutations([summed([5.0] * 30), summed(rest)])
    )  # fmt: skip
    assert found.p[0] == pytest.approx(2 * stats.t.sf((5 - rest.mean()) / se, df))
    assert found.p[0] == pytest.approx(back.p[0])
    assert found.low[0] < 0 < found.high[0]


def test_a_constant_can_be_told_from_what_varies() -> None:
    rows = np.tile([3.0, 4.0], 20)
    assert mean.difference(summed([5.0] * 40), summed(rows)).p[0] < 1e-12


def test_accounts_none_of_which_left_are_not_called_better_for_that() -> None:
    size = np.ones(600)
    rest = summed(np.repeat([0.0, 1.0], [18, 582]), x=size)
    assert ratio.difference(summed(np.ones(40), x=np.ones(40)), rest).p[0] > 0.05


def test_few_customers_have_few_degrees_of_freedom() -> None:
    # Three customers with the same mixed answers: the variance between them is all there is to go by.
    rows = np.tile([1.0, 2.0, 4.0, 5.0], 15)
    found = mean.estimate(summed(rows, by=np.arange(60) % 3))
    assert (found.high - found.value)[0] == pytest.approx(stats.t.ppf(0.975, 2) * found.se[0])


# --- ratio -----------------------------------------------------------------------------------------------------------

START, END = np.array([100.0, 200.0, 50.0, 400.0, 250.0]), np.array([120.0, 150.0, 0.0, 440.0, 250.0])


def test_revenue_retention_published() -> None:
    # revenue.grr_nrr, revenue.effective_accounts
    found = ratio.estimate(summed(END, x=START, by=np.arange(5)))
    assert found.value[0] == pytest.approx(0.96)
    assert found.se[0] == pytest.approx(0.0992471662, abs=1e-9)
    assert found.n_eff[0] == pytest.approx(3.6363636364)
    assert ratio.estimate(summed(np.minimum(START, END), x=START)).value[0] == pytest.approx(0.9)


def test_gross_retention_never_exceeds_all() -> None:
    found = ratio.estimate(summed(np.minimum(START, END), x=START), scale=100.0, bounds=(0.0, 100.0))
    assert found.high[0] == 100


def test_invoices_of_one_customer_are_one_account() -> None:
    split = summed(np.repeat(END, 4) / 4, x=np.repeat(START, 4) / 4, by=np.repeat(np.arange(5), 4))
    found = ratio.estimate(split)
    assert found.se[0] == pytest.approx(0.0992471662, abs=1e-9)
    assert found.n_eff[0] <= 3.6363636364 + 1e-9


def test_invoices_that_contradict_each_other_are_still_one_account() -> None:
    # Two invoices per customer whose deviations cancel out: no variance between customers, and yet five of them.
    r = 0.9
    y = np.r_[(r + 0.1) * START, (r - 0.1) * START]
    found = ratio.estimate(summed(y, x=np.r_[START, START], by=np.r_[0:5, 0:5]))
    assert found.n_eff[0] == pytest.approx(3.6363636364)


def test_with_equal_denominators_a_ratio_is_a_mean() -> None:
    y = np.random.default_rng(21).uniform(0, 9, 30)
    assert interval(ratio.estimate(summed(y, x=2.0))) == pytest.approx(interval(mean.estimate(summed(y / 2))))


def test_one_account_that_outweighs_all_leaves_no_limits() -> None:
    found = ratio.estimate(summed([900.0, 1.0, 0.0], x=[1000.0, 1.0, 1.0]))
    assert np.isfinite(found.value).all()
    assert np.isnan([found.low, found.high]).all()


def test_two_ratios_by_an_independent_sum() -> None:
    a, b = summed(END, x=START), summed(END * 0.9, x=START)
    found = ratio.difference(a, b)
    se = math.hypot(0.0992471662, 0.9 * 0.0992471662)
    spread = 0.0992471662**4 * (1 + 0.9**4) / (3.6363636364 - 1)
    half = stats.t.ppf(0.975, se**4 / spread) * se
    assert interval(found) == pytest.approx((0.096 - half, 0.096 + half), abs=1e-8)


# --- rate ------------------------------------------------------------------------------------------------------------


def test_churn_per_customer_month() -> None:
    # churn.exposure_rate
    found = rate.estimate(Sums.of(n=1200, y=30, x=1200))
    assert found.value[0] == pytest.approx(0.025)
    assert interval(found) == pytest.approx((0.016867395, 0.0356890545), abs=1e-9)


def test_two_rates_published() -> None:
    # rate.two_sample
    found = rate.difference(Sums.of(n=9, y=60, x=51477.5), Sums.of(n=9, y=30, x=54308.7))
    # The published p is that of the test before its skewness is corrected.
    assert found.p[0] == pytest.approx(0.0006322189, rel=0.05)
    assert found.low[0] > 0


@pytest.mark.parametrize(
    ("e1", "x1", "e2", "x2"), [(3, 40.0, 9, 35.5), (0, 12.0, 6, 30.0), (500, 900.0, 480, 1000.0), (7, 30.0, 19, 30.0)]
)
def test_two_rates_agree_with_statsmodels(e1: int, x1: float, e2: int, x2: float) -> None:
    a, b = Sums.of(n=9, y=e1, x=x1), Sums.of(n=9, y=e2, x=x2)
    oracle = poisson_oracle(e1, x1, e2, x2, method="score", compare="diff")
    plain = rate._score(rate._counts(a), rate._counts(b))
    assert 2 * special.ndtr(-abs(plain[0])) == pytest.approx(oracle.pvalue, rel=1e-9)
    if x1 == x2:
        assert rate.difference(a, b).p[0] == pytest.approx(oracle.pvalue, rel=1e-9)


def test_no_events_still_have_an_upper_limit() -> None:
    found = rate.estimate(Sums.of(n=10, y=0, x=10))
    assert interval(found) == pytest.approx((0, 0.3688879), abs=1e-6)  # -ln(0.025) / 10


def test_no_events_on_either_side_are_no_difference() -> None:
    found = rate.difference(Sums.of(n=10, y=0, x=10), Sums.of(n=10, y=0, x=12))
    assert found.p.tolist() == [1]


def test_events_that_bunch_on_few_customers_widen_the_interval() -> None:
    events = np.r_[np.zeros(90), np.full(10, 8.0)]
    bunched, plain = rate.estimate(summed(events, by=np.arange(100))), rate.estimate(summed(events))
    # Variance to mean is 100/99 * (640 - 64) / 80 between the customers.
    assert plain.n_eff[0] / bunched.n_eff[0] == pytest.approx(100 / 99 * 576 / 80)
    assert bunched.value == pytest.approx(plain.value)
    assert np.subtract(*interval(bunched)[::-1]) > 2.5 * np.subtract(*interval(plain)[::-1])


def test_events_that_spread_evenly_do_not_narrow_it() -> None:
    even, plain = (rate.estimate(summed(np.ones(50), by=by)) for by in (np.arange(50), None))
    assert interval(even) == pytest.approx(interval(plain))


def test_all_events_of_a_single_customer_count_as_one() -> None:
    found = rate.estimate(summed([3.0, 4.0], by=[1, 1]))
    assert interval(found, scale=1 / 3.5) == pytest.approx((0.025318, 5.571643), abs=1e-5)  # Garwood for one event


def test_exposure_per_event_turns_the_rate_over() -> None:
    # cac.basic
    sums = Sums.of(n=12, y=80, x=120000)
    cost, found = rate.estimate(sums, inverse=True), rate.estimate(sums)
    assert cost.value[0] == pytest.approx(1500)
    assert interval(cost) == pytest.approx((1205.2195047627, 1891.6994321942), abs=1e-6)
    assert interval(cost) == pytest.approx((1 / found.high[0], 1 / found.low[0]))
    assert cost.se / cost.value == pytest.approx(found.se / found.value)


def test_without_events_nothing_is_known_of_one() -> None:
    none, some = Sums.of(n=12, y=0, x=120000), Sums.of(n=12, y=80, x=120000)
    found = rate.estimate(none, inverse=True)
    assert np.isnan([found.value, found.low, found.high, found.se]).all()
    assert np.isnan(rate.difference(none, some, inverse=True).p).all()


def test_what_an_event_costs_is_tested_as_the_rate_is() -> None:
    a, b = Sums.of(n=12, y=80, x=120000), Sums.of(n=12, y=60, x=130000)
    there, back = rate.difference(a, b, inverse=True), rate.difference(a, b)
    assert there.p.tolist() == back.p.tolist()
    assert there.value[0] == pytest.approx(1500 - 130000 / 60)
    assert there.low[0] < there.value[0] < there.high[0]


# --- means with a long tail ------------------------------------------------------------------------------------------


def logged(values: npt.ArrayLike, **more: npt.ArrayLike) -> Sums:
    y = np.asarray(values, dtype=float)
    logs = np.log(y)
    return Sums.of(n=y.size, y=y.sum(), yy=y @ y, ly=logs.sum(), lyy=logs @ logs, **more)


def test_a_long_tail_by_an_independent_sum() -> None:
    # aht.cox_lognormal, written out
    values = np.random.default_rng(40).lognormal(3, 1, 60)
    logs = np.log(values)
    spread = logs.var(ddof=1)
    half = stats.t.ppf(0.975, 59) * math.sqrt(spread / 60 + spread**2 / (2 * 59))
    expected = [math.exp(logs.mean() + spread / 2 + sign * half) for sign in (-1, 1)]
    found = mean.estimate(logged(values), skewed=True)
    assert interval(found) == pytest.approx(expected)
    assert found.value[0] == pytest.approx(values.mean())


@given(st.lists(st.floats(0.01, 1e6), min_size=2, max_size=60))
@settings(max_examples=60, deadline=None)
def test_an_interval_of_a_long_tail_holds_the_mean(values: list[float]) -> None:
    found = mean.estimate(logged(values), skewed=True)
    if np.isfinite(found.low[0]):
        assert 0 <= found.low[0] <= found.value[0] <= found.high[0]


@pytest.mark.parametrize(
    ("sums", "why"),
    [
        (summed(np.random.default_rng(41).lognormal(3, 1, 60)), "no logarithms"),
        (logged(np.random.default_rng(41).lognormal(3, 1, 300)), "many"),
        (
            logged(np.random.default_rng(41).lognormal(3, 1, 60), w=[120], ww=[240], x=[120], xy=[1], xx=[240]),
            "weights",
        ),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_where_there_is_no_need_or_no_way_it_is_student_s(sums: Sums, why: str) -> None:
    plain, found = mean.estimate(sums), mean.estimate(sums, skewed=True)
    assert interval(found) == pytest.approx(interval(plain), nan_ok=True), why
    assert found.method == "Student t"


def test_two_long_tails_differ_where_their_interval_leaves_zero_out() -> None:
    rng = np.random.default_rng(42)
    a, b = rng.lognormal(3, 1, 40), rng.lognormal(3.6, 1, 60)
    found = mean.difference(logged(a), logged(b), skewed=True)
    assert found.value[0] == pytest.approx(a.mean() - b.mean())
    assert (found.p[0] < 0.05) == (found.high[0] < 0 or found.low[0] > 0)
    low, high = interval(mean.difference(logged(a), logged(b), skewed=True, conf=1 - float(found.p[0])))
    assert min(abs(low), abs(high)) < 1e-6


def test_large_long_tails_differ_as_welch_says() -> None:
    rng = np.random.default_rng(43)
    a, b = rng.lognormal(3, 1, 4000), rng.lognormal(3.1, 1, 3000)
    cox, welch = (mean.difference(logged(a), logged(b), skewed=skewed) for skewed in (True, False))
    assert interval(cox) == pytest.approx(interval(welch), rel=1e-3)


# --- lift ------------------------------------------------------------------------------------------------------------

TREATED = np.array([1200.0, 900.0, 1500.0, 1100.0, 1300.0, 1000.0])
HELD = np.array([1000.0, 950.0, 1100.0, 900.0, 1050.0, 1000.0])


def owed(treated: npt.ArrayLike, held: npt.ArrayLike, **more: npt.ArrayLike) -> Sums:
    t, h = np.asarray(treated, dtype=float), np.asarray(held, dtype=float)
    sums = {"y": t.sum(), "x": h.sum(), "yy": t @ t, "xx": h @ h, "plus": t.size, "minus": h.size}
    return Sums.of(n=t.size + h.size, **sums, **more)


def test_lift_is_welch_s_difference_over_the_treated_mean() -> None:
    # cs.incremental_share
    found = lift.estimate(owed(TREATED, HELD), scale=100.0)
    oracle = CompareMeans(DescrStatsW(TREATED), DescrStatsW(HELD)).tconfint_diff(usevar="unequal")
    assert found.value[0] == pytest.approx(14.28571429)
    assert interval(found) == pytest.approx([100 * end / TREATED.mean() for end in oracle])
    assert found.n_eff[0] == pytest.approx(12)


def test_lift_adds_up() -> None:
    parts = owed(TREATED[:2], HELD[:4]) + owed(TREATED[2:], HELD[4:])
    assert interval(lift.estimate(parts)) == pytest.approx(interval(lift.estimate(owed(TREATED, HELD))))


def test_lopsided_lots_count_for_less() -> None:
    found = lift.estimate(owed(np.tile(TREATED, 9), HELD))
    assert found.n_eff[0] == pytest.approx(4 * 54 * 6 / 60)


def test_rows_of_a_customer_count_once_in_a_lift() -> None:
    once = lift.estimate(owed(TREATED, HELD))
    thrice = lift.estimate(owed(np.repeat(TREATED, 3), np.repeat(HELD, 3), m=[12], cyy=[0], cxx=[0], cxy=[0]))
    assert thrice.n_eff == pytest.approx(once.n_eff)
    assert np.subtract(*interval(thrice)) == pytest.approx(np.subtract(*interval(once)), rel=0.12)


@pytest.mark.parametrize(
    "sums",
    [
        owed(TREATED, []),
        owed([], HELD),
        owed([], []),
        owed([0.0, 0.0], HELD),
        owed([-5.0, 2.0], HELD),
        owed([np.inf, 2.0], HELD),
    ],
    ids=["no holdout", "no treated", "nobody", "no money", "money back", "infinite"],
)
def test_lift_without_both_sides_is_none(sums: Sums) -> None:
    found = lift.estimate(sums)
    assert np.isnan([found.value, found.low, found.high]).all()
    assert np.isnan(lift.difference(sums, owed(TREATED, HELD)).p).all()


@pytest.mark.parametrize("treated", [[900.0], [900.0, 900.0]], ids=["one", "alike"])
def test_lift_without_spread_has_no_limits(treated: list[float]) -> None:
    found = lift.estimate(owed(treated, [800.0] * len(treated)))
    assert found.value[0] == pytest.approx(1 / 9)
    assert np.isnan([found.low, found.high]).all()


def test_a_side_without_spread_is_as_unsure_as_the_other() -> None:
    found = lift.estimate(owed(TREATED, [0.0, 0.0, 0.0]))
    variance = TREATED.var(ddof=1)
    se = math.sqrt(variance * (1 / 6 + 1 / 3)) / TREATED.mean()
    assert found.value.tolist() == [1.0]
    assert found.se[0] == pytest.approx(se)


def test_two_lifts_by_an_independent_sum() -> None:
    a, b = owed(TREATED, HELD), owed(TREATED * 1.1, HELD)
    found = lift.difference(a, b)
    ses = [float(lift.estimate(sums).se[0]) for sums in (a, b)]
    oracle = CompareMeans(DescrStatsW(TREATED), DescrStatsW(HELD))
    dfs = [oracle.dof_satt(), CompareMeans(DescrStatsW(TREATED * 1.1), DescrStatsW(HELD)).dof_satt()]
    se = math.hypot(*ses)
    df = se**4 / sum(s**4 / d for s, d in zip(ses, dfs, strict=True))
    assert found.p[0] == pytest.approx(2 * stats.t.sf(abs(found.value[0]) / se, df))
    assert interval(found) == pytest.approx([found.value[0] + sign * stats.t.ppf(0.975, df) * se for sign in (-1, 1)])


def test_a_lift_compared_with_itself_is_none() -> None:
    found = lift.difference(owed(TREATED, HELD), owed(TREATED, HELD))
    assert (found.value[0], found.p[0]) == (0, 1)


# --- edges -----------------------------------------------------------------------------------------------------------

WHOLE = {
    lift: lambda: owed(TREATED, HELD),
    **dict.fromkeys(PLAIN.values(), lambda: summed([1.0, 0.0, 1.0, 1.0, 0.0], by=[1, 1, 2, 3, 4])),
}
summed_kind = pytest.mark.parametrize("kind", WHOLE, ids=lambda kind: kind.__name__.rpartition(".")[2])


@summed_kind
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("field", Sums.__dataclass_fields__)
def test_what_is_no_number_gives_none(kind: ModuleType, field: str, bad: float) -> None:
    whole = WHOLE[kind]()
    broken = replace(whole, **{field: np.array([bad])})
    found, apart = kind.estimate(broken), kind.difference(broken, whole)
    told = np.array([found.value, found.low, found.high, found.se, found.n_eff, apart.value, apart.p])
    assert not np.isinf(told).any()
    if field == "n":
        assert np.isnan([found.value, found.low, found.high]).all()


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("sign", [1, -1])
def test_few_who_agree_are_not_certain(n: int, sign: int) -> None:
    sides = {"pro": n, "det": 0} if sign > 0 else {"pro": 0, "det": n}
    found = net.estimate(answers(pas=0, **sides), scale=100.0)
    assert found.value[0] == 100 * sign
    assert abs(found.high[0] - found.low[0]) > 40
    assert max(np.abs(interval(found))) == 100


def test_all_have_answered_so_there_is_no_interval() -> None:
    found = net.estimate(answers(pro=40, pas=30, det=20), fpc=np.array([90.0]))
    assert found.value[0] == pytest.approx(20 / 90)
    assert np.isnan([found.low, found.high, found.n_eff]).all()


def test_most_have_answered_so_the_interval_is_narrow() -> None:
    # enps.fpc
    plain = net.estimate(answers(pro=40, pas=30, det=20), scale=100.0)
    among = net.estimate(answers(pro=40, pas=30, det=20), scale=100.0, fpc=np.array([120.0]))
    assert (plain.se[0], among.se[0]) == pytest.approx((8.28173325, 4.1582288254))
    assert np.subtract(*interval(among)) == pytest.approx(np.subtract(*interval(plain)) / 2, rel=0.02)


def test_the_same_people_are_compared_by_their_own_moves() -> None:
    # nps.paired
    before = net_of(np.array([10, 9, 8, 6, 10, 7, 3, 9, 8, 10, 6, 9]))
    after = net_of(np.array([9, 9, 9, 7, 10, 8, 5, 9, 7, 10, 7, 10]))
    found, oracle = net.paired(summed(after - before), scale=100.0), stats.ttest_rel(after, before)
    assert found.value[0] == pytest.approx(25)
    assert found.p[0] == pytest.approx(oracle.pvalue)
    assert interval(found) == pytest.approx([100 * end for end in oracle.confidence_interval()])


@pytest.mark.parametrize("moves", [[], [1.0]], ids=["nobody", "one"])
def test_one_alone_is_not_tested(moves: list[float]) -> None:
    found = net.paired(summed(moves))
    assert np.isnan([found.low, found.high, found.p]).all()


def net_of(scores: npt.NDArray[np.int64]) -> Rows:
    return (scores >= 9).astype(float) - (scores <= 6)
