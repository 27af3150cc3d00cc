"""Favourable less unfavourable answers: NPS, eNPS, net satisfaction.

Rows carry y = plus - minus (1, 0 or -1) and x = 1. A scale of 100 gives points.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cxkit.kpi.statistics import (
    POWER,
    bisect,
    degrees_adjusted,
    detectable,
    divide,
    effective,
    linear_estimate,
    mover,
    normal_p,
    normal_quantile,
    point,
    student_p,
)
from cxkit.kpi.sums import Array, Bounds, Differences, Estimates, Limits, Sums

__all__ = ["FIELDS", "OPTIONAL", "SETTINGS", "SUMS", "TALLIED", "difference", "estimate", "paired"]

FIELDS: tuple[str, ...] = ("plus", "minus")
OPTIONAL: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ()
SUMS: tuple[str, ...] = ("plus", "minus")
TALLIED = False

NEGLIGIBLE = 1e-30  # a variance below any that a score off the ends of its scale can have


class Shares(NamedTuple):
    """Shares of favourable and unfavourable answers, and the effective base."""

    plus: Array
    minus: Array
    n: Array

    @property
    def net(self) -> Array:
        """Favourable less unfavourable."""
        return self.plus - self.minus


def estimate(
    sums: Sums, *, scale: float = 1.0, conf: float = 0.95, bounds: Bounds = None, fpc: Array | None = None
) -> Estimates:
    """Net scores with the score interval on the effective base.

    The interval is Tango's (1998), Statistics in Medicine 17:891-908, for the difference of paired proportions;
    Rocks (2016), The American Statistician 70:365-372, found it to suit the net promoter score. It always holds the
    raw score and never leaves the scale.

    Args:
        sums: The cells.
        scale: 100 for points.
        conf: Confidence level.
        bounds: Limits that the interval keeps to, in value units.
        fpc: How many there are in all, where a large part of them has answered: the base counts for more (Cochran 1977,
            section 2.6). Where all have answered there is no interval.

    Example:
        >>> nps = estimate(Sums.of(n=36, plus=19, minus=8), scale=100)
        >>> nps.value.round(1).tolist(), nps.low.round(1).tolist(), nps.high.round(1).tolist()
        ([30.6], [2.3], [53.9])
    """
    shares = _shares(sums)
    if fpc is not None:
        shares = shares._replace(n=divide(shares.n * (fpc - 1), fpc - sums.n))
    se = np.sqrt(divide(np.maximum(shares.plus + shares.minus - shares.net**2, 0.0), shares.n))
    limits = _score_interval(shares, z=normal_quantile((1 + conf) / 2))
    return Estimates(shares.net, *limits, se, shares.n, "score (Tango)").scaled(scale, bounds=bounds)


def difference(a: Sums, b: Sums, *, scale: float = 1.0, conf: float = 0.95, bounds: Bounds = None) -> Differences:
    """Differences of two net scores: MOVER on the score limits, and the p value at which it just touches 0.

    So p is below 1 - conf exactly where the interval leaves 0 out. Of 20 segments that are alike, with 30 to 60 answers
    each, any is called different from the rest, after Holm's correction, in 4.5 % of 2,000 reports at a score of 30, in
    5.2 % at 77 and, beyond what is usual, in 8 % at 85.

    Args:
        a: First cells.
        b: Second cells, of the same length or one.
        scale: 100 for points.
        conf: Confidence level.
        bounds: Bounds of a single score, in value units.

    Example:
        >>> found = difference(Sums.of(n=100, plus=52, minus=18), Sums.of(n=100, plus=41, minus=26), scale=100)
        >>> found.value.round(1).tolist(), found.low.round(1).tolist(), found.high.round(1).tolist()
        ([19.0], [-3.0], [40.3])
    """
    one, two = estimate(a, conf=conf), estimate(b, conf=conf)
    value, method = one.value - two.value, "MOVER on score limits; its own p"
    p = normal_p(value, _touching(_shares(a), _shares(b)))
    return Differences(value, *mover(one, two), p, detectable(one, two, conf=conf), method).scaled(scale, bounds=bounds)


def paired(sums: Sums, *, scale: float = 1.0, conf: float = 0.95, bounds: Bounds = None) -> Differences:
    """How far the score of the same people has moved, by the paired t test on their own moves.

    Args:
        sums: The cells; rows carry y = the answer now less the answer before, each recoded to 1, 0 or -1.
        scale: 100 for points.
        conf: Confidence level.
        bounds: Bounds of a single score, in value units.

    Example:
        >>> moved = paired(Sums.of(n=12, y=3, yy=3), scale=100)
        >>> moved.value.tolist(), moved.p.round(4).tolist()
        ([25.0], [0.0819])
    """
    found = linear_estimate(sums.finite(), n_eff=effective(sums.finite()), conf=conf, method="paired t")
    z = normal_quantile((1 + conf) / 2)
    df = np.fmin(found.n_eff, sums.m) - 1
    p = np.where(found.value == 0, np.where(np.isfinite(df), 1.0, np.nan), student_p(found.value / found.se, df))
    least, method = (z + normal_quantile(POWER)) * found.se, "paired t; paired t"
    return Differences(found.value, found.low, found.high, p, least, method).scaled(scale, bounds=bounds)


def _shares(sums: Sums) -> Shares:
    sums = sums.finite()
    # Taking a weighted segment from its total can leave a share a rounding error outside 0..1.
    based = np.where(np.isfinite(point(sums)), sums.w, np.nan)
    plus = np.clip(divide(sums.plus, based), 0.0, 1.0)
    return Shares(plus, np.clip(divide(sums.minus, based), 0.0, 1.0 - plus), degrees_adjusted(sums))


def _score_interval(shares: Shares, *, z: float) -> Limits:
    low = bisect(lambda net: _score(shares, net) - z, np.full_like(shares.net, -1.0), shares.net)
    high = bisect(lambda net: _score(shares, net) + z, shares.net, np.full_like(shares.net, 1.0))
    return Limits(low, high)


def _score(shares: Shares, net: Array) -> Array:
    """Standard errors by which the score lies above `net`, its variance taken as if `net` were true."""
    linear = (2 - shares.net) * net - shares.plus - shares.minus
    constant = -shares.minus * net * (1 - net)
    minus = (np.sqrt(np.maximum(linear * linear - 8 * constant, 0.0)) - linear) / 4
    variance = np.maximum(2 * minus + net * (1 - net), NEGLIGIBLE)
    return (shares.net - net) * np.sqrt(shares.n / variance)


def _touching(a: Shares, b: Shares) -> Array:
    """The z at which the MOVER interval of a - b just touches 0.

    There the two distances from estimate to limit are the legs of a right triangle over the difference, so one angle
    is all there is to find: the one at which both limits belong to the same z.
    """
    ahead = a.net >= b.net
    upper = Shares(*(np.where(ahead, one, two) for one, two in zip(a, b, strict=True)))
    lower = Shares(*(np.where(ahead, two, one) for one, two in zip(a, b, strict=True)))
    size = upper.net - lower.net

    def excess(angle: Array) -> Array:
        return _score(upper, upper.net - size * np.cos(angle)) + _score(lower, lower.net + size * np.sin(angle))

    angle = bisect(excess, np.zeros_like(size), np.full_like(size, np.pi / 2))
    return _score(upper, upper.net - size * np.cos(angle))
