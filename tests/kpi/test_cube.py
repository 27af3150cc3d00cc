"""Statistics of parts, added up, are those of all rows pooled: systems, months of a quarter, segments of a whole."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from sqlglot import exp

from cxkit._table import open_database
from cxkit.errors import MergeError
from cxkit.kpi.cube import Request, merge, roll_up
from cxkit.kpi.measure import measure_cubes
from cxkit.kpi.model import Catalogue, Kpi
from cxkit.kpi.tallies import Tallies

TOLD = {"label": "x", "question": "x", "source": "x", "better": "higher", "minimum_n": 1, "table": "orders"}
COLUMNS = {
    "ordered_at": "timestamp", "amount": "number", "channel": "text", "score": "integer", "days": "integer",
    "since": "integer", "back": "boolean", "lost": "boolean", "treated": "boolean", "weight": "number",
}  # fmt: skip
KPIS = [
    Kpi(id="share", kind="proportion", hit="amount > 3", base="score is not null", unit="percent", **TOLD),
    Kpi(id="net", kind="net", plus="score >= 9", minus="score <= 6", unit="points", **TOLD),
    Kpi(id="weighted", kind="net", plus="score >= 9", minus="score <= 6", weight="weight", unit="points", **TOLD),
    Kpi(id="mean", kind="mean", value="amount", unit="currency", **TOLD),
    Kpi(id="tail", kind="mean", value="amount", skewed=True, unit="currency", **TOLD),
    Kpi(id="ratio", kind="ratio", numerator="amount", denominator="amount + score", unit="percent", **TOLD),
    Kpi(id="rate", kind="rate", events="score", exposure="days", per=100, unit="per_100", **TOLD),
    Kpi(id="cost", kind="rate", events="score", exposure="amount", inverse=True, unit="currency", **TOLD),
    Kpi(id="lift", kind="lift", value="amount", treated="treated", unit="percent", **TOLD),
    Kpi(id="slow", kind="quantile", value="amount", ended="back", share=0.5, unit="hours", **TOLD),
    Kpi(id="kept", kind="survival", duration="days", ended="back", horizon=20, shows="kept", unit="percent", **TOLD),
    Kpi(
        id="late", kind="survival", duration="days", ended="back", other="lost", entry="since", horizon=20,
        shows="lost", unit="percent", **TOLD,
    ),
]  # fmt: skip
INTO = {f"2026-{m:02d}": f"2026-Q{(m + 2) // 3}" for m in range(1, 7)}


def orders(rows: int = 1500, *, seed: int = 11) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    days = rng.integers(0, 60, rows)
    return pd.DataFrame({
        "ordered_at": pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 181, rows), unit="D"),
        "amount": np.round(rng.lognormal(1, 1, rows), 2),
        "channel": rng.choice(["web", "shop", "phone"], rows),
        "score": pd.array(np.where(rng.random(rows) < 0.1, -1, rng.integers(0, 11, rows)), dtype="Int64"),
        "days": days,
        "since": np.where(rng.random(rows) < 0.3, np.maximum(days - 5, 0), 0),
        "back": rng.random(rows) < 0.4,
        "lost": rng.random(rows) < 0.2,
        "treated": rng.random(rows) < 0.5,
        "weight": rng.uniform(0.5, 2.0, rows),
    }).assign(score=lambda f: f.score.mask(f.score < 0))  # fmt: skip


def cubes(frame: pd.DataFrame, *, lengths=("quarter", "month"), dimensions=("channel",)):
    request = Request(
        kpis=KPIS, catalogue=Catalogue(kpis={}, tables={}, places={}), columns={"orders": COLUMNS},
        dimensions={d: d for d in dimensions}, pairs=(), lengths=lengths, first=dt.date(2026, 1, 1),
        last=dt.date(2026, 6, 30), threshold=3,
    )  # fmt: skip
    with open_database() as db:
        db._connection.register("frame", frame)
        db.create("orders", exp.select("*").from_("frame"))
        return measure_cubes(db, request).cubes


@pytest.fixture(scope="module")
def whole():
    return cubes(orders())


@pytest.fixture(scope="module")
def halves():
    frame = orders()
    mine = np.random.default_rng(5).random(len(frame)) < 0.37
    return cubes(frame[mine]), cubes(frame[~mine])


def prove_equal(found, expected, keys) -> None:
    """The same cells with the same statistics and estimates."""
    one, two = found.index(), expected.index()
    assert set(keys) <= set(one) & set(two)
    at, there = [one[k] for k in keys], [two[k] for k in keys]
    assert found.rows[at] == pytest.approx(expected.rows[there])
    mine, theirs = found.sums.at(at), expected.sums.at(there)
    for field in ("n", "w", "ww", "y", "x", "yy", "xy", "xx", "plus", "minus", "ly", "lyy"):
        assert getattr(mine, field) == pytest.approx(getattr(theirs, field), rel=1e-11, nan_ok=True), field
    if isinstance(found.found, Tallies):
        a, b = found.found.at(at), expected.found.at(there)
        buckets = np.union1d(a.buckets, b.buckets)
        for field in ("ended", "other", "open", "entered"):
            assert getattr(a.over(buckets), field) == pytest.approx(getattr(b.over(buckets), field)), field
    for field in ("value", "low", "high", "se", "n_eff"):
        got, wanted = getattr(found.estimates, field)[at], getattr(expected.estimates, field)[there]
        assert got == pytest.approx(wanted, rel=1e-9, nan_ok=True), field
    assert np.isfinite(expected.estimates.value[there]).any()


@pytest.mark.parametrize("kpi", [k.id for k in KPIS])
def test_two_systems_merged_are_their_rows_pooled(whole, halves, kpi):
    one, other = (h[kpi] for h in halves)
    merged = merge(one, other)
    assert set(merged.keys) == set(whole[kpi].keys)
    prove_equal(merged, whole[kpi], whole[kpi].keys)


@pytest.mark.parametrize("kpi", [k.id for k in KPIS])
def test_months_rolled_up_are_the_quarter(whole, kpi):
    cube = whole[kpi]
    quarters = [k for k in cube.keys if k[0] == "quarter"]
    rolled = roll_up(cube, "quarter", into=INTO)
    assert set(rolled.keys) == set(quarters)
    prove_equal(rolled, cube, quarters)


@pytest.mark.parametrize("kpi", [k.id for k in KPIS])
def test_the_order_is_without_effect(halves, kpi):
    one, other = (h[kpi] for h in halves)
    forth, back = merge(one, other), merge(other, one)
    prove_equal(forth, back, forth.keys)
    prove_equal(roll_up(forth, "quarter", into=INTO), merge(roll_up(one, "quarter", into=INTO),
                roll_up(other, "quarter", into=INTO)), [k for k in forth.keys if k[0] == "quarter"])  # fmt: skip


def test_the_pooled_number_is_that_of_pandas(whole):
    frame = orders().dropna(subset="score")
    quarter = frame[frame.ordered_at < "2026-04-01"].astype({"score": int})
    at = whole["net"].index()["quarter", "2026-Q1", ()]
    net = 100 * ((quarter.score >= 9).mean() - (quarter.score <= 6).mean())
    rolled = roll_up(whole["net"], "quarter", into=INTO)
    # A row without a score is neither for nor against.
    asked = orders()
    net *= len(quarter) / (asked.ordered_at < "2026-04-01").sum()
    assert whole["net"].estimates.value[at] == pytest.approx(net)
    assert rolled.estimates.value[rolled.index()["quarter", "2026-Q1", ()]] == pytest.approx(net)


def test_a_merged_interval_is_narrower_than_that_of_a_part(halves):
    merged, part = merge(halves[0]["net"], halves[1]["net"]), halves[0]["net"]
    for key in part.keys:
        i, j = merged.index()[key], part.index()[key]
        wide = [c.estimates.high[k] - c.estimates.low[k] for c, k in ((merged, i), (part, j))]
        assert wide[0] < wide[1]


def test_a_period_that_is_part_of_none_is_left_out(whole):
    rolled = roll_up(whole["mean"], "half", into={"2026-01": "2026-H1", "2026-03": "2026-H1"})
    frame = orders()
    months = frame[frame.ordered_at.dt.month.isin([1, 3])]
    at = rolled.index()["half", "2026-H1", ()]
    assert (rolled.sums.n[at], rolled.estimates.value[at]) == (len(months), pytest.approx(months.amount.mean()))


def test_a_slice_that_only_one_side_has_is_kept(whole):
    frame = orders()
    web, rest = cubes(frame[frame.channel == "web"])["mean"], cubes(frame[frame.channel != "web"])["mean"]
    prove_equal(merge(web, rest), whole["mean"], whole["mean"].keys)


def test_other_dimensions_are_not_merged(halves):
    with pytest.raises(MergeError, match="by channel in one place and by nothing in the other"):
        merge(halves[0]["mean"], cubes(orders(100), dimensions=())["mean"])
