"""Where a journey differs by kind of customer: how many go no further at its worst steps, by each dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxkit._blocks import Block, Figure, Line, Quiet, Strong, Text
from cxkit._format import count_text, tick_text
from cxkit.evidence.estimate import Estimate
from cxkit.kpi.charts import Dot, dots_spec
from cxkit.kpi.sentences import why_not

if TYPE_CHECKING:
    from cxkit.evidence.findings import Finding
    from cxkit.evidence.manifest import DimensionRecord
    from cxkit.journey.model import Step
    from cxkit.journey.told import Told

__all__ = ["cut_blocks"]

MEASURES = ("drop_off", "hours_to_next", "score", "recontact_same", "money")
MOST_VALUES, MOST_CHARTS = 14, 6
LEADS, AGAINST = "drop_off", "drop_off_vs_others"


def cut_blocks(told: Told, *, only_apart: bool = False) -> tuple[Block, ...]:
    """A chart for each dimension at the step where most journeys end, and wherever else a value surely differs.

    Args:
        told: The journey.
        only_apart: Leave out dimensions by which nothing surely differs; they are named in a sentence.
    """
    steps, dimensions = _worst_steps(told), told.view.manifest.dimensions
    apart = [(s, d) for s in steps for d in dimensions if _apart(told, s, d)]
    worst = [(s, d) for s in steps[:1] for d in dimensions]
    pairs = apart if only_apart else [*worst, *(p for p in apart if p not in worst)]
    drawn = [f for s, d in pairs[:MOST_CHARTS] if (f := _figure(told, s, d))]
    alike = [d.label for s, d in worst if (s, d) not in pairs and _figure(told, s, d)]
    if not alike:
        return tuple(drawn)
    text = told.words.say("journey.cuts.alike", step=steps[0].label, by=told.words.all_of(alike))
    return (*drawn, Text(((text,),), role="note"))


def _worst_steps(told: Told) -> list[Step]:
    """Steps at which most go no further, the one that stands out first."""
    found = [(s, e) for s in told.journey.steps if (e := told.estimate(s.id, LEADS)) and e.shown and not s.last]
    first = told.worst.id if told.worst else ""
    return [s for s, e in sorted(found, key=lambda se: (se[0].id != first, -(se[1].value or 0.0)))]


def _figure(told: Told, step: Step, dimension: DimensionRecord) -> Figure | None:
    w, values = told.words, [v for v in dimension.values if _cut(told, step, LEADS, dimension, v)]
    shown = [v for v in values if (f := _cut(told, step, LEADS, dimension, v)) and f.estimate.shown]
    if len(shown) < 2:
        return None
    order = sorted(values, key=lambda v: (v not in shown, -_value(_cut(told, step, LEADS, dimension, v))))[:MOST_VALUES]
    dots = [_dot(told, step, dimension, v) for v in order]
    whole = told.finding(step.id, LEADS)
    dots += [_all(told, whole)] if whole else []
    taken = [m for m in MEASURES if any(_cut(told, step, m, dimension, v) for v in values)]
    title = _title(told, step, dimension)
    rows = "; ".join(w.say("segments.alt_row", name=d.name, value=d.hover or d.instead) for d in dots)
    return Figure(
        title=title,
        subtitle=w.say("journey.cuts.plotted", step=step.label, by=dimension.label),
        spec=dots_spec(dots, ticks=lambda v, between: tick_text(v, "percent", step=between, words=w)),
        alt=w.say("journey.cuts.alt", title=title, rows=rows),
        columns=(dimension.label, *(w.say(f"measure.{m}") for m in taken), w.say("page.column_n")),
        rows=tuple(_row(told, step, dimension, v, taken) for v in values),
        note=_hidden(told, len(values) - len(order)),
        table_label=w.say("page.numbers"),
    )


def _title(told: Told, step: Step, dimension: DimensionRecord) -> str:
    """Which value differs, the largest difference first; or that none can be shown to."""
    w, apart = told.words, _apart(told, step, dimension)
    if not apart:
        return w.say("journey.cuts.same", by=dimension.label)
    value, more = max(apart.items(), key=lambda vm: abs(_value(_cut(told, step, AGAINST, dimension, vm[0]))))
    size = told.said(_cut(told, step, LEADS, dimension, value))
    return w.say(f"journey.cuts.{'more' if more else 'fewer'}", name=value, value=size, step=step.label)


def _apart(told: Told, step: Step, dimension: DimensionRecord) -> dict[str, bool]:
    """Values at which surely more journeys end than at the others, after correction (True), or fewer."""
    found: dict[str, bool] = {}
    for value in dimension.values:
        f = _cut(told, step, AGAINST, dimension, value)
        if f and f.estimate.shown and f.estimate.low is not None and f.estimate.low > 0:
            found[value] = True
        if f and f.estimate.shown and f.estimate.high is not None and f.estimate.high < 0:
            found[value] = False
    return found


def _dot(told: Told, step: Step, dimension: DimensionRecord, value: str) -> Dot:
    w, found = told.words, _cut(told, step, LEADS, dimension, value)
    e = found.estimate if found else Estimate.without("no_data", n=None)
    more = _apart(told, step, dimension).get(value)
    verdict = "" if more is None else "worse" if more else "better"
    return Dot(
        name=value,
        estimate=e,
        n=_n(told, e),
        hover=told.said(found) if e.shown else "",
        verdict=verdict,
        word=w.say(f"journey.cuts.{verdict}") if verdict else "",
        instead="" if e.shown else w.say("status.too_few" if e.status == "suppressed" else f"status.{e.status}"),
    )


def _all(told: Told, found: Finding) -> Dot:
    name = told.words.say("journey.cuts.all")
    return Dot(name, found.estimate, _n(told, found.estimate), told.said(found), total=True)


def _row(
    told: Told, step: Step, dimension: DimensionRecord, value: str, taken: list[str]
) -> tuple[Line | str, ...]:  # fmt: skip
    found = [_cut(told, step, m, dimension, value) for m in taken]
    cells: list[Line | str] = []
    for f in found:
        shown = f is not None and f.estimate.shown
        cells.append(told.said(f) if shown else (Quiet(why_not(told.view, f.estimate if f else None)),))
    first = _cut(told, step, LEADS, dimension, value)
    n = count_text(first.estimate.n, told.words) if first and first.estimate.n is not None else ""
    return ((Strong(value),), *cells, n)


def _hidden(told: Told, more: int) -> str:
    return told.words.count("journey.cuts.left", more) if more > 0 else ""


def _cut(told: Told, step: Step, measure: str, dimension: DimensionRecord, value: str) -> Finding | None:
    study = told.study
    return told.view.finding(study.id, step.id, measure, ((dimension.id, value),)) if study else None


def _n(told: Told, e: Estimate) -> str:
    return "" if e.n is None else told.words.say("share.n", n=count_text(e.n, told.words))


def _value(found: Finding | None) -> float:
    return (found.estimate.value or 0.0) if found else 0.0
