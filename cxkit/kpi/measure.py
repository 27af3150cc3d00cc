"""KPIs from tables: one query a table, one Estimate a cell, nothing of a customer left over."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cxkit._sql import sql_text
from cxkit._table import Database
from cxkit.errors import QueryError
from cxkit.evidence.cells import Cell, Comparison
from cxkit.evidence.estimate import Estimate
from cxkit.kpi.compare import compare_cells, correct
from cxkit.kpi.cube import Cube, Key, Relation, Request, Shared
from cxkit.kpi.hide import date_of, hide_cells, nested_values, tellable
from cxkit.kpi.kinds import KINDS
from cxkit.kpi.model import Catalogue, Kpi, definition_hash
from cxkit.kpi.query import Plan, plan_table, select_combinations, select_sums
from cxkit.kpi.sums import Sums

__all__ = ["Measured", "measure_kpis", "plans_of", "telling"]

_Part = tuple[list[Key], Sums, Shared]
FEWEST_ACCOUNTS = 30  # effective accounts below which a linearised interval is known to be too narrow


@dataclass(frozen=True)
class Measured:
    """Cells and comparisons, the queries that made them, and how many cells were hidden."""

    cells: list[Cell]
    comparisons: list[Comparison]
    queries: dict[str, str]
    plans: dict[tuple[str, str], Plan]
    definitions: dict[str, str]
    dimensions: dict[str, tuple[str, ...]]
    methods: dict[str, str]
    additive: dict[str, bool]
    suppressed: dict[str, int]


def measure_kpis(db: Database, request: Request) -> Measured:
    """Measure every KPI over all periods and slices, hide what may not be shown, and compare.

    Raises:
        QueryError: SQL of a KPI or of a derived table is not allowed.
    """
    plans: dict[tuple[str, str], Plan] = {}
    queries: dict[str, str] = {}
    nested: dict[tuple[str, str], list[Relation]] = {}
    parts: dict[str, list[_Part]] = {k.id: [] for k in request.kpis}
    for kpis, length in itertools.product(_by_table(request.kpis), request.lengths):
        plan = _plan(request, kpis, length)
        query = select_sums(plan, request.pairs)
        queries[f"{'+'.join(k.id for k in kpis)}.{length}"] = sql_text(query, pretty=True)
        with telling(request.catalogue, plan):
            found = db.arrays(query, in_order=not all(t.whole for t in plan.terms))
        keys = _keys(plan, found)
        with telling(request.catalogue, plan):
            parts_of = nested_values(plan, db.arrays(select_combinations(plan))) if plan.dimensions else []
        # KPIs with other parameters measure the same table again, over other rows.
        nested.setdefault((plan.table, length), []).extend(parts_of)
        for i, terms in enumerate(plan.terms):
            plans[terms.kpi.id, length] = plan
            parts[terms.kpi.id].append(_chosen(keys, _sums(found, i), _shared(found, i)))
    cubes = [_cube(request, k, parts[k.id], plans) for k in request.kpis]
    hidden = [
        hide_cells(c, request, nested=[r for n in request.lengths for r in nested[c.kpi.table, n]]) for c in cubes
    ]
    made = (_cells(c, small | others, request) for c, (small, others) in zip(cubes, hidden, strict=True))
    cells = tellable([cell for of_kpi in made for cell in of_kpi])
    shown = {(c.kpi, c.length, c.period, c.slice) for c in cells if c.estimate.shown}
    return Measured(
        cells=cells,
        comparisons=correct(
            [x for c in cubes for x in compare_cells(c, request, shown=shown)],
            better={k.id: k.better for k in request.kpis},
        ),
        queries=queries,
        plans=plans,
        definitions={c.kpi.id: c.definition for c in cubes},
        dimensions={c.kpi.id: c.dimensions for c in cubes},
        methods={c.kpi.id: c.estimates.method for c in cubes},
        additive={c.kpi.id: c.additive for c in cubes},
        suppressed={
            "too few customers": sum(len(s) for s, _ in hidden),
            "to protect another": sum(len(o) for _, o in hidden),
        },
    )


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
    return [_plan(request, kpis, n) for kpis, n in itertools.product(_by_table(request.kpis), request.lengths)]


def _by_table(kpis: Sequence[Kpi]) -> list[list[Kpi]]:
    """KPIs that one query serves: of the same table, with the same parameters."""
    groups: dict[tuple[str, str], list[Kpi]] = {}
    for kpi in kpis:
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


def _keys(plan: Plan, found: Mapping[str, Any]) -> list[Key]:
    names: dict[dt.date | None, str] = {p.start: p.name for p in plan.periods}
    periods = [names.get(date_of(p), "") for p in found["period"]]
    values = {d: found[f"d_{d}"] for d in plan.dimensions}
    return [
        (plan.length, period, tuple((d, v[i]) for d, v in values.items() if v[i] is not None))
        for i, period in enumerate(periods)
    ]


def _sums(found: Mapping[str, Any], i: int) -> Sums:
    names = ("n", "w", "ww", "y", "x", "yy", "xy", "xx", "plus", "minus", "m", "cyy", "cxy", "cxx")
    arrays = {f: np.asarray(found[f"k{i}_{f}"], dtype=np.float64) for f in names if f"k{i}_{f}" in found}
    given = {f: a for f, a in arrays.items() if not np.isnan(a).all()}
    return Sums.of(**{"n": arrays["n"], **given})


def _shared(found: Mapping[str, Any], i: int) -> Shared:
    """Sums over customers of what they have in a slice times what they have in all; none where rows are independent."""
    names = ("sty", "stx", "xty", "xtx", "both")
    return {f: np.nan_to_num(np.asarray(found[f"k{i}_{f}"], dtype=np.float64)) for f in names if f"k{i}_{f}" in found}


def _chosen(keys: list[Key], sums: Sums, shared: Shared) -> _Part:
    """Cells of a complete period that have a base, and the totals in any case; in the order of their keys."""
    kept = [i for i, (_, period, slice_) in enumerate(keys) if period and (sums.n[i] > 0 or not slice_)]
    kept.sort(key=lambda i: keys[i])
    at = np.array(kept, dtype=np.intp)
    return [keys[i] for i in kept], sums.at(at), {f: a[at] for f, a in shared.items()}


def _cube(request: Request, kpi: Kpi, parts: Sequence[_Part], plans: Mapping[tuple[str, str], Plan]) -> Cube:
    keys = [k for ks, _, _ in parts for k in ks]
    sums = _joined([s for _, s, _ in parts])
    shared = {f: np.concatenate([s[f] for _, _, s in parts]) for f in parts[0][2]}
    plan = plans[kpi.id, request.lengths[0]]
    table = plan.derived
    estimates = KINDS[kpi.kind].estimate(sums, scale=kpi.scale, conf=request.confidence, bounds=kpi.limits)
    parameters = {**(table.parameters if table else {}), **kpi.parameters}
    definition = definition_hash(kpi, table, parameters=parameters)
    additive = table is None or table.adds_over == "time"
    return Cube(kpi, definition, keys, sums, estimates, tuple(plan.dimensions), additive, shared)


def _joined(parts: Sequence[Sums]) -> Sums:
    names = Sums.__dataclass_fields__
    return Sums(**{f: np.concatenate([getattr(p, f) for p in parts]) for f in names})


def _cells(cube: Cube, hidden: set[Key], request: Request) -> list[Cell]:
    note = (request.notes or {}).get(cube.kpi.id, "")
    return [
        Cell(cube.kpi.id, *key, _estimate(cube, i, key in hidden, note, request.few_accounts), cube.definition)
        for i, key in sorted(enumerate(cube.keys), key=lambda ik: (request.lengths.index(ik[1][0]), ik[1][1], ik[1][2]))
    ]


def _estimate(cube: Cube, i: int, hidden: bool, note: str, few_accounts: str) -> Estimate:
    n, found = int(cube.sums.n[i]), cube.estimates
    if hidden:
        return Estimate.without("suppressed", n=None)
    if n == 0:
        return Estimate.without("no_data", n=0)
    if n < cube.kpi.minimum_n:
        return Estimate.without("too_few", n=n, note=note)
    value = _number(found.value[i])
    if value is None:
        return Estimate.without("undefined", n=n, note=note)
    if cube.kpi.kind == "ratio" and not found.n_eff[i] >= FEWEST_ACCOUNTS:
        note = ". ".join(filter(None, (note, few_accounts)))
    plain = Estimate(value, _number(found.low[i]), _number(found.high[i]), n, found.method, note=note)
    # Money at the end of one closed cohort less that at the start of the next is the money of those who joined.
    base = None if cube.kpi.kind == "ratio" and not cube.additive else _number(cube.sums.x[i])
    return replace(plain, base=base, se=_number(found.se[i]))


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
