"""Counts per bucket of a value or of time: what quantiles and survival curves are made of.

Tallies add up as sums do: the months of a cohort, the regions of a country, the exports of two systems.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cxkit.kpi.sums import Array, Sums

__all__ = ["Tallies"]

_COUNTS = ("ended", "other", "open", "entered")


@dataclass(frozen=True, slots=True, eq=False)
class Tallies:
    """How many units of each cell ended, or were still open, in each bucket.

    A unit is at risk in a bucket if it entered before it and has not left before it. Of units that leave in the same
    bucket, ends come before those that are open.

    Attributes:
        sums: Sums over rows: the base, the customers behind it, and what shows how alike a customer's rows are.
        buckets: Numbers of the buckets, ascending; shape (b,).
        ended: Units that met the event in a bucket; shape (cells, b), as the others.
        other: Units that met a competing event, after which the event can no longer come.
        open: Units seen no longer than this (censored).
        entered: Units first seen at the end of this bucket (late entry); all others are seen from the start.

    Example:
        >>> a = Tallies.of([[6, 6, 7]], ended=[[1, 1, 1]])
        >>> b = Tallies.of([[7, 10]], ended=[[1, 0]])
        >>> both = a + b
        >>> both.buckets.tolist(), both.ended.tolist(), both.at_risk.tolist()
        ([6.0, 7.0, 10.0], [[2.0, 2.0, 0.0]], [[5.0, 3.0, 1.0]])
    """

    sums: Sums
    buckets: Array
    ended: Array
    other: Array
    open: Array
    entered: Array

    @classmethod
    def of(cls, times: npt.ArrayLike, *, ended: npt.ArrayLike, other: npt.ArrayLike | None = None) -> Tallies:
        """Tallies of units that are at hand one by one, all seen from the start.

        Args:
            times: Bucket in which each unit was last seen; shape (cells, units).
            ended: Whether the event was met then; the same shape.
            other: Whether a competing event was.
        """
        at = np.atleast_2d(np.asarray(times, dtype=np.float64))
        met = np.atleast_2d(np.asarray(ended, dtype=bool))
        rival = np.zeros_like(met) if other is None else np.atleast_2d(np.asarray(other, dtype=bool))
        buckets, place = np.unique(at, return_inverse=True)
        shape = len(at), len(buckets)
        place = place.reshape(at.shape) + len(buckets) * np.arange(len(at))[:, None]

        def count(which: npt.NDArray[np.bool_]) -> Array:
            found = np.bincount(place[which], minlength=shape[0] * shape[1])
            return found.reshape(shape).astype(np.float64)

        n, y = np.full(len(at), float(at.shape[1])), met.sum(axis=1).astype(np.float64)
        nothing = np.zeros(shape)
        sums = Sums.of(n=n, y=y, yy=y)
        return cls(sums, buckets, count(met), count(rival), count(~met & ~rival), nothing)

    @property
    def n(self) -> Array:
        """Units of each cell."""
        return self.sums.n

    @property
    def m(self) -> Array:
        """Customers of each cell; NaN where they are not told apart."""
        return self.sums.m

    @property
    def at_risk(self) -> Array:
        """Units that may still meet the event in each bucket; shape (cells, b)."""
        left = self.ended + self.other + self.open
        here = (self.n - self.entered.sum(axis=1))[:, None]
        return here + _before(self.entered) - _before(left)

    def watched(self, time: float) -> Array:
        """Units of each cell still at risk at that time: who entered before, and has not left before."""
        before = self.buckets < time
        left = (self.ended + self.other + self.open)[:, before].sum(axis=1)
        return self.n - self.entered[:, ~before].sum(axis=1) - left

    def at(self, index: npt.ArrayLike | slice) -> Tallies:
        """The cells at `index`, in that order."""
        chosen = index if isinstance(index, slice) else np.asarray(index)
        counts = (np.atleast_2d(getattr(self, f)[chosen]) for f in _COUNTS)
        return Tallies(self.sums.at(index), self.buckets, *counts)

    def less(self, part: Tallies, *, where: npt.NDArray[np.bool_]) -> Tallies:
        """The counts without those of a part, over the same buckets, in the cells where that is asked for."""
        keep = np.where(where, 1.0, 0.0)[:, None]
        return replace(self, **{f: getattr(self, f) - keep * getattr(part, f) for f in _COUNTS})

    def finite(self) -> Tallies:
        """The same, without the cells in which a sum or a count is no number."""
        counts = [getattr(self, f) for f in _COUNTS]
        known = np.logical_and.reduce([np.isfinite(c).all(axis=1) for c in counts])
        sums = self.sums.finite()
        sums = replace(sums, n=np.where(known, sums.n, np.nan))
        if not len(self.buckets):
            return Tallies(sums, np.zeros(1), *(np.zeros((len(sums.n), 1)) for _ in counts))
        return Tallies(sums, self.buckets, *(np.where(known[:, None], c, 0.0) for c in counts))

    def over(self, buckets: Array) -> Tallies:
        """The same over more buckets, in which nothing happens."""
        place = np.searchsorted(buckets, self.buckets)
        wide = [np.zeros((len(self.n), len(buckets))) for _ in _COUNTS]
        for name, counts in zip(_COUNTS, wide, strict=True):
            counts[:, place] = getattr(self, name)
        return Tallies(self.sums, buckets, *wide)

    @classmethod
    def stacked(cls, parts: Sequence[Tallies], sums: Sums) -> Tallies:
        """The cells of several one after the other, over the buckets of all; `sums` are those of all."""
        buckets = np.unique(np.concatenate([p.buckets for p in parts]))
        wide = [p.over(buckets) for p in parts]
        return cls(sums, buckets, *(np.concatenate([getattr(p, f) for p in wide]) for f in _COUNTS))

    def __add__(self, other: Tallies) -> Tallies:
        return _combined(self, other, 1.0)

    def __sub__(self, other: Tallies) -> Tallies:
        return _combined(self, other, -1.0)


def _combined(a: Tallies, b: Tallies, sign: float) -> Tallies:
    buckets = np.union1d(a.buckets, b.buckets)
    one, two = a.over(buckets), b.over(buckets)
    sums = a.sums + b.sums if sign > 0 else a.sums - b.sums
    return Tallies(sums, buckets, *(getattr(one, f) + sign * getattr(two, f) for f in _COUNTS))


def _before(counts: Array) -> Array:
    return np.cumsum(counts, axis=1) - counts
