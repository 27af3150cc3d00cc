"""Quantiles of times that are counted in buckets, so that no single customer's time is ever told.

A bucket spans 2 % (`floor(ln(x) / ln(1.02))`, zero its own), so a quantile is at most 1 % off.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

__all__ = ["GAMMA", "ZERO", "Quantile", "bucket_value", "order_ranks", "quantile_of"]

GAMMA = 1.02
ZERO = -1_000_000  # the bucket of times of no length
_PRECISION = 1e-9


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile with its interval; an end is None where so few values do not reach that far."""

    value: float
    low: float | None
    high: float | None


def quantile_of(
    buckets: npt.ArrayLike, counts: npt.ArrayLike, *, share: float, effective: float, confidence: float = 0.95
) -> Quantile:
    """A quantile of bucketed values, with the interval between two order statistics.

    The interval needs no assumption on how the values are spread: David & Nagaraja (2003), Order Statistics,
    section 7.1. Where customers stand in it more than once the ranks are those of the effective number of values.

    Args:
        buckets: Numbers of the buckets, ascending.
        counts: Values in each.
        share: 0.5 for the median.
        effective: Number of independent values that these are worth.
        confidence: Confidence level.

    Example:
        >>> found = quantile_of(range(100), [1] * 100, share=0.5, effective=100)
        >>> [round(np.log(v) / np.log(GAMMA) - 0.5) for v in (found.low, found.value, found.high)]
        [39, 49, 60]
    """
    numbers = np.asarray(buckets, dtype=np.float64)
    ends = np.cumsum(np.asarray(counts, dtype=np.float64))
    low, high = order_ranks(int(effective), share, confidence=confidence)
    scale = ends[-1] / max(int(effective), 1)

    def at(rank: float) -> float:
        return bucket_value(float(numbers[np.searchsorted(ends, rank - _PRECISION)]))

    return Quantile(
        value=at(max(1.0, np.ceil(share * ends[-1] - _PRECISION))),
        low=None if low is None else at(max(1.0, low * scale)),
        high=None if high is None else at(min(float(ends[-1]), high * scale)),
    )


def order_ranks(n: int, share: float, *, confidence: float = 0.95) -> tuple[int | None, int | None]:
    """Ranks, from 1, between which a quantile lies with at least this confidence; None where there is no such rank.

    Example:
        >>> order_ranks(100, 0.5), order_ranks(20, 0.9)
        ((40, 61), (15, None))
    """
    tail = (1 - confidence) / 2
    low, high = _binomial(tail, n, share), _binomial(1 - tail, n, share) + 1
    return (low if low >= 1 else None), (high if high <= n else None)


def bucket_value(bucket: float) -> float:
    """The value that stands for a bucket: its middle on the logarithmic scale."""
    return 0.0 if bucket <= ZERO else float(GAMMA ** (bucket + 0.5))


def _binomial(probability: float, n: int, share: float) -> int:
    """The smallest count that a binomial does not exceed with this probability."""
    k = int(np.ceil(special.bdtrik(probability, n, share))) if n else 0
    return k - 1 if k > 0 and special.bdtr(k - 1, n, share) >= probability else k
