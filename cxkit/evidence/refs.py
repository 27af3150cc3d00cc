"""References to a number of the evidence, as journeys, plays and gates write them.

{kpi: nps, where: {region: South}}                             a cell of the period in view
{journey: moving, step: identity_check, measure: drop_off}     a finding of a study, which one `where` may cut
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from cxkit._format import words
from cxkit.errors import DocumentError
from cxkit.evidence.cells import Comparison, Slice, cell_id
from cxkit.evidence.estimate import Estimate
from cxkit.evidence.findings import Finding
from cxkit.evidence.manifest import KpiRecord, StudyRecord
from cxkit.evidence.view import View

__all__ = ["ANY", "HIGHEST_SHARE", "Amount", "Found", "Ref", "find", "find_all", "read_amount"]

ANY = "any"
HIGHEST_SHARE = 3.0  # 300 %: beyond that a percentage without its sign is meant
Where = Callable[[], str]


def read_amount(value: Any) -> Any:  # noqa: ANN401
    """A number, or a percentage such as "85 %" as a fraction; anything else as it is.

    Example:
        >>> read_amount("85 %"), read_amount(30), read_amount("many")
        (0.85, 30, 'many')
    """
    if isinstance(value, str) and (found := re.fullmatch(r"\s*([-+]?\d+(?:\.\d+)?)\s*%\s*", value)):
        return float(found[1]) / 100
    return value


Amount = Annotated[float, BeforeValidator(read_amount, json_schema_input_type=float | str)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Value = Annotated[str, BeforeValidator(lambda v: v if isinstance(v, str) else str(v))]


class Ref(BaseModel):
    """A number by name: a KPI, for a slice or for all; or a measure of a journey, of a step or of the whole."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kpi: Name | None = Field(default=None, description="A KPI that the engagement measures.")
    where: dict[Name, Value] = Field(default_factory=dict, description="Dimension to value; all customers if empty.")
    journey: Name | None = Field(default=None, description="A journey of the engagement, instead of a KPI.")
    step: Name | None = Field(default=None, description="A step of the journey; the whole journey if empty.")
    measure: str | None = Field(
        default=None, description="reach, drop_off, hours_to_next, channel_switch, score, fit …"
    )

    @model_validator(mode="after")
    def _one_number(self) -> Ref:
        if (self.kpi is None) == (self.journey is None):
            raise ValueError("name either a `kpi` or a `journey`")
        if self.kpi and (self.step or self.measure):
            raise ValueError("`step` and `measure` belong to a `journey`; cut a `kpi` with `where`")
        if self.journey and not self.measure:
            raise ValueError("a `journey` needs a `measure`")
        if self.journey and len(self.where) > 1:
            raise ValueError("a `journey` is cut with one dimension at a time; `where` names several")
        if len(self.where) > 2:
            raise ValueError("`where` names at most two dimensions")
        return self


@dataclass(frozen=True)
class Found:
    """The number that a reference names, with what is needed to judge it and to say it.

    Attributes:
        id: Id of the cell or finding.
        label: What it is, in words.
        part: The slice or the step in words, or "".
        target: The KPI's target, for the whole only.
        minimum_n: Fewest rows in the base of a number that is shown.
        comparisons: By what it was compared with: "previous", "baseline", "rest".
        note: What has to stand beside it wherever it is shown.
    """

    id: str
    label: str
    part: str
    unit: str
    better: str
    estimate: Estimate
    counts: str = ""
    target: float | None = None
    minimum_n: int = 1
    comparisons: Mapping[str, Comparison] = field(default_factory=dict[str, Comparison])
    note: str = ""


def find(view: View, ref: Ref, *, where: Where) -> Found:
    """The number that a reference names; an estimate without a value where the data could not tell.

    Args:
        view: The evidence in one period.
        ref: The reference; without "any".
        where: Gives the place of the reference, for a message.

    Raises:
        DocumentError: What it names was not measured.
    """
    return _kpi(view, ref, where) if ref.kpi else _finding(view, ref, where)


def find_all(view: View, ref: Ref, *, where: Where) -> list[Found]:
    """The numbers of a reference in which "any" stands for every value of a dimension.

    Raises:
        DocumentError: What it names was not measured.
    """
    free = next((d for d, v in ref.where.items() if v == ANY), None)
    if free is None:
        return [find(view, ref, where=where)]
    values = _cuts(view, _study(view, ref, where), free, where) if ref.journey else _dimension(view, free, where)
    each = (ref.model_copy(update={"where": {**ref.where, free: v}}) for v in values)
    return [f for r in each for f in find_all(view, r, where=where)]


def _kpi(view: View, ref: Ref, where: Where) -> Found:
    record = _record(view, ref.kpi or "", where)
    slice_ = _slice(view, record, ref, where)
    cell = view.cell(record.id, slice_)
    found = ((a, view.comparison(record.id, a, slice_)) for a in ("previous", "baseline", "rest"))
    return Found(
        id=cell_id(record.id, view.period, slice_),
        label=record.label,
        part=", ".join(v for _, v in slice_),
        unit=record.unit,
        better=record.better,
        estimate=cell.estimate if cell else Estimate.without("no_data", n=0),
        counts=record.counts,
        target=None if slice_ else record.target,
        minimum_n=record.minimum_n,
        comparisons={a: c for a, c in found if c is not None},
        note=record.note,
    )


