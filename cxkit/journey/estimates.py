"""From sums to findings of a journey: an Estimate for each number, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxkit.evidence.cells import Slice
from cxkit.evidence.estimate import Estimate, Status
from cxkit.evidence.findings import Finding
from cxkit.kpi.kinds import mean, proportion, quantile
from cxkit.kpi.sums import Sums
from cxkit.kpi.tallies import Tallies

__all__ = ["MINIMUM", "Counts", "Maker", "Part"]

Numbers = NDArray[np.int64] | NDArray[np.float64]

MINIMUM = 30  # rows in the smallest base whose number is shown, as of a KPI
_UNITS = {"score": "score", "score_vs_rest": "score", "hours_to_next": "hours", "hours_to_next_p90": "hours"}
_UNITS |= {"journeys": "count", "money": "currency"}
_HIGHER = ("reach", "through", "fit", "score", "score_vs_rest", "context_kept", "handoff", "in_time")
_LOWER = ("drop_off", "drop_off_vs_rest", "hours_to_next", "hours_to_next_p90", "channel_switch", "skip", "repeat")
_LOWER += ("back_to", "recontact_same", "recontact_any", "money", "drop_off_vs_others")
_BETTER: dict[str, str] = {**dict.fromkeys(_HIGHER, "higher"), **dict.fromkeys(_LOWER, "lower")}
_ENDS = ("drop_off", "channel_switch", "hours_to_next", "hours_to_next_p90")


class Counts(NamedTuple):
    """What a number rests on: rows, those of them that are hits, and the customers who have rows, hits and misses."""

    n: int
    y: float
    customers: int
    hits: int
    misses: int


@dataclass(frozen=True, eq=False)
class Part:
    """Rows of which each belongs to a customer, added up by customer.

    Attributes:
        x: Rows of each customer.
        y: What each customer's rows add up to: their hits, or the sum of their values.
        yy: Sum of the squares over the rows.

    Example:
        >>> hits = Part.of([0, 0, 1, 3], [True, True, False, True], customers=4)
        >>> hits.customers, hits.hits, hits.misses, hits.sums.n.tolist(), hits.sums.y.tolist()
        (3, 2, 1, [4.0], [3.0])
    """

    x: Numbers
    y: Numbers
    yy: float

    @classmethod
    def of(cls, who: Any, values: Any, *, customers: int) -> Part:  # noqa: ANN401 - what numpy takes
        """From one customer and one value a row.

        Args:
            who: Number of the customer of each row.
            values: Whether a row is a hit, or its value.
            customers: More than the largest number.
        """
        whose, found = np.asarray(who), np.asarray(values)
        x = _counted(whose, customers)
        if found.dtype == bool:
            return cls(x, _counted(whose[found], customers), float(np.count_nonzero(found)))
        y = np.asarray(np.bincount(whose, weights=found, minlength=customers), dtype=np.float64)
        return cls(x, y, _product(found, found))

    @classmethod
    def all_hits(cls, who: Any, *, customers: int) -> Part:  # noqa: ANN401 - what numpy takes
        """From one customer a row, each a hit."""
        x = _counted(np.asarray(who), customers)
        return cls(x, x, float(len(who)))

    def with_hits(self, who: Any) -> Part:  # noqa: ANN401 - what numpy takes
        """The same rows, with these customers' as the hits: one a hit."""
        hits = np.asarray(who)
        return Part(self.x, _counted(hits, len(self.x)), float(len(hits)))

    def __add__(self, other: Part) -> Part:
        """Both together; no row may be in both, but a customer may."""
        return self._joined(np.add, other, self.yy + other.yy)

    def __sub__(self, other: Part) -> Part:
        """What is left when rows are taken away."""
        return self._joined(np.subtract, other, self.yy - other.yy)

    def _joined(self, how: Callable[[Numbers, Numbers], Numbers], other: Part, yy: float) -> Part:
        x = how(self.x, other.x)
        all_hits = self.x is self.y and other.x is other.y
        return Part(x, x if all_hits else how(self.y, other.y), yy)

    @property
    def n(self) -> int:
        """Rows."""
        return int(self.x.sum())

    @property
    def customers(self) -> int:
        """Customers who have rows."""
        return int(np.count_nonzero(self.x))

    @property
    def hits(self) -> int:
        """Customers with a hit."""
        return int(np.count_nonzero(self.y))

    @property
    def misses(self) -> int:
        """Customers with a row that is no hit."""
        return 0 if self.x is self.y else int(np.count_nonzero(self.x > self.y))

    @property
    def counts(self) -> Counts:
        """What a number over these rows rests on."""
        return Counts(self.n, float(self.y.sum()), self.customers, self.hits, self.misses)

    @property
    def sums(self) -> Sums:
        """What estimates are made of."""
        x, y = self.x, self.y
        cxx = _product(x, x)
        cyy, cxy = (cxx, cxx) if x is y else (_product(y, y), _product(x, y))
        return Sums.of(n=float(x.sum()), y=float(y.sum()), yy=self.yy, m=self.customers, cyy=cyy, cxy=cxy, cxx=cxx)


