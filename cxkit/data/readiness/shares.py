"""The arithmetic of who answered: whether a group is over-represented by chance, and what weighting would change.

Counts in, estimates out; nothing here sees a table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from cxkit.evidence.estimate import Difference, Estimate

__all__ = ["Stratum", "exact_p", "holm", "over_represented", "response_rate", "weighting_shift"]

_SMALL = 1e-18


@dataclass(frozen=True, slots=True)
class Stratum:
    """The answers of one group to one question.

    Attributes:
        base: Customers in the group.
        customers: Customers who answered.
        n: Answers.
        y: Sum of what the answers count as.
        yy: Sum over customers of the square of their sum.
        ny: Sum over customers of their answers times their sum.
        nn: Sum over customers of the square of their answers.
    """

    base: float
    customers: int
    n: float
    y: float
    yy: float
    ny: float
    nn: float

    @property
    def mean(self) -> float:
        """Mean of the answers."""
        return self.y / self.n

    @property
    def variance(self) -> float:
        """Variance of the mean between customers, linearised (Cochran 1977, Sampling Techniques, section 2.11)."""
        squares = self.yy - 2 * self.mean * self.ny + self.mean**2 * self.nn
        return self.customers / (self.customers - 1) * max(squares, 0.0) / self.n**2

    def __add__(self, other: Stratum) -> Stratum:
        """Two groups as one."""
        return Stratum(
            self.base + other.base,
            self.customers + other.customers,
            self.n + other.n,
            self.y + other.y,
            self.yy + other.yy,
            self.ny + other.ny,
            self.nn + other.nn,
        )


def response_rate(answered: int, base: int, *, conf: float = 0.95) -> Estimate:
    """The share of a group that answered, with Wilson's interval (1927), JASA 22:209-212.

    Example:
        >>> e = response_rate(30, 120)
        >>> round(e.value, 3), round(e.low, 3), round(e.high, 3)
        (0.25, 0.181, 0.334)
    """
    if base == 0:
        return Estimate.without("no_data", n=0)
    low, high = _wilson(answered / base, base, conf)
    return Estimate(answered / base, low, high, base, "wilson")


def over_represented(answered: int, base: int, *, all_answered: int, all_base: int, conf: float = 0.95) -> Difference:
    """How much larger the share of a group is among those who answered than among all who could.

    The interval is Wilson's for the share among those who answered, at the size of the random sample that would tell
    as much: those who answered are themselves part of the base, so the more of it answered, the surer it is. The
    p value is exact: the chance of so many from the group if all were equally ready to answer.

    Args:
        answered: Customers of the group who answered.
        base: Customers of the group.
        all_answered: All who answered.
        all_base: All customers.
        conf: Confidence of the interval.

    Example:
        >>> d = over_represented(60, 400, all_answered=100, all_base=1000)
        >>> round(d.value, 2), round(d.low, 2), round(d.high, 2), d.p < 0.001
        (0.2, 0.11, 0.29, True)
    """
    share, known = answered / all_answered, base / all_base
    mine, theirs = answered / base, (all_answered - answered) / max(all_base - base, 1)
    # Variance of a/(a+b) where a and b are binomial, by the delta method: that of a simple sample times this.
    sureness = (1 - share) * (1 - mine) + share * (1 - theirs)
    p = exact_p(answered, base, all_answered=all_answered, all_base=all_base)
    method = "wilson, finite base; exact hypergeometric"
    if sureness <= 0:
        return Difference(share - known, share - known, share - known, p, method)
    low, high = _wilson(share, all_answered / sureness, conf)
    return Difference(share - known, low - known, high - known, p, method)


def exact_p(answered: int, base: int, *, all_answered: int, all_base: int) -> float:
    """Two-sided p value of the hypergeometric distribution: twice the smaller tail (Agresti 2013, section 3.5).

    Example:
        >>> exact_p(10, 10, all_answered=50, all_base=100) < 0.002, exact_p(5, 10, all_answered=50, all_base=100)
        (True, 1.0)
    """
    lowest, highest = max(0, all_answered - (all_base - base)), min(base, all_answered)
    up = answered * all_base >= base * all_answered
    x, last, step = answered, highest if up else lowest, 1 if up else -1
    term = math.exp(
        _choose(base, x) + _choose(all_base - base, all_answered - x) - _choose(all_base, all_answered)
    )  # fmt: skip
    total = term
    while x != last and term > _SMALL * total:
        more, fewer = (x, x + 1) if up else (x - 1, x)
        odds = (base - more) * (all_answered - more) / (fewer * (all_base - base - all_answered + fewer))
        term *= odds if up else 1 / odds
        total += term
        x += step
    return min(2 * total, 1.0)


def holm(p: Sequence[float]) -> list[float]:
    """P values corrected for how many there are: Holm (1979), Scandinavian Journal of Statistics 6:65-70.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p)), key=lambda i: p[i])
    found = [0.0] * len(p)
    least = 0.0
    for rank, i in enumerate(order):
        least = max(least, min(p[i] * (len(p) - rank), 1.0))
        found[i] = least
    return found


def weighting_shift(strata: Sequence[Stratum], *, conf: float = 0.95) -> tuple[Estimate, Estimate, Difference] | None:
    """The mean as answered, weighted to the base, and their difference; None where there is nothing to weight.

    Post-stratification (Holt & Smith 1979, JRSS A 142:33-46), given how many of each group answered; answers of one
    customer are taken together.

    Args:
        strata: The groups; those without answers are left out, and the base with them.
        conf: Confidence of the intervals.

    Example:
        >>> happy, sad = Stratum(500, 90, 90, 81, 81, 81, 90), Stratum(500, 10, 10, 1, 1, 1, 10)
        >>> raw, weighted, shift = weighting_shift([happy, sad])
        >>> round(raw.value, 2), round(weighted.value, 2), round(shift.value, 2), shift.high < 0
        (0.82, 0.5, -0.32, True)
    """
    there = [s for s in strata if s.n > 0 and s.customers > 1]
    n, base = sum(s.n for s in there), sum(s.base for s in there)
    if len(there) < 2 or not base:
        return None
    z = NormalDist().inv_cdf((1 + conf) / 2)
    weights = [s.base / base for s in there]
    values = [s.mean for s in there]
    whole = there[0]
    for s in there[1:]:
        whole += s
    weighted = sum(w * m for w, m in zip(weights, values, strict=True))
    error = math.sqrt(sum(w * w * s.variance for w, s in zip(weights, there, strict=True)))
    moved = math.sqrt(sum((w - s.n / n) ** 2 * s.variance for w, s in zip(weights, there, strict=True)))
    raw, own = whole.mean, math.sqrt(whole.variance)
    d = weighted - raw
    return (
        Estimate(raw, raw - z * own, raw + z * own, round(n), "linearised, by customer"),
        Estimate(weighted, weighted - z * error, weighted + z * error, round(n), "post-stratified"),
        Difference(d, d - z * moved, d + z * moved, None, "post-stratified, given the groups' answers"),
    )


def _wilson(share: float, n: float, conf: float) -> tuple[float, float]:
    z = NormalDist().inv_cdf((1 + conf) / 2)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
