"""Costs, people in customer success and its share of sales, against published examples and sums done by hand."""

from __future__ import annotations

import datetime as dt

import pytest
from kpi.catalogue.rows import CATALOGUE, measure_cells, measure_rows, times, vector

from cxkit.kpi.cube import roll_up

MONTHS = ("2026-01-01", "2026-02-01", "2026-03-01")
MONTH = {"period": "month", "last": dt.date(2026, 3, 31)}


def people(*groups: tuple[int, str | None, str | None]) -> list[dict]:
    """So many customers from one day until another."""
    rows = [{"joined_on": joined, "left_on": left} for n, joined, left in groups for _ in range(n)]
    return [{"customer_id": f"C{i}"} | r for i, r in enumerate(rows)]


def books(area: str | None, *amounts: float | None, months: tuple[str, ...] = MONTHS) -> list[dict]:
    """What was booked in each month; nothing where there is no amount."""
    booked = zip(months, amounts, strict=True)
    return [{"month": m, "line": f"{area}", "area": area, "amount": a} for m, a in booked if a is not None]


def one(kpi: str, **request):
    tables = {t: request.pop(t) for t in ("customers", "finance", "interactions", "employees", "deals") if t in request}
    return measure_rows(tables, kpis=[kpi], **request)[kpi]


# --- cost of a new customer ------------------------------------------------------------------------------------------


def acquired(new: int, spend: tuple[float | None, ...], joined: str = "2026-02-20", **request):
    return one(
        "acquisition_cost",
        customers=people((500, "2020-01-01", None), (new, joined, None)),
        finance=books("acquisition", *spend),
        **request,
    )


def test_cost_of_a_new_customer():
    given, expected = vector("cac.basic")
    found = acquired(given["new_customers"], (30_000, 40_000, given["sm_spend"] - 70_000))
    assert found.value == pytest.approx(expected["cac"])
    assert [found.low, found.high] == pytest.approx(expected["ci_count_only"])


def test_without_new_customers_the_cost_of_one_is_not_known():
    found = acquired(0, (30_000, 40_000, 50_000))
    assert (found.value, found.status) == (None, "undefined")


def test_who_was_a_customer_for_no_day_was_not_won():
    rows = people((10, "2026-02-20", None), (5, "2026-02-20", "2026-02-20"))
    assert one("acquisition_cost", customers=rows, finance=books("acquisition", 0, 900, 0)).value == 90


def test_new_customers_of_a_month_without_costs_stay_out():
    rows = people((10, "2026-01-20", None), (20, "2026-03-20", None))
    assert one("acquisition_cost", customers=rows, finance=books("acquisition", 900, 900, None)).value == 180


def test_spending_that_works_later_is_put_beside_the_customers_of_later():
    found = acquired(10, (700, 9_000, 9_000), parameters={"lag_months": 1}, at="2026-02", **MONTH)
    assert found.value == 70


# --- cost to serve ---------------------------------------------------------------------------------------------------


def test_cost_to_serve():
    given, expected = vector("cost_to_serve.basic")
    cost = books("service", given["total_cost"], None, None)
    assert one("cost_to_serve", customers=people((given["active_customers"], None, None)), finance=cost).value == (
        pytest.approx(expected["per_customer"])
    )
    calls = times(given["contacts"], started_at="2026-01-15")
    calls = [c | {"interaction_id": f"I{i}"} for i, c in enumerate(calls)]
    steps = [c | {"interaction_id": f"S{i}", "step": "Visit"} for i, c in enumerate(calls[:50])]
    found = one("cost_to_serve_per_contact", interactions=calls + steps, finance=cost)
    assert found.value == pytest.approx(expected["per_contact"])


def test_a_customer_of_half_a_month_is_half_a_customer():
    rows = people((10, None, None), (4, "2026-02-15", None))  # 14 of February's 28 days
    found = one("cost_to_serve", customers=rows, finance=books("service", None, 1200, None))
    assert found.value == pytest.approx(100)


