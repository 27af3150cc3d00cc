"""What a programme is owed: the share of treated units' money that those held out by lot did without.

Rows carry y = the value if treated, x = the value if held out, plus = 1 if treated, minus = 1 if held out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cxkit.kpi.statistics import POWER, divide, normal_quantile, student, student_p
from cxkit.kpi.sums import Array, Bounds, Differences, Estimates, Sums

__all__ = ["FIELDS", "OPTIONAL", "SETTINGS", "SUMS", "TALLIED", "difference", "estimate"]

FIELDS: tuple[str, ...] = ("value", "treated")
OPTIONAL: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ()
SUMS: tuple[str, ...] = ("y", "x", "yy", "xx", "plus", "minus")
TALLIED = False


class Lift(NamedTuple):
    """The share owed, its variance, the degrees of freedom of that, and the effective base."""

    value: Array
    variance: Array
    df: Array
    base: Array


def estimate(sums: Sums, *, scale: float = 1.0, conf: float = 0.95, bounds: Bounds = None) -> Estimates:
    """Shares of the treated units' money that the programme brought: (treated - held out) / treated, of the means.

    The interval is Welch's (1947), Biometrika 34:28-35, on the difference of the means, divided by the mean of the
    treated, which is taken as it was found. It is a claim about cause only where units were held out by lot. Where
    customers have several rows, each customer counts once. No value where the treated brought nothing.

    Args:
        sums: The cells.
        scale: 1 for fractions, 100 for per cent.
        conf: Confidence level.
        bounds: Limits that the interval keeps to, in value units.

    Example:
        >>> owed = estimate(Sums.of(n=12, y=7000, x=6000, plus=6, minus=6, yy=8400000, xx=6025000), scale=100)
        >>> owed.value.round(1).tolist(), owed.low.round(1).tolist(), owed.high.round(1).tolist()
        ([14.3], [-5.1], [33.7])
    """
    found, method = _lift(sums), "Welch t over the treated mean"
    se = np.sqrt(np.where(found.variance > 0, found.variance, np.nan))
    half = se * student(normal_quantile((1 + conf) / 2), found.df)
    value = found.value
    return Estimates(value, value - half, value + half, se, found.base, method).scaled(scale, bounds=bounds)


def difference(a: Sums, b: Sums, *, scale: float = 1.0, conf: float = 0.95, bounds: Bounds = None) -> Differences:
    """Differences of two shares owed, by Welch's t on the variances of both.

    Args:
        a: First cells.
        b: Second cells, of the same length or one.
        scale: As for the estimate.
        conf: Confidence level.
        bounds: Bounds of a single share, in value units.

    Example:
        >>> owed = Sums.of(n=12, y=7000, x=6000, plus=6, minus=6, yy=8400000, xx=6025000)
        >>> difference(owed, owed).p.tolist()
        [1.0]
    """
    one, two = _lift(a), _lift(b)
    value, variance = one.value - two.value, one.variance + two.variance
    df = divide(variance**2, divide(one.variance**2, one.df) + divide(two.variance**2, two.df))
    se = np.sqrt(np.where(variance > 0, variance, np.nan))
    z = normal_quantile((1 + conf) / 2)
    half, least = se * student(z, df), se * (z + normal_quantile(POWER))
    p = np.where((value == 0) & np.isfinite(df), 1.0, student_p(value / se, df))
    method = "Welch t over the treated means; Welch t"
    return Differences(value, value - half, value + half, p, least, method).scaled(scale, bounds=bounds)


def _lift(sums: Sums) -> Lift:
    sums = sums.finite()
    # Rows of one customer may be alike; nothing here shows how much, so that they count as one.
    rows = np.where(sums.m < sums.n, divide(sums.n, sums.m), 1.0)
    (mean_t, var_t, n_t), (mean_h, var_h, n_h) = (
        _side(total, squares, count, rows)
        for total, squares, count in ((sums.y, sums.yy, sums.plus), (sums.x, sums.xx, sums.minus))
    )
    # Units that all brought the same are taken to vary as those of the other side do.
    alike_t, alike_h = var_h * divide(n_h, n_t), var_t * divide(n_t, n_h)
    var_t, var_h = np.where(var_t == 0, alike_t, var_t), np.where(var_h == 0, alike_h, var_h)
    df = divide((var_t + var_h) ** 2, divide(var_t**2, n_t - 1) + divide(var_h**2, n_h - 1))
    balanced = np.where(sums.n > 0, divide(4 * n_t * n_h, n_t + n_h), np.nan)
    treated = np.where((mean_t > 0) & (sums.n > 0), mean_t, np.nan)
    return Lift((mean_t - mean_h) / treated, (var_t + var_h) / treated**2, df, balanced)


def _side(total: Array, squares: Array, count: Array, rows: Array) -> tuple[Array, Array, Array]:
    """Mean, variance of the mean and independent units of one side."""
    mean, base = divide(total, count), divide(count, rows)
    spread = np.maximum(divide(squares - count * mean**2, count - 1), 0.0)
    return mean, divide(spread, base), base
