"""Revenue kept, lost and grown, against sums done by hand, in pandas, and published examples."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from kpi.catalogue.rows import measure_cells, measure_rows, vector

KEPT = ["grr", "nrr", "revenue_churn_gross", "revenue_churn_net", "up_sell"]
BEFORE, END = "2025-12-01", "2026-03-01"
SPAN = {"first": dt.date(2025, 10, 1), "at": "2026-Q1"}


def bills(*amounts: tuple[float, float], months: tuple[str, str] = (BEFORE, END)) -> list[dict]:
    """What customers paid in the month before the quarter and in its last one."""
    return [
        {"customer_id": f"C{i}", "month": month, "amount": amount}
        for i, pair in enumerate(amounts)
        for month, amount in zip(months, pair, strict=True)
        if amount is not None
    ]


def kept(rows: list[dict], kpis: list[str] = KEPT, **request):
    return measure_rows({"revenue": rows}, kpis=kpis, **(SPAN | request))


@pytest.fixture(scope="module")
def published():
    given, expected = vector("revenue.grr_nrr")
    start, end = given["start_arr"], given["end_arr"]
    # A customer that comes later is in neither side.
    rows = bills(*zip(start, end, strict=True), (None, given["new_customer_arr_excluded"]))
    return kept(rows), expected


def test_revenue_kept_as_published(published):
    found, expected = published
    assert found["nrr"].value == pytest.approx(expected["nrr"])
    assert found["grr"].value == pytest.approx(expected["grr"])
    assert found["nrr"].se == pytest.approx(expected["nrr_se_linearised"])
    assert found["nrr"].n_eff == pytest.approx(vector("revenue.effective_accounts")[1]["effective_accounts"])


def test_churn_of_revenue_is_what_is_not_kept(published):
    found, expected = published
    assert found["revenue_churn_gross"].value == pytest.approx(expected["gross_revenue_churn"])
    assert found["revenue_churn_net"].value == pytest.approx(1 - expected["nrr"])
    total = 1000.0
    moves = expected["expansion"] - expected["contraction"] - expected["churned"]
    assert found["revenue_churn_net"].value == pytest.approx(-moves / total)
    for lost, left in [("revenue_churn_gross", "grr"), ("revenue_churn_net", "nrr")]:
        one, two = found[lost], found[left]
        assert (one.low, one.high, one.se) == pytest.approx((1 - two.high, 1 - two.low, two.se))


def test_customers_who_pay_more(published):
    assert published[0]["up_sell"].value == pytest.approx(2 / 5)


def test_growth_makes_net_churn_negative():
    found = kept(bills((100, 130), (100, 110), (100, 100), (100, 90)))
    assert found["revenue_churn_net"].value == pytest.approx(-0.075)
    assert found["revenue_churn_gross"].value == pytest.approx(0.025)


def test_credits_count_for_what_they_are():
    # A credit at the start leaves the base; one at the end is a loss of more than all, but gross not of more.
    found = kept(bills((-50, 100), (0, 100), (200, -20), (100, 100), (100, 100)))
    assert found["nrr"].n == 3
    assert found["nrr"].value == pytest.approx(180 / 400)
    assert found["grr"].value == pytest.approx(200 / 400)
    assert found["revenue_churn_net"].value == pytest.approx(220 / 400)


def test_a_credit_of_the_same_month_is_taken_off():
    rows = bills(*[(100, 100)] * 5)
    rows.append({"customer_id": "C0", "month": "2026-03-20", "amount": -40})
    assert kept(rows)["nrr"].value == pytest.approx(460 / 500)


def test_a_pause_is_a_loss_where_the_period_ends_in_it_and_nowhere_else():
    months = pd.date_range("2025-12-01", "2026-03-01", freq="MS").strftime("%F")
    rows = [
        {"customer_id": f"C{i}", "month": m, "amount": 10}
        for i in range(10)
        for m in months
        if (i, m) != (0, "2026-02-01")
    ]
    cells = measure_cells({"revenue": rows}, kpis=["nrr"], period="month", first=SPAN["first"]).cells
    found = {c.period: (c.estimate.value, c.estimate.n) for c in cells if c.estimate.shown}
    assert found == {"2026-01": (1.0, 10), "2026-02": (pytest.approx(0.9), 10), "2026-03": (1.0, 9)}
    assert kept(rows)["nrr"].value == 1


def test_parts_of_a_cent_are_no_growth():
    # 0.1 + 0.2 is not 0.3 in binary.
    rows = bills(*[(0.3, None)] * 4)
    rows += [{"customer_id": f"C{i}", "month": END, "amount": a} for i in range(4) for a in (0.1, 0.2)]
    assert kept(rows)["up_sell"].value == 0


def test_one_account_that_outweighs_all_leaves_no_limits():
    found = kept(bills((1_000_000, 900_000), *[(100, 100)] * 9))["nrr"]
    assert found.value == pytest.approx(0.9, abs=1e-3)
    assert found.n_eff < 1.01
    assert (found.low, found.high) == (None, None)


def test_quarters_of_revenue_are_measured_for_themselves():
    assert {c.additive for c in measure_cells({"revenue": bills((1, 1))}, kpis=KEPT).cubes.values()} == {False}


# --- revenue per customer --------------------------------------------------------------------------------------------


def people(n: int, *, joined: str = "2025-05-05", left: dict[int, str] | None = None) -> list[dict]:
    return [{"customer_id": f"C{i}", "joined_on": joined, "left_on": (left or {}).get(i)} for i in range(n)]


def monthly(n: int, months: tuple[str, ...], amount: float = 60.0) -> list[dict]:
    return [{"customer_id": f"C{i}", "month": m, "amount": amount + i} for i in range(n) for m in months]


FIRST_QUARTER = ("2026-01-01", "2026-02-01", "2026-03-01")


def per_customer(customers: list[dict], revenue: list[dict], **request):
    return measure_rows({"customers": customers, "revenue": revenue}, kpis=["revenue_per_customer"], **request)[
        "revenue_per_customer"
    ]


def test_revenue_per_customer_and_month():
    rows = monthly(8, FIRST_QUARTER)
    found = per_customer(people(10), rows)
    assert found.value == pytest.approx(pd.DataFrame(rows).amount.sum() / (10 * 3))
    assert found.base == 30


def test_a_month_after_leaving_is_none_but_its_credit_is_money():
    rows = monthly(10, FIRST_QUARTER, 100)
    gone = [r for r in rows if r["customer_id"] != "C0" or r["month"] < "2026-02-01"]
    gone.append({"customer_id": "C0", "month": "2026-03-01", "amount": -30})
    found = per_customer(people(10, left={0: "2026-02-01"}), gone)
    assert found.base == 28
    assert found.value == pytest.approx(pd.DataFrame(gone).amount.sum() / 28)


def test_a_month_that_is_not_invoiced_yet_does_not_pull_revenue_down():
    rows = monthly(10, FIRST_QUARTER[:2], 100) + monthly(3, FIRST_QUARTER[2:], 100)
    found = per_customer(people(10), rows)
    assert (found.value, found.base) == (pytest.approx(104.5), 20)


def test_revenue_per_customer_is_none_without_customers():
    assert per_customer([], monthly(5, FIRST_QUARTER)).value is None


# --- revenue owed to the programme -----------------------------------------------------------------------------------


def drawn(treated: list[float], held_out: list[float], **request):
    """Two arms, what each paid spread unevenly over the quarter."""
    people = [(v, False) for v in treated] + [(v, True) for v in held_out]
    customers = [{"customer_id": f"C{i}", "joined_on": "2025-05-05", "holdout": h} for i, (_, h) in enumerate(people)]
    customers += [{"customer_id": f"N{i}", "joined_on": "2025-05-05"} for i in range(5)]
    rows = [
        {"customer_id": f"C{i}", "month": m, "amount": v * part}
        for i, (v, _) in enumerate(people)
        for m, part in zip(FIRST_QUARTER, (0.5, 0.3, 0.2), strict=True)
    ]
    rows += [{"customer_id": f"N{i}", "month": m, "amount": 9999} for i in range(5) for m in FIRST_QUARTER]
    tables = {"customers": customers, "revenue": rows}
    return measure_rows(tables, kpis=["sales_incremental"], **request)["sales_incremental"]


def test_what_the_programme_brought_as_computed_elsewhere():
    given, expected = vector("cs.incremental_share")
    found = drawn(given["treated_revenue"], given["holdout_revenue"])
    assert found.value == pytest.approx(expected["incremental_share_of_treated_sales"])
    assert [found.low, found.high] == pytest.approx(expected["share_ci"])
    assert found.n == 12


def test_who_left_the_programme_still_counts():
    assert drawn([300, 300, 0, 0], [100, 100, 100, 100]).value == pytest.approx((150 - 100) / 150)


def test_a_programme_without_anyone_held_out_cannot_be_told():
    assert drawn([300, 200, 100], []).value is None


def test_a_period_that_is_not_invoiced_to_its_end_is_not_told():
    customers = [{"customer_id": f"C{i}", "joined_on": "2025-05-05", "holdout": i % 2 == 0} for i in range(12)]
    rows = monthly(12, FIRST_QUARTER[:2])
    made = measure_cells({"customers": customers, "revenue": rows}, kpis=["sales_incremental"])
    assert not [c for c in made.cells if c.estimate.shown]


def test_who_joined_later_was_not_there_to_be_treated():
    late = [{"customer_id": f"L{i}", "joined_on": "2026-01-01", "holdout": False} for i in range(4)]
    customers = [{"customer_id": f"C{i}", "joined_on": "2025-12-31", "holdout": i % 2 == 0} for i in range(12)]
    rows = monthly(12, FIRST_QUARTER)
    found = measure_rows({"customers": customers + late, "revenue": rows}, kpis=["sales_incremental"])
    assert found["sales_incremental"].n == 12
