"""Where nothing differs, hardly a report may say that something does.

Twenty identical segments in each of two thousand periods: each period is a report of its own, in which every segment is
compared with the rest and with the period before, as `compare_cells` does it, and corrected as `correct` does it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from cxkit.evidence.cells import Comparison
from cxkit.kpi.compare import compare_cells, correct
from cxkit.kpi.cube import Cube, Key, Request, make_cube
from cxkit.kpi.model import Catalogue, Kpi
from cxkit.kpi.sums import Sums

SEED = 20261122
RUNS = 2000
SEGMENTS = 20
Sizes = npt.NDArray[np.int64]
Draw = Callable[[np.random.Generator, Sizes], Sums]

SMALL, MIDDLING = (30, 60), (150, 600)
NPS = Kpi(
    id="nps", label="NPS", question="?", kind="net", table="responses", plus="score >= 9", minus="score <= 6",
    unit="points", better="higher", source="-",
)  # fmt: skip
CSAT = Kpi(
    id="csat", label="CSAT", question="?", kind="proportion", table="responses", hit="score >= 4", unit="percent",
    per=100, better="higher", source="-",
)  # fmt: skip


def scores(rng: np.random.Generator, n: Sizes) -> Sums:
    counts = rng.multinomial(n, [0.5, 0.2, 0.3]).astype(float)
    return Sums.of(n=n.ravel(), plus=counts[..., 0].ravel(), minus=counts[..., 1].ravel())


def shares(rng: np.random.Generator, n: Sizes) -> Sums:
    return Sums.of(n=n.ravel(), y=rng.binomial(n, 0.85).ravel().astype(float))


def nearly_all(rng: np.random.Generator, n: Sizes) -> Sums:
    return Sums.of(n=n.ravel(), y=rng.binomial(n, 0.96).ravel().astype(float))


def repeated(rng: np.random.Generator, n: Sizes) -> Sums:
    """Customers who answer one to three times, mostly as they did before; `n` counts customers."""
    cells, most = n.size, int(n.max())
    here = np.arange(most) < n.reshape(cells, 1)
    times = rng.integers(1, 4, (cells, most)) * here
    hits = rng.binomial(times, rng.beta(3.4, 0.6, (cells, most))).astype(float)
    rows, y = times.sum(axis=1).astype(float), hits.sum(axis=1)
    return Sums.of(
        n=rows, y=y, yy=y, xy=y, m=n.ravel(),
        cyy=(hits**2).sum(axis=1), cxy=(hits * times).sum(axis=1), cxx=(times**2.0).sum(axis=1),
    )  # fmt: skip


def measured(kpi: Kpi, sizes: tuple[int, int], draw: Draw) -> tuple[Cube, Request]:
    """A cube of so many months, each with its segments and their total."""
    rng = np.random.default_rng(SEED)
    last = dt.date(1801 + (RUNS - 1) // 12, (RUNS - 1) % 12 + 1, 28) + dt.timedelta(days=4)
    request = Request(
        kpis=[kpi], catalogue=Catalogue(kpis={}, tables={}, places={}), columns={}, dimensions={"region": "region"},
        pairs=(), lengths=("month",), first=dt.date(1801, 1, 1), last=last.replace(day=1) - dt.timedelta(days=1),
        threshold=5,
    )  # fmt: skip
    # The same sizes all along: regions do not grow from month to month.
    parts = draw(rng, np.tile(rng.integers(*sizes, SEGMENTS), (RUNS, 1)))
    totals = Sums(*(getattr(parts, f).reshape(RUNS, SEGMENTS).sum(axis=1) for f in Sums.__dataclass_fields__))
    months = [p.name for p in request.periods("month")]
    keys: list[Key] = [("month", m, (("region", f"r{i:02}"),)) for m in months for i in range(SEGMENTS)]
    found = Sums(*(np.r_[getattr(parts, f), getattr(totals, f)] for f in Sums.__dataclass_fields__))
    part = [*keys, *(("month", m, ()) for m in months)], found, found.n, {}
    return make_cube(kpi, part, definition="", dimensions=("region",), additive=True), request


def claims(found: list[Comparison], against: str) -> npt.NDArray[np.bool_]:
    """Whether each family of a month says that any segment differs."""
    months: dict[str, bool] = {}
    for c in found:
        if c.against == against and len(c.slice) == 1:
            months[c.period] = months.get(c.period, False) or c.verdict in ("better", "worse")
    return np.array(list(months.values()))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kpi", "draw", "sizes"),
    [
        pytest.param(NPS, scores, SMALL, id="scores, small"),
        pytest.param(NPS, scores, MIDDLING, id="scores, middling"),
        pytest.param(CSAT, shares, SMALL, id="shares, small"),
        pytest.param(CSAT, shares, MIDDLING, id="shares, middling"),
        pytest.param(CSAT, nearly_all, SMALL, id="nearly all, small"),
        pytest.param(CSAT, repeated, MIDDLING, id="repeated, middling"),
    ],
)
def test_identical_segments_hardly_ever_differ(kpi: Kpi, draw: Draw, sizes: tuple[int, int]) -> None:
    cube, request = measured(kpi, sizes, draw)
    found = correct(compare_cells(cube, request, shown={(kpi.id, *k) for k in cube.keys}), better={kpi.id: "higher"})
    for against, families in (("rest", RUNS), ("previous", RUNS - 1)):
        false = claims(found, against)
        assert len(false) == families
        assert false.mean() <= 0.06
    assert sum(c.difference is not None and (c.difference.p or 1) < 0.05 for c in found) > 0.02 * len(found)


def test_a_segment_that_does_differ_is_found() -> None:
    def one_apart(rng: np.random.Generator, n: Sizes) -> Sums:
        p = np.where(np.arange(SEGMENTS) == 0, 0.65, 0.85)
        return Sums.of(n=n.ravel(), y=rng.binomial(n, p).ravel().astype(float))

    cube, request = measured(CSAT, MIDDLING, one_apart)
    shown = {("csat", *k) for k in cube.keys if k[1] < "1805"}
    found = correct(compare_cells(cube, request, shown=shown), better={"csat": "higher"})
    worse = {c.slice[0][1] for c in found if c.against == "rest" and c.slice and c.verdict == "worse"}
    assert "r00" in worse
    assert claims(found, "rest").mean() > 0.9
