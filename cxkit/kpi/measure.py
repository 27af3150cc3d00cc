"""KPIs from tables: one query a table, one Estimate a cell, nothing of a customer left over."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from sqlglot import exp

from cxkit._sql import sql_text
from cxkit._table import Database
from cxkit.errors import QueryError
from cxkit.evidence.cells import Cell, Comparison
from cxkit.evidence.estimate import Estimate, Status
from cxkit.kpi.compare import compare_cells, correct
from cxkit.kpi.count import count_table
from cxkit.kpi.cube import FEWEST_EFFECTIVE, Cube, Key, Part, Relation, Request, make_cube
from cxkit.kpi.hide import hide_cells, tellable
from cxkit.kpi.model import Catalogue, Kpi, definition_hash
from cxkit.kpi.sums import Sums
from cxkit.kpi.tables import Plan, plan_table
from cxkit.kpi.tallies import Tallies
from cxkit.kpi.typed import check_types

__all__ = ["Cubes", "Measured", "measure_cubes", "measure_kpis", "plans_of", "telling"]


@dataclass(frozen=True)
class Cubes:
    """The cubes of all KPIs, with what may not be shown of them.

    Attributes:
        small: Cells of too few customers, by KPI.
        others: Cells that would give these away, by KPI.
        queries: What makes the queries again, by name.
    """

    cubes: dict[str, Cube]
    small: dict[str, set[Key]]
    others: dict[str, set[Key]]
    plans: dict[tuple[str, str], Plan]
    queries: dict[str, Callable[[], exp.Query]]


@dataclass(frozen=True)
class Measured:
    """Cells and comparisons, the queries that made them, and how many cells were hidden."""

    cells: list[Cell]
    comparisons: list[Comparison]
    queries: dict[str, str]
    plans: dict[tuple[str, str], Plan]
    cubes: dict[str, Cube]
    suppressed: dict[str, int]


def measure_kpis(db: Database, request: Request) -> Measured:
    """Measure every KPI over all periods and slices, hide what may not be shown, and compare.

    Raises:
        QueryError: SQL of a KPI or of a derived table is not allowed.
    """
    made = measure_cubes(db, request)
    hidden = {k: made.small[k] | made.others[k] for k in made.cubes}
    cells = tellable([cell for k, c in made.cubes.items() for cell in _cells(c, hidden[k], request)])
    shown = {(c.kpi, c.length, c.period, c.slice) for c in cells if c.estimate.shown}
    found = [x for c in made.cubes.values() for x in compare_cells(c, request, shown=shown)]
    return Measured(
        cells=cells,
        comparisons=correct(found, better={k.id: k.better for k in request.kpis}),
        queries={n: sql_text(q(), pretty=True) for n, q in made.queries.items()},
        plans=made.plans,
        cubes=made.cubes,
        suppressed={
            "too few customers": sum(len(s) for s in made.small.values()),
            "to protect another": sum(len(o) for o in made.others.values()),
        },
    )


def measure_cubes(db: Database, request: Request) -> Cubes:
    """The statistics and estimates of every KPI over all periods and slices, and which cells may not be shown.

    Raises:
        QueryError: SQL of a KPI or of a derived table is not allowed.
    """
    plans: dict[tuple[str, str], Plan] = {}
    queries: dict[str, Callable[[], exp.Query]] = {}
    nested: dict[tuple[str, str], list[Relation]] = {}
    parts: dict[str, list[Part]] = {k.id: [] for k in request.kpis}
    for kpis, length in itertools.product(_by_table(request), request.lengths):
        plan = _plan(request, kpis, length)
        with telling(request.catalogue, plan):
            if length == request.lengths[0]:
                check_types(db, plan, request.catalogue.places)
            counted = count_table(db, plan, request.pairs)
        queries |= {f"{'+'.join(k.id for k in kpis)}.{length}{n}": q for n, q in counted.queries.items()}
        # KPIs with other parameters measure the same table again, over other rows.
        nested.setdefault((plan.table, length), []).extend(counted.nested)
        for kpi, part in zip(kpis, counted.parts, strict=True):
            plans[kpi.id, length] = plan
            parts[kpi.id].append(part)
    cubes = {k.id: _cube(request, k, parts[k.id], plans) for k in request.kpis}
    hidden = {
        k: hide_cells(c, request, nested=[r for n in request.lengths for r in nested[c.kpi.table, n]])
        for k, c in cubes.items()
    }
    small, others = ({k: h[i] for k, h in hidden.items()} for i in (0, 1))
    return Cubes(cubes, small, others, plans, queries)


@contextmanager
def telling(catalogue: Catalogue, plan: Plan) -> Iterator[None]:
    """Say of a query that the database refuses which files it was made of."""
    try:
        yield
    except QueryError as error:
        names = [plan.table, *(t.kpi.id for t in plan.terms)]
        where = ", ".join(catalogue.places[n] for n in names if n in catalogue.places)
        raise QueryError(
            error.what, where=error.where or where, hint=error.hint or "Check types and functions."
        ) from error


def plans_of(request: Request) -> list[Plan]:
    """The plan of every query that measuring runs.

    Raises:
        QueryError: SQL of a KPI or of a derived table is not allowed.
    """
    return [_plan(request, kpis, n) for kpis, n in itertools.product(_by_table(request), request.lengths)]


def _by_table(request: Request) -> list[list[Kpi]]:
    """KPIs that one query serves: of the same table, with the same parameters."""
    groups: dict[tuple[str, str], list[Kpi]] = {}
    for kpi in request.kpis:
        groups.setdefault((kpi.table, repr(sorted(kpi.parameters.items()))), []).append(kpi)
    return list(groups.values())


def _plan(request: Request, kpis: Sequence[Kpi], length: str) -> Plan:
    table = request.catalogue.tables.get(kpis[0].table)
    return plan_table(
        kpis,
        catalogue=request.catalogue,
        columns=request.columns,
        dimensions=request.dimensions,
        length=length,
        periods=request.periods(length, table),
        months=request.periods("month", table),
        days=request.covered(table),
    )


def _cube(request: Request, kpi: Kpi, parts: Sequence[Part], plans: dict[tuple[str, str], Plan]) -> Cube:
    plan = plans[kpi.id, request.lengths[0]]
    table = plan.derived
    parameters = {**(table.parameters if table else {}), **kpi.parameters}
    return make_cube(
        kpi,
        _joined(parts),
        definition=definition_hash(kpi, table, parameters=parameters),
        dimensions=tuple(plan.dimensions),
        additive=table is None or table.adds_over == "time",
        confidence=request.confidence,
    )


def _joined(parts: Sequence[Part]) -> Part:
    """Cells of other lengths of period, one after the other."""
    keys = [k for ks, _, _, _ in parts for k in ks]
    rows = np.concatenate([r for _, _, r, _ in parts])
    shared = {f: np.concatenate([s[f] for _, _, _, s in parts]) for f in parts[0][3]}
    found = [f for _, f, _, _ in parts]
    sums = [f.sums if isinstance(f, Tallies) else f for f in found]
    joined = Sums(**{f: np.concatenate([getattr(p, f) for p in sums]) for f in Sums.__dataclass_fields__})
    tallies = [f for f in found if isinstance(f, Tallies)]
    return keys, Tallies.stacked(tallies, joined) if tallies else joined, rows, shared


def _cells(cube: Cube, hidden: set[Key], request: Request) -> list[Cell]:
    note = (request.notes or {}).get(cube.kpi.id, "")
    return [
        Cell(cube.kpi.id, *key, _estimate(cube, i, key in hidden, note, request), cube.definition)
        for i, key in sorted(enumerate(cube.keys), key=lambda ik: (request.lengths.index(ik[1][0]), ik[1][1], ik[1][2]))
    ]


def _estimate(cube: Cube, i: int, hidden: bool, note: str, request: Request) -> Estimate:
    n, found = int(cube.sums.n[i]), cube.estimates
    if hidden:
        return Estimate.without("suppressed", n=None)
    left_out = int(cube.rows[i]) - n
    if n == 0:
        return replace(Estimate.without("no_data", n=0), left_out=left_out)
    if n < cube.kpi.minimum_n:
        return replace(Estimate.without("too_few", n=n, note=note), left_out=left_out)
    if cube.kpi.kind == "lift" and min(cube.sums.plus[i], cube.sums.minus[i]) < cube.kpi.minimum_n:
        return replace(Estimate.without("too_few", n=n, note=note), left_out=left_out)
    value = None if _few_at_risk(cube, i, request.threshold) else _number(found.value[i])
    if value is None:
        # Of a curve nothing is missing but time: it has not been watched down to its quantile, or to its horizon.
        why: Status = "too_early" if isinstance(cube.found, Tallies) else "undefined"
        return replace(Estimate.without(why, n=n, note=note), left_out=left_out)
    sampled = cube.kpi.population == "sample"
    few = sampled and cube.kpi.kind != "rate" and found.n_eff[i] < FEWEST_EFFECTIVE
    if few and request.few is not None:
        note = ". ".join(filter(None, (note, request.few(cube.kpi.kind, float(found.n_eff[i])))))
    # Money at the end of one closed cohort less that at the start of the next is the money of those who joined.
    base = None if cube.kpi.kind == "ratio" and not cube.additive else _number(cube.sums.x[i])
    return Estimate(
        value, _number(found.low[i]), _number(found.high[i]), n, found.method, base=base, se=_number(found.se[i]),
        note=note, n_eff=_number(found.n_eff[i]) if sampled else None, left_out=left_out,
    )  # fmt: skip


def _few_at_risk(cube: Cube, i: int, least: int) -> bool:
    """Whether so few were still watched at the horizon that the end of the curve tells of them alone."""
    if cube.kpi.horizon is None or not isinstance(cube.found, Tallies):
        return False
    watched = cube.found.at([i]).watched(cube.kpi.horizon)[0]
    # Where everybody has gone there is nothing more to wait for.
    return 0 < watched < least


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
