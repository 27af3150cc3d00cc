"""Evidence as one report reads it: one period, one audience."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from cxkit.errors import ParameterError
from cxkit.evidence.cells import Cell, Comparison, Slice
from cxkit.evidence.findings import Finding
from cxkit.evidence.manifest import DimensionRecord, KpiRecord, Manifest, StudyRecord

__all__ = ["AUDIENCES", "Evidence", "Note", "View", "period_length"]

AUDIENCES = ("executive", "client", "team")


def period_length(period: str) -> str:
    """The length of a period, told from its name.

    Example:
        >>> period_length("2026-Q3"), period_length("2026-10"), period_length("2026")
        ('quarter', 'month', 'year')
    """
    if period == "all":
        return "all"
    if len(period) == 4:
        return "year"
    return {"Q": "quarter", "H": "half"}.get(period[5], "month")


@dataclass(frozen=True)
class Evidence:
    """Manifest, cells, comparisons and findings of one measurement, and the stand-alone SQL by file name."""

    manifest: Manifest
    cells: tuple[Cell, ...]
    comparisons: tuple[Comparison, ...]
    sql: dict[str, str]
    findings: tuple[Finding, ...] = ()

    def at(self, period: str, *, audience: str = "client", notes: Iterable[Note] = ()) -> View:
        """The evidence as a report of one period reads it; "latest" is the last complete period.

        Raises:
            ParameterError: There is no such period in the evidence, or no such audience.
        """
        if audience not in AUDIENCES:
            raise ParameterError(f"There is no audience {audience!r}.", hint=f"Use one of: {', '.join(AUDIENCES)}.")
        return View(self, period=self._period(period), audience=audience, notes=tuple(notes))

    def _period(self, period: str) -> str:
        periods = self.manifest.periods
        if period == "latest":
            period = next((periods[n][-1] for n in self.manifest.lengths if periods.get(n)), "")
        known = [p for ps in periods.values() for p in ps]
        if period not in known:
            shown = ", ".join(f"{ps[0]} to {ps[-1]}" for ps in periods.values() if ps) or "none"
            raise ParameterError(
                f"The evidence of {self.manifest.client.name} has no complete period {period!r}.",
                hint=f"Complete periods: {shown}. The data end on {self.manifest.data_until}; if exports cover more "
                "days than they have rows, say so with `data_until` in engagement.yaml.",
            )
        return period


@dataclass(frozen=True)
class Note:
    """A piece of the advisor's commentary, bound to a cell.

    Attributes:
        cell: Id of the cell it speaks of, or "" for a note on the whole.
        text: Paragraphs, separated by an empty line; plain text.
        state: "current", "stale" (the number or its definition has changed since) or "unbound".
        why: What changed since the note was written, or "".
    """

    cell: str
    title: str
    text: str
    author: str
    date: str
    state: str
    why: str = ""


@dataclass(frozen=True)
class View:
    """What a drawing function is given: the evidence, the period, the audience, the commentary."""

    evidence: Evidence
    period: str
    audience: str
    notes: tuple[Note, ...] = ()

    @cached_property
    def manifest(self) -> Manifest:
        """The provenance of the numbers.

        A target of a KPI that is another number for each length of period, as churn is, holds for the length that
        leads; in a view of another length it is no target.
        """
        m = self.evidence.manifest
        if self.length == m.lengths[0]:
            return m
        kpis = tuple(k.model_copy(update={"target": None}) if k.by_length else k for k in m.kpis)
        return m.model_copy(update={"kpis": kpis})

    @property
    def length(self) -> str:
        """Length of the period in view."""
        return period_length(self.period)

    @property
    def periods(self) -> tuple[str, ...]:
        """The periods of this length, oldest first, up to the one in view."""
        all_ = self.manifest.periods[self.length]
        return all_[: all_.index(self.period) + 1]

    def kpi(self, kpi: str) -> KpiRecord:
        """The definition of a KPI as it was measured."""
        return self._kpis[kpi]

    def dimension(self, dimension: str) -> DimensionRecord:
        """A dimension with the values found."""
        return self._dimensions[dimension]

    def cell(self, kpi: str, slice_: Slice = (), *, period: str | None = None) -> Cell | None:
        """The cell of a KPI in the period in view (or another), or None where there is none."""
        return self._cells.get((kpi, period or self.period, slice_))

    def series(self, kpi: str, slice_: Slice = ()) -> list[Cell]:
        """The cells of a KPI over the periods up to the one in view, oldest first."""
        found = (self.cell(kpi, slice_, period=p) for p in self.periods)
        return [c for c in found if c is not None]

    def slices(self, kpi: str, dimension: str) -> list[Cell]:
        """The cells of a KPI for each value of a dimension, in the period in view."""
        found = (self.cell(kpi, ((dimension, v),)) for v in self.dimension(dimension).values)
        return [c for c in found if c is not None]

    def comparison(self, kpi: str, against: str, slice_: Slice = ()) -> Comparison | None:
        """A cell of the period in view against "previous", "baseline" or "rest"."""
        return self._comparisons.get((kpi, self.period, slice_, against))

    def study(self, study: str) -> StudyRecord | None:
        """What a study says of itself, or None where it was not made."""
        return next((s for s in self.manifest.studies if s.id == study), None)

    def finding(self, study: str, item: str, measure: str, slice_: Slice = ()) -> Finding | None:
        """A number of a study, or None where it was not measured."""
        return self._findings.get((study, item, measure, slice_))

    @cached_property
    def _findings(self) -> dict[tuple[str, str, str, Slice], Finding]:
        return {(f.study, f.item, f.measure, f.slice): f for f in self.evidence.findings}

    @cached_property
    def _cells(self) -> dict[tuple[str, str, Slice], Cell]:
        return {(c.kpi, c.period, c.slice): c for c in self.evidence.cells}

    @cached_property
    def _comparisons(self) -> dict[tuple[str, str, Slice, str], Comparison]:
        return {(c.kpi, c.period, c.slice, c.against): c for c in self.evidence.comparisons}

    @cached_property
    def _kpis(self) -> dict[str, KpiRecord]:
        return {k.id: k for k in self.manifest.kpis}

    @cached_property
    def _dimensions(self) -> dict[str, DimensionRecord]:
        return {d.id: d for d in self.manifest.dimensions}
