"""Means: satisfaction on its scale, handling time, basket value.

Rows carry y = the value and x = 1.
"""

from __future__ import annotations

from cxkit.kpi.statistics import effective, linear_difference, linear_estimate
from cxkit.kpi.sums import Bounds, Differences, Estimates, Sums

__all__ = ["FIELDS", "OPTIONAL", "SETTINGS", "SUMS", "TALLIED", "difference", "estimate"]

FIELDS: tuple[str, ...] = ("value",)
OPTIONAL: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ()
SUMS: tuple[str, ...] = ("y", "yy")
TALLIED = False


def estimate(sums: Sums, *, scale: float = 1.0, conf: float = 0.95, bounds: Bounds = None) -> Estimates:
    """Means with Student's t interval; weighted or clustered by the linearised variance.

    One row gives a value without limits, and so do rows that are all alike.

    Args:
        sums: The cells.
        scale: Factor from the mean to the KPI's unit.
        conf: Confidence level.
        bounds: Ends of the answer scale, in value units.

    Example:
        >>> csat = estimate(Sums.of(n=100, y=408, yy=1786))
        >>> csat.value.tolist(), csat.low.round(2).tolist(), csat.high.round(2).tolist()
        ([4.08], [3.86], [4.3])
    """
    return linear_estimate(sums, n_eff=effective(sums), conf=conf, method="Student t").scaled(scale, bounds=bounds)


def difference(a: Sums, b: Sums, *, scale: float = 1.0, conf: float = 0.95, bounds: Bounds = None) -> Differences:
    """Differences of two means by Welch's t test and interval.

    Args:
        a: First cells.
        b: Second cells, of the same length or one.
        scale: As for the estimate.
        conf: Confidence level.
        bounds: Ends of the answer scale, in value units.

    Example:
        >>> found = difference(Sums.of(n=100, y=408, yy=1786), Sums.of(n=80, y=300, yy=1210))
        >>> found.value.round(2).tolist(), found.p.round(4).tolist()
        ([0.33], [0.0411])
    """
    n_eff = effective(a), effective(b)
    return linear_difference(a, b, n_eff=n_eff, conf=conf, method="Welch t; Welch t").scaled(scale, bounds=bounds)
