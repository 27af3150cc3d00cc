"""Buying again and buying more, against counts done by hand, other software and published examples."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from kpi.catalogue.rows import measure_cells, measure_rows, times, vector
from statsmodels.duration.survfunc import SurvfuncRight

AGAIN = ["repeat_customers", "second_order", "time_to_second_order"]
START = pd.Timestamp("2026-01-01")


def orders(*buyers: tuple[int, ...], joined: int | None = None) -> dict[str, list[dict]]:
    """Customers who order on these days, 0 for the first of January; they join with their first order."""
    customers, rows = [], []
    for i, days in enumerate(buyers):
        customers.append({"customer_id": f"C{i}", "joined_on": day(min(days) if joined is None else joined)})
        rows += [{"customer_id": f"C{i}", "ordered_at": f"{day(d)} 10:00:00"} for d in days]
    return {"customers": customers, "orders": [r | {"order_id": f"O{i}"} for i, r in enumerate(rows)]}


def day(number: int) -> str:
    return f"{START + pd.Timedelta(days=number):%F}"


def until(number: int) -> dict[str, dt.date]:
    return {"last": (START + pd.Timedelta(days=number)).date()}


# --- buying again ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kpi", ["repeat_purchase", "repeat_customers"])
def test_repeat_purchase_of_cdnow(kpi):
    # The second orders are too young to be judged themselves, so that both count each customer once.
    given, expected = vector("repeat_purchase.cdnow")
    window = 7 * given["window_weeks"]
    buyers = times(given["with_repeat"], days=(0, 200)) + times(given["customers"] - given["with_repeat"], days=(0,))
    rows = orders(*(b["days"] for b in buyers))
    found = measure_rows(rows, kpis=[kpi], parameters={"window_days": window}, at="2026-Q1", **until(window + 1))[kpi]
    assert (found.value, found.n) == (pytest.approx(expected["rate"]), given["customers"])
    assert [found.low, found.high] == pytest.approx(expected["wilson"])


@pytest.fixture(scope="module")
def buyers():
    """First orders over two months, six in ten of them followed by another."""
    rng = np.random.default_rng(7)
    first = rng.integers(0, 60, 400)
    wait = np.where(rng.random(400) < 0.6, rng.integers(1, 150, 400), 10_000)
    return pd.DataFrame({"first": first, "wait": wait})


LAST_DAY = 119


@pytest.fixture(scope="module")
def again(buyers):
    days = [(f, f + w) if f + w <= LAST_DAY else (f,) for f, w in zip(buyers["first"], buyers.wait, strict=True)]
    return measure_rows(orders(*(tuple(map(int, d)) for d in days)), kpis=AGAIN, at="2026-Q1", **until(LAST_DAY))


def test_new_buyers_who_came_back_as_pandas_has_it(buyers, again):
    judged = buyers[buyers["first"] + 90 <= LAST_DAY]
    found = again["repeat_customers"]
    assert (found.value, found.n) == (pytest.approx((judged.wait <= 90).mean()), len(judged))
    assert 0 < len(judged) < len(buyers)


def seen(buyers: pd.DataFrame) -> SurvfuncRight:
    watched = LAST_DAY - buyers["first"]
    return SurvfuncRight(np.minimum(buyers.wait, watched), buyers.wait <= watched)


def test_recent_buyers_count_for_the_days_seen(buyers, again):
    curve, found = seen(buyers), again["second_order"]
    at = np.searchsorted(curve.surv_times, 90, side="right") - 1
    assert found.n == 400
    assert found.value == pytest.approx(1 - curve.surv_prob[at])
    assert found.se == pytest.approx(curve.surv_prob_se[at])


def test_days_until_a_quarter_came_back(buyers, again):
    found = again["time_to_second_order"]
    low, high = seen(buyers).quantile_ci(0.25, method="cloglog")
    assert found.value == pytest.approx(seen(buyers).quantile(0.25), rel=0.01)  # buckets of 2 %
    assert (found.low, found.high) == pytest.approx((low, high), rel=0.03)


def test_nobody_who_comes_back_is_a_time_that_is_not_known():
    found = measure_rows(orders(*[(0,)] * 12), kpis=AGAIN, at="2026-Q1", **until(120))
    assert found["repeat_customers"].value == found["second_order"].value == 0
    assert found["time_to_second_order"].value is None


def test_a_second_order_on_the_same_day_is_the_same_purchase():
    rows = orders(*[(0, 0)] * 5, *[(0, 90)] * 3, *[(0, 91)] * 2)
    assert measure_rows(rows, kpis=AGAIN, at="2026-Q1", **until(120))["repeat_customers"].value == pytest.approx(0.3)


def test_an_order_on_the_last_day_of_the_data_is_seen():
    rows = orders(*[(0, 89)] * 4, *[(0, 90)] * 4)
    found = measure_rows(rows, kpis=AGAIN[1:2], at="2026-Q1", **until(90))
    assert found["second_order"].value == 1


def test_customers_of_old_are_no_new_buyers():
    old, new = orders(*[(3, 20)] * 6, joined=-500), orders(*[(5,)] * 6)
    shifted = {t: [r | {"customer_id": f"N{r['customer_id']}"} for r in rows] for t, rows in new.items()}
    rows = {t: old[t] + [r | ({"order_id": f"N{i}"}) for i, r in enumerate(shifted[t])] for t in old}
    found = measure_rows(rows, kpis=AGAIN[:1], at="2026-Q1", **until(120))["repeat_customers"]
    assert (found.value, found.n) == (0, 6)


# --- cross-sell ------------------------------------------------------------------------------------------------------

CROSS = ["cross_sell", "cross_sell_holding"]
EARLIER, NOW = "2025-06-01 10:00:00", "2026-02-01 10:00:00"
TWO_YEARS = {"first": dt.date(2024, 1, 1), "at": "2026-Q1"}


def bought(number: int, held: str, then: str = "", *, prefix: str) -> list[dict]:
    """So many customers who bought in some categories in the year before, and in others in the quarter."""
    pairs = [(EARLIER, c) for c in held] + [(NOW, c) for c in then]
    return [
        {"customer_id": f"{prefix}{i}", "order_id": f"{prefix}{i}{when}{c}", "ordered_at": when, "category": c}
        for i in range(number)
        for when, c in pairs
    ]


def cross(*groups: list[dict], **request):
    return measure_rows({"orders": [r for g in groups for r in g]}, kpis=CROSS, **(TWO_YEARS | request))


def test_cross_sell_told_apart():
    given, expected = vector("cross_sell.variants")
    everything, sold = given["customers"] - given["eligible"], given["cross_sold_in_period"]
    two = given["multi_category"] - everything
    one = given["customers"] - given["multi_category"]
    found = cross(
        bought(everything, "abc", "abc", prefix="E"),
        bought(two, "ab", "ab", prefix="T"),
        bought(sold, "a", "ab", prefix="S"),
        bought(one - sold, "a", "aa", prefix="O"),
        bought(30, "", "abc", prefix="N"),  # new customers have nothing that could be added to
    )
    conversion, holding = found["cross_sell"], found["cross_sell_holding"]
    assert (conversion.value, conversion.n) == (pytest.approx(expected["conversion_rate"]), given["eligible"])
    assert [conversion.low, conversion.high] == pytest.approx(expected["conversion_wilson"])
    assert (holding.value, holding.n) == (pytest.approx(expected["holding_rate"]), given["customers"])
    assert [holding.low, holding.high] == pytest.approx(expected["holding_wilson"])


def test_what_was_bought_longer_ago_is_new_again():
    long_ago = [
        r | {"ordered_at": "2024-06-01 10:00:00", "order_id": f"L{r['order_id']}"} for r in bought(9, "b", prefix="A")
    ]
    found = cross(bought(9, "a", "b", prefix="A"), bought(9, "ab", prefix="B"), long_ago)
    assert (found["cross_sell"].value, found["cross_sell"].n) == (1, 9)


def test_a_period_whose_look_back_is_not_in_the_data_is_not_told():
    rows = {"orders": [*bought(9, "a", "b", prefix="A"), *bought(9, "ab", prefix="B")]}
    made = measure_cells(rows, kpis=CROSS, first=dt.date(2025, 4, 1))
    assert not [c for c in made.cells if c.estimate.shown]


def test_an_order_without_a_category_is_none():
    rows = bought(9, "a", "a", prefix="A") + bought(9, "ab", prefix="B")
    blank = [r | {"category": None, "order_id": f"x{r['order_id']}"} for r in rows]
    assert cross(rows, blank) == cross(rows)


def test_quarters_of_cross_sell_are_measured_for_themselves():
    made = measure_cells({"orders": bought(9, "a", prefix="A")}, kpis=CROSS, first=TWO_YEARS["first"])
    assert {c.additive for c in made.cubes.values()} == {False}
