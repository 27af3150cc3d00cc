"""How far the journeys of one value stand from those of all other values: where a region loses more than the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cxkit.evidence.estimate import Estimate
from cxkit.journey.estimates import MINIMUM, Part
from cxkit.kpi.kinds import proportion
from cxkit.kpi.sums import Sums

if TYPE_CHECKING:
    from cxkit.evidence.findings import Finding
    from cxkit.journey.study import Study

__all__ = ["against_others"]

Mask = NDArray[np.bool_]


def against_others(study: Study, whole: Sequence[Finding], parts: Sequence[tuple[Finding, Mask]]) -> list[Finding]:
    """`drop_off_vs_others` of each step and value, with intervals of which none leaves 0 out by chance, as a rule.

    All comparisons of a journey are one family, corrected step by step as Holm (1979), Scandinavian Journal of
    Statistics 6:65-70, has it: of k comparisons the surest gets an interval of confidence 1 - (1 - confidence) / k,
    the next of k - 1, until one does not leave 0 out; that one and all others get the confidence that it has. A
    customer with journeys of several values counts in each.

    Args:
        study: The journey for all customers.
        whole: Its findings: a value is held against the others only where the drop-off of all is shown.
        parts: Each drop-off of a value that is shown, and which journeys of `study.log` are of the value.
    """
    shown = {f.item for f in whole if f.measure == "drop_off" and f.estimate.shown}
    told: list[tuple[Finding, Part, Part]] = []
    for finding, mine in parts:
        if finding.item in shown:
            one, all_ = _ended(study, finding.item, mine)
            rest = all_ - one
            if rest.n >= MINIMUM and rest.customers >= study.threshold:
                told.append((finding, one, rest))
    return list(_compared(study, told))


def _ended(study: Study, step: str, mine: Mask) -> tuple[Part, Part]:
    """Those of a value who came to a step, of which the hits ended there; and all who came to it."""
    visits, rows = study.trails.visits, study.trails.visits_of[study.place[step]]
    unit, ended = visits.unit[rows], visits.next[rows] < 0
    chosen = mine[unit]
    return study.part(unit[chosen], ended[chosen]), study.part(unit, ended)


def _compared(study: Study, told: Sequence[tuple[Finding, Part, Part]]) -> Iterator[Finding]:
    if not told:
        return
    one, rest = _together([p.sums for _, p, _ in told]), _together([p.sums for _, _, p in told])
    size, alpha = len(told), 1 - study.confidence
    first = proportion.difference(one, rest, conf=1 - alpha / size)
    limits = np.stack([first.low, first.high])
    order = np.argsort(np.nan_to_num(first.p, nan=2.0), kind="stable").tolist()
    for rank, i in enumerate(order):
        conf = 1 - alpha / (size - rank)
        found = proportion.difference(one.at([i]), rest.at([i]), conf=conf)
        if not (found.low[0] > 0 or found.high[0] < 0):
            left = order[rank:]
            found = proportion.difference(one.at(left), rest.at(left), conf=conf)
            limits[:, left] = found.low, found.high
            break
        limits[:, i] = found.low[0], found.high[0]
    method = f"{first.method.partition(';')[0]}, Holm of {size}"
    for i, (finding, part, _) in enumerate(told):
        value, low, high = float(first.value[i]), float(limits[0, i]), float(limits[1, i])
        estimate = Estimate(value, low, high, part.n, method=method)
        if not np.isfinite([value, low, high]).all():
            estimate = Estimate.without("undefined", n=part.n)
        yield _named(study, finding, estimate)


def _named(study: Study, finding: Finding, estimate: Estimate) -> Finding:
    made = study.maker.finding(finding.item, "drop_off_vs_others", estimate)
    return replace(made, slice=finding.slice)


def _together(sums: Sequence[Sums]) -> Sums:
    """The sums of many cells as one."""
    return Sums(*(np.concatenate([getattr(s, f) for s in sums]) for f in Sums.__dataclass_fields__))
