"""What a change is made of: the parts have changed, or there is more of one part and less of another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxkit.kpi.statistics import divide, point
from cxkit.kpi.sums import Array, Sums

__all__ = ["Split", "split_change"]


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A change of a whole, split over its parts; everything in the unit of the number itself.

    Attributes:
        change: Whole after less whole before.
        mix: What comes of parts being larger or smaller than before; one element per part.
        rate: What comes of the parts' own change; one element per part.
    """

    change: float
    mix: Array
    rate: Array


def split_change(before: Sums, after: Sums) -> Split:
    """The change of a whole as a sum of mix and rate, without a remainder.

    Kitagawa (1955), Journal of the American Statistical Association 50:1168-1194. A part's size is its share of the
    denominators, so that shares, means, net scores, ratios and rates are all split exactly. A part that is there on one
    side only has not changed: it is all mix.

    Args:
        before: Sums of the parts, one element per part.
        after: Sums of the same parts, in the same order.

    Example:
        >>> then, now = Sums.of(n=[60, 40], y=[24, 4]), Sums.of(n=[40, 60], y=[16.8, 8.4])
        >>> found = split_change(then, now)
        >>> round(found.change, 3), found.mix.round(3).tolist(), found.rate.round(3).tolist()
        (-0.028, [-0.082, 0.024], [0.01, 0.02])
    """
    (size_0, value_0), (size_1, value_1) = _parts(before), _parts(after)
    value_0, value_1 = np.where(size_0 > 0, value_0, value_1), np.where(size_1 > 0, value_1, value_0)
    there = (size_0 > 0) | (size_1 > 0)
    mix = np.where(there, (size_1 - size_0) * (value_0 + value_1) / 2, 0.0)
    rate = np.where(there, (value_1 - value_0) * (size_0 + size_1) / 2, 0.0)
    whole = [np.sum(size * np.where(size > 0, value, 0.0)) for size, value in ((size_0, value_0), (size_1, value_1))]
    known = all(size.sum() > 0 for size in (size_0, size_1))
    return Split(float(whole[1] - whole[0]) if known else np.nan, mix, rate)


def _parts(sums: Sums) -> tuple[Array, Array]:
    """Share of the denominators, 0 for a part that is not there, and value of each part."""
    value = point(sums.finite())
    based = np.where(np.isfinite(value), sums.x, 0.0)
    return np.nan_to_num(divide(based, np.full_like(based, based.sum()))), value
