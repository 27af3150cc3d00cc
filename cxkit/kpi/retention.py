"""The course behind a share that is still there after a time: its curve, cohort by cohort.

The curve of a KPI is a study, made once for each period of the first length, for all customers together; where periods
have too few for a curve, once for all periods together. It is told at the times between which either nobody left or
enough did, so that no step tells of a few; and up to where enough are still at risk.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np
import numpy.typing as npt

from cxkit._format import Words, period_text
from cxkit._table import Database
from cxkit.evidence.estimate import Estimate
from cxkit.evidence.findings import Finding
from cxkit.evidence.manifest import StudyRecord
from cxkit.kpi.conceal import safe_times
from cxkit.kpi.cube import Cube, Key, Request
from cxkit.kpi.curves import Curve, curve, log_rank
from cxkit.kpi.hide import about_persons
from cxkit.kpi.measure import Measured, measure_cubes
from cxkit.kpi.model import Kpi
from cxkit.kpi.tallies import Tallies

__all__ = ["measure_curve"]

ALL = "all"
ENOUGH = 4  # times that a curve has to have, or its steps say little (cxkit default)
BEYOND = 1.5  # how far a curve is told, in the KPI's own time
DIGITS = 3  # of what is told beside the KPI's own number: more would tell how the steps between were made
LOWEST_P = 0.001  # below which a p value is not told exactly


def measure_curve(
    db: Database, request: Request, measured: Measured, kpi: Kpi, *, said: Words
) -> tuple[StudyRecord, list[Finding]] | None:
    """How many were still there, or had left, at each time; None where a KPI is no matter of time.

    Args:
        db: The tables.
        request: What was measured.
        measured: What came of it.
        kpi: The KPI.
        said: The text catalogue.

    Raises:
        QueryError: The database refuses a query.
    """
    length = request.lengths[0]
    if kpi.kind != "survival" or (kpi.id, length) not in measured.plans:
        return None
    cube, plan = measured.cubes[kpi.id], measured.plans[kpi.id, length]
    forced = _horizons(request, kpi)
    of_periods = {p: list(_findings(cube, request, (length, p, ()), forced)) for p in _periods(measured, kpi, length)}
    told = {p: found for p, found in of_periods.items() if found}
    if length != ALL and max((_steps(found, kpi) for found in told.values()), default=0) < ENOUGH:
        together = _together(db, request, kpi, forced)
        # One curve or those of the periods, never both: their difference would tell of a few.
        told = {ALL: together} if _steps(together, kpi) >= ENOUGH else told
    days = [p for p in plan.periods if p.name in told or ALL in told]
    return StudyRecord(
        id=f"curve/{kpi.id}",
        kind="curve",
        label=kpi.label,
        definition=cube.definition,
        counts=kpi.counts,
        first=(days[0].start if days else request.first).isoformat(),
        last=(days[-1].end - dt.timedelta(days=1) if days else request.last).isoformat(),
        method=cube.estimates.method,
        items={p: period_text(p, words=said) for p in told},
        notes=tuple(_against_earlier(cube, length, [p for p in told if p != ALL], said)),
    ), [f for found in told.values() for f in found]


def _steps(found: list[Finding], kpi: Kpi) -> int:
    """How many values a curve has up to the KPI's own time."""
    times = ((float(f.measure.removeprefix("at_")), f.estimate.value) for f in found)
    return len({value for t, value in times if t <= float(kpi.horizon or 0)})


def _together(db: Database, request: Request, kpi: Kpi, horizons: list[float]) -> list[Finding]:
    """The curve of all periods of the first length together, from rows: a customer may be in several of them."""
    whole = replace(request, kpis=[kpi], lengths=(request.lengths[0], ALL), dimensions={}, pairs=())
    made = measure_cubes(db, whole)
    key: Key = (ALL, ALL, ())
    if key in made.small[kpi.id] | made.others[kpi.id]:
        return []
    told = ALL in request.lengths
    return list(_findings(made.cubes[kpi.id], request, key, horizons if told else [], own=told))


def _periods(measured: Measured, kpi: Kpi, length: str) -> list[str]:
    """The periods with enough rows for a number, whether or not they reach as far as the KPI's own time."""
    totals = (c for c in measured.cells if (c.kpi, c.length, c.slice) == (kpi.id, length, ()))
    return [c.period for c in totals if c.estimate.status in ("ok", "too_early")]


def _horizons(request: Request, kpi: Kpi) -> list[float]:
    """The times at which a KPI over the same units tells its value in any case."""
    same = [
        k for k in request.kpis
        if (k.kind, k.table, k.base, k.sql_fields) == (kpi.kind, kpi.table, kpi.base, kpi.sql_fields)
    ]  # fmt: skip
    return sorted({float(k.horizon) for k in same if k.horizon is not None})


