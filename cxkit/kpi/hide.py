"""Which cells of a KPI's cube may be shown, and which names of segments."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from cxkit.data.contract import CONTRACTS
from cxkit.data.privacy import hidden_cells
from cxkit.errors import DocumentError
from cxkit.evidence.cells import Cell
from cxkit.kpi.cube import Cube, Key, Relation, Request
from cxkit.kpi.model import Kpi
from cxkit.kpi.tables import Plan

__all__ = ["about_persons", "date_of", "hide_cells", "nested_values", "tellable"]

MOST_VALUES, LONGEST_NAME = 200, 200  # of a dimension (cxkit default)


def hide_cells(cube: Cube, request: Request, *, nested: list[Relation]) -> tuple[set[Key], set[Key]]:
    """The cells of a KPI to hide: those of too few customers, and those that would give them away."""
    if not about_persons(cube.kpi, request):
        return set(), set()
    units = np.where(np.isnan(cube.sums.m), cube.sums.n, cube.sums.m)
    if not ((units > 0) & (units < request.threshold)).any():
        return set(), set()
    counts = dict(zip(cube.keys, units.tolist(), strict=True))
    shared = bool(np.isfinite(cube.sums.m).any())
    return hidden_cells(counts, [*_relations(cube, request), *nested], threshold=request.threshold, shared=shared)


def nested_values(plan: Plan, found: Mapping[str, Any]) -> list[Relation]:
    """Values of a dimension that are parts of a value of another, as areas are of a region: they add up to it."""
    values = {d: np.asarray(found[f"d_{d}"]) for d in plan.dimensions}
    known = {d: np.unique(v.astype(str), return_inverse=True) for d, v in values.items()}
    for d, (names, _) in known.items():
        _refuse_wide(plan, d, names)
    if not len(found["period"]):
        return []
    days, at = np.unique(np.asarray(found["period"]), return_inverse=True)
    told = {p.start: p.name for p in plan.periods}
    periods = [told.get(date_of(d) or dt.date.min, "") for d in days]
    return [r for one, two in itertools.permutations(values, 2) for r in _within(plan, periods, at, known, one, two)]


def _within(
    plan: Plan,
    periods: list[str],
    at: Any,  # noqa: ANN401
    known: Mapping[str, tuple[Any, Any]],
    one: str,
    two: str,
) -> Iterator[Relation]:
    """The values of a dimension, in each period, whose every part is a value of the other that is part of no other."""
    (ones, a), (twos, b) = known[one], known[two]
    meet = np.unique((at * len(ones) + a) * len(twos) + b)
    p, i, j = meet // (len(ones) * len(twos)), meet // len(twos) % len(ones), meet % len(twos)
    # A value of `two` is part of one of `one` if it meets no other in the period; one of `one` has parts if all are.
    _, part, times = np.unique(p * len(twos) + j, return_inverse=True, return_counts=True)
    _, whole = np.unique(p * len(ones) + i, return_inverse=True)
    split = np.zeros(whole.max() + 1, dtype=bool)
    np.logical_or.at(split, whole, times[part] > 1)
    parts: dict[tuple[int, int], list[int]] = {}
    for k in np.flatnonzero(~split[whole]).tolist():
        parts.setdefault((int(p[k]), int(i[k])), []).append(int(j[k]))
    for (period, value), inside in parts.items():
        if periods[period]:
            keys = [(plan.length, periods[period], ((two, str(twos[k])),)) for k in sorted(inside)]
            yield (plan.length, periods[period], ((one, str(ones[value])),)), keys


def about_persons(kpi: Kpi, request: Request) -> bool:
    """Whether the rows of a KPI's table are about people."""
    table = request.catalogue.tables.get(kpi.table)
    return table.persons if table is not None else CONTRACTS[kpi.table].persons


def tellable(cells: list[Cell]) -> list[Cell]:
    """Without the cells of values of which nothing may be shown anywhere: their names may be those of people."""
    told = {pair for c in cells if c.estimate.status != "suppressed" for pair in c.slice}
    return [c for c in cells if set(c.slice) <= told]


def date_of(value: Any) -> dt.date | None:  # noqa: ANN401
    """A day as a query gives it."""
    return None if value is None or np.isnat(value) else value.astype("datetime64[D]").astype(object)


def _relations(cube: Cube, request: Request) -> list[Relation]:
    """Totals and the parts that add up to them, over slices and over time."""
    parts: dict[Key, list[Key]] = {}
    for length, period, slice_ in cube.keys:
        for i in range(len(slice_)):
            whole = slice_[:i] + slice_[i + 1 :]
            # The parts of one total are those that differ in one dimension, so that dimension is in the key.
            parts.setdefault((length, period, (*whole, ("", slice_[i][0]))), []).append((length, period, slice_))
    found = [((k[0], k[1], k[2][:-1]), p) for k, p in parts.items()]
    return found + (_time_relations(cube, request) if cube.additive else [])


def _time_relations(cube: Cube, request: Request) -> list[Relation]:
    known, slices = set(cube.keys), {k[2] for k in cube.keys}
    found: list[Relation] = []
    for long, short in itertools.permutations(request.lengths, 2):
        for period in request.periods(long):
            within = [p for p in request.periods(short) if period.start <= p.start and p.end <= period.end]
            if not within or (within[0].start, within[-1].end) != (period.start, period.end) or len(within) == 1:
                continue
            for s in slices:
                whole, parts = (long, period.name, s), [(short, p.name, s) for p in within]
                if whole in known:
                    found.append((whole, [p for p in parts if p in known]))
    return found


def _refuse_wide(plan: Plan, dimension: str, found: Any) -> None:  # noqa: ANN401
    longest = max((len(v) for v in found), default=0)
    if len(found) > MOST_VALUES or longest > LONGEST_NAME:
        raise DocumentError(
            f"The dimension {dimension!r} has {len(found):,} values in {plan.table}, the longest of {longest:,} "
            f"characters; at most {MOST_VALUES} of {LONGEST_NAME} characters can be compared.",
            where=f"engagement.yaml, dimensions.{dimension}",
            hint="Group them with `values` in sources.yaml, or leave the dimension out.",
        )
