"""How far journeys come: the funnel, and what is lost at each step of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxkit._blocks import Figure, Line, Quiet, Strong
from cxkit._format import count_text
from cxkit.journey.flow_charts import FunnelBar, funnel_spec
from cxkit.kpi.sentences import why_not

if TYPE_CHECKING:
    from cxkit.journey.model import Step
    from cxkit.journey.told import Told

__all__ = ["MOST_ROWS", "MOST_STEPS", "NOTED", "funnel_figure", "left_out", "most_reached"]

MOST_STEPS = 16  # of a chart: the steps that most journeys reach; the others stand in its table
MOST_ROWS = 400
NOTED = 0.05  # of the journeys at a step that surely take a way nobody drew: it is said


def funnel_figure(told: Told) -> Figure | None:
    """How far journeys come: a bar for each step with its interval, and what is lost at it in words."""
    w, measure = told.words, "through" if told.has("through") else "reach"
    if told.study is None or not any((e := told.estimate(s.id, measure)) and e.shown for s in told.journey.steps):
        return None
    title, steps = _funnel_title(told, measure), most_reached(told)
    rows = "; ".join(
        w.say("segments.alt_row", name=s.label, value=told.said(told.finding(s.id, measure))) for s in steps
    )
    taken = [m for m in (measure, "reach", "drop_off", "skip", "repeat") if told.has(m)]
    taken = list(dict.fromkeys(taken))
    first = next((e.n for s in steps if (e := told.estimate(s.id, measure)) and e.shown), None)
    return Figure(
        title=title,
        subtitle=w.say(f"journey.funnel.plotted_{measure}", n=count_text(first or 0, w)),
        spec=funnel_spec([_funnel_bar(told, s, measure) for s in steps]),
        alt=w.say("journey.funnel.alt", title=title, rows=rows),
        columns=(w.say("steps.step"), *(w.say(f"measure.{m}") for m in taken), w.say("page.column_n")),
        rows=tuple(_funnel_row(told, s, taken) for s in told.journey.steps[:MOST_ROWS]),
        note=left_out(told, len(steps)),
        table_label=w.say("page.numbers"),
    )


def _funnel_title(told: Told, measure: str) -> str:
    w = told.words
    last = told.journey.ends
    ends = [s for s in told.journey.steps if s.id in last and (e := told.estimate(s.id, measure)) and e.shown]
    if not ends:
        return w.say("journey.funnel.title")
    most = max(ends, key=lambda s: (e.value or 0.0) if (e := told.estimate(s.id, measure)) else 0.0)
    return w.say(f"journey.funnel.title_{measure}", value=told.said(told.finding(most.id, measure)), step=most.label)


def _funnel_bar(told: Told, step: Step, measure: str) -> FunnelBar:
    e, w = told.estimate(step.id, measure), told.words
    shown, worst = e is not None and e.shown, told.apart.get(step.id) == "worse"
    return FunnelBar(
        name=step.label,
        estimate=e,
        said=told.said(told.finding(step.id, measure)) if shown else "",
        lost=w.say("list.then").join(_lost(told, step)) if shown else "",
        instead="" if shown else why_not(told.view, e),
        tone="worse" if worst else "plain",
    )


def _lost(told: Told, step: Step) -> list[str]:
    """What is lost at a step, in words."""
    w, lost = told.words, list[str]()
    drop, skip = told.finding(step.id, "drop_off"), told.finding(step.id, "skip")
    if drop and drop.estimate.shown and step.id not in told.journey.ends:
        more = "lost_more" if told.apart.get(step.id) == "worse" else "lost"
        lost.append(w.say(f"journey.funnel.{more}", value=told.said(drop)))
    if skip and skip.estimate.shown and (skip.estimate.low or 0.0) >= NOTED:
        lost.append(w.say("journey.funnel.skipped", value=told.said(skip)))
    return lost


def _funnel_row(told: Told, step: Step, taken: list[str]) -> tuple[Line | str, ...]:
    ns = [e.n for m in taken if (e := told.estimate(step.id, m)) and e.shown and e.n is not None]
    n = count_text(max(ns), told.words) if ns else ""
    return ((Strong(step.label),), *(_cell(told, step, m) for m in taken), n)


def _cell(told: Told, step: Step, measure: str) -> Line | str:
    found = told.finding(step.id, measure)
    if found is None:
        return told.words.say("provenance.nothing")
    return told.said(found) if found.estimate.shown else (Quiet(told.said(found)),)


def most_reached(told: Told) -> list[Step]:
    """The steps that a chart has room for, as drawn: those that most journeys reach."""
    steps = told.journey.steps
    if len(steps) <= MOST_STEPS:
        return list(steps)
    reach = {s.id: (e.value or 0.0) if (e := told.estimate(s.id, "reach")) else 0.0 for s in steps}
    kept = set(sorted(reach, key=lambda s: -reach[s])[:MOST_STEPS])
    return [s for s in steps if s.id in kept]


def left_out(told: Told, drawn: int) -> str:
    """That a chart has no room for every step; "" where it has."""
    of = len(told.journey.steps)
    return told.words.say("journey.flow.some", n=drawn, of=count_text(of, told.words)) if drawn < of else ""
