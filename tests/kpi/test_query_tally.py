"""What a data team runs to check a curve gives what the tables of those at risk give, on random exports."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sqlglot import exp

from cxkit._table import open_database
from cxkit.kpi.cube import Request
from cxkit.kpi.measure import measure_cubes, measure_kpis, plans_of
from cxkit.kpi.model import Catalogue, Kpi
from cxkit.kpi.query_tally import select_value

FIELDS = {"label": "x", "question": "x", "source": "x", "better": "higher", "minimum_n": 1, "table": "orders"}
SURVIVAL = {"kind": "survival", "duration": "t", "ended": "e", "horizon": 6, "unit": "percent", **FIELDS}
KPIS = {
    "kept": SURVIVAL | {"shows": "kept"},
    "lost": SURVIVAL | {"shows": "lost"},
    "late": SURVIVAL | {"shows": "kept", "entry": "late"},
    "one_of_two": SURVIVAL | {"shows": "lost", "other": "o"},
    "neither": SURVIVAL | {"shows": "kept", "other": "o"},
    "median": {"kind": "quantile", "value": "x", "share": 0.5, "unit": "days", **FIELDS},
    "ninth": {"kind": "quantile", "value": "x", "ended": "e", "share": 0.9, "unit": "days", **FIELDS},
}
COLUMNS = {
    "ordered_at": "timestamp", "t": "integer", "e": "boolean", "o": "boolean", "late": "integer", "x": "number",
}  # fmt: skip


def events(seed: int, rows: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    fate = rng.choice(["e", "o", ""], rows, p=[0.4, 0.2, 0.4])
    times = rng.integers(0, 12, rows)
    return pd.DataFrame(
        {
            "ordered_at": pd.Timestamp("2026-01-05") + pd.to_timedelta(rng.integers(0, 80, rows), unit="D"),
            "t": times,
            "e": fate == "e",
            "o": fate == "o",
            "late": np.where(rng.random(rows) < 0.3, rng.integers(0, 4, rows), 0),
            "x": np.where(rng.random(rows) < 0.1, 0.0, rng.lognormal(1, 1, rows)),
        }
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", KPIS)
def test_the_select_gives_what_the_kind_gives(name, seed):
    kpi, frame = Kpi(id=name, **KPIS[name]), events(seed)
    first, last = pd.Timestamp("2026-01-01").date(), pd.Timestamp("2026-03-31").date()
    request = Request(
        kpis=[kpi], catalogue=Catalogue(kpis={}, tables={}, places={}), columns={"orders": COLUMNS}, dimensions={},
        pairs=(), lengths=("month",), first=first, last=last, threshold=3,
    )  # fmt: skip
    with open_database() as db:
        db._connection.register("frame", frame)
        db.create("orders", exp.select("*").from_("frame"))
        cube = measure_cubes(db, request).cubes[name]
        (plan,) = plans_of(request)
        rows = db.rows(select_value(plan, plan.terms[0]))
    assert len(rows) == len(cube.keys) == 3
    for (_, n, value), mine, told in zip(rows, cube.sums.n, cube.estimates.value, strict=True):
        assert n == mine
        assert (np.nan if value is None else value) == pytest.approx(told, rel=1e-9, nan_ok=True)


def test_a_few_zeros_do_not_make_customers_look_alike():
    kpi = Kpi(id="median", **KPIS["median"])
    frame = events(1).assign(customer_id=[f"c{i // 2}" for i in range(120)])
    few, none = frame.assign(x=frame.x.where(frame.index % 40 != 0, 0.0)), frame.assign(x=frame.x + 0.001)
    found = []
    for table in (few, none):
        request = Request(
            kpis=[kpi], catalogue=Catalogue(kpis={}, tables={}, places={}), dimensions={}, pairs=(), threshold=3,
            columns={"orders": COLUMNS | {"customer_id": "text"}}, lengths=("quarter",),
            first=pd.Timestamp("2026-01-01").date(), last=pd.Timestamp("2026-03-31").date(),
        )  # fmt: skip
        with open_database() as db:
            db._connection.register("frame", table)
            db.create("orders", exp.select("*").from_("frame"))
            found.append(measure_cubes(db, request).cubes["median"].estimates.n_eff[0])
    assert found[0] == pytest.approx(found[1], rel=0.25)


def test_an_end_of_a_curve_that_few_have_reached_is_not_told():
    kpi = Kpi(id="kept", **KPIS["kept"])
    frame = events(2).assign(t=[2] * 117 + [7] * 3, e=[True] * 30 + [False] * 90)
    request = Request(
        kpis=[kpi], catalogue=Catalogue(kpis={}, tables={}, places={}), columns={"orders": COLUMNS}, dimensions={},
        pairs=(), lengths=("quarter",), first=pd.Timestamp("2026-01-01").date(),
        last=pd.Timestamp("2026-03-31").date(), threshold=5,
    )  # fmt: skip
    with open_database() as db:
        db._connection.register("frame", frame)
        db.create("orders", exp.select("*").from_("frame"))
        (few,) = measure_kpis(db, request).cells
        (enough,) = measure_kpis(db, replace(request, threshold=3)).cells
    assert (few.estimate.status, few.estimate.n) == ("too_early", 120)
    assert enough.estimate.value == pytest.approx(90 / 120)
