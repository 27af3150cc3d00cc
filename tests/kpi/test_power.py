"""How many it takes is what a simulation and another program say; a split leaves no remainder."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.power import NormalIndPower, TTestIndPower

from cxkit.kpi import power
from cxkit.kpi.kinds import net, proportion, rate
from cxkit.kpi.split import split_change
from cxkit.kpi.sums import Sums

SEED = 20261122
RUNS = 4000
WITHIN = 4 * math.sqrt(0.8 * 0.2 / RUNS)  # four standard errors of a simulated power of 80 %


def test_a_promised_power_is_kept_for_net_scores() -> None:
    rng = np.random.default_rng(SEED)
    before, after = (0.5, 0.2), (0.58, 0.15)
    n = power.needed(0.13, spreads=(power.net_spread(*before), power.net_spread(*after)))
    sides = [rng.multinomial(n, [p, d, 1 - p - d], RUNS).astype(float) for p, d in (before, after)]
    one, two = (Sums.of(n=np.full(RUNS, float(n)), plus=side[:, 0], minus=side[:, 1]) for side in sides)
    assert (net.difference(two, one).p < 0.05).mean() == pytest.approx(0.8, abs=WITHIN)


def test_a_promised_power_is_kept_for_shares() -> None:
    rng = np.random.default_rng(SEED)
    n = power.needed(0.1, spreads=(power.share_spread(0.6), power.share_spread(0.7)))
    one, two = (Sums.of(n=np.full(RUNS, float(n)), y=rng.binomial(n, p, RUNS)) for p in (0.6, 0.7))
    assert (proportion.difference(two, one).p < 0.05).mean() == pytest.approx(0.8, abs=WITHIN)


def test_a_promised_power_is_kept_for_rates() -> None:
    rng = np.random.default_rng(SEED)
    n = power.needed(0.1, spreads=(power.rate_spread(0.5), power.rate_spread(0.6)))
    one, two = (Sums.of(n=np.full(RUNS, float(n)), y=rng.poisson(n * r, RUNS), x=n) for r in (0.5, 0.6))
    assert (rate.difference(two, one).p < 0.05).mean() == pytest.approx(0.8, abs=WITHIN)


@pytest.mark.parametrize("chance", [0.8, 0.9])
def test_means_agree_with_statsmodels(chance: float) -> None:
    found = power.needed(0.25, spreads=(1.0, 1.0), power=chance)
    assert found == math.ceil(NormalIndPower().solve_power(0.25, alpha=0.05, power=chance))
    assert found == pytest.approx(TTestIndPower().solve_power(0.25, alpha=0.05, power=chance), abs=2)


def test_a_design_effect_multiplies_the_base() -> None:
    assert power.needed(0.1, spreads=(0.25, 0.25), design=2.0) == pytest.approx(
        2 * power.needed(0.1, spreads=(0.25, 0.25)), abs=1
    )


def test_what_is_needed_is_what_would_be_detected() -> None:
    n = power.needed(0.07, spreads=(power.net_spread(0.5, 0.2),) * 2)
    base = Sums.of(n=n, plus=n / 2, minus=n / 5)
    assert net.difference(base, base).detectable[0] == pytest.approx(0.07, rel=1e-3)


def test_a_small_population_needs_fewer() -> None:
    assert power.needed_alone(0.05, spread=0.25) == 385  # the textbook's
    assert power.needed_alone(0.05, spread=0.25, population=500) == 218
    assert power.needed_alone(0.05, spread=0.25, population=10**9) == 385


@pytest.mark.parametrize(
    "ask", [lambda: power.needed(0, spreads=(1, 1)), lambda: power.events_needed(1.0)], ids=["units", "events"]
)
def test_no_change_needs_endless_numbers(ask) -> None:
    with pytest.raises(ValueError, match="no number of"):
        ask()


# --- mix and rate ----------------------------------------------------------------------------------------------------

parts = st.lists(st.tuples(*[st.integers(0, 50)] * 4), min_size=1, max_size=6)


@given(parts)
def test_mix_and_rate_add_up_to_the_change(found: list[tuple[int, int, int, int]]) -> None:
    n0, y0, n1, y1 = (np.array(column, dtype=float) for column in zip(*found, strict=True))
    split = split_change(Sums.of(n=n0, y=np.minimum(y0, n0)), Sums.of(n=n1, y=np.minimum(y1, n1)))
    if n0.sum() and n1.sum():
        expected = np.minimum(y1, n1).sum() / n1.sum() - np.minimum(y0, n0).sum() / n0.sum()
        assert split.change == pytest.approx(expected, abs=1e-12)
        assert split.mix.sum() + split.rate.sum() == pytest.approx(expected, abs=1e-12)
    else:
        assert math.isnan(split.change)


def test_a_change_of_sizes_alone_is_all_mix() -> None:
    split = split_change(Sums.of(n=[60, 40], y=[30, 10]), Sums.of(n=[40, 160], y=[20, 40]))
    assert split.rate == pytest.approx([0, 0], abs=1e-12)
    assert split.mix.sum() == pytest.approx(0.3 - 0.4)


def test_a_part_that_is_new_is_all_mix() -> None:
    split = split_change(Sums.of(n=[50, 0], y=[25, 0]), Sums.of(n=[50, 50], y=[25, 50]))
    assert split.rate.tolist() == [0, 0]
    assert split.mix.sum() == pytest.approx(0.25)


def test_a_ratio_is_split_by_its_denominators() -> None:
    before, after = Sums.of(n=[9, 9], x=[100, 300], y=[110, 270]), Sums.of(n=[9, 9], x=[200, 200], y=[220, 180])
    split = split_change(before, after)
    assert split.rate == pytest.approx([0, 0], abs=1e-12)
    assert split.change == pytest.approx(1.0 - 0.95)
