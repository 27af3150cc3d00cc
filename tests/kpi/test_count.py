"""Rows are added up once and exactly: parts give their whole to the last digit, in whatever order the rows come."""

from __future__ import annotations

import datetime as dt
import importlib.util

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from kpi.catalogue.rows import CATALOGUE
from sqlglot import exp

from cxkit._table import open_database
from cxkit.kpi.cube import Request
from cxkit.kpi.measure import measure_cubes
from cxkit.kpi.model import Catalogue, DerivedTable, Kpi
from cxkit.kpi.query import steps_of

FIELDS = {"label": "x", "question": "x", "source": "x", "better": "higher", "minimum_n": 1, "table": "orders"}
VALUE = Kpi(id="value", kind="mean", value="amount", unit="currency", **FIELDS)
RATIO = Kpi(id="ratio", kind="ratio", numerator="amount", denominator="amount + 1", unit="currency", **FIELDS)


def orders(rows: int = 3000, *, seed: int = 7) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    days = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 90, rows), unit="D")
    # Cents beside millions: the sums of fractions that depend most on the order they are taken in.
    amount = np.where(rng.random(rows) < 0.05, rng.lognormal(15, 1, rows), rng.lognormal(1, 2, rows))
    channel = rng.choice(["web", "shop", "phone"], rows)
    return pd.DataFrame({"ordered_at": days, "amount": amount, "channel": channel, "category": channel})


def cubes(frame: pd.DataFrame, *kpis: Kpi, lengths=("quarter", "month")):
    first, last = frame.ordered_at.min().date().replace(day=1), pd.Timestamp("2026-03-31").date()
    request = Request(
        kpis=kpis, catalogue=Catalogue(kpis={}, tables={}, places={}), pairs=(), lengths=lengths,
        first=first, last=last,
        columns={"orders": {"ordered_at": "timestamp", "amount": "number", "channel": "text", "category": "text"}},
        dimensions={"channel": "channel", "category": "category"}, threshold=3,
    )  # fmt: skip
    with open_database() as db:
        db._connection.register("frame", frame)
        db.create("orders", exp.select("*").from_("frame"))
        return measure_cubes(db, request).cubes


def test_sums_are_those_of_pandas_in_every_slice():
    frame = orders()
    cube = cubes(frame, VALUE)["value"]
    frame["month"] = frame.ordered_at.dt.strftime("%Y-%m")
    groups = frame.groupby(["month", "channel"]).amount
    for (month, channel), values in groups:
        at = cube.index()["month", month, (("channel", channel),)]
        assert (cube.sums.n[at], cube.rows[at]) == (len(values), len(values))
        assert cube.sums.y[at] == pytest.approx(values.sum(), rel=1e-13)
        assert cube.sums.yy[at] == pytest.approx((values**2).sum(), rel=1e-9)


def test_the_order_of_the_rows_is_without_effect_to_the_last_digit():
    frame = orders()
    one, other = (cubes(f, VALUE, RATIO) for f in (frame, frame.sample(frac=1, random_state=3)))
    for name in one:
        for field in ("y", "x", "yy", "xy", "xx"):
            assert (getattr(one[name].sums, field) == getattr(other[name].sums, field)).all()


def test_slices_and_months_add_up_to_their_whole_to_the_last_digit():
    cube = cubes(orders(), VALUE)["value"]
    at, sums = cube.index(), cube.sums
    whole = sums.y[at["quarter", "2026-Q1", ()]]
    months = [sums.y[at["month", f"2026-{m:02d}", ()]] for m in (1, 2, 3)]
    parts = [sums.y[at["quarter", "2026-Q1", (("channel", c),)]] for c in ("web", "shop", "phone")]
    assert (np.sum(months), np.sum(parts)) == (pytest.approx(whole, rel=1e-15), pytest.approx(whole, rel=1e-15))


