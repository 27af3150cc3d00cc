"""What is asked of a measurement, and the sums and estimates that it holds before anything is hidden."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cxkit.evidence.cells import Slice
from cxkit.kpi.model import Catalogue, DerivedTable, Kpi
from cxkit.kpi.periods import Period, complete_periods
from cxkit.kpi.sums import Estimates, Sums

__all__ = ["GRACE", "Cube", "Key", "Relation", "Request", "Shared"]

Key = tuple[str, str, Slice]  # length, period, slice
Relation = tuple[Key, list[Key]]  # a total and the parts that add up to it
Shared = dict[str, np.ndarray[Any, Any]]
GRACE = 7  # days without a row at an end of the data that are no gap (cxkit default)


@dataclass(frozen=True)
class Request:
    """What is to be measured.

    Attributes:
        kpis: In the order of the scorecard.
        columns: Columns of the contract tables, with their types.
        dimensions: Dimension to the column that it is.
        first: First day of the data.
        last: Last day of the data.
        grace: Days by which the first row may come after the first day of the data; 0 when the advisor has named it.
        spans: First and last day of each contract table.
    """

    kpis: Sequence[Kpi]
    catalogue: Catalogue
    columns: Mapping[str, Mapping[str, str]]
    dimensions: Mapping[str, str]
    pairs: Sequence[tuple[str, str]]
    lengths: Sequence[str]
    first: dt.date
    last: dt.date
    threshold: int
    grace: int = GRACE
    spans: Mapping[str, tuple[dt.date, dt.date]] = field(default_factory=dict)
    baseline: str | None = None
    confidence: float = 0.95
    notes: Mapping[str, str] | None = None
    few_accounts: str = ""

    def periods(self, length: str, table: DerivedTable | None = None) -> list[Period]:
        """The complete periods of a length, oldest first; of a derived table those that its tables cover."""
        first, last = self.covered(table)
        shorter = [n for n in ("month", "quarter", "half", "year") if n in self.lengths]
        if length == "all" and shorter:
            # Days beyond the last whole period would be told by what "all" has more.
            whole = self.periods(shorter[0], table)
            return [Period("all", whole[0].start, whole[-1].end)] if whole else []
        return complete_periods(length, first=first, last=last, grace=self.grace)

    def covered(self, table: DerivedTable | None) -> tuple[dt.date, dt.date]:
        """First and last day of which all tables that a derived table needs have data.

        An export that stops early says nothing of the days after it: they are not days without contacts.
        """
        spans = [self.spans[t] for t in table.needs if t in self.spans] if table else []
        first, last = max([self.first, *(s[0] for s in spans)]), min([self.last, *(s[1] for s in spans)])
        slack = dt.timedelta(days=GRACE)
        return self.first if first - self.first <= slack else first, self.last if self.last - last <= slack else last

    def gaps(self) -> list[str]:
        """What the data do not cover and a reader might think they do, in words."""
        slack = dt.timedelta(days=GRACE)
        ends = [(t, s[1]) for t, s in self.spans.items() if self.last - s[1] > slack]
        said = [f"{t} end on {end}, the data on {self.last}: KPIs that derive from them stop there." for t, end in ends]
        for length in self.lengths:
            soon = complete_periods(length, first=self.first, last=self.last + slack, grace=self.grace)
            short = [] if length == "all" else [p for p in soon if p.end > self.last + dt.timedelta(days=1)]
            hint = "If the exports cover it, say so with `data_until` in engagement.yaml."
            said += [f"{p.name} is not complete: the data end on {self.last}. {hint}" for p in short]
        return said


@dataclass(frozen=True)
class Cube:
    """The sums of one KPI over all its cells, with the estimates made of them, before anything is hidden."""

    kpi: Kpi
    definition: str
    keys: list[Key]
    sums: Sums
    estimates: Estimates
    dimensions: tuple[str, ...]
    additive: bool
    shared: Shared

    def index(self) -> dict[Key, int]:
        """Position of each cell."""
        return {k: i for i, k in enumerate(self.keys)}
