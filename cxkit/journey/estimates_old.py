"""From sums to findings of a journey: an Estimate for each number, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cxkit.evidence.estimate import Estimate
from cxkit.evidence.findings import Finding
from cxkit.journey.events import Tally
from cxkit.kpi.buckets import quantile_of
from cxkit.kpi.kinds import mean, proportion
from cxkit.kpi.statistics import kish
from cxkit.kpi.sums import Sums

__all__ = ["MINIMUM", "Maker", "rest_sums", "sums_at"]

MINIMUM = 30  # rows in the smallest base whose number is shown, as of a KPI
_UNITS = {"score": "score", "score_vs_rest": "score", "hours_to_next": "hours", "hours_to_next_p90": "hours"}
_BETTER = {"reach": "higher", "fit": "higher", "score": "higher", "score_vs_rest": "higher", "journeys": "neither"}
_BETTER |= dict.fromkeys(
    ("drop_off", "drop_off_vs_rest", "hours_to_next", "hours_to_next_p90", "channel_switch"), "lower"
)
_FIELDS = ("n", "y", "yy", "m", "cyy", "cxy", "cxx")


def sums_at(tally: Mapping[str, Any], i: int) -> Sums:
    """The sums of one row of a tally; over no rows they are 0."""
    return Sums.of(**{f: float(np.nan_to_num(tally[f][i])) for f in _FIELDS})


def rest_sums(tally: Tally, whole: Tally, i: int) -> Sums:
    """The sums of all steps but one; a customer with visits to both is in both."""
    given = {f: float(whole[f][0] - tally[f][i]) for f in ("n", "y", "yy")}
    given |= {f"c{f[1:]}": float(whole[f"c{f[1:]}"][0] + tally[f][i]) for f in ("dyy", "dxy", "dxx")}
    return Sums.of(m=float(whole["m"][0] - tally["alone"][i]), **given)


@dataclass(frozen=True)
class Maker:
    """Makes the findings of one study; no number rests on fewer customers than the threshold.

    Attributes:
        hidden: Steps that too few customers reached: nothing is said about them.
        leading: Steps of which nothing is said about who went on: it would tell of a hidden one.
    """

    study: str
    definition: str
    threshold: int
    confidence: float
    hidden: frozenset[str] = frozenset()
    leading: frozenset[str] = frozenset()

    def finding(self, item: str, measure: str, estimate: Estimate) -> Finding:
        """An estimate under its name."""
        better = _BETTER.get(measure, "neither")
        return Finding(self.study, item, measure, _UNITS.get(measure, "percent"), better, estimate, self.definition)

    def journeys(self, n: int, customers: int) -> Finding:
        """How many journeys there are."""
        few = 0 < customers < self.threshold
        shown = Estimate(float(n), float(n), float(n), n, method="count")
        found = Estimate.without("suppressed", n=None) if few else shown
        return Finding(self.study, "", "journeys", "count", "neither", found, self.definition)

    def share(self, item: str, measure: str, sums: Sums, *, small: bool = False) -> Finding:
        """A share with its interval; `small` where the customers in it are too few to be told."""
        return self._estimated(item, measure, sums, proportion.estimate, small=small)

    def average(self, item: str, measure: str, sums: Sums) -> Finding:
        """A mean with its interval."""
        return self._estimated(item, measure, sums, mean.estimate, small=False)

    def times(self, item: str, buckets: Tally, *, customers: float, squares: float) -> Iterator[Finding]:
        """Median and nine in ten of times in buckets.

        Args:
            item: The step.
            buckets: `bucket` and `n`, ascending.
            customers: Customers behind them.
            squares: Sum of the squares of each customer's number of times.
        """
        n = int(np.sum(buckets["n"]))
        for measure, share in (("hours_to_next", 0.5), ("hours_to_next_p90", 0.9)):
            without = self._without(item, n, customers, of_going_on=True)
            if without is None:
                effective = float(kish(np.array([float(n)]), np.array([squares]))[0])
                q = quantile_of(
                    buckets["bucket"], buckets["n"], share=share, effective=effective, confidence=self.confidence
                )
                without = Estimate(q.value, q.low, q.high, n, method="order statistics of 2 % buckets")
            yield self.finding(item, measure, without)

    def against_rest(self, items: Mapping[str, int], measure: str, tally: Tally, whole: Tally) -> Iterator[Finding]:
        """How far each step stands from the others taken together, with intervals that hold for all steps at once.

        Bonferroni's correction: the interval of each of k steps has confidence 1 - (1 - confidence) / k.

        Args:
            items: Steps and their rows in the tally, of which every one has a number.
            measure: "drop_off_vs_rest" or "score_vs_rest".
            tally: Sums of the steps.
            whole: Sums of all of them.
        """
        if len(items) < 2:
            return
        kind = mean if measure == "score_vs_rest" else proportion
        conf = 1 - (1 - self.confidence) / len(items)
        for item, i in items.items():
            one, rest = sums_at(tally, i), rest_sums(tally, whole, i)
            found = kind.difference(one, rest, conf=conf)
            value, low, high = (_number(v) for v in (found.value[0], found.low[0], found.high[0]))
            method = f"{found.method.partition(';')[0]}, Bonferroni of {len(items)}"
            estimate = Estimate(value, low, high, int(one.n[0]), method=method)
            if value is None:
                estimate = Estimate.without("undefined", n=int(one.n[0]))
            yield self.finding(item, measure, estimate)

    def _estimated(self, item: str, measure: str, sums: Sums, estimate: Callable[..., Any], *, small: bool) -> Finding:
        n, customers = int(sums.n[0]), float(sums.m[0])
        going_on = measure in ("drop_off", "channel_switch")
        without = self._without(item, n, customers, of_going_on=going_on, small=small)
        if without is None:
            found = estimate(sums, conf=self.confidence)
            value, low, high, se = (_number(getattr(found, f)[0]) for f in ("value", "low", "high", "se"))
            without = Estimate(value, low, high, n, found.method, base=float(n), se=se)
            if value is None:
                without = Estimate.without("undefined", n=n)
        return self.finding(item, measure, without)

    def _without(
        self, item: str, n: int, customers: float, *, of_going_on: bool, small: bool = False
    ) -> Estimate | None:
        told = of_going_on and item in self.leading
        if item in self.hidden or told or small or 0 < customers < self.threshold:
            return Estimate.without("suppressed", n=None)
        if n == 0:
            return Estimate.without("no_data", n=0)
        return Estimate.without("too_few", n=n) if n < MINIMUM else None


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
