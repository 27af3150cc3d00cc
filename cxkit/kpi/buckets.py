"""Quantiles of times that are counted in buckets, so that no single customer's time is ever told.

A bucket spans 2 % (`floor(ln(x) / ln(1.02))`, zero its own), so a quantile is at most 1 % off.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from cxkit.kpi.sums import Array, Limits

__all__ = ["GAMMA", "ZERO", "Quantile", "bucket_value", "bucket_values", "order_ranks", "quantile_of", "rank_limits"]

GAMMA = 1.02
ZERO = -1_000_000  # the bucket of times of no length
FARTHEST = 30_000.0  # a bucket below which every value is as good as 0
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
    z = -special.ndtri((1 - confidence) / 2)
    low, high = rank_limits(np.array([float(n)]), share, z)
    return (None if np.isnan(low[0]) else int(low[0])), (None if np.isnan(high[0]) else int(high[0]))


def rank_limits(n: Array, share: float, z: Array | float) -> Limits:
    """Ranks, from 1, between which a quantile lies, at z standard errors; NaN where there is no such rank.

    Args:
        n: Independent values of each cell, whole numbers.
        share: 0.5 for the median.
        z: One for all cells, or one for each.

    Example:
        >>> [rank.tolist() for rank in rank_limits(np.array([10.0, 100.0]), 0.5, 1.96)]
        [[2.0, 40.0], [9.0, 61.0]]
    """
    tail = special.ndtr(-np.abs(z))
    below, above = _binomial(tail, n, share), _binomial(tail, n, 1 - share)
    return Limits(np.where(below >= 1, below, np.nan), np.where(above >= 1, n + 1 - above, np.nan))


def bucket_value(bucket: float) -> float:
    """The value that stands for a bucket: its middle on the logarithmic scale."""
    return 0.0 if bucket <= ZERO else float(GAMMA ** (bucket + 0.5))


def bucket_values(buckets: Array) -> Array:
    """The values that stand for buckets, as `bucket_value`."""
    return np.where(buckets <= ZERO, 0.0, GAMMA ** (np.maximum(buckets, -FARTHEST) + 0.5))


def _binomial(probability: Array, n: Array, share: float) -> Array:
    """The smallest count that a binomial does not exceed with this probability; 0 without values."""
    whole = np.where(n >= 1, n, 1.0).astype(np.int64)
    low, high = np.zeros(whole.shape), whole.astype(np.float64)
    while (low < high).any():
        middle = np.floor((low + high) / 2)
        enough = special.bdtr(middle, whole, share) >= probability
        low, high = np.where(enough | (low >= high), low, middle + 1), np.where(enough, middle, high)
    return np.where(n >= 1, low, 0.0)
