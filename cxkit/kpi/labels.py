"""Numbers of KPIs as charts and tables say them: values, intervals, bases, periods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxkit._format import Words, count_text, interval_text, period_text, value_text
from cxkit.kpi.sentences import says, why_not

if TYPE_CHECKING:
    from cxkit.evidence.estimate import Estimate
    from cxkit.evidence.manifest import KpiRecord
    from cxkit.evidence.view import View

__all__ = [
    "end_text",
    "hover_text",
    "instead_text",
    "n_text",
    "number_cells",
    "number_columns",
    "spread_of",
    "target_text",
    "tick_label",
]


def number_columns(w: Words) -> tuple[str, ...]:
    """Names of the columns of value, interval and n."""
    return tuple(w.say(f"page.column_{c}") for c in ("value", "interval", "n"))


def number_cells(view: View, kpi: KpiRecord, e: Estimate | None) -> tuple[str, str, str]:
    """Value, interval and n as a table says them; or why there is no value."""
    w = says(view)
    if e is None or e.value is None:
        return why_not(view, e), "", "" if e is None or e.n is None else count_text(e.n, w)
    value = value_text(e.value, kpi.unit, words=w, spread=spread_of(e))
    return value, interval_text(e, kpi.unit, words=w), "" if e.n is None else count_text(e.n, w)


def hover_text(key: str, name: str, e: Estimate | None, kpi: KpiRecord, w: Words) -> str:
    """What a mark says when it is pointed at."""
    if e is None or e.value is None:
        return name
    value = value_text(e.value, kpi.unit, words=w, spread=spread_of(e))
    text = w.say("interval.with_value", value=value, interval=interval_text(e, kpi.unit, words=w))
    n = "" if e.n is None else count_text(e.n, w)
    return w.say(key, name=name, period=name, value=text, n=n)


def instead_text(e: Estimate | None, w: Words) -> str:
    """What stands where a number may not be shown; "" where there is one, or nothing was measured."""
    hidden = e is not None and e.status in ("too_few", "suppressed")
    return w.say("status.too_few") if hidden else ""


def end_text(e: Estimate, kpi: KpiRecord, w: Words) -> str:
    """The last value, as it stands at the end of its line."""
    bare = kpi.unit not in ("points", "percent", "currency")
    return value_text(e.value or 0.0, kpi.unit, words=w, spread=spread_of(e), bare=bare)


def target_text(kpi: KpiRecord, w: Words) -> str:
    """The target, as it stands at its line; or ""."""
    return "" if kpi.target is None else w.say("trends.target", value=value_text(kpi.target, kpi.unit, words=w))


def tick_label(period: str, w: Words) -> str:
    """A period under an axis: its short name, a bar, and its year."""
    short = period_text(period, words=w, short=True)
    return short if short == period[:4] else f"{short}|{period[:4]}"


def n_text(e: Estimate, w: Words) -> str:
    """The base of an estimate; or ""."""
    return "" if e.n is None else w.say("share.n", n=count_text(e.n, w))


def spread_of(e: Estimate) -> float | None:
    """Width of an interval; None where a limit does not exist."""
    return None if e.low is None or e.high is None else e.high - e.low
