"""Events per exposure: contacts per customer-month, churn per customer-month, complaints per order.

Rows carry y = the events and x = the exposure. A scale of 100 gives events per 100 units of exposure. Upside down
(`inverse`) it is what an event costs: spend per new customer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from cxkit.kpi.statistics import (
    cluster_variance,
    detectable,
    divide,
    garwood,
    kish,
    mover,
    normal_p,
    point,
    straightened,
)
from cxkit.kpi.sums import Array, Bounds, Differences, Estimates, Sums

__all__ = ["FIELDS", "OPTIONAL", "SETTINGS", "SUMS", "TALLIED", "difference", "estimate"]

FIELDS: tuple[str, ...] = ("events", "exposure")
OPTIONAL: tuple[str, ...] = ("inverse",)
SETTINGS: tuple[str, ...] = ()
SUMS: tuple[str, ...] = ("y", "x")
TALLIED = False


class Counts(NamedTuple):
    """Events and exposure, shrunk to the Poisson count that is as informative."""

    events: Array
    exposure: Array


def estimate(
    sums: Sums, *, scale: float = 1.0, conf: float = 0.95, bounds: Bounds = None, inverse: bool = False
) -> Estimates:
    """Rates with the exact Poisson interval; where customers are told apart, widened by their over-dispersion.

    Garwood's interval is taken on the events divided by the over-dispersion (the variance between customers by
    Poisson's, at least 1), so that it is the plain exact interval where there is none. Upside down, the limits of the
    rate are turned over; without events there is no value.

    Args:
        sums: The cells.
        scale: Units of exposure that the rate is per: 100 for events per 100 customer-months.
        conf: Confidence level.
        bounds: Limits that the interval keeps to, in value units.
        inverse: Whether exposure per event is told.

    Example:
        >>> churn = estimate(Sums.of(n=1200, y=30, x=1200), scale=100)
        >>> churn.value.tolist(), churn.low.round(2).tolist(), churn.high.round(2).tolist()
        ([2.5], [1.69], [3.57])
        >>> cost = estimate(Sums.of(n=12, y=80, x=120000), inverse=True)
        >>> cost.value.tolist(), cost.low.round(0).tolist(), cost.high.round(0).tolist()
        ([1500.0], [1205.0], [1892.0])
    """
    sums = sums.finite()
    counts = _counts(sums)
    low, high = (divide(limit, counts.exposure) for limit in garwood(counts.events, conf=conf))
    se = divide(np.sqrt(counts.events), counts.exposure)
    n_eff, value = divide(kish(sums.w, sums.ww), _over_dispersion(sums)), divide(*counts)
    found = Estimates(value, low, high, se, n_eff, "exact Poisson (Garwood)")
    return (_turned(found) if inverse else found).scaled(scale, bounds=bounds)


def difference(
    a: Sums, b: Sums, *, scale: float = 1.0, conf: float = 0.95, bounds: Bounds = None, inverse: bool = False
) -> Differences:
    """Differences of two rates: MOVER on the exact limits, p by the score test.

    The test is corrected for the lean of small counts, which with equal exposures there is not. Interval and p can
    disagree where p is close to 1 - conf. Gu, Ng, Tang & Schucany (2008), Biometrical Journal 50:283-298; Laud (2017),
    Pharmaceutical Statistics 16:334-348.

    Args:
        a: First cells.
        b: Second cells, of the same length or one.
        scale: As for the estimate.
        conf: Confidence level.
        bounds: Bounds of a single rate, in value units.
        inverse: Whether exposure per event is told; the test is that of the rates.

    Example:
        >>> found = difference(Sums.of(n=9, y=60, x=51477.5), Sums.of(n=9, y=30, x=54308.7))
        >>> found.p.round(5).tolist()
        [0.00066]
    """
    a, b = a.finite(), b.finite()
    one, two = estimate(a, conf=conf, inverse=inverse), estimate(b, conf=conf, inverse=inverse)
    value, method = one.value - two.value, "MOVER on exact Poisson limits; score test, skewness corrected"
    here, there = _counts(a), _counts(b)
    p = normal_p(value, straightened(_score(here, there), _skewness(here, there)))
    p, least = np.where(np.isfinite(value), p, np.nan), detectable(one, two, conf=conf)
    return Differences(value, *mover(one, two), p, least, method).scaled(scale, bounds=bounds)


def _turned(found: Estimates) -> Estimates:
    """Exposure per event: its standard error is, to first order, as large a part of it as that of the rate."""
    one = np.ones_like(found.value)
    value = divide(one, found.value)
    low, high = (np.where(found.value > 0, divide(one, limit), np.nan) for limit in (found.high, found.low))
    return replace(found, value=value, low=low, high=high, se=found.se * value**2)


def _counts(sums: Sums) -> Counts:
    shrunk = divide(np.ones_like(sums.n), _over_dispersion(sums) * _kish_factor(sums))
    # Taking a weighted segment from its total can leave events a rounding error below 0.
    events = np.where(np.isfinite(point(sums)), np.maximum(sums.y, 0.0), np.nan)
    return Counts(events * shrunk, sums.x * shrunk)


def _over_dispersion(sums: Sums) -> Array:
    """How many times the variance of a rate exceeds Poisson's, at least 1 (quasi-Poisson scale).

    It is 1 where customers are not told apart. McCullagh & Nelder (1989), section 6.2, with the variance between
    customers in place of Pearson's.
    """
    poisson = divide(sums.y * _kish_factor(sums), sums.x * sums.x)
    excess = divide(cluster_variance(sums), poisson)
    # With one customer there is no variance between customers: its events count as one.
    alone = np.where(sums.m == 1, divide(sums.y, _kish_factor(sums)), 1.0)
    return np.fmax(np.where(sums.m > 1, excess, alone), 1.0)


def _kish_factor(sums: Sums) -> Array:
    """Sum of squared weights by sum of weights: 1 without weights, c where every weight is c."""
    return divide(sums.ww, sums.w)


def _score(a: Counts, b: Counts) -> Array:
    """Standard errors between two rates, as Gu and others have it."""
    return divide(divide(*a) - divide(*b), np.sqrt(_variance(a, b)))


def _skewness(a: Counts, b: Counts) -> Array:
    one = np.ones_like(a.exposure)
    third = _pooled(a, b) * (divide(one, a.exposure**2) - divide(one, b.exposure**2))
    return divide(third, _variance(a, b) ** 1.5)


def _variance(a: Counts, b: Counts) -> Array:
    return _pooled(a, b) * divide(a.exposure + b.exposure, a.exposure * b.exposure)


def _pooled(a: Counts, b: Counts) -> Array:
    return divide(a.events + b.events, a.exposure + b.exposure)
