"""What is at stake where journeys end, added up by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from journeys import IDS, SINCE, STEPS, UNTIL, journey, log, visits
from scipy.stats import chi2
from wide_journeys import events, measured, whole

from cxkit.journey.measures.money import at_stake, stands_out

DAYS = (UNTIL - SINCE).days + 1 - 30  # on which a journey of thirty days could begin and end
YEAR = 365.25 / DAYS
LOGGED_YEAR = 365.25 / (DAYS - 30)  # of `logged` the first thirty days are left out


@pytest.fixture(scope="module")
def logged() -> pd.DataFrame:
    return log(700, customers=500, seed=11)


def lost_worth(logged: pd.DataFrame, worth) -> dict[str, float]:
    counted = visits(logged)
    begun = logged.groupby("case")["at"].min()
    gone = counted[counted["next_at"].isna()]
    each = gone.apply(lambda r: worth(r["customer"], begun[r["case"]]), axis=1)
    return each.groupby(gone["step"]).sum().to_dict()


def test_an_amount_for_each_is_that_times_the_journeys_lost_a_year(logged, tmp_path):
    _, found = measured(tmp_path, {"interactions": logged}, journey(money={"each": 80}))
    counted = lost_worth(logged, lambda *_: 80.0)
    for item, step in zip(IDS[:-1], STEPS, strict=False):
        f = whole(found, item, "money")
        assert (f.estimate.value, f.unit) == (pytest.approx(counted[step] * LOGGED_YEAR), "currency")
        assert f.estimate.low < f.estimate.value < f.estimate.high
    assert whole(found, "", "money").estimate.value == pytest.approx(sum(counted[s] for s in STEPS[:-1]) * LOGGED_YEAR)
    assert ("settle", "money", ()) not in found


def test_revenue_counts_in_the_whole_months_before_a_journey(logged, tmp_path):
    months = pd.period_range("2025-06", "2026-06", freq="M")
    rows = [
        (f"C{i}", str(m.start_time.date()), 10.0 + i % 7 + (90 if m.month == 12 else 0))
        for i in range(400)
        for m in months
    ]
    revenue = pd.DataFrame(rows, columns=["customer", "month", "amount"])
    money = {"table": "revenue", "months": 3}
    study, found = measured(tmp_path, {"interactions": logged, "revenue": revenue}, journey(money=money))
    by = {c: r.assign(m=pd.PeriodIndex(r["month"], freq="M")) for c, r in revenue.groupby("customer")}

    def worth(customer, begun):
        last = pd.Period(begun, freq="M")
        mine = by.get(customer)
        return 0.0 if mine is None else float(mine[(mine["m"] < last) & (mine["m"] >= last - 3)]["amount"].sum())

    counted = lost_worth(logged, worth)
    for item, step in zip(IDS[:-1], STEPS, strict=False):
        assert whole(found, item, "money").estimate.value == pytest.approx(counted[step] * LOGGED_YEAR)
    assert not any("did not yet reach back" in n for n in study.notes)


def test_orders_count_up_to_the_moment_a_journey_begins(logged, tmp_path):
    single = logged.groupby("customer").filter(lambda r: len(set(r["case"])) == 1)
    begun = single.groupby("customer")["at"].min()
    before = [(c, t - pd.Timedelta(seconds=1), 30.0) for c, t in begun.items()]
    after = [(c, t, 1000.0) for c, t in begun.items()]
    long_ago = [(c, t - pd.DateOffset(months=2, days=1), 1000.0) for c, t in begun.items()]
    orders = pd.DataFrame([*before, *after, *long_ago], columns=["customer", "at", "amount"])
    money = {"table": "orders", "months": 2}
    _, found = measured(tmp_path, {"interactions": single, "orders": orders}, journey(money=money))
    counted = lost_worth(single, lambda *_: 30.0)
    assert whole(found, "prove", "money").estimate.value == pytest.approx(counted["Prove"] * LOGGED_YEAR)


def test_the_interval_of_equal_amounts_is_that_of_a_poisson_count():
    value, low, high = at_stake(np.full(20, 50.0), factor=2.0, more=0.0, confidence=0.95)
    assert value == 2000
    assert (low, high) == pytest.approx((50 * chi2.ppf(0.025, 40), 50 * chi2.ppf(0.975, 42)))


def test_the_interval_covers_what_it_says():
    rng = np.random.default_rng(7)
    covered = 0
    for _ in range(1000):
        parts = rng.lognormal(3, 0.8, rng.poisson(40))
        _, low, high = at_stake(parts, factor=1.0, more=0.0, confidence=0.95)
        covered += low <= 40 * np.exp(3 + 0.8**2 / 2) <= high
    assert covered >= 930


def test_the_interval_does_not_tell_the_largest_amount():
    """The sum and the squares are the same, the largest amount is not: nobody may see the difference."""
    one, other = (np.append(np.full(20, 3.0), rest) for rest in ([1.0, 5.0, 6.0], [2.0, 3.0, 7.0]))
    limits = [at_stake(parts, factor=1.0, more=0.0, confidence=0.95) for parts in (one, other)]
    assert limits[0] == pytest.approx(limits[1])


def test_the_interval_of_a_step_tells_nothing_of_another(tmp_path):
    """One customer who ends at the second step brings almost everything; the first step's interval stays as it is."""
    rows = [(f"K{i}", f"C{i}", 0, "web", "Ask") for i in range(100)]
    rows += [(f"K{i}", f"C{i}", 1, "web", "Prove") for i in range(50)]
    found = []
    for most in (10.0, 90_000.0):
        revenue = pd.DataFrame([(f"C{i}", "2026-01-05", most if i == 0 else 10.0) for i in range(100)],
                               columns=["customer", "month", "amount"])  # fmt: skip
        tables = {"interactions": events(*rows), "revenue": revenue}
        _, measured_ = measured(tmp_path, tables, journey(money={"table": "revenue"}))
        found.append(whole(measured_, "ask", "money").estimate)
    assert found[0].value
    assert found[0] == found[1]


