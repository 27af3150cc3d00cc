"""A table counted: its query run, and what comes back as cells with their statistics."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sqlglot import exp

from cxkit._table import Database
from cxkit.kpi.cube import Key, Part, Relation, Shared
from cxkit.kpi.hide import date_of, nested_values
from cxkit.kpi.query import (
    FINEST,
    columns_of,
    keys_of,
    select_combinations,
    select_finest,
    select_largest,
    select_slices,
    select_sums,
    steps_of,
)
from cxkit.kpi.query_tally import select_tally
from cxkit.kpi.sums import Sums
from cxkit.kpi.tables import REPEATERS, Plan, select_repeaters
from cxkit.kpi.tallies import Tallies
from cxkit.kpi.terms import Terms

__all__ = ["Counted", "count_table"]

Found = Mapping[str, Any]
_SHARED = ("sty", "stx", "xty", "xtx", "both")


@dataclass(frozen=True)
class Counted:
    """What a table holds of its KPIs.

    Attributes:
        parts: Cells and statistics of each KPI, in the order of the plan.
        nested: Values of dimensions that are parts of a value of another.
        queries: What makes the queries again, as one each, by what to add to their name.
    """

    parts: list[Part]
    nested: list[Relation]
    queries: dict[str, Callable[[], exp.Query]]


def count_table(db: Database, plan: Plan, pairs: Sequence[tuple[str, str]]) -> Counted:
    """Run the queries of a table and sort what they find into cells.

    Raises:
        QueryError: The database refuses a query.
    """
    found, met, query = _run(db, plan, pairs)
    queries: dict[str, Callable[[], exp.Query]] = {"": query}
    keys = _keys(plan, found)
    nested = nested_values(plan, met) if plan.dimensions else []
    order = sorted(range(len(keys)), key=keys.__getitem__)
    parts: list[Part] = []
    for i, terms in enumerate(plan.terms):
        sums = _sums(found, i, terms)
        # Cells of a complete period that have a base, and the totals in any case; in the order of their keys.
        kept = [c for c in order if keys[c][1] and (sums.n[c] > 0 or not keys[c][2])]
        at, mine = np.array(kept, dtype=np.intp), [keys[c] for c in kept]
        shared = {f: a[at] for f, a in _shared(found, i).items()}
        statistics: Sums | Tallies = sums.at(at)
        if terms.tally is not None:
            tally = select_tally(plan, terms, pairs)
            queries[f".{terms.kpi.id}"] = tally.copy
            statistics = _tallies(plan, db.arrays(tally), mine, sums.at(at))
        parts.append((mine, statistics, found["rows"][at], shared))
    return Counted(parts, nested, queries)


def _run(db: Database, plan: Plan, pairs: Sequence[tuple[str, str]]) -> tuple[Found, Found, Callable[[], exp.Query]]:
    """The sums by slice, which values of the dimensions meet, and the query."""
    if plan.cluster is None:
        found, steps = _independent(db, plan, pairs)
        met = db.arrays(exp.select(*columns_of(keys_of(plan))).from_(FINEST)) if plan.dimensions else {}
        return found, met, lambda: select_sums(plan, pairs, steps)
    met = db.arrays(select_combinations(plan)) if plan.dimensions else {}
    if plan.derived is not None:
        return _repeated(db, plan, pairs), met, lambda: select_sums(plan, pairs, {})
    # Most customers have one row in a period, and need no sums of their own.
    db.create(REPEATERS, select_repeaters(plan))
    once, _ = _independent(db, replace(plan, cluster=None, among=("anti", plan.cluster)), pairs)
    often = _repeated(db, replace(plan, among=("semi", plan.cluster)), pairs)
    return _both(plan, once, often), met, lambda: select_sums(plan, pairs, {})


def _independent(db: Database, plan: Plan, pairs: Sequence[tuple[str, str]]) -> tuple[Found, dict[str, float]]:
    # A derived table may add up fractions itself, and does so in the order of the rows.
    in_order = plan.derived is not None and not all(t.whole for t in plan.terms)
    largest = select_largest(plan)
    steps = steps_of({n: float(v[0]) for n, v in db.arrays(largest, in_order=in_order).items()}) if largest else {}
    db.create(FINEST, select_finest(plan, steps), in_order=in_order)
    return db.arrays(select_slices(plan, pairs, steps, exp.to_table(FINEST))), steps


def _repeated(db: Database, plan: Plan, pairs: Sequence[tuple[str, str]]) -> Found:
    return db.arrays(select_sums(plan, pairs, {}), in_order=not all(t.whole for t in plan.terms))


def _both(plan: Plan, once: Found, often: Found) -> Found:
    """The sums of customers with one row in a period and of those with several, slice by slice."""
    here, there = _keys(plan, once), _keys(plan, often)
    place = {k: c for c, k in enumerate(dict.fromkeys([*here, *there]))}
    at, also = (np.array([place[k] for k in keys], dtype=np.intp) for keys in (here, there))
    lone = dict(once)
    for i, terms in enumerate(plan.terms):
        s = _sums(once, i, terms)
        # A customer's one row is all that there is of them, in the slice and in the whole.
        lone |= {f"k{i}_{f}": v for f, v in zip(("m", "cyy", "cxy", "cxx"), (s.n, s.yy, s.xy, s.xx), strict=True)}
        lone |= {f"k{i}_{f}": v for f, v in zip(_SHARED, (s.yy, s.xy, s.xy, s.xx, 0.0 * s.n), strict=True)}
    found: dict[str, Any] = {}
    for name, values in often.items():
        if name in ("period", *(f"d_{d}" for d in plan.dimensions)):
            whole = np.empty(len(place), dtype=values.dtype)
            whole[also], whole[at] = values, once[name]
        else:
            whole = np.zeros(len(place))
            for index, part in ((at, lone[name]), (also, values)):
                whole[index] += np.nan_to_num(np.asarray(part, dtype=np.float64))
        found[name] = whole
    return found


def _keys(plan: Plan, found: Found) -> list[Key]:
    names: dict[dt.date | None, str] = {p.start: p.name for p in plan.periods}
    days, at = np.unique(np.asarray(found["period"]), return_inverse=True) if len(found["period"]) else ([], [])
    told = [names.get(date_of(d), "") for d in days]
    values = [(d, found[f"d_{d}"]) for d in plan.dimensions]
    return [(plan.length, told[p], tuple((d, v[i]) for d, v in values if v[i] is not None)) for i, p in enumerate(at)]


def _sums(found: Found, i: int, terms: Terms) -> Sums:
    names = ("n", *terms.sums, "m", "cyy", "cxy", "cxx")
    given = {f: np.asarray(found[f"k{i}_{f}"], dtype=np.float64) for f in names if f"k{i}_{f}" in found}
    if terms.kpi.weight is None and terms.kpi.kind in ("proportion", "survival"):
        given["yy"] = given["y"]  # a row is a hit or is none
    # Over no row SQL has no sum; it is 0, so that a month without a base adds nothing to a quarter.
    sums = {f: np.where(given["n"] > 0, a, 0.0) for f, a in given.items() if not np.isnan(a).all()}
    return Sums.of(**{"n": given["n"], **sums})


def _shared(found: Found, i: int) -> Shared:
    """Sums over customers of what they have in a slice times what they have in all; none where rows are independent."""
    return {f: np.nan_to_num(np.asarray(found[f"k{i}_{f}"], dtype=np.float64)) for f in _SHARED if f"k{i}_{f}" in found}


def _tallies(plan: Plan, found: Found, keys: list[Key], sums: Sums) -> Tallies:
    place = {k: c for c, k in enumerate(keys)}
    at = np.array([place.get(k, -1) for k in _keys(plan, found)], dtype=np.intp)
    buckets, column = np.unique(np.asarray(found["bucket"], dtype=np.float64), return_inverse=True)
    buckets = buckets if len(buckets) else np.zeros(1)  # a curve has a first bucket, also where there is no row
    kept = at >= 0
    counts = []
    for name in ("ended", "other", "open", "entered"):
        dense = np.zeros((len(keys), len(buckets)))
        np.add.at(dense, (at[kept], column[kept]), np.asarray(found[name], dtype=np.float64)[kept])
        counts.append(dense)
    return Tallies(sums, buckets, *counts)
