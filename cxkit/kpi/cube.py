"""What is asked of a measurement, and the sums and estimates that it holds before anything is hidden."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from cxkit.errors import MergeError
from cxkit.evidence.cells import Slice
from cxkit.kpi.kinds import KINDS
from cxkit.kpi.model import Catalogue, DerivedTable, Kpi
from cxkit.kpi.periods import Period, complete_periods
from cxkit.kpi.sums import Estimates, Sums
from cxkit.kpi.tallies import Tallies

__all__ = [
    "FEWEST_EFFECTIVE",
    "GRACE",
    "Cube",
    "Key",
    "Part",
    "Relation",
    "Request",
    "Shared",
    "make_cube",
    "merge",
    "roll_up",
]

Key = tuple[str, str, Slice]  # length, period, slice
Relation = tuple[Key, list[Key]]  # a total and the parts that add up to it
Shared = dict[str, np.ndarray[Any, Any]]
Part = tuple[list[Key], Sums | Tallies, np.ndarray[Any, Any], Shared]  # cells, statistics, rows
CENSUS = "census"  # every case there is has been counted
FEWEST_EFFECTIVE = 30  # rows or accounts below which a number is shown with a caveat, and compared with nothing
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
        few: What to say of a kind's number that so small an effective base carries.
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
    few: Callable[[str, float], str] | None = None

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
    """The statistics of one KPI over all its cells, with the estimates made of them, before anything is hidden.

    Attributes:
        definition: Hash of what is counted.
        sums: What adds up, one element per cell; tallies too, for kinds that count in buckets.
        estimates: What the kind makes of them.
        rows: Rows of each cell, in the base or not.
        additive: Whether shorter periods add up to longer ones.
        shared: Where customers stand in many rows, what tells a slice and its rest apart.
    """

    kpi: Kpi
    definition: str
    keys: list[Key]
    found: Sums | Tallies
    estimates: Estimates
    rows: np.ndarray[Any, Any]
    dimensions: tuple[str, ...]
    additive: bool
    shared: Shared

    @property
    def sums(self) -> Sums:
        """The sums over rows."""
        return self.found.sums if isinstance(self.found, Tallies) else self.found

    def index(self) -> dict[Key, int]:
        """Position of each cell."""
        return {k: i for i, k in enumerate(self.keys)}


def make_cube(
    kpi: Kpi,
    part: Part,
    *,
    definition: str,
    dimensions: tuple[str, ...],
    additive: bool,
    confidence: float = 0.95,
) -> Cube:
    """The cube of a KPI's statistics, with their estimates."""
    keys, found, rows, shared = part
    estimates = KINDS[kpi.kind].estimate(found, scale=kpi.scale, conf=confidence, bounds=kpi.limits, **kpi.settings)
    if kpi.population == "census":
        none = np.full(len(keys), np.nan)
        estimates = replace(estimates, low=none, high=none, se=none, method=CENSUS)
    return Cube(kpi, definition, keys, found, estimates, rows, dimensions, additive, shared)


def merge(one: Cube, other: Cube, *, confidence: float = 0.95) -> Cube:
    """One KPI's statistics from two places added up, such as two systems that each know other customers.

    Raises:
        MergeError: They are of different KPIs, definitions or dimensions, or customers may stand on both sides.

    Example:
        >>> from cxkit.kpi.model import read_catalogue
        >>> from cxkit.kpi.sums import Sums
        >>> nps = read_catalogue().kpis["nps"]
        >>> def cube(plus, minus, n, definition="d1"):
        ...     sums, keys = Sums.of(n=[n], plus=[plus], minus=[minus]), [("quarter", "2026-Q3", ())]
        ...     part = keys, sums, np.array([n]), {}
        ...     return make_cube(nps, part, definition=definition, dimensions=(), additive=True)
        >>> merge(cube(19, 8, 36), cube(6, 1, 10)).estimates.value.round(1).tolist()
        [34.8]
    """
    if (one.kpi.id, one.definition) != (other.kpi.id, other.definition):
        raise MergeError(
            f"{one.kpi.id} ({one.definition}) and {other.kpi.id} ({other.definition}) are not defined alike, so their "
            "statistics cannot be added up.",
            hint="Measure both with the same definition.",
        )
    if set(one.dimensions) != set(other.dimensions):
        raise MergeError(
            f"{one.kpi.id} is cut by {', '.join(one.dimensions) or 'nothing'} in one place and by "
            f"{', '.join(other.dimensions) or 'nothing'} in the other, so a slice of one would pass for one of both.",
            hint="Measure both by the same dimensions.",
        )
    _refuse_repeated(one, other)
    keys = list(dict.fromkeys([*one.keys, *other.keys]))
    place = {k: i for i, k in enumerate(keys)}
    found = _placed(one.found, [place[k] for k in one.keys], len(keys))
    found = found + _placed(other.found, [place[k] for k in other.keys], len(keys))  # pyright: ignore[reportOperatorIssue]
    rows = np.zeros(len(keys))
    for cube in (one, other):
        np.add.at(rows, [place[k] for k in cube.keys], cube.rows)
    return make_cube(
        one.kpi, (keys, found, rows, {}), definition=one.definition, dimensions=one.dimensions,
        additive=one.additive and other.additive, confidence=confidence,
    )  # fmt: skip


def roll_up(cube: Cube, length: str, *, into: Mapping[str, str], confidence: float = 0.95) -> Cube:
    """A KPI of longer periods from that of shorter ones.

    Args:
        cube: With cells of one length of period.
        length: The longer length.
        into: The longer period that each shorter one is a part of; others are left out.
        confidence: Confidence level.

    Raises:
        MergeError: The shorter periods do not add up: each has a cohort of its own, or customers stand in several.
    """
    if not cube.additive:
        raise MergeError(
            f"The periods of {cube.kpi.id} do not add up: its table says `adds_over: none`, since each period counts "
            "customers of its own.",
            hint=f"Measure it by {length}.",
        )
    _refuse_repeated(cube)
    told = [(length, into[p], s) if p in into else None for _, p, s in cube.keys]
    keys = list(dict.fromkeys(k for k in told if k is not None))
    place = {k: i for i, k in enumerate(keys)}
    kept = [i for i, k in enumerate(told) if k is not None]
    at = [place[k] for k in told if k is not None]
    rows = np.zeros(len(keys))
    np.add.at(rows, at, cube.rows[kept])
    part = keys, _placed(cube.found.at(kept), at, len(keys)), rows, {}
    return make_cube(
        cube.kpi, part, definition=cube.definition, dimensions=cube.dimensions, additive=True, confidence=confidence
    )


def _refuse_repeated(*cubes: Cube) -> None:
    for cube in cubes:
        if np.isfinite(cube.sums.m).any():
            raise MergeError(
                f"Customers of {cube.kpi.id} may stand in several of the parts, and would be counted in each.",
                hint="Measure the whole from rows.",
            )


def _placed(found: Sums | Tallies, at: Sequence[int], size: int) -> Sums | Tallies:
    """The cells added up into as many places."""

    def summed(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        out = np.zeros((size, *values.shape[1:]))
        np.add.at(out, list(at), values)
        return out

    if isinstance(found, Tallies):
        counts = (summed(getattr(found, f)) for f in ("ended", "other", "open", "entered"))
        return Tallies(_summed(found.sums, summed), found.buckets, *counts)
    return _summed(found, summed)


def _summed(sums: Sums, summed: Callable[[Any], Any]) -> Sums:
    return Sums(**{f: summed(getattr(sums, f)) for f in Sums.__dataclass_fields__})