def test_nothing_lost_is_nothing_at_stake_with_an_upper_end(tmp_path):
    rows = [(f"K{i}", f"C{i}", h, "web", s) for i in range(60) for h, s in ((0, "Ask"), (1, "Prove"))]
    _, found = measured(tmp_path, {"interactions": events(*rows)}, journey(money={"each": 10}))
    assert whole(found, "ask", "money").estimate.value == 0
    assert whole(found, "ask", "money").estimate.high > 0


def test_a_sum_that_is_mostly_one_customers_is_not_told(tmp_path):
    rows = [(f"K{i}", f"C{i}", 0, "web", "Ask") for i in range(60)]
    revenue = pd.DataFrame([(f"C{i}", "2026-01-05", 5000.0 if i == 0 else 10.0) for i in range(60)],
                           columns=["customer", "month", "amount"])  # fmt: skip
    tables, money = {"interactions": events(*rows), "revenue": revenue}, journey(money={"table": "revenue"})
    assert whole(measured(tmp_path, tables, money)[1], "ask", "money").estimate.status == "suppressed"
    revenue.loc[0, "amount"] = 10.0
    assert whole(measured(tmp_path, tables, money)[1], "ask", "money").estimate.shown
    assert not stands_out(np.full(5, 1.0))


def test_credits_take_nothing_from_others(tmp_path):
    rows = [(f"K{i}", f"C{i}", 0, "web", "Ask") for i in range(60)]
    revenue = pd.DataFrame([(f"C{i}", "2026-01-05", -500.0 if i < 10 else 12.0) for i in range(60)],
                           columns=["customer", "month", "amount"])  # fmt: skip
    money = journey(money={"table": "revenue", "months": 1})
    _, found = measured(tmp_path, {"interactions": events(*rows), "revenue": revenue}, money)
    assert whole(found, "ask", "money").estimate.value == pytest.approx(50 * 12 * YEAR)


def test_amounts_that_do_not_reach_back_are_told(logged, tmp_path):
    revenue = pd.DataFrame([(f"C{i}", "2025-12-01", 10.0) for i in range(400)],
                           columns=["customer", "month", "amount"])  # fmt: skip
    money = journey(money={"table": "revenue", "months": 12})
    study, _ = measured(tmp_path, {"interactions": logged, "revenue": revenue}, money)
    assert any(
        "100 % of the journeys began when the amounts did not yet reach back 12 months" in n for n in study.notes
    )
    study, found = measured(tmp_path, {"interactions": logged}, money)
    assert any("the customers' amounts are not in the exports (revenue)" in n for n in study.notes)
    assert not [m for _, m, _ in found if m == "money"]


def test_the_total_tells_no_step_that_is_hidden(tmp_path):
    """Three end at the second step: what they are worth must not be what the total has more than the others."""
    rows = [(f"K{i}", f"C{i}", 0, "web", "Ask") for i in range(100)]
    rows += [(f"K{i}", f"C{i}", 1, "web", "Prove") for i in range(60)]
    rows += [(f"K{i}", f"C{i}", 2, "web", "Sign") for i in range(57)]
    rows += [(f"K{i}", f"C{i}", 3, "web", "Settle") for i in range(40)]
    _, found = measured(tmp_path, {"interactions": events(*rows)}, journey(money={"each": 10}))
    assert whole(found, "prove", "money").estimate.status == "suppressed"
    assert whole(found, "", "money").estimate.value == pytest.approx((40 + 17) * 10 * YEAR)
