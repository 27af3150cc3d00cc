"""How many it takes to see a change: before a survey goes out, or a pilot begins.

The normal approximation for two independent groups of equal size, n = (z_conf + z_power)^2 (V1 + V2) / change^2, in
which V is the variance of one unit: Cohen (1988), Statistical Power Analysis, chapter 2. What bases at hand would show
is the `detectable` of a difference.
"""

from __future__ import annotations

import math

from cxkit.kpi.statistics import POWER, normal_quantile

__all__ = ["events_needed", "needed", "needed_alone", "net_spread", "rate_spread", "share_spread"]


def needed(
    change: float, *, spreads: tuple[float, float], conf: float = 0.95, power: float = POWER, design: float = 1.0
) -> int:
    """Units per group that show a change in that part of all cases.

    Args:
        change: True difference of the two groups, in the unit whose square the spreads are in; not 0.
        spreads: Variance of one unit, before and after: of a mean its squared standard deviation, of a share, a net
            score or a rate the functions below.
        conf: Confidence level of the test, two-sided.
        power: Part of the cases in which it is to be seen.
        design: Design effect: rows that are worth one independent one.

    Raises:
        ValueError: The change is 0, which no number of units shows.

    Example:
        From an NPS of 30 to one of 35:

        >>> needed(0.05, spreads=(net_spread(0.5, 0.2), net_spread(0.525, 0.175)))
        3729
    """
    if change == 0:
        raise ValueError("no number of units shows a change of 0")
    return math.ceil(_quantiles(conf, power) ** 2 * sum(spreads) / change**2 * design)


def needed_alone(margin: float, *, spread: float, conf: float = 0.95, population: int | None = None) -> int:
    """Units whose own interval is no wider than that to each side.

    Args:
        margin: Half of the width, in the unit whose square the spread is in.
        spread: Variance of one unit.
        conf: Confidence level.
        population: How many there are in all, where they are few enough to matter.

    Example:
        >>> needed_alone(0.05, spread=net_spread(0.5, 0.2)), needed_alone(0.05, spread=0.25, population=500)
        (938, 218)
    """
    n = (normal_quantile((1 + conf) / 2) / margin) ** 2 * spread
    return math.ceil(n if population is None else n / (1 + (n - 1) / population))


def events_needed(hazard_ratio: float, *, treated: float = 0.5, conf: float = 0.95, power: float = POWER) -> int:
    """Events, of both groups together, that show how much slower one of them comes to an end.

    Schoenfeld (1981), Biometrika 68:316-319, for the log-rank test.

    Args:
        hazard_ratio: Of the two groups; above 0, not 1.
        treated: Share of the units in one of them.
        conf: Confidence level.
        power: Part of the cases in which it is to be seen.

    Raises:
        ValueError: The hazards are equal.

    Example:
        >>> events_needed(0.8)
        631
    """
    if hazard_ratio == 1:
        raise ValueError("no number of events shows a hazard ratio of 1")
    return math.ceil((_quantiles(conf, power) / math.log(hazard_ratio)) ** 2 / (treated * (1 - treated)))


def net_spread(plus: float, minus: float) -> float:
    """Variance of one answer to a net score, from the shares of both sides.

    Example:
        >>> round(net_spread(0.5, 0.2), 4)
        0.61
    """
    return plus + minus - (plus - minus) ** 2


def share_spread(share: float) -> float:
    """Variance of one hit or miss.

    Example:
        >>> round(share_spread(0.8), 4)
        0.16
    """
    return share * (1 - share)


def rate_spread(rate: float, *, over_dispersion: float = 1.0) -> float:
    """Variance of the events of one unit of exposure; Poisson's, or so many times that.

    Example:
        >>> needed(0.005, spreads=(rate_spread(0.025), rate_spread(0.02)))
        14128
    """
    return rate * over_dispersion


def _quantiles(conf: float, power: float) -> float:
    return normal_quantile((1 + conf) / 2) + normal_quantile(power)
