"""A KPI against the period before, against the baseline, and a segment against the rest.

What is shown together is corrected together, by Holm's method; a change is called one only when the test
says so after that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cxkit.evidence.cells import Comparison, Slice
from cxkit.evidence.estimate import Difference, Verdict
from cxkit.kpi.kinds import KINDS
from cxkit.kpi.statistics import Differences, Sums, holm

if TYPE_CHECKING:
    from cxkit.kpi.measure import Cube, Request

__all__ = ["compare_cells", "correct"]

Key = tuple[str, str, Slice]


@dataclass(frozen=True, slots=True)
class _Pair:
    key: Key
    against: str
    other: str
    one: int
    two: int


def compare_cells(cube: Cube, request: Request, *, shown: Collection[tuple[str, str, str, Slice]]) -> list[Comparison]:
    """The declared comparisons of a KPI's shown cells, not yet corrected over KPIs.

    A segment is compared with the rest, never with a total that it is part of.
    """
    index = {k: i for k, i in cube.index().items() if (cube.kpi.id, *k) in shown}
    pairs = [p for k, i in index.items() for p in _pairs(k, i, index, request)]
    if not pairs:
        return []
    one = cube.sums.at([p.one for p in pairs])
    two = _others(cube, pairs)
    kind = KINDS[cube.kpi.kind]
    found = kind.difference(one, two, scale=cube.kpi.scale, conf=request.confidence, bounds=cube.kpi.limits)
    # A rest too small to be shown would be told by its difference.
    big = two.n >= max(cube.kpi.minimum_n, request.threshold)
    return [_comparison(cube, p, found, i) for i, p in enumerate(pairs) if big[i] and np.isfinite(found.value[i])]


def correct(comparisons: Iterable[Comparison], *, better: dict[str, str], alpha: float = 0.05) -> list[Comparison]:
    """The comparisons with p values corrected within the family they are shown in, and a verdict.

    A family is what a report chooses from: in a period, all KPIs of the whole, all their segments, or all
    their pairs. Segments are screened over all KPIs and dimensions, so all of these are corrected together.
    """
    families: dict[str, list[Comparison]] = {}
    for c in comparisons:
        families.setdefault(_family(c), []).append(c)
    return [x for name, cs in families.items() for x in _corrected(name, cs, better, alpha)]


def _pairs(key: Key, i: int, index: dict[Key, int], request: Request) -> list[_Pair]:
    length, period, slice_ = key
    names = [p.name for p in request.periods(length)]
    at = names.index(period)
    found = []
    if at > 0 and (before := index.get((length, names[at - 1], slice_))) is not None:
        found.append(_Pair(key, "previous", names[at - 1], i, before))
    base = request.baseline
    if base in names[:at] and (then := index.get((length, base, slice_))) is not None:
        found.append(_Pair(key, "baseline", base, i, then))
    if len(slice_) == 1 and (total := index.get((length, period, ()))) is not None:
        found.append(_Pair(key, "rest", "rest", i, total))
    return found


def _others(cube: Cube, pairs: list[_Pair]) -> Sums:
    """The sums of the second side; for "rest" the total less the segment."""
    two = cube.sums.at([p.two for p in pairs])
    one = cube.sums.at([p.one for p in pairs])
    rest = np.array([p.against == "rest" for p in pairs])
    left = two - one
    # Customers on both sides make the rest's sums per customer too large, never too small, and its customers
    # too few: the interval errs on the wide side.
    fixed = {f: np.where(rest, getattr(left, f), getattr(two, f)) for f in Sums.__dataclass_fields__}
    fixed["m"] = np.where(rest & np.isfinite(fixed["m"]), np.maximum(fixed["m"], 2.0), fixed["m"])
    return Sums(**fixed)


def _comparison(cube: Cube, pair: _Pair, found: Differences, i: int) -> Comparison:
    length, period, slice_ = pair.key
    difference = Difference(
        value=float(found.value[i]),
        low=_number(found.low[i]),
        high=_number(found.high[i]),
        p=_number(found.p[i]),
        method=found.method,
        detectable=_number(found.detectable[i]),
    )
    return Comparison(
        cube.kpi.id, length, period, slice_, pair.against, pair.other, difference, None, "", "no change shown"
    )


def _family(c: Comparison) -> str:
    kind = ("whole", "segments", "pairs")[len(c.slice)]
    return f"{c.length}/{c.period}/{c.against}/{kind}"


def _corrected(name: str, comparisons: list[Comparison], better: dict[str, str], alpha: float) -> list[Comparison]:
    p = np.array([np.nan if c.difference is None or c.difference.p is None else c.difference.p for c in comparisons])
    adjusted = holm(p)
    family = f"{name}:{int(np.isfinite(p).sum())}"
    return [
        Comparison(
            c.kpi, c.length, c.period, c.slice, c.against, c.other, c.difference, _number(a), family,
            _verdict(c, a, better[c.kpi], alpha), c.why,
        )
        for c, a in zip(comparisons, adjusted.tolist(), strict=True)
    ]  # fmt: skip


def _verdict(c: Comparison, p: float, better: str, alpha: float) -> Verdict:
    if c.difference is None:
        return "not comparable"
    if not p < alpha:
        return "no change shown"
    if better == "neither":
        return "changed"
    return "better" if (c.difference.value > 0) == (better == "higher") else "worse"


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
