"""The numbers of a journey as a table, step by step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cxkit._blocks import Block, Group, Line, Quiet, Strong, Table
from cxkit._format import estimate_text
from cxkit.journey.sentences import time_text, times_text
from cxkit.kpi.sentences import says, why_not

if TYPE_CHECKING:
    from cxkit.evidence.view import View
    from cxkit.journey.draw import JourneyState
    from cxkit.journey.model import Journey, Step

__all__ = ["MEASURES", "draw_steps"]

MEASURES = ("reach", "drop_off", "hours_to_next", "hours_to_next_p90", "channel_switch", "score")


def draw_steps(view: View, states: Iterable[JourneyState]) -> Group:
    """One table for each measured journey: every step with all that was measured there, and who owns it."""
    tables = (_table(view, s.as_is) for s in states if s.as_is is not None)
    return Group(tuple(tables))


def _table(view: View, journey: Journey) -> Block:
    w, study = says(view), f"journey/{journey.id}"
    taken = [m for m in MEASURES if any(view.finding(study, s.id, m) for s in journey.steps)]
    columns = (w.say("steps.step"), *(w.say(f"measure.{m}") for m in taken), w.say("steps.owner"))
    rows = tuple(_row(view, study, s, taken) for s in journey.steps)
    return Table(journey.label, columns, rows)


def _row(view: View, study: str, step: Step, taken: list[str]) -> tuple[Line | str, ...]:
    w = says(view)
    owner: Line = (step.owner,) if step.owner else (Strong(w.say("steps.nobody")),)
    return ((Strong(step.label),), *(_number(view, study, step.id, m) for m in taken), owner)


def _number(view: View, study: str, step: str, measure: str) -> Line | str:
    w, found = says(view), view.finding(study, step, measure)
    if found is None:
        return w.say("provenance.nothing")
    if not found.estimate.shown:
        return (Quiet(why_not(view, found.estimate)),)
    n = "" if found.estimate.n is None else w.say("share.n", n=f"{found.estimate.n:,}")
    e = found.estimate
    said = estimate_text(e, found.unit, words=w)
    if found.unit == "hours" and e.value is not None:
        said = w.say("interval.with_value", value=time_text(e.value, w), interval=times_text(e, w))
    return (said, "\n", Quiet(n))
