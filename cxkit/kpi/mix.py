"""A change of the whole by a dimension: how much of it is another mix of customers, and how much is change within."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxkit._blocks import Table
from cxkit.kpi.baseline import size_text
from cxkit.kpi.sentences import says
from cxkit.kpi.split import split_change
from cxkit.kpi.sums import Sums

if TYPE_CHECKING:
    from cxkit.evidence.estimate import Estimate
    from cxkit.evidence.manifest import KpiRecord
    from cxkit.evidence.view import View

__all__ = ["draw_mix"]

KINDS = ("net", "proportion", "mean", "rate")  # whose base says how large a part is
APART = 1e-6  # of the base, by which parts may differ from their whole: rounding


def draw_mix(view: View, kpi: KpiRecord, *, since: str) -> Table | None:
    """The change of a KPI since another period, split by each dimension whose values are all shown in both.

    None where there is no such dimension, or the KPI's parts do not add up to it.
    """
    w = says(view)
    if kpi.kind not in KINDS or kpi.population == "census":
        return None
    rows = []
    for dimension in view.manifest.dimensions:
        parts = [
            [view.cell(kpi.id, ((dimension.id, v),), period=p) for v in dimension.values] for p in (since, view.period)
        ]
        whole = [view.cell(kpi.id, period=p) for p in (since, view.period)]
        then, now = (_sums(ps, t, kpi.per) for ps, t in zip(parts, whole, strict=True))
        if then is None or now is None:
            continue
        found = split_change(then, now)
        sizes = (kpi.per * float(part.sum()) for part in (found.mix, found.rate))
        rows.append((dimension.label, *(size_text(size, kpi, w) for size in sizes)))
    columns = tuple(w.say(f"mix.{c}") for c in ("by", "mix", "rate"))
    return Table("", columns, tuple(rows), note=w.say("mix.note"), align=("left", "right", "right")) if rows else None


def _sums(cells: list, whole, scale: float) -> Sums | None:  # noqa: ANN001
    """The parts of a period; None where one is hidden, or they are not all of it."""
    estimates: list[Estimate | None] = [c.estimate if c else None for c in cells]
    known = [e for e in estimates if e is not None]
    if not whole or not whole.estimate.shown or len(known) < 2 or any(not e.shown or not e.base for e in known):
        return None
    base = np.array([e.base if e and e.base else 0.0 for e in estimates])
    value = np.array([e.value if e and e.value is not None else 0.0 for e in estimates])
    if abs(base.sum() - (whole.estimate.base or 0.0)) > APART * base.sum():
        return None
    return Sums.of(n=base, x=base, y=base * value / scale)