@dataclass(frozen=True)
class Maker:
    """Makes the findings of one study; no number rests on fewer customers than the threshold.

    Attributes:
        hidden: Steps that too few customers reached: nothing is said about them.
        leading: Steps of which nothing is said about who went on: it would tell of a hidden one.
        unobserved: Steps that nothing in the data shows.
        slice: The customers that it is about; () for all.
        counts: What each number rests on that was made, by step and measure; not those of one channel.
    """

    study: str
    definition: str
    threshold: int
    confidence: float
    hidden: frozenset[str] = frozenset()
    leading: frozenset[str] = frozenset()
    unobserved: frozenset[str] = frozenset()
    slice: Slice = ()
    counts: dict[tuple[str, str], Counts] = field(default_factory=dict[tuple[str, str], Counts], compare=False)

    def few(self, customers: float) -> bool:
        """Whether a group is there, but too small to be told of."""
        return 0 < customers < self.threshold

    def finding(self, item: str, measure: str, estimate: Estimate) -> Finding:
        """An estimate under its name."""
        kind = measure.partition("=")[0]
        unit, better = _UNITS.get(kind, "percent"), _BETTER.get(kind, "neither")
        return Finding(self.study, item, measure, unit, better, estimate, self.definition, self.slice)

    def without(self, item: str, measure: str, status: Status, *, n: int | None = None) -> Finding:
        """A finding that says why it has no value."""
        return self.finding(item, measure, Estimate.without(status, n=n))

    def journeys(self, n: int, customers: int) -> Finding:
        """How many journeys there are."""
        self.counts["", "journeys"] = Counts(n, n, customers, customers, 0)
        if self.few(customers):
            return self.without("", "journeys", "suppressed")
        return self.finding("", "journeys", Estimate(float(n), float(n), float(n), n, method="count"))

    def share(self, item: str, measure: str, part: Part | Sums, *, small: bool = False) -> Finding:
        """A share with its interval; `small` where the customers in it are too few to be told."""
        if isinstance(part, Part) and "=" not in measure:
            self.counts[item, measure] = part.counts
        return self._estimated(item, measure, part, proportion.estimate, small=small)

    def average(self, item: str, measure: str, part: Part | Sums, *, small: bool = False) -> Finding:
        """A mean with its interval."""
        if isinstance(part, Part) and "=" not in measure:
            self.counts[item, measure] = Counts(part.n, part.n, part.customers, part.customers, 0)
        return self._estimated(item, measure, part, mean.estimate, small=small)

    def time(self, item: str, measure: str, times: Tallies, *, share: float, small: bool = False) -> Finding:
        """A quantile of times in buckets, of which some may still be running.

        Args:
            item: The step.
            measure: Its name.
            times: One cell; its sums say how alike a customer's times are.
            share: 0.5 for the median.
            small: Whether those whose time is over are too few to be told.
        """
        n, customers = int(times.n[0]), int(times.m[0])
        self.counts[item, measure] = Counts(n, n, customers, customers, 0)
        without = self._without(item, measure, n, float(times.m[0]), small=small)
        if without is None:
            found = quantile.estimate(times, share=share, conf=self.confidence)
            value, low, high = (_number(v[0]) for v in (found.value, found.low, found.high))
            without = Estimate(value, low, high, n, found.method)
            if value is None:
                without = Estimate.without("not_reached", n=n)
        return self.finding(item, measure, without)

    def against_rest(self, items: Sequence[str], part_of: Callable[[str], Part], *, measure: str) -> Iterator[Finding]:
        """How far each step stands from the others taken together, with intervals that hold for all steps at once.

        Bonferroni's correction: the interval of each of k steps has confidence 1 - (1 - confidence) / k. A customer
        with rows at both sides counts in both.

        Args:
            items: Steps whose number is shown.
            part_of: The rows of a step; asked for twice, so that those of all steps need not be kept.
            measure: "drop_off_vs_rest" or "score_vs_rest".
        """
        if len(items) < 2:
            return
        kind = mean if measure == "score_vs_rest" else proportion
        conf = 1 - (1 - self.confidence) / len(items)
        whole = reduce(add, map(part_of, items))
        for item in items:
            part = part_of(item)
            found = kind.difference(part.sums, (whole - part).sums, conf=conf)
            value, low, high = (_number(v) for v in (found.value[0], found.low[0], found.high[0]))
            method = f"{found.method.partition(';')[0]}, Bonferroni of {len(items)}"
            estimate = Estimate(value, low, high, part.n, method=method)
            if value is None:
                estimate = Estimate.without("undefined", n=part.n)
            yield self.finding(item, measure, estimate)

    def _estimated(
        self, item: str, measure: str, part: Part | Sums, estimate: Callable[..., Any], *, small: bool
    ) -> Finding:  # fmt: skip
        sums = part.sums if isinstance(part, Part) else part
        n = int(sums.n[0])
        without = self._without(item, measure, n, float(sums.m[0]), small=small)
        if without is None:
            found = estimate(sums, conf=self.confidence)
            value, low, high, se = (_number(getattr(found, f)[0]) for f in ("value", "low", "high", "se"))
            without = Estimate(value, low, high, n, found.method, base=float(n), se=se)
            if value is None:
                without = Estimate.without("undefined", n=n)
        return self.finding(item, measure, without)

    def _without(self, item: str, measure: str, n: int, customers: float, *, small: bool) -> Estimate | None:
        if item in self.unobserved:
            return Estimate.without("unobserved", n=0)
        told = measure.partition("=")[0] in _ENDS and item in self.leading
        if item in self.hidden or told or small or self.few(customers):
            return Estimate.without("suppressed", n=None)
        if n == 0:
            return Estimate.without("no_data", n=0)
        return Estimate.without("too_few", n=n) if n < MINIMUM else None


def _counted(who: NDArray[Any], customers: int) -> Numbers:
    return np.bincount(who, minlength=customers)


def _product(a: Numbers, b: Numbers) -> float:
    if a.dtype != b.dtype:
        a, b = a.astype(np.float64), b.astype(np.float64)
    # Not np.dot: its threads cost more than they save here, and add up in an order of their own.
    return float(np.einsum("i,i->", a, b))


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
