"""Sums of a cell, and what is made of them: equal-length arrays, one element per cell.

A KPI kind declares sums that add up. Thousands of cells are estimated in one call. A cell without a base gets NaN,
never 0.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "Bounds", "Differences", "Estimates", "Limits", "Sums"]

Array = npt.NDArray[np.float64]
Bounds = tuple[float, float] | None
LARGEST = 1e70


class Limits(NamedTuple):
    """The two ends of an interval, one element per cell."""

    low: Array
    high: Array


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Everything a kind needs to know about a cell; all of it adds up.

    Rows carry a weight w (1 if unweighted), a numerator y and a denominator x. Every field is an array with one
    element per cell.

    Attributes:
        n: Rows in the base.
        w: Sum of the weights; equals n when unweighted.
        ww: Sum of the squared weights.
        y: Weighted sum of the numerators.
        x: Weighted sum of the denominators (a denominator is 1 for shares, nets and means).
        yy: Sum over rows of (w*y)^2.
        xy: Sum over rows of (w*y)*(w*x).
        xx: Sum over rows of (w*x)^2.
        plus: Weighted count of the favourable answers, of the treated units, or of the values above 0 of a long tail.
        minus: Weighted count of the unfavourable answers; net only.
        m: Number of customers; NaN where rows carry none, or where clustering is not asked for.
        cyy: As yy, over the sums per customer.
        cxy: As xy, over the sums per customer.
        cxx: As xx, over the sums per customer.
        ly: Sum over rows of ln(y); means of values with a long tail only.
        lyy: Sum over rows of ln(y)^2.

    Two cells may be added, or a segment taken from its total to get the rest, if no customer is on both sides:
    otherwise m, cyy, cxy and cxx are not those of the union. Cells that share customers have to be summed from
    rows.

    Example:
        >>> segment, total = Sums.of(n=50, plus=30, minus=10), Sums.of(n=200, plus=100, minus=40)
        >>> rest = total - segment
        >>> rest.n.tolist(), rest.y.tolist()
        ([150.0], [40.0])
    """

    n: Array
    w: Array
    ww: Array
    y: Array
    x: Array
    yy: Array
    xy: Array
    xx: Array
    plus: Array
    minus: Array
    m: Array
    cyy: Array
    cxy: Array
    cxx: Array
    ly: Array
    lyy: Array

    @classmethod
    def of(cls, n: npt.ArrayLike, **sums: npt.ArrayLike) -> Sums:
        """Sums from what is at hand; the rest follows from it, or is NaN.

        Without weights w and ww equal n; without a denominator x is w and xx is ww; y is plus - minus. The squares
        of other numerators cannot be guessed: without them a mean has no limits.

        Args:
            n: Rows in the base.
            **sums: Any other field, broadcast to the same length.

        Example:
            >>> Sums.of(n=[6], plus=[3], minus=[1]).yy.tolist()
            [4.0]
        """
        given = {"n": _array(n)} | {name: _array(values) for name, values in sums.items()}
        given = _implied(given) | given
        shape = np.broadcast_shapes(*(values.shape for values in given.values()))
        missing = {field.name: _array(np.nan) for field in fields(cls)}
        return cls(**{name: np.broadcast_to(values, shape) for name, values in (missing | given).items()})

    def at(self, index: npt.ArrayLike | slice) -> Sums:
        """The cells at `index` (a slice, positions or a mask), in that order."""
        chosen = index if isinstance(index, slice) else np.asarray(index)
        return Sums(*(np.atleast_1d(getattr(self, field.name)[chosen]) for field in fields(self)))

    def finite(self) -> Sums:
        """The same, with NaN for what is infinite or so large that its square would be."""
        return Sums(*(_finite(getattr(self, field.name)) for field in fields(self)))

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    def __sub__(self, other: Sums) -> Sums:
        return Sums(*(getattr(self, field.name) - getattr(other, field.name) for field in fields(self)))


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """A value for each cell and how sure it is; NaN where there is none.

    Attributes:
        value: In the KPI's unit.
        low: Lower end of the interval, same unit.
        high: Upper end of the interval, same unit.
        se: Standard error, same unit.
        n_eff: The simple random sample that would be as informative, in rows.
        method: Name of the interval.
    """

    value: Array
    low: Array
    high: Array
    se: Array
    n_eff: Array
    method: str

    def scaled(self, scale: float, *, bounds: Bounds = None) -> Estimates:
        """The same in the KPI's unit (`scale` above 0), with the limits kept within `bounds`."""
        value, se = self.value * scale, self.se * scale
        return replace(self, value=value, se=se, **_within(self, scale=scale, bounds=bounds))


@dataclass(frozen=True, slots=True, eq=False)
class Differences:
    """How far cell a stands above cell b; NaN where it cannot be told.

    Attributes:
        value: First minus second, in the KPI's unit.
        low: Lower end of the interval, same unit.
        high: Upper end of the interval, same unit.
        p: Two-sided p value, not corrected for the number of comparisons.
        detectable: The difference that bases like these would show in four of five cases.
        method: Name of the interval and, after a semicolon, of the test.
    """

    value: Array
    low: Array
    high: Array
    p: Array
    detectable: Array
    method: str

    def scaled(self, scale: float, *, bounds: Bounds = None) -> Differences:
        """The same in the KPI's unit (`scale` above 0); `bounds` are those of a single value."""
        width = None if bounds is None else (bounds[0] - bounds[1], bounds[1] - bounds[0])
        value, least = self.value * scale, self.detectable * scale
        return replace(self, value=value, detectable=least, **_within(self, scale=scale, bounds=width))


def _array(values: npt.ArrayLike) -> Array:
    return np.atleast_1d(np.asarray(values, dtype=np.float64))


def _finite(values: Array) -> Array:
    return np.where(np.abs(values) < LARGEST, values, np.nan)


def _implied(given: dict[str, Array]) -> dict[str, Array]:
    nan, weighted, w = _array(np.nan), "w" in given, given.get("w", given["n"])
    ww = given.get("ww", nan if weighted else w)
    plus, minus = given.get("plus", nan), given.get("minus", nan)
    with np.errstate(invalid="ignore"):  # infinite less infinite is NaN, and that is what is wanted
        y = given.get("y", plus - minus)
        implied = {"w": w, "ww": ww, "y": y, "yy": nan if weighted else plus + minus}
    if "x" not in given:
        implied |= {"x": w, "xx": ww, "xy": nan if weighted else y}
    return implied


def _within(found: Estimates | Differences, *, scale: float, bounds: Bounds) -> dict[str, Array]:
    low, high = bounds or (-np.inf, np.inf)
    return {"low": np.clip(found.low * scale, low, high), "high": np.clip(found.high * scale, low, high)}
