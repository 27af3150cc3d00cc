"""The baseline as one table: where each KPI started, where it stands, and what could be told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxkit._blocks import Group, Heading, Line, Quiet, Strong, Table, Tag, Tone
from cxkit._format import MINUS, Words, difference_text, estimate_text, interval_text, period_text
from cxkit.kpi.sentences import estimate_of, says, why_not

if TYPE_CHECKING:
    from cxkit.evidence.cells import Comparison
    from cxkit.evidence.estimate import Difference
    from cxkit.evidence.manifest import KpiRecord
    from cxkit.evidence.view import View

__all__ = ["change_text", "draw_baseline", "size_text"]

_TONES: dict[str, Tone] = {"better": "better", "worse": "worse", "changed": "plain"}


def draw_baseline(view: View) -> Group:
    """Each KPI in the baseline and now, whether it really changed, and the change that the data would have shown.

    Without a baseline, the period before stands in its place.
    """
    w, m = says(view), view.manifest
    against = "baseline" if any(view.comparison(k.id, "baseline") for k in m.kpis) else "previous"
    first = next((c.other for k in m.kpis if (c := view.comparison(k.id, against))), "")
    then = period_text(first, words=w) if first else w.say("baseline.then")
    columns = (
        w.say("baseline.kpi"), then, period_text(view.period, words=w), w.say("baseline.change"),
        w.say("baseline.verdict"), w.say("baseline.unseen"),
    )  # fmt: skip
    rows = tuple(_row(view, k, view.comparison(k.id, against), first) for k in m.kpis)
    subtitle = w.say("baseline.subtitle", confidence=f"{m.confidence:.0%}".rstrip("%"))
    heading = Heading(w.say(f"baseline.title_{against}", then=then), subtitle=subtitle)
    return Group((heading, Table("", columns, rows, note=w.say("baseline.note"))))


def size_text(value: float, kpi: KpiRecord, w: Words) -> str:
    """The size of a change, with its sign."""
    sign = "+" if value > 0 else MINUS if value < 0 else ""
    return f"{sign}{difference_text(value, kpi.unit, words=w, short=True)}"


def change_text(difference: Difference, kpi: KpiRecord, w: Words) -> str:
    """A difference with its sign and, where it has one, its interval."""
    size = size_text(difference.value, kpi, w)
    if difference.low is None and difference.high is None:
        return size
    return w.say("interval.with_value", value=size, interval=interval_text(difference, kpi.unit, words=w))


def _row(view: View, kpi: KpiRecord, change: Comparison | None, first: str) -> tuple[Line | str, ...]:
    w, before = says(view), view.cell(kpi.id, period=first) if first else None
    none = w.say("provenance.nothing")
    asides = "\n".join(filter(None, (kpi.owner, kpi.note)))
    label: Line = (Strong(kpi.label), "\n", Quiet(asides)) if asides else (Strong(kpi.label),)
    then = _number(view, kpi, before.estimate if before else None)
    now = _number(view, kpi, estimate_of(view, kpi.id))
    if change is None or change.difference is None:
        return label, then, now, none, (Tag(w.say("baseline.not_comparable"), "quiet"),), none
    size = change_text(change.difference, kpi, w)
    state = change.verdict if change.real else "same"
    seen = change.difference.detectable
    unseen = difference_text(seen, kpi.unit, words=w, short=True) if seen is not None else none
    return label, then, now, size, (Tag(w.say(f"baseline.is_{state}"), _TONES.get(state, "quiet")),), unseen


def _number(view: View, kpi: KpiRecord, estimate) -> str:  # noqa: ANN001
    if estimate is None or not estimate.shown:
        return why_not(view, estimate)
    return estimate_text(estimate, kpi.unit, words=says(view))
