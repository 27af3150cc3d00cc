"""The numbers of a journey as tables, step by step: how far and how fast it goes on, and what it is like on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cxkit._blocks import Block, Group, Line, Quiet, Strong, Table
from cxkit._format import count_text, estimate_text
from cxkit.journey.told import time_text, times_text, unit_of
from cxkit.kpi.sentences import says, why_not

if TYPE_CHECKING:
    from cxkit.evidence.view import View
    from cxkit.journey.model import Journey, Step
    from cxkit.journey.told import JourneyState

__all__ = ["MEASURES", "ONWARD", "THERE", "draw_steps"]

ONWARD = ("reach", "through", "drop_off", "hours_to_next", "hours_to_next_p90", "money")
THERE = ("skip", "repeat", "channel_switch", "context_kept", "recontact_same", "recontact_any", "score")
MEASURES = (*ONWARD, *THERE)


def draw_steps(view: View, states: Iterable[JourneyState]) -> Group:
    """Two tables for each measured journey: all that was measured at every step, and who owns it.

    The first says how far and how fast journeys go on, the second what they are like on the way.

    Args:
        view: The evidence in one period.
        states: The journeys, as `Work.journeys` has them.
    """
    return Group(tuple(table for s in states if s.as_is is not None for table in _tables(view, s.as_is)))


def _tables(view: View, journey: Journey) -> Iterator[Block]:
    w, study = says(view), f"journey/{journey.id}"

    def taken(measures: tuple[str, ...]) -> list[str]:
        return [m for m in measures if any(view.finding(study, s.id, m) for s in journey.steps)]

    far, there = taken(ONWARD), taken(THERE)
    owned = tuple((*_row(view, study, s, far), _owner(view, s)) for s in journey.steps)
    columns = (w.say("steps.step"), *(w.say(f"measure.{m}") for m in far), w.say("steps.owner"))
    yield Table(journey.label, columns, owned, subtitle=w.say("steps.onward") if far else "")
    if there:
        rows = tuple(_row(view, study, s, there) for s in journey.steps)
        columns = (w.say("steps.step"), *(w.say(f"measure.{m}") for m in there))
        yield Table(w.say("steps.title_there", label=journey.label), columns, rows, subtitle=w.say("steps.there"))


def _row(view: View, study: str, step: Step, taken: list[str]) -> tuple[Line | str, ...]:
    return ((Strong(step.label),), *(_number(view, study, step.id, m) for m in taken))


def _owner(view: View, step: Step) -> Line:
    return (step.owner,) if step.owner else (Strong(says(view).say("steps.nobody")),)


def _number(view: View, study: str, step: str, measure: str) -> Line | str:
    w, found = says(view), view.finding(study, step, measure)
    if found is None:
        return w.say("provenance.nothing")
    if not found.estimate.shown:
        return (Quiet(why_not(view, found.estimate)),)
    e = found.estimate
    n = "" if e.n is None else w.say("share.n", n=count_text(e.n, w))
    said = estimate_text(e, unit_of(found), words=w)
    if found.unit == "hours" and e.value is not None:
        said = w.say("interval.with_value", value=time_text(e.value, w), interval=times_text(e, w))
    return (said, "\n", Quiet(n))