def test_a_quarter_costs_as_much_a_month_as_its_months_together():
    rows = people((10, None, None), (10, "2026-02-01", None))
    found = one("cost_to_serve", customers=rows, finance=books("service", 100, 500, 300))
    assert found.value == pytest.approx(900 / (10 + 20 + 20))
    assert found.n == 3


def test_what_is_counted_has_no_interval():
    found = one("cost_to_serve", customers=people((10, None, None)), finance=books("service", 100, 500, 300))
    assert (found.low, found.high, found.se) == (None, None, None)


def test_a_credit_note_lowers_the_cost():
    cost = books("service", 100, 100, 100) + books("service", None, -40, None)
    assert one("cost_to_serve", customers=people((10, None, None)), finance=cost).value == pytest.approx(260 / 30)


def test_a_month_without_an_entry_is_not_free():
    rows = people((10, None, None))
    assert one("cost_to_serve", customers=rows, finance=books("service", 100, None, 300)).value == pytest.approx(20)
    other = books("service", 100, None, 300) + books("other", 5, 5, 5)
    assert one("cost_to_serve", customers=rows, finance=other).value == pytest.approx(20)


def test_costs_without_customers_are_not_zero_each():
    found = one("cost_to_serve", customers=people((10, "2027-01-01", None)), finance=books("service", 100, 100, 100))
    assert found.value is None


def test_costs_before_the_first_customer_are_costs():
    rows = people((10, "2026-02-01", None))
    found = one("cost_to_serve", customers=rows, finance=books("service", 100, 100, 100))
    assert found.value == pytest.approx(300 / 20)


def test_a_month_without_contacts_was_not_exported():
    calls = [{"interaction_id": f"I{i}", "started_at": f"2026-0{1 + 2 * (i % 2)}-10"} for i in range(100)]
    found = one("cost_to_serve_per_contact", interactions=calls, finance=books("service", 300, 900, 200))
    assert found.value == pytest.approx(5)


# --- customer success ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def capacity():
    return vector("cs.capacity")


def staff(*groups: tuple[int, str | None, str | None, float | None], area: str = "customer_success") -> list[dict]:
    rows = [
        {"area": area, "started_on": start, "ended_on": end, "fte": fte}
        for n, start, end, fte in groups
        for _ in range(n)
    ]
    return [r | {"employee_id": f"{area}{i}"} for i, r in enumerate(rows)]


def test_people_per_thousand_customers(capacity):
    # Two more come for the last third of the quarter's 90 days.
    given, expected = capacity
    before, _, after = given["cs_fte_by_month"]
    team = staff((before - 2, None, None, 1), (4, "2020-01-01", None, 0.5), (after - before, "2026-03-02", None, None))
    sellers = staff((7, None, None, 1), area="sales")
    tables = {"customers": people((given["customers_avg"], None, None)), "employees": team + sellers}
    found = measure_rows(tables, kpis=["cs_headcount", "customers_per_fte"])
    assert found["cs_headcount"].value == pytest.approx(expected["fte_per_1000"])
    assert found["customers_per_fte"].value == pytest.approx(expected["customers_per_fte"])
    assert found["cs_headcount"].low is None


def test_who_starts_and_ends_on_the_same_day_has_not_worked():
    team = staff((1, None, None, 1), (5, "2026-02-10", "2026-02-10", 1))
    assert one("customers_per_fte", customers=people((30, None, None)), employees=team).value == pytest.approx(30)


def test_without_anybody_nobody_looks_after_customers():
    tables = {"customers": people((30, None, None)), "employees": staff((3, None, None, 1), area="sales")}
    found = measure_rows(tables, kpis=["cs_headcount", "customers_per_fte"])
    assert (found["cs_headcount"].value, found["customers_per_fte"].value) == (0, None)


def test_people_without_customers_are_no_rate():
    tables = {"customers": people((30, "2027-01-01", None)), "employees": staff((3, None, None, 1))}
    assert measure_rows(tables, kpis=["cs_headcount"])["cs_headcount"].value is None


