"""What a number about customers is here: never a bare float.

An `Estimate` is a value with its interval, its base and the method that made it, or the
reason why there is no value. A `Difference` is the same for a comparison of two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Difference", "Estimate", "Status", "Verdict"]

Status = Literal["ok", "no_data", "too_few", "too_early", "suppressed", "undefined", "unobserved", "not_reached"]
Verdict = Literal["better", "worse", "changed", "no change shown", "not comparable"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value, how sure it is, and what it rests on.

    Attributes:
        value: The estimate in the KPI's own unit (points for net, a fraction for shares);
            None when `status` is not "ok".
        low: Lower end of the interval, same unit; None where no such limit exists.
        high: Upper end of the interval, same unit; None where no such limit exists.
        n: Rows in the base; None when the cell is suppressed.
        method: Name of the interval's method.
        status: "ok", or why there is no value.
        base: What the value is a share or a mean of (sum of weights, money, exposure).
        se: Standard error in the same unit, where the kind has one.
        note: A caveat that has to stand beside the number, or "".
        n_eff: The simple random sample that would be as informative; of revenue, the effective accounts.
        left_out: Rows of the slice and period that are not in the base: no answer, or outside what counts.

    Example:
        >>> Estimate(value=32.0, low=27.0, high=37.0, n=2746, method="score").shown
        True
        >>> Estimate.without("no_data", n=0).value is None
        True
    """

    value: float | None
    low: float | None
    high: float | None
    n: int | None
    method: str = ""
    status: Status = "ok"
    base: float | None = None
    se: float | None = None
    note: str = ""
    n_eff: float | None = None
    left_out: int | None = None

    @property
    def shown(self) -> bool:
        """Whether there is a value to show."""
        return self.status == "ok" and self.value is not None

    def limits(self, lowest: float, highest: float) -> tuple[float, float]:
        """Both limits as a picture draws them: the edge where one does not exist, the value where all is counted.

        Example:
            >>> Estimate(4.0, None, 6.0, 40).limits(0.0, 10.0), Estimate(4.0, None, None, 3, "census").limits(0.0, 10.0)
            ((0.0, 6.0), (4.0, 4.0))
        """
        if self.method == "census" and self.value is not None:
            return self.value, self.value
        return lowest if self.low is None else self.low, highest if self.high is None else self.high

    @classmethod
    def without(cls, status: Status, *, n: int | None, note: str = "") -> Estimate:
        """An estimate that says why it has no value."""
        return cls(value=None, low=None, high=None, n=n, status=status, note=note)


@dataclass(frozen=True, slots=True)
class Difference:
    """How far one estimate stands from another, and whether the data can tell.

    Attributes:
        value: First minus second, in the KPI's unit.
        low: Lower end of the interval of the difference.
        high: Upper end of the interval of the difference.
        p: Two-sided p value of the test, uncorrected; None where there is no test.
        method: Name of interval and test.
        detectable: The smallest difference that these two bases would show in four of five
            cases at 5 %, in the KPI's unit.
    """

    value: float
    low: float | None
    high: float | None
    p: float | None
    method: str
    detectable: float | None = None