@pytest.mark.parametrize("scale", [1e-300, 1e-9, 1.0, 1e12, 1e40])
def test_values_of_any_size_are_added_up(scale):
    frame = orders(200)
    frame["amount"] = frame.amount / frame.amount.max() * scale * 0.999
    cube = cubes(frame, VALUE, lengths=("quarter",))["value"]
    at = cube.index()["quarter", "2026-Q1", ()]
    assert cube.estimates.value[at] == pytest.approx(
        frame.amount.mean(), rel=1e-12 if scale > 1e-100 else 1e-3, abs=1e-110
    )


def test_what_is_no_number_is_left_out_and_counted():
    frame = orders(100)
    frame.loc[:9, "amount"] = [np.inf, -np.inf, 1e200, *[np.nan] * 7]
    cube = cubes(frame, VALUE, lengths=("quarter",))["value"]
    at = cube.index()["quarter", "2026-Q1", ()]
    assert (cube.sums.n[at], cube.rows[at]) == (90, 100)
    assert cube.estimates.value[at] == pytest.approx(frame.amount[10:].mean(), rel=1e-12)


def test_a_dimension_within_another_is_found_once():
    nps = CATALOGUE.kpis["order_value"]
    cube = cubes(orders(), nps, lengths=("quarter",))["order_value"]
    assert len(cube.keys) == 1 + 3 + 3


def test_steps_leave_room_for_the_largest_value():
    for largest in (1e-300, 0.3, 1.0, 7.9, 2.0**40, 1e99):
        assert largest * steps_of({"y": largest})["y"] < 2.0**62
    assert steps_of({"y": float("nan"), "x": 0.0}) == {"y": 1.0, "x": 1.0}


def test_the_benchmark_proves_equal_numbers(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    peers = ROOT.parent / "shared/bench/kpi_peers.py"
    if not peers.is_file():
        pytest.skip("the peers of the benchmark are not beside the project")
    spec = importlib.util.spec_from_file_location("benchmark_kpi", ROOT / "benchmarks/kpi.py")
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    theirs = benchmark.read_peers(peers)
    theirs.generate(str(tmp_path / "answers.parquet"), 30_000)
    with open_database() as db:
        ours = benchmark.measure(db, tmp_path / "answers.parquet")
        benchmark.prove_equal(ours, theirs.by_hand(str(tmp_path / "answers.parquet")))
        assert (ours.low <= ours.value).all()
        assert (ours.value <= ours.high).all()
        with pytest.raises(SystemExit, match="values"):
            benchmark.prove_equal(
                ours.assign(value=ours.value + 1e-3), theirs.by_hand(str(tmp_path / "answers.parquet"))
            )


def test_what_a_derived_table_adds_up_itself_is_the_same_every_time():
    rng, rows = np.random.default_rng(3), 400_000
    frame = pd.DataFrame({"ordered_at": pd.Timestamp("2026-02-01"), "amount": rng.lognormal(3, 3, rows)})
    frame["category"] = rng.integers(0, 40, rows).astype(str)
    table = DerivedTable(
        id="baskets", meaning="x", grain="x", time="day", columns={"day": "timestamp", "total": "number"},
        sql="select category, ordered_at as day, sum(amount) as total from orders group by category, ordered_at",
        needs={"orders": ("amount",)}, adds_over="time", source="x",
    )  # fmt: skip
    kpi = Kpi(id="value", kind="mean", value="total", unit="currency", **FIELDS | {"table": "baskets"})
    request = Request(
        kpis=[kpi], catalogue=Catalogue(kpis={}, tables={"baskets": table}, places={"baskets": "x"}), pairs=(),
        columns={"orders": {"ordered_at": "timestamp", "amount": "number", "category": "text"}}, dimensions={},
        lengths=("quarter",), first=dt.date(2026, 1, 1), last=dt.date(2026, 3, 31), threshold=3,
    )  # fmt: skip
    with open_database() as db:
        db._connection.register("frame", frame)
        db.create("orders", exp.select("*").from_("frame"))
        found = {float(measure_cubes(db, request).cubes["value"].sums.y[0]) for _ in range(6)}
    assert len(found) == 1
