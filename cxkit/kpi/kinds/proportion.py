"""Shares of a base: satisfied, resolved at first contact, churned.

Rows carry y = 1 for a hit, else 0, and x = 1.
"""

from __future__ import annotations

import numpy as np

from cxkit.kpi.statistics import (
    degrees_adjusted,
    detectable,
    divide,
    mover,
    normal_p,
    normal_quantile,
    point,
    straightened,
)
from cxkit.kpi.sums import Array, Bounds, Differences, Estimates, Limits, Sums

__all__ = ["FIELDS", "OPTIONAL", "SETTINGS", "SUMS", "TALLIED", "difference", "estimate", "wilson"]

FIELDS: tuple[str, ...] = ("hit",)
OPTIONAL: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ()
SUMS: tuple[str, ...] = ("y",)
TALLIED = False


def estimate(sums: Sums, *, scale: float = 1.0, conf: float = 0.95, bounds: Bounds = None) -> Estimates:
    """Shares with Wilson's score interval on the effective base.

    Args:
        sums: The cells.
        scale: 1 for fractions, 100 for per cent.
        conf: Confidence level.
        bounds: Limits that the interval keeps to, in value units.

    Example:
        >>> csat = estimate(Sums.of(n=100, y=77))
        >>> csat.low.round(3).tolist(), csat.high.round(3).tolist()
        ([0.678], [0.842])
    """
    sums = sums.finite()
    # Taking a weighted segment from its total can leave a share a rounding error outside 0..1.
    share, n = np.clip(point(sums), 0.0, 1.0), degrees_adjusted(sums)
    se = np.sqrt(divide(share * (1 - share), n))
    return Estimates(share, *wilson(share, n, conf=conf), se, n, "Wilson score").scaled(scale, bounds=bounds)


def difference(a: Sums, b: Sums, *, scale: float = 1.0, conf: float = 0.95, bounds: Bounds = None) -> Differences:
    """Differences of two shares: Newcombe's hybrid score interval, p by a score test.

    The test is Miettinen and Nurminen's, corrected for the lean of shares far from a half: what is corrected for many
    comparisons is decided in the tails. With groups of equal size it is theirs. Interval and p can disagree where p is
    close to 1 - conf: they are different methods. Newcombe (1998), Statistics in Medicine 17:873-890; Miettinen &
    Nurminen (1985), 4:213-226; Laud (2017), Pharmaceutical Statistics 16:334-348.

    Args:
        a: First cells.
        b: Second cells, of the same length or one.
        scale: As for the estimate.
        conf: Confidence level.
        bounds: Bounds of a single share, in value units.

    Example:
        >>> found = difference(Sums.of(n=70, y=56), Sums.of(n=80, y=48))
        >>> found.low.round(4).tolist(), found.high.round(4).tolist(), found.p.round(4).tolist()
        ([0.0524], [0.3339], [0.008])
    """
    one, two = estimate(a, conf=conf), estimate(b, conf=conf)
    value, method = one.value - two.value, "Newcombe hybrid score; score test, skewness corrected"
    p = normal_p(value, straightened(_score(one, two), _skewness(one, two)))
    least = detectable(one, two, conf=conf)
    return Differences(value, *mover(one, two), p, least, method).scaled(scale, bounds=bounds)


def wilson(share: Array, n: Array, *, conf: float = 0.95) -> Limits:
    """The score interval of a share; `n` need not be whole.

    Wilson (1927), method 3 of Newcombe (1998), Statistics in Medicine 17:857-872.

    Args:
        share: Between 0 and 1.
        n: Effective base.
        conf: Confidence level.

    Example:
        >>> low, high = wilson(np.array([81 / 263]), np.array([263.0]))
        >>> low.round(4).tolist(), high.round(4).tolist()
        ([0.2553], [0.3662])
    """
    zz = normal_quantile((1 + conf) / 2) ** 2
    centre = divide(share * n + zz / 2, n + zz)
    half = divide(np.sqrt(zz * (n * share * (1 - share) + zz / 4)), n + zz)
    # At a share of 0 or 1 the end is 0 or 1 exactly, but rounding leaves 1e-17.
    return Limits(np.where(share <= 0, share, centre - half), np.where(share >= 1, share, centre + half))


def _score(a: Estimates, b: Estimates) -> Array:
    """Standard errors between two shares, as Miettinen and Nurminen have it."""
    return divide(a.value - b.value, np.sqrt(_variance(a, b)))


def _skewness(a: Estimates, b: Estimates) -> Array:
    pooled = _pooled(a, b)
    third = pooled * (1 - pooled) * (1 - 2 * pooled) * (1 / a.n_eff**2 - 1 / b.n_eff**2)
    return divide(third, _variance(a, b) ** 1.5)


def _variance(a: Estimates, b: Estimates) -> Array:
    pooled, total = _pooled(a, b), a.n_eff + b.n_eff
    return pooled * (1 - pooled) * divide(total, a.n_eff * b.n_eff) * divide(total, total - 1)


def _pooled(a: Estimates, b: Estimates) -> Array:
    return np.clip(divide(a.value * a.n_eff + b.value * b.n_eff, a.n_eff + b.n_eff), 0.0, 1.0)