def _findings(cube: Cube, request: Request, key: Key, forced: list[float], *, own: bool = True) -> Iterator[Finding]:
    """The curve of one cell; `own` where its value at the KPI's time is told by the cell itself."""
    kpi, i = cube.kpi, cube.index().get(key)
    if i is None or not isinstance(cube.found, Tallies):
        return
    tallies = _dense(cube.found.at([i]), until=BEYOND * float(kpi.horizon or 0))
    threshold = request.threshold if about_persons(kpi, request) else 0
    found = _curve(tallies, kpi, request.confidence)
    places = safe_times(
        np.concatenate([tallies.ended, tallies.other, tallies.open, tallies.entered]),
        at_risk=found.at_risk[0],
        times=found.times,
        threshold=threshold * _rows_each(tallies),
        fewest=max(kpi.minimum_n, threshold),
        forced=forced,
        wanted=[float(kpi.horizon or 0)],
    )
    first = np.flatnonzero((tallies.ended + tallies.other)[0] > 0)
    for j in (j for j in places if found.times[j] <= BEYOND * float(kpi.horizon or 0)):
        if found.times[j] <= 0 and not (len(first) and first[0] == 0):
            continue  # where nobody has left at once, all are there at the beginning
        same = own and found.times[j] == kpi.horizon
        estimate = _own(cube, i, found, j) if same else _rounded(cube, found, j)
        if estimate is not None:
            measure = f"at_{found.times[j]:.0f}"
            yield Finding(f"curve/{kpi.id}", key[1], measure, "percent", kpi.better, estimate, cube.definition)


def _dense(tallies: Tallies, *, until: float) -> Tallies:
    """The same at every whole time up to the last that is told."""
    last = min(tallies.buckets.max(initial=0.0), until)
    return tallies.over(np.union1d(tallies.buckets, np.arange(last + 1)))


def _curve(tallies: Tallies, kpi: Kpi, confidence: float) -> Curve:
    rivals = bool((tallies.other > 0).any())
    if kpi.shows == "lost" and not rivals:
        kept = curve(tallies, conf=confidence)
        return Curve(kept.times, 1 - kept.value, 1 - kept.high, 1 - kept.low, kept.se, kept.at_risk)
    return curve(tallies, conf=confidence, incidence=kpi.shows == "lost")


def _rows_each(tallies: Tallies) -> npt.NDArray[np.float64]:
    """Rows of a customer, on average, among those that ended and among the others; 1 where rows are customers."""
    n, m, y, yy = (float(getattr(tallies.sums, f)[0]) for f in ("n", "m", "y", "cyy"))
    if not (math.isfinite(m) and m > 0):
        return np.ones(4)
    ended = yy / y if y > 0 and math.isfinite(yy) else n / m
    return np.array([ended, n / m, n / m, n / m])


def _own(cube: Cube, i: int, found: Curve, j: int) -> Estimate | None:
    """The KPI's own number, as its cell tells it."""
    e = cube.estimates
    value, low, high = (_number(float(part[i])) for part in (e.value, e.low, e.high))
    n = int(found.at_risk[0, j])
    return None if value is None else Estimate(value, low, high, n, e.method)


def _rounded(cube: Cube, found: Curve, j: int) -> Estimate | None:
    numbers = (_number(float(part[0, j]), DIGITS) for part in (found.value, found.low, found.high))
    value, low, high = numbers
    n, census = int(found.at_risk[0, j]), cube.kpi.population == "census"
    ends = (None, None) if census else (low, high)
    return None if value is None else Estimate(value, *ends, n, cube.estimates.method)


def _against_earlier(cube: Cube, length: str, told: list[str], said: Words) -> Iterator[str]:
    """Whether the last period parts from those before it; only where no customer is in two of them."""
    index, found = cube.index(), cube.found
    if len(told) < 2 or not cube.additive or not isinstance(found, Tallies) or np.isfinite(found.m).any():
        return
    places = [index[length, p, ()] for p in told]
    before = reduce(add, (found.at([i]) for i in places[:-1]))
    p = float(log_rank(found.at(places[-1:]), before).p[0])
    if math.isfinite(p):
        key = "curve.log_rank_below" if p < LOWEST_P else "curve.log_rank"
        period = period_text(told[-1], words=said)
        yield said.say(key, period=period, p=f"{max(p, LOWEST_P):.3f}")


def _number(value: float, digits: int | None = None) -> float | None:
    if not math.isfinite(value):
        return None
    return value if digits is None else round(value, digits)