def _record(view: View, kpi: str, where: Where) -> KpiRecord:
    known = [k.id for k in view.manifest.kpis]
    if kpi not in known:
        near = difflib.get_close_matches(kpi, known, n=1, cutoff=0.6)
        hint = f"Did you mean {near[0]!r}?" if near else f"Measured: {', '.join(known)}."
        raise DocumentError(f"The KPI {kpi!r} was not measured.", where=where(), hint=hint)
    return view.kpi(kpi)


def _slice(view: View, record: KpiRecord, ref: Ref, where: Where) -> Slice:
    order = [d.id for d in view.manifest.dimensions]
    for dimension, value in ref.where.items():
        values = _dimension(view, dimension, where)
        if dimension not in record.dimensions:
            cuts = f"It is measured by {', '.join(record.dimensions)}." if record.dimensions else "It has no cuts."
            raise DocumentError(f"{record.label} is not measured by {dimension}.", where=where(), hint=cuts)
        _refuse_value(dimension, value, values, where)
    pair = tuple(sorted(ref.where, key=order.index))
    if len(pair) == 2 and pair not in {tuple(sorted(p, key=order.index)) for p in view.manifest.pairs}:
        hint = "Declare the pair in engagement.yaml, and measure again."
        raise DocumentError(f"No cells are measured by {' and '.join(pair)} together.", where=where(), hint=hint)
    return tuple((d, ref.where[d]) for d in pair)


def _refuse_value(dimension: str, value: str, values: tuple[str, ...], where: Where) -> None:
    if value not in values:
        near = difflib.get_close_matches(value, values, n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]!r}?" if near else f"Values: {', '.join(values[:12])}."
        raise DocumentError(f"The dimension {dimension!r} has no value {value!r}.", where=where(), hint=hint)


def _dimension(view: View, dimension: str, where: Where) -> tuple[str, ...]:
    known = {d.id: d.values for d in view.manifest.dimensions}
    if dimension not in known:
        hint = f"Dimensions: {', '.join(known) or 'none'}."
        raise DocumentError(f"There is no dimension {dimension!r}.", where=where(), hint=hint)
    return known[dimension]


def _finding(view: View, ref: Ref, where: Where) -> Found:
    study = _study(view, ref, where)
    if ref.step and ref.step not in study.items:
        near = difflib.get_close_matches(ref.step, list(study.items), n=1, cutoff=0.6)
        hint = f"Did you mean {near[0]!r}?" if near else f"Steps: {', '.join(study.items)}."
        raise DocumentError(f"The journey {ref.journey!r} has no step {ref.step!r}.", where=where(), hint=hint)
    slice_ = tuple(ref.where.items())
    for dimension, value in slice_:
        _refuse_value(dimension, value, _cuts(view, study, dimension, where), where)
    found = view.finding(study.id, ref.step or "", ref.measure or "", slice_)
    if found is None:
        _refuse_measure(view, study, ref, slice_, where)
        found = replace(_alike(view, study, ref), slice=slice_, estimate=Estimate.without("no_data", n=None))
    w = words(view.manifest.client.language)
    return Found(
        id=found.id,
        label=w.say(f"measure.{found.measure}") if w.has(f"measure.{found.measure}") else found.measure,
        part=", ".join(filter(None, (study.items.get(found.item, ""), *(v for _, v in slice_), study.label))),
        unit=found.unit,
        better=found.better,
        estimate=found.estimate,
        counts=study.counts,
    )


def _study(view: View, ref: Ref, where: Where) -> StudyRecord:
    study = view.study(f"journey/{ref.journey}")
    if study is None:
        known = [s.id.removeprefix("journey/") for s in view.manifest.studies if s.kind == "journey"]
        hint = f"Measured: {', '.join(known)}." if known else "No journey is measured; run `cxkit measure` again."
        raise DocumentError(f"The journey {ref.journey!r} was not measured.", where=where(), hint=hint)
    return study


def _cuts(view: View, study: StudyRecord, dimension: str, where: Where) -> tuple[str, ...]:
    """The values of a dimension that a study tells apart."""
    _dimension(view, dimension, where)
    cuts = {pair for f in view.evidence.findings if f.study == study.id for pair in f.slice}
    if dimension not in {d for d, _ in cuts}:
        by = ", ".join(sorted({d for d, _ in cuts}))
        hint = f"It is measured by {by}." if by else "It has no cuts."
        raise DocumentError(f"{study.label} is not measured by {dimension}.", where=where(), hint=hint)
    return tuple(sorted(v for d, v in cuts if d == dimension))


def _refuse_measure(view: View, study: StudyRecord, ref: Ref, slice_: Slice, where: Where) -> None:
    """Refuse a measure that was not taken there; one that some values of a dimension lack is there without data."""
    dimensions = tuple(d for d, _ in slice_)
    mine = [f for f in view.evidence.findings if (f.study, f.item) == (study.id, ref.step or "")]
    there = dict.fromkeys(f.measure for f in mine if tuple(d for d, _ in f.slice) == dimensions)
    if not slice_ or ref.measure not in there:
        by = f" by {dimensions[0]}" if dimensions else ""
        what = f"The measure {ref.measure!r} was not taken there{by}."
        raise DocumentError(what, where=where(), hint=f"Measured there{by}: {', '.join(there)}.")


def _alike(view: View, study: StudyRecord, ref: Ref) -> Finding:
    """A finding of the same measure for another value."""
    named = (study.id, ref.step or "", ref.measure)
    return next(f for f in view.evidence.findings if (f.study, f.item, f.measure) == named)
