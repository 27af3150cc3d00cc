"""Customers who stand on both sides of a comparison are allowed for, in whatever way their answers hang together."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sqlglot import exp

from cxkit._table import open_database
from cxkit.kpi.compare import compare_cells
from cxkit.kpi.cube import Request
from cxkit.kpi.measure import measure_cubes, measure_kpis
from cxkit.kpi.model import Catalogue, Kpi

FIELDS = {"label": "x", "question": "x", "source": "x", "better": "higher", "minimum_n": 1, "table": "orders"}
SHARE = Kpi(id="share", kind="proportion", hit="category = 'yes'", unit="percent", **FIELDS)
NET = Kpi(id="net", kind="net", plus="category = 'yes'", minus="category <> 'yes'", unit="points", **FIELDS)
MEAN = Kpi(id="mean", kind="mean", value="amount", unit="score", **FIELDS)
RATE = Kpi(id="rate", kind="rate", events="amount", exposure="1", unit="count", **FIELDS)
COLUMNS = {"ordered_at": "timestamp", "customer_id": "text", "channel": "text", "category": "text", "amount": "integer"}
FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 3, 31)


def compared(first: np.ndarray, second: np.ndarray, kpi: Kpi):
    """The first channel against the second, where each customer has one answer in both."""
    n = len(first)
    frame = pd.DataFrame({
        "ordered_at": pd.Timestamp("2026-02-01"), "customer_id": [f"c{i}" for i in range(n)] * 2,
        "channel": ["a"] * n + ["b"] * n, "amount": np.concatenate([first, second]),
    })  # fmt: skip
    frame["category"] = np.where(frame.amount > 0, "yes", "no")
    request = Request(
        kpis=[kpi], catalogue=Catalogue(kpis={}, tables={}, places={}), columns={"orders": COLUMNS}, pairs=(),
        dimensions={"channel": "channel"}, lengths=("quarter",), first=FIRST, last=LAST, threshold=3,
    )  # fmt: skip
    with open_database() as db:
        db._connection.register("frame", frame)
        db.create("orders", exp.select("*").from_("frame"))
        cube = measure_cubes(db, request).cubes[kpi.id]
    shown = {(kpi.id, *k) for k in cube.keys}
    return next(c for c in compare_cells(cube, request, shown=shown) if c.slice == (("channel", "a"),)).difference


def answers(n: int = 400, *, same: float, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    first = (rng.random(n) < 0.5).astype(int)
    return first, np.where(rng.random(n) < same, first, 1 - first)


@pytest.mark.parametrize("kpi", [SHARE, NET, MEAN], ids=lambda k: k.kind)
@pytest.mark.parametrize("same", [0.05, 0.3, 0.5, 0.8, 0.95])
def test_the_width_is_that_of_the_same_customers_answering_twice(kpi, same):
    first, second = answers(same=same)
    difference = compared(first, second, kpi)
    width = {"net": 200.0}.get(kpi.kind, 1.0) * stats.sem(first - second) * 1.96
    assert difference.value == pytest.approx({"net": 200.0}.get(kpi.kind, 1.0) * (first - second).mean())
    assert (difference.high - difference.low) / 2 == pytest.approx(width, rel=0.08)


def test_events_of_the_same_customers_are_allowed_for():
    rng = np.random.default_rng(2)
    often = rng.gamma(0.5, 2.0, 400)
    first, second = rng.poisson(often), rng.poisson(often)
    width = stats.sem(first - second) * 1.96
    difference = compared(first, second, RATE)
    assert (difference.high - difference.low) / 2 == pytest.approx(width, rel=0.2)


def measured(kpi: Kpi, frame: pd.DataFrame):
    request = Request(
        kpis=[kpi], catalogue=Catalogue(kpis={}, tables={}, places={}), columns={"orders": COLUMNS}, pairs=(),
        dimensions={"channel": "channel"}, lengths=("quarter",), first=FIRST, last=LAST, threshold=3,
        few=lambda kind, n: f"{kind} {n:.0f}",
    )  # fmt: skip
    with open_database() as db:
        db._connection.register("frame", frame)
        db.create("orders", exp.select("*").from_("frame"))
        return measure_kpis(db, request)


@pytest.mark.parametrize(("each", "compared"), [(4, True), (20, False)])
def test_a_base_that_is_worth_less_than_thirty_is_told_with_a_caveat_and_compared_with_nothing(each, compared):
    # 240 answers on each side; where a customer gives 20 alike, they are worth 12.
    rows = [(f"{c}{i // each}", c, int(i // each % 3 == 0) if c == "a" else i % 2) for c in "ab" for i in range(240)]
    frame = pd.DataFrame(rows, columns=["customer_id", "channel", "amount"])
    frame = frame.assign(ordered_at=pd.Timestamp("2026-02-01"), category=np.where(frame.amount > 0, "yes", "no"))
    found = measured(SHARE, frame)
    cell = next(c.estimate for c in found.cells if c.slice == (("channel", "a"),))
    assert (cell.value is not None, cell.note == "") == (True, compared)
    assert bool(found.comparisons) == compared


@pytest.mark.parametrize(("held", "status"), [(40, "ok"), (5, "too_few")])
def test_a_lift_needs_enough_on_both_sides_of_the_lot(held, status):
    fields = FIELDS | {"minimum_n": 30}
    lift = Kpi(id="lift", kind="lift", value="amount", treated="category = 'yes'", unit="percent", **fields)
    amount = np.random.default_rng(1).integers(50, 150, 300)
    frame = pd.DataFrame({
        "ordered_at": pd.Timestamp("2026-02-01"), "customer_id": [f"c{i}" for i in range(300)], "channel": "a",
        "amount": amount, "category": ["no"] * held + ["yes"] * (300 - held),
    })  # fmt: skip
    total = next(c.estimate for c in measured(lift, frame).cells if not c.slice)
    assert total.status == status
    if status == "ok":
        assert total.value == pytest.approx(1 - amount[:held].mean() / amount[held:].mean())
