"""A KPI against the period before, against the baseline, and a segment against the rest.

What is shown together is corrected together, by Holm's method; a change is called one only when the test
says so after that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import numpy as np

from cxkit.evidence.cells import Comparison, Slice
from cxkit.evidence.estimate import Difference, Verdict
from cxkit.kpi.cube import FEWEST_EFFECTIVE, Cube, Key, Request
from cxkit.kpi.kinds import KINDS
from cxkit.kpi.statistics import POWER, divide, holm, normal_quantile
from cxkit.kpi.sums import Differences, Sums
from cxkit.kpi.tallies import Tallies

__all__ = ["compare_cells", "correct"]

FEWEST_CUSTOMERS = 10  # cxkit default
UNBOUND = ("rate", "ratio")  # events are counted whatever the rows; of revenue, few accounts are said beside the number


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
    if cube.kpi.population == "census":
        # What is counted in full is what it is: there is nothing to test.
        return []
    index = {k: i for k, i in cube.index().items() if (cube.kpi.id, *k) in shown}
    names = {length: [p.name for p in request.periods(length)] for length in request.lengths}
    pairs = [p for k, i in index.items() for p in _pairs(k, i, index, names=names[k[0]], base=request.baseline)]
    if not pairs:
        return []
    one, two = _sides(cube, pairs)
    kpi, kind = cube.kpi, KINDS[cube.kpi.kind]
    found = kind.difference(
        one, two, scale=kpi.scale, conf=request.confidence, bounds=kpi.limits, **kpi.settings
    )  # fmt: skip
    # A rest too small to be shown would be told by its difference.
    big = two.n >= max(cube.kpi.minimum_n, request.threshold)
    # With few customers who repeat, no approximation of the design effect holds so far out in the tails.
    for side in (one, two):
        big &= ~((side.m < FEWEST_CUSTOMERS) & (side.m < side.n))
    if kpi.kind not in UNBOUND:
        # So few say how much they vary too badly to tell one side from the other.
        for side in (one, two):
            big &= ~(kind.estimate(side, scale=kpi.scale, bounds=kpi.limits, **kpi.settings).n_eff < FEWEST_EFFECTIVE)
    return [_comparison(cube, p, found, i) for i, p in enumerate(pairs) if big[i] and np.isfinite(found.value[i])]


def correct(comparisons: Iterable[Comparison], *, better: dict[str, str], alpha: float = 0.05) -> list[Comparison]:
    """The comparisons with p values corrected within the family they are shown in, and a verdict.

    A family is what a report chooses from. In a period: the changes of all KPIs, since the period before and
    since the baseline; all segments of all KPIs against the rest; and so for pairs.
    """
    families: dict[str, list[Comparison]] = {}
    for c in comparisons:
        families.setdefault(_family(c), []).append(c)
    return [x for name, cs in families.items() for x in _corrected(name, cs, better, alpha)]


def _pairs(key: Key, i: int, index: dict[Key, int], *, names: list[str], base: str | None) -> list[_Pair]:
    length, period, slice_ = key
    at = names.index(period)
    found = []
    if at > 0 and (before := index.get((length, names[at - 1], slice_))) is not None:
        found.append(_Pair(key, "previous", names[at - 1], i, before))
    if base in names[: max(at - 1, 0)] and (then := index.get((length, base, slice_))) is not None:
        found.append(_Pair(key, "baseline", base, i, then))
    if len(slice_) == 1 and (total := index.get((length, period, ()))) is not None:
        found.append(_Pair(key, "rest", "rest", i, total))
    return found


def _sides(cube: Cube, pairs: list[_Pair]) -> tuple[Sums, Sums] | tuple[Tallies, Tallies]:
    """The statistics of both sides, so that the variance of their difference is that of the difference.

    For "rest" the second side is the total less the segment, customer by customer.
    """
    at, other = [p.one for p in pairs], [p.two for p in pairs]
    one, two = cube.sums.at(at), cube.sums.at(other)
    rest = np.array([p.against == "rest" for p in pairs])
    both = {f: a[at] for f, a in cube.shared.items()}
    left = _left(one, two, both)
    two = Sums(*(np.where(rest, getattr(left, f), getattr(two, f)) for f in Sums.__dataclass_fields__))
    factor = np.where(rest, _covariance_factor(one, two, both), 1.0)
    if cube.kpi.kind == "ratio" and not cube.additive:
        # What accounts have at one period's end they have at the next one's start. The covariance of the two is at
        # worst minus half the sum of their variances (Cauchy and Schwarz), and that is taken.
        factor = np.where(rest, factor, 2.0)
    one, two = (_widened(side, factor, cube.kpi.kind) for side in (one, two))
    if not isinstance(cube.found, Tallies):
        return one, two
    segment, whole = cube.found.at(at), cube.found.at(other)
    others = whole.less(segment, where=rest)
    return replace(segment, sums=one), replace(others, sums=two)


def _left(one: Sums, total: Sums, both: dict[str, np.ndarray]) -> Sums:
    """The total less the segment; sums per customer allow for those who are in both."""
    left = total - one
    if not both:
        return left
    # Of a customer in both, what is left squared is (t - s)^2 = t^2 - 2ts + s^2.
    per = {
        "cyy": total.cyy - 2 * both["sty"] + one.cyy,
        "cxx": total.cxx - 2 * both["xtx"] + one.cxx,
        "cxy": total.cxy - both["stx"] - both["xty"] + one.cxy,
        "m": total.m - one.m + both["both"],
    }
    return replace(left, **per)


def _covariance_factor(one: Sums, rest: Sums, both: dict[str, np.ndarray]) -> np.ndarray:
    """By how much the variance of the difference exceeds the sum of the two, for the customers on both sides."""
    if not both:
        return np.ones_like(one.n)
    r, q = divide(one.y, one.x), divide(rest.y, rest.x)
    yy, yx = both["sty"] - one.cyy, both["stx"] - one.cxy
    xy, xx = both["xty"] - one.cxy, both["xtx"] - one.cxx
    covariance = divide(yy - q * yx - r * xy + r * q * xx, one.x * rest.x)
    apart = _linear(one) + _linear(rest)
    factor = divide(apart - 2 * covariance, apart)
    return np.where(np.isfinite(factor), np.maximum(factor, 0.05), 1.0)


def _linear(s: Sums) -> np.ndarray:
    r = divide(s.y, s.x)
    return divide(s.cyy - 2 * r * s.cxy + r * r * s.cxx, s.x * s.x)


def _widened(s: Sums, factor: np.ndarray, kind: str) -> Sums:
    """With its variance so many times as large: by squares that are larger, or by a base that counts for less."""
    squares, customers = ("yy", "xy", "xx"), ("cyy", "cxy", "cxx")
    by_squares = {"mean": (*squares, *customers), "ratio": (*squares, *customers), "lift": (*squares, *customers)}
    fields = ("ww", *by_squares.get(kind, customers if kind == "rate" else ()))
    return replace(s, **{f: getattr(s, f) * factor for f in fields})


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
    return f"{c.length}/{c.period}/{'rest' if c.against == 'rest' else 'change'}/{kind}"


def _corrected(name: str, comparisons: list[Comparison], better: dict[str, str], alpha: float) -> list[Comparison]:
    p = np.array([np.nan if c.difference is None or c.difference.p is None else c.difference.p for c in comparisons])
    adjusted = holm(p)
    size = int(np.isfinite(p).sum())
    family = f"{name}:{size}"
    comparisons = [_seen_after_correction(c, size, alpha) for c in comparisons]
    return [
        Comparison(
            c.kpi, c.length, c.period, c.slice, c.against, c.other, c.difference, _number(a), family,
            _verdict(c, a, better[c.kpi], alpha), c.why,
        )
        for c, a in zip(comparisons, adjusted.tolist(), strict=True)
    ]  # fmt: skip


def _seen_after_correction(c: Comparison, size: int, alpha: float) -> Comparison:
    """With the difference that would be seen in four of five cases after correction for the family's size."""
    if c.difference is None or c.difference.detectable is None:
        return c
    alone, corrected = (normal_quantile(1 - alpha / 2 / n) for n in (1, max(size, 1)))
    power = normal_quantile(POWER)
    seen = c.difference.detectable * (corrected + power) / (alone + power)
    return replace(c, difference=replace(c.difference, detectable=float(seen)))


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
