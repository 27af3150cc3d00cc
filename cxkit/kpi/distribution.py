"""What stands behind a score: how its answers are spread over the points of their scale.

The distribution of a KPI is a study, made once for each period of the first length, for all customers together.
Points of few customers are hidden, and with them whatever would give them away.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sqlglot import exp

from cxkit._format import Words, period_text
from cxkit._sql import parse_predicate
from cxkit._table import Database
from cxkit.errors import QueryError
from cxkit.evidence.estimate import Estimate
from cxkit.evidence.findings import Finding
from cxkit.evidence.manifest import StudyRecord
from cxkit.kpi.conceal import hidden_points
from cxkit.kpi.cube import Request
from cxkit.kpi.hide import about_persons, date_of
from cxkit.kpi.kinds import proportion
from cxkit.kpi.measure import Measured
from cxkit.kpi.model import Kpi
from cxkit.kpi.sums import Array, Sums
from cxkit.kpi.tables import Plan, select_rows

__all__ = ["GROUPS", "measure_distribution", "points_of", "shown_periods"]

GROUPS = {1.0: "plus", 0.0: "between", -1.0: "minus"}
MOST_POINTS = 11  # of a scale whose points are drawn one by one
_KINDS = ("net", "proportion", "mean")


@dataclass(frozen=True)
class Spread:
    """The answers of one period: for each value asked for, its sums against the whole, and its customers."""

    sums: Sums
    customers: Array
    shared: bool

    def at(self, places: slice) -> tuple[Sums, list[float]]:
        """Sums and customers of some of the values."""
        return self.sums.at(places), self.customers[places].tolist()


def points_of(kpi: Kpi) -> tuple[str, range] | None:
    """The column whose scale stands behind a KPI, and the points of the scale; None where there is no such scale.

    Example:
        >>> from cxkit.kpi.model import read_catalogue
        >>> points_of(read_catalogue().kpis["nps"])
        ('score', range(0, 11))
    """
    if kpi.kind not in _KINDS or len(kpi.scales) != 1:
        return None
    (column, (low, high)), *_ = kpi.scales.items()
    whole = float(low).is_integer() and float(high).is_integer() and 0 < high - low < MOST_POINTS
    return (column, range(int(low), int(high) + 1)) if whole else None


def measure_distribution(
    db: Database, request: Request, measured: Measured, kpi: Kpi, *, said: Words
) -> tuple[StudyRecord, list[Finding]] | None:
    """How the answers behind a KPI are spread over the points of its scale; None where it has no scale.

    Args:
        db: The tables.
        request: What was measured.
        measured: What came of it: a period whose own number is not shown has no distribution either.
        kpi: The KPI.
        said: The text catalogue.

    Raises:
        QueryError: The database refuses a query.
    """
    scale, length = points_of(kpi), request.lengths[0]
    if scale is None or (kpi.id, length) not in measured.plans:
        return None
    column, points = scale
    plan, definition = measured.plans[kpi.id, length], measured.cubes[kpi.id].definition
    periods = shown_periods(measured, kpi.id, length)
    spreads = _spreads(db, plan, kpi, _values(plan, kpi, column, points))
    scale = slice(len(points))
    between = any(not np.isclose(s.sums.y[scale].sum(), s.sums.x[0]) for p, s in spreads.items() if p in periods)
    findings: list[Finding] = []
    if not between:
        maker = _Maker(request, kpi, definition, points, *_told(db, request, kpi, column, points))
        findings += [f for p in periods for f in maker.points(p, spreads[p])]
        findings += [f for p in periods for f in maker.groups(p, spreads[p])] if kpi.kind == "net" else []
    days = [p for p in plan.periods if p.name in periods]
    return StudyRecord(
        id=f"distribution/{kpi.id}",
        kind="distribution",
        label=kpi.label,
        definition=definition,
        counts=kpi.counts,
        first=(days[0].start if days else request.first).isoformat(),
        last=(days[-1].end - dt.timedelta(days=1) if days else request.last).isoformat(),
        method="Wilson score",
        items={p: period_text(p, words=said) for p in periods},
        notes=(said.say("distribution.between", column=column),) if between else (),
    ), findings


def shown_periods(measured: Measured, kpi: str, length: str) -> list[str]:
    """The periods of a length whose number for all customers together may be shown."""
    totals = (c for c in measured.cells if (c.kpi, c.length, c.slice) == (kpi, length, ()))
    return [c.period for c in totals if c.estimate.shown]


@dataclass(frozen=True)
class _Maker:
    """Makes the findings of one distribution."""

    request: Request
    kpi: Kpi
    definition: str
    scale: range
    own: list[list[float]]
    told: list[list[float]]

    @property
    def threshold(self) -> int:
        return self.request.threshold if about_persons(self.kpi, self.request) else 0

    def points(self, period: str, spread: Spread) -> list[Finding]:
        """The share of each point."""
        sums, customers = spread.at(slice(len(self.scale)))
        hidden = hidden_points(customers, told=self.told, threshold=self.threshold, shared=spread.shared)
        found = zip(self.scale, self._estimates(sums, hidden), strict=True)
        return [self._finding(period, f"at_{v}", self._better(i), e) for i, (v, e) in enumerate(found)]

    def groups(self, period: str, spread: Spread) -> list[Finding]:
        """The shares that a net score is made of; all of them, or none where one would show a few."""
        sums, customers = spread.at(slice(len(self.scale), None))
        few = any(0 < c < self.threshold for c in customers)
        found = self._estimates(sums, set(range(len(GROUPS))) if few else set())
        better = {"plus": self.kpi.better, "minus": _opposite(self.kpi.better)}
        return [
            self._finding(period, g, better.get(g, "neither"), e) for g, e in zip(GROUPS.values(), found, strict=True)
        ]

    def _estimates(self, sums: Sums, hidden: set[int]) -> list[Estimate]:
        found = proportion.estimate(sums, conf=self.request.confidence, bounds=(0.0, 1.0))
        method = "count" if self.kpi.population == "census" else found.method
        columns = zip(sums.n, found.value, found.low, found.high, found.n_eff, strict=True)
        return [
            Estimate.without("suppressed", n=None)
            if i in hidden
            else Estimate(float(v), *_limits(low, high, method), int(n), method, n_eff=float(e))
            for i, (n, v, low, high, e) in enumerate(columns)
        ]

    def _better(self, i: int) -> str:
        """What a larger share of a point is: better where it counts for the score, worse where it counts against it."""
        if self.kpi.kind == "mean" or not self.own:
            return "neither"
        if self.own[0][i]:
            return self.kpi.better
        return _opposite(self.kpi.better) if self.kpi.kind == "net" and self.own[1][i] else "neither"

    def _finding(self, period: str, measure: str, better: str, estimate: Estimate) -> Finding:
        return Finding(f"distribution/{self.kpi.id}", period, measure, "percent", better, estimate, self.definition)


def _limits(low: float, high: float, method: str) -> tuple[float | None, float | None]:
    return (None, None) if method == "count" else (float(low), float(high))


def _opposite(better: str) -> str:
    return {"higher": "lower", "lower": "higher"}.get(better, "neither")


def _told(
    db: Database, request: Request, kpi: Kpi, column: str, points: range
) -> tuple[list[list[float]], list[list[float]]]:
    """What the KPI tells of the points in any case, and what it and the others over the same answers do.

    A share tells the sum of its points, a net score those of both sides, a mean the sums of the values and, by its
    interval, of their squares.
    """

    def of(k: Kpi) -> list[list[float]]:
        fields = {"net": ("plus", "minus"), "proportion": ("hit",), "mean": ("value",)}.get(k.kind, ())
        found = [_over_points(db, k.sql_fields[f], column, k.parameters, points) for f in fields]
        if any(v is None for v in found):
            return []
        values = [v for v in found if v is not None]
        return [*values, *([v * v for v in vs] for vs in values)] if k.kind == "mean" else values

    own, others = of(kpi), [k for k in request.kpis if k.table == kpi.table and k.id != kpi.id]
    return own, [*own, *(values for k in others for values in of(k))]


def _over_points(
    db: Database, sql: str, column: str, parameters: Mapping[str, Any], points: range
) -> list[float] | None:
    """An expression over a column at each point; None where it needs more than the column."""
    try:
        tree = parse_predicate(sql, {column: "number"}, parameters=parameters)
    except QueryError:
        return None
    rows = [exp.Tuple(expressions=[exp.cast(exp.Literal.string(str(p)), "DOUBLE")]) for p in points]
    alias = exp.TableAlias(this=exp.to_identifier("v"), columns=[exp.to_identifier(column, quoted=True)])
    query = exp.select(exp.cast(exp.paren(tree), "DOUBLE")).from_(exp.Values(expressions=rows, alias=alias))
    return [float(v or 0) for (v,) in db.rows(query.order_by(exp.column(column, quoted=True)))]


def _values(plan: Plan, kpi: Kpi, column: str, points: range) -> list[exp.Expr]:
    """Whether an answer is at each point and, for a net score, on each of its sides; in this order."""
    at = exp.cast(exp.column(column, table="t", quoted=True), "DOUBLE")
    found: list[exp.Expr] = [exp.EQ(this=at.copy(), expression=exp.Literal.number(p)) for p in points]
    if kpi.kind == "net":
        parts = next(t for t in plan.terms if t.kpi.id == kpi.id).parts
        side = exp.paren(exp.Sub(this=exp.paren(parts["plus"].copy()), expression=exp.paren(parts["minus"].copy())))
        found += [exp.EQ(this=side.copy(), expression=exp.convert(v)) for v in GROUPS]
    return found


def _spreads(db: Database, plan: Plan, kpi: Kpi, values: Sequence[exp.Expr]) -> dict[str, Spread]:
    """The answers of each period by their value."""
    terms, alone = next(t for t in plan.terms if t.kpi.id == kpi.id), replace(plan, dimensions={}, refers=False)
    weight = exp.cast(exp.paren(terms.parts["w"].copy()), "DOUBLE") if kpi.weight else exp.Literal.number(1)
    parts = {f"v{i}": exp.Case().when(v.copy(), weight.copy()) for i, v in enumerate(values)}
    rows = select_rows(alone, {name: terms.kept(part) for name, part in {"w": weight, **parts}.items()})
    query = _query(rows, ["w", *parts], weighted=kpi.weight is not None, clustered=plan.cluster is not None)
    found = db.arrays(query, in_order=kpi.weight is not None)
    names = {p.start: p.name for p in plan.periods}
    told = [(i, names.get(date_of(d) or dt.date.min, "")) for i, d in enumerate(found["period"])]
    return {p: _spread(found, i, len(values), clustered=plan.cluster is not None) for i, p in told if p}


def _query(rows: exp.Select, parts: Sequence[str], *, weighted: bool, clustered: bool) -> exp.Select:
    """By period: answers, weights and customers of all and of each value, and how alike a customer's answers are.

    Of each part: n, its answers; s, the sum of its weights; q, that of their squares; m, its customers; qq, the sum of
    the squares of what each customer has in it, and qx, of that times all that the customer has.
    """
    period, unit, sums = exp.column("period"), exp.column("unit"), [e for p in parts for e in _row_sums(p, weighted)]
    within = [period, unit] if clustered else [period]
    inner = exp.select(*within, *sums).from_(rows.subquery("r"))
    inner = inner.where(exp.column("w").is_(exp.null()).not_()).group_by(*within)
    if not clustered:
        return inner.order_by(period)
    whole, outer = exp.column("s_w"), list[exp.Expr]()
    for p in parts:
        mine = exp.column(f"s_{p}")
        outer += [exp.Sum(this=exp.column(f"{f}_{p}")).as_(f"{f}_{p}") for f in ("n", "s", "q")]
        outer += [exp.CountIf(this=exp.column(f"n_{p}") > 0).as_(f"m_{p}"), exp.Sum(this=mine * mine).as_(f"qq_{p}")]
        outer.append(exp.Sum(this=mine * whole).as_(f"qx_{p}"))
    return exp.select(period, *outer).from_(inner.subquery("u")).group_by(period).order_by(period)


def _row_sums(part: str, weighted: bool) -> list[exp.Expr]:
    column = exp.column(part)
    n = exp.Count(this=column.copy())
    if not weighted:
        return [n.copy().as_(f"{f}_{part}") for f in ("n", "s", "q")]
    s, q = (exp.func("COALESCE", exp.Sum(this=e), exp.Literal.number(0)) for e in (column.copy(), column * column))
    return [n.as_(f"n_{part}"), s.as_(f"s_{part}"), q.as_(f"q_{part}")]


def _spread(found: Mapping[str, Any], row: int, values: int, *, clustered: bool) -> Spread:
    def of(name: str) -> Array:
        return np.array([float(found[f"{name}_v{i}"][row]) for i in range(values)])

    n, s, q = (float(found[f"{f}_w"][row]) for f in ("n", "s", "q"))
    # A row is at a value or is not, so its part in the value is its weight or nothing.
    given: dict[str, Any] = {"n": n, "w": s, "ww": q, "x": s, "xx": q, "y": of("s"), "yy": of("q"), "xy": of("q")}
    if clustered:
        m, cxx = (float(found[f"{f}_w"][row]) for f in ("m", "qq"))
        given |= {"m": m, "cxx": cxx, "cyy": of("qq"), "cxy": of("qx")}
    return Spread(Sums.of(**given), of("m" if clustered else "n"), shared=clustered)
