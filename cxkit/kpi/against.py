"""A number now against the number that was handed over: two evidences that hold the same KPI, if it is the same."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cxkit.errors import MergeError, ParameterError
from cxkit.evidence.cells import Comparison
from cxkit.evidence.estimate import Difference, Estimate
from cxkit.kpi.sentences import NO_ESTIMATE, estimate_of, says
from cxkit.kpi.statistics import POWER, normal_quantile

if TYPE_CHECKING:
    from cxkit.evidence.cells import Slice
    from cxkit.evidence.estimate import Verdict
    from cxkit.evidence.manifest import KpiRecord
    from cxkit.evidence.view import View

__all__ = ["compare_evidence", "difference_of"]


def compare_evidence(now: View, then: View, kpi: str, slice_: Slice = ()) -> Comparison:
    """A KPI of the period in view against the same KPI in other evidence, such as a release of last quarter.

    Of two periods the difference has an interval, from the limits of both, and is judged by it alone. The same period
    measured twice holds the same answers for the most part: there the difference is told and nothing is tested.

    Args:
        now: The evidence as it is.
        then: The evidence to compare with, in the period to compare with.
        kpi: Id of the KPI.
        slice_: The slice; () for all customers.

    Returns:
        The comparison; `against` is the id of the other evidence, `why` says why there is no difference, or no test.

    Raises:
        MergeError: The KPI was defined otherwise, or the evidence is of another client.
        ParameterError: The KPI was not measured there, or the periods are not of one length.
    """
    record = _same(now, then, kpi)
    one, two = estimate_of(now, kpi, slice_), estimate_of(then, kpi, slice_)
    difference, why = difference_of(one, two, record), ""
    if difference is None:
        why = "no_then" if one.shown else "no_now"
    elif now.period == then.period:
        difference, why = Difference(difference.value, None, None, None, ""), "same_period"
    elif difference.low is None and difference.high is None:
        why = "census" if record.population == "census" else "no_interval"
    told = says(now).say(f"against.{why}") if why else ""
    verdict: Verdict = "not comparable" if why else _verdict(difference, record)
    return Comparison(
        kpi, now.length, now.period, slice_, then.manifest.evidence, then.period, difference, None, "", verdict, told
    )


def difference_of(one: Estimate, two: Estimate, kpi: KpiRecord, *, conf: float = 0.95) -> Difference | None:
    """The first less the second, with the interval that follows from the limits of both; None where one has no value.

    MOVER: Zou & Donner (2008), Statistics in Medicine 27:1693-1702. A limit that does not exist gives none.

    Example:
        >>> from types import SimpleNamespace as Kpi
        >>> one, two = Estimate(10.0, 7.0, 13.0, 400), Estimate(4.0, 0.0, 8.0, 300)
        >>> found = difference_of(one, two, Kpi(kind="net", by_length=False))
        >>> found.low, found.high
        (1.0, 11.0)
    """
    if one.value is None or two.value is None or NO_ESTIMATE in (one, two):
        return None
    value = one.value - two.value
    # What accounts have at one period's end they have at the next one's start: as for periods of one evidence, the
    # worst covariance that there can be is taken.
    wide = math.sqrt(2) if kpi.kind == "ratio" and kpi.by_length else 1.0
    down, up = (
        None if a is None or b is None else wide * math.hypot(one.value - a, two.value - b)
        for a, b in ((one.low, two.high), (one.high, two.low))
    )
    low, high = None if down is None else value - down, None if up is None else value + up
    z = normal_quantile((1 + conf) / 2)
    half = None if low is None or high is None else (high - low) / 2
    seen = None if half is None else half * (1 + normal_quantile(POWER) / z)
    return Difference(value, low, high, None, "MOVER on the limits of both", seen)


def _same(now: View, then: View, kpi: str) -> KpiRecord:
    """The record of a KPI that both sides have, defined alike."""
    here, there = (next((k for k in v.manifest.kpis if k.id == kpi), None) for v in (now, then))
    name = f"evidence {then.manifest.evidence}"
    if now.manifest.client.id != then.manifest.client.id:
        raise MergeError(f"The {name} is of another client, {then.manifest.client.name}.")
    if here is None or there is None:
        where = name if there is None else f"evidence {now.manifest.evidence}"
        raise ParameterError(f"The KPI {kpi!r} was not measured in {where}.")
    if now.length != then.length:
        hint = f"Choose a {then.length} with --period."
        raise ParameterError(f"A {now.length} is not compared with a {then.length}, {then.period}.", hint=hint)
    if here.definition != there.definition:
        raise MergeError(
            f"{here.label} was defined otherwise in {name}, so the two are not comparable: {there.definition} there, "
            f"{here.definition} here.",
            hint="Their difference would be that of the definitions. Measure the exports of then with the definition "
            "of now, or keep the old definition under an id of its own.",
        )
    return here


def _verdict(difference: Difference | None, kpi: KpiRecord) -> Verdict:
    if difference is None:
        return "not comparable"
    low, high = difference.low, difference.high
    up, down = low is not None and low > 0, high is not None and high < 0
    if not (up or down):
        return "no change shown"
    if kpi.better == "neither":
        return "changed"
    return "better" if up == (kpi.better == "higher") else "worse"