def test_shares_of_costs_and_of_revenue(capacity):
    given, expected = capacity
    third = {k: given[k] / 3 for k in ("cs_cost", "opex", "arr")}
    cost = books("customer_success", *[third["cs_cost"]] * 3) + books("revenue", *[third["arr"]] * 3)
    cost += books(None, *[third["opex"] - third["cs_cost"]] * 3)
    found = measure_rows({"finance": cost}, kpis=["budget_share", "cost_share_of_revenue"])
    assert found["budget_share"].value == pytest.approx(expected["budget_share"])
    assert found["cost_share_of_revenue"].value == pytest.approx(expected["cost_share_of_arr"])
    assert found["budget_share"].n == 3


def test_a_month_in_which_customer_success_was_not_booked_stays_out():
    cost = books("customer_success", 10, 10, None) + books("other", 90, 90, 900)
    found = one("budget_share", finance=cost)
    assert (found.value, found.n) == (pytest.approx(0.1), 2)


def test_months_of_costs_add_up_to_the_quarter():
    tables = {
        "customers": people((10, None, None), (7, "2026-02-11", None)),
        "finance": books("service", 100, 500, 300),
    }
    by_month = measure_cells(tables, kpis=["cost_to_serve"], **MONTH).cubes["cost_to_serve"]
    added = roll_up(by_month, "quarter", into={m[:7]: "2026-Q1" for m in MONTHS})
    assert added.estimates.value[0] == pytest.approx(
        measure_rows(tables, kpis=["cost_to_serve"])["cost_to_serve"].value
    )


# --- sales -----------------------------------------------------------------------------------------------------------

SALES = ["sales_sourced", "sales_influenced"]
CLOSED = "2026-02-20"


def deal(amount: float, **given) -> dict:
    return {"amount": amount, "won": True, "closed_on": CLOSED} | given


def sold(*rows: dict):
    named = [{"deal_id": f"D{i}", "customer_id": f"C{i}"} | r for i, r in enumerate(rows)]
    return {k: e.value for k, e in measure_rows({"deals": named}, kpis=SALES).items()}


def test_sales_found_and_sales_with_a_hand_in(capacity):
    given, expected = capacity
    total, found, helped = given["sales_total"], given["cs_sourced"], given["cs_influenced"]
    rows = times(6, **deal(found / 6, sourced=True))
    rows += times(6, **deal((helped - found) / 6, touched_on="2026-01-15", sourced=False))
    rows += times(6, **deal((total - helped) / 6))
    rows += times(3, **deal(10**7, renewal=True, sourced=True)) + times(3, **deal(10**7, won=False, sourced=True))
    assert sold(*rows) == {
        "sales_sourced": pytest.approx(expected["sourced_share"]),
        "sales_influenced": pytest.approx(expected["influenced_share"]),
    }


@pytest.mark.parametrize(
    ("touched", "counts"),
    [("2026-02-20", True), ("2025-11-22", True), ("2025-11-21", False), ("2026-02-21", False), (None, False)],
)
def test_a_hand_counts_within_ninety_days_before(touched, counts):
    found = sold(deal(100, touched_on=touched), *times(3, **deal(100)))
    assert found["sales_influenced"] == (0.25 if counts else 0)


def test_without_a_sale_there_is_no_share():
    assert set(sold(*times(4, **deal(100, won=False))).values()) == {None}


def test_what_was_found_is_among_what_was_helped():
    found = sold(deal(300, sourced=True, touched_on="2020-01-01"), *times(7, **deal(100)))
    assert found["sales_sourced"] == found["sales_influenced"] == pytest.approx(0.3)


# --- the catalogue ---------------------------------------------------------------------------------------------------

COUNTED = [
    "cost_to_serve", "cost_to_serve_per_contact", "cs_headcount", "customers_per_fte", "budget_share",
    "cost_share_of_revenue",
]  # fmt: skip


@pytest.mark.parametrize("kpi", COUNTED)
def test_what_is_counted_is_said_to_be(kpi):
    found = CATALOGUE.kpis[kpi]
    assert (found.population, CATALOGUE.tables[found.table].persons) == ("census", False)
