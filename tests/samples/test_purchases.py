"""Repeat purchase and the value of an order, as pandas has them."""

from __future__ import annotations

import pandas as pd
import pytest
from build import small_engagement
from conftest import TODAY
from exports import read_all

ENGAGEMENT = """\
cxkit: 1
id: small
client: Small Shop
industry: transaction
start: 2026-09-07
weeks: 6
periods: [quarter]
data_from: 2026-01-01
data_until: 2026-09-30
dimensions:
  region: {label: Region}
kpis: [repeat_purchase, order_value]
"""
SOURCES = """\
cxkit: 1
sources:
  - id: crm
    table: customers
    files: data/crm.csv
    columns: {customer_id: Id, region: Region}
  - id: orders
    table: orders
    files: data/orders.csv
    columns: {order_id: Order, customer_id: Id, ordered_at: Placed, amount: Value}
"""
CUSTOMERS = "\n".join(["Id,Region", *(f"{k}{i},North" for k in "CYZ" for i in range(60))]) + "\n"
# What each customer's second order tells of the first, and whether the first is judged at all.
SECOND = {
    "the same day": ("2026-01-10 18:00", False),
    "the next day": ("2026-01-11 07:00", True),
    "on the ninetieth day": ("2026-04-10 23:00", True),
    "a day too late": ("2026-04-11 01:00", False),
}


@pytest.fixture(scope="module")
def orders(fennick):
    rows = read_all(fennick.root / "data/orders", sep=";", decimal=",")
    rows["Placed"] = pd.to_datetime(rows["Placed"], format="%d.%m.%Y %H:%M")
    customers = pd.read_csv(fennick.root / "data/crm/customers.csv")
    last = rows.drop_duplicates("Order", keep="last").merge(customers, on="Customer No")
    last = last.sort_values("Placed")
    days = last["Placed"].dt.normalize()
    again = (days.groupby(last["Customer No"]).shift(-1) - days).dt.days <= 90
    return last.assign(again=again, judged=days + pd.Timedelta(days=90) < pd.Timestamp("2026-11-01"))


@pytest.fixture(scope="module")
def view(fennick):
    return fennick.view("2026-Q2")


@pytest.mark.parametrize(
    "slice_", [(), (("acquired_via", "Marketplace"),), (("region", "Lakes"),), (("category", "Garden"),)]
)
def test_repeat_purchase(orders, view, slice_):
    mine = part(orders, slice_)
    mine = mine[mine["judged"]]
    estimate = view.cell("repeat_purchase", slice_).estimate
    assert (estimate.n, estimate.value) == (len(mine), pytest.approx(mine["again"].mean()))


@pytest.mark.parametrize("slice_", [(), (("channel", "shop"),), (("region", "Lakes"),)])
def test_order_value(orders, view, slice_):
    mine = part(orders, slice_)
    mine = mine[mine["Net value"] > 0]
    estimate = view.cell("order_value", slice_).estimate
    assert (estimate.n, estimate.value) == (len(mine), pytest.approx(mine["Net value"].mean()))


def part(orders, slice_):
    headers = {
        "acquired_via": "First came through",
        "region": "Home region",
        "category": "Department",
        "channel": "Sold in",
    }
    mine = orders[orders["Placed"].dt.to_period("Q").astype(str) == "2026Q2"]
    for dimension, value in slice_:
        mine = mine[mine[headers[dimension]] == value]
    return mine


@pytest.mark.parametrize("second", SECOND)
def test_only_another_day_within_the_window_counts(tmp_path, second):
    moment, counts = SECOND[second]
    firsts = [f"A{i},C{i},2026-01-10 09:00,20" for i in range(60)]
    seconds = [f"B{i},C{i},{moment},30" for i in range(60)]
    small = small_engagement(
        tmp_path, engagement=ENGAGEMENT, sources=SOURCES, orders__csv=rows_with(*firsts, *seconds), crm__csv=CUSTOMERS
    )
    small.measure(today=TODAY)
    assert share(small) == (60 if counts else 0)


def test_orders_younger_than_the_window_are_not_judged(tmp_path):
    # The last day that can be judged is the one whose ninetieth day is the last of the data.
    days = {"2026-07-02": True, "2026-07-03": False}
    for day, judged in days.items():
        rows = rows_with(*(f"A{i},C{i},{day} 09:00,20" for i in range(60)))
        small = small_engagement(
            tmp_path / day, engagement=ENGAGEMENT, sources=SOURCES, orders__csv=rows, crm__csv=CUSTOMERS
        )
        small.measure(today=TODAY)
        cell = small.view("2026-Q3").cell("repeat_purchase")
        assert (cell.estimate.n if cell else 0) == (60 if judged else 0)


def rows_with(*more: str) -> str:
    """An export that covers all days: others buy on its first and on its last one."""
    ends = (
        f"{edge}{i},{edge}{i},{day} 12:00,10"
        for edge, day in (("Y", "2026-01-01"), ("Z", "2026-09-30"))
        for i in range(5)
    )
    return "\n".join(["Order,Id,Placed,Value", *ends, *more]) + "\n"


def share(small) -> float:
    """Orders of the first quarter that another one followed."""
    estimate = small.view("2026-Q1").cell("repeat_purchase").estimate
    return round(estimate.value * estimate.n)
