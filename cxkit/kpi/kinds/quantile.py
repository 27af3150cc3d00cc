"""Quantiles: the median time to resolve, the time within which nine of ten are answered.

Rows carry y = the number of the logarithmic bucket of the value; `Tallies` count them per bucket. A value that is not
complete (`ended` false: how long so far) is censored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from cxkit.kpi.buckets import bucket_values, rank_limits
from cxkit.kpi.curves import waiting
from cxkit.kpi.statistics import degrees_adjusted, detectable, divide, mover, normal_quantile, touching
from cxkit.kpi.sums import Array, Bounds, Differences, Estimates, Limits

if TYPE_CHECKING:
    from cxkit.kpi.tallies import Tallies

__all__ = ["FIELDS", "OPTIONAL", "SETTINGS", "SUMS", "TALLIED", "difference", "estimate"]

FIELDS: tuple[str, ...] = ("value",)
OPTIONAL: tuple[str, ...] = ("ended",)
SETTINGS: tuple[str, ...] = ("share",)
SUMS: tuple[str, ...] = ("y", "yy")
TALLIED = True

PRECISION = 1e-9
Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]


class Ladder(NamedTuple):
    """What limits of a quantile are read from, at any confidence.

    Attributes:
        values: Value of each bucket; shape (b,).
        place: Bucket of the quantile of each cell; b where there is none.
        levels: What rises with the buckets; shape (cells, b). Of complete values it is how many are reached, counted in
            independent ones; otherwise by how many standard errors the curve lies below the share asked for.
        start: Standard errors by which the curve lies above that share at first; one element per cell.
        worth: Independent values that each cell is worth.
        base: The same in whole numbers.
        censored: Whether some values of a cell are not complete.
        share: Which quantile.
    """

    values: Array
    place: Places
    levels: Array
    start: Array
    worth: Array
    base: Array
    censored: Mask
    share: float

    @property
    def value(self) -> Array:
        """The quantile of each cell."""
        return self._told(self.place)

    def limits(self, z: Array | float) -> Limits:
        """Limits at z standard errors: between order statistics, or where the curve is not that far from the share."""
        rank, far = rank_limits(self.base, self.share, z), np.broadcast_to(z, self.base.shape)
        down = np.where(self.censored, np.where(self.start > far, -far, np.nan), rank.low - PRECISION)
        up = np.where(self.censored, far, rank.high - PRECISION)
        low = _reaching(self.levels, down)
        # A curve that drops to 0 all at once has no standard error there, but its quantile is there all the same.
        low = np.where(np.isnan(down), low, np.minimum(low, self.place))
        return Limits(self._told(low), self._told(_reaching(self.levels, up)))

    def _told(self, place: Places) -> Array:
        return np.r_[self.values, np.nan][place]


def estimate(
    found: Tallies, *, share: float, scale: float = 1.0, conf: float = 0.95, bounds: Bounds = None
) -> Estimates:
    """Quantiles with limits that need no assumption on how the values are spread.

    Of complete values the limits are order statistics (David & Nagaraja 2003, section 7.1). Where some are not complete
    the quantile is that of the Kaplan-Meier curve with the log-log limits of Brookmeyer & Crowley (1982), Biometrics
    38:29-41. A limit that does not exist, since so few values do not reach that far, is NaN. Several rows of a customer
    make the base smaller by their design effect.

    Args:
        found: The cells.
        share: 0.5 for the median.
        scale: Factor from the value to the KPI's unit.
        conf: Confidence level.
        bounds: Limits that the interval keeps to, in value units.

    Example:
        >>> from cxkit.kpi.tallies import Tallies
        >>> found = estimate(Tallies.of([range(1, 11)], ended=[[1] * 10]), share=0.5)
        >>> [round(float(np.log(v[0]) / np.log(1.02) - 0.5)) for v in (found.low, found.high)]
        [2, 9]
    """
    return _read(_ladder(found, share), conf).scaled(scale, bounds=bounds)


def difference(
    a: Tallies, b: Tallies, *, share: float, scale: float = 1.0, conf: float = 0.95, bounds: Bounds = None
) -> Differences:
    """Differences of two quantiles: MOVER on their limits, and the p at which it just touches 0.

    So p is below 1 - conf exactly where the interval leaves 0 out. Zou & Donner (2008), Statistics in Medicine
    27:1693-1702, for any two parameters with limits of their own.

    Args:
        a: First cells.
        b: Second cells, of the same length or one.
        share: 0.5 for the median.
        scale: As for the estimate.
        conf: Confidence level.
        bounds: Bounds of a single value, in value units.

    Example:
        >>> from cxkit.kpi.tallies import Tallies
        >>> quick = Tallies.of([range(40)], ended=[[1] * 40])
        >>> slow = Tallies.of([range(60, 100)], ended=[[1] * 40])
        >>> difference(slow, quick, share=0.5).p.round(4).tolist()
        [0.0]
    """
    here, there = _ladder(a, share), _ladder(b.at(np.zeros(len(a.n), dtype=int)) if len(b.n) == 1 else b, share)
    one, two = _read(here, conf), _read(there, conf)
    p = touching(here.value, there.value, here.limits, there.limits)
    least, method = detectable(one, two, conf=conf), f"MOVER on {one.method}; its own p"
    return Differences(one.value - two.value, *mover(one, two), p, least, method).scaled(scale, bounds=bounds)


def _ladder(found: Tallies, share: float) -> Ladder:
    found = found.finite()
    censored = (found.open + found.other + found.entered).sum(axis=1) > 0
    worth, wait = degrees_adjusted(found.sums), waiting(found, share)
    base = np.floor(worth + PRECISION)
    reached = np.cumsum(found.ended, axis=1) * divide(base, found.n)[:, None]
    below = -np.fmin.accumulate(np.where(np.isnan(wait.apart), np.inf, wait.apart), axis=1)
    levels = np.where(censored[:, None], below, reached)
    levels = np.where((found.n > 0)[:, None], levels, -np.inf)
    return Ladder(bucket_values(found.buckets), wait.place, levels, wait.start, worth, base, censored, share)


def _read(ladder: Ladder, conf: float) -> Estimates:
    z = normal_quantile((1 + conf) / 2)
    value, (low, high) = ladder.value, ladder.limits(z)
    base = np.where(np.isfinite(value), ladder.worth, np.nan)
    return Estimates(value, low, high, (high - low) / (2 * z), base, _method(ladder))


def _method(ladder: Ladder) -> str:
    return "Brookmeyer-Crowley limits" if ladder.censored.any() else "order-statistic limits"


def _reaching(levels: Array, target: Array) -> Places:
    """The first place of each row whose level reaches the target; the number of places where none does."""
    rows, last = np.arange(len(levels)), levels.shape[1] - 1
    low, high = np.zeros(len(levels), dtype=np.intp), np.full(len(levels), last + 1, dtype=np.intp)
    sought = np.where(np.isnan(target), np.inf, target)
    while (low < high).any():
        middle = (low + high) // 2
        short = (levels[rows, np.minimum(middle, last)] < sought) & (low < high)
        low, high = np.where(short, middle + 1, low), np.where(short, high, np.minimum(high, middle))
    return low
