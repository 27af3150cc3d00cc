"""Chance that comes out the same everywhere.

Only `random.Random.random` is used: Python guarantees its stream for a given seed across versions, and nothing else.
For the same reason there are no logarithms or exponentials here; their last bit differs between C libraries.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """A seeded stream of decisions.

    Example:
        >>> Chance(1).between(1, 6) == Chance(1).between(1, 6)
        True
    """

    def __init__(self, seed: int) -> None:
        self.unit = random.Random(seed).random

    def happens(self, share: float) -> bool:
        """Return True in `share` of the calls."""
        return self.unit() < share

    def between(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + int(self.unit() * (high - low + 1))

    def rounded(self, value: float) -> int:
        """Round up or down so that the mean of many calls is `value`."""
        return int(value + self.unit())

    def one_of(self, things: Sequence[T]) -> T:
        """Return one of `things`, each as likely as the others."""
        return things[self.between(0, len(things) - 1)]

    def weighed(self, weights: Mapping[T, int]) -> T:
        """Return a key of `weights`, as often as its weight says."""
        return at_quantile(weights, self.unit())


def at_quantile(weights: Mapping[T, int], quantile: float) -> T:
    """Return the key at a quantile (0 to below 1) of a weighed list.

    Example:
        >>> at_quantile({"low": 1, "high": 3}, 0.3)
        'high'
    """
    left = quantile * sum(weights.values())
    for key, weight in weights.items():
        left -= weight
        if left < 0:
            return key
    return list(weights)[-1]
