"""Who is still there after a time, or has left by then, when some were not watched that long.

Rows carry y = 1 if the event came, else 0, and x = the duration; `Tallies` count them per whole unit of time. Units
that entered late are at risk from then on (`entry`), units that ended otherwise (`other`) can no longer end so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from cxkit.kpi.curves import Standing, standing
from cxkit.kpi.statistics import detectable, divide, mover, normal_quantile, touching
from cxkit.kpi.sums import Bounds, Differences, Estimates, Limits

if TYPE_CHECKING:
    from cxkit.kpi.sums import Array
    from cxkit.kpi.tallies import Tallies

__all__ = ["FIELDS", "OPTIONAL", "SETTINGS", "SUMS", "TALLIED", "difference", "estimate"]

FIELDS: tuple[str, ...] = ("duration", "ended")
OPTIONAL: tuple[str, ...] = ("other", "entry")
SETTINGS: tuple[str, ...] = ("horizon", "shows")
SUMS: tuple[str, ...] = ("y", "x", "yy", "xy", "xx")
TALLIED = True

Shows = Literal["kept", "lost"]


def estimate(
    found: Tallies, *, horizon: float, shows: Shows, scale: float = 1.0, conf: float = 0.95, bounds: Bounds = None
) -> Estimates:
    """Shares kept or lost by a time: Kaplan-Meier with Greenwood's variance and log-log limits.

    Where units can end otherwise, kept are those to whom neither has happened, and lost are those that ended so, by
    Aalen and Johansen; the two do not add up to 1. There is no value where nobody was watched up to the horizon, or
    where nobody was at risk for a while before it. Where nobody has ended, the lower limit is Wilson's for those still
    at risk. Several rows of a customer widen the limits by their design effect.

    Args:
        found: The cells.
        horizon: In the unit of the durations.
        shows: `kept` or `lost`.
        scale: 1 for fractions, 100 for per cent.
        conf: Confidence level.
        bounds: Limits that the interval keeps to, in value units.

    Example:
        >>> from cxkit.kpi.tallies import Tallies
        >>> units = Tallies.of([[6, 6, 7, 10, 13, 13]], ended=[[1, 1, 1, 0, 1, 0]])
        >>> kept = estimate(units, horizon=12, shows="kept", scale=100)
        >>> kept.value.tolist(), kept.low.round(1).tolist(), kept.high.round(1).tolist()
        ([50.0], [11.1], [80.4])
    """
    there = _standing(found, horizon, shows)
    value = _shown(there.share, shows)
    low, high = _limits(there, shows, normal_quantile((1 + conf) / 2))
    se = np.where(there.error > 0, there.error, np.where(np.isfinite(value), 0.0, np.nan))
    return Estimates(value, low, high, se, _base(there), _method(found, shows)).scaled(scale, bounds=bounds)


def difference(
    a: Tallies,
    b: Tallies,
    *,
    horizon: float,
    shows: Shows,
    scale: float = 1.0,
    conf: float = 0.95,
    bounds: Bounds = None,
) -> Differences:
    """Differences of two shares at the same time: MOVER on their limits, and the p at which it just touches 0.

    So p is below 1 - conf exactly where the interval leaves 0 out. A fixed time is compared, not the whole curve:
    Klein, Logan, Harhoff & Andersen (2007), Statistics in Medicine 26:4505-4519, found the log-log scale to suit that.

    Args:
        a: First cells.
        b: Second cells, of the same length or one.
        horizon: In the unit of the durations.
        shows: `kept` or `lost`.
        scale: As for the estimate.
        conf: Confidence level.
        bounds: Bounds of a single share, in value units.

    Example:
        >>> from cxkit.kpi.tallies import Tallies
        >>> one = Tallies.of([[6, 6, 7, 10, 13, 13]], ended=[[1, 1, 1, 0, 1, 0]])
        >>> difference(one, one, horizon=12, shows="kept").p.tolist()
        [1.0]
    """
    one, two = (estimate(side, horizon=horizon, shows=shows, conf=conf) for side in (a, b))
    here, there = _standing(a, horizon, shows), _standing(b, horizon, shows)
    p = touching(one.value, two.value, lambda z: _limits(here, shows, z), lambda z: _limits(there, shows, z))
    method = f"MOVER on log-log limits of {one.method.split(',')[0]}; its own p"
    least = detectable(one, two, conf=conf)
    return Differences(one.value - two.value, *mover(one, two), p, least, method).scaled(scale, bounds=bounds)


def _standing(found: Tallies, horizon: float, shows: Shows) -> Standing:
    return standing(found.finite(), horizon, incidence=shows == "lost" and _rivals(found))


def _rivals(found: Tallies) -> bool:
    return bool((found.other > 0).any())


def _method(found: Tallies, shows: Shows) -> str:
    estimator = "Aalen-Johansen" if shows == "lost" and _rivals(found) else "Kaplan-Meier"
    return f"{estimator}, log-log limits"


def _shown(share: Array, shows: Shows) -> Array:
    return share if shows == "kept" else 1 - share


def _limits(there: Standing, shows: Shows, z: Array | float) -> Limits:
    low, high = there.limits(z)
    return Limits(low, high) if shows == "kept" else Limits(1 - high, 1 - low)


def _base(there: Standing) -> Array:
    """The simple random sample, watched to the horizon, that would be as sure."""
    sure = divide(there.share * (1 - there.share), there.error**2)
    return np.where(there.error > 0, sure, np.where(np.isfinite(there.share), there.watched, np.nan))
