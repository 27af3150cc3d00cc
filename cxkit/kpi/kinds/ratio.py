"""Ratios of two sums: net and gross revenue retention, handling time per contact, cost per case.

Rows carry y = the numerator and x = the denominator.
"""

from __future__ import annotations

import numpy as np

from cxkit.kpi.statistics import effective, kish, linear_difference, linear_estimate
from cxkit.kpi.sums import Array, Bounds, Differences, Estimates, Sums

__all__ = ["FIELDS", "OPTIONAL", "SETTINGS", "SUMS", "TALLIED", "difference", "estimate"]

FIELDS: tuple[str, ...] = ("numerator", "denominator")
OPTIONAL: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ()
SUMS: tuple[str, ...] = ("y", "x", "yy", "xy", "xx")
TALLIED = False


def estimate(sums: Sums, *, scale: float = 1.0, conf: float = 0.95, bounds: Bounds = None) -> Estimates:
    """Ratios of sums with a t interval by linearisation (Cochran 1977, Sampling Techniques, section 2.11).

    The effective base is the effective accounts, (sum x)^2 / sum x^2: a few large denominators make a small base,
    however many rows there are. It gives the degrees of freedom too, since with skewed denominators the plain interval
    is too narrow. Below two effective accounts there is a value without limits.

    On skewed money it still holds the truth a little less often than 95 %. As measured (40,000 runs; accounts of
    log-normal size, one in ten leaves, the others keep a log-normal part of sigma 0.25), by sigma of the sizes and by
    number of accounts; degrees of freedom by accounts alone gave 86.9 % at worst:

        sigma    n = 40    n = 150
        0.5      94.2 %    94.6 %
        1.0      93.2 %    94.0 %
        1.5      92.8 %    93.0 %

    Args:
        sums: The cells.
        scale: 1 for fractions, 100 for per cent.
        conf: Confidence level.
        bounds: Limits that the interval keeps to, in value units: (0, 1) for gross retention.

    Example:
        >>> nrr = estimate(Sums.of(n=5, y=960, x=1000, yy=293000, xy=280500, xx=275000))
        >>> nrr.value.tolist(), nrr.se.round(4).tolist(), nrr.n_eff.round(2).tolist()
        ([0.96], [0.0992], [3.64])
    """
    sums = sums.finite()
    return linear_estimate(sums, n_eff=_accounts(sums), conf=conf, method="linearised t").scaled(scale, bounds=bounds)


def difference(a: Sums, b: Sums, *, scale: float = 1.0, conf: float = 0.95, bounds: Bounds = None) -> Differences:
    """Differences of two ratios of sums, by Welch's t on their linearised variances.

    Args:
        a: First cells.
        b: Second cells, of the same length or one.
        scale: As for the estimate.
        conf: Confidence level.
        bounds: Bounds of a single ratio, in value units.

    Example:
        >>> nrr = Sums.of(n=5, y=960, x=1000, yy=293000, xy=280500, xx=275000)
        >>> difference(nrr, nrr).p.tolist()
        [1.0]
    """
    a, b = a.finite(), b.finite()
    n_eff, method = (_accounts(a), _accounts(b)), "Welch t, linearised; Welch t, linearised"
    return linear_difference(a, b, n_eff=n_eff, conf=conf, method=method).scaled(scale, bounds=bounds)


def _accounts(sums: Sums) -> Array:
    rows = np.maximum(kish(sums.x, sums.xx) * effective(sums) / kish(sums.w, sums.ww), 1.0)
    # A customer with several rows is one account.
    return np.fmin(rows, kish(sums.x, sums.cxx))
