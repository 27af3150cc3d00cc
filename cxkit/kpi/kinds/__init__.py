"""The kinds of KPI that are made of sums: one module each, with the same few names.

Every module has

- `FIELDS`: the fields of a KPI's YAML that it needs, which carry its SQL,
- `OPTIONAL`: fields and settings that it may have,
- `SETTINGS`: settings that it needs: numbers and words, given to the functions by name,
- `SUMS`: the sums over rows that it needs, beside the base `n`; weights and customers add their own,
- `TALLIED`: whether it needs counts per bucket too, and is given `Tallies` instead of `Sums`,
- `estimate(found, *, scale, conf, bounds, **settings) -> Estimates`,
- `difference(a, b, *, scale, conf, bounds, **settings) -> Differences`.

`scale` turns the ratio of sums into the KPI's unit (100 for points), `bounds` are the lowest and the highest
value there can be, in that unit.

Example:
    >>> sorted(KINDS)
    ['lift', 'mean', 'net', 'proportion', 'quantile', 'rate', 'ratio', 'survival']
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxkit.kpi.kinds import lift, mean, net, proportion, quantile, rate, ratio, survival

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["KINDS"]

KINDS: dict[str, ModuleType] = {
    "lift": lift,
    "mean": mean,
    "net": net,
    "proportion": proportion,
    "quantile": quantile,
    "rate": rate,
    "ratio": ratio,
    "survival": survival,
}
